"""Connecting with a user's name and password, against the token endpoint of a vendor that has nothing else.

The CRM behind it is a test's own: it takes whoever has signed in there for the holder of a key of the database.
"""

import importlib
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from giftbridge.connectors import registry
from giftbridge.connectors.manifest import Manifest, Password
from giftbridge.connectors.registry import Wiring
from giftbridge.jobs import lifecycle, tokens
from giftbridge.settings import vendor_override
from giftbridge.stores.connections import Connection, owner
from local.sandbox.virtuous import VirtuousOrganisation, VirtuousSandbox
from local.stores import Stores
from tests.management.conftest import Place, Reply

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

NUMBERS = itertools.count(1)


@dataclass
class Office:
    """A place whose CRM is signed in to by password."""

    place: Place
    vendor: VirtuousSandbox
    organisation: VirtuousOrganisation
    email: str
    password: str

    def post(self, path: str = "/connections", **changes: str) -> Reply:
        """A call with the user's credentials, some of them changed."""
        credentials = {"username": self.email, "password": self.password, **changes}
        body = self.place.body(credentials=credentials)
        if path.endswith("/reconnect"):
            body = {"credentials": credentials}
        reply = self.place.api.call("POST", path, body)
        assert self.password not in reply.text
        return reply

    def stored(self) -> list[Connection]:
        """The organisation's connections."""
        return self.place.world.app.connections.of_organisation(owner("handbid", self.place.platform.id))


@pytest.fixture
def office(
    place: Place, virtuous_server: VirtuousSandbox, virtuous: VirtuousOrganisation, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """Nothing of it is left: no other test knows such a Bloomerang, and the work of a connection falls due in any."""
    plain = registry.manifest("bloomerang")
    stated = replace(
        plain, capabilities=plain.capabilities | {"password"}, credentials=(*plain.credentials, "password"),
        password=Password("https://vendor.invalid/Token"),
    )  # fmt: skip

    def manifest(name: str) -> Manifest:
        return stated if name == "bloomerang" else original(name)

    original = registry.manifest
    monkeypatch.setattr(registry, "manifest", manifest)
    monkeypatch.setenv("GIFTBRIDGE_BLOOMERANG_TOKEN_URL", virtuous_server.token_url)
    vendor_override.cache_clear()
    client: Any = importlib.import_module("giftbridge.connectors.bloomerang.client")
    plain_connector, key = client.CONNECTOR, place.crm.api_key

    def signed_in(manifest: Manifest, wiring: Wiring) -> Any:
        if wiring.credentials["kind"] == "password" and wiring.credentials["access_token"]:
            wiring = replace(wiring, credentials={"kind": "api_key", "api_key": key})
        return plain_connector(manifest, wiring)

    monkeypatch.setattr(client, "CONNECTOR", signed_in)
    password, email = f"pass & word+{uuid.uuid4().hex}", f"svc.{next(NUMBERS)}.{place.crm.name}@example.org"
    virtuous_server.user(email, password, virtuous.name)
    made = Office(place, virtuous_server, virtuous, email, password)
    yield made
    for connection in made.stored():
        lifecycle.remove(place.world.app, connection, "erase")


def test_F03_a_password_connects_and_is_kept_nowhere(office: Office, stores: Stores) -> None:
    trial = office.post("/connections/test")
    assert (trial.status, trial.json["crm"]["id"]) == (200, office.place.crm.id)
    assert office.stored() == []
    assert office.post().status == 201
    (connection,) = office.stored()
    app = office.place.world.app
    kept = tokens.usable(app, connection, "bloomerang")
    assert kept.keys() == {"kind", "access_token", "refresh_token", "expires_at"}
    assert stores.holding(office.password.encode()) == []
    assert stores.holding(str(kept["refresh_token"]).encode()) == []
    kinds = {work.kind for work in app.inbox.waiting(connection.account, "contacts")}
    assert "token" in kinds, "an idle sign-in is kept alive"


def test_F04_a_sign_in_is_refreshed_before_it_ends_and_by_its_own_way(office: Office) -> None:
    office.organisation.set_options(access_token_seconds=3600)
    assert office.post().status == 201
    (connection,) = office.stored()
    app = office.place.world.app
    first = tokens.usable(app, connection, "bloomerang")
    office.place.world.clock.advance(seconds=3600 - 240)
    office.organisation.advance(3600 - 240)
    second = tokens.usable(app, connection, "bloomerang")
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert app.connections.credentials(connection, "bloomerang").version == 2
    assert tokens.usable(app, connection, "bloomerang") == second


def test_F03_a_code_is_asked_for_and_then_it_connects(office: Office) -> None:
    office.vendor.change_user(office.email, two_factor=True)
    asked = office.post()
    assert (asked.status, asked.json["type"]) == (409, "urn:giftbridge:problem:code_required")
    assert office.stored() == []
    assert office.post(code=office.vendor.code(office.email)).status == 201


@pytest.mark.parametrize("told", ["told_apart", "alike"])
@pytest.mark.parametrize("case", ["password", "code", "late", "sso"])
def test_F03_every_refusal_says_why_and_stores_nothing(office: Office, case: str, told: str) -> None:
    office.organisation.set_options(token_errors=told)
    office.vendor.change_user(office.email, two_factor=case in ("code", "late"), sso=case == "sso")
    changes = {"password": "not the password"} if case == "password" else {}
    if case in ("code", "late"):
        assert office.post().status == 409
        right = office.vendor.code(office.email)
        changes["code"] = right if case == "late" else f"{(int(right) + 1) % 1_000_000:06d}"
    if case == "late":
        office.organisation.advance(301)
    reply = office.post(**changes)
    expected = {"password": "password_refused", "code": "code_refused", "late": "code_late", "sso": "single_sign_on"}
    code = expected[case] if told == "told_apart" else "password_refused"
    assert (reply.status, reply.json["type"]) == (422, f"urn:giftbridge:problem:{code}")
    (mistake,) = reply.json["errors"]
    assert mistake["path"] == "credentials"
    assert not [one for one in changes.values() if one in reply.text]
    assert office.stored() == []


def test_F05_a_connection_by_key_is_reconnected_by_password(office: Office) -> None:
    connection = office.place.connect()
    assert office.post(f"/connections/{connection}/reconnect").status == 200
    (stored,) = office.stored()
    app = office.place.world.app
    assert tokens.usable(app, stored, "bloomerang")["kind"] == "password"
    assert "token" in {work.kind for work in app.inbox.waiting(stored.account, "contacts")}


def test_F03_where_none_is_taken_none_is_sent(place: Place) -> None:
    credentials = {"username": "svc@example.org", "password": "a secret"}
    reply = place.api.call("POST", "/connections", place.body(credentials=credentials))
    assert (reply.status, [each["path"] for each in reply.json["errors"]]) == (422, ["credentials"])
    assert "api_key or oauth" in reply.text
    reply = place.api.call("POST", "/connections", place.body(credentials={**credentials, "api_key": "k"}))
    assert (reply.status, [each["path"] for each in reply.json["errors"]]) == (422, ["credentials.api_key"])
