"""Connecting a platform that is called with a key of its own."""

import pytest

from giftbridge.settings import vendor_override
from local.sandbox.wegive import WeGiveOrganisation
from tests.management.conftest import Api, Place

pytest_plugins = ["tests.sandbox.wegive_fixtures"]


@pytest.fixture
def api(place: Place, wegive: WeGiveOrganisation, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The management API for an organisation of WeGive that has a donor."""
    monkeypatch.setenv("GIFTBRIDGE_WEGIVE_URL", f"{wegive.url}/api")
    vendor_override.cache_clear()
    wegive.donor(first_name="Ada", last_name="Lane", email_1="ada@example.org")
    key = f"wegive-{place.crm.name}"
    place.world.app.connections.keep_api_key(key, "wegive", place.world.app.now())
    return Api(place.api.handler, key, str(wegive.summary["id"]))


def test_F01_a_platforms_key_is_given_as_its_token(place: Place, api: Api, wegive: WeGiveOrganisation) -> None:
    body = place.body(platform_credentials={"token": wegive.api_key})
    assert api.post("/connections/test", body)["platform"]["id"] == str(wegive.summary["id"])
    made = api.post("/connections", body, 201)["connection"]
    assert (made["status"], made["health"]) == ("active", "healthy")
    again = {"platform_credentials": {"token": wegive.add_key()}}
    assert api.post(f"/connections/{made['id']}/reconnect", again)["status"] == "active"


def test_F01_a_wrong_key_of_a_platform_is_called_a_key(place: Place, api: Api) -> None:
    reply = api.call("POST", "/connections/test", place.body(platform_credentials={"token": "1|not-a-key"}))
    assert reply.status == 422
    (mistake,) = reply.json["errors"]
    assert mistake["path"] == "platform_credentials"
    assert "WeGive does not accept this API key" in mistake["detail"]


def test_F01_another_organisations_key_is_refused(place: Place, api: Api, wegive: WeGiveOrganisation) -> None:
    api.organisation = "999999"
    reply = api.call("POST", "/connections/test", place.body(platform_credentials={"token": wegive.api_key}))
    assert reply.status == 422
