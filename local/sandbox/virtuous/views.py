"""The read shapes of contacts, people, contact methods and addresses."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous.organisation import Organisation, is_email, is_phone
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import local_day, money, shown_day, stamp, together, total_money

Json = dict[str, Any]
_CONTACT_PLAIN = (
    "contactType", "isPrivate", "name", "informalName", "description", "website", "maritalStatus",
    "anniversaryMonth", "anniversaryDay", "anniversaryYear", "mergedIntoContactId",
)  # fmt: skip
_PERSON_PLAIN = (
    "prefix", "firstName", "middleName", "lastName", "suffix", "gender", "birthMonth", "birthDay", "birthYear",
    "isDeceased", "passion", "avatarUrl",
)  # fmt: skip
_ADDRESS_PLAIN = (
    "label", "address1", "address2", "city", "state", "postal", "country", "isPrimary", "startMonth", "startDay",
    "endMonth", "endDay",
)  # fmt: skip
_LINKS = {
    "contactGiftsUrl": "Gift",
    "contactPassthroughGiftsUrl": "Gift/Passthrough",
    "contactPlannedGiftsUrl": "PlannedGift",
    "contactRecurringGiftsUrl": "RecurringGift",
    "contactImportantNotesUrl": "ContactNote/Important",
    "contactNotesUrl": "ContactNote",
    "contactTagsUrl": "ContactTag",
    "contactRelationshipsUrl": "Relationship",
}


def audit(record: Record, *, ticks: bool = True) -> Json:
    """Who made and changed a record, and when (UTC without `Z`)."""
    return {
        "createDateTimeUtc": stamp(record.created, ticks=ticks),
        "createdByUser": record.created_by,
        "modifiedDateTimeUtc": stamp(record.modified, ticks=ticks),
        "modifiedByUser": record.modified_by,
    }


def custom_rows(organisation: Organisation, kind: str, record: Record) -> list[Json]:
    """Custom fields as REST reads them: a list of name, value and display name."""
    values = record.data["customFields"]
    return [
        {"name": field.name, "value": values[field.name], "displayName": field.display_name or field.name}
        for field in organisation.custom_fields
        if field.kind == kind and field.name in values
    ]


def show_contact(organisation: Organisation, contact: Record) -> Json:
    """A contact in full; only its primary address is in it."""
    data, people = contact.data, organisation.individuals.children(contact.id)
    origin = organisation.segments.get(data["originSegmentId"])
    return {
        "isCurrentUserFollowing": False,
        "id": contact.id,
        **{name: data[name] for name in _CONTACT_PLAIN},
        **_formal_names(contact, people),
        "address": _primary_address(organisation, contact),
        "giftAskAmount": "",
        "giftAskType": None,
        **_giving(organisation, contact),
        "contactIndividuals": [show_individual(organisation, person) for person in people],
        **{name: f"/api/{path}/ByContact/{contact.id}" for name, path in _LINKS.items()},
        "primaryAvatarUrl": None,
        "contactReferences": [dict(reference) for reference in data["references"]],
        "originSegmentId": data["originSegmentId"],
        "originSegment": origin.data["name"] if origin else None,
        **audit(contact, ticks=False),
        "tags": tag_names(organisation, contact.id),
        "organizationGroups": [],
        "customFields": custom_rows(organisation, "Contact", contact),
        "customCollections": data["customCollections"],
    }


def show_individual(organisation: Organisation, person: Record) -> Json:
    """A person of a contact, with the contact methods that are not archived."""
    data = person.data
    methods = (row for row in organisation.methods.children(person.id) if not row.data["archived"])
    return {
        "id": person.id,
        "contactId": person.parent,
        **{name: data[name] for name in _PERSON_PLAIN},
        "prefix2": None,
        "preMarriageName": None,
        "nickname": None,
        "isPrimary": data["isPrimary"],
        "canBePrimary": not data["isPrimary"],
        "isSecondary": data["isSecondary"],
        "canBeSecondary": not data["isPrimary"] and not data["isSecondary"],
        "birthDate": _birth_date(data),
        "approximateAge": _age(organisation, data),
        "deceasedDate": shown_day(data["deceasedDate"]),
        "contactMethods": [show_method(row) for row in methods],
        **audit(person),
        "customFields": custom_rows(organisation, "ContactIndividual", person),
        "customCollections": data["customCollections"],
    }


def show_method(method: Record) -> Json:
    """A contact method."""
    data = method.data
    kept = {name: data[name] for name in ("type", "value", "isOptedIn", "isPrimary")}
    ranked = is_email(data["type"]) or is_phone(data["type"])
    return {"id": method.id, **kept, "canBePrimary": ranked and not data["isPrimary"], **audit(method)}


def show_address(address: Record) -> Json:
    """An address as its own endpoints read it."""
    return {**bare_address(address), **audit(address)}


def bare_address(address: Record) -> Json:
    """An address as it stands in its contact, without stamps."""
    kept = {name: address.data[name] for name in _ADDRESS_PLAIN}
    return {"id": address.id, **kept, "canBePrimary": not address.data["isPrimary"]}


def show_contact_row(organisation: Organisation, contact: Record) -> Json:
    """A contact in an abbreviated list."""
    people = organisation.individuals.children(contact.id)
    person = next((row for row in people if row.data["isPrimary"]), None)
    return {
        "id": contact.id,
        "name": full_name(person) if person else contact.data["name"],
        "contactType": contact.data["contactType"],
        "contactName": contact.data["name"],
        "address": _one_line(primary_address(organisation, contact)),
        "email": primary_value(organisation, person, email=True),
        "phone": primary_value(organisation, person, email=False),
        "contactViewUrl": f"/api/Contact/{contact.id}",
    }


def show_found_person(organisation: Organisation, person: Record) -> Json:
    """A person in the answer to a type-ahead search: `id` is the contact's."""
    row = show_contact_row(organisation, organisation.contacts.rows[person.parent])
    own = {
        "name": full_name(person),
        "email": primary_value(organisation, person, email=True),
        "phone": primary_value(organisation, person, email=False),
    }
    return {"individualId": person.id, **row, **own}


def tag_names(organisation: Organisation, contact: int) -> list[str]:
    """The names of a contact's tags."""
    return [
        organisation.tags.rows[row.data["tagId"]].data["name"] for row in organisation.contact_tags.children(contact)
    ]


def full_name(person: Record) -> str:
    """First and last name."""
    return f"{person.data['firstName'] or ''} {person.data['lastName'] or ''}".strip()


def primary_value(organisation: Organisation, person: Record | None, *, email: bool) -> str | None:
    """A person's primary e-mail address or phone number."""
    for method in organisation.methods.children(person.id) if person else ():
        fits = is_email(method.data["type"]) if email else is_phone(method.data["type"])
        if fits and method.data["isPrimary"] and not method.data["archived"]:
            return str(method.data["value"])
    return None


def primary_address(organisation: Organisation, contact: Record) -> Record | None:
    """A contact's primary address."""
    rows = organisation.addresses.children(contact.id)
    return next((row for row in rows if row.data["isPrimary"] and not row.data["archived"]), None)


def _primary_address(organisation: Organisation, contact: Record) -> Json | None:
    address = primary_address(organisation, contact)
    return bare_address(address) if address else None


def _one_line(address: Record | None) -> str | None:
    if address is None:
        return None
    parts = (address.data[name] for name in ("address1", "city", "state", "postal"))
    return ", ".join(part for part in parts if part)


def _formal_names(contact: Record, people: list[Record]) -> Json:
    names = [(row.data["firstName"] or "", row.data["lastName"] or "") for row in people[:2]]
    both = together(names) or contact.data["name"]
    first = " & ".join(first for first, _ in names if first) or contact.data["name"]
    return {
        "formalContactName": both,
        "alternateContactName": both,
        "preferredSalutationName": first,
        "preferredAddresseeName": both,
    }


def _giving(organisation: Organisation, contact: Record) -> Json:
    """Totals as display text: `$0`, `Unavailable`."""
    gifts = organisation.gifts.children(contact.id)
    year = str(local_day(organisation.now(), organisation.time_zone).year)
    last = max(gifts, key=lambda gift: (gift.data["giftDate"], gift.id), default=None)
    this_year = sum(gift.data["amount"] for gift in gifts if gift.data["giftDate"].startswith(year))
    return {
        "lifeToDateGiving": total_money(sum(gift.data["amount"] for gift in gifts)),
        "yearToDateGiving": total_money(this_year),
        "lastGiftAmount": money(last.data["amount"]) if last else "$0",
        "lastGiftDate": shown_day(last.data["giftDate"]) if last else "Unavailable",
    }


def _birth_date(data: Json) -> str:
    parts = [data["birthMonth"], data["birthDay"], data["birthYear"]]
    return "/".join(str(part) for part in parts) if all(parts) else ""


def _age(organisation: Organisation, data: Json) -> int | None:
    if not data["birthYear"]:
        age: int | None = data["approximateAge"]
        return age
    today = local_day(organisation.now(), organisation.time_zone)
    birthday = (data["birthMonth"] or 1, data["birthDay"] or 1)
    return int(today.year - data["birthYear"] - ((today.month, today.day) < birthday))
