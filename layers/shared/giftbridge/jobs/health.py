"""A connection whose credentials are refused stops alone, tells its owner once, and wakes up when reconnected."""

from datetime import timedelta
from typing import Final

from giftbridge.errors import Disconnected, Paused
from giftbridge.jobs import tokens
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App, Step
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work

REFUSED: Final = "token_refused"
SOON: Final = timedelta(seconds=1)


def disconnected(step: Step, batch: list[Work], lost: Disconnected) -> None:
    """Rotate the tokens once; else let this connection's work wait to be woken, and announce it the first time.

    Raises `Retry` or `Defer` where that can't be done just now: the vendor is out of reach, or another worker is at it.
    """
    app, first = step.app, batch[0]
    session = step.sessions.pop(first.connection, None)
    for gate in session.gates if session else ():
        gate.close()
    connection = app.connections.get(first.organisation, first.connection)
    hopeless = lost.final or connection.health != "healthy" or first.error == REFUSED
    if not hopeless and _renewed(app, connection, lost.system):
        for work in batch:
            app.inbox.postpone(work, app.now() + SOON, error=REFUSED)
        return
    _stop(app, first, connection, lost)


def _renewed(app: App, connection: Connection, system: str) -> bool:
    """A vendor that does not say how long a token is good tells by refusing it."""
    try:
        return tokens.renew(app, connection, system)
    except Disconnected:
        return False


def _stop(app: App, first: Work, connection: Connection, lost: Disconnected) -> None:
    waiting = [work for work in app.inbox.waiting(first.account, first.queue) if work.connection == first.connection]
    for work in waiting:
        app.inbox.postpone(work, None, error="disconnected")
    if app.connections.turn_unhealthy(connection, str(lost)):
        app.bus.announce(
            "connection.disconnected",
            {
                "platform": connection.platform,
                "organisation": connection.organisation,
                "connection": connection.id,
                "system": lost.system,
            },
        )  # fmt: skip


def working(app: App, work: Work) -> Connection:
    """The connection of standing work. Raises `Paused` or `Disconnected` where nothing may be done for it now."""
    connection = app.connections.get(work.organisation, work.connection)
    if connection.status == "paused":
        raise Paused("The connection is paused.")
    if connection.health != "healthy":
        raise Disconnected("The connection waits to be reconnected.", system=connection.crm)
    return connection


def wake(app: App, connection: Connection) -> None:
    """Everything that waited for this connection is due now, on every queue."""
    for queue in ("contacts", "gifts", "exports"):
        sleeping = [
            work
            for work in app.inbox.waiting(connection.account, queue)
            if work.connection == connection.id and work.next_due is None
        ]
        for work in sleeping:
            app.inbox.postpone(work, app.now(), attempt=0)
        if sleeping:
            ring(app, connection.account, queue)
