"""What runs cost with CRMs that take in later what they are handed: bounds are formulas of N people and K changes."""

from collections import Counter
from collections.abc import Callable
from math import ceil
from typing import Any

import pytest

from giftbridge.connectors.registry import manifest
from giftbridge.domain.contact import Side
from giftbridge.jobs.contacts.walk import BATCH
from local.sandbox.people import PLACES
from local.sandbox.virtuous import VirtuousSandbox
from tests.calls.conftest import HOME, Cost, cost
from tests.virtuous_world import connect
from tests.world import Pair, World

N = 1_000
K = 100
SLACK = 1.05
KINDFUL, VIRTUOUS, PLATFORM = (manifest(name).limits for name in ("kindful", "virtuous", "handbid"))
WHOLE: dict[str, Any] = {"without_email": 0, "without_phone": 0, "without_address": 0}


def pages(count: int, size: int) -> int:
    """Pages of a list, batches of a queue."""
    return ceil(count / size)


def seeded(pair: Pair, **plan: Any) -> list[str]:
    """N people, alike on both sides; the platform's ids."""
    ids: list[str] = []
    for number, done in enumerate(range(0, N, HOME)):
        people, start = min(HOME, N - done), number * len(PLACES)
        ids += pair.platform.seed_people(people, start=start)
        pair.crm.seed(people=people, seed="people", first=start, **WHOLE, **plan)
    pair.crm.advance(5)
    return ids


def take_in(world: World, pair: Pair) -> Counter[str]:
    """What was handed over is taken in and asked about; the calls that this cost."""
    pair.crm.run_jobs()
    for side in (pair.crm, pair.platform):
        side.reset_journal()
    world.advance(pair, minutes=2)
    world.tick()
    return Counter(pair.crm.calls()) + Counter(pair.platform.calls())


def settled(world: World, pair: Pair) -> None:
    """What was listed once more has been acknowledged."""
    for _ in range(2):
        cost(world, pair, "changes")
        take_in(world, pair)


Noted = Callable[[str, Cost], Cost]


def test_kindful_costs_its_list_pages_jobs_and_acknowledgements(world: World, noted: Noted) -> None:
    pair = world.connect_kindful(queue="manual")
    ids = seeded(pair, seconds_apart=1)

    first = noted("first match", cost(world, pair, "first"))
    lists = pages(N, KINDFUL.page_size) + pages(N, PLATFORM.page_size)
    acknowledgements, status = pages(N, BATCH), 1
    assert first.run.count(Side.CRM, "linked") == N
    assert first.calls.total() <= ceil(SLACK * (lists + acknowledgements + status))
    take_in(world, pair)
    settled(world, pair)

    quiet = noted("quiet run", cost(world, pair, "changes"))
    assert (quiet.writes, quiet.calls.total()) == (0, 2), "the changes of both, of which there are none"

    pair.platform.edit_contacts(ids[:: N // K], phone="+12125550123")
    delta = noted("changes", cost(world, pair, "changes"))
    assert delta.run.count(Side.CRM, "updated") == K
    asked = noted("confirmed", Cost(delta.run, take_in(world, pair)))
    jobs = pages(K, KINDFUL.write_batch)
    looks_at_the_queue, glances = jobs, 2
    told = 1 + pages(K, PLATFORM.page_size) + pages(K, PLATFORM.read_batch) + looks_at_the_queue + jobs
    assert delta.calls.total() <= ceil(SLACK * told)
    assert asked.calls.total() <= jobs + glances


@pytest.fixture
def virtuous(virtuous_sandbox: VirtuousSandbox) -> VirtuousSandbox:
    """A CRM that takes contacts at once, and gifts later."""
    return virtuous_sandbox


def test_virtuous_costs_its_queries_and_the_declared_calls(
    world: World, virtuous: VirtuousSandbox, noted: Noted
) -> None:
    pair = connect(world, virtuous)
    ids = seeded(pair)

    first = noted("first match", cost(world, pair, "first"))
    options, newest = 1, 1
    lists = 2 * pages(N, VIRTUOUS.page_size) + pages(N, PLATFORM.page_size)
    assert first.run.count(Side.CRM, "linked") == N
    assert first.writes == 0
    assert first.calls.total() <= ceil(SLACK * (options + newest + lists))
    cost(world, pair, "changes")

    pair.crm.staff_edit("contact", pair.crm.state()["contacts"][0]["id"], description="Since then")
    quiet = noted("quiet run", cost(world, pair, "changes"))
    asked, archived = 1, 1
    assert quiet.writes == 0
    assert quiet.calls.total() <= options + asked + archived + 1

    pair.platform.edit_contacts(ids[:: N // K], phone="+12125550123")
    delta = noted("changes", cost(world, pair, "changes"))
    assert delta.run.count(Side.CRM, "updated") == K
    counterparts = pages(K, VIRTUOUS.read_batch) + pages(K, PLATFORM.read_batch)
    told = options + asked + archived + pages(K, PLATFORM.page_size) + counterparts
    assert delta.writes <= K * VIRTUOUS.calls_per_contact_update
    assert delta.calls.total() <= ceil(SLACK * (told + K * VIRTUOUS.calls_per_contact_update))
