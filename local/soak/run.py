"""A soak from the first connection to the last comparison, on a stack that runs already."""

import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx

from local.soak import books, pump
from local.soak.accountant import Row, account
from local.soak.disturber import Disturber, short_visibility
from local.soak.plan import PAIRS, Plan
from local.soak.player import Player
from local.soak.site import Site, build, connect
from local.stack import Stack

TIMEOUT_SECONDS: Final = 60
CONNECTING_AT_ONCE: Final = 5
TELL_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Pace:
    """Events a second, and how often something goes wrong."""

    events_per_second: float = 4.0
    events_per_fault: float = 8.0
    events_per_kill: float = 60.0


@dataclass
class Result:
    """What a soak found. Nothing was lost and nothing happened twice where `differences` is empty."""

    plan: Plan
    rows: list[Row] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    played: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    webhooks: int = 0
    killed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    runs: int = 0
    dead: Mapping[str, int] = field(default_factory=dict)
    play_seconds: float = 0.0
    rest_seconds: float = 0.0

    @property
    def events_per_minute(self) -> float:
        """From the first event until all was at rest."""
        return 60 * self.played / (self.play_seconds + self.rest_seconds)


def soak(stack: Stack, ops: pump.Ops, plan: Plan, pace: Pace, tell: pump.Tell) -> Result:
    """Connect, play, come to rest, compare."""
    with ExitStack() as closing:
        closing.enter_context(short_visibility(stack))
        backends = closing.enter_context(_backends(stack, ops))
        sites = _connected(stack, backends, plan, tell)
        disturber = Disturber(
            stack, sites, plan.seed,
            pace.events_per_fault / pace.events_per_second, pace.events_per_kill / pace.events_per_second,
        )  # fmt: skip
        result = Result(plan)
        players = _players(plan, sites, pace)
        _play(stack, sites, players, disturber, result, tell)
        _rest(stack, ops, sites, players, result, tell)
        result.killed, result.faults = disturber.killed, disturber.hit
        _compare(stack, sites, result, tell)
    return result


def _connected(stack: Stack, backends: Mapping[str, httpx.Client], plan: Plan, tell: pump.Tell) -> list[Site]:
    tell(f"{len(plan.sites)} connections are made")
    sites = [build(stack, backends[pair[0]], plan.seed, number, pair) for number, pair in enumerate(plan.sites)]
    with ThreadPoolExecutor(CONNECTING_AT_ONCE) as pool:
        list(pool.map(lambda site: connect(stack, site), sites))
    return sites


def _players(plan: Plan, sites: list[Site], pace: Pace) -> list[Player]:
    pause = len(sites) / pace.events_per_second
    return [
        Player(
            site,
            deque(event for event in plan.events if event.site == site.number),
            Random(f"{plan.seed}:{site.number}"),
            pause,
        )
        for site in sites
    ]


def _play(
    stack: Stack, sites: list[Site], players: list[Player], disturber: Disturber, result: Result, tell: pump.Tell
) -> None:
    """All events, while vendors fail and workers die."""
    began = time.monotonic()
    with pump.pumping(stack, sites), disturber.disturbing(), ThreadPoolExecutor(len(players)) as pool:
        playing = [pool.submit(player.run) for player in players]
        while not all(one.done() for one in playing):
            done = sum(player.done for player in players)
            tell(f"{done} of {len(result.plan.events)} events, {disturber.killed} workers killed")
            _wait(playing, TELL_SECONDS)
        for one in playing:
            one.result()
    result.play_seconds = time.monotonic() - began


def _wait(playing: list[Future[None]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(one.done() for one in playing):
        time.sleep(0.1)


def _rest(
    stack: Stack, ops: pump.Ops, sites: list[Site], players: list[Player], result: Result, tell: pump.Tell
) -> None:
    """What is under way ends, what came too early is played, what failed is tried again."""
    began = time.monotonic()
    pump.settle(stack, ops, sites, tell)
    if any(player.late for player in players):
        tell(f"{sum(len(player.late) for player in players)} events that came too early are played")
        for player in players:
            player.catch_up()
        pump.settle(stack, ops, sites, tell)
    for player in players:
        player.drop()
    result.retried = pump.retried(stack, ops, sites, tell)
    result.rest_seconds = time.monotonic() - began
    result.played = sum(player.done for player in players)
    for site in sites:
        result.dropped += site.ledger.dropped
    result.webhooks = sum(site.ledger.webhooks for site in sites)


def _compare(stack: Stack, sites: list[Site], result: Result, tell: pump.Tell) -> None:
    tell("both sides of every connection are compared with what went in")
    found: dict[tuple[object, str], Row] = {}
    for site in sites:
        case = books.case_of(site)
        for row in account(case):
            result.differences += [f"{site.name}: {one}" for one in row.differences]
            found.setdefault((row.pair, row.kind), Row(row.pair, row.kind)).add(row)
        if site.pair[0] != "gratavid":
            refunded = sum(gift.refunds for gift in case.held.gifts)
            result.differences += books.log_differences(site, len(case.held.gifts), refunded)
        result.runs += len(site.runs())
    result.rows = sorted(found.values(), key=lambda row: PAIRS.index(row.pair))
    result.dead = books.dead_letters(stack)
    if result.dead and not result.killed:
        result.differences.append(f"dead letters, although no worker was killed: {dict(result.dead)}")
    result.differences += [f"still waiting: {one}" for one in books.left_waiting(sites)]
    result.differences += [f"personal data can be read in {where}" for where in books.personal_data(stack, sites)]


@contextmanager
def _backends(stack: Stack, ops: pump.Ops) -> Iterator[dict[str, httpx.Client]]:
    """The management API with each platform's own key."""
    with ExitStack() as closing:
        found = {}
        for platform in dict.fromkeys(pair[0] for pair in PAIRS):
            headers = {
                "Authorization": f"Bearer {ops('api-key', 'create', platform).strip()}",
                "Giftbridge-Actor": "soak",
            }
            client = httpx.Client(base_url=stack.api, headers=headers, timeout=TIMEOUT_SECONDS)
            found[platform] = closing.enter_context(client)
        yield found
