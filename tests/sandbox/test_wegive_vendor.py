"""The sandbox held against the vendor's own document (skipped where it is not at hand)."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.wegive import WeGiveOrganisation
from tests.sandbox.wegive_calls import ids, one
from tests.sandbox.wegive_schema import WeGiveDocument

pytest_plugins = ["tests.sandbox.wegive_fixtures"]

ADA = {"type": "individual", "email": "ada@example.org", "first_name": "Ada", "last_name": "Lane", "phone": None}


def entry(method: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
    return {"method": method, "path": f"/api/dashboard{path}", "query": query, "headers": {}, "body": body}


WINDOW = "updated_at[start]=2020-01-01T00:00:00Z&refunded_at[end]=2030-01-01&sort[id]=asc&count=200&page=1"
LISTS = (
    f"transactions?{WINDOW}&view=all&type=both&is_test=false",
    "transactions?count=100",
    "donors?sort[id]=asc&created_at[start]=2020-01-01&count=200&view=both",
    "funds?view=all",
    "fund-allocations",
    "campaigns?type=general",
    "scheduled-donations?status=all&updated_at[start]=2020-01-01",
    "pledges?sort[id]=asc",
    "soft-credits",
    "payouts",
    "households",
    "tags?search=sync",
    "notes",
    "custom-fields?model=donor",
)
DETAILS = [
    "transactions",
    "donors",
    "funds",
    "campaigns",
    "scheduled-donations",
    "pledges",
    "soft-credits",
    "payouts",
    "households",
    "tags",
]


def fill(organisation: WeGiveOrganisation) -> int:
    """A world with one of everything; returns a donor's id."""
    donor = organisation.seed(3, companies=1, households=1, gifts=9, mixed=True)["people"][0]
    plan = organisation.schedule(donor, split=[organisation.fund_id(), organisation.fund_id("Building")])
    organisation.charge(plan)
    organisation.act("retry", id=organisation.charge(plan, status="failed"))
    gift = organisation.give(
        donor, pledge=organisation.pledge(donor), campaign=organisation.campaign_id(), cover_fees=True, fee=150
    )
    organisation.act("soft-credit", donor=donor, gift=gift, amount=100)
    organisation.act("payout", ids=[gift])
    assert organisation.api.post("/dashboard/tags", json={"name": "Synced"}).status_code == 200
    return donor


def script(organisation: WeGiveOrganisation) -> list[tuple[str, str, Any]]:
    """Calls of every kind that are all accepted."""
    donor = fill(organisation)
    chosen = {"model_type": "donor", "all": False, "ids": [str(donor)]}
    state = organisation.state()
    tag = state["tags"][0]["id"]
    details = [f"{resource}/{row['id']}" for resource in DETAILS for row in state[resource]]
    return [
        ("POST", "/donors/find-or-create", ADA),
        *(("GET", f"/{path}", None) for path in (*LISTS, *details)),
        ("PUT", f"/tags/{tag}", {"name": "Bridge"}),
        ("POST", f"/tags/{tag}/trigger-tagging", {}),
        ("POST", "/model-tag-donors", chosen | {"tags": [str(tag)]}),
        ("POST", "/model-resync", chosen),
        ("DELETE", "/model-archive", chosen),
        ("PUT", "/model-restore", chosen),
        ("POST", "/virtual-terminal/generate-url", {"designation_id": "5", "amount": 50}),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ids": "text", "amounts": "cents_text", "flags": "text", "total": "text", "single_fund_rows": "one"},
        {"amounts": "dollars_text", "related": "name", "detail_columns": "declared", "stamps": "sql"},
    ],
)
def test_accepted_requests_and_their_answers_fit_the_document(
    wegive: WeGiveOrganisation, wegive_document: WeGiveDocument, options: dict[str, str]
) -> None:
    calls = script(wegive)
    wegive.set_options(**options)
    wegive.reset_journal()
    assert len(calls) > len(LISTS) + 2 * len(DETAILS)
    wrong: dict[str, list[str]] = {}
    for method, path, body in calls:
        sent = {} if body is None else {"json": body}
        answer = wegive.api.request(method, f"/dashboard{path}", **sent)
        assert answer.status_code == 200, (method, path, answer.text)
        bare = f"/api/dashboard{path.partition('?')[0]}"
        wrong[f"{method} {path}"] = wegive_document.answer_problems(method, bare, answer.json())
    assert {call: found for call, found in wrong.items() if found} == {}
    sent_wrong = {item["path"]: wegive_document.problems(item) for item in wegive.journal()}
    assert {path: found for path, found in sent_wrong.items() if found} == {}


def test_refusals_fit_the_document(wegive: WeGiveOrganisation, wegive_document: WeGiveDocument) -> None:
    wegive.set_options(forbidden=["funds"])
    for method, path, status in (
        ("GET", "/transactions/5", 404),
        ("GET", "/transactions?count=201", 422),
        ("GET", "/funds", 403),
        ("POST", "/donors/find-or-create", 422),
        ("POST", "/tags", 422),
    ):
        answer = wegive.api.request(method, f"/dashboard{path}", json={} if method == "POST" else None)
        assert answer.status_code == status
        bare = f"/api/dashboard{path.partition('?')[0]}"
        assert wegive_document.answer_problems(method, bare, answer.json(), status) == []


def test_a_declared_detail_has_exactly_the_documents_names(
    wegive: WeGiveOrganisation, wegive_document: WeGiveDocument
) -> None:
    wegive.set_options(detail_columns="declared")
    gift = wegive.give(wegive.donor(first_name="Ada"))
    assert set(one(wegive, "transactions", gift)) == wegive_document.names("TransactionViewResource")
    donor = ids(wegive, "donors")[0]
    assert set(one(wegive, "donors", donor)) == wegive_document.names("DonorViewResource")


def test_every_declared_question_is_understood(wegive: WeGiveOrganisation, wegive_document: WeGiveDocument) -> None:
    wegive.set_options(unknown_query="refused")
    asked = {resource: wegive_document.queries(resource) for resource in (*DETAILS, "notes", "fundraisers")}
    assert "refunded_at[start]=20260101" in asked["transactions"]
    for resource, queries in asked.items():
        for query in queries:
            answer = wegive.api.get(f"/dashboard/{resource}?{query}")
            assert answer.status_code == 200, (resource, query, answer.text)


@pytest.mark.parametrize(
    "wrong",
    [
        entry("POST", "/transactions", {"amount": 5}),
        entry("POST", "/donors/find-or-create", {"type": "individual"}),
        entry("POST", "/donors/find-or-create", ADA | {"frist_name": "Ada"}),
        entry("POST", "/donors/find-or-create", ADA | {"type": "household"}),
        entry("POST", "/donors/find-or-create", ADA | {"address": {"city": "Austin"}}),
        entry("POST", "/donors/find-or-create"),
        entry("GET", "/transactions", {"amount": 5}),
        entry("GET", "/transactions", updated_since="2026-01-01"),
        entry("GET", "/transactions", updated_at="2026-01-01"),
        entry("GET", "/transactions", count="201"),
        entry("GET", "/transactions", count="many"),
        entry("GET", "/transactions", view="deleted"),
        entry("GET", "/transactions", **{"updated_at[from]": "2026-01-01"}),
        entry("GET", "/transactions", **{"sort[date]": "asc"}),
        entry("GET", "/transactions", **{"sort[id]": "up"}),
        entry("GET", "/transactions", **{"status[0]": "success"}),
        entry("GET", "/donors", **{"updated_at[start]": "2026-01-01"}),
        entry("GET", "/soft-credits", page="2"),
        entry("GET", "/donors/abc"),
        entry("GET", "/webhooks"),
        entry("GET", "/transactions", page="1") | {"repeated_query": ["page"]},
    ],
)
def test_the_validator_has_something_against_wrong_requests(
    wegive_document: WeGiveDocument, wrong: dict[str, Any]
) -> None:
    assert wegive_document.problems(wrong) != []


@pytest.mark.parametrize(
    "right",
    [
        entry("GET", "/transactions", **{"updated_at[start]": "2026-01-01", "sort[id]": "asc", "count": "200"}),
        entry("GET", "/transactions", view="all", type="both", status="success"),
        entry("POST", "/donors/find-or-create", ADA),
        entry("GET", "/donors/5"),
    ],
)
def test_the_validator_lets_right_requests_pass(wegive_document: WeGiveDocument, right: dict[str, Any]) -> None:
    assert wegive_document.problems(right) == []


def test_wrong_answers_are_noticed(wegive: WeGiveOrganisation, wegive_document: WeGiveDocument) -> None:
    wegive.give(wegive.donor(first_name="Ada"))
    body = wegive.api.get("/dashboard/transactions").json()
    path = "/api/dashboard/transactions"
    assert wegive_document.answer_problems("GET", path, body) == []
    row = body["data"][0]
    for spoilt in ({**row, "updated_at": "x"}, {name: row[name] for name in row if name != "amount"}):
        assert wegive_document.answer_problems("GET", path, body | {"data": [spoilt]}) != []
    assert wegive_document.answer_problems("GET", path, {"data": []}) != []
    donor_without_name = {name: value for name, value in row["donor"].items() if name != "name"}
    nested = row | {"donor": donor_without_name, "fund_allocations": [{"id": "5", "fund": None, "amount": 1}]}
    found = wegive_document.answer_problems("GET", path, body | {"data": [nested]})
    assert sorted(found) == [
        "$.donor: 'name' is a required property",
        "$.fund_allocations[0].id: '5' is not of type 'integer', 'null'",
    ]
