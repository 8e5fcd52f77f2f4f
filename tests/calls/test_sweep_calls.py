"""What a sweep costs in calls: the pages of both lists, and no record is ever read alone."""

from collections import Counter
from collections.abc import Callable
from math import ceil

from giftbridge.domain.contact import Side
from giftbridge.jobs import drift
from local.sandbox.common.journal import is_read
from tests.calls.conftest import Cost, Matched, cost, same_people
from tests.calls.test_calls import CRM, PLATFORM, SLACK, START, pages
from tests.world import World

PEOPLE = 2_000


def test_a_sweep_costs_the_list_pages(world: World, record_property: Callable[[str, object], None]) -> None:
    matched = _matched(world)
    found = _sweep(matched)
    record_property("sweep", f"{found.calls.total()} calls: {dict(found.calls)}")
    for side in Side:
        assert (found.run.count(side, "read"), found.run.count(side, "unchanged")) == (PEOPLE, PEOPLE)
    ideal = START + pages(PEOPLE, CRM.page_size) + pages(PEOPLE, PLATFORM.page_size)
    assert found.calls.total() <= ceil(SLACK * ideal)
    assert all(is_read(call) and "{id}" not in call.removeprefix("GET /organisations/{id}") for call in found.calls)


def _matched(world: World) -> Matched:
    pair = world.connect()
    there, here = same_people(pair, PEOPLE)
    matched = Matched(world, pair, PEOPLE, cost(world, pair, "first"), there, here)
    matched.settle()
    return matched


def _sweep(matched: Matched) -> Cost:
    world, pair = matched.world, matched.pair
    for vendor in (pair.crm, pair.platform):
        vendor.reset_journal()
    connection = world.app.connections.get(pair.connection.owner, pair.connection.id)
    started = drift.sweep_now(world.app, connection, "tester")
    world.pump(limit=100_000)
    done = world.run(pair, started)
    assert done.state == "done"
    return Cost(done, Counter(pair.crm.calls()) + Counter(pair.platform.calls()))
