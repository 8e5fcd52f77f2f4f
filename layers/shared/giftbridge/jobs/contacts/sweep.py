"""A sweep: both sides' whole lists are read and compared with the links, and what has drifted is told. It writes
nothing at any vendor and mends nothing.

The lists come in whatever order a vendor likes, so each record is noted, and looked up together with some others.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from giftbridge.connectors.base import Page, ReadsContacts
from giftbridge.domain.contact import Record, Side
from giftbridge.domain.fingerprint import Prints
from giftbridge.jobs.contacts import origins, suspects
from giftbridge.jobs.contacts.verdict import UNCONFIRMED, Suspicion, judge, overdue
from giftbridge.jobs.context import Session
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import TRANSACTION_SIZE, Op
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Line, Run
from giftbridge.stores.sweeps import Seen

PORTION: Final = TRANSACTION_SIZE - 10
CLEARED: Final = 500
GIFTS: Final = "gifts"
FIRST: Final = "list_crm"
LAST: Final = "clear"
HEAPS: Final = (*Side, *map(suspects.feed_heap, Side), suspects.SUSPECTS, GIFTS)
AT: Final = "at"
"""Place among the cursors of how far a heap was walked."""


def advance(session: Session, run: Run) -> bool:
    """One piece of a sweep; whether there is more to do."""
    if run.phase == LAST:
        return any(session.app.sweeps.clear(run.id, heap, CLEARED) for heap in HEAPS)
    PHASES[run.phase](session, run)
    return True


def _list_crm(session: Session, run: Run) -> None:
    _list(session, run, Side.CRM, "list_platform")


def _list_platform(session: Session, run: Run) -> None:
    _list(session, run, Side.PLATFORM, "compare_platform")


def _compare_platform(session: Session, run: Run) -> None:
    _compare(session, run, Side.PLATFORM, "compare_crm")


def _compare_crm(session: Session, run: Run) -> None:
    _compare(session, run, Side.CRM, "feed_crm")


def _feed_crm(session: Session, run: Run) -> None:
    _feed(session, run, Side.CRM, "feed_platform")


def _feed_platform(session: Session, run: Run) -> None:
    _feed(session, run, Side.PLATFORM, "hear")


def _list(session: Session, run: Run, side: Side, following: str) -> None:
    """A page of all there is, with the revision of each record's link at this moment."""
    page = session.can(side, ReadsContacts).contact_changes(run.cursors.get(side, ""))  # type: ignore[type-abstract]
    _note_page(session, run, side, str(side), page.rows)
    _turn_page(session, run, str(side), page, following, {f"{side}_surveyed": len(page.rows)})


def _feed(session: Session, run: Run, side: Side, following: str) -> None:
    """A page of what a run of changes would read now; only where somebody is under suspicion, and changes are read."""
    kept = session.connection.cursors.get(side, "")
    if not run.counts.get(suspects.SUSPECTS) or not kept:
        session.checkpoint([session.app.runs.change_op(run, {"phase": following})])
        return
    heap = suspects.feed_heap(side)
    page = session.can(side, ReadsContacts).contact_changes(run.cursors.get(heap, kept))  # type: ignore[type-abstract]
    _note_page(session, run, side, heap, page.rows)
    _turn_page(session, run, heap, page, following, {})


def _note_page(session: Session, run: Run, side: Side, heap: str, rows: Iterable[Record]) -> None:
    app = session.app
    records = {one.id: one for one in rows}
    links = app.links.find(session.connection.id, "contact", side, list(records))
    entries = {one: _seen(session, side, record, links.get(one)).item() for one, record in records.items()}
    app.sweeps.note(run.id, heap, entries, app.now())


def _seen(session: Session, side: Side, record: Record, link: Link | None) -> Seen:
    prints = session.prints
    return Seen(
        id=record.id,
        email=prints.email(record.contact),
        prints=_as_it_counts(prints.fields(record.contact), side, link),
        raw=prints.raw(record.raw),
        rev=link.rev if link else 0,
        deleted=record.deleted,
        inactive=record.inactive,
        unreadable=bool(record.problem),
        label=session.seal(record.contact.label),
    )


def _as_it_counts(prints: Prints, side: Side, link: Link | None) -> Prints:
    """What was set aside because of who edited it is no drift."""
    return origins.counted(link, prints, link.base) if link and side is Side.PLATFORM else prints


def _turn_page(
    session: Session, run: Run, place: str, page: Page[Record], following: str, added: Mapping[str, int]
) -> None:
    """The cursor moves only after what it passed is noted."""
    page.assert_goes_on(run.cursors.get(place, ""))
    changes = {"cursors": {**run.cursors, place: page.cursor}, "phase": run.phase if page.more else following}
    session.checkpoint([session.app.runs.change_op(run, changes, added)])


def _compare(session: Session, run: Run, side: Side, following: str) -> None:
    """Some records of one list with their links and counterparts: what agrees is counted, the rest is set aside."""
    app = session.app
    items = app.sweeps.after(run.id, side, run.cursors.get(AT, ""), PORTION)
    links = app.links.find(session.connection.id, "contact", side, [item["sk"] for item in items])
    others = app.sweeps.find(run.id, side.other, {link.id(side.other) for link in links.values()})
    found = Counter[str]()
    told: list[Op] = []
    for item in items:
        link = links.get(item["sk"])
        other = others.get(link.id(side.other)) if link else None
        verdict = judge(session, run, side, Seen.of(item), link, Seen.of(other) if other else None)
        if isinstance(verdict, Suspicion):
            place, entry = suspects.entry(item, side, verdict)
            told.append(app.sweeps.note_op(run.id, suspects.SUSPECTS, place, entry, app.now()))
        else:
            found.update((f"{side.other}_read", f"{side.other}_{verdict}"))
    found[suspects.SUSPECTS] = len(told)
    _move_on(session, run, items, following, found, told)


def _hear(session: Session, run: Run) -> None:
    """Some suspects: what nothing explains becomes a line."""
    app = session.app
    items = app.sweeps.after(run.id, suspects.SUSPECTS, run.cursors.get(AT, ""), PORTION)
    found = Counter[str]()
    lines: list[Op] = []
    for side, verdict in suspects.hear(session, run, items):
        if isinstance(verdict, Line):
            lines.append(app.runs.line_op(run, verdict))
            found.update((verdict.code, f"{side.other}_{verdict.outcome}"))
        else:
            found[f"{side.other}_{verdict}"] += 1
        found[f"{side.other}_read"] += 1
    _move_on(session, run, items, "find_gifts", found, lines)


def _find_gifts(session: Session, run: Run) -> None:
    """Gifts that the CRM should have confirmed long ago."""
    app, connection = session.app, session.connection
    portion: list[str] = []
    for key in app.links.submitted(connection.account, "gift", connection.id):
        portion.append(key)
        if len(portion) == PORTION:
            _note_gifts(session, run, portion)
            portion = []
    _note_gifts(session, run, portion)
    session.checkpoint([app.runs.change_op(run, {"phase": "tell_gifts"})])


def _note_gifts(session: Session, run: Run, keys: list[str]) -> None:
    links = [link for link in session.app.links.by_keys(keys) if link.state == "submitted" and overdue(session, link)]
    session.app.sweeps.note(run.id, GIFTS, {one.platform_id: {"crm": one.crm_id} for one in links}, session.app.now())


def _tell_gifts(session: Session, run: Run) -> None:
    app = session.app
    items = app.sweeps.after(run.id, GIFTS, run.cursors.get(AT, ""), PORTION)
    links = app.links.find(session.connection.id, "gift", Side.PLATFORM, [item["sk"] for item in items])
    waiting = [link for link in links.values() if link.state == "submitted"]
    lines = [app.runs.line_op(run, _gift_line(session, link)) for link in waiting]
    counted = {"crm_read": len(items), "crm_failed": len(lines), "crm_unchanged": len(items) - len(lines)}
    _move_on(session, run, items, LAST, {**counted, UNCONFIRMED: len(lines)}, lines)


def _gift_line(session: Session, link: Link) -> Line:
    return Line(
        kind="gift", side=Side.CRM, record_id=link.platform_id, outcome="failed", code=UNCONFIRMED,
        reason=suspects.REASONS[UNCONFIRMED], other_id=link.crm_id, retryable=True, at=session.app.now(),
    )  # fmt: skip


def _move_on(
    session: Session, run: Run, items: list[Item], following: str, added: Mapping[str, int], ops: list[Op]
) -> None:
    """Counters move with the place in the heap; at its end the next phase begins at the beginning of its own."""
    if items:
        changes: dict[str, object] = {"cursors": {**run.cursors, AT: items[-1]["sk"]}}
    else:
        changes = {"cursors": {name: at for name, at in run.cursors.items() if name != AT}, "phase": following}
    counted = {name: number for name, number in added.items() if number}
    session.checkpoint([session.app.runs.change_op(run, changes, counted), *ops])


PHASES: Final[Mapping[str, Callable[[Session, Run], None]]] = {
    FIRST: _list_crm,
    "list_platform": _list_platform,
    "compare_platform": _compare_platform,
    "compare_crm": _compare_crm,
    "feed_crm": _feed_crm,
    "feed_platform": _feed_platform,
    "hear": _hear,
    "find_gifts": _find_gifts,
    "tell_gifts": _tell_gifts,
}
