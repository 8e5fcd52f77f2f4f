"""The platform's donor of a CRM's gift: as linked, found by e-mail address, or created."""

from dataclasses import replace
from typing import Final

from giftbridge.connectors.base import FetchesContacts, ReadsContacts
from giftbridge.connectors.pulls import FindsDonors
from giftbridge.domain import normalise
from giftbridge.domain.contact import Contact, Side
from giftbridge.errors import Defer, Disconnected, Reject, Retry
from giftbridge.jobs import intent
from giftbridge.jobs.context import Session
from giftbridge.jobs.intent import take_back, wait_for_live
from giftbridge.stores.link import Link

SKIPPED: Final = frozenset({"no_email", "opted_out", "erased", "donor_not_taken"})
"""Codes of what is left out by a rule; whatever else is wrong with a donor is a failure."""


def donor_of(session: Session, run_id: str, contact_id: str) -> str:
    """The donor's id on the platform. Raises `Reject` where there is none and can be none."""
    links, connection = session.app.links, session.connection
    link = links.get(connection.id, "contact", Side.CRM, contact_id)
    if link and link.platform_id and link.state in ("linked", "alias"):
        return link.platform_id
    if link and link.state not in ("creating", "linked"):
        raise Reject("Its donor waits for an answer, or is gone on one side.", code="donor_open")
    contact = _contact(session, contact_id)
    found = _known(session, contact.email)
    if found:
        _assert_not_erased(session, Side.PLATFORM, found)
    link = link or Link(connection.account, connection.id, "contact", "creating", crm_id=contact_id)
    return _joined(session, link, found) if found else _created(session, run_id, link, contact)


def _contact(session: Session, contact_id: str) -> Contact:
    record = session.can(Side.CRM, FetchesContacts).contacts([contact_id]).get(contact_id)  # type: ignore[type-abstract]
    _assert_not_erased(session, Side.CRM, contact_id)
    if record is None or record.deleted:
        raise Reject("The CRM no longer has its donor.", code="donor_gone")
    if record.problem:
        raise Reject(record.problem, code="donor_unreadable")
    if not normalise.email(record.contact.email):
        raise Reject("Its donor has no e-mail address, by which the platform knows people.", code="no_email")
    return record.contact


def _assert_not_erased(session: Session, side: Side, record_id: str) -> None:
    mark = session.prints.identity(side, record_id)
    if session.app.links.erased(session.connection.id, side, [mark]):
        raise Reject("This donor was erased and is not synced.", code="erased")


def _known(session: Session, email: str) -> str:
    reader = session.can(Side.PLATFORM, ReadsContacts)  # type: ignore[type-abstract]
    found = [one.id for one in reader.contacts_by_email(email) if not one.deleted]
    if len(found) > 1:
        raise Reject("Several donors of the platform have this address. Merge them, then retry.", code="several_donors")
    return found[0] if found else ""


def _created(session: Session, run_id: str, link: Link, contact: Contact) -> str:
    """Under an intent; repeated after a crash, the platform finds whom it has created. Consent can't be told to it."""
    finder = session.platform
    if not isinstance(finder, FindsDonors):
        raise Reject("The platform does not know its donor and takes no new ones.", code="donor_not_taken")
    if contact.email_opt_out or contact.do_not_call or contact.do_not_mail:
        text = "Its donor opted out, which the platform can't be told: nobody is created there without it."
        raise Reject(text, code="opted_out")
    wait_for_live(session, link)
    mark = session.prints.identity(Side.CRM, link.crm_id)
    intended = intent.intend(session, link, "create", Side.PLATFORM, mark, run_id)
    try:
        donor = finder.find_or_create_donor(contact)
        _assert_not_erased(session, Side.PLATFORM, donor)
    except (Defer, Disconnected, Reject, Retry) as error:
        if not (isinstance(error, Retry) and error.doubt):
            take_back(session, intended, link)
        raise
    return _joined(session, intended, donor)


def _joined(session: Session, link: Link, donor: str) -> str:
    """Linked, unless the donor is already to another record of the CRM, of which this one is a double."""
    links = session.app.links
    if links.get(session.connection.id, "contact", Side.PLATFORM, donor):
        if link.rev:
            links.db.write(links.drop_op(link))
        return donor
    links.db.transact(links.join_ops(replace(link, platform_id=donor, state="linked", intent=None)))
    return donor
