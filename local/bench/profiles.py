"""The three CRMs as the course has them: how they are filled, how they come to rest, and what a run may cost in calls.

A bound is the list pages that must be read, and for each changed contact the calls that its manifest declares.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from giftbridge.connectors.registry import manifest
from giftbridge.jobs.contacts.walk import BATCH
from local.sandbox.people import PLACES
from tests.calls.conftest import HOME, cost
from tests.calls.test_later_calls import take_in
from tests.virtuous_world import connect as connect_virtuous
from tests.world import Pair, World

WHOLE: Mapping[str, Any] = {"seed": "people", "without_email": 0, "without_phone": 0, "without_address": 0}
PLATFORM = manifest("handbid").limits
START = 1
"""One row tells, by the CRM's own stamp, where the first delta will begin."""

Bound = Callable[[int, int], int]


def pages(count: int, size: int) -> int:
    """Pages of a list, batches of a queue."""
    return ceil(count / size)


@dataclass(frozen=True)
class Profile:
    """One CRM. Bounds are of N contacts and k changed ones."""

    name: str
    connect: Callable[[World], Pair]
    plan: Mapping[str, Any]
    first: Bound
    quiet: int
    delta: Bound
    sweep: Bound

    def fill(self, world: World, count: int) -> "Filled":
        """A new connection with the same people on both sides."""
        pair = self.connect(world)
        there: list[str] = []
        here: list[int] = []
        for number, done in enumerate(range(0, count, HOME)):
            people, start = min(HOME, count - done), number * len(PLACES)
            there += pair.platform.seed_people(people, start=start)
            here += next(iter(pair.crm.seed(people=people, first=start, **self.plan).values()))
        filled = Filled(self, world, pair, there, here[0])
        filled.let_somebody_edit()
        return filled


@dataclass(frozen=True)
class Filled:
    """A connection whose sides hold the same people."""

    profile: Profile
    world: World
    pair: Pair
    platform_ids: list[str]
    somebody: int
    """One of them in the CRM."""

    def rest(self) -> Counter[str]:
        """Runs until there is nothing to do; the calls that asked what became of what had been handed over."""
        told = self._take_in()
        while cost(self.world, self.pair, "changes").writes:
            self._take_in()
        self.let_somebody_edit()
        for _ in range(2):  # what that lists is dealt with, and acknowledged
            cost(self.world, self.pair, "changes")
            self._take_in()
        return told

    def let_somebody_edit(self) -> None:
        """A field that is none of ours: else all that was written in the last second would be listed once more."""
        self.pair.crm.advance(5)
        note = f"Since {self.world.clock.now():%H:%M:%S.%f}"
        if self.profile.name == "bloomerang":
            self.pair.crm.staff_edit(self.somebody, Employer=note)
        if self.profile.name == "virtuous":
            self.pair.crm.staff_edit("contact", self.somebody, description=note)

    def _take_in(self) -> Counter[str]:
        return take_in(self.world, self.pair) if self.profile.name == "kindful" else Counter()


def _bloomerang(world: World) -> Pair:
    return world.connect()


def _kindful(world: World) -> Pair:
    return world.connect_kindful(queue="manual")


def _virtuous(world: World) -> Pair:
    return connect_virtuous(world, world.virtuous)


def _counterparts(crm: str, changed: int) -> int:
    return pages(changed, manifest(crm).limits.read_batch) + pages(changed, PLATFORM.read_batch)


def _list(crm: str, count: int) -> int:
    return pages(count, manifest(crm).limits.page_size) + pages(count, PLATFORM.page_size)


def _updates(crm: str, changed: int) -> int:
    return changed * manifest(crm).limits.calls_per_contact_update


def _jobs(changed: int) -> int:
    """A look at the queue before a job, the job, and the question what became of it."""
    return 3 * pages(changed, manifest("kindful").limits.write_batch)


PROFILES = (
    Profile(
        "bloomerang", _bloomerang, {**WHOLE, "seconds_apart": 1},
        lambda n, _k: START + _list("bloomerang", n),
        4,
        lambda _n, k: 3 + pages(k, PLATFORM.page_size) + _counterparts("bloomerang", k) + _updates("bloomerang", k),
        lambda n, _k: START + _list("bloomerang", n),
    ),
    Profile(
        "kindful", _kindful, {**WHOLE, "seconds_apart": 1},
        lambda n, _k: START + _list("kindful", n) + pages(n, BATCH),
        2,
        lambda _n, k: 1 + pages(k, PLATFORM.page_size) + _counterparts("kindful", k) + _jobs(k),
        lambda n, _k: START + _list("kindful", n),
    ),
    Profile(
        "virtuous", _virtuous, WHOLE,
        lambda n, _k: 1 + START + _list("virtuous", n) + pages(n, manifest("virtuous").limits.page_size),
        4,
        lambda _n, k: 3 + pages(k, PLATFORM.page_size) + _counterparts("virtuous", k) + _updates("virtuous", k),
        lambda n, _k: 1 + START + _list("virtuous", n) + pages(n, manifest("virtuous").limits.page_size),
    ),
)  # fmt: skip
