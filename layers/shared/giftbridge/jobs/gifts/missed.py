"""What a webhook may have failed to tell of a platform that holds events: read from its lists on schedule."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from giftbridge.connectors import registry
from giftbridge.connectors.base import Page, ReadsGifts
from giftbridge.connectors.events import Event, ListsEvents, ListsRefunds
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift
from giftbridge.jobs.context import App, Session, Step
from giftbridge.jobs.gifts.follow import is_untold
from giftbridge.jobs.gifts.run import start_chosen, start_event
from giftbridge.jobs.health import working
from giftbridge.jobs.session import open_session
from giftbridge.jobs.step import Progress
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Run

LISTS: Final = frozenset({"lists_events", "lists_refunds"})
RUNS: Final = 100
"""How many of the newest runs are looked through for that of an event."""

Row = TypeVar("Row")


def standing_work(app: App, connection: Connection) -> list[Work]:
    """What makes a connection look, on its schedule; none where the platform has no such lists."""
    if not registry.manifest(connection.platform).capabilities >= LISTS:
        return []
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    return [replace(_standing(connection), next_due=chosen.next_handover(app.now()))]


def work_of(app: App, connection: Connection) -> Work | None:
    """The work that stands for it; its data says where the lists were read up to."""
    return app.inbox.get(_standing(connection))


def catch_up(step: Step, batch: list[Work]) -> Progress:
    """Start what no webhook has started, and say when to look again."""
    work = batch[0]
    connection = working(step.app, work)
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    if chosen.gifts:
        session = open_session(step, work.organisation, work.connection, work.lane)
        events, refunds = session.can(Side.PLATFORM, ListsEvents), session.can(Side.PLATFORM, ListsRefunds)  # type: ignore[type-abstract]
        work, whole = _read(step, work, "events", events.events, lambda rows: _start_events(session, rows))
        if whole:
            _, whole = _read(
                step, work, "refunds", refunds.refunded_gifts, lambda rows: _start_refunds(session, rows)
            )  # fmt: skip
        if not whole:
            return Progress(step.app.now())
    return Progress(chosen.next_handover(step.app.now()))


def _read(
    step: Step, work: Work, name: str, ask: Callable[[str], Page[Row]], start: Callable[[Sequence[Row]], None]
) -> tuple[Work, bool]:
    """Read on in a list while there is time; the work with its place there, and whether the end was reached."""
    more = True
    while more and step.time_left:
        cursor = str(work.data.get(name, ""))
        page = ask(cursor)
        page.assert_goes_on(cursor)
        start(page.rows)
        work = replace(work, data={**work.data, name: page.cursor})
        step.app.inbox.put(work)
        more = page.more
    return work, not more


def _start_events(session: Session, rows: Sequence[Event]) -> None:
    """Runs of reconciled events that have none since; what was reconciled before connecting does not go by itself."""
    app, connection = session.app, session.connection
    found = [one for one in rows if one.reconciled and _is_since_connecting(session, one.reconciled_at)]
    runs = list(app.runs.latest(connection.id, RUNS)) if found else []
    for event in found:
        if not any(_covers(session, run, event) for run in runs):
            start_event(app, connection, event.id, "schedule")


def _is_since_connecting(session: Session, moment: datetime | None) -> bool:
    connected, skew = session.connection.created_at, session.recipe.policy.skew
    return connected is None or moment is None or moment >= connected - skew


def _covers(session: Session, run: Run, event: Event) -> bool:
    """Whether a run looked at all gifts of the event after it was reconciled, or is about to."""
    if (run.kind, run.mode, run.subject) != ("gifts", "reconciled", event.id) or run.state == "cancelled":
        return False
    return event.reconciled_at is None or run.queued_at + session.recipe.policy.skew >= event.reconciled_at


def _start_refunds(session: Session, ids: Sequence[str]) -> None:
    """A run of gifts of which the CRM does not know that money was given back."""
    app, connection = session.app, session.connection
    links = app.links.find(connection.id, "gift", Side.PLATFORM, sorted(set(ids)))
    gifts = session.can(Side.PLATFORM, ReadsGifts).gifts(sorted(links)) if links else {}  # type: ignore[type-abstract]
    untold = [
        one for one, gift in gifts.items() if isinstance(gift, Gift) and is_untold(session, gift, links[one])
    ]  # fmt: skip
    if untold:
        start_chosen(app, connection, sorted(untold), {}, "schedule", "records")


def _standing(connection: Connection) -> Work:
    return Work(connection.account, "gifts", "missed", connection.id, connection.owner, connection.id, "gifts", None)
