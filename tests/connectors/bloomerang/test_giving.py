"""What is given is told once and whole, whatever the lists do meanwhile; nothing of how it was paid."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.connectors.bloomerang.case import CASE
from tests.connectors.contract import Bench

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Gifts:
    """A list of transactions that moves while it is read."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    meanwhile: Callable[[int], None] = lambda _: None
    calls: int = 0

    def add(self, number: int, seconds: float, account: int = 7, **fields: Any) -> None:
        made = {"CreatedDate": stamp(START + timedelta(seconds=seconds)), "LastModifiedDate": stamp(START)}
        part = {"Id": number, "Type": "Donation", "Amount": 10.0, "Note": ""}
        row = {"Id": number, "AccountId": account, "Date": "2026-03-01", "Amount": 10.0, "Method": "Cash"}
        self.rows.append({**row, "IsRefunded": "No", "Designations": [part], "AuditTrail": made, **fields})

    def answer(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        self.calls += 1
        self.meanwhile(self.calls)
        down = query.get("orderDirection") == "Desc"
        rows = sorted(self.rows, key=lambda row: (row["AuditTrail"]["CreatedDate"], row["Id"]), reverse=down)
        rows = [row for row in rows if query.get("accountId") in (None, str(row["AccountId"]))]
        start = int(query.get("skip", 0))
        page = rows[start : start + int(query["take"])]
        body = {"Total": 9_999, "TotalFiltered": len(rows), "Start": start, "ResultCount": len(page), "Results": page}
        return httpx.Response(200, json=body)

    @property
    def connector(self) -> Any:
        return Bench("bloomerang", CASE, troubles=dict.fromkeys(range(1000), self.answer)).connector

    def read(self, cursor: str = "", since: datetime = START) -> tuple[list[int], str]:
        """A walk to its end."""
        found: list[int] = []
        for _ in range(50):
            page = self.connector.giving_changes(cursor, since)
            found += [int(one) for one in page.rows]
            cursor = page.cursor
            if not page.more:
                return found, cursor
        raise AssertionError("the walk has no end")


def test_what_was_entered_before_is_not_told() -> None:
    gifts = Gifts()
    gifts.add(1, -1)
    gifts.add(2, 0)
    gifts.add(3, 5)
    found, cursor = gifts.read()
    assert sorted(found) == [2, 3]
    assert gifts.read(cursor)[0] == []
    gifts.add(4, 5)
    gifts.add(5, 100)
    found, cursor = gifts.read(cursor)
    assert sorted(found) == [4, 5]
    assert gifts.read(cursor)[0] == []


def test_a_gift_that_shows_up_late_is_told() -> None:
    gifts = Gifts()
    gifts.add(9, 40)
    _, cursor = gifts.read()
    gifts.add(8, 20)
    assert gifts.read(cursor)[0] == [8]


@pytest.mark.parametrize("count", [49, 50, 51, 120, 300])
def test_every_gift_of_many_pages_is_told(count: int) -> None:
    gifts = Gifts()
    for number in range(count):
        gifts.add(number, number // 7)
    found, cursor = gifts.read()
    assert set(found) == set(range(count))
    assert gifts.read(cursor)[0] == []


@pytest.mark.parametrize("gone", [1, 3, 10, 60])
def test_deletions_between_pages_hide_nothing(gone: int) -> None:
    gifts = Gifts()
    for number in range(200):
        gifts.add(number, number)

    def delete(call: int) -> None:
        if call == 2:
            del gifts.rows[-gone:]

    gifts.meanwhile = delete
    found, _ = gifts.read()
    assert set(found) >= set(range(200 - gone))


def test_gifts_that_come_between_pages_are_told_the_next_time() -> None:
    gifts = Gifts()
    for number in range(120):
        gifts.add(number, number)

    def give(call: int) -> None:
        if call <= 3:
            gifts.add(1_000 + call, 1_000 + call)

    gifts.meanwhile = give
    found, cursor = gifts.read()
    again, _ = gifts.read(cursor)
    assert set(found) | set(again) == {*range(120), 1_001, 1_002, 1_003}


@pytest.mark.parametrize("count", [0, 3, 50, 53, 120])
def test_all_that_somebody_gave(count: int) -> None:
    gifts = Gifts()
    for number in range(count):
        gifts.add(number, number)
        gifts.add(1_000 + number, number, account=8)
    given = gifts.connector.giving("7")
    assert sorted(int(one.id) for one in given) == list(range(count))
    assert gifts.connector.giving("no number") == []


def test_a_donation_in_our_words() -> None:
    gifts = Gifts()
    parts = [
        {"Id": 1, "Type": "Donation", "Note": "For the roof [ref handbid-1-t2]"},
        {"Id": 2, "Type": "Donation", "Note": "For the roof"},
        {"Id": 3, "Type": "Donation", "Note": "[ref x]"},
    ]
    gifts.add(5, 3, Amount=25.55, Designations=parts)
    (given,) = gifts.connector.donations(["5"]).values()
    assert (given.contact_id, given.amount, given.day, given.comment) == ("7", 2555, date(2026, 3, 1), "For the roof")
    assert given.created_at == START + timedelta(seconds=3)
    assert given.counts


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"Designations": [{"Id": 1, "Type": "PledgePayment"}]}, True),
        ({"Designations": [{"Id": 1, "Type": "RecurringDonationPayment"}]}, True),
        ({"Designations": [{"Id": 1, "Type": "Pledge"}]}, False),
        ({"Designations": [{"Id": 1, "Type": "RecurringDonation"}]}, False),
        ({"IsRefunded": "Yes"}, False),
        ({"Amount": 0}, False),
    ],
)
def test_what_counts_as_given(fields: dict[str, Any], counts: bool) -> None:
    gifts = Gifts()
    gifts.add(5, 3, **fields)
    (given,) = gifts.connector.giving("7")
    assert given.counts is counts


@pytest.mark.parametrize("fields", [{"Date": "never"}, {"Amount": 1.005}, {"Amount": None}])
def test_a_gift_that_makes_no_sense_is_left_out(fields: dict[str, Any]) -> None:
    gifts = Gifts()
    gifts.add(5, 3, **fields)
    gifts.add(6, 4)
    assert [one.id for one in gifts.connector.giving("7")] == ["6"]


def people(*rows: dict[str, Any]) -> Any:
    def answer(request: httpx.Request) -> httpx.Response:
        wanted = request.url.params.get("id", "").split("|")
        homes = request.url.path.endswith("/households")
        found = [row for row in rows if (row["Type"] == "Household") == homes and str(row["Id"]) in wanted]
        if request.url.path.endswith("/search"):
            found = list(rows)
        body = {"Total": 9, "TotalFiltered": len(found), "Start": 0, "ResultCount": len(found), "Results": found}
        return httpx.Response(200, json=body)

    return Bench("bloomerang", CASE, troubles=dict.fromkeys(range(20), answer)).connector


ADA = {
    "Id": 1, "AccountNumber": 12, "Type": "Individual", "Status": "Active", "FirstName": "Ada", "LastName": "Lane",
    "InformalName": "Addie", "EmailInterestType": "OptedOut", "PrimaryEmail": {"Id": 3, "Value": "ada@example.org"},
}  # fmt: skip
HOME = {"Id": 2, "AccountNumber": 13, "Type": "Household", "FullName": "The Lane Family"}
LATE = {
    "Id": 3,
    "AccountNumber": 123,
    "Type": "Individual",
    "Status": "Deceased",
    "FirstName": "Bo",
    "LastName": "Lane",
}


def test_donors_and_households_in_our_words() -> None:
    found = people(ADA, HOME, LATE).supporters(["1", "2", "3", "4"])
    assert sorted(found) == ["1", "2", "3"]
    assert (found["1"].account_number, found["1"].informal_name, found["1"].contact.email) == (
        "12", "Addie", "ada@example.org",
    )  # fmt: skip
    assert found["1"].contact.email_opt_out
    assert [found[one].household for one in "123"] == [False, True, False]
    assert [found[one].deceased for one in "123"] == [False, False, True]


@pytest.mark.parametrize(
    ("number", "found"), [("12", "1"), ("123", "3"), ("13", ""), ("1", ""), ("", ""), ("012", ""), ("²", "")]
)
def test_only_the_exact_number_of_a_person_is_found(number: str, found: str) -> None:
    assert people(ADA, HOME, LATE).constituent_by_account_number(number) == found


def test_a_number_that_two_have_finds_nobody() -> None:
    assert people(ADA, {**LATE, "AccountNumber": 12}).constituent_by_account_number("12") == ""
