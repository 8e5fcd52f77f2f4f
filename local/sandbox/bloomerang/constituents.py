"""Constituents: create, read, update, delete, communication settings."""

from __future__ import annotations

from typing import Any

from local.sandbox.bloomerang.call import Call, deleted, fetch
from local.sandbox.bloomerang.contacts import ADDRESS, EMAIL, PHONE, RowChange, RowKind
from local.sandbox.bloomerang.custom import apply_custom, check_required
from local.sandbox.bloomerang.errors import HAS_TRANSACTIONS, ApiError, invalid, required
from local.sandbox.bloomerang.lists import ListSpec, choices, truth
from local.sandbox.bloomerang.models import (
    CommunicationUpdate,
    ConstituentCreate,
    ConstituentUpdate,
    given,
    parse,
    written,
)
from local.sandbox.bloomerang.store import Record
from local.sandbox.bloomerang.text import clean_date, clean_line
from local.sandbox.bloomerang.views import primary_row, show_constituent

LIST = ListSpec(
    table=lambda call: call.database.constituents,
    show=show_constituent,
    filters={
        "type": choices(("Individual", "Organization"), lambda record: [record.data["Type"]]),
        "isFavorite": truth(lambda record: record.data.get("IsFavorite", False)),
    },
    orders=("Id", "CreatedDate", "LastModifiedDate"),
    last_modified=True,
    custom_kind="Constituent",
)
PREFIXES = ("Mr.", "Mrs.", "Ms.", "Miss", "Mx.", "Dr.", "Prof.", "Rev.", "Hon.")
SUFFIXES = ("Jr.", "Sr.", "II", "III", "IV", "PhD", "MD", "Esq.")
_PRIMARY: dict[str, RowKind] = {"PrimaryEmail": EMAIL, "PrimaryPhone": PHONE, "PrimaryAddress": ADDRESS}
_SECONDARY: dict[str, RowKind] = {
    "SecondaryEmails": EMAIL,
    "SecondaryPhones": PHONE,
    "SecondaryAddresses": ADDRESS,
}
_SETTINGS = (
    "HouseholdId", "PreferredCommunicationChannel", "CommunicationRestrictions", "EmailInterestType",
    "CustomEmailInterestIds",
)  # fmt: skip
_LINES = (
    "FirstName", "LastName", "MiddleName", "Prefix", "Suffix", "FullName", "InformalName", "FormalName",
    "EnvelopeName", "RecognitionName", "JobTitle", "Employer", "Website", "FacebookId", "TwitterId", "LinkedInId",
)  # fmt: skip
_CLEARED_BY_REPLACE = {*_LINES, "Gender", "Birthdate", "ProfilePictureType"}


def get(call: Call) -> dict[str, Any]:
    """`GET /constituent/{id}`."""
    database, wanted = call.database, call.record_id()
    if call.options.merged_loser == "forwards":
        wanted = database.forwards.get(wanted, wanted)
    return show_constituent(call, fetch(database.constituents, wanted))


def create(call: Call) -> dict[str, Any]:
    """`POST /constituent`: never looks for duplicates."""
    values = given(parse(ConstituentCreate, call.body))
    if values.get("Type") is None:
        raise required("Type")
    return show_constituent(call, create_from(call, values))


def create_from(call: Call, values: dict[str, Any]) -> Record:
    """Store a new constituent after checking everything, rows included."""
    database = call.database
    data = _clean_fields(call, values["Type"], values) | _clean_settings(call, values)
    check_names(values, data | {"Type": values["Type"]})
    custom = apply_custom(call, "Constituent", [], values.get("CustomValues"))
    check_required(call, "Constituent", custom)
    changes = _row_changes(call, 0, values)
    base = {"AccountNumber": database.new_id("account number"), "Status": "Active"}
    record = database.add(
        database.constituents,
        base | data | {"Type": values["Type"], "CustomValues": custom},
        call.who,
        lag=call.options.constituent_list_lag,
    )
    _apply_rows(call, record.id, changes)
    _join_household(call, record)
    database.note_change(record.id)
    return record


def update(call: Call) -> dict[str, Any]:
    """`PUT /constituent/{id}`: merges or replaces by option."""
    record = call.record(call.database.constituents)
    model = parse(ConstituentUpdate, call.body)
    if "FullName" in model.model_fields_set and record.data["Type"] == "Individual":
        raise _full_name_refused()
    values = written(model, call.options.put_null)
    if values.get("Type") not in {None, record.data["Type"]}:
        raise invalid("Type cannot be changed")
    update_from(call, record, values, replace=call.options.put == "replace")
    return show_constituent(call, record)


def update_from(call: Call, record: Record, values: dict[str, Any], *, replace: bool) -> None:
    """Write given fields into a constituent after checking everything, rows included."""
    database = call.database
    fresh = _merged(call, record, values, replace=replace)
    check_names(values, fresh)
    changes = _row_changes(call, record.id, values)
    with database.constituents.changing(record):
        record.data = fresh
    _apply_rows(call, record.id, changes)
    if replace and call.options.put_omitted_contacts == "removed":
        _drop_omitted(call, record.id, values)
    database.touch(database.constituents, record, call.who)
    database.note_change(record.id)


def delete(call: Call) -> dict[str, Any]:
    """`DELETE /constituent/{id}`: refused while there are gifts."""
    record = call.record(call.database.constituents)
    if call.database.transactions.of_account(record.id):
        raise ApiError(400, HAS_TRANSACTIONS, "Cannot delete constituent because it has transactions.")
    erase(call, record)
    return deleted(record, "Constituent")


def erase(call: Call, record: Record) -> None:
    """Remove a constituent with its rows and its place in a household."""
    database = call.database
    for table in (*database.contact_tables, database.interactions, database.notes, database.soft_credits):
        for row in table.of_account(record.id):
            table.remove(row)
    household = database.households.get(record.data.get("HouseholdId", 0))
    if household is not None:
        household.data["MemberIds"].remove(record.id)
    database.constituents.remove(record)
    database.note_change(record.id)


def communication(call: Call) -> dict[str, Any]:
    """`PUT /constituent/{id}/updateCommunicationSettings`."""
    record = call.record(call.database.constituents)
    asked = parse(CommunicationUpdate, call.body)
    if asked.Id not in {None, record.id}:
        raise invalid("Id does not match the path")
    changes: dict[str, Any] = {}
    if asked.CommunicationRestrictions is not None:
        block = given(asked.CommunicationRestrictions)
        changes["CommunicationRestrictionsUpdateReason"] = _reason(call, block.pop("UpdateReason"))
        changes |= block
    if asked.PreferredChannel is not None:
        changes |= given(asked.PreferredChannel)
    if asked.EmailInterests is not None:
        block = given(asked.EmailInterests)
        changes["EmailInterestsUpdateReason"] = _reason(call, block.pop("UpdateReason"))
        changes |= _interests(call, block)
    call.database.constituents.edit(record, changes)
    call.database.touch(call.database.constituents, record, call.who)
    return show_constituent(call, record)


def check_names(values: dict[str, Any], fresh: dict[str, Any]) -> None:
    """What the vendor wants of names by type."""
    if fresh["Type"] == "Individual":
        if "FullName" in values:
            raise _full_name_refused()
        for name in ("FirstName", "LastName"):
            if not fresh.get(name):
                raise required(name)
    elif not fresh.get("FullName"):
        raise required("FullName")


def _full_name_refused() -> ApiError:
    return invalid("Cannot set FullName for individuals")


def _merged(call: Call, record: Record, values: dict[str, Any], *, replace: bool) -> dict[str, Any]:
    cleared = _CLEARED_BY_REPLACE if replace else {name for name in values if name in _CLEARED_BY_REPLACE}
    kept = {name: value for name, value in record.data.items() if name not in cleared}
    stored = [] if replace else record.data.get("CustomValues", [])
    custom = apply_custom(call, "Constituent", stored, values.get("CustomValues"))
    check_required(call, "Constituent", custom)
    return kept | _clean_fields(call, record.data["Type"], values) | {"CustomValues": custom}


def _clean_fields(call: Call, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """The plain fields as they are stored; empty ones are left out."""
    limit = call.options.name_limit
    lines = {name: clean_line(values[name] or "", limit, call.options) for name in _LINES if name in values}
    if kind == "Individual":
        lines.pop("FullName", None)
    _check_vocabulary(lines)
    rest = {name: values.get(name) for name in ("Status", "Gender", "ProfilePictureType")}
    if values.get("Birthdate"):
        rest["Birthdate"] = clean_date(values["Birthdate"], "Birthdate", call.options)
    return {name: value for name, value in (lines | rest).items() if value}


def _check_vocabulary(lines: dict[str, str]) -> None:
    for name, legal in (("Prefix", PREFIXES), ("Suffix", SUFFIXES)):
        if lines.get(name) and lines[name] not in legal:
            raise invalid(f"{name} '{lines[name]}' is not valid")


def _clean_settings(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    settings = {name: values[name] for name in _SETTINGS if values.get(name) is not None}
    if "HouseholdId" in settings:
        fetch(call.database.households, settings["HouseholdId"])
    return _interests(call, settings)


def _interests(call: Call, settings: dict[str, Any]) -> dict[str, Any]:
    """Interest ids count only for the type Custom."""
    ids = settings.pop("CustomEmailInterestIds", None) or []
    if settings.get("EmailInterestType") == "Custom":
        for interest in ids:
            fetch(call.database.email_interests, interest)
        settings["CustomEmailInterestIds"] = ids
    elif "EmailInterestType" in settings:
        settings["CustomEmailInterestIds"] = []
    return settings


def _reason(call: Call, text: str) -> str:
    if not text.strip():
        raise required("UpdateReason")
    return clean_line(text, call.options.note_limit, call.options)


def _join_household(call: Call, record: Record) -> None:
    household = call.database.households.get(record.data.get("HouseholdId", 0))
    if household is not None:
        household.data["MemberIds"].append(record.id)
        call.database.touch(call.database.households, household, call.who)


def _row_changes(call: Call, account: int, values: dict[str, Any]) -> list[RowChange]:
    """The contact rows in a body, checked: with Id an edit, without by option an edit or a new row."""
    changes = []
    for name, kind in _PRIMARY.items():
        if values.get(name) is not None:
            given_row = given(values[name]) | {"IsPrimary": True}
            changes.append(_row_change(call, kind, account, given_row, primary=True))
    for name, kind in _SECONDARY.items():
        for model in values.get(name) or []:
            given_row = given(model) | {"IsPrimary": False}
            changes.append(_row_change(call, kind, account, given_row, primary=False))
    return changes


def _row_change(call: Call, kind: RowKind, account: int, values: dict[str, Any], *, primary: bool) -> RowChange:
    table, row = kind.table(call), None
    if values.get("Id") is not None:
        row = fetch(table, values["Id"])
        if row.account != account:
            raise invalid(f"{kind.label} {row.id} belongs to another constituent")
    elif primary and call.options.put_contact_without_id == "edits":
        row = primary_row(table, account)
    return kind.prepare(call, account, values, row)


def _apply_rows(call: Call, account: int, changes: list[RowChange]) -> None:
    for change in changes:
        change.account = account
        change.apply(call)


def _drop_omitted(call: Call, account: int, values: dict[str, Any]) -> None:
    for name, kind in _PRIMARY.items():
        row = primary_row(kind.table(call), account) if values.get(name) is None else None
        if row is not None:
            kind.drop(call, row)
