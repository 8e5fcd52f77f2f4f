"""Runs that must stop and go on: slowly, after an outage, after a crash, and never for ever."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from giftbridge.connectors.base import ContactWrite, Written
from giftbridge.connectors.bloomerang.client import Bloomerang
from giftbridge.domain.contact import Side
from giftbridge.errors import Defer, Retry
from giftbridge.jobs import health
from giftbridge.jobs.contacts import run as contact_runs
from giftbridge.jobs.session import session_for_person
from tests.jobs.driving import (
    ann,
    connected,
    constituents,
    contacts,
    ended,
    let_pass,
    linked,
    log,
    sync,
    waiting,
)
from tests.world import Pair, World

pytestmark = pytest.mark.emulated


POST = "POST /v2/constituent"


def people(pair: Pair, count: int) -> list[str]:
    """Contacts that are new to the CRM."""
    return [ann(pair, firstName=f"A{number}", email=f"a{number}@example.org") for number in range(count)]


def test_after_some_progress_a_failure_is_the_first_one_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second write of each step finds the vendor out of reach: nobody is given up, and no wait grows."""
    pair = world.connect()
    ids, real, wrote = people(pair, 14), Bloomerang.write_contacts, list[Bloomerang]()

    def flaky(self: Bloomerang, batch: Sequence[ContactWrite]) -> list[Written]:
        if any(one is self for one in wrote):  # a step has a connector of its own
            raise Retry("out of reach", code="unreachable")
        wrote.append(self)
        return real(self, batch)

    monkeypatch.setattr(Bloomerang, "write_contacts", flaky)
    run = sync(world, pair, "first")
    waits: list[timedelta] = []
    while left := waiting(world, pair):
        assert left[0].next_due is not None
        assert left[0].attempt <= 1
        waits.append(left[0].next_due - world.app.now())
        let_pass(world, pair, seconds=max(0.0, waits[-1].total_seconds()) + 1)
    assert len(waits) >= 6
    assert max(waits) <= timedelta(seconds=20)
    done = ended(world, pair, run)
    assert log(world, done) == {("crm", one): ("created", "") for one in ids}
    assert len(constituents(pair)) == pair.crm.calls()[POST] == 14


def conflict(operation: str) -> ClientError:
    """What DynamoDB says where another transaction holds an item."""
    if operation != "TransactWriteItems":
        return ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, operation)
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
    refused: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": reasons,
    }
    return ClientError(refused, operation)


@pytest.mark.parametrize("operation", ["TransactWriteItems", "PutItem", "UpdateItem"])
def test_a_conflict_with_another_transaction_is_tried_again(world: World, operation: str) -> None:
    pair = world.connect()
    ids = people(pair, 3)
    run = contact_runs.start(world.app, connected(world, pair), "first", "tester")
    events: Any = world.app.links.db.client.meta.events
    met: list[str] = []

    def meets(model: Any, **_: Any) -> None:
        if len(met) < 2:
            met.append(model.name)
            raise conflict(operation)

    def working(**_: Any) -> None:
        events.register(f"before-call.dynamodb.{operation}", meets, unique_id="meets")

    events.register("before-call.dynamodb.Query", working, unique_id="working")
    try:
        with suppress(Retry):
            world.pump()
    finally:
        events.unregister("before-call.dynamodb.Query", unique_id="working")
    let_pass(world, pair, 6, minutes=6)
    events.unregister(f"before-call.dynamodb.{operation}", unique_id="meets")
    assert met == [operation] * 2
    done = ended(world, pair, run)
    assert log(world, done) == {("crm", one): ("created", "") for one in ids}
    assert len(constituents(pair)) == 3
    assert linked(world, pair).keys() == set(ids)


def test_a_list_that_does_not_go_on_is_tried_again_later(world: World) -> None:
    pair = world.connect()
    ids = people(pair, 150)
    pair.platform.fault(mode="stuck_cursor", method="GET", path="*/contacts", count=None)
    run = sync(world, pair, "first")
    (work,) = waiting(world, pair)
    assert (run.phase, work.error) == ("survey_platform", "stuck_cursor")
    assert pair.platform.count("GET") <= 3
    let_pass(world, pair, 3, minutes=6)
    assert pair.platform.count("GET") <= 9
    assert constituents(pair) == {}
    pair.platform.clear_faults()
    let_pass(world, pair, 20, minutes=6)
    assert linked(world, pair).keys() == set(ids)
    ended(world, pair, run)


def test_a_wait_that_one_worker_was_told_of_is_kept_by_the_others(world: World) -> None:
    pair = world.connect()
    with (
        session_for_person(world.app, connected(world, pair)) as one,
        session_for_person(world.app, connected(world, pair)) as other,
    ):
        one.crm.identify()
        other.crm.identify()
        gate: Any = one.gates[1]
        gate.block(world.app.now() + timedelta(minutes=10))
        world.clock.advance(seconds=1)
        pair.crm.reset_journal()
        with pytest.raises(Defer) as told:
            other.crm.identify()
        assert (told.value.code, pair.crm.calls()) == ("rate_limited", {})
        world.clock.advance(minutes=10)
        other.crm.identify()
    assert sum(pair.crm.calls().values()) == 2


def test_what_was_done_before_the_credentials_were_refused_is_told(world: World) -> None:
    pair = world.connect()
    ids = people(pair, 4)
    pair.crm.fault(mode="status", status=401, method="POST", path="/v2/constituent", count=1, after=2)
    run = sync(world, pair, "first")
    assert (run.state, connected(world, pair).health) == ("running", "reconnect")
    assert sorted(log(world, run).values()) == [("created", "")] * 2
    assert run.count(Side.CRM, "created") == 2
    healthy = world.app.connections.change(connected(world, pair), health="healthy", health_reason="")
    health.wake(world.app, healthy)
    world.pump()
    let_pass(world, pair, 3)
    done = ended(world, pair, run)
    assert log(world, done) == {("crm", one): ("created", "") for one in ids}
    assert world.counts(done, Side.CRM) == {"read": 4, "created": 4}
    assert linked(world, pair).keys() == set(ids) == set(contacts(pair))
    assert len(constituents(pair)) == 4


def test_what_was_done_before_a_bug_is_told_and_the_others_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = world.connect()
    ids, real = people(pair, 4), Bloomerang.write_contacts

    def broken(self: Bloomerang, batch: Sequence[ContactWrite]) -> list[Written]:
        if batch[0].contact.first_name == "A2":
            raise ZeroDivisionError
        return real(self, batch)

    monkeypatch.setattr(Bloomerang, "write_contacts", broken)
    with pytest.raises(ZeroDivisionError):
        sync(world, pair, "first")
    run = world.latest(pair)
    told = log(world, run)
    assert [told[("crm", one)] for one in ids[:3]] == [("created", ""), ("created", ""), ("failed", "bug")]
    let_pass(world, pair, 2)
    assert log(world, run)[("crm", ids[3])] == ("created", "")
    assert world.run(pair, run).state == "done"
    assert world.counts(world.run(pair, run), Side.CRM) == {"read": 4, "created": 3, "failed": 1}
    monkeypatch.setattr(Bloomerang, "write_contacts", real)
    let_pass(world, pair, 3, minutes=40)
    assert linked(world, pair).keys() == set(ids)
    assert (len(constituents(pair)), waiting(world, pair)) == (4, [])
