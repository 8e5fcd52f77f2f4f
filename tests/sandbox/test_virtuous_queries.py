"""Queries: paging in the URL, operators without spaces, days rather than moments, options per organisation."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import SOURCE, gift, hand_in, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

Json = dict[str, Any]


def asked(parameter: str, operator: str, value: Any = None, **more: Any) -> Json:
    condition = {"parameter": parameter, "operator": operator, "value": value, **more}
    return {"groups": [{"conditions": [condition]}]}


def query(organisation: VirtuousOrganisation, body: Json, path: str = "Contact", **place: Any) -> httpx.Response:
    return organisation.api.post(f"/{path}/Query", json=body, params=place)


def names(organisation: VirtuousOrganisation, body: Json) -> list[str]:
    answer = query(organisation, body)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["list"]]


def test_paging_is_read_from_the_url(virtuous: VirtuousOrganisation) -> None:
    virtuous.seed(25)
    first = query(virtuous, {"take": 20, "skip": 5}).json()
    assert (first["total"], len(first["list"])) == (25, 10), "forgotten in the URL, ten are answered"
    rest = query(virtuous, {}, skip=20, take=1000).json()["list"]
    assert len(rest) == 5
    virtuous.set_options(paging_place="both")
    assert len(query(virtuous, {"take": 20}).json()["list"]) == 20
    virtuous.set_options(paging_place="body")
    assert len(query(virtuous, {"take": 20}, take=3).json()["list"]) == 20


@pytest.mark.parametrize(("rule", "status"), [("clamp", 200), ("refuse", 400)])
def test_no_more_than_a_thousand(virtuous: VirtuousOrganisation, rule: str, status: int) -> None:
    virtuous.set_options(take_over_1000=rule)
    virtuous.seed(1_001, without_email=1, without_phone=1, without_address=1)
    answer = query(virtuous, {}, take=1001)
    assert answer.status_code == status
    assert status == 400 or len(answer.json()["list"]) == 1000


def test_walking_all_pages_sees_everybody_once(virtuous: VirtuousOrganisation) -> None:
    people = virtuous.seed(45)["people"]
    seen = []
    for skip in range(0, 45, 20):
        page = query(virtuous, {"sortBy": "Id"}, path="Contact", skip=skip, take=20).json()
        seen += [row["id"] for row in page["list"]]
    assert seen == people


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (asked("First Name", "Is", "ADA"), ["Ada Lane"]),
        (asked("first name", "IsNot", "Ada"), ["Bea Lane", "Cleo Lane"]),
        (asked("Contact Name", "StartsWith", "b"), ["Bea Lane"]),
        (asked("Email Address", "Contains", "@example.org"), ["Ada Lane", "Bea Lane", "Cleo Lane"]),
        (asked("Email Address", "IsAnyOf", values=["ada@example.org", "cleo@example.org"]), ["Ada Lane", "Cleo Lane"]),
        (asked("First Name", "NotIn", values=["Ada"]), ["Bea Lane", "Cleo Lane"]),
        (asked("Phone", "IsKnown"), []),
        (asked("Phone", "IsNotSet"), ["Ada Lane", "Bea Lane", "Cleo Lane"]),
        (asked("Is Private", "IsTrue"), ["Cleo Lane"]),
        (asked("Contact Type", "Is", "Household"), ["Ada Lane", "Bea Lane", "Cleo Lane"]),
    ],
)
def test_conditions_on_contacts(virtuous: VirtuousOrganisation, condition: Json, found: list[str]) -> None:
    for name in ("Ada", "Bea", "Cleo"):
        make(virtuous, name, isPrivate=name == "Cleo")
    assert names(virtuous, condition) == found


def test_groups_are_alternatives_and_conditions_add_up(virtuous: VirtuousOrganisation) -> None:
    for name in ("Ada", "Bea", "Cleo"):
        make(virtuous, name)
    last = asked("Last Name", "Is", "Lane")["groups"][0]["conditions"]
    ada, bea = (asked("First Name", "Is", name)["groups"][0]["conditions"] for name in ("Ada", "Bea"))
    assert names(virtuous, {"groups": [{"conditions": ada + last}, {"conditions": bea}]}) == ["Ada Lane", "Bea Lane"]
    assert names(virtuous, {"groups": [{"conditions": ada + bea}]}) == []


def test_the_last_modified_date_is_a_day(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_time("2026-07-02T06:30:00Z")
    virtuous.freeze()
    make(virtuous)
    same_day = ("2026-07-01", "07/01/2026", "2026-07-01T23:59:59", "Today")
    for value in same_day:
        assert names(virtuous, asked("Last Modified Date", "OnOrAfter", value)) == ["Ada Lane"], value
    assert names(virtuous, asked("Last Modified Date", "After", "2026-07-01")) == [], "no later moment of that day"
    assert names(virtuous, asked("Last Modified Date", "Between", "2026-06-30", secondaryValue="2026-07-01")) != []
    virtuous.set_options(day_zone="utc")
    assert names(virtuous, asked("Last Modified Date", "After", "2026-07-01")) == ["Ada Lane"]


def test_seeds_can_be_old(virtuous: VirtuousOrganisation) -> None:
    virtuous.seed(2, days_ago=40)
    virtuous.seed(1, first=2)
    assert query(virtuous, asked("Last Modified Date", "OnOrAfter", "30 Days Ago")).json()["total"] == 1
    assert query(virtuous, asked("Create Date", "Before", "Yesterday")).json()["total"] == 2


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Yesterday", True),
        ("30 Days Ago", True),
        ("Last Sunday", True),
        ("Start Of This Month", True),
        ("This Calendar Year", True),
        ("One Year Ago", True),
        ("Tomorrow", False),
        ("One week from now", False),
    ],
)
def test_words_for_days(virtuous: VirtuousOrganisation, words: str, found: bool) -> None:
    make(virtuous)
    assert (names(virtuous, asked("Create Date", "OnOrAfter", words)) == ["Ada Lane"]) is found


def test_moments_where_there_are_any(virtuous: VirtuousOrganisation) -> None:
    virtuous.freeze()
    virtuous.set_time("2026-07-01T12:00:00Z")
    make(virtuous)
    after = asked("Last Modified DateTime UTC", "After", "2026-07-01T11:59:59Z")
    assert names(virtuous, after) == ["Ada Lane"]
    assert names(virtuous, asked("Last Modified DateTime UTC", "After", "2026-07-01T12:00:00")) == []
    virtuous.set_options(contact_modified_moment=False)
    assert query(virtuous, after).status_code == 400
    assert query(virtuous, after, path="Gift").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        asked("Last Modified", "OnOrAfter", "2026-07-01"),
        asked("Last Modified Date", "Is After", "2026-07-01"),
        asked("Last Modified Date", "OnOrAfter", "soon"),
        asked("Last Modified Date", "OnOrAfter"),
        asked("Contact Id", "Greater Than", "5"),
        asked("Contact Id", "In", "5"),
    ],
)
def test_conditions_that_are_refused(virtuous: VirtuousOrganisation, wrong: Json) -> None:
    answer = query(virtuous, wrong)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


def test_unknown_parameters_may_be_ignored(virtuous: VirtuousOrganisation) -> None:
    make(virtuous)
    virtuous.set_options(unknown_condition="ignored")
    assert names(virtuous, asked("Modified", "OnOrAfter", "2099-01-01")) == ["Ada Lane"]


def test_the_order(virtuous: VirtuousOrganisation) -> None:
    ids = [make(virtuous, name)["id"] for name in ("Bea", "Ada")]
    virtuous.advance(60)
    virtuous.staff_edit("contact", ids[0], informalName="B")
    assert names(virtuous, {"sortBy": "Name"}) == ["Ada Lane", "Bea Lane"]
    assert names(virtuous, {"sortBy": "Last Modified Date", "descending": "true"}) == ["Bea Lane", "Ada Lane"]
    assert names(virtuous, {"sortBy": "Shoe Size"}) == ["Bea Lane", "Ada Lane"]
    virtuous.set_options(unsorted="modified")
    assert names(virtuous, {}) == ["Ada Lane", "Bea Lane"], "an edit moves a row between pages"
    virtuous.set_options(unknown_sort="refused")
    assert query(virtuous, {"sortBy": "Shoe Size"}).status_code == 400


def test_full_contacts_are_as_read_one_by_one(virtuous: VirtuousOrganisation) -> None:
    contact = make(virtuous, referenceSource=SOURCE, referenceId="1")
    full = virtuous.api.post("/Contact/Query/FullContact", json={}).json()
    assert full == {"list": [contact], "total": 1}
    row = query(virtuous, {}).json()["list"][0]
    assert (row["email"], row["contactType"]) == ("ada@example.org", "Household")
    assert "contactReferences" not in row


def test_custom_fields_are_parameters_too(virtuous: VirtuousOrganisation) -> None:
    virtuous.custom_field("Tier", display_name="Donor Tier")
    make(virtuous, customFields={"Tier": "Gold"})
    make(virtuous, "Bea")
    assert names(virtuous, asked("Donor Tier", "Is", "Gold")) == ["Ada Lane"]
    options = virtuous.api.get("/Contact/QueryOptions").json()
    by_name = {row["parameter"]: row for row in options["options"]}
    assert {"Last Modified Date", "Donor Tier"} <= set(by_name)
    days = [row["operator"] for row in by_name["Last Modified Date"]["operatorOptions"]]
    assert "OnOrAfter" in days
    assert "Contains" not in days
    multiple = {row["operator"] for row in options["operatorOptions"] if row["multipleValuesAllowed"]}
    assert multiple == {"In", "NotIn", "IsAnyOf", "IsNoneOf"}


def test_gifts_are_found_by_their_transaction(virtuous: VirtuousOrganisation) -> None:
    hand_in(
        virtuous, gift("D-1"), gift("D-2", amount="60.00", designations=[{"code": "SCH", "amountDesignated": "60"}])
    )
    virtuous.run_everything()
    for body in (
        asked("Transaction Id", "Is", "D-2"),
        asked("Amount", "GreaterThan", "50"),
        asked("Project Code", "Is", "SCH"),
        asked("Gift Date", "Is", "2026-07-01") | {"sortBy": "Amount", "descending": True},
    ):
        full = virtuous.api.post("/Gift/Query/FullGift", json=body).json()["list"]
        assert full[0]["transactionId"] == "D-2"
    row = query(virtuous, asked("Transaction Source", "Is", SOURCE), path="Gift").json()["list"][0]
    assert (row["amount"], "transactionId" in row) == ("$50.00", False)


@pytest.mark.parametrize("path", ["ContactIndividual", "Project", "RecurringGift"])
def test_other_kinds(virtuous: VirtuousOrganisation, path: str) -> None:
    hand_in(virtuous, gift(frequency="Monthly"))
    virtuous.run_everything()
    found = query(virtuous, asked("Create Date", "OnOrBefore", "Tomorrow"), path=path).json()
    assert found["total"] >= 1
    assert found["list"][0] == virtuous.api.get(f"/{path}/{found['list'][0]['id']}").json()
    assert virtuous.api.get(f"/{path}/QueryOptions").status_code == 200
