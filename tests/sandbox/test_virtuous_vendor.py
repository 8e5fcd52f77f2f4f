"""The sandbox held against the vendor's own collection (skipped where it is not at hand)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.sandbox.common.remote import NO_TLS
from local.sandbox.virtuous import VirtuousOrganisation, VirtuousSandbox, shapes
from local.sandbox.virtuous.api import ROUTES
from local.sandbox.virtuous.binding import Rows, Shape
from tests.sandbox.vendor_schema import SPECS_VARIABLE
from tests.sandbox.virtuous_collection import VirtuousCollection, missing
from tests.sandbox.virtuous_help import ADDRESS, SECRET, gift, household

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

Json = dict[str, Any]
# Fields that other first-hand sources have and the collection's samples have not.
BESIDE = {
    "customObjects", "customObjects.name", "customObjects.fields", "customObjects.fields.name",
    "customObjects.fields.value", "gender", "birthMonth", "birthDay", "birthYear", "skip", "take",
}  # fmt: skip
SHAPES = [
    (shapes.SWITCH, "PUT", "/api/Organization/Switch"),
    (shapes.ARCHIVE, "PUT", "/api/Contact/Archive/5"),
    (shapes.SEARCH, "POST", "/api/Contact/Search"),
    (shapes.CONTACT_CREATE, "POST", "/api/Contact"),
    (shapes.CONTACT_UPDATE, "PUT", "/api/Contact/5"),
    (shapes.CONTACT_TRANSACTION, "POST", "/api/Contact/Transaction"),
    (shapes.CONTACT_BATCH, "POST", "/api/Contact/Batch"),
    (shapes.CONTACT_QUERY, "POST", "/api/Contact/Query"),
    (shapes.INDIVIDUAL_CREATE, "POST", "/api/ContactIndividual"),
    (shapes.INDIVIDUAL_UPDATE, "PUT", "/api/ContactIndividual/5"),
    (shapes.METHOD_CREATE, "POST", "/api/ContactMethod"),
    (shapes.METHOD_UPDATE, "PUT", "/api/ContactMethod/5"),
    (shapes.ADDRESS_CREATE, "POST", "/api/ContactAddress"),
    (shapes.ADDRESS_UPDATE, "PUT", "/api/ContactAddress/5"),
    (shapes.REFERENCE, "POST", "/api/ContactReference"),
    (shapes.CONTACT_TAG, "POST", "/api/ContactTag"),
    (shapes.GIFT_TRANSACTION, "POST", "/api/v2/Gift/Transaction"),
    (shapes.GIFT_BATCH, "POST", "/api/v2/Gift/Transactions"),
    (shapes.GIFT_CREATE, "POST", "/api/Gift"),
    (shapes.GIFT_UPDATE, "PUT", "/api/Gift/5"),
    (shapes.REVERSAL, "POST", "/api/Gift/ReversingTransaction"),
    (shapes.QUERY, "POST", "/api/Gift/Query"),
    (shapes.RECURRING_CREATE, "POST", "/api/RecurringGift"),
    (shapes.RECURRING_UPDATE, "PUT", "/api/RecurringGift/5"),
    (shapes.RECURRING_CANCEL, "PUT", "/api/RecurringGift/Cancel/5"),
    (shapes.PROJECT, "POST", "/api/Project"),
    (shapes.PROJECT, "PUT", "/api/Project/5"),
    (shapes.PROJECT_BALANCE, "PUT", "/api/Project/5/Balance"),
    (shapes.WEBHOOK, "POST", "/api/Webhook"),
]


@pytest.fixture(scope="session")
def collection() -> VirtuousCollection:
    """The vendor's own collection."""
    found = VirtuousCollection.from_environment()
    if found is None:
        pytest.skip(f"{SPECS_VARIABLE} names no folder with the vendor's collection")
    return found


def declared(shape: Shape, prefix: str = "") -> Iterator[str]:
    """The fields of a shape with those below them, dotted."""
    for name, field in shape.fields.items():
        yield f"{prefix}{name}"
        below = field.shape if isinstance(field, Rows) else field
        if isinstance(below, Shape):
            yield from declared(below, f"{prefix}{name}.")


def documented(sample: Any, prefix: str = "") -> Iterator[str]:
    """The fields of a sample, dotted; custom fields by name are none of its own."""
    rows = sample[0] if isinstance(sample, list) else sample
    if isinstance(rows, dict) and "fieldName" not in rows:
        for name, part in rows.items():
            yield f"{prefix}{name}"
            yield from documented(part, f"{prefix}{name}.")


@pytest.mark.parametrize(("shape", "method", "path"), SHAPES)
def test_write_models_are_the_documented_ones(
    collection: VirtuousCollection, shape: Shape, method: str, path: str
) -> None:
    ours, theirs = set(declared(shape)), set(documented(collection.body(method, path)))
    assert theirs - ours == set()
    # One sample of two leaves the misspelt date out; rows of the batch are the same transactions.
    more = {name for name in ours - theirs if name.split(".", 1)[-1] not in BESIDE | {"pledgeExpectedFullfillmentDate"}}
    assert {name for name in more if name not in BESIDE} == set()


def test_bulk_bodies_are_lists_of_the_documented_rows(collection: VirtuousCollection) -> None:
    for shape, method, path in [
        (shapes.GIFT_PATCH, "PATCH", "/api/Gift"),
        (shapes.PROJECT_PATCH, "PATCH", "/api/Project"),
    ]:
        sample = collection.body(method, path)
        assert isinstance(sample, list)
        assert set(declared(shape)) == set(documented(sample))


def test_no_path_is_made_up(collection: VirtuousCollection) -> None:
    paths = {(method, re.sub(r"\{\w+\}", "5", f"/api/{path}")) for method, path in ROUTES}
    assert {found for found in paths if not collection.knows(*found)} == set()


def script(organisation: VirtuousOrganisation) -> list[tuple[str, str, Json]]:
    """Calls of every kind, all of them accepted; the answers that have a body."""
    api, answers = organisation.api, []

    def call(method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = api.request(method, path, params=query, **({} if body is None else {"json": body}))
        assert answer.status_code == 200, (method, path, answer.text)
        if answer.content:
            answers.append((method, f"/api{path}", answer.json()))
        return answer.json() if answer.content else {}

    ada = call("POST", "/Contact", household(referenceSource="Shop", referenceId="1"))
    person, contact = ada["contactIndividuals"][0], ada["id"]
    condition = {"parameter": "Last Modified Date", "operator": "OnOrAfter", "value": "2020-01-01"}
    query = {"groups": [{"conditions": [condition]}], "sortBy": "Id", "descending": False}
    call("GET", "/Organization")
    call("GET", "/Organization/Current")
    call("GET", "/Permission")
    call("GET", f"/Contact/{contact}")
    call("GET", "/Contact/Shop/1")
    call("GET", "/Contact/Find", email="ada@example.org")
    call("POST", "/Contact/Search", {"search": "ada"}, skip="0", take="5")
    call("PUT", f"/Contact/{contact}", {"contactType": "Household", "name": "Ada"})
    call("POST", "/Contact/Query", {**query, "includeArchived": True}, skip="0", take="1000")
    call("POST", "/Contact/Query/FullContact", query, take="10")
    call("GET", "/Contact/QueryOptions")
    call("GET", "/Contact/Types")
    call("GET", f"/ContactIndividual/ByContact/{contact}")
    call("PUT", f"/ContactIndividual/{person['id']}", {"firstName": "Ada", "lastName": "Lane", "birthYear": 1980})
    call("POST", "/ContactIndividual/Query", query)
    method = {"type": "Mobile Phone", "value": "480-555-0100", "isOptedIn": True, "setAsPrimary": True}
    added = call("POST", "/ContactMethod", {**method, "contactIndividualId": person["id"]})
    call("PUT", f"/ContactMethod/{added['id']}", method)
    address = call("POST", "/ContactAddress", {"contactId": contact, **ADDRESS, "setAsPrimary": True})
    call("GET", f"/ContactAddress/{address['id']}")
    call("GET", f"/ContactAddress/ByContact/{contact}")
    call("POST", "/ContactReference", {"contactId": contact, "referenceSource": "Shop", "referenceId": "2"})
    call("DELETE", "/ContactReference/Shop", referenceId="2")
    tag = call("GET", "/Tag")["list"][0]["id"]
    call("POST", "/ContactTag", {"tagId": tag, "contactId": contact})
    call("GET", f"/ContactTag/ByContact/{contact}")
    _money(organisation, call, contact, query)
    return answers


def _money(organisation: VirtuousOrganisation, call: Any, contact: int, query: Json) -> None:
    donor = {"referenceId": "1", "firstname": "Ada", "lastname": "Lane", "email": "ada@example.org"}
    series = {"frequency": "Monthly", "recurringGiftTransactionId": "R", "transactionSource": "Shop"}
    call("POST", "/v2/Gift/Transaction", gift(contact=donor, **series))
    call("POST", "/v2/Gift/Transactions", {"transactionSource": "Shop", "transactions": [gift("D-2", contact=donor)]})
    call(
        "POST",
        "/Contact/Transaction",
        {"referenceSource": "Shop", "referenceId": "1", "firstName": "Ada", "lastName": "L"},
    )
    organisation.run_everything()
    made = call("GET", "/Gift/Shop/D-1")
    call("GET", f"/Gift/{made['id']}")
    call("GET", f"/Gift/ByContact/{contact}", sortBy="Id", descending="true", skip="0", take="5")
    call("POST", "/Gift/ReversingTransaction", {"reversedGiftId": made["id"], "giftDate": "2026-07-05", "notes": "x"})
    call("POST", "/Gift/Query", query)
    call("POST", "/Gift/Query/FullGift", query)
    call("GET", "/Gift/QueryOptions")
    call("PATCH", "/Gift", [{"id": made["id"], "notes": "Thanks"}])
    call("GET", f"/RecurringGift/ByContact/{contact}")
    call("GET", f"/Project/{organisation.project()}")
    call("POST", "/Project/Search", {"search": "gen"})
    call("PATCH", "/Project", [{"id": organisation.project(), "name": "General fund"}])
    call("GET", "/Segment/Code/GALA26")
    hook = {"payloadUrl": "https://example.org/hook", "secret": SECRET, "giftCreate": True, "active": False}
    webhook = call("POST", "/Webhook", hook)["id"]
    call("PUT", f"/Webhook/{webhook}/Active", active="false")
    call("DELETE", f"/Webhook/{webhook}")


def test_accepted_requests_and_their_answers_fit_the_collection(
    virtuous: VirtuousOrganisation, collection: VirtuousCollection
) -> None:
    answers = script(virtuous)
    wrong = {f"{item['method']} {item['path']}": collection.problems(item) for item in virtuous.journal()}
    assert {call: found for call, found in wrong.items() if found} == {}
    lacking = {
        f"{method} {path}": list(missing(collection.answer(method, path), value)) for method, path, value in answers
    }
    assert {call: found for call, found in lacking.items() if found} == {}


def test_the_token_answer_has_the_documented_fields(
    virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, collection: VirtuousCollection
) -> None:
    virtuous_server.user("doc@example.org", "secret", virtuous.name)
    form = {"grant_type": "password", "username": "doc@example.org", "password": "secret"}
    answer = httpx.post(virtuous_server.token_url, data=form, verify=NO_TLS)
    fields = {"access_token", "token_type", "expires_in", "refresh_token", "userName", "twoFactorEnabled"}
    assert set(answer.json()) == fields | {".issued", ".expires"}
    (entry,) = virtuous_server.server.journal(path="/Token")[-1:]
    assert collection.problems(entry) == []


def entry(method: str, path: str, body: Any = None, **query: str) -> Json:
    return {"method": method, "path": f"/api{path}", "query": query, "headers": {}, "body": body}


@pytest.mark.parametrize(
    "wrong",
    [
        entry("GET", "/Webhook"),
        entry("DELETE", "/Contact/5"),
        entry("POST", "/Contact", household(fristName="Ada")),
        entry("POST", "/Contact", household(contactAddresses=[ADDRESS])),
        entry("POST", "/Contact", household(anniversaryYear="1980")),
        entry("PUT", "/Contact/5", household()),
        entry("POST", "/Contact/Query", {}, page="1"),
        entry("POST", "/v2/Gift/Transaction", gift(amount=50)),
        entry("POST", "/v2/Gift/Transaction", gift(giftDesignations=[])),
        entry("POST", "/v2/Gift/Transaction", gift(isPrivate="no")),
        entry("POST", "/v2/Gift/Transaction", gift(designations={"code": "GEN"})),
        entry("POST", "/Gift/ReversingTransaction", {"reversedGiftId": 5, "giftDate": "soon"}),
        entry("POST", "/Gift/ReversingTransaction", {"reversedGiftId": True}),
        entry("GET", "/Gift/5", {"id": 5}),
    ],
)
def test_the_validator_has_something_against_wrong_requests(collection: VirtuousCollection, wrong: Json) -> None:
    assert collection.problems(wrong) != []
