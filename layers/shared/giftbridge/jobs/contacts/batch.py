"""Some records of one side, read together with all that is known of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from giftbridge.domain import normalise
from giftbridge.domain.contact import FIELDS, Record, Side
from giftbridge.domain.matching import Match, match_by_email, match_by_reference
from giftbridge.jobs.contacts import references
from giftbridge.jobs.contacts.reading import read
from giftbridge.jobs.contacts.references import REFERENCE
from giftbridge.jobs.contacts.situation import NOBODY, Result, Situation
from giftbridge.jobs.contacts.survey import WHOLE
from giftbridge.jobs.context import Session
from giftbridge.stores.attributes import Item
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Run
from giftbridge.stores.sightings import Sighting


@dataclass(slots=True)
class Batch:
    """Some records of one side with all that is known of them."""

    session: Session
    run: Run
    side: Side
    entries: Sequence[Item]
    links: dict[str, Link] = field(default_factory=dict)
    matches: dict[str, Match] = field(default_factory=dict)
    twins: dict[str, Sighting] = field(default_factory=dict)
    """Unlinked records that equal their match in every field: linked without a call."""
    records: dict[str, Record] = field(default_factory=dict)
    others: dict[str, Record] = field(default_factory=dict)
    rivals: dict[str, Link] = field(default_factory=dict)
    """Links that possible counterparts have already."""
    by_email: dict[str, Match] = field(default_factory=dict)
    """What the address alone would say of records that are matched by our reference."""
    namesakes: dict[str, set[str]] = field(default_factory=dict)
    """Others of this side that were seen under the same address."""
    erased: set[str] = field(default_factory=set)
    """Donors that somebody erased, and records that fit nobody but them: left alone."""

    @property
    def whole(self) -> bool:
        """Whether the run has just surveyed all there is on both sides."""
        return self.run.mode in WHOLE

    @property
    def ids(self) -> list[str]:
        """Ids of the batch."""
        return [entry["sk"] for entry in self.entries]


def prepare(batch: Batch) -> None:
    """Links and matches from our own tables, then the records that must really be read, together."""
    session, side = batch.session, batch.side
    batch.links = session.app.links.find(session.connection.id, "contact", side, batch.ids)
    batch.erased = _erased(session, side, [one for one in batch.ids if one not in batch.links])
    todo = [one for one in batch.ids if not told(batch, one) and one not in batch.erased]
    if batch.whole:
        _match(batch, {entry["sk"]: entry.get("e", "") for entry in batch.entries})
        todo = [one for one in todo if one not in batch.twins and one not in batch.erased]
    batch.records = read(session, batch.run, side, todo)
    if not batch.whole:
        _match(batch, {one: session.prints.email(record.contact) for one, record in batch.records.items()})
    batch.others = read(session, batch.run, side.other, sorted(_counterparts(batch, todo)))
    _recheck_references(batch)
    if not batch.whole:
        _recheck_matches(batch)
    batch.rivals |= session.app.links.find(session.connection.id, "contact", side.other, sorted(_chosen(batch, todo)))


def told(batch: Batch, record_id: str) -> bool:
    """Whether this run has dealt with the record already (as the counterpart of another, or before a crash)."""
    link = batch.links.get(record_id)
    return bool(link and link.run == batch.run.id and not link.intent and str(batch.side.other) in link.outcomes)


def _match(batch: Batch, emails: Mapping[str, str]) -> None:
    """Match records without a link by e-mail, from sightings of both sides."""
    session, connection = batch.session, batch.session.connection.id
    unlinked = {one: email for one, email in emails.items() if _open(batch.links.get(one)) and one not in batch.erased}
    own = session.app.sightings.find(connection, batch.side, set(unlinked.values()))
    other = session.app.sightings.find(connection, batch.side.other, set(unlinked.values()))
    for one, email in unlinked.items():
        mine = {one, *(seen.id for seen in _fresh(batch, own.get(email, ())))}
        batch.namesakes[one] = mine - {one}
        theirs = [seen.id for seen in _fresh(batch, other.get(email, ()))]
        batch.matches[one] = match_by_email(email, mine, theirs)
    _match_by_reference(batch, list(unlinked))
    _find_erased(batch)
    _find_taken(batch)
    if batch.whole:
        seen = {one.id: one for sightings in other.values() for one in sightings}
        found = {entry["sk"]: _twin(batch, entry, seen) for entry in batch.entries if entry["sk"] in batch.matches}
        batch.twins = {one: twin for one, twin in found.items() if twin}


def _match_by_reference(batch: Batch, ids: Sequence[str]) -> None:
    """Our own reference says more than an address."""
    entries = {entry["sk"]: entry.get(REFERENCE, "") for entry in batch.entries}
    shown = {one: references.named_by(batch.session, record) for one, record in batch.records.items()}
    contacts = {one: shown.get(one) or entries.get(one, "") for one in ids}
    found = references.candidates(batch.session, batch.side, contacts, batch.run.id if batch.whole else "")
    for one, named in found.items():
        batch.by_email[one] = batch.matches[one]
        batch.matches[one] = match_by_reference(named)


def _recheck_references(batch: Batch) -> None:
    """What was seen may be old, and who is named may be gone: then the address says who it is."""
    for record_id, match in list(batch.matches.items()):
        record = batch.records.get(record_id)
        if record is None:
            continue
        if match.by_reference:
            named = references.still(batch.session, batch.side, record, match.candidates, batch.others)
            match = match_by_reference(named) if named else batch.by_email[record_id]
        batch.matches[record_id] = _unless_named_otherwise(batch, record, match)
    if batch.by_email:
        _find_taken(batch)


def _unless_named_otherwise(batch: Batch, record: Record, match: Match) -> Match:
    """Who has the address but carries the reference of another contact is not who is looked for."""
    other = batch.others.get(match.candidates[0]) if match.verdict == "one" and not match.by_reference else None
    if other is None or batch.side is Side.CRM:
        return match
    named = references.named_by(batch.session, other)
    return Match("taken", match.candidates, by_reference=True) if named not in ("", record.id) else match


def _open(link: Link | None) -> bool:
    return link is None or (link.state == "parked" and not link.decision and not (link.platform_id and link.crm_id))


def _fresh(batch: Batch, sightings: Sequence[Sighting]) -> list[Sighting]:
    """In a whole survey only what it saw itself counts."""
    return [one for one in sightings if not batch.whole or one.run == batch.run.id]


def _find_erased(batch: Batch) -> None:
    """Who fits an erased donor is that donor again: neither matched nor created anew."""
    fitting = {candidate for match in batch.matches.values() for candidate in match.candidates}
    gone = _erased(batch.session, batch.side.other, sorted(fitting))
    batch.erased |= {one for one, match in batch.matches.items() if gone.intersection(match.candidates)}
    batch.matches = {one: match for one, match in batch.matches.items() if one not in batch.erased}


def _erased(session: Session, side: Side, ids: Sequence[str]) -> set[str]:
    marks = {session.prints.identity(side, one): one for one in ids}
    return {marks[mark] for mark in session.app.links.erased(session.connection.id, side, marks)}


def _find_taken(batch: Batch) -> None:
    """A match that is linked to somebody else is none, and one that two records claim is nobody's."""
    session = batch.session
    claims: dict[str, list[str]] = {}
    for record_id, match in batch.matches.items():
        if match.verdict == "one":
            claims.setdefault(match.candidates[0], []).append(record_id)
    batch.rivals |= session.app.links.find(session.connection.id, "contact", batch.side.other, list(claims))
    for candidate, claimants in claims.items():
        link = batch.rivals.get(candidate)
        sure = [one for one in claimants if batch.matches[one].by_reference]
        for record_id in claimants:
            by_reference = record_id in sure
            if link and link.id(batch.side) not in ("", record_id):
                batch.matches[record_id] = Match("taken", (candidate,), by_reference)
            elif len(claimants) > 1 and sure != [record_id]:
                batch.matches[record_id] = Match("ambiguous", (candidate,), by_reference)


def _twin(batch: Batch, entry: Item, seen: dict[str, Sighting]) -> Sighting | None:
    match = batch.matches[entry["sk"]]
    twin = seen.get(match.candidates[0]) if match.verdict == "one" else None
    return twin if twin and entry["sk"] not in batch.links and dict(twin.prints) == entry["p"] else None


def _counterparts(batch: Batch, todo: Sequence[str]) -> set[str]:
    other = batch.side.other
    linked = {batch.links[one].id(other) for one in todo if one in batch.links}
    matched = {candidate for one in todo if one in batch.matches for candidate in batch.matches[one].candidates}
    return {one for one in linked | _chosen(batch, todo) | matched if one}


def _chosen(batch: Batch, todo: Sequence[str]) -> set[str]:
    """Records that a person named as the counterpart."""
    decisions = [batch.links[one].decision for one in todo if one in batch.links]
    return {decision.removeprefix("match:") for decision in decisions if decision.startswith("match:")}


def _recheck_matches(batch: Batch) -> None:
    """Sightings may be old: somebody counts only while they still have the address."""
    session = batch.session
    doubtful = {
        one: match for one, match in batch.matches.items() if match.verdict != "none" and not match.by_reference
    }
    rivals = {other for one in doubtful for other in batch.namesakes.get(one, ()) if other not in batch.records}
    own = {**batch.records, **read(session, batch.run, batch.side, sorted(rivals))}
    for record_id, match in doubtful.items():
        record = batch.records.get(record_id)
        if record is None:
            continue
        email = session.prints.email(record.contact)
        mine = {record_id, *_still(session, batch.namesakes.get(record_id, ()), own, email)}
        theirs = _still(session, match.candidates, batch.others, email)
        batch.matches[record_id] = match_by_email(email, mine, theirs)
    _find_taken(batch)


def _still(session: Session, ids: Iterable[str], records: Mapping[str, Record], email: str) -> list[str]:
    """Who can't be read counts as they were seen last."""
    found = {one: records[one] for one in ids if one in records}
    return [one for one, record in found.items() if record.unread or session.prints.email(record.contact) == email]


def situation(batch: Batch, record_id: str) -> Situation:
    """One record of the batch."""
    return Situation(
        session=batch.session,
        run=batch.run,
        side=batch.side,
        id=record_id,
        record=batch.records.get(record_id),
        link=batch.links.get(record_id),
        others=batch.others,
        rivals=batch.rivals,
        match=batch.matches.get(record_id, NOBODY),
    )


def link_twins(batch: Batch, record_id: str, twin: Sighting) -> Result:
    """Both sides have the same already: only the link is new."""
    if batch.run.mode == "preview":
        return Result("unchanged", linked=True)
    entry = next(entry for entry in batch.entries if entry["sk"] == record_id)
    connection, side = batch.session.connection, batch.side
    ids = {str(side): record_id, str(side.other): twin.id}
    link = Link(
        account=connection.account,
        connection=connection.id,
        kind="contact",
        state="linked",
        platform_id=ids["platform"],
        crm_id=ids["crm"],
        base={name: (entry["p"][name], twin.prints[name]) for name in FIELDS if name in entry["p"]},
        raw={str(side): entry["r"], str(side.other): twin.raw},
        spelling=normalise.VERSION,
        run=batch.run.id,
        outcomes={"platform": "unchanged", "crm": "unchanged"},
    )
    return Result(
        "unchanged", None, tuple(batch.session.app.links.join_ops(link, batch.rivals.get(twin.id))), linked=True
    )
