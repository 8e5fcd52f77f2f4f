"""Changes to contacts that exist, each brought to where it belongs. Pure.

It is told in two ways whether a PUT takes away what is left out. So all of the write model is sent each time, made from
what was read, and what must go is sent empty.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from giftbridge.connectors.base import ContactWrite
from giftbridge.connectors.virtuous.mapping import ContactOptions, street
from giftbridge.connectors.virtuous.models import ContactRow, Individual
from giftbridge.connectors.virtuous.places import country_name
from giftbridge.connectors.virtuous.writing import Body, Point, method_row, new_people, person_name, points, title
from giftbridge.domain.contact import Address, Contact, Field, Record

CONTACT_FIELDS: Final = (
    "contactType", "name", "informalName", "description", "website", "maritalStatus", "anniversaryMonth",
    "anniversaryDay", "anniversaryYear", "originSegmentId", "isPrivate",
)  # fmt: skip
PERSON_FIELDS: Final = (
    "firstName", "lastName", "prefix", "middleName", "suffix", "gender", "birthMonth", "birthDay", "birthYear",
    "approximateAge", "isDeceased", "passion", "avatarUrl",
)  # fmt: skip
ADDRESS_FIELDS: Final = (
    "label", "address1", "address2", "city", "state", "postal", "country", "startMonth", "startDay", "endMonth",
    "endDay",
)  # fmt: skip
NAMES: Final[frozenset[Field]] = frozenset({"first_name", "last_name"})


@dataclass(frozen=True, slots=True)
class Step:
    """One call of an update, and how its answer changes what is known of the contact."""

    method: str
    path: str
    body: Body
    learn: Callable[[Body, Mapping[str, Any]], None]


def steps(write: ContactWrite, known: Body, options: ContactOptions) -> Iterator[Step]:
    """The calls that bring the changes of an update to where they belong. Raises `Reject` before the first one."""
    seen, contact, changed = ContactRow.model_validate(known), write.contact, write.changed
    if contact.kind == "organisation" and "organisation_name" in changed:
        yield Step("PUT", f"/api/Contact/{seen.id}", _contact_body(known, contact, options), _learn_contact)
    yield from _people_steps(seen, known, contact, changed, options)
    if "address" in changed and contact.address:
        yield _address_step(seen, known, contact.address, options)


def _people_steps(
    seen: ContactRow, known: Body, contact: Contact, changed: frozenset[Field], options: ContactOptions
) -> Iterator[Step]:
    person = seen.person
    if person is None:
        people = new_people(contact, options) if changed & {*NAMES, "email", "phone"} else []
        for one in people:
            yield Step(
                "POST", "/api/ContactIndividual", {"contactId": seen.id, **one, "setAsPrimary": True}, _learn_new_person
            )
        return
    if contact.kind == "person" and changed & NAMES:
        body = _person_body(_raw_person(known, person), contact, options)
        yield Step("PUT", f"/api/ContactIndividual/{person.id}", body, _learn_person)
    found = (_method_step(point, person, contact, changed) for point in points(options))
    yield from (step for step in found if step is not None)


def _method_step(point: Point, person: Individual, contact: Contact, changed: frozenset[Field]) -> Step | None:
    """The address or number that is meant is changed in place; one that the person has already becomes the primary."""
    wanted = str(contact.value(point.field)) if point.field in changed else ""
    if not wanted and not (point.consent in changed and point.refused(contact)):
        return None
    standing = person.methods(point.kind)
    target = next((one for one in standing if wanted and point.same(one.value, wanted)), next(iter(standing), None))
    if target is None:
        if not wanted:
            return None
        body = {"contactIndividualId": person.id, **method_row(point, contact), "setAsPrimary": True}
        return Step("POST", "/api/ContactMethod", body, _learn_method(person.id, point.kind))
    body = {
        "type": target.type,
        "value": wanted or target.value,
        "isOptedIn": target.isOptedIn and not point.refused(contact),
        "setAsPrimary": bool(wanted) or target.isPrimary,
    }
    return Step("PUT", f"/api/ContactMethod/{target.id}", body, _learn_method(person.id, point.kind))


def _contact_body(known: Body, contact: Contact, options: ContactOptions) -> Body:
    return {**_kept(known, CONTACT_FIELDS), **_customs(known), "name": title(contact, options)}


def _person_body(raw: Body, contact: Contact, options: ContactOptions) -> Body:
    first, last = person_name(contact, options)
    flags = {"setAsPrimary": bool(raw.get("isPrimary")), "setAsSecondary": bool(raw.get("isSecondary"))}
    died = _day(str(raw.get("deceasedDate") or ""))
    dates = {"deceasedDate": died} if died else {}
    return {**_kept(raw, PERSON_FIELDS), **dates, **flags, **_customs(raw), "firstName": first, "lastName": last}


def _day(shown: str) -> str:
    """A day as it is shown to people (`12/7/2023`) as it is written."""
    month, _, rest = shown.partition("/")
    day, _, year = rest.partition("/")
    try:
        found = date(int(year), int(month), int(day)) if rest else date.fromisoformat(shown[:10])
    except ValueError:
        return ""
    return found.isoformat()


def _address_step(seen: ContactRow, known: Body, address: Address, options: ContactOptions) -> Step:
    standing = seen.address
    lines = {"address1": address.street}
    if standing and street(standing) == address.street:
        lines = {"address1": standing.address1, "address2": standing.address2}
    parts = {**lines, "city": address.city, "state": address.state, "postal": address.postal_code}
    written = {name: part for name, part in parts.items() if part} | {"country": country_name(address.country)}
    if standing is None:
        body = {"contactId": seen.id, "label": options.address_label, **written, "setAsPrimary": True}
        return Step("POST", "/api/ContactAddress", body, _learn_address)
    kept = _kept(known["address"], ADDRESS_FIELDS)
    cleared: Body = {name: "" for name in ("address1", "address2", "city", "state", "postal") if name in kept}
    return Step(
        "PUT",
        f"/api/ContactAddress/{standing.id}",
        {**kept, **cleared, **written, "setAsPrimary": True},
        _learn_address,
    )


def _kept(raw: Mapping[str, Any], fields: tuple[str, ...]) -> Body:
    return {name: raw[name] for name in fields if raw.get(name) not in (None, "")}


def _customs(raw: Mapping[str, Any]) -> Body:
    """Custom fields and collections in the shape for writing."""
    fields = [_kept(row, ("name", "value", "displayName")) for row in raw.get("customFields") or ()]
    collections = [
        {
            "name": row.get("customCollectionName"),
            "fields": [_kept(one, ("name", "value")) for one in row.get("fields") or ()],
        }
        for row in raw.get("customCollections") or ()
    ]
    found = {"customFields": fields, "customCollections": collections}
    return {name: rows for name, rows in found.items() if rows}


def _raw_person(known: Body, person: Individual) -> Body:
    found: Body = next(one for one in known["contactIndividuals"] if one["id"] == person.id)
    return found


# -- what answers tell


def _learn_new_person(known: Body, answer: Mapping[str, Any]) -> None:
    known["contactIndividuals"] = [*(known.get("contactIndividuals") or ()), dict(answer)]


def _learn_contact(known: Body, answer: Mapping[str, Any]) -> None:
    known.update(answer)


def _learn_person(known: Body, answer: Mapping[str, Any]) -> None:
    known["contactIndividuals"] = [
        {**one, **answer} if one["id"] == answer["id"] else one for one in known["contactIndividuals"]
    ]


def _learn_method(person_id: int, kind: str) -> Callable[[Body, Mapping[str, Any]], None]:
    def learn(known: Body, answer: Mapping[str, Any]) -> None:
        person = next(one for one in known["contactIndividuals"] if one["id"] == person_id)
        others = [row for row in person.get("contactMethods") or () if row["id"] != answer["id"]]
        if answer.get("isPrimary"):
            others = [{**row, "isPrimary": row["isPrimary"] and kind not in row["type"].casefold()} for row in others]
        person["contactMethods"] = sorted([*others, dict(answer)], key=lambda row: int(row["id"]))

    return learn


def _learn_address(known: Body, answer: Mapping[str, Any]) -> None:
    known["address"] = dict(answer)


def raw_of(record: Record) -> Body:
    """A contact as it was read."""
    raw: Body = json.loads(record.raw)
    return raw
