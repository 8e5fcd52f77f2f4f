"""Contacts as Virtuous has them. Pure. A contact of Virtuous is a household or an organisation with people in it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from giftbridge.connectors.virtuous.models import EMAIL, PHONE, AddressRow, ContactRow, Individual, Method, Stamped
from giftbridge.connectors.virtuous.places import country_code
from giftbridge.domain import normalise
from giftbridge.domain.contact import Address, Contact, Record

Raw = Mapping[str, Any]

PERSON: Final = "household"
KNOWN_TYPES: Final[Mapping[str, str]] = {PERSON: PERSON, "organization": "organization", "foundation": "foundation"}
"""Contact types that every organisation has -> what they are; customers add others below these."""
NEVER_EQUAL: Final = frozenset({
    "createDateTimeUtc", "createdByUser", "modifiedDateTimeUtc", "modifiedByUser", "lifeToDateGiving",
    "yearToDateGiving", "lastGiftAmount", "lastGiftDate", "isCurrentUserFollowing",
})  # fmt: skip
"""Stamps and sums: they change though nobody edited the contact."""


@dataclass(frozen=True, slots=True)
class ContactOptions:
    """A connection's choices for contacts. `sources` are the names under which our references stand, ours first."""

    sources: tuple[str, ...]
    person_type: str
    organisation_type: str
    organisation_person: str
    placeholder: str
    email_type: str
    phone_type: str
    address_label: str
    email_opt_in: bool
    phone_opt_in: bool

    @property
    def source(self) -> str:
        """The name under which our own references stand."""
        return self.sources[0]


def readable(raw: Raw, options: ContactOptions, types: Mapping[str, str] = KNOWN_TYPES) -> Record:
    """A contact as the canonical record; one that is not in the documented form says so and stops nothing."""
    try:
        seen = ContactRow.model_validate(raw)
    except ValidationError:
        text = "Virtuous's contact is not in the form that its API documents."
        return Record(str(raw.get("id", "")), Contact(), None, "", problem=text)
    person = seen.person
    return Record(
        id=str(seen.id),
        contact=_contact(seen, options, types.get(seen.contactType.casefold(), PERSON) != PERSON),
        stamp=_newest(seen),
        raw=json.dumps(_comparable(raw), sort_keys=True),
        inactive=bool(person and person.isDeceased),
        counterpart=reference(raw, options),
    )


def gone(raw: Raw) -> Record:
    """A contact that was merged away or archived."""
    return Record(str(raw["id"]), Contact(), None, json.dumps({"gone": raw["id"]}), deleted=True)


def is_merged(raw: Raw) -> bool:
    """Whether it lives on in another contact."""
    return bool(raw.get("mergedIntoContactId"))


def reference(raw: Raw, options: ContactOptions) -> str:
    """The id of the reference that it carries under one of our names, our own name first; empty for none."""
    carried = {
        str(row.get("source")).casefold(): str(row.get("id") or "") for row in raw.get("contactReferences") or ()
    }
    return next((carried[name.casefold()] for name in options.sources if carried.get(name.casefold())), "")


def is_ours(raw: Raw, options: ContactOptions) -> bool:
    """Whether it carries a reference of one of our names."""
    return bool(reference(raw, options))


def has_email(raw: Raw, email: str) -> bool:
    """Whether anybody of the contact has this normalised address."""
    return any(
        normalise.email(str(method.get("value") or "")) == email
        for person in raw.get("contactIndividuals") or ()
        for method in person.get("contactMethods") or ()
    )


def _contact(seen: ContactRow, options: ContactOptions, organisation: bool) -> Contact:
    person = seen.person
    email, phone = _first(person, EMAIL), _first(person, PHONE)
    return Contact(
        kind="organisation" if organisation else "person",
        first_name=_name(person.firstName, options) if person and not organisation else "",
        last_name=_name(person.lastName, options) if person and not organisation else "",
        organisation_name=seen.name if organisation else "",
        email=email.value if email else "",
        phone=phone.value if phone else "",
        address=_address(seen.address) if seen.address else Address(),
        email_opt_out=bool(options.email_opt_in and email and not email.isOptedIn),
        do_not_call=bool(options.phone_opt_in and phone and not phone.isOptedIn),
    )


def _name(text: str, options: ContactOptions) -> str:
    """A name; what only stands for one that is missing is none."""
    return "" if options.placeholder and text == options.placeholder else text


def _first(person: Individual | None, kind: str) -> Method | None:
    methods: Sequence[Method] = person.methods(kind) if person else ()
    return methods[0] if methods else None


def _address(row: AddressRow) -> Address:
    return Address(
        street=street(row),
        city=row.city,
        state=row.state,
        postal_code=row.postal,
        country=country_code(row.country),
    )


def street(row: AddressRow) -> str:
    """Both lines of an address as one."""
    return ", ".join(part for part in (row.address1, row.address2) if part)


def _newest(seen: ContactRow) -> datetime | None:
    """The stamp of the last change to the contact or to anybody and anything in it."""
    people = seen.contactIndividuals
    rows: list[Stamped] = [seen, *people, *(row for one in people for row in one.contactMethods)]
    stamps = [row.modifiedDateTimeUtc for row in rows if row.modifiedDateTimeUtc]
    return max(stamps, default=None)


def _comparable(value: Any) -> Any:
    """A record without what changes though nobody edited it, and without links."""
    if isinstance(value, list):
        return [_comparable(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    kept = {key: _comparable(one) for key, one in value.items() if key not in NEVER_EQUAL and not _is_link(key)}
    if kept.get("birthYear"):
        kept.pop("approximateAge", None)
    return kept


def _is_link(key: str) -> bool:
    """Links to other lists; a person's picture is none, it would be lost by an update without it."""
    return key.endswith("Url") and key != "avatarUrl"
