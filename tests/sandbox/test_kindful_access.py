"""Who may call on which path family, and what a refusal looks like."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.common.remote import plain_client
from local.sandbox.kindful import KindfulAccount, KindfulSandbox
from tests.sandbox.kindful_words import ADA, post

pytest_plugins = ["tests.sandbox.kindful_fixtures"]


def call(account: KindfulAccount, authorization: str | None, base: str = "/api/v1") -> int:
    headers = {"Authorization": authorization} if authorization else {}
    with plain_client(account.url + base, headers=headers) as client:
        return client.get("/details").status_code


def test_details_have_two_forms(kindful: KindfulAccount) -> None:
    mine = kindful.api.get("/details").json()
    assert set(mine) == {
        *("id", "name", "email", "subdomain", "root_url"),
        *("time_zone", "ein", "city", "state", "country"),
    }
    theirs = kindful.partner().get("/details").json()
    assert set(theirs) == {"first_name", "last_name", "email", "organization"}
    assert theirs["organization"]["id"] == mine["id"] == kindful.id


@pytest.mark.parametrize("form", ["Token {0}", "Bearer {0}", 'token token="{0}"', "Token token='{0}'", "{0}", None])
def test_the_customers_header_is_taken_to_the_letter(kindful: KindfulAccount, form: str | None) -> None:
    assert call(kindful, f'Token token="{kindful.token}"') == 200
    assert call(kindful, form and form.format(kindful.token)) == 401


def test_unknown_credentials_may_be_told_as_404(kindful_server: KindfulSandbox, kindful: KindfulAccount) -> None:
    assert call(kindful, 'Token token="nobody"') == 401
    kindful_server.refuse_unknown_with(404)
    assert call(kindful, 'Token token="nobody"') == 404
    assert call(kindful, f'Token token="{kindful.token}"') == 200
    kindful_server.refuse_unknown_with(401)


def test_each_credential_has_its_path_family(kindful: KindfulAccount) -> None:
    bearer = kindful.partner().headers["Authorization"]
    assert call(kindful, bearer, "/admin/oauth2/api/v1") == 200
    assert call(kindful, f'Token token="{kindful.token}"', "/admin/oauth2/api/v1") == 401
    assert call(kindful, bearer) == 401
    kindful.set_options(bearer_on_customer_path="accepted", token_on_partner_path="accepted")
    assert call(kindful, bearer) == 200
    assert call(kindful, f'Token token="{kindful.token}"', "/admin/oauth2/api/v1") == 200


@pytest.mark.parametrize("told", [401, 404])
def test_a_disconnected_customer(kindful: KindfulAccount, told: int) -> None:
    kindful.set_options(revoked_status=told)
    partner = kindful.partner()
    kindful.revoke()
    assert kindful.api.get("/imports/stats").status_code == told
    assert partner.get("/details").status_code == 200
    kindful.revoke(grants=True)
    assert partner.get("/details").status_code == told
    kindful.restore()
    kindful.restore(grants=True)
    assert (kindful.api.get("/details").status_code, partner.get("/details").status_code) == (200, 200)


@pytest.mark.parametrize("told", [401, 404])
def test_a_disconnected_customer_asks_about_a_job(kindful: KindfulAccount, told: int) -> None:
    kindful.set_options(revoked_job_status=told)
    job = post(kindful.api, ADA)
    kindful.revoke()
    assert kindful.api.get(f"/imports/{job}").status_code == told
    assert kindful.api.get("/imports/stats").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/details", "basic"),
        ("POST", "/imports", "data_add"),
        ("POST", "/contacts/query", "data_query"),
        ("POST", "/transactions/query", "data_query"),
    ],
)
def test_scopes(kindful: KindfulAccount, method: str, path: str, scope: str) -> None:
    body: dict[str, Any] = {"data": [], "query": []}
    everything = {"basic", "data_add", "data_query"}
    assert kindful.partner(scope).request(method, path, json=body).status_code == 200
    assert kindful.partner(" ".join(everything - {scope})).request(method, path, json=body).status_code == 401


def test_scopes_the_sources_disagree_on(kindful: KindfulAccount) -> None:
    told = {"data": {"status": "Connected", "units": "1"}}
    basic, query, add = (kindful.partner(scope) for scope in ("basic", "data_query", "data_add"))
    assert basic.post("/integrations/status", json=told).status_code == 200
    kindful.set_options(status_scope="data_query", link_scope="data_add")
    assert basic.post("/integrations/status", json=told).status_code == 401
    assert query.post("/integrations/status", json=told).status_code == 200
    links: dict[str, Any] = {"action_type": "update", "data": []}
    assert query.post("/contacts/link", json=links).status_code == 401
    assert add.post("/contacts/link", json=links).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/contacts"),
        ("GET", "/contacts/5734001"),
        ("POST", "/contacts"),
        ("GET", "/donations"),
        ("GET", "/activities"),
        ("GET", "/contacts/email_exists"),
        ("GET", "/import/1"),
        ("POST", "/imports/multi"),
        ("GET", "/imports"),
        ("DELETE", "/imports/1"),
    ],
)
def test_paths_that_do_not_exist(kindful: KindfulAccount, method: str, path: str) -> None:
    kindful.seed(1)
    assert kindful.api.request(method, path, json={}).status_code == 404


def test_an_application_sees_its_own_jobs_only(kindful: KindfulAccount) -> None:
    job = post(kindful.api, ADA)
    assert kindful.api.get(f"/imports/{job}").json()["id"] == job
    assert kindful.partner().get(f"/imports/{job}").status_code == 404


def test_metadata_lists_are_bare_arrays(kindful_server: KindfulSandbox) -> None:
    account = kindful_server.account(reference={"campaigns": ["Gala"], "funds": ["General"], "custom_fields": ["A|B"]})
    names = {path: [row["name"] for row in account.api.get(path).json()] for path in ("/campaigns", "/funds")}
    assert names == {"/campaigns": ["Gala"], "/funds": ["General"]}
    assert account.api.get("/funds").json()[0]["id"] == 1
    field = account.api.get("/custom_fields").json()[0]
    assert (field["name"], field["custom_field_group"]["name"]) == ("B", "A")
    assert account.api.get("/custom_field_groups").json() == [field["custom_field_group"]]
    assert account.api.get("/chapters").json() == []
    assert {"id", "name"} <= set(account.api.get("/groups").json()[0])
    account.close()


def test_email_exist_has_two_spellings(kindful: KindfulAccount) -> None:
    kindful.staff_contact(first_name="Ada", last_name="Lane", email="ada@example.org")
    assert kindful.api.get("/contacts/email_exist?email=ADA@example.org").json() == {"exist": True}
    kindful.set_options(email_exist_key="exists")
    assert kindful.api.get("/contacts/email_exist?email=b@example.org").json() == {"exists": False}


def test_integration_status(kindful: KindfulAccount) -> None:
    told = {"data": {"status": "Connected", "units": "5"}}
    answer = kindful.api.post("/integrations/status", json=told).json()
    assert (answer["units"], answer["sync_enabled"], answer["org_name"]) == ("5", True, kindful.name)
    assert kindful.state()["apps"]["custom-app"]["integration"]["status"] == "Connected"
    kindful.set_options(integration_status="strict")
    odd = {"data": {"status": "sleepy", "units": "0"}}
    assert kindful.api.post("/integrations/status", json=odd).status_code == 500
    assert kindful.api.post("/integrations/status", json={"status": "Connected"}).status_code == 500


def test_accounts_are_apart(kindful_server: KindfulSandbox, kindful: KindfulAccount) -> None:
    other = kindful_server.account()
    other.seed(3)
    kindful.fault("status", count=None)
    assert kindful.api.get("/details").status_code == 500
    assert other.api.get("/details").json()["id"] == other.id != kindful.id
    assert (kindful.count(), other.count()) == (1, 1)
    assert kindful.state()["contact"] == []
    other.close()


def test_rate_limit_option(kindful: KindfulAccount) -> None:
    kindful.freeze()
    kindful.set_options(rate_limit_per_minute=1)
    first, second = (kindful.api.get("/details") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    assert 1 <= int(second.headers["Retry-After"]) <= 60
    kindful.advance(61)
    assert kindful.api.get("/details").status_code == 200
