"""How a contact is created or changed at one side, under an intent, so that a crash anywhere leaves one contact."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from giftbridge.connectors.base import (
    Annotates,
    ContactWrite,
    Done,
    ReadsContacts,
    Submitted,
    WritesContacts,
)
from giftbridge.domain import normalise
from giftbridge.domain.contact import FIELDS, Changes, Contact, Record, Side
from giftbridge.domain.fingerprint import Prints
from giftbridge.errors import Conflict, Defer, Disconnected, GiftbridgeError, NotFound, Park, Reject, Retry
from giftbridge.jobs.contacts import doubt, handover
from giftbridge.jobs.context import Session
from giftbridge.jobs.intent import as_before, intend, reference_in, take_back
from giftbridge.jobs.settling import Wanted, Writing
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import Handover, Intent, Link

UNTOLD: Final = "untold"
AGAIN: Final = timedelta(minutes=5)
UNSURE: Final = frozenset({"maybe_created", "several_created"})
"""Questions whether a create happened: asked again until a person answers, never tried again by itself."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record with its fingerprints as they count."""

    record: Record
    prints: Prints


def reference_of(session: Session, side: Side, link: Link) -> str:
    """Our mark on what we create at `side`: names whose record it was made from, so it is the same on every try."""
    connection = session.connection
    if side is Side.CRM:
        return session.recipe.named(connection.platform, connection.organisation, link.platform_id)
    return f"{connection.account}-{link.crm_id}".replace(":", "-")


def create(
    session: Session, link: Link, side: Side, contact: Contact, run: str
) -> Writing[tuple[Link, Done | Submitted]]:
    """Create `contact` at `side` for a link that has no id there.

    Returns the link with the id (not yet stored; without it where the vendor takes it in later and names none) and the
    answer. Raises `Park` where it can't be known, `Reject` where the vendor refuses, `Defer`/`Retry` to come back.
    """
    reference, described = reference_of(session, side, link), doubt.described(session, contact)
    intended = intend(session, replace(link, state="creating"), "create", side, reference, run, described)
    former = as_before(session, side, link)
    try:
        answer = yield Wanted(side, ContactWrite(reference_in(intended), contact, known_as=reference))
    except (Defer, Disconnected, Retry) as error:
        if error.doubt:
            doubt.note(session, side, intended)
        else:
            take_back(session, intended, former)
        raise
    if isinstance(answer, GiftbridgeError) and answer.code == "idempotency-key-reused":
        raise Park("An interrupted create went through with older data. Look, then decide.", code="maybe_created")
    if isinstance(answer, GiftbridgeError):
        take_back(session, intended, former)
        raise Reject.of(answer)
    if isinstance(answer, Submitted):
        intended = hand_over(session, intended, answer, run, "created")
    return with_id(intended, side, answer.id), answer


def change(
    session: Session, side: Side, current: Seen, changes: Changes, link: Link
) -> Writing[tuple[Seen, Done | Submitted]]:
    """Write `changes` to the record `current` of `side`, under the intent that `link` carries.

    Returns the record as the vendor has it afterwards, as far as it told, and the answer. Fields that were not written
    count as they were read: what the vendor shows of them is an edit made meanwhile.
    """
    contact = current.record.contact.changed(changes)
    mark = replace(reference_in(link), value=link.intent.nonce if link.intent else "")  # each change is its own
    known_as = reference_of(session, side, link)
    answer = yield Wanted(side, ContactWrite(mark, contact, current.record, frozenset(changes), known_as))
    if isinstance(answer, GiftbridgeError):
        session.app.links.save(replace(link, intent=None))
        raise Reject.of(answer)
    if isinstance(answer, Done) and answer.record is not None:
        there = handover.seen(session, side, answer.record, link)
        return Seen(answer.record, {**current.prints, **{field: there[field] for field in changes}}), answer
    sent = session.prints.fields(contact)
    written = replace(current.record, contact=contact, stamp=None, raw="")
    return Seen(written, {**current.prints, **{field: sent[field] for field in changes}}), answer


def hand_over(session: Session, link: Link, answer: Submitted, run: str, outcome: str) -> Link:
    """The link once the CRM has taken something for later; what becomes of it is asked about by itself."""
    session.handed.add(link.kind)
    before = link.handover.agreed if link.handover else {}
    return replace(link, handover=Handover(answer.ticket, session.app.now(), run, outcome, answer.told, before=before))


def untold(session: Session, link: Link) -> Link:
    """A link whose CRM id the platform must still be told, where it keeps one."""
    return replace(link, detail=UNTOLD) if isinstance(session.platform, Annotates) else link


def tell(session: Session, link: Link) -> Link:
    """Tell the platform the CRM's id if it is not told yet. What can't be told now is due again by itself."""
    platform = session.platform
    if link.detail != UNTOLD or not isinstance(platform, Annotates):
        return link
    url = session.can(Side.CRM, ReadsContacts).contact_url(link.crm_id)  # type: ignore[type-abstract]
    try:
        platform.remember_crm_id(link.platform_id, session.connection.crm, link.crm_id, url)
    except (Conflict, NotFound, Reject):
        return replace(link, detail="")  # it does not want to know
    except (Defer, Retry):
        again(session, Side.PLATFORM, link.platform_id, session.app.now() + AGAIN)
        return link
    return replace(link, detail="")


def again(session: Session, side: Side, record_id: str, due: datetime) -> None:
    """Look at one record again at `due`, whatever becomes of the run."""
    connection = session.connection
    session.app.inbox.put(
        Work(
            account=connection.account,
            queue="contacts",
            kind="contact",
            id=f"{side}-{record_id}",
            organisation=connection.owner,
            connection=connection.id,
            lane="webhooks",
            next_due=due,
            subject=record_id,
            data={"side": str(side), "started_by": "schedule"},
        )
    )


def agreed(session: Session, link: Link, pair: Mapping[Side, Seen]) -> Link:
    """The link once both sides are as they should be: what each has now is what both agreed on.

    Where something was handed over that the CRM has still to take in, that is only what will be agreed on.
    """
    ours, theirs = pair[Side.PLATFORM], pair[Side.CRM]
    now = {field: (ours.prints[field], theirs.prints[field]) for field in FIELDS}
    done = replace(
        link,
        state="alias" if link.state == "alias" else "linked",
        base={field: prints for field, prints in now.items() if any(prints)},
        raw={"platform": session.prints.raw(ours.record.raw), "crm": session.prints.raw(theirs.record.raw)},
        spelling=normalise.VERSION,
        intent=None,
        question=None,
        decision="",
    )
    return handover.held(done, link.base)


def as_read(session: Session, platform: Record, crm: Record) -> dict[Side, Seen]:
    """Both records with their fingerprints."""
    both = ((Side.PLATFORM, platform), (Side.CRM, crm))
    return {side: Seen(record, session.prints.fields(record.contact)) for side, record in both}


def recalled(session: Session, link: Link, side: Side, contact: Contact) -> Record | None:
    """What an interrupted create left at the vendor; None where nothing did, or where a repeat is harmless.

    Raises `Park` where it can't be told whether one that is there is ours.
    """
    if link.intent is None or link.intent.op != "create":
        return None
    how = session.system(side).manifest.recall["contacts"]
    if how == "key":
        return None
    if how == "none":
        raise Park("It may have been created already; nobody can be asked. Look, then decide.", code="maybe_created")
    writer = session.can(side, WritesContacts)  # type: ignore[type-abstract]
    made = writer.recall_contact(ContactWrite(reference_in(link), contact))
    taken = session.app.links.find(link.connection, "contact", side, [one.record.id for one in made])
    free = [one for one in made if one.record.id not in taken or not taken[one.record.id].id(side.other)]
    ours = [one.record for one in free if one.sure or _fits(session, link.intent, one.record)]
    alike = [one.record for one in free if one.record not in ours and _same_name(one.record.contact, contact)]
    if len(ours) > 1 or (not ours and alike):
        ids = tuple(record.id for record in ours or alike)
        raise Park("An interrupted create may have left one of these.", candidates=ids, code="several_created")
    return ours[0] if ours else None


def may_be_ours(session: Session, link: Link, contact: Contact, there: Record) -> bool:
    """Whether an interrupted create of `contact` looks like `there`."""
    if link.intent is None or link.intent.op != "create":
        return False
    return _fits(session, link.intent, there) and _same_name(there.contact, contact)


def _fits(session: Session, intent: Intent, record: Record) -> bool:
    """Whether a contact point is one that was sent."""
    prints = session.prints.fields(record.contact)
    sent = doubt.sent(intent)
    return any(prints[point] and sent.get(point) == prints[point] for point in doubt.POINTS)


def _same_name(made: Contact, meant: Contact) -> bool:
    """Whether the names are the same, at most cut short."""
    names = [(_letters(one), _letters(other)) for one, other in zip(_names(made), _names(meant), strict=True)]
    return any(one for one, _ in names) and all(other.startswith(one) for one, other in names)


def _names(contact: Contact) -> tuple[str, str, str]:
    return contact.first_name, contact.last_name, contact.organisation_name


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def with_id(link: Link, side: Side, record_id: str) -> Link:
    """The link with the id of `side`."""
    return replace(link, platform_id=record_id) if side is Side.PLATFORM else replace(link, crm_id=record_id)
