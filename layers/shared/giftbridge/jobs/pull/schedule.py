"""When the CRM's gifts are looked at for the platform: while it is switched on, on the connection's schedule."""

from giftbridge.connectors import registry
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work


def wanted(connection: Connection) -> bool:
    """Switched on, and both systems able to."""
    able = "tells_gifts" in registry.manifest(connection.crm).capabilities
    takes = "takes_gift_files" in registry.manifest(connection.platform).capabilities
    return able and takes and recipe(connection.platform, connection.crm, connection.settings).pull


def standing_work(app: App, connection: Connection) -> list[Work]:
    """What makes a connection look, at once and then on its schedule."""
    if not wanted(connection):
        return []
    return [
        Work(
            account=connection.account, queue="exports", kind="pull", id=connection.id, organisation=connection.owner,
            connection=connection.id, lane="bulk", next_due=app.now(),
        )
    ]  # fmt: skip


def switched(app: App, before: Connection, after: Connection) -> Connection:
    """After a change of settings: switched on, the first look notes where the CRM's list stands by then."""
    if wanted(before) or not wanted(after):
        return after
    changed = app.connections.change(after, pull={})
    for work in standing_work(app, changed):
        app.inbox.put(work)
    ring(app, changed.account, "exports")
    return changed
