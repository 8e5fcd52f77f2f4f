"""Requests of all operations against the vendor's own collection, and what the connector makes of odd answers."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from giftbridge.connectors.base import Identity
from giftbridge.connectors.virtuous.places import country_code, country_name
from giftbridge.connectors.virtuous.refusals import explain
from giftbridge.errors import Disconnected
from tests.connectors.contract import Bench, calls, run
from tests.connectors.virtuous.case import ADA, CASE
from tests.sandbox.virtuous_collection import VirtuousCollection

OPERATIONS = [one.values[1] for one in calls() if one.values[0] == "virtuous"]
WAYS: list[Mapping[str, Any]] = [{}, {"contact_writes": "import", "create_import": True}]


def entry(request: httpx.Request) -> dict[str, Any]:
    """A request as the sandbox's journal keeps it."""
    body = json.loads(request.content) if request.content else None
    return {"method": request.method, "path": request.url.path, "query": dict(request.url.params), "body": body}


@pytest.mark.parametrize("settings", WAYS, ids=["direct", "import"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_P10_every_request_has_only_documented_fields(
    operation: str, settings: Mapping[str, Any], vendor: VirtuousCollection | None
) -> None:
    if vendor is None:
        pytest.skip("the vendor's collection is not at hand")
    bench = Bench("virtuous", CASE, settings=settings)
    run(bench, operation)
    assert [problem for request in bench.sent for problem in vendor.problems(entry(request))] == []


def test_a_sandbox_is_told_by_its_name() -> None:
    identity = Bench("virtuous", CASE).connector.identify()
    name = "Example Fund (Sandbox)"
    assert identity == Identity("501-20260130142056277", name, demo=True, time_zone="US/Arizona")


def test_a_key_and_a_token_are_both_a_bearer() -> None:
    bench = Bench("virtuous", CASE)
    bench.connector.identify()
    assert bench.sent[0].headers["authorization"] == f"Bearer {CASE.credentials['api_key']['api_key']}"


def test_a_refused_key_is_told_in_plain_text() -> None:
    text = "Authorization has been denied for this request."
    bench = Bench("virtuous", CASE, troubles={0: lambda _: httpx.Response(401, text=text)})
    with pytest.raises(Disconnected):
        bench.connector.identify()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"message": "The current user does not have permissions to perform this action."}, "not_permitted"),
        ({"message": "The request is invalid.", "modelState": {"contact.name": ["An error"]}}, "invalid_request"),
        ({"error": {"code": "VALIDATION_FAILED", "message": "The project was not found."}}, "fund_unknown"),
        ({"error": "invalid_grant", "error_description": "Something else"}, "refused"),
        ("A contact with this email address already exists.", "email_taken"),
        ({"message": "Ada Lane is odd"}, "refused"),
    ],
)
def test_refusals_have_codes_of_ours(body: Any, code: str) -> None:
    told = explain(400, body)
    assert told is not None
    assert told[0] == code
    assert "Ada" not in told[1]


def test_an_empty_refusal_is_left_to_its_status() -> None:
    assert explain(404, None) is None


@pytest.mark.parametrize(
    ("name", "code"), [("United States", "US"), ("usa", "US"), ("ca", "CA"), ("Germany", "DE"), ("Narnia", "Narnia")]
)
def test_countries_are_known_by_name_and_code(name: str, code: str) -> None:
    assert country_code(name) == code
    assert country_code(country_name(code)) == code


def test_a_contact_in_another_form_than_documented_stops_no_other() -> None:
    listed = CASE.fixture("contacts.json")
    listed["list"][1]["contactIndividuals"] = "many"
    bench = Bench("virtuous", CASE, troubles=dict.fromkeys((1, 2), lambda _: httpx.Response(200, json=listed)))
    rows = {record.id: record for record in bench.connector.contact_changes("").rows}
    assert rows["502"].problem
    assert rows[ADA].contact.first_name == "Ada"
