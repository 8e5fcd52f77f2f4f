"""Connecting by consent: one browser, once, in time."""

import re
from dataclasses import replace
from typing import Any

import pytest

from giftbridge.connectors import registry
from giftbridge.connectors.manifest import Manifest
from tests.management.conftest import Browser, Place, Reply, query_of, with_query

START = "https://giftbridge.invalid/oauth/start"
CALLBACK = "https://giftbridge.invalid/oauth/callback"


def title(reply: Reply) -> str:
    found = re.search(r"<h1>(.*?)</h1>", reply.text)
    assert found is not None
    return found[1]


def assert_is_safe_page(reply: Reply) -> None:
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert '<html lang="en">' in reply.text
    assert "<script" not in reply.text


def assert_nothing_connected(place: Place) -> None:
    assert place.api.get("/connections")["items"] == []
    assert place.crm.count("GET", "/v2/database") == 0


@pytest.fixture
def back(place: Place) -> str:
    """The address to which the vendor sends a browser back that consented."""
    place.world.bloomerang.consent(place.crm.name)
    return place.browser.consent(place.link())


def test_F02_a_link_a_consent_and_it_is_connected(place: Place) -> None:
    place.world.bloomerang.consent(place.crm.name)
    offered = place.api.post(
        "/oauth/links", {"crm": "bloomerang", "platform_credentials": {"token": place.platform.token}}, 201
    )
    assert offered["url"].startswith(f"{START}?ticket=")
    redirect = place.browser.open(offered["url"])
    (cookie,) = redirect.cookies
    assert re.fullmatch(
        r"__Host-giftbridge_oauth=[\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600", cookie
    )
    asked = query_of(redirect.headers["location"])
    assert redirect.headers["location"].startswith(place.world.bloomerang.authorize_url)
    assert (asked["response_type"], asked["redirect_uri"], asked["scope"]) == ("code", CALLBACK, "Standard")
    assert len(asked["state"]) == 43
    page = place.browser.open(Browser(None).consent_at(redirect))
    assert (page.status, title(page)) == (200, "Connected")
    assert_is_safe_page(page)
    assert place.crm.name in page.text
    assert "demo database" in page.text
    assert place.browser.jar["__Host-giftbridge_oauth"] == ""
    (view,) = place.api.get("/connections")["items"]
    assert (view["id"], view["name"], view["demo"]) == (offered["connection"], place.crm.name, True)
    assert view["ask_first_sync"] is True


def test_F02_a_connection_by_consent_syncs(place: Place) -> None:
    place.platform.seed_people(2, seed="o")
    connection = place.connect_by_consent()
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    assert len(place.crm.state()["constituents"]) == 2


def test_F02_a_replayed_callback_counts_once(place: Place, back: str) -> None:
    assert place.browser.open(back).status == 200
    tokens = place.world.bloomerang.server.count("POST", "/v2/oauth/token")
    again = Browser(place.browser.handler, {**place.browser.jar}).open(back)
    assert (again.status, title(again)) == (409, "This answer was used already")
    assert place.world.bloomerang.server.count("POST", "/v2/oauth/token") == tokens
    assert len(place.api.get("/connections")["items"]) == 1


@pytest.mark.parametrize("state", ["", "A" * 43, "x"])
def test_F02_a_forged_callback_belongs_to_nothing(place: Place, back: str, state: str) -> None:
    reply = place.browser.open(with_query(back, state=state))
    assert (reply.status, title(reply)) == (400, "This answer belongs to no request")
    assert_is_safe_page(reply)
    assert_nothing_connected(place)


def test_F02_a_late_callback_no_longer_counts(place: Place, back: str) -> None:
    place.world.clock.advance(minutes=11)
    reply = place.browser.open(back)
    assert (reply.status, title(reply)) == (410, "This took too long")
    place.world.clock.advance(minutes=-11)
    assert place.browser.open(back).status == 409
    assert_nothing_connected(place)


@pytest.mark.parametrize("jar", [{}, {"__Host-giftbridge_oauth": "A" * 43}, {"__Host-giftbridge_oauth": ""}])
def test_F02_a_callback_in_another_browser_connects_nothing(place: Place, back: str, jar: dict[str, str]) -> None:
    reply = Browser(place.browser.handler, jar).open(back)
    assert (reply.status, title(reply)) == (403, "This is not the browser that began")
    assert place.browser.open(back).status == 409
    assert_nothing_connected(place)


def test_F02_a_cookie_of_another_attempt_does_not_fit(place: Place, back: str) -> None:
    first = dict(place.browser.jar)
    second = place.browser.consent(place.link())
    assert Browser(place.browser.handler, first).open(second).status == 403
    assert Browser(place.browser.handler, dict(place.browser.jar)).open(back).status == 403
    assert_nothing_connected(place)


def test_F02_who_says_no_is_told_that_nothing_happened(place: Place) -> None:
    place.world.bloomerang.consent(place.crm.name, allow=False)
    reply = place.browser.open(place.browser.consent(place.link()))
    assert (reply.status, title(reply)) == (403, "Access was not allowed")
    assert_nothing_connected(place)


def test_F02_an_error_of_the_vendor_is_told_without_its_words(place: Place, back: str) -> None:
    wrong = with_query(back, code="", error="server_error", error_description="<b>Ada Lovelace</b>")
    reply = place.browser.open(wrong)
    assert (reply.status, title(reply)) == (502, "The other side reported an error")
    assert "Lovelace" not in reply.text
    assert_nothing_connected(place)


def test_F02_a_code_that_the_vendor_refuses_connects_nothing(place: Place, back: str) -> None:
    reply = place.browser.open(with_query(back, code="made-up"))
    assert (reply.status, title(reply)) == (502, "The other side did not confirm")
    assert_nothing_connected(place)


def test_F02_a_vendor_out_of_reach_is_told_apart(place: Place, back: str) -> None:
    place.world.bloomerang.server.fault("status", path="/v2/oauth/token", status=503)
    reply = place.browser.open(back)
    assert (reply.status, title(reply)) == (503, "The other side can&#x27;t be reached")
    assert_nothing_connected(place)


def test_F02_a_link_works_once_and_for_ten_minutes(place: Place) -> None:
    place.world.bloomerang.consent(place.crm.name)
    link = place.link()
    assert place.browser.open(link).status == 302
    assert (reply := place.browser.open(link)).status == 410
    assert title(reply) == "This link was used already"
    late = place.link()
    place.world.clock.advance(minutes=11)
    assert title(place.browser.open(late)) == "This link has expired"
    for made_up in ("", "?ticket=", "?ticket=" + "A" * 43):
        reply = place.browser.open(START + made_up)
        assert (reply.status, title(reply)) == (404, "This link is not valid")
        assert reply.cookies == ()
        assert_is_safe_page(reply)


def test_F02_a_database_that_is_connected_already_is_not_connected_twice(place: Place) -> None:
    place.connect()
    place.world.bloomerang.consent(place.crm.name)
    reply = place.browser.open(place.browser.consent(place.link()))
    assert (reply.status, title(reply)) == (409, "This is connected already")
    assert len(place.api.get("/connections")["items"]) == 1


def test_F02_the_platforms_token_is_checked_before_anybody_is_asked(place: Place) -> None:
    reply = place.api.call("POST", "/oauth/links", {"crm": "bloomerang", "platform_credentials": {"token": "wrong"}})
    assert (reply.status, reply.json["errors"][0]["path"]) == (422, "platform_credentials")


def test_F05_reconnected_by_consent_under_the_same_links(place: Place) -> None:
    ids = place.platform.seed_people(2, seed="again")
    connection = place.connect_by_consent()
    place.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    place.crm.revoke_grants()
    place.platform.edit_contact(ids[0], firstName="Waited")
    place.world.clock.advance(hours=2)
    place.crm.advance(7200)
    place.world.tick()
    assert place.view(connection)["health"] == "reconnect"
    link = place.api.post(f"/connections/{connection}/oauth/links", status=201)["url"]
    assert place.browser.open(place.browser.consent(link)).status == 200
    place.world.pump()
    view = place.view(connection)
    assert (view["health"], view["first_sync"]) == ("healthy", "done")
    assert "Waited" in [person["FirstName"] for person in place.crm.state()["constituents"]]
    assert len(place.crm.state()["constituents"]) == 2


def test_F05_reconnecting_by_consent_takes_the_same_database_only(place: Place) -> None:
    connection = place.connect_by_consent()
    other = place.world.bloomerang.database()
    place.world.bloomerang.consent(other.name)
    link = place.api.post(f"/connections/{connection}/oauth/links", status=201)["url"]
    reply = place.browser.open(place.browser.consent(link))
    assert (reply.status, title(reply)) == (422, "This can&#x27;t be connected")
    assert "another database" in reply.text


def test_F02_pkce_where_the_vendor_takes_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.crm.set_options(pkce="required")
    place.world.bloomerang.consent(place.crm.name)
    refused = place.browser.open(place.browser.consent(place.link()))
    assert refused.status == 502
    with_pkce(monkeypatch)
    redirect = place.browser.open(place.link())
    asked = query_of(redirect.headers["location"])
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    assert place.browser.open(Browser(None).consent_at(redirect)).status == 200


def with_pkce(monkeypatch: pytest.MonkeyPatch) -> None:
    original = registry.manifest

    def manifest(name: str) -> Manifest:
        found = original(name)
        return replace(found, oauth=replace(found.oauth, pkce=True)) if found.oauth else found

    monkeypatch.setattr(registry, "manifest", manifest)


def test_F02_names_are_escaped(place: Place) -> None:
    place.crm = place.world.bloomerang.database("<b>Cats & Dogs")
    place.world.bloomerang.consent(place.crm.name)
    page = place.browser.open(place.browser.consent(place.link()))
    assert page.status == 200
    assert "<b>" not in page.text
    assert "&lt;b&gt;Cats &amp; Dogs" in page.text


def test_F04_nothing_of_the_flow_is_kept_in_the_clear(place: Place, stores: Any) -> None:
    place.world.bloomerang.consent(place.crm.name)
    link = place.link()
    back = place.browser.consent(link)
    secrets = [query_of(link)["ticket"], query_of(back)["state"], query_of(back)["code"], *place.browser.jar.values()]
    for secret in [*secrets, place.platform.token, place.world.bloomerang.client_secret]:
        assert stores.holding(secret.encode()) == []


def test_an_answer_that_must_not_happen_is_a_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Ada Lovelace")

    monkeypatch.setattr(type(place.world.app.connections), "take_once", broken)
    reply = place.browser.open(f"{START}?ticket=x")
    assert reply.status == 500
    assert "Lovelace" not in reply.text
    assert_is_safe_page(reply)
