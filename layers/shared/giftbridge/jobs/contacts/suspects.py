"""A sweep's second thoughts: what an edit under way, a wish or an erasure explains is no drift; the rest is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from giftbridge.connectors.base import ReadsContacts
from giftbridge.domain.contact import Side
from giftbridge.jobs.contacts.survey import BASELINE
from giftbridge.jobs.contacts.verdict import DIFFERENT, MISSED, MISSING, Class, Settled, Suspicion
from giftbridge.jobs.context import Session
from giftbridge.stores.attributes import Item
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Line, Run
from giftbridge.stores.sweeps import Seen

SUSPECTS: Final = "suspects"
REASONS: Final[Mapping[Class, str]] = {
    "drift_different": "Linked, but these fields are not as they should be here, though a run has read them.",
    "drift_unconfirmed": "It was handed over and never confirmed. Look for it in the CRM, then try again.",
    "drift_missed": "It is there or was changed, and no list of changes has shown it.",
    "drift_missing_crm": "The platform has it, the CRM does not.",
    "drift_missing_platform": "The CRM has it, the platform does not.",
}


def feed_heap(side: Side) -> str:
    """Where a sweep keeps what a side's list of changes shows now."""
    return f"feed_{side}"


@dataclass(slots=True)
class Case:
    """One record under suspicion."""

    side: Side
    seen: Seen
    suspicion: Suspicion


@dataclass(slots=True)
class Hearing:
    """Some suspects together, with all that may speak for them."""

    session: Session
    run: Run
    cases: Sequence[Case]
    links: dict[tuple[Side, str], Link] = field(default_factory=dict)
    read: set[tuple[Side, str, str]] = field(default_factory=set)
    """Versions that runs have read from a list: id and fingerprint of the whole record."""
    unwanted: set[tuple[Side, str, str]] = field(default_factory=set)
    """Versions that were there when somebody said that existing contacts are not to be brought over."""
    shown: dict[tuple[Side, str], Seen] = field(default_factory=dict)
    """What a run of changes would read now."""
    busy: set[tuple[Side, str]] = field(default_factory=set)
    """Records that somebody is about to look at, or that belong to an erased donor."""


def entry(seen: Item, side: Side, suspicion: Suspicion) -> tuple[str, Item]:
    """A suspect as it is set aside: its place, and what is kept."""
    why = {"code": suspicion.code, "fields": list(suspicion.fields), "other": suspicion.other_id}
    return f"{side}#{seen['sk']}", {**seen, "id": seen["sk"], "side": str(side), **why}


def hear(session: Session, run: Run, items: Sequence[Item]) -> list[tuple[Side, Line | Settled]]:
    """What becomes of suspects: the side each is on, with a line of the report or how it is counted."""
    hearing = Hearing(session, run, [_case(item) for item in items])
    _gather(hearing)
    return [(case.side, _verdict(hearing, case)) for case in hearing.cases]


def _case(item: Item) -> Case:
    suspicion = Suspicion(item["code"], tuple(item["fields"]), item["other"])
    return Case(Side(item["side"]), Seen.of({**item, "sk": item["id"]}), suspicion)


def _gather(hearing: Hearing) -> None:
    app, connection = hearing.session.app, hearing.session.connection
    waiting = [one for one in app.inbox.waiting(connection.account, "contacts") if one.connection == connection.id]
    for side in Side:
        cases = [case for case in hearing.cases if case.side is side]
        ids = [case.seen.id for case in cases] + [
            case.suspicion.other_id for case in hearing.cases if case.side is side.other and case.suspicion.other_id
        ]
        hearing.links |= {
            (side, one): link for one, link in app.links.find(connection.id, "contact", side, ids).items()
        }
        found = app.sweeps.find(hearing.run.id, feed_heap(side), ids)
        hearing.shown |= {(side, one): Seen.of(item) for one, item in found.items()}
        versions = [case.seen for case in cases] + [hearing.shown[side, one] for one in found]
        _recall(hearing, side, versions)
        hearing.busy |= {(side, one) for one in _planned(hearing, waiting, side, ids) | _erased(hearing, side, cases)}
    hearing.busy |= _due(waiting)


def _recall(hearing: Hearing, side: Side, versions: Iterable[Seen]) -> None:
    """What runs have seen under these addresses; of one without an address, what a baseline has noted."""
    session = hearing.session
    baseline = session.connection.cursors.get(BASELINE, "")
    seen = session.app.sightings.find(session.connection.id, side, {one.email or f"#{one.id}" for one in versions})
    for one in chain.from_iterable(seen.values()):
        hearing.read.add((side, one.id, one.raw))
        if one.run == baseline:
            hearing.unwanted.add((side, one.id, one.raw))


def _planned(hearing: Hearing, waiting: Sequence[Work], side: Side, ids: Sequence[str]) -> set[str]:
    """Those that a run under way has still to look at."""
    others = [work.subject for work in waiting if work.kind == "run" and work.subject != hearing.run.id]
    return {one for run in others for one in hearing.session.app.runs.planned_among(run, side, ids)}


def _due(waiting: Sequence[Work]) -> set[tuple[Side, str]]:
    """Those that a webhook has named, or that are looked at again by themselves."""
    named = [work for work in waiting if work.kind == "contact"]
    return {(Side(work.data.get("side", "platform")), work.subject) for work in named}


def _erased(hearing: Hearing, side: Side, cases: Sequence[Case]) -> set[str]:
    """Erased donors, and who fits nobody but them."""
    session = hearing.session
    unlinked = [case.seen for case in cases if (side, case.seen.id) not in hearing.links]
    own = _erased_among(session, side, [one.id for one in unlinked])
    addresses = {one.email for one in unlinked if one.email}
    others = session.app.sightings.find(session.connection.id, side.other, addresses)
    gone = _erased_among(session, side.other, [one.id for group in others.values() for one in group])
    return own | {one.id for one in unlinked for other in others.get(one.email, ()) if other.id in gone}


def _erased_among(session: Session, side: Side, ids: Sequence[str]) -> set[str]:
    marks = {session.prints.identity(side, one): one for one in ids}
    return {marks[mark] for mark in session.app.links.erased(session.connection.id, side, marks)}


def _verdict(hearing: Hearing, case: Case) -> Line | Settled:
    link = hearing.links.get((case.side, case.seen.id))
    if case.seen.rev != (link.rev if link else 0):
        return "unchanged"
    ids = [(case.side, case.seen.id), (case.side.other, case.suspicion.other_id)]
    if case.suspicion.code != "drift_unconfirmed" and any(_under_way(hearing, one, link) for one in ids):
        return "unchanged"
    if link is None and (case.side, case.seen.id, case.seen.raw) in hearing.unwanted:
        return "skipped"
    return _line(hearing, case, _class(hearing, case, link))


def _under_way(hearing: Hearing, one: tuple[Side, str], link: Link | None) -> bool:
    """Whether a run of changes would read a version that no run has seen; rows of the edge come again every time."""
    shown = hearing.shown.get(one)
    return one in hearing.busy or (shown is not None and not _known(hearing, one, shown, link))


def _known(hearing: Hearing, one: tuple[Side, str], version: Seen, link: Link | None) -> bool:
    """Whether a run has read just this version of a record."""
    return (*one, version.raw) in hearing.read or bool(link and link.raw.get(one[0]) == version.raw)


def _class(hearing: Hearing, case: Case, link: Link | None) -> Class:
    """What no run has read was missed; what one has read is different, or missing."""
    code = case.suspicion.code
    gone = code in MISSING.values() and case.suspicion.other_id
    if code == "drift_unconfirmed" or gone or _known(hearing, (case.side, case.seen.id), case.seen, link):
        return code
    return MISSED if code in (DIFFERENT, MISSING[case.side.other]) else code


def _line(hearing: Hearing, case: Case, code: Class) -> Line:
    """Its line: at the side that lacks something, with the names of the fields."""
    session, other_id = hearing.session, case.suspicion.other_id
    crm_id = case.seen.id if case.side is Side.CRM else other_id
    reader = session.can(Side.CRM, ReadsContacts)  # type: ignore[type-abstract]
    return Line(
        kind="contact", side=case.side.other, record_id=case.seen.id, outcome="failed", code=code,
        reason=REASONS[code], other_id=other_id, label=case.seen.label,
        url=reader.contact_url(crm_id) if crm_id else "", notes=case.suspicion.fields, retryable=True,
        at=session.app.now(),
    )  # fmt: skip
