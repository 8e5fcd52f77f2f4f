"""What an import does to contacts: makes them, and takes over what differs."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous import records
from local.sandbox.virtuous.call import Call
from local.sandbox.virtuous.donor import Donor
from local.sandbox.virtuous.matching import differences, person_of
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.views import full_name

Json = dict[str, Any]


def make_contact(call: Call, donor: Donor) -> Record:
    """A contact of a donor nobody matched; without a type it is a household if it has a person's name."""
    organisation = call.organisation
    kind = records.check_type(call, donor.type or ("Household" if donor.last else "Organization"))
    people = _people(donor, kind=organisation.parent_type(kind) or kind)
    body: Json = {"contactType": kind, "name": donor.name or None, "contactIndividuals": people}
    segment = organisation.segment(donor.segment) if donor.segment else None
    contact = records.add_contact(call, body | {"originSegmentId": segment.id if segment else None})
    for person in people:
        records.add_person(call, contact, person, primary=True)
    if donor.address:
        records.add_address(call, contact, donor.address, primary=True)
    _label(call, contact, donor)
    return contact


def take_over(call: Call, contact: Record, donor: Donor, *, incoming: bool) -> bool:
    """Label a matched contact and, when the person who reviews says so, take over what differs; did it change."""
    changed = _label(call, contact, donor)
    found = differences(call.organisation, contact, donor) if incoming else []
    if found:
        _rename(call, contact, donor)
        _add_rows(call, contact, donor, found)
    if found or changed:
        call.change(call.organisation.contacts, contact, {})
    return bool(found) or changed


def _people(donor: Donor, kind: str) -> list[Json]:
    """The person of a new contact; an organisation has one only to hold its e-mail address and phone number."""
    methods = [(donor.email_type, donor.email), (donor.phone_type, donor.phone)]
    rows = [{"type": kind, "value": value, "isOptedIn": True, "isPrimary": True} for kind, value in methods if value]
    names: Json = {"firstName": donor.first, "lastName": donor.last}
    if not donor.first and not donor.last:
        if kind != "Household" and not rows:
            return []
        first, _, last = donor.name.rpartition(" ")
        names = {"firstName": first, "lastName": last}
    return [{**donor.person, **donor.births, **names, "contactMethods": rows}]


def _label(call: Call, contact: Record, donor: Donor) -> bool:
    """Reference, tags and custom fields, which never put a row in doubt."""
    before = _labels(call, contact)
    owners = call.organisation.references(donor.source, donor.reference) if donor.reference else []
    if donor.reference and not owners:
        records.add_reference(call, contact, donor.source, donor.reference)
    for name in donor.tags:
        records.add_tag(call, contact, records.tag_named(call, name))
    custom = records.custom_values(call.organisation, "Contact", donor.custom)
    if custom.items() - contact.data["customFields"].items():
        values = contact.data["customFields"] | custom
        call.change(call.organisation.contacts, contact, {"customFields": values})
    return before != _labels(call, contact)


def _labels(call: Call, contact: Record) -> tuple[int, int, Json]:
    tags = call.organisation.contact_tags.children(contact.id)
    return len(contact.data["references"]), len(tags), contact.data["customFields"]


def _rename(call: Call, contact: Record, donor: Donor) -> None:
    """The person's names; the contact's own name where it is given, or was the person's."""
    person = person_of(call.organisation, contact, donor)
    name = donor.name
    if person is not None:
        was = full_name(person)
        call.change(call.organisation.individuals, person, dict(donor.person))
        name = name or (full_name(person) if contact.data["name"] == was else "")
    if name:
        call.change(call.organisation.contacts, contact, {"name": name})


def _add_rows(call: Call, contact: Record, donor: Donor, found: list[str]) -> None:
    primary = call.options.import_rows == "primary"
    person = person_of(call.organisation, contact, donor)
    rows = {"email": (donor.email_type, donor.email), "phone": (donor.phone_type, donor.phone)}
    for name, (kind, value) in rows.items():
        if name in found and person is not None:
            body = {"type": kind, "value": value, "isOptedIn": True}
            records.add_method(call, person, body, primary=primary)
    if "address" in found:
        records.add_address(call, contact, donor.address, primary=primary)
