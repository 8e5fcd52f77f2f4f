"""Contacts that were handed to a CRM which takes them in later.

Until the CRM has said yes and was read back, what it shows may be what it had before or what was sent; neither is
somebody's edit. What it made of it, such as a name cut short, is adopted, and what shows no trace of it was ignored.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from giftbridge.domain.contact import CONSENT_FIELDS, FIELDS, Changes, Contact, Field, Record, Side
from giftbridge.domain.echo import is_rewritten
from giftbridge.domain.fingerprint import Prints
from giftbridge.errors import Reject
from giftbridge.jobs.contacts import origins
from giftbridge.jobs.context import Session
from giftbridge.stores.link import Link

NOTHING: Final = ("", "")
Base = Mapping[str, tuple[str, str]]


def seen(session: Session, side: Side, record: Record, link: Link) -> Prints:
    """The fingerprints of a record as they count: what the CRM has not taken in yet counts as taken in."""
    known = link.handover.agreed if link.handover else link.base
    place = 0 if side is Side.PLATFORM else 1
    if record.unread:
        return {field: known.get(field, NOTHING)[place] for field in FIELDS}
    prints = session.prints.fields(record.contact)
    if side is Side.PLATFORM:
        return origins.counted(link, prints, known)
    if not link.handover:
        return prints
    earlier, taken = _earlier(link), _crm_prints(known)
    return {field: taken[field] if now in earlier[field] else now for field, now in prints.items()}


def inferred(prints: Prints, other: Contact, others: Prints) -> Contact:
    """What is known of a contact that can't be read: where it agrees with its counterpart, and what it opted out of."""
    known: Changes = {field: other.value(field) for field in FIELDS if prints[field] and prints[field] == others[field]}
    consent: Changes = {field: bool(prints[field]) for field in CONSENT_FIELDS}
    return Contact(kind=other.kind).changed({**known, **consent})


def held(done: Link, before: Base) -> Link:
    """`done` as it is kept until the CRM shows what was handed over: its base is assumed, the one before stands."""
    if done.handover is None:
        return done
    waits = bool(done.handover.ticket) and done.state == "linked"
    return replace(
        done,
        state="submitted" if waits else done.state,
        base=before,
        handover=replace(done.handover, agreed=done.base),
    )


def seen_since(session: Session, done: Link, crm: Record) -> Link:
    """`done` once the CRM was read while something waits there: what it shows now is what it had before.

    It may be an edit that lost, and must not win as a new one; or one that won, and a way back from it is an edit too.
    """
    if not (done.handover and done.base) or crm.unread:
        return done
    earlier, prints = _earlier(done), session.prints.fields(crm.contact)
    base = dict(done.base)
    for field, now in prints.items():
        if now not in earlier[field]:
            base[field] = (base.get(field, NOTHING)[0], now)
    return replace(done, base=base)


def read_back(session: Session, link: Link, platform: Record, crm: Record) -> Link:
    """The link once the CRM, which has said yes, shows what became of it. Raises `Reject` where nothing did."""
    handover = link.handover
    if handover is None or handover.ticket or crm.unread or platform.unread:
        return link
    prints, earlier, sent = session.prints.fields(crm.contact), _earlier(link), _crm_prints(handover.agreed)
    if _untouched(link, prints):
        session.app.links.save(replace(link, handover=None))
        raise Reject("The CRM took it in and changed nothing. Look at it there, then retry.", code="ignored_by_crm")
    unread = {field for field, mark in sent.items() if mark != _crm_prints(link.base)[field]}
    adopted = {
        field: prints[field]
        for field in unread
        if prints[field] in earlier[field] or is_rewritten(field, platform.contact, crm.contact)
    }
    return replace(link, handover=None, base=_overlaid(handover.agreed, adopted))


def shown(session: Session, link: Link, crm: Record | None) -> Literal["all", "some", "nothing"]:
    """How much of what was handed over the CRM's record shows; of a record that was not read nobody knows: some."""
    if crm is None or link.handover is None:
        return "some"
    prints, known = session.prints.fields(crm.contact), _crm_prints(link.base)
    agreed = _crm_prints(link.handover.agreed)
    if all(prints[field] == mark for field, mark in agreed.items() if mark != known[field]):
        return "all"
    return "nothing" if _untouched(link, prints) else "some"


def _untouched(link: Link, prints: Prints) -> bool:
    """Whether a record that was there before shows nothing of the last change."""
    changed, earlier = _changed(link), _earlier(link)
    later = {field: mark for field, mark in changed.items() if field not in CONSENT_FIELDS}
    changed = later or changed  # consent may go at once, beside what waits
    known = bool(link.base or (link.handover and link.handover.before))
    return known and bool(changed) and all(prints[field] in earlier[field] for field in changed)


def _changed(link: Link) -> dict[Field, str]:
    """What was handed over last: field -> the CRM's fingerprint once it has it."""
    if link.handover is None:
        return {}
    prior = _crm_prints(link.handover.before or link.base)
    return {field: mark for field, mark in _crm_prints(link.handover.agreed).items() if mark != prior[field]}


def _earlier(link: Link) -> dict[Field, set[str]]:
    """What the CRM may show while it has not taken that in."""
    base = _crm_prints(link.base)
    before = _crm_prints(link.handover.before) if link.handover else base
    return {field: {base[field], before[field]} for field in FIELDS}


def _crm_prints(base: Base) -> dict[Field, str]:
    return {field: base.get(field, NOTHING)[1] for field in FIELDS}


def _overlaid(agreed: Base, adopted: Prints) -> dict[str, tuple[str, str]]:
    base = {
        field: (agreed.get(field, NOTHING)[0], adopted.get(field, agreed.get(field, NOTHING)[1])) for field in FIELDS
    }
    return {field: pair for field, pair in base.items() if any(pair)}
