"""E-mails, phones and addresses: rows of a constituent, with one primary row a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.sandbox.bloomerang.call import Call, deleted, fetch
from local.sandbox.bloomerang.errors import invalid, required
from local.sandbox.bloomerang.lists import ListSpec
from local.sandbox.bloomerang.models import AddressIn, Body, EmailIn, PhoneIn, given, parse, written
from local.sandbox.bloomerang.places import COUNTRY_NAMES, STATE_NAMES, country_code, state_code
from local.sandbox.bloomerang.store import Record, Table
from local.sandbox.bloomerang.text import clean_block, clean_email, clean_line, clean_phone
from local.sandbox.bloomerang.views import primary_row, show_address, show_email, show_phone, without_nulls

INTERNATIONAL = (
    "City, State, and PostalCode are not allowed to be used for international addresses. "
    "Include city, state, and postal code in Street field instead."
)
_CITY_LIMIT, _POSTAL_LIMIT, _EXTENSION_LIMIT = 50, 20, 10


def stored_email(values: dict[str, Any], call: Call) -> dict[str, Any]:
    """An e-mail row as it is stored; refused when incomplete."""
    _need(values, "Type", "Value")
    flag = {"IsBad": values.get("IsBad") or False}
    return {"Type": values["Type"], "Value": clean_email(values["Value"], call.options), **flag}


def stored_phone(values: dict[str, Any], call: Call) -> dict[str, Any]:
    """A phone row as it is stored; refused when incomplete."""
    _need(values, "Type", "Number")
    extension = clean_line(values.get("Extension") or "", _EXTENSION_LIMIT, call.options)
    number = clean_phone(values["Number"], call.options)
    return without_nulls({"Type": values["Type"], "Number": number, "Extension": extension or None})


def stored_address(values: dict[str, Any], call: Call) -> dict[str, Any]:
    """An address row as it is stored; refused when incomplete, or its place is not configured."""
    _need(values, "Type", "Country")
    options = call.options
    code = country_code(values["Country"], options.us_spellings)
    if code is None:
        raise invalid(f"Country '{values['Country']}' is not valid")
    _check_international(values, code, call)
    lines = {
        "Street": clean_block(values.get("Street") or "", options.street_limit, options),
        "City": clean_line(values.get("City") or "", _CITY_LIMIT, options),
        "PostalCode": clean_line(values.get("PostalCode") or "", _POSTAL_LIMIT, options).upper(),
    }
    if not any(lines.values()) and not values.get("State"):
        raise required("Street")
    kept = {name: text for name, text in lines.items() if text}
    place = {"Country": COUNTRY_NAMES[code], "CountryCode": code, **_stored_state(values.get("State"), code, call)}
    return {"Type": values["Type"], **kept, **place, "IsBad": values.get("IsBad") or False}


def _check_international(values: dict[str, Any], code: str, call: Call) -> None:
    if code == "US" or call.options.international_addresses == "accept":
        return
    if any(values.get(name) for name in ("City", "State", "PostalCode")):
        raise invalid(INTERNATIONAL)


def _stored_state(text: str | None, country: str, call: Call) -> dict[str, str]:
    if not text:
        return {}
    code = state_code(text) if country == "US" else None
    if code is None:
        if call.options.states == "strict" and country == "US":
            raise invalid(f"State '{text}' is not valid")
        return {"State": text}
    shown = {"full": STATE_NAMES[code], "abbreviation": code, "as_sent": text}
    return {"State": shown[call.options.state_reads], "StateAbbreviation": code}


def _need(values: dict[str, Any], *names: str) -> None:
    for name in names:
        if not (values.get(name) or "").strip():
            raise required(name)


@dataclass(frozen=True)
class RowKind:
    """What differs between the three kinds of contact rows."""

    label: str
    model: type[Body]
    table: Callable[[Call], Table]
    stored: Callable[[dict[str, Any], Call], dict[str, Any]]
    show: Callable[[Record], dict[str, Any]]
    last_modified: bool = True

    def list_spec(self) -> ListSpec:
        """The list of these rows."""
        return ListSpec(
            table=self.table,
            show=lambda _call, record: self.show(record),
            last_modified=self.last_modified,
            account_filter="constituent",
        )

    def get(self, call: Call) -> dict[str, Any]:
        """`GET /<row>/{id}`."""
        return self.show(call.record(self.table(call)))

    def create(self, call: Call) -> dict[str, Any]:
        """`POST /<row>`: needs `AccountId`; the first row is primary."""
        values = given(parse(self.model, call.body))
        account = values.get("AccountId")
        if account is None:
            raise required("AccountId")
        fetch(call.database.constituents, account)
        row = self.prepare(call, account, values).apply(call)
        call.database.touch_account(account, call.who)
        return self.show(row)

    def update(self, call: Call) -> dict[str, Any]:
        """`PUT /<row>/{id}`."""
        row = call.record(self.table(call))
        values = written(parse(self.model, call.body), call.options.put_null)
        self.prepare(call, row.account, values, row).apply(call)
        call.database.touch_account(row.account, call.who)
        return self.show(row)

    def delete(self, call: Call) -> dict[str, Any]:
        """`DELETE /<row>/{id}`."""
        row = call.record(self.table(call))
        self.drop(call, row)
        call.database.touch_account(row.account, call.who)
        return deleted(row, self.label)

    def prepare(self, call: Call, account: int, values: dict[str, Any], row: Record | None = None) -> RowChange:
        """A new row, or a change of `row`, checked in full but not yet done."""
        if values.get("AccountId") not in {None, account}:
            raise invalid("AccountId cannot be changed")
        base = _kept(row, values) if row is not None and call.options.put == "merge" else {}
        return RowChange(self, account, row, self.stored(base | values, call), bool(values.get("IsPrimary")))

    def drop(self, call: Call, row: Record) -> None:
        """Remove a row; by option the oldest left becomes primary."""
        table = self.table(call)
        table.remove(row)
        left = table.of_account(row.account)
        if row.data["IsPrimary"] and left and call.options.primary_after_delete == "promote":
            self.make_primary(call, left[0])

    def make_primary(self, call: Call, row: Record) -> None:
        """Make a row the primary one of its constituent."""
        table = self.table(call)
        for other in table.of_account(row.account):
            if other.data["IsPrimary"] is not (other is row):
                table.edit(other, {"IsPrimary": other is row})
                call.database.touch(table, other, call.who)


@dataclass
class RowChange:
    """A checked change of one row, ready to be done."""

    kind: RowKind
    account: int
    row: Record | None
    data: dict[str, Any]
    primary: bool

    def apply(self, call: Call) -> Record:
        """Do it, without stamping the constituent; the first row of a constituent is primary."""
        database, table = call.database, self.kind.table(call)
        if self.row is None:
            first = primary_row(table, self.account) is None
            row = database.add(table, self.data | {"IsPrimary": False}, call.who, account=self.account)
        else:
            first, row = False, self.row
            with table.changing(row):
                row.data = self.data | {"IsPrimary": row.data["IsPrimary"]}
            database.touch(table, row, call.who)
        if self.primary or first:
            self.kind.make_primary(call, row)
        return row


def _kept(row: Record, values: dict[str, Any]) -> dict[str, Any]:
    """A stored row in the write shape; a new country leaves nothing of the old place."""
    moved = "Country" in values and values["Country"] != row.data.get("Country")
    gone = {"StateAbbreviation", "CountryCode"} | ({"Street", "City", "State", "PostalCode"} if moved else set())
    return {name: value for name, value in row.data.items() if name not in gone}


EMAIL = RowKind("Email", EmailIn, lambda call: call.database.emails, stored_email, show_email)
PHONE = RowKind("Phone", PhoneIn, lambda call: call.database.phones, stored_phone, show_phone, last_modified=False)
ADDRESS = RowKind("Address", AddressIn, lambda call: call.database.addresses, stored_address, show_address)
