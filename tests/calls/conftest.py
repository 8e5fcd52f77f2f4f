"""Two sides with the same people, matched once, and what a run of theirs costs."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs.contacts import run as contacts
from giftbridge.stores.runs import Mode, Run
from local.sandbox.common.journal import is_read
from local.sandbox.people import PLACES
from tests.large import large_world, world
from tests.world import Pair, Vendors, World

__all__ = ["world"]
SIZES = (500, 5_000)
HOME = sum(place.country == "US" for place in PLACES)
"""People of every round of places whose address both sides spell alike: those at home come first."""


@dataclass(frozen=True)
class Cost:
    """Calls to vendors, per `METHOD /path`, on both sides together."""

    run: Run
    calls: Counter[str]

    @property
    def reads(self) -> int:
        """Calls that change nothing."""
        return sum(number for call, number in self.calls.items() if is_read(call))

    @property
    def writes(self) -> int:
        """All others."""
        return self.calls.total() - self.reads


@dataclass(frozen=True)
class Matched:
    """A connection whose sides agree about `size` people."""

    world: World
    pair: Pair
    size: int
    first: Cost
    platform_ids: tuple[str, ...]
    crm_ids: tuple[int, ...]

    def changes(self) -> Cost:
        """A run of what changed."""
        return cost(self.world, self.pair, "changes")

    def settle(self) -> None:
        """Runs until both sides rest, so that the next test begins with nothing to do."""
        while self.changes().writes:
            pass
        self.rest()
        self.changes()

    def rest(self) -> None:
        """Let time pass and one person be edited: else all that was written in the last second is listed once more."""
        self.pair.crm.advance(5)
        self.pair.crm.staff_edit(self.crm_ids[0], Employer=f"Since {self.world.clock.now():%H:%M:%S.%f}")


def same_people(pair: Pair, count: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The same people on both sides; ids of the platform and of the CRM, in the same order."""
    there: list[str] = []
    here: list[int] = []
    for number, done in enumerate(range(0, count, HOME)):
        people, start = min(HOME, count - done), number * len(PLACES)
        there += pair.platform.seed_people(people, start=start)
        plan = {"without_email": 0, "without_phone": 0, "without_address": 0, "seconds_apart": 1}
        here += pair.crm.seed(people=people, seed="people", first=start, **plan)["people"]
    pair.crm.advance(5)
    pair.crm.staff_edit(here[0], JobTitle="Chair")  # the newest stamp is one person's, as in any database of some age
    return tuple(there), tuple(here)


def cost(world: World, pair: Pair, mode: Mode) -> Cost:
    """Run to the end and count."""
    pair.crm.reset_journal()
    pair.platform.reset_journal()
    connection = world.app.connections.get(pair.connection.owner, pair.connection.id)
    started = contacts.start(world.app, connection, mode, "tester")
    world.pump(limit=100_000)
    done = world.run(pair, started)
    assert done.state == "done"
    assert not done.count(Side.CRM, "failed")
    assert not done.count(Side.PLATFORM, "failed")
    return Cost(done, Counter(pair.crm.calls()) + Counter(pair.platform.calls()))


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size}_people")
def matched(request: pytest.FixtureRequest, vendors: Vendors) -> Iterator[Matched]:
    """Matched by a first sync."""
    with pytest.MonkeyPatch.context() as patch, large_world(vendors, patch) as world:
        pair = world.connect()
        there, here = same_people(pair, request.param)
        yield Matched(world, pair, request.param, cost(world, pair, "first"), there, here)


@pytest.fixture
def noted(record_property: Callable[[str, object], None]) -> Callable[[str, Cost], Cost]:
    """Tell in the report what a run cost."""

    def note(name: str, found: Cost) -> Cost:
        record_property(name, f"{found.reads} reads, {found.writes} writes: {dict(found.calls)}")
        print(name, found.reads, found.writes, dict(found.calls))
        return found

    return note
