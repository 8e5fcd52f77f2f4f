"""Records that are no longer there: merged, archived or deleted. Nothing is ever created anew or deleted for them."""

from dataclasses import replace
from typing import Final

from giftbridge.connectors.base import ReadsContacts
from giftbridge.domain.contact import FIELDS, Contact, Record, Side
from giftbridge.errors import Park, Reject, Retry
from giftbridge.jobs.contacts.agree import agree
from giftbridge.jobs.contacts.reading import read
from giftbridge.jobs.contacts.situation import Result, Situation, line, mark
from giftbridge.jobs.settling import Settling, Writing
from giftbridge.stores.link import Link

UNEXPLAINED: Final = "The contact is gone in the CRM and it does not say why."


def gone(at: Situation) -> Result:
    """The record itself can't be read any more."""
    link = at.link
    if link is None:
        return Result("skipped")
    if at.side is Side.CRM and link.platform_id:
        _assert_gone(at, at.id)
        raise Park(UNEXPLAINED, code="review_gone")
    said = line(at, "skipped", "gone", "It no longer exists; its counterpart was left as it is.", link=link)
    if at.dry:
        return Result("skipped", said)
    done = mark(at, replace(link, state="gone", intent=None), {str(at.other): "skipped"})
    return Result("skipped", said, (at.session.app.links.save_op(done),), link=done)


def lost(at: Situation, link: Link, record: Record) -> Settling:
    """The counterpart can't be read: follow a merge where somebody or the address tells who survived, else ask."""
    if at.other is Side.PLATFORM:
        raise Park("Its counterpart is gone on the platform.", candidates=(link.platform_id,), code="review_gone")
    if link.decision == "create":
        raise Reject("Remove the link first, then it can be created anew.", code="still_linked")
    survivor = _survivor(at, link, record.contact)
    if at.dry:
        return Result("updated")
    return (yield from _follow(at, link, record, survivor))


def inherit(at: Situation, survivor: Record) -> Writing[Result | None]:
    """A record of the CRM that outlived a merge takes over the link of the one that is gone; None where it is none."""
    contact_id = at.match.candidates[0]
    link, contact = at.rivals.get(contact_id), at.others.get(contact_id)
    if at.side is Side.PLATFORM or link is None or contact is None or not link.is_joined:
        return None
    if at.session.can(Side.CRM, ReadsContacts).successor(link.crm_id) != survivor.id:  # type: ignore[type-abstract]
        return None
    return Result("unchanged") if at.dry else (yield from _follow(at, link, contact, survivor))


def _follow(at: Situation, link: Link, record: Record, survivor: Record) -> Settling:
    links = at.session.app.links
    moved = replace(link, crm_id=survivor.id, base=_shared_base(at, link, survivor), stamps={}, intent=None)
    taken = links.get(link.connection, "contact", Side.CRM, survivor.id)
    if taken and taken.platform_id not in ("", link.platform_id):
        alias = mark(at, replace(moved, state="alias", question=None), {str(at.other): "unchanged"})
        said = line(at, "unchanged", "alias", "Merged in the CRM into a contact that is linked already.", link=alias)
        return Result("unchanged", said, tuple(links.alias_ops(alias, link.crm_id)), link=alias)
    links.db.transact(links.move_ops(moved, link.crm_id, taken))
    pair = (record, survivor) if at.side is Side.PLATFORM else (survivor, record)
    result = yield from agree(at, moved.joined(), *pair)
    said = result.line or line(at, result.outcome, link=moved)
    note = "merged in the CRM: the link follows the survivor"
    return replace(result, line=replace(said, notes=(*said.notes, note)))


def _shared_base(at: Situation, link: Link, survivor: Record) -> dict[str, tuple[str, str]]:
    """What was agreed on still tells an edit from what stood before; where the survivor has nothing, nothing was."""
    seen = at.session.prints.fields(survivor.contact)
    return {field: link.base[field] for field in FIELDS if field in link.base and seen[field]}


def _survivor(at: Situation, link: Link, contact: Contact) -> Record:
    """Whom a person, the CRM or the address names as the one that remained."""
    reader = at.session.can(Side.CRM, ReadsContacts)  # type: ignore[type-abstract]
    chosen = link.decision.removeprefix("match:") if link.decision.startswith("match:") else ""
    named = chosen or _assert_gone(at, link.crm_id)
    if named:
        found = list(read(at.session, at.run, Side.CRM, [named]).values())
    else:
        found = reader.contacts_by_email(contact.email) if contact.email else []
    if len(found) != 1 or found[0].id == link.crm_id:
        raise Park(UNEXPLAINED, candidates=tuple(record.id for record in found), code="review_gone")
    return found[0]


def _assert_gone(at: Situation, crm_id: str) -> str:
    """The id under which a merged contact lives on, empty for none. Raises `Retry` where it is there after all."""
    living = at.session.can(Side.CRM, ReadsContacts).successor(crm_id)  # type: ignore[type-abstract]
    if living == crm_id:
        raise Retry("The CRM's list does not show this contact, though it is there.", code="list_lag")
    return living
