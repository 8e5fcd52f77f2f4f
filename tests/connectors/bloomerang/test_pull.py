"""Bloomerang's gifts as a platform is told of them."""

from datetime import date
from typing import Any

import httpx
import pytest

from giftbridge.connectors.bloomerang.pull import crm_gift
from giftbridge.connectors.pulls import CrmGift
from giftbridge.domain.gift import Designation
from giftbridge.errors import Reject
from tests.connectors.bloomerang.case import CASE
from tests.connectors.contract import Bench

RAW: dict[str, Any] = CASE.fixture("transaction.json")


def row(number: int, stamp: str, kind: str = "Donation") -> dict[str, Any]:
    return {**RAW, "Id": number, "Designations": [{**RAW["Designations"][0], "Type": kind}],
            "AuditTrail": {"LastModifiedDate": f"2026-03-01T12:00:{stamp}Z"}}  # fmt: skip


class Vendor:
    """A list of transactions that is read newest first."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)

    def answer(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        assert (query["orderBy"], query["orderDirection"]) == ("LastModifiedDate", "Desc")
        ordered = sorted(self.rows, key=lambda one: str(one["AuditTrail"]["LastModifiedDate"]), reverse=True)
        start, count = int(query["skip"]), int(query["take"])
        return httpx.Response(200, json={"Results": ordered[start : start + count], "TotalFiltered": len(ordered)})


def look(vendor: Vendor, cursor: str) -> tuple[list[str], str]:
    """All pages of a look: ids in order, and the next cursor."""
    found: list[str] = []
    for _ in range(20):
        bench = Bench("bloomerang", CASE, troubles={0: vendor.answer})
        page = bench.connector.crm_gift_changes(cursor)
        found += page.rows
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("the list has no end")


def test_F37_the_first_look_notes_where_the_list_stands() -> None:
    vendor = Vendor(row(1, "01"), row(2, "02"))
    found, cursor = look(vendor, "")
    assert found == []
    vendor.rows.append(row(3, "03"))
    found, cursor = look(vendor, cursor)
    assert set(found) == {"3", "2"}, "what is as old as the newest comes again"
    vendor.rows[0] = row(1, "09")
    assert set(look(vendor, cursor)[0]) == {"1", "3"}


def test_F37_an_empty_database_begins_with_its_first_gift() -> None:
    vendor = Vendor()
    _, cursor = look(vendor, "")
    vendor.rows.append(row(1, "01"))
    assert look(vendor, cursor)[0] == ["1"]


def test_F37_many_changes_are_read_page_by_page_with_none_left_out() -> None:
    vendor = Vendor(row(1, "00"))
    _, cursor = look(vendor, "")
    vendor.rows += [row(number, "30") for number in range(2, 140)]
    found, _ = look(vendor, cursor)
    assert set(found) == {str(number) for number in range(1, 140)}


def test_F37_a_gift_is_told_in_cents_on_its_own_day() -> None:
    found = crm_gift(RAW, {})
    assert found == CrmGift(
        "5001", "1990657", date(2026, 3, 1), 12550, "card",
        (Designation(10000, "10", "15", "21"), Designation(2550, "12")),
        fee=390, note="Spring Gala; Signed guitar", marks=("gb-old",),
    )  # fmt: skip


@pytest.mark.parametrize("day", ["2026-03-01", "2026-03-01T00:00:00", "2026-03-01T23:59:59Z"])
def test_F37_a_day_is_never_shifted(day: str) -> None:
    assert crm_gift({**RAW, "Date": day}, {}).day == date(2026, 3, 1)


@pytest.mark.parametrize("change", [{"Date": ""}, {"Date": "soon"}, {"Amount": None}, {"Amount": 1.005}])
def test_F37_a_gift_that_makes_no_sense_is_refused_alone(change: dict[str, Any]) -> None:
    bench = Bench("bloomerang", CASE)
    rows = [{**RAW, **change}, {**RAW, "Id": 5002}]
    bench.troubles[0] = lambda _: httpx.Response(200, json={"Results": rows})
    found = bench.connector.crm_gifts(["5001", "5002"])
    assert isinstance(found["5001"], Reject)
    assert isinstance(found["5002"], CrmGift)


@pytest.mark.parametrize(
    ("sent", "method"),
    [
        ("Cash", "cash"),
        ("Eft", "ach"),
        ("InKind", "in_kind"),
        ("Venmo", "venmo"),
        ("ApplePay", "card"),
        ("None", "other"),
    ],
)
def test_F37_methods_are_read_backwards(sent: str, method: str) -> None:
    assert crm_gift({**RAW, "Method": sent}, {}).method == method


def test_F37_promises_are_no_gifts() -> None:
    bench = Bench("bloomerang", CASE)
    rows = [row(1, "01", "Pledge"), row(2, "01", "RecurringDonation"), row(3, "01", "RecurringDonationPayment")]
    bench.troubles[0] = lambda _: httpx.Response(200, json={"Results": rows})
    assert bench.connector.crm_gifts(["1", "2", "3"]).keys() == {"3"}


def test_F37_links_refund_and_check_number_are_told() -> None:
    first = {**RAW["Designations"][0], "RecurringDonationId": 7201, "PledgeId": 8001}
    found = crm_gift({**RAW, "Designations": [first], "IsRefunded": "Yes", "CheckNumber": "77"}, {})
    assert (found.schedule_id, found.pledge_id, found.refunded, found.reference) == ("7201", "8001", True, "77")


@pytest.mark.parametrize("sign", ["campaign:15", "pick:13315=42", "field:13315=Vegetarian", "method:CreditCard"])
def test_F37_the_table_of_types_is_read_backwards(sign: str) -> None:
    assert crm_gift(RAW, {"grant": sign}).kind == "grant"
    assert crm_gift(RAW, {"grant": "campaign:16", "other": ""}).kind == "donation"
