"""The password grant: what is sent, what comes back, and what is told of a refusal."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from giftbridge.connectors.http import new_client
from giftbridge.connectors.manifest import Password, load_manifest
from giftbridge.connectors.password import SignIn
from giftbridge.errors import ConfigError, Conflict, Disconnected, GiftbridgeError, Reject, Retry
from tests.connectors.contract import NOW

URL = "https://vendor.invalid/Token"
MANIFEST = replace(load_manifest("bloomerang"), title="Vendor", password=Password(URL, 365))
TOKEN = {
    "access_token": "at-1", "token_type": "bearer", "expires_in": 1295999, "refresh_token": "rt-1",
    "userName": "svc@example.org", "twoFactorEnabled": "False", ".expires": "Thu, 05 Jul 2018 11:31:09 GMT",
}  # fmt: skip
WAITS = {"error": "awaiting_verification", "error_description": "2-step verification code (OTP) sent."}
SECRET = "pass & word+1"


def answering(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _: httpx.Response(status, content=content, headers={"location": "https://elsewhere.invalid/"})


class Vendor:
    """A token endpoint."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.sent: list[httpx.Request] = []
        self._answer = answer or answering(200, TOKEN)
        self.sign_in = SignIn(MANIFEST, new_client(5, httpx.MockTransport(self._handle)))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self._answer(request)

    def exchange(self, code: str = "") -> dict[str, Any]:
        return self.sign_in.exchange("svc@example.org", SECRET, code, NOW)

    def failure(self, code: str = "") -> GiftbridgeError:
        """Why it was refused, proved to tell no secret."""
        with pytest.raises(GiftbridgeError) as caught:
            self.exchange(code)
        assert not [one for one in (SECRET, "svc@", "123456") if one in f"{caught.value!r}{vars(caught.value)}"]
        return caught.value


@pytest.mark.parametrize(("code", "more"), [("", {}), ("123456", {"otp": ["123456"]})])
def test_F03_a_password_is_sent_in_a_form_and_tokens_are_kept(code: str, more: dict[str, list[str]]) -> None:
    vendor = Vendor()
    kept = vendor.exchange(code)
    (request,) = vendor.sent
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    form = {"grant_type": ["password"], "username": ["svc@example.org"], "password": [SECRET]}
    assert parse_qs(request.content.decode()) == form | more
    assert kept == {
        "kind": "password", "access_token": "at-1", "refresh_token": "rt-1",
        "expires_at": (NOW + timedelta(seconds=1295999)).isoformat(),
    }  # fmt: skip


def test_F03_an_end_that_nobody_told_is_not_made_up() -> None:
    body = {name: value for name, value in TOKEN.items() if name != "expires_in"}
    assert Vendor(answering(200, body)).exchange()["expires_at"] == ""


def test_F03_a_code_is_asked_for_and_no_success_is_made_of_it() -> None:
    why = Vendor(answering(202, WAITS)).failure()
    assert (type(why), why.code) == (Conflict, "code_required")
    assert "Repeat the call with it" in str(why)
    again = Vendor(answering(202, WAITS)).failure("123456")
    assert again.code == "code_required"
    assert "wrong or too late" in str(again)


@pytest.mark.parametrize(
    ("told", "code", "expected"),
    [
        ("The user name or password is incorrect.", "", "password_refused"),
        ("The user name or password is incorrect.", "123456", "password_refused"),
        ("This user signs in with single sign-on.", "", "single_sign_on"),
        ("The verification code is incorrect.", "123456", "code_refused"),
        ("The verification code has expired.", "123456", "code_late"),
        (None, "", "password_refused"),
    ],
)
def test_F03_each_refusal_has_its_own_reason(told: str | None, code: str, expected: str) -> None:
    body = {"error": "invalid_grant"} | ({"error_description": told} if told else {})
    why = Vendor(answering(400, body)).failure(code)
    assert (type(why), why.code) == (Reject, expected)
    assert "Vendor" in str(why)


@pytest.mark.parametrize(
    "answer",
    [
        answering(503, b""), answering(429, b""), answering(200, b"<html>"), answering(200, {}), answering(302, b""),
        answering(200, []), answering(200, {**TOKEN, "expires_in": "soon"}),
        answering(400, {"error": "invalid_request"}),
    ],
)  # fmt: skip
def test_F03_trouble_is_no_refusal(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    vendor = Vendor(answer)
    assert isinstance(vendor.failure(), Retry)
    with pytest.raises(Retry):
        vendor.sign_in.refresh("rt-1", NOW)


def test_F04_refreshing_rotates_and_keeps_what_was_not_rotated() -> None:
    vendor = Vendor()
    assert vendor.sign_in.refresh("rt-0", NOW)["refresh_token"] == "rt-1"
    assert parse_qs(vendor.sent[0].content.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["rt-0"]}
    body = {name: value for name, value in TOKEN.items() if name != "refresh_token"}
    assert Vendor(answering(200, body)).sign_in.refresh("rt-0", NOW)["refresh_token"] == "rt-0"


def test_F04_a_refresh_that_is_refused_disconnects() -> None:
    with pytest.raises(Disconnected) as caught:
        Vendor(answering(400, {"error": "invalid_grant"})).sign_in.refresh("rt-0", NOW)
    assert caught.value.final


def test_a_system_without_it_takes_no_password() -> None:
    with pytest.raises(ConfigError):
        SignIn(load_manifest("bloomerang"), new_client(5)).exchange("a", "b", "", NOW)
