"""Records by id: asked for where the system can be, else as this run's list showed them, sealed until dealt with."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from giftbridge.connectors.base import FetchesContacts
from giftbridge.domain.contact import Address, Contact, Record, Side
from giftbridge.jobs.context import Session
from giftbridge.stores.attributes import Item
from giftbridge.stores.runs import SEALED, SEALED_KEPT, Run

LISTED = frozenset({"first", "preview", "changes"})
"""Modes of runs that work off what they have listed."""


def read(session: Session, run: Run, side: Side, ids: Sequence[str]) -> dict[str, Record]:
    """The records of `ids`; what is known to be gone is left out, what can't be known is `unread`."""
    if not ids:
        return {}
    system = session.system(side)
    if isinstance(system, FetchesContacts):
        return system.contacts(ids)
    shown = {item["sk"]: item for item in session.app.runs.planned_items(run.id, side, ids)}
    found = {one: _opened(session, one, shown.get(one, {})) for one in ids}
    return {one: record for one, record in found.items() if not record.deleted}


def kept(session: Session, side: Side, record: Record) -> Item:
    """What an entry of a run's list must hold of the record, so that it can be read again."""
    if isinstance(session.system(side), FetchesContacts):
        return {}
    stamp = record.stamp.isoformat() if record.stamp else None
    return {SEALED: session.seal(json.dumps({**asdict(record), "stamp": stamp}))}


def may_be_gone(session: Session, run: Run) -> bool:
    """Whether the run is so old that what its lists kept sealed may have expired."""
    if run.mode not in LISTED or session.app.now() < run.queued_at + SEALED_KEPT:
        return False
    return not all(isinstance(session.system(side), FetchesContacts) for side in Side)


def _opened(session: Session, record_id: str, entry: Item) -> Record:
    text = session.keyring.open(entry[SEALED], session.app.now()) if SEALED in entry else ""
    if not text:
        return Record(record_id, Contact(), None, "", unread=True)
    held = json.loads(text)
    stamp = datetime.fromisoformat(held["stamp"]) if held["stamp"] else None
    contact = Contact(**{**held["contact"], "address": Address(**held["contact"]["address"])})
    return Record(**{**held, "contact": contact, "stamp": stamp})
