"""Constituents, both ways. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from iso3166 import countries_by_alpha2
from pydantic import ValidationError

from giftbridge.connectors.bloomerang.models import Address as AddressRow
from giftbridge.connectors.bloomerang.models import Constituent
from giftbridge.domain.contact import Address, Contact, Field, Record
from giftbridge.errors import Reject

Fold = Literal["folded", "structured"]

# Everything PUT takes besides names and contact rows: whether what is left out is kept or cleared is not documented,
# so all of it is sent back.
KEPT: Final = (
    "Status", "MiddleName", "Prefix", "Suffix", "InformalName", "FormalName", "EnvelopeName", "RecognitionName",
    "JobTitle", "Employer", "Website", "FacebookId", "TwitterId", "LinkedInId", "Gender", "Birthdate",
)  # fmt: skip
ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "PrimaryEmail": ("Id", "Type", "Value", "IsPrimary", "IsBad"),
    "PrimaryPhone": ("Id", "Type", "Number", "Extension", "IsPrimary"),
    "PrimaryAddress": ("Id", "Type", "Street", "City", "State", "PostalCode", "Country", "IsPrimary", "IsBad"),
}
EVERYDAY_NAMES: Final[Mapping[str, str]] = {
    "": "United States", "US": "United States", "GB": "United Kingdom", "KR": "South Korea", "RU": "Russia",
    "VN": "Vietnam", "IR": "Iran", "SY": "Syria", "LA": "Laos", "BO": "Bolivia", "VE": "Venezuela", "MD": "Moldova",
    "TZ": "Tanzania", "TW": "Taiwan", "NL": "Netherlands", "CZ": "Czech Republic", "TR": "Turkey",
}  # fmt: skip
"""Where ISO 3166 has a long or uncommon form."""
RESTRICTIONS: Final[Mapping[Field, str]] = {"do_not_call": "DoNotCall", "do_not_mail": "DoNotMail"}


def record(raw: Mapping[str, Any]) -> Record:
    """A constituent as the canonical record. Its audit trail is not part of what is compared."""
    seen = Constituent.model_validate(raw)
    comparable = {key: value for key, value in raw.items() if key != "AuditTrail"}
    return Record(
        id=str(seen.Id),
        contact=_contact(seen),
        stamp=seen.AuditTrail.LastModifiedDate,
        raw=json.dumps(comparable, sort_keys=True),
        inactive=seen.Status in ("Inactive", "Deceased"),
    )


def readable(raw: Mapping[str, Any]) -> Record:
    """The same; one that is not in the vendor's documented form says so instead of stopping everything."""
    try:
        return record(raw)
    except ValidationError:
        text = "Bloomerang's record is not in the form that its API documents."
        return Record(str(raw.get("Id", "")), Contact(), None, "", problem=text)


def _contact(seen: Constituent) -> Contact:
    organisation = seen.Type == "Organization"
    return Contact(
        kind="organisation" if organisation else "person",
        first_name="" if organisation else seen.FirstName,
        last_name="" if organisation else seen.LastName,
        organisation_name=seen.FullName if organisation else "",
        email=seen.PrimaryEmail.Value if seen.PrimaryEmail else "",
        phone=_phone(seen),
        address=_address(seen.PrimaryAddress) if seen.PrimaryAddress else Address(),
        email_opt_out=seen.EmailInterestType == "OptedOut",
        do_not_call="DoNotCall" in seen.CommunicationRestrictions,
        do_not_mail="DoNotMail" in seen.CommunicationRestrictions,
    )


def _phone(seen: Constituent) -> str:
    if seen.PrimaryPhone is None or not seen.PrimaryPhone.Number:
        return ""
    extension = seen.PrimaryPhone.Extension
    return f"{seen.PrimaryPhone.Number} ext. {extension}" if extension else seen.PrimaryPhone.Number


def _address(row: AddressRow) -> Address:
    return Address(
        street=row.Street,
        city=row.City,
        state=row.StateAbbreviation or row.State,
        postal_code=row.PostalCode,
        country=row.CountryCode or _country_code(row.Country),
    )


def _country_code(name: str) -> str:
    if len(name) == 2:
        return name.upper()
    known = {country.apolitical_name.casefold(): code for code, country in countries_by_alpha2.items()}
    everyday = {spelled.casefold(): code or "US" for code, spelled in EVERYDAY_NAMES.items()}
    return {**known, **everyday, "usa": "US"}.get(name.casefold(), name)


def country_name(code: str) -> str:
    """How the CRM spells a country: only "United States" is known for sure, the rest are everyday names."""
    known = countries_by_alpha2.get(code)
    return EVERYDAY_NAMES.get(code) or (known.apolitical_name if known else code)


def create_body(contact: Contact, fold: Fold, reference_value: tuple[int, str] | None) -> dict[str, Any]:
    """Body of `POST /constituent`; rows without a value are left out, as an empty one fails the whole call."""
    body = {"Type": _type(contact), "Status": "Active", **_names(contact), **_rows(contact, {}, fold)}
    body["EmailInterestType"] = "OptedOut" if contact.email_opt_out else "All"
    restrictions = restricted(contact, ())
    if restrictions:
        body["CommunicationRestrictions"] = restrictions
    if reference_value:
        body["CustomValues"] = [{"FieldId": reference_value[0], "Value": reference_value[1]}]
    return body


def update_body(
    contact: Contact, raw: Mapping[str, Any], fold: Fold, changed: frozenset[Field], pick_types: Mapping[int, str]
) -> dict[str, Any]:
    """Body of `PUT /constituent/{id}`: the record as it is, in the write shape, with the changes in it."""
    kept = {key: raw[key] for key in KEPT if raw.get(key)}
    rows = {
        key: {name: raw[key][name] for name in names if name in raw[key]} for key, names in ROWS.items() if raw.get(key)
    }
    body = {"Type": _type(contact), **kept, **_names(contact), **rows}
    touched = {"email": "PrimaryEmail", "phone": "PrimaryPhone", "address": "PrimaryAddress"}
    written = _rows(contact, raw, fold)
    body |= {key: written[key] for field, key in touched.items() if field in changed and key in written}
    values = [written_value(value, pick_types) for value in raw.get("CustomValues", [])]
    return {**body, "CustomValues": values} if values else body


def restricted(contact: Contact, present: tuple[str, ...] | list[str]) -> list[str]:
    """Communication restrictions: those that stand, and ours on top; none is ever taken away."""
    wanted = {word for field, word in RESTRICTIONS.items() if contact.value(field)}
    return sorted({*present, *wanted})


def _type(contact: Contact) -> str:
    return "Organization" if contact.kind == "organisation" else "Individual"


def _names(contact: Contact) -> dict[str, str]:
    """`FullName` is refused for individuals even when null, and is the one name of an organisation."""
    if contact.kind == "organisation":
        if not contact.organisation_name:
            raise Reject("The organisation has no name.", code="name_missing")
        return {"FullName": contact.organisation_name}
    if not (contact.first_name and contact.last_name):
        raise Reject("Bloomerang wants a first and a last name. Complete the name, then retry.", code="name_missing")
    return {"FirstName": contact.first_name, "LastName": contact.last_name}


def _rows(contact: Contact, raw: Mapping[str, Any], fold: Fold) -> dict[str, Any]:
    """The primary contact rows. One that exists is edited by its id instead of doubled, and sent whole: an empty part
    clears what stood there."""
    rows: dict[str, Any] = {}
    if contact.email:
        rows["PrimaryEmail"] = _row(raw, "PrimaryEmail", {"Type": "Home", "Value": contact.email}, ())
    if contact.phone:
        number, _, extension = contact.phone.replace(";ext=", " ext. ").partition(" ext. ")
        parts = {"Type": "Home", "Number": number, **({"Extension": extension} if extension else {})}
        rows["PrimaryPhone"] = _row(raw, "PrimaryPhone", parts, ("Extension",))
    if contact.address:
        parts = {"Type": "Home", **_written_address(contact.address, fold)}
        rows["PrimaryAddress"] = _row(raw, "PrimaryAddress", parts, ("Street", "City", "State", "PostalCode"))
    return rows


def _row(raw: Mapping[str, Any], key: str, written: dict[str, Any], clears: tuple[str, ...]) -> dict[str, Any]:
    standing = raw.get(key)
    if not standing:
        return {**written, "IsPrimary": True}
    cleared = {name: "" for name in clears if standing.get(name)}
    return {**cleared, **written, "Id": standing["Id"], "Type": standing.get("Type") or "Home", "IsPrimary": True}


def _written_address(address: Address, fold: Fold) -> dict[str, str]:
    country = country_name(address.country)
    if fold == "folded" and address.country not in ("", "US"):
        last = " ".join(part for part in (address.postal_code, address.city, address.state) if part)
        return {"Street": ", ".join(part for part in (address.street, last) if part), "Country": country}
    parts = {"Street": address.street, "City": address.city, "State": address.state, "PostalCode": address.postal_code}
    return {**{key: value for key, value in parts.items() if value}, "Country": country}


def written_value(read: Mapping[str, Any], pick_types: Mapping[int, str]) -> dict[str, Any]:
    """A custom value in the write shape; the read shape is refused."""
    field = read["FieldId"]
    if "Values" in read:
        return {"FieldId": field, "ValueIds": [value["Id"] for value in read["Values"]]}
    value = read.get("Value") or {}
    if pick_types.get(field, "Freeform") == "PickOne":
        return {"FieldId": field, "ValueId": value.get("Id")}
    return {"FieldId": field, "Value": value.get("Value")}
