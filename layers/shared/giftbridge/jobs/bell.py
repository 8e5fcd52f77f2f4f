"""Ringing: the bell is a hint, the work is the truth."""

from giftbridge.jobs.context import App


def ring(app: App, account: str, queue: str) -> None:
    """Send a doorbell unless one is on its way already."""
    if app.accounts.set_latch(account, queue, app.now()):
        app.doorbells.send(account, queue)
