"""P06: the worker dies before and after every outside call; work is delivered again; nothing is lost or doubled."""

import difflib
from contextlib import suppress
from datetime import timedelta

import pytest

from giftbridge.errors import Conflict
from giftbridge.jobs.clock import tick
from tests.crash.stories import STORIES, Story, end_state
from tests.crash.tap import Killed, Moment, Tap, distinct_kills
from tests.world import QUEUES, Pair, World

ROUNDS = 20
HORIZON = timedelta(hours=3)


def finish(world: World, pair: Pair) -> None:
    """Deliver and tick until nothing is due, with time passing as it would, here and at the vendors."""
    for _ in range(ROUNDS):
        world.advance(pair, minutes=3)
        tick(world.app)
        world.pump()
        left = [work for queue in QUEUES for work in world.app.inbox.waiting(pair.connection.account, queue)]
        if not any(work.next_due and work.next_due < world.app.now() + HORIZON for work in left):
            return
    raise AssertionError(f"still due after an hour: {[(one.kind, one.attempt, one.stage, one.error) for one in left]}")


def disturbed(world: World, story: Story, kill_at: int, moment: Moment) -> tuple[str, Tap]:
    """The end state after one kill."""
    world.begin_again()
    pair = story.prepare(world)
    tap = Tap(kill_at=kill_at, moment=moment)
    tap.attach(world.app)
    try:
        story.start(world, pair)
        world.pump()
    except Killed:
        Tap().attach(world.app)
        story_again(world, story, pair)
    Tap().attach(world.app)
    finish(world, pair)
    return end_state(world, pair), tap


def story_again(world: World, story: Story, pair: Pair) -> None:
    """A start that died is asked for again by whoever asked; one that is under way says so."""
    with suppress(Conflict):
        story.start(world, pair)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_P06_killed_before_and_after_every_call(world: World, story: Story) -> None:
    undisturbed, recorded = disturbed(world, story, -1, "before")
    kills = distinct_kills(recorded.calls)
    broken, died = [], 0
    for number, moment in kills:
        state, tap = disturbed(world, story, number, moment)
        died += tap.dead
        if state != undisturbed:
            broken.append(f"{number} {moment} {tap.calls[-1]}\n{difference(undisturbed, state)}")
    assert not broken, "\n".join(broken)
    assert len(kills) >= story.kills
    assert died >= 0.95 * len(kills), "many of these kills never happened"


def difference(expected: str, found: str) -> str:
    """The lines that differ."""
    lines = difflib.unified_diff(expected.split("\n"), found.split("\n"), lineterm="", n=0)
    return "\n".join(lines)
