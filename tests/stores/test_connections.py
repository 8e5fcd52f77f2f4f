"""Connections, their secrets, and the doors to them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from giftbridge.aws.vault import Envelope
from giftbridge.errors import NotFound
from giftbridge.stores.connections import Connection, Connections
from giftbridge.stores.doors import Hook
from giftbridge.stores.dynamo import ConditionFailed
from tests.stores.conftest import NOW

MINUTE = timedelta(minutes=1)
SEALED: Envelope = {"v": 1, "key": b"wrapped", "data": b"sealed"}


def test_a_connection_comes_back_as_it_was_saved(connections: Connections, connection: Connection) -> None:
    saved = connections.save(connection)
    assert connections.get(connection.owner, connection.id) == saved
    assert connections.of_organisation(connection.owner) == [saved]


def test_nobody_elses_connection_is_found(connections: Connections, connection: Connection) -> None:
    connections.save(connection)
    for who in ("platform:other", "other:" + connection.organisation, "", connection.organisation):
        with pytest.raises(NotFound):
            connections.get(who, connection.id)
    assert connections.of_organisation("platform:other") == []


def test_of_two_writers_one_learns_that_it_was_late(connections: Connections, connection: Connection) -> None:
    with pytest.raises(ConditionFailed):
        connections.save(replace(connections.save(connection), rev=0))
    seen = connections.get(connection.owner, connection.id)
    connections.save(replace(seen, name="first"))
    with pytest.raises(ConditionFailed):
        connections.save(replace(seen, name="second"))


def test_single_fields_change_whatever_else_did(connections: Connections, connection: Connection) -> None:
    saved = connections.save(connection)
    connections.change(saved, name="one")
    assert connections.change(saved, status="paused").name == "one"
    with pytest.raises(ConditionFailed):
        connections.change(replace(saved, id="gone"), name="ghost")


def test_the_owner_is_told_once_that_it_must_reconnect(connections: Connections, connection: Connection) -> None:
    saved = connections.save(connection)
    with ThreadPoolExecutor(4) as together:
        told = list(together.map(lambda _: connections.turn_unhealthy(saved, "refused"), range(6)))
    assert sum(told) == 1
    assert connections.get(connection.owner, connection.id).health == "reconnect"


def test_all_of_them_are_found_however_many_calls_it_takes(
    connections: Connections, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("giftbridge.stores.dynamo.BATCH_READ", 2)
    saved = [connections.save(replace(connection, id=f"{connection.id}{number}")) for number in range(5)]
    connections.db.transact([connections.register_op(one) for one in saved])
    found = connections.everywhere()
    connections.db.transact([connections.unregister_op(one) for one in saved])
    assert [one for one in found if one.id.startswith(connection.id)] == saved


def test_a_removed_connection_is_gone_for_everybody(connections: Connections, connection: Connection) -> None:
    saved = connections.save(connection)
    connections.db.transact([connections.register_op(saved), connections.claim_op(saved)])
    connections.change(saved, status="removed")
    with pytest.raises(NotFound):
        connections.get(saved.owner, saved.id)
    assert connections.of_organisation(saved.owner) == []
    assert saved.id not in {one.id for one in connections.everywhere()}
    former = connections.former(saved.owner, saved.id)
    assert former is not None
    assert former.id == saved.id


def test_an_account_belongs_to_one_living_connection_of_an_organisation(
    connections: Connections, connection: Connection
) -> None:
    other = replace(connection, id=f"{connection.id}-2")
    connections.db.write(connections.claim_op(connection))
    with pytest.raises(ConditionFailed):
        connections.db.write(connections.claim_op(other))
    connections.db.write(connections.release_op(connection, keep=True))
    assert connections.claimed(connection.owner, connection.account) == (connection.id, False)
    connections.db.write(connections.claim_op(other))
    connections.db.write(connections.release_op(other, keep=False))
    assert connections.claimed(connection.owner, connection.account) is None


def test_rotated_credentials_follow_their_predecessor(connections: Connections, connection: Connection) -> None:
    keep = connections.keep_credentials_op
    with pytest.raises(NotFound):
        connections.credentials(connection, "crm")
    connections.db.write(keep(connection, "crm", SEALED, 1))
    connections.db.write(keep(connection, "crm", {**SEALED, "data": b"second"}, 2))
    with pytest.raises(ConditionFailed):
        connections.db.write(keep(connection, "crm", SEALED, 2))
    assert connections.credentials(connection, "crm").envelope["data"] == b"second"
    connections.db.write(keep(connection, "crm", SEALED, 1))
    assert connections.credentials(connection, "crm").version == 1, "a reconnect replaces whatever was there"


def test_one_worker_refreshes(connections: Connections, connection: Connection) -> None:
    connections.db.write(connections.keep_credentials_op(connection, "crm", SEALED, 1))
    seen = connections.credentials(connection, "crm")
    with ThreadPoolExecutor(4) as together:
        may = together.map(
            lambda _: connections.lease_refresh(connection, "crm", seen, NOW, NOW + MINUTE), range(6)
        )  # fmt: skip
        assert sum(may) == 1
    assert not connections.lease_refresh(connection, "crm", seen, NOW, NOW + MINUTE)
    assert connections.lease_refresh(connection, "crm", seen, NOW + MINUTE, NOW + 2 * MINUTE), "a dead one's lease ends"
    assert connections.credentials(connection, "crm").tried == 2
    connections.db.write(connections.keep_credentials_op(connection, "crm", SEALED, 2))
    assert not connections.lease_refresh(connection, "crm", seen, NOW + 2 * MINUTE, NOW + 3 * MINUTE), "it was rotated"


def test_a_ticket_is_taken_once(connections: Connections, name: str) -> None:
    connections.keep_once("state", name, {"organisation": "org"}, NOW + MINUTE)
    with ThreadPoolExecutor(4) as together:
        taken = list(together.map(lambda _: connections.take_once("state", name, NOW), range(6)))
    assert sorted(word for word, _ in taken) == ["taken", *["used"] * 5]
    assert [data for word, data in taken if word == "taken"] == [{"organisation": "org"}]


def test_a_ticket_that_comes_late_or_from_elsewhere_is_worth_nothing(connections: Connections, name: str) -> None:
    connections.keep_once("state", name, {"organisation": "org"}, NOW + MINUTE)
    assert connections.take_once("ticket", name, NOW) == ("unknown", {})
    assert connections.take_once("state", name + "x", NOW) == ("unknown", {})
    assert connections.take_once("state", name, NOW + MINUTE) == ("late", {})
    assert connections.take_once("state", name, NOW) == ("used", {})


def test_no_secret_stands_in_the_table_as_it_is(connections: Connections, name: str) -> None:
    connections.keep_once("state", f"secret-{name}", {}, NOW + MINUTE)
    connections.keep_api_key(f"key-{name}", "platform", NOW)
    assert connections.platform_of_key(f"key-{name}", NOW) == "platform"
    assert connections.platform_of_key(name, NOW) is None
    connections.keep_api_key(f"passing-{name}", "platform", NOW, NOW + MINUTE)
    assert connections.platform_of_key(f"passing-{name}", NOW) == "platform"
    assert connections.platform_of_key(f"passing-{name}", NOW + MINUTE) is None
    stored = repr(list(connections.db.scan(connections.table)))
    assert f"secret-{name}" not in stored
    assert f"key-{name}" not in stored


def test_a_webhook_address_is_rekeyed_by_one(connections: Connections, name: str) -> None:
    hook = Hook(name, "platform", "platform:org", "connection", "crm:1", (b"one",))
    connections.db.write(connections.keep_hook_op(hook))
    with pytest.raises(ConditionFailed):
        connections.db.write(connections.keep_hook_op(hook))
    rotated = replace(hook, secrets=(b"two", b"one"))
    connections.db.write(connections.keep_hook_op(rotated, was=hook))
    with pytest.raises(ConditionFailed):
        connections.db.write(connections.keep_hook_op(replace(hook, secrets=(b"three", b"one")), was=hook))
    assert connections.hook(name) == rotated
    connections.db.write(connections.drop_hook_op(name))
    assert connections.hook(name) is None


def test_who_waits_to_be_reconnected_is_counted_until_well_or_removed(
    connections: Connections, connection: Connection
) -> None:
    saved = [connections.save(replace(connection, id=f"{connection.id}-{number}")) for number in range(2)]
    before = connections.unhealthy()
    for one in (*saved, saved[0]):
        connections.turn_unhealthy(one, "refused")
    assert connections.unhealthy() == before + 2
    well = connections.turn_healthy(saved[0], name="again")
    assert (well.health, well.health_reason, well.name) == ("healthy", "", "again")
    connections.db.write(connections.unmark_op(saved[1]))
    assert connections.unhealthy() == before
