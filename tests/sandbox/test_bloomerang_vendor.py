"""The sandbox held against the vendor's own document (skipped where it is not at hand)."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.bloomerang import BloomerangDatabase
from tests.sandbox.vendor_schema import VendorDocument

CARD = {
    "CreditCardType": "Visa",
    "CreditCardLastFourDigits": "4242",
    "CreditCardExpMonth": 12,
    "CreditCardExpYear": 2028,
}
FULL: dict[str, Any] = {
    "Type": "Individual",
    "FirstName": "Ada",
    "LastName": "Lopez",
    "PrimaryEmail": {"Type": "Home", "Value": "ada@example.org"},
    "PrimaryPhone": {"Type": "Mobile", "Number": "555-555-0100"},
    "PrimaryAddress": {"Type": "Home", "Street": "1 Main St", "City": "Austin", "State": "TX", "Country": "US"},
    "CommunicationRestrictions": ["DoNotCall"],
}


def entry(method: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
    return {"method": method, "path": f"/v2{path}", "query": query, "headers": {}, "body": body}


def gift(account: int, fund: int, **changes: Any) -> dict[str, Any]:
    row = {"Type": "Donation", "Amount": 10, "FundId": fund, "Note": "ref"} | changes.pop("row", {})
    base = {"AccountId": account, "Date": "2026-08-01", "Amount": 10, "Method": "CreditCard", **CARD}
    return base | {"Designations": [row]} | changes


def script(database: BloomerangDatabase) -> None:
    """Calls of every kind, all of them accepted."""
    field = database.custom_field("External id")
    person = database.api.post("/constituent", json=FULL).json()["Id"]
    custom = {"CustomValues": [{"FieldId": field, "Value": "x"}]}
    made = database.api.post("/transaction", json=gift(person, database.fund(), row=custom)).json()
    home = database.seed(2, organizations=1, households=1)["households"][0]
    interaction = {"AccountId": person, "Date": "2026-08-01", "Channel": "Mail", "Purpose": "Other", "Subject": "Hi"}
    interests = {"UpdateReason": "Asked", "EmailInterestType": "OptedOut"}
    row = made["Designations"][0]["Id"]
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/database", None),
        ("GET", "/user/current", None),
        ("GET", "/constituents?lastModified=2020-01-01T00:00:00Z&orderBy=LastModifiedDate&take=5", None),
        ("GET", f"/constituent/{person}", None),
        ("PUT", f"/constituent/{person}", {"JobTitle": "Chef"}),
        ("PUT", f"/constituent/{person}/updateCommunicationSettings", {"EmailInterests": interests}),
        ("GET", "/constituents/search?search=lopez", None),
        ("GET", "/constituents/search?search=household", None),
        ("GET", "/constituent/duplicates?firstName=Ada&lastName=Lopez&emailAddress=ada@example.org", None),
        (
            "POST",
            "/constituent/merge",
            {name: FULL[name] for name in ("Type", "FirstName", "LastName", "PrimaryEmail")},
        ),
        ("POST", "/email", {"AccountId": person, "Type": "Home", "Value": "b@example.org"}),
        ("POST", "/phone", {"AccountId": person, "Type": "Work", "Number": "5555550111"}),
        ("POST", "/address", {"AccountId": person, "Type": "Work", "Street": "2 Oak", "Country": "US"}),
        ("GET", f"/emails?constituent={person}", None),
        ("GET", f"/phones?constituent={person}", None),
        ("GET", f"/addresses?constituent={person}", None),
        ("GET", f"/households?id={home}", None),
        ("GET", f"/household/{home}", None),
        ("GET", f"/transactions?accountId={person}&customFieldId={field}&customFieldValue=x", None),
        ("GET", f"/transaction/{made['Id']}", None),
        ("PUT", f"/transaction/{made['Id']}", gift(person, 0, Designations=[{"Id": row, "Amount": 10, "Note": "new"}])),
        ("GET", "/transactions/designations", None),
        ("GET", f"/transactions/designation/{row}", None),
        ("POST", "/softcredit", {"AccountId": person, "Amount": 5, "DesignationId": row}),
        ("GET", "/softcredits", None),
        ("POST", "/refund", {"TransactionId": made["Id"], "Date": "2026-08-02", "RunProcessorRefund": False}),
        ("GET", "/refunds", None),
        ("POST", "/tribute", {"Name": "Jo", "TributeType": "InHonorOf"}),
        ("GET", "/tributes", None),
        ("POST", "/interaction", interaction),
        ("GET", f"/interactions?constituent={person}", None),
        ("POST", "/note", {"AccountId": person, "Date": "2026-08-01", "Note": "Hello"}),
        ("GET", "/notes", None),
        ("POST", "/fund", {"Name": "Roof"}),
        ("GET", "/funds?isActive=true", None),
        ("POST", "/campaign", {"Name": "Roof", "Goal": 5}),
        ("GET", "/campaigns", None),
        ("POST", "/appeal", {"Name": "Letter"}),
        ("GET", "/appeals", None),
        ("GET", "/emailInterests", None),
        ("GET", "/customFields/Transaction/", None),
        ("GET", "/customValues/Transaction", None),
        ("GET", "/customFieldCategories/Note/", None),
        ("DELETE", f"/transaction/{made['Id']}", None),
        ("DELETE", f"/constituent/{person}", None),
    ]
    for method, path, body in calls:
        answer = database.api.request(method, path, **({} if body is None else {"json": body}))
        assert answer.status_code == 200, (method, path, answer.text)
        ANSWERS.append((method, path.split("?")[0], answer.json()))


ANSWERS: list[tuple[str, str, Any]] = []


def test_accepted_requests_and_their_answers_fit_the_document(
    bloomerang: BloomerangDatabase, vendor_document: VendorDocument
) -> None:
    ANSWERS.clear()
    script(bloomerang)
    wrong = {f"{item['method']} {item['path']}": vendor_document.problems(item) for item in bloomerang.journal()}
    assert {call: found for call, found in wrong.items() if found} == {}
    answers = {
        f"{method} {path}": vendor_document.answer_problems(method, path, body) for method, path, body in ANSWERS
    }
    assert {call: found for call, found in answers.items() if found} == {}


@pytest.mark.parametrize(
    "wrong",
    [
        entry("POST", "/constituent", FULL | {"Fristname": "Ada"}),
        entry("POST", "/constituent", FULL | {"PrimaryEmail": {"Type": "Home", "Adress": "a@example.org"}}),
        entry("POST", "/constituent", {"FirstName": "Ada"}),
        entry("POST", "/constituents", FULL),
        entry("PUT", "/constituent/5", {"HouseholdId": 5}),
        entry("PUT", "/constituent/5/updateCommunicationSettings", {"EmailInterests": {"EmailInterestType": "All"}}),
        entry("POST", "/transaction", gift(5, 5) | {"Ammount": 10}),
        entry("POST", "/transaction", gift(5, 5) | {"CheckNumber": "1"}),
        entry("POST", "/transaction", gift(5, 5, Method="Check")),
        entry("POST", "/transaction", gift(5, 5, row={"Fund": {"Id": 5}})),
        entry("POST", "/transaction", gift(5, 5, row={"Id": 5})),
        entry(
            "POST", "/transaction", gift(5, 5, row={"CustomValues": [{"FieldId": 1, "Value": {"Id": 1, "Value": "x"}}]})
        ),
        entry("POST", "/transaction", gift(5, 5, Method="Credit Card")),
        entry("PUT", "/transaction/5", gift(5, 5, Designations=[{"Id": 5, "Ammount": 10}])),
        entry("POST", "/refund", {"TransactionId": 5}),
        entry("POST", "/refund", {"TransactionId": 5, "Date": "2026-01-01", "Amount": 5}),
        entry("GET", "/constituents", modifiedSince="2026-01-01"),
        entry("GET", "/constituents", orderBy="Name"),
        entry("GET", "/constituents", take="51"),
        entry("GET", "/constituents", id="1,2"),
        entry("GET", "/phones", lastModified="2026-01-01T00:00:00Z"),
        entry("GET", "/constituent/abc"),
        entry("GET", "/users"),
    ],
)
def test_the_validator_has_something_against_wrong_requests(
    vendor_document: VendorDocument, wrong: dict[str, Any]
) -> None:
    assert vendor_document.problems(wrong) != []


@pytest.mark.parametrize(
    "right",
    [
        entry("POST", "/transaction", gift(5, 5)),
        entry("PUT", "/transaction/5", gift(5, 5, Designations=[{"Id": 5, "Amount": 10, "Note": "x"}])),
        entry("PUT", "/constituent/5", {"CustomValues": [{"FieldId": 1, "Value": None}]}),
        entry("POST", "/refund", {"TransactionId": 5, "Date": "2026-01-01"}),
        entry("GET", "/customFields/Transaction"),
        entry("GET", "/constituents", id="1|2", take="50"),
        entry("POST", "/oauth/token", {"grant_type": "refresh_token"}),
    ],
)
def test_the_validator_lets_right_requests_pass(vendor_document: VendorDocument, right: dict[str, Any]) -> None:
    assert vendor_document.problems(right) == []


def test_a_repeated_parameter_and_a_wrong_header_are_noticed(vendor_document: VendorDocument) -> None:
    repeated = entry("GET", "/constituents", id="1") | {"repeated_query": ["id"]}
    assert vendor_document.problems(repeated) != []
    header = entry("POST", "/transaction", gift(5, 5)) | {"headers": {"methodorigin": "Website"}}
    assert vendor_document.problems(header) != []


def test_an_unknown_field_in_an_answer_is_noticed(vendor_document: VendorDocument) -> None:
    assert vendor_document.answer_problems("GET", "/fund/5", {"Id": 5, "Name": "Roof"}) == []
    assert vendor_document.answer_problems("GET", "/fund/5", {"Id": 5, "Nmae": "Roof"}) != []


@pytest.mark.parametrize("body", [gift(5, 5, Ammount=10), FULL | {"Fristname": "Ada"}])
def test_the_sandbox_refuses_what_the_validator_refuses(bloomerang: BloomerangDatabase, body: dict[str, Any]) -> None:
    path = "/transaction" if "Method" in body else "/constituent"
    assert bloomerang.api.post(path, json=body).status_code == 400
