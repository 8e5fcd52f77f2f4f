"""Two versions of the code work side by side during a deployment, and items of the former live on."""

from dataclasses import replace

import pytest

from giftbridge.errors import Defer
from giftbridge.stores import dynamo
from giftbridge.stores.connections import Connection, Connections
from giftbridge.stores.inbox import Inbox, Work
from giftbridge.stores.versions import UPGRADES, VERSION, current
from tests.stores.conftest import NOW


def test_every_former_version_has_its_upgrade() -> None:
    assert sorted(UPGRADES) == list(range(1, VERSION))


def test_an_item_of_a_newer_version_is_left_to_newer_code(connections: Connections, name: str) -> None:
    connection = Connection(name, "handbid", "org", "bloomerang", f"bloomerang:{name}")
    connections.db.write(dynamo.put(connections.table, {**connection.item(), "v": VERSION + 1}))
    with pytest.raises(Defer) as deferred:
        connections.get(connection.owner, name)
    assert deferred.value.code == "version"


def test_an_item_of_the_former_version_is_read_and_upgraded_when_it_is_written(
    connections: Connections, name: str
) -> None:
    connection = Connection(name, "handbid", "org", "bloomerang", f"bloomerang:{name}")
    connections.db.write(dynamo.put(connections.table, {**connection.item(), "v": VERSION - 1}))
    found = connections.get(connection.owner, name)
    connections.save(replace(found, name="The Shelter"))
    stored = connections.db.get(connections.table, connection.key)
    assert stored is not None
    assert (stored["v"], stored["name"]) == (VERSION, "The Shelter")


def test_an_event_that_the_former_version_remembered_can_be_replayed(inbox: Inbox, work: Work) -> None:
    former = {"pk": f"DONE|{work.connection}", "sk": "e1", "v": 1, "kind": "reconcile", "subject": "gala"}
    inbox.db.write(dynamo.put(inbox.table, {**former, "done_at": int(NOW.timestamp() * 1000)}))
    (kept,) = inbox.remembered(work.connection)
    assert inbox.replay(kept, work.account, work.organisation, NOW)
    assert not inbox.replay(kept, work.account, work.organisation, NOW), "somebody was first"
    (again,) = inbox.due(work.account, "gifts", NOW)
    assert (again.kind, again.subject, again.event) == ("reconcile", "gala", "e1")


def test_what_has_no_version_is_as_it_is() -> None:
    assert current({"pk": "x"}) == {"pk": "x"}
