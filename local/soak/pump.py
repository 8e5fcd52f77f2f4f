"""Time that goes by faster: the clock's ticks, and what people and vendors do every now and then."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from local.soak.site import Site
from local.stack import Stack
from local.story.scene import CLOCK

TICK_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 6.0
"""Between two rounds in which each connection is synchronised: its schedule's hour."""
REST_SECONDS: Final = 420.0
PAUSE_SECONDS: Final = 1.0
LOOKS: Final = 4

WAKE_SECONDS: Final = 10.0

Tell = Callable[[str], None]
Ops = Callable[..., str]
"""The operator's command line: its words, and what it prints."""


class NoRestError(Exception):
    """Something was still under way after a long time."""


@contextmanager
def pumping(stack: Stack, sites: Sequence[Site]) -> Iterator[None]:
    """Tick, synchronise and take in while the body runs."""
    over = threading.Event()
    threads = [
        threading.Thread(target=_every, args=(over, TICK_SECONDS, lambda: stack.fire(CLOCK)), daemon=True),
        threading.Thread(target=_every, args=(over, LOOK_SECONDS, lambda: _look(sites)), daemon=True),
    ]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in threads:
            one.join()


def settle(stack: Stack, ops: Ops, sites: Sequence[Site], tell: Tell) -> None:
    """Until nothing is under way and looking once more changes nothing. Raises `NoRestError`."""
    _rest(stack, ops, sites, tell)
    for _ in range(LOOKS):
        before = {site.number: {run["id"] for run in site.office.latest()} for site in sites}
        for site in sites:
            site.try_post("/sync")
        _rest(stack, ops, sites, tell)
        moved = [site for site in sites if _is_moved(site, before[site.number])]
        if not moved:
            return
        tell(f"{len(moved)} connections still had something to do")


def retried(stack: Stack, ops: Ops, sites: Sequence[Site], tell: Tell) -> int:
    """A person tries again whatever failed while vendors did; how many runs that were."""
    again = sum(_retry(site) for site in sites)
    if again:
        tell(f"{again} runs in which records had failed are tried again")
        settle(stack, ops, sites, tell)
    return again


def _retry(site: Site) -> int:
    failed = [run for run in site.runs() if any(side["failed"] > side["review"] for side in run["counts"].values())]
    return sum(site.try_post(f"/runs/{run['id']}/retry") for run in failed)


def _every(over: threading.Event, seconds: float, act: Callable[[], None]) -> None:
    while not over.wait(seconds):
        act()


def _look(sites: Sequence[Site]) -> None:
    for site in sites:
        hurry(site)
        site.try_post("/sync")


def hurry(site: Site) -> None:
    """What an error put off is due now; people do what the CRM waits for."""
    site.crm.take_in()
    site.try_post("/waiting/retry")


def _rest(stack: Stack, ops: Ops, sites: Sequence[Site], tell: Tell) -> None:
    began, busy, told, wakings = time.monotonic(), list(sites), 0, 0
    while busy:
        if time.monotonic() > began + REST_SECONDS:
            raise NoRestError(f"no rest within {REST_SECONDS:.0f} s: {', '.join(site.name for site in busy)}")
        for site in busy:
            hurry(site)
        if time.monotonic() > began + WAKE_SECONDS * (wakings + 1):
            wakings += 1
            ops("work", "wake", "--kind", "contact")  # what is looked at again some minutes after an answer was lost
        stack.fire(CLOCK)
        time.sleep(PAUSE_SECONDS)
        busy = [site for site in busy if site.crm.take_in() or site.busy()]
        if len(busy) != told:
            told = len(busy)
            tell(f"{told} connections are not at rest yet")


def _is_moved(site: Site, before: set[str]) -> bool:
    """Whether looking once more found anything to do."""
    new = [run for run in site.office.latest() if run["id"] not in before]
    return any(side[name] for run in new for side in run["counts"].values() for name in ("created", "updated"))
