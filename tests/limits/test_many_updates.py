"""An NCOA run: thousands of addresses change at once, in either direction, and nobody else waits for them.

In this process, with the real steps and the vendors' own counts of calls: what is counted here is the same for every
stack, and a deployed one would only take longer. Workers of two accounts run side by side, as queues let them.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from typing import Any

import pytest

from giftbridge.connectors.manifest import load_manifest
from giftbridge.domain.contact import Side
from giftbridge.jobs import dispatch
from giftbridge.jobs.contacts import run as contact_runs
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Run
from tests.jobs.driving import connected, sync
from tests.large import world
from tests.world import Pair, World

__all__ = ["world"]
PEOPLE = 5_000
FROM_THE_CRM = PEOPLE if os.environ.get("FULL") else 1_000
"""The platform takes them one by one."""
SEED: dict[str, Any] = {"seed": "people", "without_email": 0, "without_phone": 0, "without_address": 0}
TOGETHER = 100
"""Webhooks that one run takes."""
SOON = 5.0
"""Seconds."""
ROWS = load_manifest("virtuous").limits.write_batch


@pytest.fixture
def pair(world: World, request: pytest.FixtureRequest) -> Pair:
    """The same so many people on both sides, linked."""
    made = world.connect_virtuous({"handover_daily": False})
    made.crm.seed(people=request.param, source="RaiseDonors", reference_prefix="older-", **SEED)
    made.platform.seed_people(request.param)
    first = sync(world, made, "first")
    assert (first.state, first.count(Side.CRM, "linked")) == ("done", request.param)
    return made


@pytest.fixture
def other(world: World) -> Pair:
    """Another connection, of another database."""
    made = world.connect({"backfill": False}, "declined", system="raisedonors")
    sync(world, made)
    return made


def work_for(world: World, pair: Pair, side: Side, ids: list[str]) -> None:
    """Webhooks of one side, as intake leaves them."""
    now, connection = world.app.now(), pair.connection
    for one in ids:
        world.app.inbox.put(
            Work(
                connection.account, "contacts", "contact", f"hook-{one}", connection.owner, connection.id, "webhooks",
                now, subject=one, data={"side": str(side), "started_by": "webhook"},
            )
        )  # fmt: skip


def bell(pair: Pair) -> str:
    """A doorbell's body."""
    return f'{{"v": 1, "account": "{pair.connection.account}"}}'


def seconds_of_another(world: World, other: Pair) -> float:
    """How long a change of the other connection takes while a worker is busy."""
    made = other.platform.add_contact(firstName="Ada", lastName="Lane", email="ada.lane@example.org")
    began = time.monotonic()
    work_for(world, other, Side.PLATFORM, [str(made["id"])])
    dispatch.doorbell(world.app, "contacts", bell(other))
    took = time.monotonic() - began
    assert [row["FirstName"] for row in other.crm.state()["constituents"]] == ["Ada"]
    return took


def worked(world: World, pair: Pair, other: Pair) -> float:
    """All that waits for the pair is done; seconds that the other's change took meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(dispatch.doorbell, world.app, "contacts", bell(pair))
        time.sleep(1)
        took = seconds_of_another(world, other)
        assert not busy.done(), "it was busy all the time"
        busy.result()
    world.pump(limit=10_000)
    return took


def runs_of(world: World, pair: Pair, started_by: str) -> list[Run]:
    """The runs that somebody started."""
    found = world.app.runs.latest(pair.connection.id, PEOPLE)
    return [run for run in found if run.started_by == started_by]


@pytest.mark.parametrize("pair", [PEOPLE], indirect=True)
def test_F18_addresses_from_the_platform_go_in_batches(world: World, pair: Pair, other: Pair) -> None:
    ids = [row["id"] for row in pair.platform.state("contacts")["contacts"]]
    pair.platform.edit_contacts(ids, address={"street1": "9 Oak Ave"})
    pair.crm.reset_journal()
    run = contact_runs.start(world.app, connected(world, pair), "changes", "tester")
    took = worked(world, pair, other)
    assert world.run(pair, run).count(Side.CRM, "updated") == PEOPLE
    calls = pair.crm.calls()
    assert calls["POST /api/Contact/Batch"] <= ceil(PEOPLE / ROWS) * 1.05
    assert len(pair.crm.held()) == PEOPLE
    assert sum(calls.values()) <= ceil(PEOPLE / ROWS) * 4, "with what is read for them"
    assert took <= SOON


@pytest.mark.parametrize("pair", [FROM_THE_CRM], indirect=True)
def test_F18_addresses_from_the_crm_come_in_runs_of_a_hundred(world: World, pair: Pair, other: Pair) -> None:
    rows = pair.crm.state()["contacts"]
    for row in rows:
        pair.crm.staff_edit("address", row["address"]["id"], address1="9 Oak Ave")
    pair.crm.reset_journal()
    work_for(world, pair, Side.CRM, [str(row["id"]) for row in rows])
    took = worked(world, pair, other)
    runs = runs_of(world, pair, "webhook")
    assert len(runs) <= ceil(FROM_THE_CRM / TOGETHER) * 1.05
    assert sum(run.count(Side.PLATFORM, "updated") for run in runs) == FROM_THE_CRM
    assert {row["address"]["street1"] for row in pair.platform.state("contacts")["contacts"]} == {"9 Oak Ave"}
    assert sum(pair.crm.calls().values()) <= ceil(FROM_THE_CRM / TOGETHER) * 4, "read together"
    assert took <= SOON
