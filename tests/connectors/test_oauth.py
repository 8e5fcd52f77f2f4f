"""The authorization code flow of every vendor that has one."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from giftbridge.connectors.http import new_client
from giftbridge.connectors.manifest import load_manifest, names
from giftbridge.connectors.oauth import Flow, Registration
from giftbridge.errors import ConfigError, Disconnected, Retry
from tests.connectors.contract import NOW

VENDORS = [name for name in names() if load_manifest(name).oauth is not None]
EVERY = pytest.mark.parametrize("name", VENDORS)
REGISTRATION = Registration("client-1", "s3cret-of-the-operator", "https://bridge.invalid/oauth/callback")
TOKEN = {"access_token": "at-1", "refresh_token": "rt-2", "expires_in": 3600, "token_type": "bearer"}


class Vendor:
    """A token endpoint."""

    def __init__(self, name: str, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.sent: list[httpx.Request] = []
        self._answer = answer or (lambda _: httpx.Response(200, json=TOKEN))
        self.flow = Flow(load_manifest(name), REGISTRATION, new_client(5, httpx.MockTransport(self._handle)))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self._answer(request)

    @property
    def form(self) -> dict[str, list[str]]:
        """What was posted."""
        return parse_qs(self.sent[-1].content.decode())


def answering(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _: httpx.Response(status, content=content, headers={"location": "https://elsewhere.invalid/"})


@EVERY
def test_the_consent_page_is_asked_for_with_our_state(name: str) -> None:
    flow = Vendor(name).flow
    url = urlsplit(flow.consent_url("state-1", flow.new_verifier()))
    asked = parse_qs(url.query)
    assert f"{url.scheme}://{url.netloc}{url.path}" == flow.endpoints.authorize_url
    assert asked["state"] == ["state-1"]
    assert asked["redirect_uri"] == [REGISTRATION.redirect_uri]
    assert asked["response_type"] == ["code"]
    assert "s3cret" not in url.query
    assert ("code_challenge" in asked) == flow.endpoints.pkce


@EVERY
def test_a_code_becomes_credentials(name: str) -> None:
    vendor = Vendor(name)
    made = vendor.flow.exchange("code-1", "", NOW)
    assert made["access_token"] == "at-1"
    assert made["expires_at"] == (NOW + timedelta(hours=1)).isoformat()
    assert vendor.form["grant_type"] == ["authorization_code"]
    assert vendor.form["code"] == ["code-1"]
    assert str(vendor.sent[0].url) == vendor.flow.endpoints.token_url
    assert client_seen(vendor) == (REGISTRATION.client_id, REGISTRATION.client_secret)


def client_seen(vendor: Vendor) -> tuple[str, str]:
    """Id and secret, in the place that the manifest names and in no other."""
    header = vendor.sent[0].headers.get("authorization", "")
    if vendor.flow.endpoints.client_auth == "body":
        assert not header
        return vendor.form["client_id"][0], vendor.form["client_secret"][0]
    assert not {"client_id", "client_secret"} & vendor.form.keys()
    number, _, secret = b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return number, secret


@EVERY
def test_a_refresh_keeps_the_old_refresh_token_where_none_is_given(name: str) -> None:
    assert Vendor(name).flow.refresh("rt-1", NOW)["refresh_token"] == "rt-2"
    kept = Vendor(name, answering(200, {"access_token": "at-2", "token_type": "bearer"}))
    fresh = kept.flow.refresh("rt-1", NOW)
    assert (fresh["access_token"], fresh["refresh_token"], fresh["expires_at"]) == ("at-2", "rt-1", "")


@EVERY
@pytest.mark.parametrize("word", ["invalid_grant", "invalid_client", "unauthorized_client"])
def test_a_refusal_disconnects(name: str, word: str) -> None:
    vendor = Vendor(name, answering(400, {"error": word, "error_description": "rt-1 of ada@example.org"}))
    with pytest.raises(Disconnected) as refused:
        vendor.flow.refresh("rt-1", NOW)
    assert refused.value.system == name
    assert "ada@" not in str(refused.value)


@EVERY
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"error": "server_error"}),
        (503, b"<html>busy</html>"),
        (429, {"Message": "slow down"}),
        (302, b""),
        (200, b""),
        (200, b"<html>Maintenance</html>"),
        (200, b'{"access_token": "at'),
        (200, {}),
        (200, []),
        (200, None),
        (200, "fine"),
        (200, {**TOKEN, "expires_in": "soon"}),
        (400, {"error": "temporarily_unavailable"}),
    ],
)
def test_whatever_is_no_refusal_leaves_the_connection_alone(name: str, status: int, body: Any) -> None:
    vendor = Vendor(name, answering(status, body))
    with pytest.raises(Retry) as again:
        vendor.flow.refresh("rt-1", NOW)
    assert again.value.doubt, "the token may be rotated all the same"
    assert len(vendor.sent) == 1, "no redirect is followed with the client's secret"


@EVERY
@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout])
def test_a_vendor_out_of_reach_is_tried_again(name: str, error: type[Exception]) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error("rt-1")

    with pytest.raises(Retry) as again:
        Vendor(name, fail).flow.refresh("rt-1", NOW)
    assert "rt-1" not in str(again.value)


@pytest.mark.parametrize("name", [name for name in names() if name not in VENDORS])
def test_who_has_no_oauth_says_so(name: str) -> None:
    with pytest.raises(ConfigError):
        Vendor(name).flow.consent_url("state", "")


def test_a_secret_is_not_seen_by_looking() -> None:
    assert "s3cret" not in repr(REGISTRATION)
    assert "s3cret" not in repr(Vendor(VENDORS[0]).flow)
