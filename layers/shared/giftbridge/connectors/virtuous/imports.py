"""Contacts through the vendor's import. Pure.

Any difference from the CRM makes a person decide, and a row may wait for days, while staff edits on. What is not to
change is left out, and an address or number that can be none as well.
"""

from collections.abc import Iterator

from giftbridge.connectors.base import ContactWrite
from giftbridge.connectors.virtuous.mapping import ContactOptions
from giftbridge.connectors.virtuous.models import ContactRow, Individual
from giftbridge.connectors.virtuous.places import country_name
from giftbridge.connectors.virtuous.updates import NAMES, raw_of
from giftbridge.connectors.virtuous.writing import Body, Point, contact_type, person_name, points, title
from giftbridge.domain import normalise
from giftbridge.domain.contact import CONSENT_FIELDS, Address, Contact, Field, Record


def import_row(write: ContactWrite, options: ContactOptions) -> Body:
    """A contact in `POST /Contact/Batch`. Raises `Reject` for who has no name."""
    contact, current = write.contact, write.current
    reference = write.known_as or write.reference.value
    standing = _standing_name(write, reference, options)
    row: Body = {"referenceId": reference, **(standing or _import_names(contact, current, options))}
    if current is None:
        row["contactType"] = contact_type(contact, options)
    told = frozenset(_told(write, options)) - set(normalise.unusable(contact))
    for point in points(options):
        if point.field in told:
            row |= {f"{point.field}Type": point.type, point.field: contact.value(point.field)}
    if "address" in told and contact.address:
        row |= _flat_address(contact.address)
    return row


def _told(write: ContactWrite, options: ContactOptions) -> Iterator[Field]:
    """Fields that the import is to hear of: all of a new contact's, of another the changed ones."""
    fields: tuple[Field, ...] = ("email", "phone", "address")
    changed = imported(write, options)
    for field in fields:
        if write.contact.value(field) and (write.current is None or field in changed):
            yield field


def _standing_name(write: ContactWrite, reference: str, options: ContactOptions) -> Body:
    """The name of the contact itself, where its person's is not to change and the reference says whose row it is.

    A row needs a name; where it is empty, or the reference is not there yet, the person's must do.
    """
    if write.current is None or write.contact.kind == "organisation" or write.changed & NAMES:
        return {}
    seen = ContactRow.model_validate(raw_of(write.current))
    known = any((one.source, one.id) == (options.source, reference) for one in seen.contactReferences)
    return {"name": seen.name} if known and seen.name else {}


def _import_names(contact: Contact, current: Record | None, options: ContactOptions) -> Body:
    """Names, in the CRM's own spelling where they mean the same."""
    if contact.kind == "organisation":
        return {"name": _like(title(contact, options), current.contact.organisation_name if current else "")}
    first, last = person_name(contact, options)
    was = current.contact if current else Contact()
    return {"firstName": _like(first, was.first_name), "lastName": _like(last, was.last_name)}


def _like(wanted: str, standing: str) -> str:
    return standing if normalise.text(wanted) == normalise.text(standing) else wanted


def _flat_address(address: Address) -> Body:
    parts = {"address1": address.street, "city": address.city, "state": address.state, "postal": address.postal_code}
    return {**{name: part for name, part in parts.items() if part}, "country": country_name(address.country)}


def imported(write: ContactWrite, options: ContactOptions) -> frozenset[Field]:
    """The changes that an import can tell.

    It knows nothing of consent, nor that an address or number becomes the primary one that is there already.
    """
    person = ContactRow.model_validate(raw_of(write.current)).person if write.current else None
    standing = {point.field for point in points(options) if person and _stands(point, person, write.contact)}
    return write.changed - CONSENT_FIELDS - standing


def _stands(point: Point, person: Individual, contact: Contact) -> bool:
    wanted = str(contact.value(point.field))
    return any(point.same(one.value, wanted) for one in person.methods(point.kind))
