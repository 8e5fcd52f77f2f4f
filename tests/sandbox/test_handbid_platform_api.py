"""The sandbox serves the Platform API as the document declares it; `CheckedClient` judges every exchange."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate
from openapi_spec_validator.readers import read_from_filename

from local.sandbox.handbid import HandbidSandbox, OrganisationControl
from local.sandbox.handbid.checked import CheckedClient, ContractBroken, contract
from local.sandbox.handbid.contract import DOCUMENT, operations
from local.sandbox.handbid.platform_api import HANDLERS

DAY = 24 * 3600


@pytest.fixture(scope="module")
def sandbox() -> Iterator[HandbidSandbox]:
    with HandbidSandbox() as running:
        yield running


@pytest.fixture
def org(sandbox: HandbidSandbox) -> OrganisationControl:
    return sandbox.organisation(name="Paws Rescue", time_zone="America/Denver")


@pytest.fixture
def api(org: OrganisationControl) -> Iterator[CheckedClient]:
    with CheckedClient(base_url=org.url, headers=org.headers) as client:
        yield client


def keyed(key: str, **headers: str) -> dict[str, str]:
    return {"Idempotency-Key": f"the-key-{key}", **headers}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_the_document_is_valid_openapi() -> None:
    document, base_uri = read_from_filename(str(DOCUMENT))
    validate(document, base_uri=base_uri)


def test_every_operation_is_served() -> None:
    assert {operation.id for operation in operations()} == set(HANDLERS)


def test_the_checked_client_notices_what_the_document_does_not_declare() -> None:
    request = httpx.Request("GET", "http://127.0.0.1/organisations/org-1")
    body = {"id": "org-1", "name": "Paws", "timeZone": "UTC", "currency": "USD"}
    rates = {"RateLimit-Limit": "9", "RateLimit-Remaining": "8", "RateLimit-Reset": "1"}

    def mistakes(status: int, sent: dict[str, Any], headers: dict[str, str]) -> list[str]:
        return list(contract().mistakes(request, httpx.Response(status, json=sent, headers=headers)))

    assert mistakes(200, body, rates) == []
    assert "was unexpected" in mistakes(200, {**body, "taxId": "12-3"}, rates)[0]
    assert "is missing" in mistakes(200, body, {})[0]
    assert mistakes(302, body, rates) == ["undeclared status 302"]


def test_the_checked_client_refuses_an_undeclared_parameter(org: OrganisationControl) -> None:
    def lenient(request: httpx.Request) -> httpx.Response:
        rates = {"RateLimit-Limit": "9", "RateLimit-Remaining": "8", "RateLimit-Reset": "1"}
        return httpx.Response(200, json={"items": [], "nextCursor": "x", "hasMore": False}, headers=rates)

    with (
        CheckedClient(base_url=org.url, transport=httpx.MockTransport(lenient)) as client,
        pytest.raises(ContractBroken, match="undeclared query parameter page"),
    ):
        client.get("/projects", params={"page": 2})


def test_the_organisation(api: CheckedClient, org: OrganisationControl) -> None:
    assert api.get(org.url).json() == {
        "id": org.id,
        "name": "Paws Rescue",
        "timeZone": "America/Denver",
        "currency": "USD",
    }


@pytest.mark.parametrize("token", ["", "Bearer wrong", "Basic abc"])
def test_a_wrong_token_is_refused(org: OrganisationControl, token: str) -> None:
    with CheckedClient(base_url=org.url, headers={"Authorization": token}) as client:
        assert code(client.get("/contacts")) == (401, "unauthorized")


def test_organisations_are_apart(sandbox: HandbidSandbox, org: OrganisationControl) -> None:
    other = sandbox.organisation(name="Other")
    contact = other.add_contact(firstName="Ada")
    with CheckedClient(base_url=other.url, headers=org.headers) as client:
        assert code(client.get(f"/contacts/{contact['id']}")) == (404, "not-found")
    assert org.state("contacts") == {"contacts": []}


def test_a_revoked_token_is_refused_until_it_is_good_again(org: OrganisationControl, api: CheckedClient) -> None:
    org.revoke_token()
    assert code(api.get("/contacts")) == (401, "unauthorized")
    org.revoke_token(revoked=False)
    assert api.get("/contacts").status_code == 200


def test_a_contact_is_created_normalised(api: CheckedClient) -> None:
    answer = api.post(
        "/contacts",
        headers=keyed("create"),
        json={"type": "person", "firstName": " Ada ", "email": "Ada.Lane@Example.ORG ", "phone": "(212) 555-0142"},
    )
    contact = answer.json()
    assert answer.status_code == 201
    assert (contact["firstName"], contact["email"], contact["phone"]) == (
        "Ada",
        "ada.lane@example.org",
        "+12125550142",
    )
    assert contact["updatedBy"] == {"origin": "integration"}
    assert answer.headers["etag"] == '"1"'
    assert api.get(f"/contacts/{contact['id']}").json() == contact


def test_a_key_has_one_effect_and_one_answer(api: CheckedClient, org: OrganisationControl) -> None:
    ada, bea = {"type": "person", "firstName": "Ada"}, {"firstName": "Bea", "type": "person"}
    first = api.post("/contacts", headers=keyed("same"), json=ada)
    again = api.post("/contacts", headers=keyed("same"), json=ada)
    assert (again.content, again.status_code) == (first.content, 201)
    assert (again.headers["idempotency-replayed"], again.headers["etag"]) == ("true", first.headers["etag"])
    assert code(api.post("/contacts", headers=keyed("same"), json=bea)) == (422, "idempotency-key-reused")
    assert len(org.state("contacts")["contacts"]) == 1


def test_a_key_is_remembered_for_thirty_days(api: CheckedClient, org: OrganisationControl) -> None:
    ada = {"type": "person", "firstName": "Ada"}
    first = api.post("/contacts", headers=keyed("old"), json=ada).json()
    org.advance(30 * DAY - 60)
    assert api.post("/contacts", headers=keyed("old"), json=ada).json() == first
    org.advance(DAY)
    assert api.post("/contacts", headers=keyed("old"), json=ada).json()["id"] != first["id"]


def test_a_refused_request_does_not_use_its_key_up(api: CheckedClient, org: OrganisationControl) -> None:
    contact = org.add_contact(firstName="Ada")
    path = f"/contacts/{contact['id']}"
    assert code(api.patch(path, headers=keyed("k-1", **{"If-Match": '"7"'}), json={"firstName": "Bea"})) == (
        412,
        "version-mismatch",
    )
    assert api.patch(path, headers=keyed("k-1", **{"If-Match": '"1"'}), json={"firstName": "Bea"}).status_code == 200


def test_a_merge_patch_changes_what_it_names(api: CheckedClient, org: OrganisationControl) -> None:
    contact = org.add_contact(firstName="Ada", lastName="Lane", address={"city": "Boise", "state": "ID"})
    patch = {"lastName": None, "address": {"city": "Reno", "state": None}, "emailOptOut": True}
    answer = api.patch(f"/contacts/{contact['id']}", headers=keyed("patch"), json=patch).json()
    assert answer["address"] == {"city": "Reno"}
    assert (answer["firstName"], "lastName" in answer, answer["emailOptOut"]) == ("Ada", False, True)
    assert (answer["version"], answer["updatedBy"]["origin"]) == (2, "integration")
    cleared = api.patch(f"/contacts/{contact['id']}", headers=keyed("patch-2"), json={"address": None}).json()
    assert "address" not in cleared


def test_a_patch_that_changes_nothing_leaves_no_trace(api: CheckedClient, org: OrganisationControl) -> None:
    contact = org.add_contact(firstName="Ada", email="ada@example.org")
    patch = {"firstName": " Ada", "email": "ADA@example.org"}
    assert api.patch(f"/contacts/{contact['id']}", headers=keyed("no-op"), json=patch).json() == contact


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"firstName": "Ada"}, {}, (400, "bad-request")),
        ({"firstName": "Ada"}, keyed("a-1", **{"If-Match": "7"}), (400, "bad-request")),
        ({"firstName": "Ada"}, keyed("a-2", **{"Content-Type": "text/plain"}), (400, "bad-request")),
        ({"nickName": "Ada"}, keyed("a-3"), (422, "invalid")),
        ({}, keyed("a-4"), (422, "invalid")),
        ({"firstName": "A" * 300}, keyed("a-5"), (422, "invalid")),
        ({"email": "not an address"}, keyed("a-6"), (422, "invalid")),
        ({"address": {"country": "USA"}}, keyed("a-7"), (422, "invalid")),
        ({"version": 9}, keyed("a-8"), (422, "invalid")),
    ],
)
def test_a_wrong_change_is_refused(
    api: CheckedClient,
    org: OrganisationControl,
    body: dict[str, Any],
    headers: dict[str, str],
    expected: tuple[int, str],
) -> None:
    contact = org.add_contact(firstName="Eve")
    assert code(api.patch(f"/contacts/{contact['id']}", headers=headers, json=body)) == expected
    assert org.state("contacts")["contacts"] == [contact]


def test_a_refusal_names_the_place_and_not_the_value(api: CheckedClient) -> None:
    body = {"type": "person", "email": "secret person"}
    answer = api.post("/contacts", headers=keyed("private"), json=body)
    assert answer.json()["errors"][0]["pointer"] == "/email"
    assert "secret" not in answer.text


def test_unique_addresses_are_kept_unique(api: CheckedClient, org: OrganisationControl) -> None:
    org.set(unique_emails=True)
    owner = org.add_contact(email="ada@example.org")
    body = {"type": "person", "email": "Ada@example.org"}
    answer = api.post("/contacts", headers=keyed("taken"), json=body)
    assert (*code(answer), answer.json()["contactId"]) == (409, "email-exists", owner["id"])


def test_crm_ids_and_activity_are_no_edits(api: CheckedClient, org: OrganisationControl) -> None:
    contact = org.add_contact(firstName="Ada")
    path = f"/contacts/{contact['id']}"
    link = {"id": "4711", "url": "https://crm.example.org/constituent/4711"}
    assert api.put(f"{path}/crm-ids/bloomerang", json=link).json() == contact | {"crmIds": {"bloomerang": "4711"}}
    entry = {"type": "crm.updated", "text": "Address changed in the CRM", "occurredAt": "2026-04-18T19:30:00.000Z"}
    made = [api.post(f"{path}/activity", headers=keyed("entry-1"), json=entry) for _ in range(2)]
    assert made[0].content == made[1].content
    assert api.get(path).json()["version"] == contact["version"]
    assert len(org.state("activity")["activity"]) == 1
    assert org.state("crm-links")["crm-links"][0]["link"] == link


def test_the_rate_limit(api: CheckedClient, org: OrganisationControl) -> None:
    org.freeze()
    org.set(rate_limit=2, rate_seconds=60)
    left = [api.get("/projects").headers["ratelimit-remaining"] for _ in range(2)]
    refused = api.get("/projects")
    assert (left, code(refused)) == (["1", "0"], (429, "rate-limited"))
    org.advance(int(refused.headers["retry-after"]))
    assert api.get("/projects").status_code == 200
