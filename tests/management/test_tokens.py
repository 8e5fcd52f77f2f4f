"""Tokens: rotated by one worker, stored before use, kept alive for years, bound to their connection."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from giftbridge.aws.vault import Vault
from giftbridge.connectors import registry
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.oauth import Flow
from giftbridge.errors import ConfigError, Defer, Disconnected
from giftbridge.jobs import dispatch, tokens
from giftbridge.jobs.rewrap import rewrap_all
from giftbridge.jobs.session import account_keyring
from giftbridge.stores import dynamo
from giftbridge.stores.connections import Connection
from local.sandbox.common.server import ServerThread
from tests.management.conftest import Place


@pytest.fixture
def connection(place: Place) -> Connection:
    """A connection by consent whose access token is about to expire."""
    made = place.connect_by_consent()
    place.world.clock.advance(minutes=56)
    place.crm.advance(56 * 60)
    return stored(place, made)


def stored(place: Place, connection: str) -> Connection:
    return place.world.app.connections.get(f"handbid:{place.platform.id}", connection)


def rotations(place: Place) -> int:
    """How often the vendor was asked to rotate."""
    return place.world.bloomerang.server.count("POST", "/v2/oauth/token")


def row(place: Place, connection: Connection, system: str = "bloomerang") -> Any:
    key = {"pk": f"ORG#{connection.owner}", "sk": f"SECRET#{connection.id}#{system}"}
    return place.world.app.connections.db.get(place.world.app.connections.table, key)


def test_F04_refreshed_before_it_expires_and_stored_before_it_is_used(place: Place, connection: Connection) -> None:
    app, before = place.world.app, rotations(place)
    used = tokens.usable(app, connection, "bloomerang")
    assert rotations(place) == before + 1
    kept = app.connections.credentials(connection, "bloomerang")
    assert kept.version == 2
    assert app.vault.open("credentials", tokens.context(connection, "bloomerang"), kept.envelope) == used
    assert tokens.usable(app, connection, "bloomerang") == used
    assert rotations(place) == before + 1


def test_F04_many_workers_rotate_once(place: Place, connection: Connection) -> None:
    app, before = place.world.app, rotations(place)
    start = threading.Barrier(8)

    def worker(_: int) -> dict[str, Any] | None:
        start.wait()
        try:
            return tokens.usable(app, connection, "bloomerang")
        except Defer:
            return None

    with ThreadPoolExecutor(8) as together:
        found = [one for one in together.map(worker, range(8)) if one]
    assert rotations(place) == before + 1
    assert found
    assert app.connections.credentials(connection, "bloomerang").version == 2


def test_F04_expired_meanwhile_others_wait_for_who_rotates(place: Place, connection: Connection) -> None:
    app = place.world.app
    seen = app.connections.credentials(connection, "bloomerang")
    now = app.now()
    assert app.connections.lease_refresh(connection, "bloomerang", seen, now, now + tokens.LEASE)
    assert tokens.usable(app, connection, "bloomerang")["access_token"]  # four minutes are left
    place.world.clock.advance(minutes=5)
    app.connections.lease_refresh(connection, "bloomerang", seen, app.now(), app.now() + tokens.LEASE)
    with pytest.raises(Defer):
        tokens.usable(app, connection, "bloomerang")


@pytest.mark.parametrize(("policy", "lives"), [("usable", True), ("refused", False), ("revokes", False)])
def test_F04_a_rotation_lost_half_way_is_tried_once_more(
    place: Place, connection: Connection, monkeypatch: pytest.MonkeyPatch, policy: str, lives: bool
) -> None:
    place.crm.set_options(old_refresh_token=policy)
    app = place.world.app
    killed: list[bool] = []
    original = tokens.seal

    def dies(*arguments: Any) -> Any:
        if not killed:
            killed.append(True)
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(tokens, "seal", dies)
    with pytest.raises(KeyboardInterrupt):
        tokens.usable(app, connection, "bloomerang")
    place.world.clock.advance(minutes=6)
    before = rotations(place)
    if lives:
        assert tokens.usable(app, connection, "bloomerang")["access_token"]
    else:
        with pytest.raises(Disconnected):
            tokens.usable(app, connection, "bloomerang")
        place.api.post(f"/connections/{connection.id}/first-sync", {"answer": "yes"}, 202)
        place.world.clock.advance(minutes=2)
        place.world.pump()
        assert place.view(connection.id)["health"] == "reconnect"
        tried = app.connections.credentials(connection, "bloomerang").tried
        place.world.clock.advance(hours=5)
        place.world.tick()
        assert app.connections.credentials(connection, "bloomerang").tried == tried
    assert rotations(place) > before


def test_F04_a_person_who_reconnects_wins_over_a_worker_that_rotates(
    place: Place, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, original = place.world.app, Flow.refresh
    body = {"credentials": {"api_key": place.crm.api_key}}

    def slow(self: Flow, *arguments: Any) -> Any:
        fresh = original(self, *arguments)
        monkeypatch.setattr(Flow, "refresh", original)
        place.api.post(f"/connections/{connection.id}/reconnect", body)
        return fresh

    monkeypatch.setattr(Flow, "refresh", slow)
    assert tokens.usable(app, connection, "bloomerang") == {"kind": "api_key", "api_key": place.crm.api_key}
    assert tokens.usable(app, connection, "bloomerang")["kind"] == "api_key"


def test_F04_a_year_and_more_of_idleness_kills_no_connection(place: Place) -> None:
    connection = stored(place, place.connect_by_consent())
    place.api.post(f"/connections/{connection.id}/pause")
    app, days = place.world.app, [0]
    for day in range(1, 421):
        place.world.clock.advance(days=1)
        place.crm.advance(86_400)
        if connection.account in {account for account, _, _ in app.inbox.due_accounts(app.now())}:
            dispatch.doorbell(app, "contacts", json.dumps({"v": 1, "account": connection.account}))
        if app.connections.credentials(connection, "bloomerang").version > len(days):
            days.append(day)
    assert app.connections.credentials(connection, "bloomerang").version == len(days) >= 14
    assert max(later - earlier for earlier, later in pairwise([*days, 420])) <= 32
    place.api.post(f"/connections/{connection.id}/resume")
    assert place.api.get(f"/connections/{connection.id}/choices")["funds"]
    assert place.view(connection.id)["health"] == "healthy"


def test_P07_a_row_copied_to_another_connection_does_not_open(place: Place) -> None:
    app, mine = place.world.app, stored(place, place.connect())
    for other, system in (
        (replace(mine, id="f" * 20), "bloomerang"),
        (replace(mine, organisation="another"), "bloomerang"),
        (mine, "handbid"),
    ):
        stolen = {**row(place, mine), "pk": f"ORG#{other.owner}", "sk": f"SECRET#{other.id}#{system}"}
        app.connections.db.write(dynamo.put(app.connections.table, stolen))
        with pytest.raises(ConfigError):
            tokens.usable(app, other, system)
        assert rewrap_all(app, app.vault.key_arn, lambda _line: None)["credentials unreadable"] == 1
        app.connections.db.write(dynamo.delete(app.connections.table, {"pk": stolen["pk"], "sk": stolen["sk"]}))


@pytest.mark.parametrize("part", ["key", "data"])
def test_P07_an_altered_row_does_not_open(place: Place, part: str) -> None:
    app, mine = place.world.app, stored(place, place.connect())
    item = row(place, mine)
    item[part] = item[part][:-1] + bytes([item[part][-1] ^ 1])
    app.connections.db.write(dynamo.put(app.connections.table, item))
    with pytest.raises(ConfigError):
        tokens.usable(app, mine, "bloomerang")
    app.connections.db.write(app.connections.drop_credentials_op(mine, "bloomerang"))


@pytest.fixture
def second_key(place: Place) -> str:
    """A further KMS key."""
    return str(place.world.app.vault.client.create_key()["KeyMetadata"]["Arn"])


def test_P07_everything_is_rewrapped_while_it_works(place: Place, second_key: str) -> None:
    app = place.world.app
    place.platform.seed_people(2, seed="wrap")
    connection = stored(place, place.synced())
    keyring, hook = account_keyring(app, connection.account), place.view(connection.id)["webhook_url"]
    first = rewrap_all(app, second_key, lambda _line: None)
    assert first["credentials rewrapped"] >= 2
    assert first["fingerprints rewrapped"] >= 1
    assert (first["webhook rewrapped"], first["oauth rewrapped"]) == (1, 1)
    assert not any(what.endswith("already") for what in first)
    again = rewrap_all(app, second_key, lambda _line: None)
    assert {what.replace("already", "rewrapped"): number for what, number in again.items()} == first
    assert account_keyring(app, connection.account) == keyring
    assert place.view(connection.id)["webhook_url"] == hook
    place.api.post(f"/connections/{connection.id}/sync", status=202)
    place.world.pump()
    (run, _) = place.api.get(f"/connections/{connection.id}/runs")["items"]
    assert (run["state"], run["counts"]["crm"]["updated"], run["counts"]["crm"]["created"]) == ("done", 0, 0)
    app.vault.client.disable_key(KeyId=app.vault.key_arn)
    try:
        assert tokens.usable(app, connection, "bloomerang")["api_key"] == place.crm.api_key
    finally:
        app.vault.client.enable_key(KeyId=app.vault.key_arn)
        rewrap_all(app, app.vault.key_arn, lambda _line: None)


def test_P07_an_interrupted_run_is_finished_by_the_next(place: Place, second_key: str) -> None:
    app = place.world.app
    place.connect()

    def stops(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rewrap_all(app, second_key, stops)
    rest = rewrap_all(app, second_key, lambda _line: None)
    assert sum(number for what, number in rest.items() if what.endswith("already")) == 1
    done = rewrap_all(app, second_key, lambda _line: None)
    assert not any(what.endswith("rewrapped") for what in done)
    rewrap_all(app, app.vault.key_arn, lambda _line: None)


def test_P07_a_token_rotated_meanwhile_is_not_put_back(
    place: Place, connection: Connection, second_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, original = place.world.app, Vault.rewrap
    rotated: list[Any] = []

    def slow(self: Vault, purpose: Any, context: Any, wrapped: bytes) -> bytes | None:
        fresh = original(self, purpose, context, wrapped)
        if context.get("connection") == connection.id and context["provider"] == "bloomerang" and not rotated:
            rotated.append(tokens.usable(app, connection, "bloomerang"))
        return fresh

    monkeypatch.setattr(Vault, "rewrap", slow)
    rewrap_all(app, second_key, lambda _line: None)
    assert tokens.usable(app, connection, "bloomerang") == rotated[0]
    assert rewrap_all(app, second_key, lambda _line: None)["credentials rewrapped"] == 0
    rewrap_all(app, app.vault.key_arn, lambda _line: None)


@pytest.fixture
def vendor() -> Iterator[tuple[str, list[str], list[int]]]:
    """An endpoint that revokes tokens: its address, what it was sent, and the status it answers with."""
    seen: list[str] = []
    status = [200]

    async def revoke(request: Request) -> Response:
        seen.append((await request.body()).decode())
        return Response(status_code=status[0])

    with ServerThread(Starlette(routes=[Route("/revoke", revoke, methods=["POST"])])) as server:
        yield f"{server.url}/revoke", seen, status


@pytest.mark.parametrize(("status", "told"), [(200, True), (503, False)])
def test_F05_tokens_are_revoked_where_the_vendor_can(
    place: Place, vendor: Any, monkeypatch: pytest.MonkeyPatch, status: int, told: bool
) -> None:
    address, seen, answers = vendor
    answers[0] = status
    connection = stored(place, place.connect_by_consent())
    refresh_token = tokens.usable(place.world.app, connection, "bloomerang")["refresh_token"]
    original = registry.manifest

    def manifest(name: str) -> Manifest:
        found = original(name)
        return replace(found, oauth=replace(found.oauth, revoke_url=address)) if found.oauth else found

    monkeypatch.setattr(registry, "manifest", manifest)
    reply = place.api.call("DELETE", f"/connections/{connection.id}")
    assert (reply.status, reply.json["revoked_at_vendor"]) == (202, told)
    assert seen == [f"token={refresh_token}"]
    assert place.api.get("/connections")["items"] == []


# -- refused before their time, by a vendor that does not say how long they are good


@pytest.fixture
def refused(place: Place) -> Iterator[Connection]:
    """A connection by consent whose access token is no longer taken, though nobody was told when that would be."""
    place.crm.set_options(expires_in="omitted", access_token_seconds=60)
    made = stored(place, place.connect_by_consent())
    place.world.clock.advance(minutes=2)
    place.crm.advance(120)
    place.crm.set_options(access_token_seconds=3600)
    yield made
    place.world.bloomerang.server.clear_faults()


def test_F04_F07_a_renewal_that_fails_for_now_stops_nothing(place: Place, refused: Connection) -> None:
    place.world.bloomerang.server.fault("status", status=503, path="/v2/oauth/token", count=None)
    place.api.post(f"/connections/{refused.id}/first-sync", {"answer": "yes"}, 202)
    for _ in range(3):
        place.world.tick()
        assert stored(place, refused.id).health == "healthy"
        place.world.clock.advance(minutes=31)
        place.crm.advance(31 * 60)
    place.world.bloomerang.server.clear_faults()
    place.world.tick()
    (run,) = place.api.get(f"/connections/{refused.id}/runs")["items"]
    assert (run["state"], stored(place, refused.id).health) == ("done", "healthy")


def test_F04_what_was_refused_is_not_used_again_while_another_worker_renews_it(
    place: Place, refused: Connection
) -> None:
    app = place.world.app
    standing, now = app.connections.credentials(refused, "bloomerang"), app.now()
    assert app.connections.lease_refresh(refused, "bloomerang", standing, now, now + tokens.LEASE)
    with pytest.raises(Defer) as waits:
        tokens.renew(app, refused, "bloomerang")
    assert waits.value.code == "token_lease"
    place.api.post(f"/connections/{refused.id}/first-sync", {"answer": "yes"}, 202)
    place.world.pump()
    assert stored(place, refused.id).health == "healthy", "its worker may be done in a moment"
    place.world.clock.advance(minutes=2)
    place.world.tick()
    (run,) = place.api.get(f"/connections/{refused.id}/runs")["items"]
    assert (run["state"], stored(place, refused.id).health) == ("done", "healthy")
