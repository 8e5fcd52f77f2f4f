"""The minute tick: ring for whatever is due. It covers lost bells, deferrals, schedules, idle tokens and resumes."""

from contextlib import suppress

from giftbridge.errors import Retry
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App


def tick(app: App) -> int:
    """Ring for every account with due work; answers how many queues that were."""
    now = app.now()
    due = app.inbox.due_accounts(now)
    oldest = min((since for _, _, since in due), default=now)
    app.measure("OldestDueWorkSeconds", max(0.0, (now - oldest).total_seconds()))
    app.measure("ConnectionsUnhealthy", app.connections.unhealthy())
    for account, queue, _ in due:
        ring(app, account, queue)
    with suppress(Retry):  # a busy database stops no bell
        app.inbox.keep_tick(now)
    return len(due)
