"""Keys, permissions, organisations, the hourly budget, and what refusals look like."""

from __future__ import annotations

import json

import httpx
import pytest

from local.sandbox.common.remote import NO_TLS
from local.sandbox.virtuous import VirtuousOrganisation, VirtuousSandbox
from tests.sandbox.virtuous_help import gift, household, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]


def call(organisation: VirtuousOrganisation, path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{organisation.url}/api{path}", headers=headers, verify=NO_TLS)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Hmac a:b:c:1"}])
def test_without_good_credentials_the_answer_is_text(virtuous: VirtuousOrganisation, headers: dict[str, str]) -> None:
    answer = call(virtuous, "/Organization/Current", **headers)
    assert (answer.status_code, answer.text) == (401, "Authorization has been denied for this request.")


def test_the_key_chooses_the_organisation(virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation) -> None:
    other = virtuous_server.organisation(title="Paws (Sandbox)", time_zone="Europe/Paris")
    found = other.api.get("/Organization/Current").json()
    assert found == {
        "organizationUserId": found["organizationUserId"],
        "organizationName": "Paws (Sandbox)",
        "organizationTimeZone": "Europe/Paris",
        "organizationCulture": "en-US",
        "isAdministrator": True,
        "isEnabled": True,
        "currentUserTimeZone": "Europe/Paris",
    }
    (only,) = virtuous.api.get("/Organization").json()
    assert "currentUserTimeZone" not in only
    assert only["organizationName"] == f"{virtuous.name} (Sandbox)"


def test_a_key_cannot_switch(virtuous: VirtuousOrganisation) -> None:
    answer = virtuous.api.put("/Organization/Switch", json={"organizationUserId": "12345"})
    message = "The current user does not have permissions to perform this action."
    assert (answer.status_code, answer.json()) == (400, {"message": message})


def test_a_body_that_does_not_fit_is_named_by_parameter_and_field(virtuous: VirtuousOrganisation) -> None:
    answer = virtuous.api.put("/Organization/Switch", json={"organizationUserId": "me"})
    state = {"switchOrganization.organizationUserId": ["An error has occurred."]}
    assert answer.json() == {"message": "The request is invalid.", "modelState": state}


def test_errors_may_come_in_the_envelope_announced_for_later(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(errors="target")
    error = virtuous.api.put("/Organization/Switch", json={"organizationUserId": "me"}).json()["error"]
    assert (error["code"], error["message"]) == ("VALIDATION_FAILED", "The request is invalid.")
    assert error["details"][0]["field"] == "switchOrganization.organizationUserId"


def test_a_body_that_is_missing_or_no_json(virtuous: VirtuousOrganisation) -> None:
    assert virtuous.api.post("/Contact").json() == {"message": "The argument cannot be null"}
    broken = virtuous.api.post("/Contact", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["message"]) == (400, "The request is invalid.")


def test_a_key_that_may_only_read_is_refused_with_400(virtuous: VirtuousOrganisation) -> None:
    virtuous.add_key("reader", may_write=False)
    headers = {"Authorization": "Bearer reader"}
    with httpx.Client(base_url=f"{virtuous.url}/api", headers=headers, verify=NO_TLS) as reader:
        refused = reader.post("/Contact", json=household())
        assert (refused.status_code, "permissions" in refused.json()["message"]) == (400, True)
        assert reader.post("/Contact/Query", json={}).status_code == 200
        allowed = {(row["module"], row["action"]): row["allowed"] for row in reader.get("/Permission").json()}
    assert allowed["Gift", "Read"]
    assert not allowed["Gift", "Write"]


def test_a_revoked_key_is_dead_at_once_and_can_be_restored(virtuous: VirtuousOrganisation) -> None:
    virtuous.revoke_key()
    assert virtuous.api.get("/Organization").status_code == 401
    virtuous.revoke_key(active=True)
    assert virtuous.api.get("/Organization").status_code == 200


@pytest.mark.parametrize("path", ["/Contact/42", "/Gift/Stripe/none", "/Contact/abc", "/Nothing", "/Gift/1/2/3"])
def test_404_has_no_body(virtuous: VirtuousOrganisation, path: str) -> None:
    answer = virtuous.api.get(path)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (404, b"", "0")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/Webhook"), ("DELETE", "/Contact/5"), ("GET", "/v2/Gift/Transaction")]
)
def test_what_the_vendor_does_not_offer(virtuous: VirtuousOrganisation, method: str, path: str) -> None:
    assert virtuous.api.request(method, path).status_code == 405


@pytest.mark.parametrize("path", ["/Contact/ByReference/5", "/Gift/ByReference/5"])
def test_hmac_paths_take_no_bearer(virtuous: VirtuousOrganisation, path: str) -> None:
    assert virtuous.api.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/organization/current", "/ORGANIZATION/Current/"])
def test_case_in_paths_does_not_matter(virtuous: VirtuousOrganisation, path: str) -> None:
    assert virtuous.api.get(path).status_code == 200


def test_the_budget_is_on_every_answer(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_time("2026-03-01T12:20:00Z")
    virtuous.freeze()
    first, missing = virtuous.api.get("/Organization"), virtuous.api.get("/Contact/42")
    assert [answer.headers["X-RateLimit-Limit"] for answer in (first, missing)] == ["1500", "1500"]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in (first, missing)] == ["1499", "1498"]
    assert missing.headers["X-RateLimit-Reset"] == "1772370000"


def test_the_budget_is_the_organisations_and_others_use_it_too(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_time("2026-03-01T12:59:00Z")
    virtuous.freeze()
    virtuous.set_options(rate_limit_per_hour=5000)
    virtuous.spend(4_998)
    virtuous.add_key("second")
    second = {"Authorization": "Bearer second"}
    assert call(virtuous, "/Organization", **second).headers["X-RateLimit-Remaining"] == "1"
    assert virtuous.api.get("/Organization").headers["X-RateLimit-Remaining"] == "0"
    refused = virtuous.api.get("/Organization")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    virtuous.advance(60)
    assert virtuous.api.get("/Organization").status_code == 200


def test_over_the_budget_nothing_is_done(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(rate_limit_per_hour=1, rate_limit_retry_after=False)
    virtuous.spend(1)
    refused = virtuous.api.post("/v2/Gift/Transaction", json=gift())
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, False)
    assert virtuous.held() == []


def test_answers_can_be_printed_as_in_recordings(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(pretty_json=True)
    answer = virtuous.api.get("/Organization/Current")
    assert answer.content.startswith(b'{\r\n  "organizationUserId"')
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


def test_keys_of_requests_are_read_in_any_case_and_unknown_ones_are_dropped(virtuous: VirtuousOrganisation) -> None:
    body = {key.upper(): value for key, value in household().items()} | {"nmae": "Misspelt"}
    made = virtuous.api.post("/Contact", json=body)
    assert (made.status_code, made.json()["name"]) == (200, "Ada Lane")


def test_a_reserved_or_slashed_reference_cannot_be_asked_for_by_path(virtuous: VirtuousOrganisation) -> None:
    made = make(virtuous, referenceSource="Archive", referenceId="a/1")["id"]
    assert virtuous.api.get("/Contact/Archive/a").status_code == 405
    assert virtuous.api.get("/Contact/Query/a").status_code == 404
    found = virtuous.api.get("/Contact/Find", params={"referenceSource": "Archive", "referenceId": "a/1"})
    assert found.json()["id"] == made
    virtuous.api.post("/ContactReference", json={"contactId": made, "referenceSource": "Shop", "referenceId": "a/1"})
    assert virtuous.api.get("/Contact/Shop/a%2F1").status_code == 404
    virtuous.set_options(encoded_slash="accepted")
    assert virtuous.api.get("/Contact/Shop/a%2F1").json()["id"] == made


@pytest.mark.parametrize(
    ("sent", "status"),
    [("5", 404), (5.0, 404), ("", 400), (True, 400), (5.5, 400), ("five", 400), ([5], 400), (float("inf"), 400)],
)
def test_numbers_are_read_as_the_vendors_binder_does(virtuous: VirtuousOrganisation, sent: object, status: int) -> None:
    body = json.dumps({"contactId": sent, "address1": "1 Test St"})
    assert virtuous.api.post("/ContactAddress", content=body).status_code == status
