"""What waits for a connection, webhooks among it, and making it due now."""

from typing import Final

from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App
from giftbridge.jobs.lifecycle import QUEUES, assert_working
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work

HEARD: Final = ("contacts", "gifts")
"""Queues that a webhook may make work for."""


def of_connection(app: App, connection: Connection) -> list[Work]:
    """All of it, first lanes first."""
    found = [work for queue in QUEUES for work in app.inbox.waiting(connection.account, queue)]
    return [work for work in found if work.connection == connection.id]


def of_webhooks(app: App, connection: Connection) -> tuple[list[Work], bool]:
    """What waits where webhooks come in, what failed first, as far as two calls read; and whether there is more."""
    read = [app.inbox.first_waiting(connection.account, queue) for queue in HEARD]
    found = [work for works, _ in read for work in works if work.connection == connection.id]
    return sorted(found, key=lambda work: not work.error), any(more for _, more in read)


def wake_failed(app: App, connection: Connection) -> int:
    """Make due what an error put off; answers how many that were."""
    assert_working(connection)
    failed = [work for work in of_connection(app, connection) if work.error]
    for work in failed:
        app.inbox.postpone(work, app.now(), attempt=0)
    for queue in sorted({work.queue for work in failed}):
        ring(app, connection.account, queue)
    return len(failed)
