"""Nobody reaches another's: every path of the API, taken from its own description."""

import re
from typing import Any

import pytest

from giftbridge.api.management import METHODS, PREFIX, describe
from tests.management.conftest import Api, Place

BASE = PREFIX.replace("<organisation>", "{organisation}")
BODIES: dict[str, Any] = {
    "/connections/test": {"crm": "bloomerang", "credentials": {"api_key": "k"}, "platform_credentials": {"token": "t"}},
    "/connections": {"crm": "bloomerang", "credentials": {"api_key": "k"}, "platform_credentials": {"token": "t"}},
    "/oauth/links": {"crm": "bloomerang", "platform_credentials": {"token": "t"}},
    "/connections/{connection}": {"cadence_minutes": 30},
    "/connections/{connection}/reconnect": {"credentials": {"api_key": "k"}},
    "/connections/{connection}/first-sync": {"answer": "yes"},
    "/connections/{connection}/records/retry": {"kind": "contact", "side": "crm", "id": "1"},
    "/connections/{connection}/reviews/{kind}/{side}/{record}": {"decision": "create"},
    "/connections/{connection}/erase": {"crm_id": "1"},
    "/connections/{connection}/erase/undo": {"crm_id": "1"},
    "/connections/{connection}/gifts/send": {"ids": ["1"]},
    "/connections/{connection}/webhook/rotate": {},
}
NAMES = {"kind": "contact", "side": "crm", "record": "1", "run": "20260101T000000000000-abcdef12",
         "file": "20260101T000000000000-abcdef12-1"}  # fmt: skip


def routes() -> list[tuple[str, str]]:
    found = describe()["paths"]
    return [(method.upper(), path) for path in found for method in sorted(METHODS & set(found[path]))]


ALL = routes()
OF_A_CONNECTION = [(method, path) for method, path in ALL if "{connection}" in path]


def call(api: Api, method: str, path: str, organisation: str, connection: str, **more: str) -> Any:
    inner = path.removeprefix(BASE)
    filled = re.sub(r"\{(\w+)\}", lambda one: {**NAMES, "connection": connection, **more}[one[1]], inner)
    body = BODIES.get(inner) if method in ("POST", "PATCH") else None
    return api.call(method, f"/v1/organisations/{organisation}{filled}", body)


def test_every_path_is_below_an_organisation_but_the_list_of_systems() -> None:
    assert [path for _, path in ALL if not path.startswith(BASE)] == ["/v1/systems"]
    assert len(OF_A_CONNECTION) >= 20


@pytest.mark.parametrize(("method", "path"), ALL)
def test_without_a_key_nothing_is_told(place: Place, method: str, path: str) -> None:
    for key in ("", "wrong", place.api.key + "x"):
        api = Api(place.api.handler, key, place.platform.id)
        filled = path if path == "/v1/systems" else None
        reply = api.call(method, filled) if filled else call(api, method, path, place.platform.id, "x" * 20)
        assert (reply.status, reply.headers["content-type"]) == (401, "application/problem+json")
        assert reply.headers["www-authenticate"].startswith("Bearer")
    other = api.call("GET", "/v1/organisations/x/nowhere")
    assert other.status == 401


@pytest.mark.parametrize(("method", "path"), OF_A_CONNECTION)
def test_another_organisations_and_platforms_connection_is_not_there(place: Place, method: str, path: str) -> None:
    connection = place.connect()
    place.world.app.connections.keep_api_key(f"other-{place.api.key}", "bloomerang", place.world.app.now())
    stranger = Api(place.api.handler, f"other-{place.api.key}", place.platform.id)
    before = place.world.app.connections.get(f"handbid:{place.platform.id}", connection)
    for api, organisation in ((place.api, "another"), (stranger, place.platform.id)):
        reply = call(api, method, path, organisation, connection)
        assert (reply.status, reply.headers["content-type"]) == (404, "application/problem+json"), reply.text
        assert reply.json["type"] == "urn:giftbridge:problem:not_found"
    assert place.world.app.connections.get(f"handbid:{place.platform.id}", connection) == before


def test_a_run_of_another_connection_is_not_there(place: Place) -> None:
    connection = place.synced()
    (run,) = place.api.get(f"/connections/{connection}/runs")["items"]
    mine = {**NAMES, "run": run["id"]}
    other = place.world.handbid.organisation(name="other-runs")
    crm = place.world.bloomerang.database()
    strange = Place(place.world, Api(place.api.handler, place.api.key, other.id), place.browser, crm, other)
    theirs = strange.connect()
    for method, path in [(method, path) for method, path in OF_A_CONNECTION if "{run}" in path]:
        assert call(strange.api, method, path, other.id, theirs, run=mine["run"]).status == 404


@pytest.mark.parametrize("organisation", ["a b", "a/../b", "a" * 65, "ü", "a%2Fb", "a:b", "a#b"])
def test_an_organisations_name_can_not_leave_its_place(place: Place, organisation: str) -> None:
    reply = place.api.call("GET", f"/v1/organisations/{organisation}/connections")
    assert reply.status in (404, 422)
    assert organisation not in reply.text


def test_answers_to_mistakes_repeat_nothing_that_was_sent(place: Place) -> None:
    reply = place.api.call("POST", "/connections", {"crm": "bloomerang", "credentials": {"api_key": "Secret key é"}})
    assert (reply.status, reply.headers["content-type"]) == (422, "application/problem+json")
    assert {each["path"] for each in reply.json["errors"]} == {"credentials.api_key", "platform_credentials"}
    assert "Secret" not in reply.text
    for body in ("{", "[]", "null", '"x"'):
        assert place.api.call("POST", "/connections", body).status == 422
    assert place.api.call("POST", "/connections", "x=1", content_type="text/plain").status == 422


def test_a_bug_is_told_without_a_trace(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Ada Lovelace")

    monkeypatch.setattr(type(place.world.app.connections), "of_organisation", broken)
    reply = place.api.call("GET", "/connections")
    assert (reply.status, reply.headers["content-type"]) == (500, "application/problem+json")
    assert "Lovelace" not in reply.text


def test_paths_that_are_not_there(place: Place) -> None:
    reply = place.api.call("GET", "/nowhere")
    assert (reply.status, reply.headers["content-type"]) == (404, "application/problem+json")
