"""Contacts as the platform keeps them: normalised, versioned, stamped with who made the edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import phonenumbers

from local.sandbox.handbid.organisation import Organisation, Origin
from local.sandbox.handbid.problems import ProblemError
from local.sandbox.handbid.store import Row
from local.sandbox.people import Person, people

KIND = "contacts"
_OPT_OUTS = ("emailOptOut", "doNotCall", "doNotMail")
_LASTING = ("id", "version", "type", "createdAt", "updatedAt", "crmIds", *_OPT_OUTS)


def create(organisation: Organisation, fields: Mapping[str, Any], origin: Origin, stamp: str | None = None) -> Row:
    """Make a contact; raises ProblemError 409 when its address is taken and addresses are unique here."""
    known = normalised(fields, organisation.settings.region)
    _refuse_taken_email(organisation, known.get("email"), None)
    now = stamp or organisation.stamp()
    contact = {
        "id": organisation.new_id(KIND),
        "version": 1,
        "type": "person",
        **dict.fromkeys(_OPT_OUTS, False),
        **known,
        "createdAt": now,
        "updatedBy": {"origin": origin},
        "crmIds": {},
        "status": "active",
    }
    return organisation.put(KIND, contact, stamp=now)


def edit(
    organisation: Organisation, identifier: str, patch: Mapping[str, Any], origin: Origin, version: int | None = None
) -> tuple[Row, bool]:
    """Apply a merge patch; returns the contact and whether it changed. Raises ProblemError 404, 409 or 412."""
    before = organisation.get(KIND, identifier)
    _refuse_unless_editable(before, version)
    after = normalised(merged(before, patch), organisation.settings.region)
    if after == before:
        return before, False
    _refuse_taken_email(organisation, after.get("email"), identifier)
    return _next_version(organisation, after, origin), True


def delete(organisation: Organisation, identifier: str, origin: Origin) -> Row:
    """Turn a contact into the bare mark of a deleted one; raises ProblemError 404 or 409."""
    contact = organisation.get(KIND, identifier)
    _refuse_unless_editable(contact, None)
    bare = {name: contact[name] for name in _LASTING}
    return _next_version(organisation, bare | {"status": "deleted"}, origin)


def put_crm_id(organisation: Organisation, identifier: str, crm: str, link: Mapping[str, Any]) -> Row:
    """Note the contact's id in a CRM; no edit of the contact. Raises ProblemError 404 or 409."""
    contact = organisation.get(KIND, identifier)
    _refuse_unless_editable(contact, None)
    contact["crmIds"][crm] = link["id"]
    organisation.put(KIND, contact, stamp=contact["updatedAt"])
    organisation.put_aside(
        "crm-links", {"id": f"{identifier}:{crm}", "contactId": identifier, "crm": crm, "link": link}
    )
    return contact


def add_activity(organisation: Organisation, identifier: str, entry: Mapping[str, Any]) -> Row:
    """Add an entry to the contact's activity; raises ProblemError 404 or 409."""
    _refuse_unless_editable(organisation.get(KIND, identifier), None)
    row = {"id": organisation.new_id("activity"), "contactId": identifier, **entry}
    return organisation.put_aside("activity", row, identifier)


def seed(organisation: Organisation, crowd: Iterable[Person], stamps: list[str], origin: Origin) -> list[str]:
    """Make a contact of each person; returns their ids."""
    paired = zip(crowd, stamps, strict=True)
    return [create(organisation, person_fields(person), origin, stamp)["id"] for person, stamp in paired]


def seed_people(organisation: Organisation, seed_text: str, start: int, count: int, step_ms: int) -> list[str]:
    """Make contacts of people `start` to `start + count` of a seed (see `people`), `step_ms` apart."""
    crowd = list(people(seed_text, start + count))[start:]
    return seed(organisation, crowd, organisation.seed_stamps(count, step_ms), "admin")


def person_fields(person: Person) -> Row:
    """A made-up person in the contract's words."""
    return {
        "type": "person",
        "firstName": person.first,
        "lastName": person.last,
        "email": person.email,
        "phone": person.phone,
        "address": {
            "street1": person.street,
            "city": person.city,
            "state": person.state,
            "postalCode": person.postal,
            "country": person.country,
        },
    }


def merged(target: Mapping[str, Any], patch: Mapping[str, Any]) -> Row:
    """The target with a JSON merge patch (RFC 7396) applied."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            before = result.get(name)
            result[name] = merged(before if isinstance(before, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def normalised(fields: Mapping[str, Any], region: str) -> Row:
    """The fields as the platform stores them: trimmed, without empty ones, e-mail and phone in one form."""
    tidy = _trimmed(fields)
    if "email" in tidy:
        tidy["email"] = tidy["email"].lower()
    if "phone" in tidy:
        tidy["phone"] = _phone(tidy["phone"], tidy.get("address", {}).get("country", region))
    return tidy


def _trimmed(fields: Mapping[str, Any]) -> Row:
    tidy = {name: _tidy(name, value) for name, value in fields.items()}
    return {
        name: value for name, value in tidy.items() if value not in ("", None) and (value != {} or name == "crmIds")
    }


def _tidy(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    return _trimmed(value) if name == "address" and isinstance(value, Mapping) else value


def _phone(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    if number.extension or not phonenumbers.is_possible_number(number):
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _next_version(organisation: Organisation, contact: Row, origin: Origin) -> Row:
    contact["version"] += 1
    contact["updatedBy"] = {"origin": origin}
    return organisation.put(KIND, contact)


def _refuse_unless_editable(contact: Row, version: int | None) -> None:
    if contact["status"] == "deleted":
        raise ProblemError(409, "contact-deleted", "The contact was deleted and cannot be changed.")
    if version is not None and version != contact["version"]:
        raise ProblemError(412, "version-mismatch", f"The contact is version {contact['version']} by now.")


def _refuse_taken_email(organisation: Organisation, email: str | None, owner: str | None) -> None:
    if not organisation.settings.unique_emails or email is None:
        return
    for contact in organisation.store.with_email(organisation.id, email):
        if contact["id"] != owner:
            raise ProblemError(
                409, "email-exists", "Another contact has this e-mail address.", None, contactId=contact["id"]
            )
