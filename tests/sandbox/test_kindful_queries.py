"""Queries: filters, columns, pages of 50, and tokens that die."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.kindful import KindfulAccount
from tests.sandbox.kindful_words import ADA, GIFT, contacts, done, gifts, give, link

pytest_plugins = ["tests.sandbox.kindful_fixtures"]


def ask(account: KindfulAccount, kind: str = "contacts", **body: Any) -> httpx.Response:
    return account.api.post(f"/{kind}/query", json=body)


def pages(account: KindfulAccount, **body: Any) -> list[list[int]]:
    """The ids of all pages of a query."""
    found = []
    answer = ask(account, **body).json()
    while True:
        found.append([row["id"] for row in answer["results"]])
        if not answer["has_more"]:
            return found
        answer = ask(account, query_token=answer["query_token"]).json()


def test_pages_are_of_50(kindful: KindfulAccount) -> None:
    people = kindful.seed(120)["people"]
    first = ask(kindful, query=["not_linked"], per_page=80).json()
    assert (first["page"], len(first["results"]), first["has_more"]) == (1, 50, True)
    assert first["_links"]["next"]["href"].endswith(first["query_token"])
    found = pages(kindful, query=["not_linked"])
    assert ([len(page) for page in found], [row for page in found for row in page]) == ([50, 50, 20], people)
    assert [len(page) for page in pages(kindful, query=["not_linked"], per_page=40)] == [40, 40, 40]


def test_a_last_page_has_no_next(kindful: KindfulAccount) -> None:
    kindful.seed(2)
    only = ask(kindful, query=["not_linked"]).json()
    assert (only["has_more"], only["_links"]) == (False, {})
    assert ask(kindful, query_token=only["query_token"]).json()["results"] == []


@pytest.mark.parametrize(("how", "told"), [("404", 404), ("500", 500), ("empty", 200)])
def test_a_token_dies_after_five_idle_minutes(kindful: KindfulAccount, how: str, told: int) -> None:
    kindful.seed(300)
    kindful.freeze()
    kindful.set_options(dead_token=how)
    token = ask(kindful, query=["not_linked"]).json()["query_token"]
    for _ in range(3):
        kindful.advance(290)
        assert len(ask(kindful, query_token=token).json()["results"]) == 50
    kindful.advance(301)
    dead = ask(kindful, query_token=token)
    assert dead.status_code == told
    if told == 200:
        assert (dead.json()["results"], dead.json()["has_more"]) == ([], False)


def test_a_shorter_life_for_impatient_tests(kindful: KindfulAccount) -> None:
    kindful.set_options(token_idle_seconds=10)
    token = ask(kindful, query=["not_linked"]).json()["query_token"]
    kindful.advance(11)
    assert ask(kindful, query_token=token).status_code == 404


def test_a_token_is_its_applications_and_its_kinds(kindful: KindfulAccount) -> None:
    kindful.seed(60)
    token = ask(kindful, query=["not_linked"]).json()["query_token"]
    assert kindful.partner().post("/contacts/query", json={"query_token": token}).status_code == 404
    assert ask(kindful, "transactions", query_token=token).status_code == 404
    assert ask(kindful, query_token="tok_nobody").status_code == 404


@pytest.mark.parametrize(("paging", "seen"), [("snapshot", 100), ("live", 50)])
def test_linking_while_paging(kindful: KindfulAccount, paging: str, seen: int) -> None:
    kindful.set_options(paging=paging)
    kindful.seed(100)
    first = ask(kindful, query=["not_linked"]).json()
    rows = [{"id": row["id"], "external_id": f"x-{row['id']}", "sync_version": "1"} for row in first["results"]]
    link(kindful, "contacts", *rows)
    second = ask(kindful, query_token=first["query_token"]).json()["results"]
    assert len(first["results"]) + len(second) == seen


def test_columns(kindful: KindfulAccount) -> None:
    give(kindful, GIFT | {"fund": "Art"})
    row = contacts(kindful, columns={"contact": ["id", "email", "shoe_size"]})[0]
    assert set(row) == {"id", "email", "record_type", "_links"}
    assert len(contacts(kindful, columns={"contact": ["all"]})[0]) == len(contacts(kindful)[0])
    columns = {"transaction": ["id"], "contact": ["external_id"], "campaign": ["name"], "fund": ["name", "external_id"]}
    gift = gifts(kindful, columns=columns)[0]
    assert set(gift) == {"id", "contact", "campaign", "fund", "record_type", "_links"}
    assert (gift["contact"]["external_id"], gift["campaign"]["name"], gift["fund"]["external_id"]) == (
        "d-1",
        "Spring",
        "Art",
    )
    assert {"campaign", "contact", "fund"}.isdisjoint(gifts(kindful)[0])


def test_custom_fields_of_a_gifts_contact(kindful: KindfulAccount) -> None:
    give(kindful, GIFT | {"shirt": "L"}, custom_fields=["shirt"])
    gift = gifts(kindful, columns={"contact": ["id"]}, contact_custom_fields=["all"])[0]
    assert gift["contact"]["custom_fields"]["shirt"]["value"] == "L"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (["linked"], ["d-1"]),
        ([{"not": ["linked"]}], [None]),
        ([{"has_email": "Yes"}], ["d-1"]),
        ([{"has_email": "No"}], [None]),
        ([{"near_postal": ["37206", "5"]}], ["d-1"]),
        ([{"near_postal": ["37299", "100"]}], ["d-1"]),
        ([{"or": ["linked", {"has_email": "No"}]}], ["d-1", None]),
        ([{"and": ["linked", {"has_email": "No"}]}], []),
        ([], ["d-1", None]),
    ],
)
def test_contact_filters(kindful: KindfulAccount, query: list[Any], found: list[Any]) -> None:
    done(kindful, ADA | {"postal": "37206"})
    kindful.staff_contact(first_name="Bea", last_name="Lane")
    assert [row["external_id"] for row in ask(kindful, query=query).json()["results"]] == found


@pytest.mark.parametrize(("top", "count"), [("and", 0), ("or", 2)])
def test_the_top_level_goes_by_option(kindful: KindfulAccount, top: str, count: int) -> None:
    kindful.set_options(top_level=top)
    done(kindful, ADA)
    kindful.staff_contact(first_name="Bea", last_name="Lane")
    assert len(contacts(kindful, "linked", "not_linked")) == count


def test_transaction_filters(kindful: KindfulAccount) -> None:
    rows = [GIFT | {"transaction_id": f"g-{day}", "transaction_time": f"2026-02-{day}"} for day in ("10", "11", "12")]
    give(kindful, *rows)
    campaign = gifts(kindful)[0]["campaign_id"]

    def days(*query: Any) -> list[str]:
        return [row["external_id"] for row in gifts(kindful, *query)]

    assert days({"after": "2026-02-11"}) == ["g-11", "g-12"]
    assert days({"before": "2026/02/11"}) == ["g-10"]
    assert days({"and": [{"after": "2026-02-11"}, {"before": "2026-02-12"}]}) == ["g-11"]
    assert (len(days({"campaign_id": campaign})), days({"campaign_id": [1]})) == (3, [])
    kindful.set_options(after_edge="exclusive")
    assert days({"after": "2026-02-11"}) == ["g-12"]


@pytest.mark.parametrize(
    "body",
    [
        {"query": ["unlinked"]},
        {"query": [{"has_email": "yes"}]},
        {"query": [{"after": "2026-02-11"}]},
        {"query": "linked"},
        {"query": [], "columns": {"donor": ["id"]}},
        {},
    ],
)
def test_a_bad_query_is_not_understood(kindful: KindfulAccount, body: dict[str, Any]) -> None:
    assert ask(kindful, **body).status_code == 500


def test_times_have_two_spellings(kindful: KindfulAccount) -> None:
    give(kindful, GIFT)
    assert gifts(kindful)[0]["transaction_time"] == "2026-03-01T12:00:00Z"
    kindful.set_options(time_format="spaced")
    assert gifts(kindful)[0]["transaction_time"] == "2026-03-01 12:00:00 UTC"


@pytest.mark.parametrize(("shown", "count"), [(True, 1), (False, 0)])
def test_a_deleted_gift_keeps_its_row(kindful: KindfulAccount, *, shown: bool, count: int) -> None:
    kindful.set_options(deleted_in_queries=shown)
    give(kindful, GIFT)
    kindful.staff("delete_gift", gifts(kindful)[0]["id"])
    found = gifts(kindful, "changed")
    assert len(found) == count
    assert all(row["deleted_at"].startswith("2026-03-02T") for row in found)
    assert give(kindful, GIFT | {"transaction_updated_at": "2099-01-01 00:00:00 UTC"})["stats"]["Transaction"] == 0


@pytest.mark.parametrize(("shown", "count"), [(False, 1), (True, 2)])
def test_splits_in_queries_go_by_option(kindful: KindfulAccount, *, shown: bool, count: int) -> None:
    kindful.set_options(splits_in_queries=shown)
    give(kindful, GIFT)
    part = {"id": "g-1:1", "transaction_id": "g-1", "unit_amount_in_cents": "5000", "quantity": "1"}
    done(kindful, part, data_format="split_transaction", action_type="create")
    assert len(gifts(kindful)) == count
