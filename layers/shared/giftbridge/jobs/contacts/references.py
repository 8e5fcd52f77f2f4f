"""Who is who by our own reference: a CRM's record that carries a platform contact's is its counterpart."""

from collections.abc import Iterable, Mapping
from typing import Final

from giftbridge.domain.contact import Record, Side
from giftbridge.jobs.context import Session
from giftbridge.stores.runs import Run
from giftbridge.stores.sightings import Sighting

REFERENCE: Final = "c"
"""Where an entry of a run's list keeps the contact that the record's reference names."""


def named_by(session: Session, record: Record) -> str:
    """The platform's contact that a CRM's record names; empty for none."""
    connection = session.connection
    return session.recipe.contact_in(record.counterpart, connection.platform, connection.organisation)


def sighting(session: Session, run: Run, side: Side, record: Record) -> Sighting:
    """What is noted of a CRM's record, so that its contact finds it; nothing where it names none."""
    contact = named_by(session, record) if side is Side.CRM else ""
    return Sighting(record.id, mark(contact) if contact else "", run=run.id)


def candidates(session: Session, side: Side, contacts: Mapping[str, str], run: str = "") -> dict[str, list[str]]:
    """Record -> ids of the other side that references name for it.

    `contacts` holds, of the CRM, what each record names. With `run` only what that run has seen counts.
    """
    if side is Side.CRM:
        return {one: [contact] for one, contact in contacts.items() if contact}
    marks = {mark(one): one for one in contacts}
    seen = session.app.sightings.find(session.connection.id, Side.CRM, marks)
    found = {marks[under]: [one.id for one in group if not run or one.run == run] for under, group in seen.items()}
    return {one: ids for one, ids in found.items() if ids}


def still(session: Session, side: Side, record: Record, ids: Iterable[str], others: Mapping[str, Record]) -> list[str]:
    """Those of `ids` that are there and joined with the record by the reference that the CRM shows now."""
    known = [others[one] for one in ids if one in others]
    if side is Side.CRM:
        return [one.id for one in known if named_by(session, record) == one.id]
    return [one.id for one in known if named_by(session, one) == record.id]


def mark(contact_id: str) -> str:
    """Under what it is noted which record of the CRM names a contact; no fingerprint of an address looks like it."""
    return f"@{contact_id}"
