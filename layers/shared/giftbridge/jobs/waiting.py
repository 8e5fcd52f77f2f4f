"""What waits for a connection, webhooks among it, and making it due now."""

from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App
from giftbridge.jobs.lifecycle import QUEUES, assert_working
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work


def of_connection(app: App, connection: Connection) -> list[Work]:
    """All of it, first lanes first."""
    found = [work for queue in QUEUES for work in app.inbox.waiting(connection.account, queue)]
    return [work for work in found if work.connection == connection.id]


def wake_failed(app: App, connection: Connection) -> int:
    """Make due what an error put off; answers how many that were."""
    assert_working(connection)
    failed = [work for work in of_connection(app, connection) if work.error]
    for work in failed:
        app.inbox.postpone(work, app.now(), attempt=0)
    for queue in sorted({work.queue for work in failed}):
        ring(app, connection.account, queue)
    return len(failed)
