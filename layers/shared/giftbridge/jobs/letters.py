"""What is dead: doorbells behind their queues, rung again; and triggers that were lost, delivered or given up."""

from collections.abc import Callable, Collection
from typing import Final

from giftbridge.aws.triggers import FUNCTIONS
from giftbridge.aws.triggers import UNKNOWN as UNKNOWN
from giftbridge.aws.triggers import Trigger as Trigger
from giftbridge.jobs.context import App

HELD_SECONDS: Final = 300
"""How long those that are worked on are hidden from others."""


def counts(app: App) -> dict[str, int]:
    """How many bells are dead behind each queue, and how many triggers were lost (`trigger`); approximate."""
    return {**app.doorbells.dead(), "trigger": app.triggers.count()}


def behind(app: App) -> dict[str, int]:
    """The queues behind which any bell is dead, and how many."""
    return {queue: number for queue, number in app.doorbells.dead().items() if number}


def ring_again(app: App, queues: Collection[str], rate: float) -> list[str]:
    """Let what is dead behind these queues go back to them, so many a second; the queues that had any."""
    found = [queue for queue in behind(app) if queue in queues]
    for queue in found:
        app.doorbells.ring_dead_again(queue, rate)
    return found


def lost(app: App, most: int = 1000) -> list[Trigger]:
    """The triggers that were lost, the oldest first; looked at, and left where they are."""
    return app.triggers.look(most) if app.triggers.count() else []


def deliver(app: App, ids: Collection[str] | None = None) -> list[Trigger]:
    """Hand lost triggers of these ids, or all, to their functions; those that one is for, and that were still there."""
    return _each(app, app.triggers.deliver, lambda one: one.kind in FUNCTIONS and (ids is None or one.id in ids))


def discard(app: App, ids: Collection[str] | None = None) -> list[Trigger]:
    """Give lost triggers of these ids, or all, up; those that were still there."""
    return _each(app, app.triggers.forget, lambda one: ids is None or one.id in ids)


def _each(app: App, act: Callable[[Trigger], None], is_meant: Callable[[Trigger], bool]) -> list[Trigger]:
    taken = app.triggers.take(HELD_SECONDS)
    meant = [one for one in taken if is_meant(one)]
    app.triggers.let_go(one for one in taken if one not in meant)
    for one in meant:
        act(one)
    return meant
