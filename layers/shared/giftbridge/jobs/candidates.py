"""The record that a question is about and those to choose from, read now from both systems: shown, and kept nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

from giftbridge.connectors import registry
from giftbridge.connectors.base import FetchesContacts, ReadsContacts, ReadsGifts
from giftbridge.connectors.thanks import TellsGiving
from giftbridge.domain import normalise
from giftbridge.domain.contact import Contact, Field, Record, Side
from giftbridge.domain.gift import Gift
from giftbridge.errors import GiftbridgeError, NotFound
from giftbridge.jobs.check import system_of
from giftbridge.jobs.context import App, Session
from giftbridge.jobs.review import OpenQuestion
from giftbridge.jobs.session import session_for_person
from giftbridge.stores.connections import Connection

Fact = Literal["name", "email", "phone", "address"]
Agreement = Literal["same", "differs", "missing", "added"]
FACTS: Final[Mapping[Fact, tuple[Field, ...]]] = {
    "name": ("organisation_name", "first_name", "last_name"), "email": ("email",), "phone": ("phone",),
    "address": ("address",),
}  # fmt: skip
GONE: Final = "It is no longer there."


@dataclass(frozen=True, slots=True)
class Seen:
    """One contact as its system has it now, and how it agrees with the one asked about; `why`: it can't be read."""

    side: Side
    id: str
    facts: Mapping[Fact, str] = field(default_factory=dict)
    url: str = ""
    why: str = ""
    agreement: Mapping[Fact, Agreement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeenGift:
    """One gift as its system has it now: cents, and the organisation's calendar day."""

    amount: int
    currency: str
    day: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What could be read; `why` tells what of it could not."""

    record: Seen
    candidates: tuple[Seen, ...]
    gift: SeenGift | None = None
    why: str = ""


def look(app: App, connection: Connection, asked: OpenQuestion) -> Look:
    """Read all that a person needs for the answer. A system that can't be read leaves ids alone."""
    try:
        with session_for_person(app, connection) as session:
            return _gift_look(session, asked) if asked.kind == "gift" else _contact_look(session, asked)
    except GiftbridgeError as error:  # nothing could be opened at all
        return replace(_ids(asked), why=str(error))


def to_choose_from(asked: OpenQuestion) -> tuple[str, ...]:
    """Ids of the other side. A record whose counterpart is gone is itself no choice."""
    lost = asked.code == "review_gone" and asked.candidates == (asked.id,)
    return () if lost else asked.candidates


def _ids(asked: OpenQuestion) -> Look:
    return Look(Seen(asked.side, asked.id), tuple(Seen(asked.side.other, one) for one in to_choose_from(asked)))


def _contact_look(session: Session, asked: OpenQuestion) -> Look:
    own, reason = _contacts(session, asked.side, [asked.id])
    others, why = _contacts(session, asked.side.other, to_choose_from(asked))
    record = own.get(asked.id)
    return Look(
        _seen(session, asked.side, asked.id, record, reason),
        tuple(
            _compared(session, record, others.get(one), _seen(session, asked.side.other, one, others.get(one), why))
            for one in to_choose_from(asked)
        ),
    )


def _contacts(session: Session, side: Side, ids: Sequence[str]) -> tuple[dict[str, Record], str]:
    """Records by id, and why there are none."""
    system = session.system(side)
    if not isinstance(system, FetchesContacts):
        return {}, f"{_title(session, side)} can't be asked about one contact."
    try:
        return (system.contacts(ids[: system.manifest.limits.read_batch]) if ids else {}), ""
    except NotFound:
        return {}, ""
    except GiftbridgeError as error:
        return {}, str(error)


def _seen(session: Session, side: Side, record_id: str, record: Record | None, why: str) -> Seen:
    system = session.system(side)
    url = system.contact_url(record_id) if isinstance(system, ReadsContacts) else ""
    if record is None or record.deleted or record.unread or record.problem:
        return Seen(side, record_id, url=url, why=why or (record.problem if record else "") or GONE)
    return Seen(side, record_id, _facts(record.contact), url)


def _facts(contact: Contact) -> dict[Fact, str]:
    name = contact.organisation_name or f"{contact.first_name} {contact.last_name}".strip()
    return {"name": name, "email": contact.email, "phone": contact.phone, "address": str(contact.address)}


def _compared(session: Session, record: Record | None, other: Record | None, seen: Seen) -> Seen:
    if record is None or other is None or not seen.facts:
        return seen
    region = session.recipe.region
    return replace(seen, agreement={one: _agreement(record.contact, other.contact, one, region) for one in FACTS})


def _agreement(ours: Contact, theirs: Contact, fact: Fact, region: str) -> Agreement:
    here, there = ([normalise.canonical(one, name, region) for name in FACTS[fact]] for one in (ours, theirs))
    if here == there:
        return "same"
    if not any(there):
        return "missing"
    return "differs" if any(here) else "added"


def _gift_look(session: Session, asked: OpenQuestion) -> Look:
    try:
        found = _gift(session, asked)
    except GiftbridgeError as error:
        return replace(_ids(asked), why=str(error))
    if isinstance(found, SeenGift):
        return replace(_ids(asked), gift=found)
    return replace(_ids(asked), why=found)


def _gift(session: Session, asked: OpenQuestion) -> SeenGift | str:
    """The gift, or why it can't be read."""
    system = session.system(asked.side)
    if isinstance(system, ReadsGifts):
        return _of_platform(session, system.gifts([asked.id]).get(asked.id))
    if isinstance(system, TellsGiving) and ":" not in asked.id:
        given = system.donations([asked.id]).get(asked.id)
        return SeenGift(given.amount, session.recipe.currency, given.day, given.comment) if given else GONE
    return f"{_title(session, asked.side)} can't be asked about it."


def _of_platform(session: Session, found: Gift | GiftbridgeError | None) -> SeenGift | str:
    if not isinstance(found, Gift):
        return str(found) if found else GONE
    return SeenGift(found.amount, found.currency, found.local_date(session.recipe.time_zone), found.note)


def _title(session: Session, side: Side) -> str:
    return registry.manifest(system_of(session.connection, side)).title
