"""OAuth of partners' applications: consent, code exchange, tokens that (do not) expire, disconnecting."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from local.sandbox.common.remote import plain_client
from local.sandbox.kindful import KindfulAccount, KindfulSandbox

pytest_plugins = ["tests.sandbox.kindful_fixtures"]
REDIRECT = "http://127.0.0.1:9/oauth/callback"
SCOPE = "basic data_add data_query"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Flow:
    """The steps of a web application against one account."""

    def __init__(self, server: KindfulSandbox, account: KindfulAccount) -> None:
        self.server = server
        self.account = account
        self.http = plain_client(server.url)
        self.client = {"client_id": server.client_id, "client_secret": server.client_secret}

    def ask(self, **changes: str) -> httpx.Response:
        query = {"client_id": self.server.client_id, "response_type": "code", "state": "s1", "scope": SCOPE}
        return self.http.get(self.server.authorize_url, params=query | {"redirect_uri": REDIRECT} | changes)

    def sent(self, *, allow: bool = True, **changes: str) -> dict[str, list[str]]:
        self.server.consent(self.account.name, allow=allow)
        answer = self.ask(**changes)
        self.server.ask_again()
        return parse_qs(urlsplit(answer.headers["location"]).query)

    def code(self, **changes: str) -> str:
        return self.sent(allow=True, **changes)["code"][0]

    def token(self, **fields: str) -> httpx.Response:
        return self.http.post(self.server.token_url, data=self.client | fields)

    def exchange(self, **changes: str) -> dict[str, Any]:
        fields = {"grant_type": "authorization_code", "code": self.code(), "redirect_uri": REDIRECT}
        answer = self.token(**(fields | changes))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def refresh(self, token: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=token)

    def told(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.get(f"{self.server.url}/admin/oauth2/api/v1/details", headers=headers).status_code


@pytest.fixture
def flow(kindful_server: KindfulSandbox, kindful: KindfulAccount) -> Iterator[Flow]:
    flow = Flow(kindful_server, kindful)
    yield flow
    flow.http.close()


def test_the_page_asks_and_its_form_answers(flow: Flow) -> None:
    page = flow.ask()
    assert (page.status_code, flow.account.name in page.text) == (200, True)
    form = {"client_id": flow.server.client_id, "state": "s 1", "redirect_uri": f"{REDIRECT}?x=1"}
    answers = {}
    for decision in ("allow", "deny"):
        data = form | {"account": flow.account.name, "decision": decision}
        answers[decision] = flow.http.post(flow.server.authorize_url, data=data)
    sent = parse_qs(urlsplit(answers["allow"].headers["location"]).query)
    assert (answers["allow"].status_code, sent["state"], sent["x"], len(sent["code"])) == (302, ["s 1"], ["1"], 1)
    assert parse_qs(urlsplit(answers["deny"].headers["location"]).query)["error"] == ["access_denied"]


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "nobody"}, {"response_type": "token"}, {"redirect_uri": f"{REDIRECT}#x"}, {"scope": "basic all"}],
)
def test_a_bad_request_gets_an_error_page_and_no_redirect(flow: Flow, wrong: dict[str, str]) -> None:
    answer = flow.ask(**wrong)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_a_registered_redirect_must_match(flow: Flow) -> None:
    flow.server.register("strict", "secret", REDIRECT)
    assert flow.ask(client_id="strict").status_code == 200
    assert flow.ask(client_id="strict", redirect_uri=f"{REDIRECT}?x=1").status_code == 400


def test_denial_and_state(flow: Flow) -> None:
    assert flow.sent(allow=False) == {"error": ["access_denied"], "state": ["s1"]}
    flow.account.set_options(oauth_state="dropped")
    assert set(flow.sent()) == {"code"}


def test_numbers_in_the_token_answer_are_texts(flow: Flow) -> None:
    tokens = flow.exchange()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "created_at", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("bearer", "2508735", SCOPE)
    assert tokens["created_at"].isdecimal()
    assert flow.told(tokens["access_token"]) == 200


def test_access_tokens_do_not_expire_unless_they_do(flow: Flow) -> None:
    token = flow.exchange()["access_token"]
    flow.account.advance(3 * 365 * 86_400)
    assert flow.told(token) == 200
    flow.account.set_options(access_token_seconds=60)
    fresh = flow.exchange()
    assert fresh["expires_in"] == "60"
    flow.account.advance(61)
    assert (flow.told(fresh["access_token"]), flow.told(token)) == (401, 401)
    assert flow.told(flow.refresh(fresh["refresh_token"]).json()["access_token"]) == 200


def test_a_token_may_die_of_disuse(flow: Flow) -> None:
    token = flow.exchange()["access_token"]
    flow.account.set_options(idle_token_seconds=365 * 86_400)
    for _ in range(2):
        flow.account.advance(300 * 86_400)
        assert flow.told(token) == 200
    flow.account.advance(366 * 86_400)
    assert flow.told(token) == 401


def test_a_refresh_token_may_be_missing_or_rotate(flow: Flow) -> None:
    flow.account.set_options(refresh_token="omitted")
    assert "refresh_token" not in flow.exchange()
    assert flow.refresh("").status_code == 400
    flow.account.set_options(refresh_token="sent")
    first = flow.exchange()["refresh_token"]
    assert flow.refresh(first).json()["refresh_token"] == first
    flow.account.set_options(refresh_rotation="rotates")
    assert flow.refresh(first).json()["refresh_token"] != first
    assert flow.refresh(first).json() == {"error": "invalid_grant"}


def test_a_code_works_once_in_time_and_with_its_redirect(flow: Flow) -> None:
    fields = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    code = flow.code()
    assert flow.token(**fields | {"redirect_uri": f"{REDIRECT}/x"}, code=code).status_code == 400
    assert [flow.token(**fields, code=code).status_code for _ in range(2)] == [200, 400]
    late = flow.code()
    flow.account.advance(601)
    assert flow.token(**fields, code=late).json() == {"error": "invalid_grant"}


def test_the_client_proves_itself_in_the_body(flow: Flow) -> None:
    fields = {"grant_type": "refresh_token", "refresh_token": flow.exchange()["refresh_token"]}
    auth = (flow.server.client_id, flow.server.client_secret)
    assert flow.token(**fields, client_secret="wrong").status_code == 401
    assert flow.http.post(flow.server.token_url, data=fields, auth=auth).status_code == 401
    flow.account.set_options(token_auth="both", token_body="both")
    assert flow.http.post(flow.server.token_url, json=fields, auth=auth).status_code == 200
    assert flow.token(**fields).status_code == 200
    assert flow.token(grant_type="password").json() == {"error": "unsupported_grant_type"}


def test_pkce_is_ignored_or_checked(flow: Flow) -> None:
    fields = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    asked = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert flow.token(**fields, code=flow.code(**asked)).status_code == 200
    flow.account.set_options(pkce="checked")
    code = flow.code(**asked)
    assert flow.token(**fields, code=code).status_code == 400
    assert flow.token(**fields, code=code, code_verifier=VERIFIER).status_code == 200


def test_disconnecting_and_connecting_again_keeps_the_application(flow: Flow) -> None:
    tokens = flow.exchange()
    url, ada = f"{flow.server.url}/admin/oauth2/api/v1", {"id": "d-1", "first_name": "Ada", "last_name": "Lane"}
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    flow.http.post(f"{url}/imports", headers=headers, json={"data_format": "contact", "data": [ada]}).raise_for_status()
    flow.account.run_jobs()
    flow.account.revoke(grants=True)
    assert flow.told(tokens["access_token"]) == 401
    assert flow.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    headers = {"Authorization": f"Bearer {flow.exchange()['access_token']}"}
    found = flow.http.post(f"{url}/contacts/query", headers=headers, json={"query": ["linked"]}).json()["results"]
    assert [row["external_id"] for row in found] == ["d-1"]


def test_token_requests_are_in_the_servers_journal_without_secrets(flow: Flow) -> None:
    flow.server.server.reset_journal()
    flow.exchange()
    entry = flow.server.server.journal("POST", "/admin/oauth2/token")[-1]
    assert (entry["body"]["code"], entry["body"]["client_secret"]) == ("***", "***")
    flow.server.server.fault("status", status=503, path="/admin/oauth2/token")
    assert flow.refresh("x").status_code == 503
