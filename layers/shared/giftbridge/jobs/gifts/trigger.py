"""From "this event is reconciled", however it came, to work that is due."""

from collections.abc import Mapping
from typing import Any

from giftbridge.connectors import registry
from giftbridge.errors import ConfigError
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App
from giftbridge.stores.connections import Connection, owner
from giftbridge.stores.inbox import Work


def event_reconciled(app: App, detail: Mapping[str, Any]) -> int:
    """Make it work of every connection of the organisation; answers how many took it.

    Raises `ConfigError` where the detail lacks platform, organisation or event.
    """
    try:
        who = owner(str(detail["platform"]), str(detail["organisation"]))
        event_id = str(detail["event_id"])
    except KeyError as missing:
        raise ConfigError(f"the event's detail lacks {missing}") from None
    connections = [one for one in app.connections.of_organisation(who) if one.account and _holds_events(one)]
    for connection in connections:
        app.inbox.put(_work(app, connection, event_id))
        ring(app, connection.account, "gifts")
    return len(connections)


def _holds_events(connection: Connection) -> bool:
    return "holds_events" in registry.manifest(connection.platform).capabilities


def _work(app: App, connection: Connection, event_id: str) -> Work:
    return Work(
        account=connection.account,
        queue="gifts",
        kind="reconcile",
        id=event_id,
        organisation=connection.owner,
        connection=connection.id,
        lane="gifts",
        next_due=app.now(),
        subject=event_id,
        data={"started_by": "event"},
    )
