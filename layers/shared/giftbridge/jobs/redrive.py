"""What is stuck: found by its work, done again from current data, or given up.

A dead letter is only a doorbell, so nothing is read from it; what failed, how often and why is written on the work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, Defer, GiftbridgeError
from giftbridge.jobs import tokens
from giftbridge.jobs.bell import ring
from giftbridge.jobs.check import identify_one
from giftbridge.jobs.context import App
from giftbridge.jobs.lifecycle import QUEUES, assert_working, cancel
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.remembered import Remembered

UNFINISHED: Final = "unfinished"
"""Begun, and never heard of again: its worker died."""
ANY_ERROR: Final = "any"
RUNS: Final = frozenset({"run", "thanking"})
"""Work that takes a run of the sync log further."""
LISTED_ONCE: Final = frozenset({"reconciled", "chosen", "records"})
"""Runs of gifts that an event, a person or a webhook named: what is left of their lists is nobody else's."""
STANDING: Final = frozenset(
    {"cadence", "confirm", "forget", "hook", "missed", "projects", "pull", "thanks", "token", "watch"}
)
"""Work that a connection has as long as it lives."""

ASKING_SECONDS: Final = 5.0
"""How long CRMs are asked one after another while somebody waits for a page; one call may take 20 more."""
NOT_ASKED: Final = "Its CRM was not asked, as others took too long to answer. Choose this connection alone."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which work is meant; what is empty takes any. `ANY_ERROR` is whatever error there is."""

    account: str = ""
    connection: str = ""
    kind: str = ""
    error: str = ""

    def fits(self, work: Work) -> bool:
        """Whether this is some of it."""
        return (
            self.account in ("", work.account)
            and self.connection in ("", work.connection)
            and self.kind in ("", work.kind)
            and (self.error in ("", work.error) or (self.error == ANY_ERROR and bool(work.error)))
        )


def connections(app: App, wanted: Wanted, every: Sequence[Connection] | None = None) -> list[Connection]:
    """The connections that it can be work of; among `every`, where they are known already."""
    return [
        one
        for one in (app.connections.everywhere() if every is None else every)
        if one.account and wanted.account in ("", one.account) and wanted.connection in ("", one.id)
    ]


def waiting(app: App, wanted: Wanted, every: Sequence[Connection] | None = None) -> list[Work]:
    """Everything that waits, due or not."""
    accounts = sorted({one.account for one in connections(app, wanted, every)})
    return [
        work for name in accounts for queue in QUEUES for work in app.inbox.waiting(name, queue) if wanted.fits(work)
    ]


def stuck(app: App, wanted: Wanted, every: Sequence[Connection] | None = None) -> list[Work]:
    """What failed or was left unfinished. What only waits for its turn or its budget is not, unless its error is named.

    Work that was left unfinished has `UNFINISHED` as its error here.
    """
    now = app.now()
    dead = now - 2 * timedelta(seconds=app.settings.step_seconds)
    found = [_told(work, dead) for work in waiting(app, replace(wanted, error=""), every)]
    named = wanted.error not in ("", ANY_ERROR)
    return [work for work in found if wanted.fits(work) and (named or is_stuck(work))]


def _told(work: Work, dead: datetime) -> Work:
    begun = work.attempt > 0 and not work.error
    overdue = work.next_due is not None and work.next_due < dead
    return replace(work, error=UNFINISHED) if begun and overdue else work


def is_stuck(work: Work) -> bool:
    """Whether it failed, rather than that it waits for its turn or its budget."""
    return bool(work.error) and (work.attempt > 0 or work.next_due is None)


def why_held(app: App, connection: Connection) -> str:
    """Why nothing can be done for a connection just now; empty where it can. Asks its CRM once who it is.

    A rate limit holds nothing: what is due waits for it by itself.
    """
    try:
        assert_working(connection)
        identify_one(app, connection, Side.CRM, tokens.usable(app, connection, connection.crm))
    except Defer:
        return ""
    except GiftbridgeError as error:
        return str(error)
    return ""


def held(app: App, every: Sequence[Connection], works: Iterable[Work]) -> dict[str, str]:
    """Connection -> why its works are left alone just now; asks each CRM once, until that takes too long in all."""
    named, until = {work.connection for work in works}, app.clock.monotonic() + ASKING_SECONDS
    why: dict[str, str] = {}
    for one in every:
        if one.id in named:
            why[one.id] = why_held(app, one) if app.clock.monotonic() < until else NOT_ASKED
    return {connection: reason for connection, reason in why.items() if reason}


def redrive(app: App, works: Sequence[Work], rate: float) -> datetime:
    """Make them due at `rate` a second, their tries forgotten; answers when the last one is due.

    Nothing else needs to stay running: the moments are stored, and the clock rings.
    """
    last = now = app.now()
    for place, work in enumerate(works):
        last = now + timedelta(seconds=place / rate)
        app.inbox.postpone(work, last, attempt=0)
    for account, queue in sorted({(work.account, work.queue) for work in works}):
        ring(app, account, queue)
    return last


def open_again(app: App, works: Iterable[Work]) -> list[Work]:
    """Those of some works that still wait, as they are now."""
    return [now for work in works if (now := app.inbox.get(work))]


def why_kept(app: App, work: Work) -> str:
    """Why it can't be given up; empty where it can."""
    if work.kind in STANDING:
        return f"Work of kind {work.kind} belongs to its connection: pause or remove that instead."
    run = app.runs.get(work.connection, work.subject) if work.kind in RUNS else None
    if run and not run.ended and run.kind in ("gifts", "thanks") and run.mode in LISTED_ONCE:
        return "No other run lists the gifts of this one: redrive it, or pause the connection instead."
    return ""


def discard(app: App, work: Work, actor: str) -> None:
    """Give it up. An event is remembered and can be replayed; a run is cancelled, and the next reads its list again.

    Raises `Conflict` for work that its connection can't do without, and for a run whose list is nowhere else.
    """
    if why := why_kept(app, work):
        raise Conflict(why, code="standing")
    if work.kind in RUNS:
        _cancel_run(app, work)
        app.inbox.drop(work)
        return
    app.inbox.discard(work, app.now(), actor)


def discard_each(app: App, works: Iterable[Work], actor: str) -> list[tuple[Work, str]]:
    """Give up what can be given up; answers what was not, and why."""
    kept: list[tuple[Work, str]] = []
    for work in works:
        try:
            discard(app, work, actor)
        except GiftbridgeError as refused:
            kept.append((work, str(refused)))
    return kept


def _cancel_run(app: App, work: Work) -> None:
    """Where it was the run under way, another may begin; a first sync is asked about anew."""
    connection = app.connections.get(work.organisation, work.connection)
    cancel(app, connection, work.subject)
    named = ("active_run", "active_gift_run", "sweep")
    freed: dict[str, Any] = {name: "" for name in named if getattr(connection, name) == work.subject}
    if "active_run" in freed and connection.first_sync == "started":
        freed["first_sync"] = "unasked"
    if freed:
        app.connections.change(connection, **freed)


def replay(app: App, connection: Connection, events: Iterable[Remembered]) -> int:
    """Do events again that are done or given up, from current data; answers how many.

    Raises `Conflict`, `Disconnected`.
    """
    assert_working(connection)
    again = [one for one in events if app.inbox.replay(one, connection.account, connection.owner, app.now())]
    for queue in sorted({one.queue for one in again}):
        ring(app, connection.account, queue)
    return len(again)
