"""A platform's gifts for a person who sends some of them by hand: read live, with what became of each here."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from giftbridge.connectors import registry
from giftbridge.connectors.base import Connector, FetchesContacts, Purposes, ReadsGifts
from giftbridge.connectors.events import Event, HoldsEvents, ListsEvents
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift, GiftStatus, check
from giftbridge.errors import GiftbridgeError, NotFound, Reject
from giftbridge.jobs import configure, history, tokens
from giftbridge.jobs.budget import PageGate
from giftbridge.jobs.context import App
from giftbridge.jobs.gifts.purposes import FRESH
from giftbridge.jobs.session import rate_of, wire
from giftbridge.recipes import recipe
from giftbridge.stores.accounts import lists_of
from giftbridge.stores.attributes import Item
from giftbridge.stores.connections import Connection
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Run

SHOWN: Final = 50
"""Gifts of a page."""
MOST_PAGES: Final = 20
"""Pages of events that are read for one list."""
CALLS: Final = 5
"""What a page of gifts costs: the event, its list, the gifts, their receipts, their donors."""
RUNS: Final = 20
"""How many of the newest runs are looked through for one of gifts."""
NO_MONEY: Final = frozenset({GiftStatus.FAILED, GiftStatus.CANCELLED})
NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Events:
    """A platform's events, newest first; `cut` where there are more than are read for one list."""

    rows: tuple[Event, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a gift here, in a word, why, and what is told of it beside that."""

    state: str = "not_sent"
    why: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A gift to choose. `gift` is None where it was not read; `problem` says why it can't go as the platform has it."""

    id: str
    gift: Gift | None = None
    donor: str = ""
    problem: str = ""
    standing: Standing = Standing()


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of an event's gifts, where the next one begins (an empty cursor: nowhere), and the CRM's kept lists."""

    event: Event
    rows: tuple[Row, ...]
    cursor: str
    skip: int
    lists: Purposes | None


def events(app: App, connection: Connection) -> Events:
    """All there are, as long as they are not very many."""
    with _platform(app, connection, 1) as (platform, _):
        if not isinstance(platform, ListsEvents):
            return Events((), cut=False)
        found, cut = _all_events(platform)
    oldest_first = sorted(found, key=lambda one: one.starts or NEVER)
    return Events(tuple(reversed(oldest_first)), cut)


def event_gifts(app: App, connection: Connection, event_id: str, cursor: str, skip: int) -> Listing:
    """Some gifts of an event, from the platform's `cursor` on but for the first `skip`. Raises `NotFound`."""
    with _platform(app, connection, CALLS) as (platform, lists):
        event = _event(platform, event_id)
        page = platform.event_gifts(event_id, cursor) if isinstance(platform, HoldsEvents) else None
        ids = page.rows if page else ()
        rows = _read(platform, connection, ids[skip : skip + SHOWN])
    after = (cursor, skip + SHOWN) if len(ids) > skip + SHOWN else (page.cursor if page and page.more else "", 0)
    # The first page has no cursor: its rest is asked for by how many to pass over.
    return Listing(event, _with_standing(app, connection, rows), *after, lists)


def chosen(app: App, connection: Connection, ids: Sequence[str]) -> tuple[Row, ...]:
    """Gifts by id; read only where one call reads many, else as they are known here."""
    rows = [Row(one) for one in ids]
    if registry.manifest(connection.platform).limits.read_batch >= len(ids):
        with _platform(app, connection, CALLS) as (platform, _):
            rows = _read(platform, connection, ids)
    return _with_standing(app, connection, rows)


def known(app: App, connection: Connection, ids: Sequence[str]) -> tuple[Row, ...]:
    """The same without the platform, for when it can't be read."""
    return _with_standing(app, connection, [Row(one) for one in ids])


def latest(app: App, connection: Connection) -> tuple[Run | None, list[history.LogLine]]:
    """The newest run that was about gifts, and its lines."""
    runs = [run for run in _gift_runs(app, connection) if run.count(Side.CRM, "read")]
    lines = history.log_lines(app, runs[0], "", "gift", SHOWN) if runs else []
    return (runs[0] if runs else None), [line for line in lines if line.kind == "gift"]


def lists(app: App, connection: Connection, *, fresh: bool) -> Purposes:
    """The CRM's funds, campaigns and appeals as kept for an hour, or read now. Raises what reading them may."""
    kept = None if fresh else app.accounts.purposes(connection.account, app.now() - FRESH)
    return configure.choices(app, connection) if kept is None else Purposes(**kept)


@contextmanager
def _platform(app: App, connection: Connection, calls: int) -> Iterator[tuple[Connector, Purposes | None]]:
    """The platform alone, with all that its page needs of the tables read by one call; the CRM's lists come along."""
    stored, budget, kept = app.lookups.for_reading(connection)
    found = lists_of(kept, app.now() - FRESH)
    system = connection.platform
    gate = PageGate(
        app, connection.owner, rate_of(connection, system), lane="webhooks", lot=calls, known=budget
    )  # fmt: skip
    try:
        platform = wire(app, connection, system, gate, tokens.opened(app, connection, system, stored))
        yield platform, Purposes(**found) if found is not None else None
    finally:
        gate.close()


def _all_events(platform: ListsEvents) -> tuple[list[Event], bool]:
    """In the platform's order, each once."""
    found: dict[str, Event] = {}
    cursor, more = "", True
    for _ in range(MOST_PAGES):
        page = platform.events(cursor)
        for one in page.rows:
            found.pop(one.id, None)
            found[one.id] = one
        more = page.more and page.cursor != cursor
        cursor = page.cursor
        if not more:
            break
    return list(found.values()), more


def _event(platform: Connector, event_id: str) -> Event:
    """Raises `NotFound`; a name of dots alone would be another address of the platform."""
    if event_id.strip(".") and isinstance(platform, HoldsEvents):
        try:
            return platform.event(event_id)
        except (NotFound, Reject):
            pass
    raise NotFound("There is no such event.")


def _read(platform: Connector, connection: Connection, ids: Sequence[str]) -> list[Row]:
    if not ids or not isinstance(platform, ReadsGifts):
        return [Row(one) for one in ids]
    gifts = platform.gifts(ids)
    donors = _donors(platform, gifts)
    currency = recipe(connection.platform, connection.crm, connection.settings).currency
    return [_row(one, gifts.get(one), donors, currency) for one in ids]


def _donors(platform: Connector, gifts: Mapping[str, Gift | GiftbridgeError]) -> dict[str, str]:
    """Names by contact."""
    givers = {gift.contact_id for gift in gifts.values() if isinstance(gift, Gift) and gift.contact_id}
    if not givers or not isinstance(platform, FetchesContacts):
        return {}
    return {one: record.contact.label for one, record in platform.contacts(sorted(givers)).items()}


def _row(gift_id: str, gift: Gift | GiftbridgeError | None, donors: Mapping[str, str], currency: str) -> Row:
    if not isinstance(gift, Gift):
        return Row(gift_id, problem=str(gift) if gift else "The platform has no such transaction.")
    return Row(gift_id, gift, donors.get(gift.contact_id, ""), _problem(gift, currency))


def _problem(gift: Gift, currency: str) -> str:
    if gift.status in NO_MONEY:
        return "The payment did not succeed."
    try:
        check(gift, currency)
    except Reject as refused:
        return str(refused)
    return ""


def _with_standing(app: App, connection: Connection, rows: Sequence[Row]) -> tuple[Row, ...]:
    if not rows:
        return ()
    ids = [row.id for row in rows]
    links, lines, waiting = app.lookups.gifts(connection.id, ids, _telling_run(app, connection))
    return tuple(
        replace(row, standing=_standing(row.gift, links.get(row.id), lines.get(row.id), waits=row.id in waiting))
        for row in rows
    )


def _standing(gift: Gift | None, link: Link | None, line: Item | None, *, waits: bool) -> Standing:
    told = tuple(line["notes"]) if line else ()
    if link and link.awaits and link.handover:
        return Standing("submitted", "", (link.handover.told,) if link.handover.told else told)
    if link and link.file:
        return Standing("in_file", f"In {link.file}", told)
    if link and link.state == "parked":
        return _parked(link)
    if gift and gift.refunded >= gift.amount > 0:
        return Standing("refunded", "" if link and link.crm_id else "It was never sent.", told)
    if link and link.crm_id:
        return Standing("confirmed", "", told)
    if waits:
        return Standing("waiting")
    if line and line["outcome"] in ("failed", "skipped"):
        return Standing(line["outcome"], line["reason"], told)
    return Standing("waiting" if link and link.intent else "not_sent")


def _parked(link: Link) -> Standing:
    if link.asks:
        return Standing("needs_review", link.question.text if link.question else "")
    return Standing("not_to_be_sent" if link.decision == "ignore" else "waiting")


def _telling_run(app: App, connection: Connection) -> Run | None:
    """A run of gifts that is under way, else the newest in which some failed, else the newest."""
    runs = list(_gift_runs(app, connection))
    failed = (run for run in runs if run.count(Side.CRM, "failed"))
    return next((run for run in runs if not run.ended), None) or next(failed, None) or next(iter(runs), None)


def _gift_runs(app: App, connection: Connection) -> Iterator[Run]:
    return (run for run in app.runs.latest(connection.id, RUNS) if run.kind == "gifts")
