"""Contacts, both ways, and the ids that they go by. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from iso3166 import countries_by_alpha2
from pydantic import ValidationError

from giftbridge.connectors.base import ContactWrite
from giftbridge.connectors.kindful.models import ContactRow
from giftbridge.domain.contact import FIELDS, Address, Contact, Field, Record
from giftbridge.errors import Reject

COLUMNS: Final = (
    "id", "external_id", "sync_version", "donor_type", "first_name", "last_name", "company_name", "email", "alt_email",
    "primary_phone", "addr1", "addr2", "city", "state", "postal", "country", "email_opt_in", "updated_at", "deleted_at",
)  # fmt: skip
"""What is asked for of a contact."""
MOVING: Final = frozenset({"external_id", "sync_version", "updated_at"})
"""Columns that change though the contact does not."""
OWN: Final = re.compile(r"k(\d+)")
US_POSTAL: Final = re.compile(r"(\d{5})-\d{4}")
EVERYDAY_NAMES: Final[Mapping[str, str]] = {
    "usa": "US", "united states": "US", "united kingdom": "GB", "south korea": "KR", "russia": "RU", "vietnam": "VN",
    "iran": "IR", "syria": "SY", "laos": "LA", "bolivia": "BO", "venezuela": "VE", "moldova": "MD", "tanzania": "TZ",
    "taiwan": "TW", "netherlands": "NL", "czech republic": "CZ", "turkey": "TR",
}  # fmt: skip
"""Where ISO 3166 has a long or uncommon form."""
PERSON: Final[Mapping[Field, str]] = {"first_name": "first_name", "last_name": "last_name"}
ORGANISATION: Final[Mapping[Field, str]] = {"organisation_name": "company_name"}
ANY: Final[Mapping[Field, str]] = {**PERSON, **ORGANISATION}
SPELLING: Final = "%Y-%m-%d %H:%M:%S UTC"

Row = dict[str, str]


def moment(at: datetime) -> str:
    """A time as an import takes it: UTC, whole seconds."""
    return at.astimezone(UTC).strftime(SPELLING)


def later(now: datetime, stamp: datetime | None) -> datetime:
    """A time that Kindful does not take for older than the version that was read, whatever our clocks say."""
    return max(now, stamp + timedelta(seconds=1)) if stamp else now


# -- ids


def identity(row: ContactRow) -> str:
    """Our own name for a contact where Kindful keeps one, else `k<Kindful id>`, which stays when it is linked so."""
    own = f"k{row.id}"
    return own if row.external_id in ("", str(row.id), own) else row.external_id


def kindful_id(contact_id: str) -> str:
    """The Kindful id that an id of ours names; empty for one that only our external id finds."""
    found = OWN.fullmatch(contact_id)
    return found[1] if found else ""


def mark(row: ContactRow) -> str:
    """What a link needs to be told: `<Kindful id>:<version>:new`, or `...:set:<external id>` where there is a link."""
    return f"{row.id}:{row.sync_version}:" + (f"set:{row.external_id}" if row.external_id else "new")


@dataclass(frozen=True, slots=True)
class Seen:
    """A mark, taken apart."""

    id: str
    version: str
    action: str
    external_id: str

    @classmethod
    def parse(cls, text: str) -> "Seen":
        """Of `mark`. A first link is made by `create`, which would not move the version of one that stands."""
        number, version, kind, *name = text.split(":", 3)
        new = kind == "new"
        return cls(number, version, "create" if new else "update", f"k{number}" if new else name[0])

    def row(self, now: datetime) -> Row:
        """The link's row."""
        told = {"id": self.id, "external_id": self.external_id, "sync_version": self.version}
        return {**told, "updated_at": moment(now)}


# -- read


def readable(raw: Mapping[str, Any]) -> Record:
    """A contact as the canonical record; one that is in no form we know says so instead of stopping everything."""
    try:
        return record(raw, ContactRow.model_validate(raw))
    except (ValidationError, OverflowError):
        number = str(raw.get("id") or "")
        name = str(raw.get("external_id") or "")
        known = name if name not in ("", number) else f"k{number}"
        return Record(
            known, Contact(), None, "", problem="Kindful's contact is not in the form that its API documents."
        )


def record(raw: Mapping[str, Any], row: ContactRow) -> Record:
    """A contact as the canonical record."""
    comparable = {key: raw[key] for key in COLUMNS if raw.get(key) is not None and key not in MOVING}
    return Record(
        id=identity(row),
        contact=_contact(row),
        stamp=row.updated_at,
        raw=json.dumps(comparable, sort_keys=True),
        deleted=bool(row.deleted_at),
        mark=mark(row),
    )


def _contact(row: ContactRow) -> Contact:
    kind = row.donor_type.casefold()
    unnamed = not (row.first_name or row.last_name)
    organisation = kind.startswith("organi") or (not kind and bool(row.company_name) and unnamed)
    street = "\n".join(part for part in (row.addr1, row.addr2) if part)
    return Contact(
        kind="organisation" if organisation else "person",
        first_name="" if organisation else row.first_name,
        last_name="" if organisation else row.last_name,
        organisation_name=row.company_name if organisation else "",
        email=row.email,
        phone=row.primary_phone,
        address=Address(street, row.city, row.state, row.postal, _country_code(row.country)),
        email_opt_out=row.opted_out,
    )


def _country_code(name: str) -> str:
    if len(name) == 2:
        return name.upper()
    known = {country.apolitical_name.casefold(): code for code, country in countries_by_alpha2.items()}
    return {**known, **EVERYDAY_NAMES}.get(name.casefold(), name)


# -- written


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """A connection's choices for contacts."""

    always_names: bool
    groups: Mapping[Field, str]
    """Consent -> the group whose members refuse it."""

    @property
    def group_names(self) -> frozenset[str]:
        """Columns that name a group."""
        return frozenset(self.groups.values()) - {""}


def create_row(contact: Contact, reference: str, now: datetime, options: WriteOptions) -> Row:
    """A new contact. Raises `Reject` where Kindful would drop it."""
    check_names(contact)
    return whole_row(contact, reference, now, options)


def whole_row(contact: Contact, row_id: str, now: datetime, options: WriteOptions) -> Row:
    """Everything that is known of a contact."""
    names = ORGANISATION if contact.kind == "organisation" else PERSON
    return {"id": row_id, **_told(contact, frozenset(FIELDS), names, options), "updated_at": moment(now)}


def update_row(write: ContactWrite, current: Record, now: datetime, options: WriteOptions) -> Row:
    """The changed columns of a contact. Raises `Reject` where Kindful has no place for any of them."""
    contact = write.contact
    names = ANY if current.unread else ORGANISATION if contact.kind == "organisation" else PERSON
    told = _told(contact, write.changed, names, options)
    if write.changed and not told:
        raise Reject("Kindful has no place for what changed.", code="no_place")
    if "address" in write.changed and contact.address:
        told = {**_cleared(current.contact.address), **told}
    known = {} if current.unread or not options.always_names else _columns(contact, names)
    number = kindful_id(current.id)
    return {"id": number or current.id, **known, **told, "updated_at": moment(now)}


def check_names(contact: Contact) -> None:
    """Raises `Reject` for a contact without the names that Kindful wants."""
    if contact.kind == "organisation":
        if not contact.organisation_name:
            raise Reject("The organisation has no name.", code="name_missing")
    elif not (contact.first_name and contact.last_name):
        raise Reject("Kindful wants a first and a last name. Complete the name, then retry.", code="name_missing")


def _columns(contact: Contact, names: Mapping[Field, str]) -> Row:
    return {column: str(contact.value(field)) for field, column in names.items() if contact.value(field)}


def _told(contact: Contact, fields: frozenset[Field], names: Mapping[Field, str], options: WriteOptions) -> Row:
    """Columns of some fields; blank ones are left out, and consent is only ever refused."""
    plain: dict[Field, str] = {**names, "email": "email", "phone": "primary_phone"}
    told = _columns(contact, {field: column for field, column in plain.items() if field in fields})
    if "address" in fields:
        told |= _address(contact.address)
    if "email_opt_out" in fields and contact.email_opt_out:
        told["email_opt_in"] = "false"
    refused = [group for field, group in options.groups.items() if group and field in fields and contact.value(field)]
    return told | dict.fromkeys(refused, "yes")


def _cleared(standing: Address) -> Row:
    """Parts of an address that goes as a whole; what the new one lacks would be left of the old one else."""
    return {column: "" for column in _address(standing) if column != "country"}


def _address(address: Address) -> Row:
    first, _, rest = address.street.partition("\n")
    zipped = US_POSTAL.fullmatch(address.postal_code) if address.country in ("", "US") else None
    parts = {
        "addr1": first,
        "addr2": rest,
        "city": address.city,
        "state": address.state,
        "postal": zipped[1] if zipped else address.postal_code,
        "country": address.country,
    }
    return {column: value for column, value in parts.items() if value} if address else {}
