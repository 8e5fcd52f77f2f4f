"""A vendor that counts calls for the whole organisation: all workers keep to its count, with a reserve for others."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest

from giftbridge.connectors.registry import Wiring, connect
from giftbridge.errors import Defer
from giftbridge.jobs.budget import GRANT, RESERVED, AccountGate, Rate
from giftbridge.settings import vendor_override
from local.sandbox.virtuous import VirtuousOrganisation, VirtuousSandbox
from tests.world import World

LIMIT = 100
START = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
PLENTY = Rate(per_hour=10_000_000, burst=100_000)
LEFT_ALONE = int(LIMIT * RESERVED["edits"])


@pytest.fixture
def vendor(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtuousOrganisation]:
    """An organisation with few calls an hour, and five minutes of this one over on everybody's clock."""
    world.clock.advance(seconds=(START - world.app.now()).total_seconds())
    with VirtuousSandbox() as server:
        organisation = server.organisation(rate_limit_per_hour=LIMIT)
        organisation.set_time(START)
        monkeypatch.setenv("GIFTBRIDGE_VIRTUOUS_URL", server.url)
        vendor_override.cache_clear()
        yield organisation
        organisation.close()
    monkeypatch.undo()
    vendor_override.cache_clear()


class Worker:
    """A worker of the account, with a gate of its own."""

    def __init__(self, world: World, vendor: VirtuousOrganisation, account: str, lane: str = "edits") -> None:
        self.gate = AccountGate(world.app, account, PLENTY, lane)
        wiring = Wiring({"api_key": vendor.api_key}, world.app.client, self.gate, world.app.now, {})
        self.crm: Any = connect("virtuous", wiring)

    def call(self) -> bool:
        """Make a call, if there may be one."""
        try:
            self.crm.successor("1")
        except Defer:
            return False
        return True


@pytest.fixture
def account() -> str:
    """An account that nobody else has."""
    return f"virtuous:{uuid.uuid4().hex[:10]}"


def until_none_may(*workers: Worker) -> int:
    """Calls of workers in turn, until none of them may make another."""
    made, refused = 0, 0
    for worker in cycle(workers):
        if worker.call():
            made, refused = made + 1, 0
        else:
            refused += 1
        if refused == len(workers):
            return made
    raise AssertionError


def left(vendor: VirtuousOrganisation) -> int:
    """What the vendor's next answer would tell as left."""
    answer = vendor.api.get("/Organization/Current")
    return int(answer.headers["x-ratelimit-remaining"]) + 1


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_P05_workers_together_leave_the_reserve_of_the_vendors_count(
    world: World, vendor: VirtuousOrganisation, account: str, workers: int
) -> None:
    made = until_none_may(*(Worker(world, vendor, account) for _ in range(workers)))
    assert left(vendor) == LIMIT - made >= LEFT_ALONE
    assert made >= LIMIT - LEFT_ALONE - workers * GRANT, "the others' grants may stay unused, no more"


def test_P05_what_other_software_spends_is_heeded(world: World, vendor: VirtuousOrganisation, account: str) -> None:
    one, other = Worker(world, vendor, account), Worker(world, vendor, account)
    assert all(worker.call() for worker in (one, other) * 5)
    spent = left(vendor) - LEFT_ALONE
    vendor.spend(spent)
    assert (one.call(), one.call()) == (True, False), "the call that tells it is the last one"
    world.clock.advance(seconds=1)
    assert not other.call()
    assert vendor.count("GET") == 12, "five of each, one to look here, and the one that told it"


def test_P05_a_more_urgent_lane_may_use_what_another_leaves(
    world: World, vendor: VirtuousOrganisation, account: str
) -> None:
    until_none_may(Worker(world, vendor, account, "bulk"))
    assert left(vendor) >= int(LIMIT * RESERVED["bulk"])
    urgent = Worker(world, vendor, account, "gifts")
    assert urgent.call()
    until_none_may(urgent)
    assert left(vendor) >= int(LIMIT * RESERVED["gifts"])


def test_P05_in_the_vendors_next_hour_calls_go_on(world: World, vendor: VirtuousOrganisation, account: str) -> None:
    worker = Worker(world, vendor, account)
    until_none_may(worker)
    with pytest.raises(Defer) as told:
        worker.crm.successor("1")
    wait = told.value.until - world.app.now()
    assert timedelta(minutes=50) < wait <= timedelta(minutes=55)
    for clock in (world.clock, vendor):
        clock.advance(seconds=wait.total_seconds() + 1)
    assert until_none_may(worker) >= LIMIT - LEFT_ALONE - GRANT
    assert left(vendor) >= LEFT_ALONE


def test_P05_what_a_dead_worker_held_is_free_in_the_next_hour(
    world: World, vendor: VirtuousOrganisation, account: str
) -> None:
    for _ in range(4):
        Worker(world, vendor, account).call()
    survivor = Worker(world, vendor, account)
    assert until_none_may(survivor) <= LIMIT - LEFT_ALONE - 4 - 3 * (GRANT - 1)
    for clock in (world.clock, vendor):
        clock.advance(seconds=3600)
    assert until_none_may(survivor) >= LIMIT - LEFT_ALONE - GRANT


@pytest.mark.parametrize("named", ["90", "a date"])
def test_P05_no_worker_calls_before_the_time_that_a_429_named(
    world: World, vendor: VirtuousOrganisation, account: str, named: str
) -> None:
    one, other = Worker(world, vendor, account), Worker(world, vendor, account, "gifts")
    assert one.call()
    assert other.call(), "it holds a grant from now on"
    until = world.app.now() + timedelta(seconds=90)
    after = named if named.isdecimal() else until.strftime("%a, %d %b %Y %H:%M:%S GMT")
    vendor.fault("status", status=429, retry_after=after, count=1)
    vendor.reset_journal()
    assert not one.call()
    vendor.spend(3)
    world.clock.advance(seconds=1)
    workers = (one, other, Worker(world, vendor, account), Worker(world, vendor, account, "gifts"))
    while world.app.now() < until - timedelta(seconds=5):
        assert not any(worker.call() for worker in workers)
        with pytest.raises(Defer) as told:
            other.crm.successor("1")
        assert abs(told.value.until - until) < timedelta(seconds=3)
        world.clock.advance(seconds=20)
    assert vendor.count() == 1, "the one that was told to wait"
    world.clock.advance(seconds=20)
    assert all(worker.call() for worker in workers)


def test_a_count_without_an_end_or_sense_is_not_believed(
    world: World, vendor: VirtuousOrganisation, account: str
) -> None:
    gate = AccountGate(world.app, account, PLENTY)
    gate.observe(100, 0, world.app.now() - timedelta(seconds=1))
    gate.take()
    gate.observe(100, 0, world.app.now() + timedelta(days=400))
    with pytest.raises(Defer) as told:
        gate.take()
    assert told.value.until <= world.app.now() + timedelta(days=1)
