"""One turn of a worker: take what is due for an account one piece further, again and again, until time is up.

The latch is cleared first and work is listed after, so that nothing slips between. Whatever goes wrong is written on
the work itself; only a bug or a crash fails the message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from giftbridge.errors import Defer, Disconnected, Fenced, GiftbridgeError, Paused, Removed, Retry
from giftbridge.jobs import health
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App, Step
from giftbridge.jobs.session import close_sessions
from giftbridge.logs import logger, told
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.inbox import Work

PATIENCE_SECONDS: Final = 6.0
"""What is due sooner is waited for; the next tick may be a minute away."""
HELD_STEPS: Final = 2
"""A step may be in a call when its time is up, but its function ends after two: until then nobody else begins."""
BACKOFF: Final = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)

Handler = Callable[[Step, list[Work]], "Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """What a handler did with a batch of equal work: the rest is due again at `again` (None: nothing is left)."""

    again: datetime | None = None


def run_step(app: App, account: str, queue: str, handlers: Mapping[str, Handler]) -> None:
    """Work for one account and queue. Raises what is a bug, after everything else has had its turn."""
    app.accounts.clear_latch(account, queue)
    now = app.now()
    held_until = now + HELD_STEPS * timedelta(seconds=app.settings.step_seconds)
    fence = app.accounts.begin_step(account, queue, now, held_until)
    if fence is None:
        return
    step = Step(app, fence, app.clock.monotonic() + app.settings.step_seconds)
    bugs: list[Exception] = []
    try:
        while step.time_left:
            if batch := _next_batch(app, account, queue):
                _advance(step, batch, handlers, bugs)
            elif not _wait_a_little(step, account, queue):
                break
    except Fenced:
        return
    finally:
        close_sessions(step)
        app.accounts.end_step(fence)
    if app.inbox.due(account, queue, app.now(), limit=1):
        ring(app, account, queue)
    if bugs:
        raise bugs[0]


def _next_batch(app: App, account: str, queue: str) -> list[Work]:
    """The first due work of the first lane, with all due work like it."""
    due = app.inbox.due(account, queue, app.now())
    return [work for work in due if _alike(work, due[0])]


def _wait_a_little(step: Step, account: str, queue: str) -> bool:
    """Whether more is due so soon that waiting here beats waiting for the next tick."""
    due = [work.next_due for work in step.app.inbox.waiting(account, queue) if work.next_due]
    pause = (min(due) - step.app.now()).total_seconds() if due else PATIENCE_SECONDS + 1
    if pause > PATIENCE_SECONDS:
        return False
    step.app.clock.sleep(max(0.0, pause) + 0.01)
    return True


def _alike(work: Work, first: Work) -> bool:
    if work.kind not in ("contact", "gift"):
        return work is first
    return (work.kind, work.connection, work.run) == (first.kind, first.connection, first.run)


def _advance(step: Step, batch: list[Work], handlers: Mapping[str, Handler], bugs: list[Exception]) -> None:
    """One batch, and a line of the log about it; its ids stand in every line that is written meanwhile."""
    first = batch[0]
    with logger.append_context_keys(connection=first.connection, run=_run_of(first)):
        outcome = _tried(step, batch, handlers, bugs)
        logger.info("work", extra={"kind": first.kind, "records": len(batch), "outcome": outcome})


def _run_of(work: Work) -> str | None:
    """The run that work belongs to."""
    return (work.subject if work.kind == "run" else work.run) or None


def _tried(step: Step, batch: list[Work], handlers: Mapping[str, Handler], bugs: list[Exception]) -> str:
    """Let the handler do what it can, and write on the work what comes next; `done`, or why not."""
    try:
        batch = [step.app.inbox.begin(work, work.kind) for work in batch]
        _settle(step, batch, handlers[batch[0].kind](step, batch))
    except Fenced:
        raise
    except GiftbridgeError as error:
        _come_back(step, batch, error)
        return error.code
    except ConditionFailed:  # somebody else wrote what we had read: look again
        _postpone(step, batch, _soon(step.app), "overtaken")
        return "overtaken"
    except Exception as bug:  # written down and raised at the end, so that one record never blocks an account
        logger.error("bug", extra=told(bug))
        _postpone(step, batch, step.app.now() + _backoff(batch[0].attempt), type(bug).__name__)
        bugs.append(bug)
        return type(bug).__name__
    return "done"


def _come_back(step: Step, batch: list[Work], error: GiftbridgeError) -> None:
    """Every error of the tree says what to do next."""
    if isinstance(error, Defer):  # not a try
        batch = [replace(work, attempt=max(0, work.attempt - 1)) for work in batch]
        _postpone(step, batch, max(error.until, _soon(step.app)), error.code)
    elif isinstance(error, Disconnected):
        try:
            health.disconnected(step, batch, error)
        except (Defer, Retry) as later:
            _come_back(step, batch, later)
    elif isinstance(error, Paused):
        _postpone(step, batch, None, error.code)
    elif isinstance(error, Removed):  # nothing waits for it any more
        _settle(step, batch, Progress())
    else:
        if error.progressed:
            batch = [replace(work, attempt=0) for work in batch]
        after = error.after if isinstance(error, Retry) else None
        _postpone(step, batch, step.app.now() + (after or _backoff(batch[0].attempt)), error.code)


def _postpone(step: Step, batch: list[Work], until: datetime | None, error: str) -> None:
    for work in batch:
        step.app.inbox.postpone(work, until, error=error, attempt=work.attempt)


def _settle(step: Step, batch: list[Work], progress: Progress) -> None:
    for work in batch:
        if progress.again is None:
            step.app.inbox.finish(work, step.app.now())
        else:
            step.app.inbox.postpone(replace(work, attempt=0), progress.again, attempt=0)


def _backoff(attempt: int) -> timedelta:
    return BACKOFF[min(max(attempt, 1), len(BACKOFF)) - 1]


def _soon(app: App) -> datetime:
    return app.now() + timedelta(seconds=1)
