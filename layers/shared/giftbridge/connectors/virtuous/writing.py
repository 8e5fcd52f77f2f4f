"""New contacts, and what all writes of contacts share. Pure. Every endpoint spells the same thing in its own way."""

from dataclasses import dataclass
from typing import Any

from giftbridge.connectors.base import ContactWrite
from giftbridge.connectors.virtuous.mapping import ContactOptions
from giftbridge.connectors.virtuous.models import EMAIL, PHONE
from giftbridge.domain import normalise
from giftbridge.domain.contact import Address, Contact, Field
from giftbridge.errors import Reject

Body = dict[str, Any]


def create_body(write: ContactWrite, options: ContactOptions) -> Body:
    """Body of `POST /Contact`. Raises `Reject` for who has no name."""
    contact = write.contact
    people = new_people(contact, options)
    body: Body = {
        "contactType": contact_type(contact, options),
        "referenceSource": options.source,
        "referenceId": write.reference.value,
        "name": title(contact, options),
    }
    if people:
        body["contactIndividuals"] = [{**one, "isPrimary": True} for one in people]
    if contact.address:
        body["contactAddresses"] = [_nested_address(contact.address, options)]
    return body


@dataclass(frozen=True, slots=True)
class Point:
    """E-mail or phone: its field, the field of its consent, the words of its types, and how a new one is made."""

    field: Field
    consent: Field
    kind: str
    type: str
    opts_in: bool

    def same(self, one: str, other: str) -> bool:
        """Whether two spellings mean the same."""
        spell = normalise.email if self.kind == EMAIL else normalise.phone
        return one == other or (bool(spell(one)) and spell(one) == spell(other))

    def refused(self, contact: Contact) -> bool:
        """Whether the contact wants nothing this way, where this CRM knows such a thing."""
        return self.opts_in and bool(contact.value(self.consent))


def points(options: ContactOptions) -> tuple[Point, Point]:
    """Both points."""
    return (
        Point("email", "email_opt_out", EMAIL, options.email_type, options.email_opt_in),
        Point("phone", "do_not_call", PHONE, options.phone_type, options.phone_opt_in),
    )


def new_people(contact: Contact, options: ContactOptions) -> list[Body]:
    """The person of a new contact. An organisation has one only to hold its e-mail address and phone number."""
    methods = [
        {**method_row(point, contact), "isPrimary": True} for point in points(options) if contact.value(point.field)
    ]
    if contact.kind == "organisation" and not methods:
        return []
    first, last = person_name(contact, options)
    person: Body = {"firstName": first, "lastName": last}
    return [{**person, "contactMethods": methods} if methods else person]


def method_row(point: Point, contact: Contact) -> Body:
    """A new contact method."""
    return {"type": point.type, "value": contact.value(point.field), "isOptedIn": not point.refused(contact)}


def person_name(contact: Contact, options: ContactOptions) -> tuple[str, str]:
    """First and last name, of which Virtuous wants both. Raises `Reject`."""
    first, last = contact.first_name or options.placeholder, contact.last_name or options.placeholder
    if contact.kind == "organisation" and not (contact.first_name and contact.last_name):
        first, _, last = (options.organisation_person or contact.organisation_name).partition(" ")
        last = last or first
    if not (first and last):
        text = "Virtuous wants a first and a last name. Complete the name, or set `placeholder_name`, then retry."
        raise Reject(text, code="name_missing")
    return first, last


def title(contact: Contact, options: ContactOptions) -> str:
    """The name of the contact itself. Raises `Reject` for an organisation without one."""
    if contact.kind == "person":
        return " ".join(person_name(contact, options))
    if not contact.organisation_name:
        raise Reject("The organisation has no name.", code="name_missing")
    return contact.organisation_name


def contact_type(contact: Contact, options: ContactOptions) -> str:
    """The type of a new contact."""
    return options.organisation_type if contact.kind == "organisation" else options.person_type


def _nested_address(address: Address, options: ContactOptions) -> Body:
    parts = {
        "label": options.address_label, "address1": address.street, "city": address.city, "stateCode": address.state,
        "postal": address.postal_code, "countryCode": address.country or "US",
    }  # fmt: skip
    return {**{name: part for name, part in parts.items() if part}, "isPrimary": True}
