"""Connecting a database, by key and by consent."""

import hashlib
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from giftbridge.connectors import registry
from giftbridge.connectors.oauth import Flow, Registration
from giftbridge.errors import Disconnected
from giftbridge.jobs.context import App
from tests.rows.browser import Browser, consented, link_for, query_of, with_query
from tests.rows.conftest import Deployment, Site

COOKIE = "__Host-giftbridge_oauth"


def title(page: httpx.Response) -> str:
    """The heading that a person reads."""
    found = re.search("<h1>(.*?)</h1>", page.text)
    return found[1] if found else ""


def rows_of(deployment: Deployment, site: Site) -> list[Any]:
    """All that is stored of an organisation and its database."""
    rows = [row for table in ("CONNECTIONS", "INBOX", "LINKS", "RUNS") for row in deployment.table(table)]
    marks = (f"handbid:{site.platform.id}'", f"bloomerang:{site.crm.id}'", f"bloomerang:{site.crm.id}|")
    return [row for row in rows if any(mark in str(row) for mark in marks)]


def test_F01_a_key_is_checked_and_the_organisation_and_a_demo_are_recognised(
    deployment: Deployment, site: Site
) -> None:
    tried = site.post(
        "/connections/test", {name: site.body()[name] for name in ("crm", "credentials", "platform_credentials")}
    )
    assert (tried["crm"]["name"], tried["crm"]["demo"]) == (site.crm.summary["name"], True)
    assert site.get("/connections")["items"] == []
    view = site.connect().view()
    assert (view["name"], view["demo"], view["health"]) == (site.crm.summary["name"], True, "healthy")
    assert view["connected_by"] == "Avery Admin"
    assert site.crm.count("GET", "/v2/database") >= 2, "both asked the vendor"


def test_F01_a_customers_database_is_no_demo(deployment: Deployment, site: Site) -> None:
    site.crm = deployment.crms.database(flavor="Customer", name=f"{site.crm.name}-live")
    assert site.connect().view()["demo"] is False


def test_F01_a_wrong_key_gets_a_clear_message_and_stores_nothing(deployment: Deployment, site: Site) -> None:
    reply = site.call("POST", "/connections", {**site.body(), "credentials": {"api_key": "wrong-key-1"}})
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    (mistake,) = reply.json()["errors"]
    assert mistake["path"] == "credentials"
    assert "Bloomerang does not accept this API key" in mistake["detail"]
    assert "wrong-key-1" not in reply.text
    assert rows_of(deployment, site) == []
    assert site.get("/connections")["items"] == []


def test_F02_a_link_sets_a_cookie_and_leads_to_consent(deployment: Deployment, site: Site) -> None:
    reply = Browser().open(link_for(site))
    assert reply.status_code == 302
    (cookie,) = reply.headers.get_list("set-cookie")
    name, *attributes = (part.strip() for part in cookie.split(";"))
    assert name.startswith(f"{COOKIE}=")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(attributes)
    assert not [one for one in attributes if one.startswith("Domain")]
    asked = reply.headers["location"]
    assert asked.startswith(deployment.crms.authorize_url)
    query = query_of(asked)
    assert (query["client_id"], query["response_type"]) == (deployment.crms.client_id, "code")
    assert query["redirect_uri"] == f"{deployment.stack.api}/oauth/callback"
    assert len(query["state"]) >= 32
    assert "code_challenge" not in query, "the vendor's documents know no PKCE"


def test_F02_the_callback_connects_and_says_with_whom(deployment: Deployment, site: Site) -> None:
    deployment.crms.consent(site.crm.name)
    browser = Browser()
    back = browser.consent(link_for(site))
    page = browser.open(back)
    assert (page.status_code, title(page)) == (200, "Connected")
    assert site.crm.summary["name"] in page.text
    assert browser.jar[COOKIE] == "", "the cookie has served"
    assert not [value for value in query_of(back).values() if value in page.text]
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    (view,) = site.get("/connections")["items"]
    assert (view["id"], view["name"], view["health"]) == (site.connection, site.crm.summary["name"], "healthy")


def test_F02_every_wrong_callback_has_its_own_page_and_connects_nothing(deployment: Deployment, site: Site) -> None:
    pages = {
        "denied": _denied(deployment, site),
        "forged": Browser().open(f"{deployment.stack.api}/oauth/callback?state=made-up&code=made-up"),
        "late": _late(deployment, site),
        "refused": _bogus_code(deployment, site),
    }
    pages["wrong browser"], pages["again in the right one"] = _wrong_browser(deployment, site)
    pages["link used"] = _link_twice(site)
    pages["link unknown"] = Browser().open(f"{deployment.stack.api}/oauth/start?ticket=made-up")
    assert {name: page.status_code for name, page in pages.items()} == {
        "denied": 403, "forged": 400, "late": 410, "refused": 502, "wrong browser": 403, "again in the right one": 409,
        "link used": 410, "link unknown": 404,
    }  # fmt: skip
    assert len({title(page) for page in pages.values()}) == len(pages)
    assert all(page.headers["content-type"].startswith("text/html") for page in pages.values())
    assert site.get("/connections")["items"] == []


def test_F02_a_replayed_callback_changes_nothing(deployment: Deployment, site: Site) -> None:
    deployment.crms.consent(site.crm.name)
    browser = Browser()
    back = browser.consent(link_for(site))
    cookie = dict(browser.jar)
    assert browser.open(back).status_code == 200
    before = rows_of(deployment, site)
    again = Browser(cookie).open(back)
    assert (again.status_code, title(again)) == (409, "This answer was used already")
    assert before
    assert rows_of(deployment, site) == before


def test_F02_consent_again_reconnects_under_the_same_links(deployment: Deployment, site: Site) -> None:
    consented(deployment, site)
    links = site.view()["id"]
    site.crm.revoke_grants()
    browser = Browser()
    page = browser.open(browser.consent(link_for(site, "~/oauth/links")))
    assert page.status_code == 200
    assert [one["id"] for one in site.get("/connections")["items"]] == [links]
    assert site.get("~/choices")["funds"]


@pytest.mark.parametrize("pkce", [True, False])
def test_F02_pkce_is_a_setting_of_the_vendor(deployment: Deployment, site: Site, app: App, pkce: bool) -> None:
    site.crm.set_options(pkce="required")
    standing = registry.manifest("bloomerang")
    assert standing.oauth is not None
    manifest = replace(standing, oauth=replace(standing.oauth, pkce=pkce))
    registration = Registration(deployment.crms.client_id, deployment.crms.client_secret, "http://127.0.0.1/callback")
    deployment.crms.consent(site.crm.name)
    flow = Flow(manifest, registration, app.client)
    verifier = flow.new_verifier()
    asked = flow.consent_url("state", verifier)
    assert query_of(asked).get("code_challenge_method") == ("S256" if pkce else None)
    code = query_of(httpx.get(asked).headers["location"])["code"]
    if pkce:
        assert flow.exchange(code, verifier, app.now())["access_token"]
    with pytest.raises(Disconnected):
        flow.exchange(code, "" if not pkce else "another verifier than was promised, of fair length", app.now())


def _denied(deployment: Deployment, site: Site) -> httpx.Response:
    deployment.crms.consent(site.crm.name, allow=False)
    browser = Browser()
    return browser.open(browser.consent(link_for(site)))


def _late(deployment: Deployment, site: Site) -> httpx.Response:
    """Ten minutes pass between the redirect and the answer."""
    deployment.crms.consent(site.crm.name)
    browser = Browser()
    back = browser.consent(link_for(site))
    key = f"ONCE#state#{hashlib.sha256(query_of(back)['state'].encode()).hexdigest()}"
    deployment.stack.client("dynamodb").update_item(
        TableName=deployment.stack.env["CONNECTIONS_TABLE"],
        Key={"pk": {"S": key}, "sk": {"S": "ONCE"}},
        UpdateExpression="SET #until = #until - :ten",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeNames={"#until": "until"},
        ExpressionAttributeValues={":ten": {"N": "600000"}},
    )
    return browser.open(back)


def _bogus_code(deployment: Deployment, site: Site) -> httpx.Response:
    deployment.crms.consent(site.crm.name)
    browser = Browser()
    return browser.open(with_query(browser.consent(link_for(site)), code="made-up"))


def _wrong_browser(deployment: Deployment, site: Site) -> tuple[httpx.Response, httpx.Response]:
    """Somebody else's browser gets no further, and has spent the attempt."""
    deployment.crms.consent(site.crm.name)
    browser, other = Browser(), Browser()
    back = browser.consent(link_for(site))
    other.open(link_for(site))
    return other.open(back), browser.open(back)


def _link_twice(site: Site) -> httpx.Response:
    link = link_for(site)
    Browser().open(link)
    return Browser().open(link)
