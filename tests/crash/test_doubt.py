"""F41, P06: the vendor accepted the write but never said so; or two workers meet at one record."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from giftbridge.jobs import dispatch
from tests.crash.stories import STORIES, Story, auction_over, end_state, first_sync, people_apart, reconcile
from tests.crash.test_kill_everywhere import difference, finish
from tests.world import Pair, World

WRITES = {
    "crm": [
        ("POST", "/v2/constituent"),
        ("PUT", "/v2/constituent/{id}"),
        ("POST", "/v2/transaction"),
        ("POST", "/v2/refund"),
    ],
    "platform": [("POST", "/organisations/{id}/contacts"), ("PATCH", "/organisations/{id}/contacts/{id}")],
}


def played(world: World, story: Story, side: str = "", **fault: object) -> tuple[str, Pair]:
    """The end state with one fault at one side."""
    world.begin_again()
    pair = story.prepare(world)
    if side:
        mode = str(fault.pop("mode"))
        (pair.crm if side == "crm" else pair.platform).fault(mode, **fault)
    story.start(world, pair)
    world.pump()
    finish(world, pair)
    return end_state(world, pair), pair


@pytest.mark.parametrize("mode", ["reset_after", "truncated", "status"])
@pytest.mark.parametrize("story", STORIES[:4], ids=lambda story: story.name)
def test_F41_answer_lost_after_the_effect(world: World, story: Story, mode: str) -> None:
    undisturbed, _ = played(world, story)
    for side, calls in WRITES.items():
        for method, path in calls:
            effect = {"status": 502, "effect": "now"} if mode == "status" else {}
            state, _ = played(world, story, side, mode=mode, method=method, path=path, count=2, **effect)
            assert state == undisturbed, f"{mode} {method} {path}\n{difference(undisturbed, state)}"


def test_F41_gift_that_shows_up_in_lists_only_later(world: World) -> None:
    """The look-up after a lost answer waits until the CRM's lists can know."""
    story = STORIES[2]
    undisturbed, _ = played(world, story)
    world.begin_again()
    pair = auction_over(world)
    pair.crm.set_options(transaction_list_lag=20, constituent_list_lag=20)
    pair.crm.fault("reset_after", method="POST", path="/v2/transaction", count=1)
    reconcile(world, pair)
    world.pump()
    finish(world, pair)
    pair.crm.advance(60)
    assert end_state(world, pair) == undisturbed


def test_P06_two_workers_on_one_record(world: World) -> None:
    """The first sync and the gift push both need the same new people, at the same time."""
    world.begin_again()
    alone = auction_over(world)
    first_sync(world, alone)
    world.pump()
    reconcile(world, alone)
    world.pump()
    finish(world, alone)
    world.begin_again()
    pair = auction_over(world)
    first_sync(world, pair)
    reconcile(world, pair)
    bell = json.dumps({"v": 1, "account": pair.connection.account})
    with ThreadPoolExecutor(4) as pool:
        turns = [pool.submit(dispatch.doorbell, world.app, queue, bell) for queue in ("contacts", "gifts") * 2]
    for turn in turns:
        turn.result()
    finish(world, pair)
    assert end_state(world, pair) == end_state(world, alone)


def test_P06_same_story_twice_at_once(world: World) -> None:
    """Two deliveries of one bell: only one of them works."""
    world.begin_again()
    pair = people_apart(world)
    first_sync(world, pair)
    bell = json.dumps({"v": 1, "account": pair.connection.account})
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: dispatch.doorbell(world.app, "contacts", bell), range(3)))
    finish(world, pair)
    people = [(row["FirstName"], row["LastName"]) for row in pair.crm.state()["constituents"]]
    assert len(people) == len(set(people)) == 6
