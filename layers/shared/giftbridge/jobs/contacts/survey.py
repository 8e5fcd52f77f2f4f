"""Reading what changed: every page becomes sightings and a list of records to look at, then the cursor moves."""

from collections.abc import Callable, Sequence
from typing import Final

from giftbridge.connectors.base import Acknowledges, Page, ReadsContacts
from giftbridge.domain import normalise
from giftbridge.domain.contact import Record, Side
from giftbridge.domain.fingerprint import Prints
from giftbridge.jobs.contacts import origins, references
from giftbridge.jobs.contacts.reading import kept
from giftbridge.jobs.context import Session
from giftbridge.stores.attributes import Item
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Run
from giftbridge.stores.sightings import Sighting

WHOLE = frozenset({"first", "preview"})
BASELINE: Final = "baseline"
"""Mode of a run that only notes where both sides stand; and the place among the cursors that names it afterwards."""


def survey(session: Session, run: Run, side: Side, following: str) -> None:
    """Read one page of `side` and checkpoint; the run moves to phase `following` after the last one."""
    reader = session.can(side, ReadsContacts)  # type: ignore[type-abstract]
    cursor = run.cursors.get(str(side), "")
    page = reader.contact_changes(cursor)
    rows = _since_baseline(session, run, side, page)
    news = [] if run.mode == BASELINE else _news(session, run, side, rows)
    _note(session, run, side, [one for one in rows if not (one.deleted or one.problem)])
    session.app.runs.plan(run, side, {one.id: _entry(session, side, one) for one in news}, session.app.now())
    _checkpoint(session, run, side, page, len(news), following)
    if run.mode != "preview" and isinstance(reader, Acknowledges):
        listed = {one.id for one in news}
        reader.acknowledge([one.mark for one in page.rows if one.mark and one.id not in listed])


def _checkpoint(session: Session, run: Run, side: Side, page: Page[Record], news: int, following: str) -> None:
    """The cursor moves only after what it passed is durable; what is unchanged is counted with it."""
    page.assert_goes_on(run.cursors.get(str(side), ""))
    unchanged = len({one.id for one in page.rows}) - news
    changes = {
        "cursors": {**run.cursors, str(side): page.cursor},
        "phase": run.phase if page.more else following,
        "totals": {**run.totals, **({str(side): page.total} if page.total is not None else {})},
    }
    added = {f"{side.other}_read": unchanged, f"{side.other}_unchanged": unchanged, f"{side}_surveyed": len(page.rows)}
    session.checkpoint([session.app.runs.change_op(run, changes, added)])


def _since_baseline(session: Session, run: Run, side: Side, page: Page[Record]) -> list[Record]:
    """Where nobody wanted the existing contacts: without those that are as they were when that was said.

    Cursors are inclusive, so the last of them come once more.
    """
    baseline = run.cursors.get(BASELINE, "")
    if not baseline:
        return list(page.rows)
    known = _seen_as_they_are(session, side, page.rows, lambda seen_by: seen_by == baseline)
    return [one for one in page.rows if one.id not in known]


def _key(session: Session, record: Record) -> str:
    """What a record is seen under; one without an address under its own id, which matches nobody."""
    return session.prints.email(record.contact) or f"#{record.id}"


def _note(session: Session, run: Run, side: Side, rows: Sequence[Record]) -> None:
    """Who was seen under which address, and under which reference. Inclusive cursors list the last ones again and
    again: of those a run of changes writes nothing."""
    kept, stamped = session.app.sightings, run.mode != "changes"
    for seen in (_sighting, references.sighting):
        found = (seen(session, run, side, one) for one in rows)
        kept.note(session.connection.id, side, found, stamped=stamped)


def _news(session: Session, run: Run, side: Side, rows: Sequence[Record]) -> list[Record]:
    """Records whose fields are not as both sides last agreed: our own echoes and bookkeeping changes fall out here."""
    links = session.app.links.find(session.connection.id, "contact", side, [one.id for one in rows])
    staying = [one for one in rows if one.id not in links and run.mode not in WHOLE and _stays(session, side, one)]
    told = _seen_as_they_are(session, side, staying, lambda seen_by: seen_by != run.id)
    return [one for one in rows if one.id not in told and _is_news(session, side, one, links.get(one.id))]


def _stays(session: Session, side: Side, record: Record) -> bool:
    """Whether an unlinked record is likely left alone: that is told once, not whenever the list shows it again."""
    return side.other not in session.recipe.creates or origins.is_left_alone(session, side, record)


def _seen_as_they_are(session: Session, side: Side, rows: Sequence[Record], by: Callable[[str], bool]) -> set[str]:
    """Ids of those that have not changed since such a run saw them."""
    keys = {one.id: _key(session, one) for one in rows}
    seen = session.app.sightings.find(session.connection.id, side, set(keys.values()))
    then = {one.id: one.raw for group in seen.values() for one in group if by(one.run)}
    return {one.id for one in rows if then.get(one.id) == session.prints.raw(one.raw)}


def _is_news(session: Session, side: Side, record: Record, link: Link | None) -> bool:
    if link is None:
        return not record.deleted
    if link.state in ("alias", "gone"):
        return False
    if link.state != "linked" or record.deleted or link.intent or link.detail or record.problem:
        return True
    if link.spelling != normalise.VERSION:
        return link.raw.get(str(side)) != session.prints.raw(record.raw)
    place = 0 if side is Side.PLATFORM else 1
    seen = session.prints.fields(record.contact)
    if side is Side.PLATFORM:
        now = origins.noted(session, link, record)
        if origins.news(now, link):
            return True
        return _differs(origins.counted(now, seen, link.base), link, place)
    return _differs(seen, link, place)


def _differs(prints: Prints, link: Link, place: int) -> bool:
    return any(mark != link.base.get(field, ("", ""))[place] for field, mark in prints.items())


def _sighting(session: Session, run: Run, side: Side, record: Record) -> Sighting:
    under_id = run.mode == BASELINE or _stays(session, side, record)
    return Sighting(
        id=record.id,
        email=_key(session, record) if under_id else session.prints.email(record.contact),
        prints=session.prints.fields(record.contact),  # type: ignore[arg-type]
        raw=session.prints.raw(record.raw),
        run=run.id,
    )


def _entry(session: Session, side: Side, record: Record) -> Item:
    prints = {field: mark for field, mark in session.prints.fields(record.contact).items() if mark}
    seen = {"e": session.prints.email(record.contact), "p": prints, "r": session.prints.raw(record.raw)}
    named = {references.REFERENCE: references.named_by(session, record)} if record.counterpart else {}
    return {**seen, **named, "m": record.mark, **kept(session, side, record)}
