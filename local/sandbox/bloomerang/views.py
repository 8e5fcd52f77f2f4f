"""The read shapes: what the vendor answers for people, households and contact rows."""

from __future__ import annotations

from typing import Any

from local.sandbox.bloomerang.call import Call
from local.sandbox.bloomerang.database import Database
from local.sandbox.bloomerang.store import Record, Table

_EMPTY_TEXTS = ("Website", "FacebookId", "TwitterId", "LinkedInId", "Gender")
_PLAIN = (
    "HouseholdId", "PreferredCommunicationChannel", "CommunicationRestrictionsUpdateReason",
    "EmailInterestsUpdateReason", "FirstName", "LastName", "MiddleName", "Prefix", "Suffix",
    "JobTitle", "Employer", "Website", "FacebookId", "TwitterId", "LinkedInId", "Gender", "Birthdate",
)  # fmt: skip
_NAMES = ("InformalName", "FormalName", "EnvelopeName", "RecognitionName")


def without_nulls(values: dict[str, Any]) -> dict[str, Any]:
    """The vendor leaves keys without a value out."""
    return {name: value for name, value in values.items() if value is not None}


def show_constituent(call: Call, record: Record) -> dict[str, Any]:
    """A constituent with its primary rows inline and the ids of all rows."""
    database, data = call.database, record.data
    emails, phones, addresses = (table.of_account(record.id) for table in database.contact_tables)
    household = database.households.get(data.get("HouseholdId", 0))
    shown = {
        "Id": record.id,
        "AccountNumber": data["AccountNumber"],
        "IsInHousehold": household is not None,
        "IsHeadOfHousehold": household is not None and household.data["HeadId"] == record.id,
        "IsFavorite": data.get("IsFavorite", False),
        "Type": data["Type"],
        "Status": data["Status"],
        **{name: data[name] for name in _PLAIN if name in data},
        **all_names(data),
        "CommunicationRestrictions": data.get("CommunicationRestrictions", []),
        "EmailInterestType": data.get("EmailInterestType", "All"),
        "CustomEmailInterests": _interests(database, data),
        "ProfilePictureType": data.get("ProfilePictureType", "None"),
        "EngagementScore": "Low",
        "DonorSearchInfo": {"GenerosityScore": "NotScanned"},
        "PrimaryEmail": _primary(emails, show_email),
        "PrimaryPhone": _primary(phones, show_phone),
        "PrimaryAddress": _primary(addresses, show_address),
        "EmailIds": [row.id for row in emails],
        "PhoneIds": [row.id for row in phones],
        "AddressIds": [row.id for row in addresses],
        "CustomValues": data.get("CustomValues", []),
        "AuditTrail": record.audit(),
    }
    if call.options.unset_text == "empty":
        shown |= {name: "" for name in _EMPTY_TEXTS if name not in shown}
    return without_nulls(shown)


def all_names(data: dict[str, Any]) -> dict[str, str]:
    """Full name and the four derived names; those never given follow the first and last name."""
    if data["Type"] == "Organization":
        full = str(data.get("FullName", ""))
        return {"FullName": full, **{name: data.get(name, full) for name in _NAMES}}
    parts = [data.get(name, "") for name in ("FirstName", "MiddleName", "LastName", "Suffix")]
    short = f"{data.get('FirstName', '')} {data.get('LastName', '')}".strip()
    derived = {name: data.get(name, short) for name in _NAMES}
    derived["InformalName"] = data.get("InformalName", data.get("FirstName", ""))
    return {"FullName": " ".join(part for part in parts if part), **derived}


def show_email(record: Record) -> dict[str, Any]:
    """An e-mail row."""
    return {"Id": record.id, "AccountId": record.account, **record.data, "AuditTrail": record.audit()}


def show_phone(record: Record) -> dict[str, Any]:
    """A phone row: it has no audit trail."""
    return {"Id": record.id, "AccountId": record.account, **record.data}


def show_address(record: Record) -> dict[str, Any]:
    """An address row."""
    return {"Id": record.id, "AccountId": record.account, **record.data, "AuditTrail": record.audit()}


def show_household(_call: Call, record: Record) -> dict[str, Any]:
    """A household."""
    return without_nulls({"Id": record.id, **record.data, "AuditTrail": record.audit()})


def show_account(call: Call, account: int) -> dict[str, Any]:
    """A constituent or a household, as search mixes them."""
    person = call.database.constituents.get(account)
    if person is not None:
        return show_constituent(call, person)
    return show_household(call, call.database.households.rows[account])


def primary_row(table: Table, account: int) -> Record | None:
    """The primary row of a constituent, if it has one."""
    return next((row for row in table.of_account(account) if row.data["IsPrimary"]), None)


def _primary(rows: list[Record], show: Any) -> dict[str, Any] | None:
    return next((show(row) for row in rows if row.data["IsPrimary"]), None)


def _interests(database: Database, data: dict[str, Any]) -> list[dict[str, Any]] | None:
    ids = data.get("CustomEmailInterestIds")
    if not ids:
        return None
    return [{"Id": found, "Name": database.email_interests.rows[found].data["Name"]} for found in ids]
