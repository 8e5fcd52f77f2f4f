"""OAuth: consent page, code exchange, rotation of refresh tokens, revocation."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from local.sandbox.bloomerang import BloomerangDatabase, BloomerangSandbox

REDIRECT = "http://127.0.0.1:9/oauth/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Flow:
    """The steps of a web application against one database."""

    def __init__(self, server: BloomerangSandbox, database: BloomerangDatabase) -> None:
        self.server = server
        self.database = database
        self.client = (server.client_id, server.client_secret)

    def ask(self, **changes: str) -> httpx.Response:
        query = {"client_id": self.server.client_id, "response_type": "code", "state": "s1", "redirect_uri": REDIRECT}
        return httpx.get(self.server.authorize_url, params=query | changes)

    def code(self, **changes: str) -> str:
        self.server.consent(self.database.name)
        answer = self.ask(**changes)
        self.server.ask_again()
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def token(self, auth: Any = None, **fields: str) -> httpx.Response:
        return httpx.post(self.server.token_url, data=fields, auth=auth or self.client)

    def exchange(self, **changes: str) -> dict[str, Any]:
        fields = {"grant_type": "authorization_code", "code": self.code(), "redirect_uri": REDIRECT}
        answer = self.token(**(fields | changes))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def refresh(self, token: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=token)

    def works(self, token: str) -> bool:
        answer = httpx.get(f"{self.server.url}/v2/database", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200 and answer.json()["Id"] == self.database.id


@pytest.fixture
def flow(bloomerang_server: BloomerangSandbox, bloomerang: BloomerangDatabase) -> Flow:
    return Flow(bloomerang_server, bloomerang)


def test_the_page_asks_and_its_form_answers(flow: Flow) -> None:
    page = flow.ask(scope="Standard")
    assert page.status_code == 200
    assert flow.database.name in page.text
    form = {"client_id": flow.server.client_id, "state": "s 1", "redirect_uri": f"{REDIRECT}?x=1"}
    decision = f"{flow.server.url}/authorize/decision"
    yes = httpx.post(decision, data=form | {"database": flow.database.name, "decision": "allow"})
    sent = parse_qs(urlsplit(yes.headers["location"]).query)
    assert (yes.status_code, sent["state"], sent["x"], len(sent["code"])) == (302, ["s 1"], ["1"], 1)
    no = httpx.post(decision, data=form | {"database": flow.database.name, "decision": "deny"})
    assert parse_qs(urlsplit(no.headers["location"]).query)["error"] == ["access_denied"]


@pytest.mark.parametrize("path", ["/Authorize", "/authorize/", "/authorize"])
def test_the_page_has_several_spellings(flow: Flow, path: str) -> None:
    query = {"client_id": flow.server.client_id, "response_type": "code", "state": "s", "redirect_uri": REDIRECT}
    assert httpx.get(flow.server.url + path, params=query).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "nobody"},
        {"state": ""},
        {"response_type": "token"},
        {"redirect_uri": f"{REDIRECT}#x"},
        {"scope": "All"},
    ],
)
def test_a_bad_request_gets_an_error_page_and_no_redirect(flow: Flow, wrong: dict[str, str]) -> None:
    answer = flow.ask(**wrong)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_a_registered_redirect_must_match_but_for_its_query(flow: Flow) -> None:
    flow.server.register("strict", "secret", REDIRECT)
    assert flow.ask(client_id="strict", redirect_uri=f"{REDIRECT}?hook=1").status_code == 200
    assert flow.ask(client_id="strict", redirect_uri="http://127.0.0.1:9/elsewhere").status_code == 400


def test_denial_set_by_a_test(flow: Flow) -> None:
    flow.server.consent(flow.database.name, allow=False)
    answer = flow.ask()
    flow.server.ask_again()
    sent = parse_qs(urlsplit(answer.headers["location"]).query)
    assert sent == {"error": ["access_denied"], "state": ["s1"]}


def test_code_exchange_gives_tokens_for_the_chosen_database(flow: Flow) -> None:
    tokens = flow.exchange()
    assert set(tokens) == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert flow.works(tokens["access_token"])


def test_a_code_works_once_and_with_its_redirect(flow: Flow) -> None:
    code = flow.code()
    wrong = flow.token(grant_type="authorization_code", code=code, redirect_uri="http://127.0.0.1:9/x")
    assert (wrong.status_code, wrong.json()) == (400, {"error": "invalid_grant"})
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    assert [flow.token(**fields).status_code for _ in range(2)] == [200, 400]


def test_the_client_proves_itself_by_basic_or_body(flow: Flow) -> None:
    token = flow.exchange()["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    assert flow.token(auth=("sandbox-client", "wrong"), **fields).status_code == 401
    in_body = fields | {"client_id": flow.client[0], "client_secret": flow.client[1]}
    assert httpx.post(flow.server.token_url, data=in_body).status_code == 401
    flow.database.set_options(token_auth="body")
    assert httpx.post(flow.server.token_url, data=in_body).status_code == 200


def test_the_body_is_a_form_or_json_by_option(flow: Flow) -> None:
    token = flow.exchange()["refresh_token"]
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    assert httpx.post(flow.server.token_url, json=fields, auth=flow.client).json() == {"error": "invalid_request"}
    flow.database.set_options(token_body="json")
    assert httpx.post(flow.server.token_url, json=fields, auth=flow.client).status_code == 200


@pytest.mark.parametrize(
    ("policy", "status", "alive"), [("refused", 400, True), ("usable", 200, True), ("revokes", 400, False)]
)
def test_refresh_rotates_and_the_old_token_goes_by_option(flow: Flow, policy: str, status: int, *, alive: bool) -> None:
    flow.database.set_options(old_refresh_token=policy)
    first = flow.exchange()
    second = flow.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert flow.works(first["access_token"])
    assert flow.refresh(first["refresh_token"]).status_code == status
    assert flow.works(second["access_token"]) is alive


def test_refresh_token_stays_by_option(flow: Flow) -> None:
    flow.database.set_options(refresh_rotation="keeps", expires_in="omitted")
    first = flow.exchange()
    second = flow.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] == first["refresh_token"]
    assert "expires_in" not in second


def test_access_tokens_expire_by_the_database_clock(flow: Flow) -> None:
    flow.database.set_options(access_token_seconds=60)
    token = flow.exchange()["access_token"]
    flow.database.advance(59)
    assert flow.works(token)
    flow.database.advance(2)
    assert not flow.works(token)


def test_revoked_grants_are_dead(flow: Flow) -> None:
    tokens = flow.exchange()
    flow.database.revoke_grants()
    answer = httpx.get(f"{flow.server.url}/v2/database", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert (answer.status_code, answer.json()["ErrorCode"]) == (401, 109)
    assert flow.refresh(tokens["refresh_token"]).status_code == 400


def test_pkce_is_checked_when_it_was_asked_for(flow: Flow) -> None:
    fields = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    code = flow.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    assert flow.token(**fields, code=code).status_code == 400
    assert flow.token(**fields, code=code, code_verifier=VERIFIER).status_code == 200
    flow.database.set_options(pkce="required")
    assert flow.token(**fields, code=flow.code()).status_code == 400


def test_a_view_only_token_cannot_write(flow: Flow) -> None:
    flow.server.consent(flow.database.name, scope="ViewOnly")
    code = parse_qs(urlsplit(flow.ask().headers["location"]).query)["code"][0]
    flow.server.ask_again()
    token = flow.token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert flow.works(token)
    body = {"Type": "Organization", "FullName": "Fern Trust"}
    assert httpx.post(f"{flow.server.url}/v2/constituent", json=body, headers=headers).status_code == 403


def test_tokens_can_be_had_without_a_browser(flow: Flow) -> None:
    tokens = flow.server.server.call("POST", "/oauth/grant", json={"database": flow.database.name})
    assert flow.works(tokens["access_token"])


def test_token_requests_are_in_the_servers_journal_without_secrets(flow: Flow) -> None:
    flow.server.server.reset_journal()
    flow.exchange()
    entry = flow.server.server.journal("POST", "/v2/oauth/token")[-1]
    assert entry["body"]["code"] == "***"
    assert "authorization" not in entry["headers"]
    flow.server.server.fault("status", status=503, path="/v2/oauth/token")
    assert flow.refresh("x").status_code == 503
