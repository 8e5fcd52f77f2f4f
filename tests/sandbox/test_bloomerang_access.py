"""Who may call, and what a refused call looks like."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.bloomerang import BloomerangDatabase, BloomerangSandbox


def call(database: BloomerangDatabase, path: str = "/database", **headers: str) -> httpx.Response:
    return httpx.get(f"{database.url}/v2{path}", headers=headers)


def refused(answer: httpx.Response) -> tuple[int, int, str]:
    body: dict[str, Any] = answer.json()
    return answer.status_code, body["ErrorCode"], body["Message"]


def test_without_key_and_token(bloomerang: BloomerangDatabase) -> None:
    assert refused(call(bloomerang)) == (401, 110, "Missing Authorization Header")


@pytest.mark.parametrize("headers", [{"X-API-KEY": "wrong"}, {"Authorization": "Bearer wrong"}])
def test_with_a_wrong_key_or_token(bloomerang: BloomerangDatabase, headers: dict[str, str]) -> None:
    assert refused(call(bloomerang, **headers)) == (401, 109, "Invalid Credentials")


def test_the_key_chooses_the_database(bloomerang: BloomerangDatabase, bloomerang_server: BloomerangSandbox) -> None:
    other = bloomerang_server.database(flavor="Customer")
    assert call(bloomerang, **{"x-api-key": bloomerang.api_key}).json()["Id"] == bloomerang.id
    found = other.api.get("/database").json()
    assert found["Flavor"] == "Customer"
    assert found["Id"] == other.id != bloomerang.id
    other.close()


def test_current_user(bloomerang: BloomerangDatabase) -> None:
    user = bloomerang.api.get("/user/current").json()
    assert user["PermissionLevel"] == "Admin"
    assert user["IsActive"] is True
    assert set(user["UserTimeZone"]) == {"Id", "Name", "UtcOffset"}


def test_a_revoked_key_is_dead_at_once_and_can_be_restored(bloomerang: BloomerangDatabase) -> None:
    bloomerang.revoke_key()
    assert refused(bloomerang.api.get("/database")) == (401, 109, "Invalid Credentials")
    bloomerang.restore_key()
    assert bloomerang.api.get("/database").status_code == 200


def test_a_second_key_has_its_own_name_in_audit_trails(bloomerang: BloomerangDatabase) -> None:
    bloomerang.add_key("second-key", "Giftbridge", "Robin Service")
    body = {"Type": "Organization", "FullName": "Fern Trust"}
    answer = httpx.post(f"{bloomerang.url}/v2/constituent", json=body, headers={"X-API-KEY": "second-key"})
    assert answer.json()["AuditTrail"]["CreatedName"] == "Giftbridge-Robin Service"


@pytest.mark.parametrize("path", ["/Constituents", "/constituents/", "/CONSTITUENTS?take=1"])
def test_case_and_a_trailing_slash_do_not_matter(bloomerang: BloomerangDatabase, path: str) -> None:
    assert bloomerang.api.get(path).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/constituents", 405),
        ("POST", "/transactions", 405),
        ("PATCH", "/constituent/1", 405),
        ("GET", "/users", 404),
        ("DELETE", "/fund/10", 405),
    ],
)
def test_paths_that_do_not_exist(bloomerang: BloomerangDatabase, method: str, path: str, status: int) -> None:
    assert bloomerang.api.request(method, path, json={}).status_code == status


def test_missing_records_answer_404_with_code_202(bloomerang: BloomerangDatabase) -> None:
    assert refused(bloomerang.api.get("/constituent/42")) == (404, 202, "No constituent with id 42 found")


def test_a_body_that_is_no_json(bloomerang: BloomerangDatabase) -> None:
    answer = bloomerang.api.post("/constituent", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_rate_limit_option(bloomerang: BloomerangDatabase) -> None:
    bloomerang.freeze()
    bloomerang.set_options(rate_limit_per_minute=2)
    assert [bloomerang.api.get("/funds").status_code for _ in range(3)] == [200, 200, 429]
    assert 1 <= int(bloomerang.api.get("/funds").headers["Retry-After"]) <= 60
    bloomerang.set_options(rate_limit_retry_after=False)
    assert "Retry-After" not in bloomerang.api.get("/funds").headers
    bloomerang.advance(61)
    assert bloomerang.api.get("/funds").status_code == 200
