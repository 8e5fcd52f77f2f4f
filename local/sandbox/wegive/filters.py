"""What lists filter and order by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local.sandbox.wegive.donors import full_name
from local.sandbox.wegive.funds import parts_of
from local.sandbox.wegive.lists import Filter, Value, column
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.query import truth
from local.sandbox.wegive.store import Row


def columns(*names: str) -> dict[str, Filter]:
    """Filters that compare the columns of these names."""
    return {name: column(name) for name in names}


def flag(read: Callable[[Row], Any]) -> Filter:
    """A filter by a truth, given as text."""
    return lambda _organisation, row, text: bool(read(row)) is truth(text)


def by_column(*names: str) -> dict[str, Value]:
    """The columns of these names as values."""
    return {name: lambda _organisation, row, name=name: row.data.get(name) for name in names}  # type: ignore[misc]


def crm(*names: str) -> dict[str, Filter]:
    """Filters by the id in a CRM; `crm_id` takes the id in whichever."""

    def any_of(_organisation: Organisation, row: Row, text: str) -> bool:
        return text in {str(value) for value in row.data.get("crm_ids", {}).values()}

    def one(name: str) -> Filter:
        return lambda _organisation, row, text: str(row.data.get("crm_ids", {}).get(name)) == text

    return {name: one(name) for name in names} | {"crm_id": any_of}


def created(_organisation: Organisation, row: Row) -> int:
    """The stamp of a row's making."""
    return row.created


def updated(_organisation: Organisation, row: Row) -> int:
    """The stamp of a row's last change."""
    return row.updated


def row_id(_organisation: Organisation, row: Row) -> int:
    """A row's id."""
    return row.id


def donor_of(organisation: Organisation, row: Row) -> Row | None:
    """The donor of a gift, a schedule or a pledge."""
    return organisation.donors.get(row.data.get("donor_id"))


def donor_name(organisation: Organisation, row: Row) -> str:
    """The donor's name, empty for a guest."""
    donor = donor_of(organisation, row)
    return full_name(donor) if donor else ""


def fund_name(organisation: Organisation, row: Row) -> str:
    """The fund's name, empty without one."""
    fund = organisation.funds.get(row.data["fund_id"])
    return str(fund.data["name"]) if fund else ""


def searching(words: Callable[[Organisation, Row], Iterable[Any]]) -> Filter:
    """A search within some texts."""

    def test(organisation: Organisation, row: Row, text: str) -> bool:
        return any(text.casefold() in str(word or "").casefold() for word in words(organisation, row))

    return test


def of_donor(read: Callable[[Row], Any]) -> Filter:
    """A filter by what a gift's donor is."""

    def test(organisation: Organisation, row: Row, text: str) -> bool:
        donor = donor_of(organisation, row)
        return donor is not None and str(read(donor)) == text

    return test


def in_fund(_organisation: Organisation, row: Row, text: str) -> bool:
    """Whether some of the amount is in the fund."""
    return text in {str(part["fund_id"]) for part in parts_of(row)}


def gift_type(organisation: Organisation, row: Row, text: str) -> bool:
    """The vendor's `type` of gifts."""
    if text == "recurring":
        return row.data["scheduled_donation_id"] is not None
    return text == "both" or row.data["is_tax_deductible"] is (text == "donation")


def source_types(_organisation: Organisation, row: Row, text: str) -> bool:
    """Any of some source types, joined by commas."""
    return row.data["source_type"] in text.split(",")


def donor_type(organisation: Organisation, row: Row, text: str) -> bool:
    """The vendor's `type` of donors."""
    if text == "recurring":
        return bool(organisation.schedules.of("donor_id", row.id))
    return text == "both" or row.data["type"] == text


def first_email(_organisation: Organisation, row: Row, text: str) -> bool:
    """The first address, in any case."""
    return str(row.data.get("email_1") or "").casefold() == text.casefold()


def tagged(_organisation: Organisation, row: Row, text: str) -> bool:
    """Whether a donor has a tag."""
    return text in {str(tag) for tag in row.data["tags"]}


def on_list(organisation: Organisation, row: Row, asked: dict[str, str]) -> bool:
    """Whether a donor is on a communication list (`id`), or with a false `subscribed` is not."""
    table = organisation.tables["communication-lists"]
    chosen = table.get(int(asked["id"])) if asked.get("id", "").isdecimal() else None
    subscribed = chosen is not None and row.id in chosen.data.get("_subscribed", [])
    return subscribed is truth(asked.get("subscribed", "1"))


def sort_donor(_organisation: Organisation, row: Row) -> str:
    """A donor's name."""
    return full_name(row)
