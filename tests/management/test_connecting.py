"""Connecting by key: checked on both sides before anything is stored."""

import base64
from typing import Any

import pytest

from giftbridge.stores.connections import owner
from tests.management.conftest import Place


def stored_of(place: Place) -> list[Any]:
    return place.world.app.connections.of_organisation(owner("handbid", place.platform.id))


def test_F01_a_key_is_checked_and_the_organisation_is_recognised(place: Place) -> None:
    made = place.api.post("/connections", place.body(), 201)
    view = made["connection"]
    assert (view["name"], view["demo"]) == (place.crm.summary["name"], True)
    assert view["connected_by"]
    assert (view["status"], view["health"], view["first_sync"]) == ("active", "healthy", "unasked")
    assert made["ask_first_sync"] is True
    assert view["settings"]["time_zone"] == "America/Chicago"  # the platform's own
    assert view["settings"]["currency"] == "USD"
    assert place.view(view["id"]) == view
    assert [one["id"] for one in place.api.get("/connections")["items"]] == [view["id"]]


def test_F01_a_database_that_is_no_demo_is_not_shown_as_one(place: Place) -> None:
    place.crm = place.world.bloomerang.database(flavor="Customer")
    assert place.api.post("/connections", place.body(), 201)["connection"]["demo"] is False


@pytest.mark.parametrize("wrong", ["crm", "platform", "both"])
def test_F01_a_wrong_key_says_which_side_and_stores_nothing(place: Place, wrong: str) -> None:
    key, token = place.crm.api_key, place.platform.token
    body = place.body(
        credentials={"api_key": "not-a-key" if wrong != "platform" else key},
        platform_credentials={"token": "not-a-token" if wrong != "crm" else token},
    )
    for path in ("/connections", "/connections/test"):
        reply = place.api.call("POST", path, body)
        assert reply.status == 422
        assert reply.headers["content-type"] == "application/problem+json"
        told = {each["path"]: each["detail"] for each in reply.json["errors"]}
        expected = {"crm": {"credentials"}, "platform": {"platform_credentials"}}
        assert told.keys() == expected.get(wrong, {"credentials", "platform_credentials"})
        assert "Bloomerang does not accept this API key" in told.get(
            "credentials", "Bloomerang does not accept this API key"
        )
        assert "not-a" not in reply.text
    assert stored_of(place) == []
    assert place.world.app.inbox.waiting(f"bloomerang:{place.crm.id}", "contacts") == []


def test_F01_a_trial_stores_nothing(place: Place) -> None:
    found = place.api.post("/connections/test", place.body())
    assert (found["crm"]["id"], found["crm"]["demo"]) == (place.crm.id, True)
    assert found["platform"]["id"] == place.platform.id
    assert stored_of(place) == []


def test_F01_a_token_of_another_organisation_is_refused(place: Place) -> None:
    other = place.world.handbid.organisation(name="other")
    reply = place.api.call("POST", "/connections", place.body(platform_credentials={"token": other.token}))
    assert reply.status == 422
    assert reply.json["errors"][0]["path"] == "platform_credentials"
    assert stored_of(place) == []


def test_a_vendor_that_is_out_of_order_is_no_wrong_key(place: Place) -> None:
    place.crm.fault("status", status=503)
    reply = place.api.call("POST", "/connections", place.body())
    assert (reply.status, reply.json["type"]) == (502, "urn:giftbridge:problem:http_503")
    assert stored_of(place) == []


def test_a_vendor_that_asks_to_wait_says_when(place: Place) -> None:
    place.crm.fault("status", status=429, retry_after=17)
    reply = place.api.call("POST", "/connections", place.body())
    assert reply.status == 503
    assert 0 < int(reply.headers["retry-after"]) <= 17


def test_the_same_two_are_connected_once(place: Place) -> None:
    connection = place.connect()
    reply = place.api.call("POST", "/connections", place.body())
    assert (reply.status, reply.json["ids"]) == (409, [connection])
    assert connection in reply.json["detail"]
    assert len(stored_of(place)) == 1


def test_settings_are_checked_with_the_crm_before_anything_is_stored(place: Place) -> None:
    settings = {"cadence_minutes": 1, "time_zone": "Mars/Olympus"}
    reply = place.api.call("POST", "/connections", place.body(settings=settings))
    assert {each["path"] for each in reply.json["errors"]} == {"settings.cadence_minutes", "settings.time_zone"}
    reply = place.api.call("POST", "/connections", place.body(settings={"default_purpose": {"fund": "999999"}}))
    assert reply.json["errors"][0]["path"] == "settings.default_purpose.fund"
    assert stored_of(place) == []
    kept = place.connect(default_purpose={"fund": str(place.crm.fund())}, time_zone="America/Denver")
    assert place.view(kept)["settings"]["time_zone"] == "America/Denver"


def test_unknown_systems_are_refused(place: Place) -> None:
    for crm in ("nothing", "handbid"):
        reply = place.api.call("POST", "/connections", place.body(crm=crm))
        assert (reply.status, reply.json["errors"][0]["path"]) == (422, "crm")


def test_F62_the_webhooks_secret_is_shown_once_and_opens_at_intake(place: Place) -> None:
    made = place.api.post("/connections", place.body(), 201)
    secret = made["webhook"]["secret"]
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    url = made["webhook"]["url"]
    assert url.startswith("https://giftbridge.invalid/webhooks/handbid/")
    view = place.api.call("GET", f"/connections/{made['connection']['id']}")
    assert secret not in view.text
    assert view.json["webhook_url"] == url


def test_F04_no_answer_row_or_page_shows_a_secret(place: Place, stores: Any) -> None:
    connection = place.connect()
    pages = [place.api.call("GET", path).text for path in ("/connections", f"/connections/{connection}", "/v1/systems")]
    for secret in (place.crm.api_key, place.platform.token, place.api.key):
        assert not any(secret in page for page in pages)
        assert stores.holding(secret.encode()) == []
