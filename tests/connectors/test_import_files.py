"""Gifts in the columns of each CRM's import. Pure."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from giftbridge.connectors.base import Purposes
from giftbridge.connectors.imports import ImportGift, money
from giftbridge.connectors.manifest import load_manifest, names
from giftbridge.connectors.registry import Wiring, connect
from giftbridge.domain.contact import Address, Contact
from giftbridge.domain.gift import Designation, Gift, GiftStatus
from giftbridge.errors import Reject

TAKERS = [name for name in names() if "takes_imports" in load_manifest(name).capabilities]
EVERY = pytest.mark.parametrize("name", TAKERS)
ADA = Contact(
    first_name="Ada", last_name="Lane", email="ada.lane@example.org", phone="303-555-0101",
    address=Address("12 Elm St\nApt 4", "Albany", "NY", "12207", "US"),
)  # fmt: skip
KNOWN = Purposes({"11": "Roof", "12": "Well"}, {"21": "Spring"}, {"AP1": "Letter"}, {"ROOF": "11"})
GIFT = Gift(
    id="t1", contact_id="c1", amount=12_550, currency="usd", status=GiftStatus.SUCCEEDED, method="check", fee=390,
    occurred_at=datetime(2026, 3, 1, 4, tzinfo=UTC), check_number="1071", note="Gala; Quilt",
    designations=(Designation(10_000, "11", "21"), Designation(2_550, "12", "21")),
)  # fmt: skip
WHOLE = replace(GIFT, designations=(Designation(12_550, "11", "21"),))


def table(name: str, *gifts: Gift, settings: dict[str, Any] | None = None, known: Purposes = KNOWN) -> list[list[str]]:
    """As this connector writes it, for an organisation in New York."""
    chosen = {"time_zone": "America/New_York", **(settings or {})}
    wiring = Wiring({"kind": "api_key", "api_key": "k"}, httpx.Client(), _NoGate(), lambda: GIFT.occurred_at, chosen)
    made: Any = connect(name, wiring)
    found: list[list[str]] = made.import_table([ImportGift("handbid-7-t1", one, "77", ADA) for one in gifts], known)
    return found


class _NoGate:
    def __getattr__(self, _: str) -> Any:
        raise AssertionError("no call is made")


def cells(rows: list[list[str]]) -> list[dict[str, str]]:
    """By heading."""
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@EVERY
def test_F64_a_row_for_each_fund_adds_up_to_the_cent(name: str) -> None:
    rows = cells(table(name, GIFT))
    assert [row["Amount"] for row in rows] == ["100.00", "25.50"]
    text = [" ".join(row.values()) for row in rows]
    assert ["handbid-7-t1-1" in text[0], "handbid-7-t1-2" in text[1]] == [True, True]
    assert ["Roof" in text[0] or "ROOF" in text[0], "Well" in text[1]] == [True, True]


@EVERY
def test_F64_a_day_is_the_organisations_and_written_as_set(name: str) -> None:
    (row,) = cells(table(name, WHOLE))
    assert "02/28/2026" in row.values()
    (row,) = cells(table(name, WHOLE, settings={"import_dates": "yyyy-mm-dd"}))
    assert "2026-02-28" in row.values()


@EVERY
def test_F64_headings_are_a_setting_and_an_empty_one_leaves_the_column_out(name: str) -> None:
    columns = load_manifest(name).settings["import_columns"]
    chosen = {**columns, "amount": "Gift Amount", "note": ""}
    (row,) = cells(table(name, WHOLE, settings={"import_columns": chosen}))
    assert row["Gift Amount"] == "125.50"
    assert columns["note"] not in row


@EVERY
def test_F64_the_words_of_payment_are_those_of_the_import(name: str) -> None:
    (row,) = cells(table(name, WHOLE))
    assert {"Check", "1071"} <= set(row.values())
    (row,) = cells(table(name, replace(WHOLE, method="card")))
    assert {"Credit Card", "Credit"} & set(row.values())


@EVERY
def test_F64_a_fund_that_is_gone_is_refused_with_its_id(name: str) -> None:
    with pytest.raises(Reject, match="11"):
        table(name, WHOLE, known=replace(KNOWN, funds={}))


def test_F64_kindful_takes_no_gift_without_a_campaign() -> None:
    with pytest.raises(Reject, match="campaign"):
        table("kindful", replace(WHOLE, designations=(Designation(12_550, "11"),)))


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (5, "0.05"), (100, "1.00"), (12_345_678, "123456.78")])
def test_F64_money_has_two_decimals(cents: int, text: str) -> None:
    assert money(cents) == text
