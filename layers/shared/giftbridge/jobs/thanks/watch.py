"""Looking for what was given, on the connection's schedule."""

from contextlib import suppress

from giftbridge.connectors import registry
from giftbridge.domain.cadence import next_interval
from giftbridge.errors import Conflict
from giftbridge.jobs.context import App, Step
from giftbridge.jobs.health import working
from giftbridge.jobs.step import Progress
from giftbridge.jobs.thanks.run import settings_of, start_changes
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Run


def standing_work(app: App, connection: Connection) -> list[Work]:
    """What makes a connection look, at once and then on its schedule; none where the platform does not thank."""
    if not thanks(connection):
        return []
    return [
        Work(
            account=connection.account, queue="gifts", kind="thanks", id=connection.id, organisation=connection.owner,
            connection=connection.id, lane="gifts", next_due=app.now(),
        )
    ]  # fmt: skip


def watch(step: Step, batch: list[Work]) -> Progress:
    """A run of what was given, and when to look again."""
    connection = working(step.app, batch[0])
    with suppress(Conflict):  # it reads on by itself
        look(step.app, connection, "schedule")
    cadence = recipe(connection.platform, connection.crm, connection.settings).cadence
    return Progress(next_interval(step.app.now(), cadence))


def look(app: App, connection: Connection, started_by: str) -> Run | None:
    """Start a run of what was given; None while that is switched off. Raises `Conflict` if one is under way."""
    if not thanks(connection) or "new_donation" not in settings_of(connection).since:
        return None
    return start_changes(app, connection, started_by)


def thanks(connection: Connection) -> bool:
    """Whether the platform of a connection is one that thanks."""
    return "sends_thanks" in registry.manifest(connection.platform).capabilities
