"""Connecting a platform that thanks, and what may be set about it."""

import pytest

from giftbridge.settings import vendor_override
from local.sandbox.gratavid import GratavidAccount
from tests.management.conftest import Api, Place

pytest_plugins = ["tests.sandbox.gratavid_fixtures"]


@pytest.fixture
def api(place: Place, gratavid: GratavidAccount, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The management API for an organisation of Gratavid."""
    monkeypatch.setenv("GIFTBRIDGE_GRATAVID_URL", gratavid.url)
    vendor_override.cache_clear()
    key = f"gratavid-{place.crm.name}"
    place.world.app.connections.keep_api_key(key, "gratavid", place.world.app.now())
    return Api(place.api.handler, key, f"org-{place.crm.name}")


def test_F53_every_switch_is_off_until_it_is_chosen(place: Place, api: Api, gratavid: GratavidAccount) -> None:
    body = place.body(platform_credentials={"token": gratavid.api_key})
    made = api.post("/connections", body, 201)
    assert made["webhook"] is None
    assert not made["ask_first_sync"]
    path = f"/connections/{made['connection']['id']}"
    assert "thanks" not in api.get(path)["settings"]
    chosen = api.call("PATCH", path, {"thanks": {"replies": True}}).json["settings"]["thanks"]
    assert chosen.pop("switched_on").keys() == {"replies"}
    assert chosen == {"replies": True}
    gone = api.call("PATCH", path, {"thanks": {"replies": None}}).json["settings"]["thanks"]
    assert gone == {"switched_on": {}}


def test_F50_users_and_notes_are_there_to_choose_from(place: Place, api: Api, gratavid: GratavidAccount) -> None:
    made = api.post("/connections", place.body(platform_credentials={"token": gratavid.api_key}), 201)
    found = api.get(f"/connections/{made['connection']['id']}/thanks/choices")
    assert found["notes"][gratavid.note()] == "Thank you"
    assert found["users"][gratavid.user()] == "Avery Admin"


def test_F50_what_gratavid_has_none_of_is_said_so(place: Place, api: Api, gratavid: GratavidAccount) -> None:
    made = api.post("/connections", place.body(platform_credentials={"token": gratavid.api_key}), 201)
    path = f"/connections/{made['connection']['id']}"
    asked = (("first-sync", {"answer": "yes"}, "contacts_off"), ("gifts/send", {"ids": ["1"]}, "no_gifts"))
    for call, body, code in asked:
        reply = api.call("POST", f"{path}/{call}", body)
        assert (reply.status, reply.json["type"]) == (409, f"urn:giftbridge:problem:{code}")
    assert api.call("PATCH", path, {"contacts": True}).status == 422
    assert api.call("PATCH", path, {"thanks": {"each_gift": {"action": "note"}}}).status == 422
    reply = api.call("POST", f"{path}/records/retry", {"kind": "gift", "side": "crm", "id": "x:y"})
    assert reply.status == 404


def test_F01_a_wrong_key_is_called_a_key(place: Place, api: Api) -> None:
    reply = api.call("POST", "/connections/test", place.body(platform_credentials={"token": "not-a-key"}))
    (mistake,) = reply.json["errors"]
    assert (reply.status, mistake["path"]) == (422, "platform_credentials")
    assert "Gratavid does not accept this API key" in mistake["detail"]


def test_F50_other_platforms_do_not_thank(place: Place) -> None:
    made = place.api.post("/connections", place.body(), 201)
    path = f"/connections/{made['connection']['id']}"
    assert place.api.call("PATCH", path, {"thanks": {"replies": True}}).status == 422
    assert place.api.call("GET", f"{path}/thanks/choices").status == 409
