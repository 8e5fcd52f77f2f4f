"""One rate budget for each CRM account, shared by all workers, with a reserve; the vendor's own word counts."""

import time
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from giftbridge.connectors.registry import manifest
from giftbridge.jobs.budget import RESERVED
from tests.rows.conftest import Deployment, Site, eventually, sums
from tests.rows.money import auction, paid, people

WAIT = 8
SLOW = 3600
"""Calls an hour: one a second."""
LIMITS = manifest("bloomerang").limits
BURST = LIMITS.burst * SLOW // LIMITS.calls_per_hour


def times(site: Site) -> list[tuple[datetime, int]]:
    """When the CRM was called, and what it answered; in whole seconds of its clock."""
    return [(datetime.fromisoformat(entry["at"]), entry["status"]) for entry in site.crm.journal()]


def waiting(site: Site, error: str) -> list[dict[str, Any]]:
    """What waits because of `error`."""
    return [work for work in site.get("~/waiting")["items"] if work["error"] == error]


def ticking(deployment: Deployment, site: Site, runs: int, timeout: float = 60.0) -> list[Any]:
    """So many runs, ended, with the clock ticking."""

    def ended() -> list[Any]:
        deployment.tick()
        found = site.runs()
        return found if len(found) >= runs and all(run["state"] == "done" for run in found) else []

    return eventually(ended, timeout, pause=1.0)


@pytest.mark.parametrize("named", [True, False], ids=["seconds", "a_date"])
def test_P05_after_a_429_no_worker_calls_before_the_time_named(
    deployment: Deployment, synced: Site, named: bool
) -> None:
    ids = people(synced, 25)
    event = auction(synced, *(paid(one, 5000) for one in ids))["event"]["id"]
    until = datetime.fromisoformat(synced.crm.call("GET", "/time")["now"]) + timedelta(seconds=WAIT + 4)
    retry_after = str(WAIT) if named else until.strftime("%a, %d %b %Y %H:%M:%S GMT")
    synced.crm.fault("status", status=429, retry_after=retry_after, after=12)
    synced.post("~/sync")
    synced.platform.set_event_status(event, "reconciled")
    held = eventually(lambda: waiting(synced, "rate_limited"), timeout=10)
    assert all(work["attempt"] == 0 and work["next_due"] for work in held), "deferred, which is not a failed try"
    assert all(run["state"] != "failed" for run in synced.runs())
    for run in ticking(deployment, synced, 3):
        sums(run)
        assert run["counts"]["crm"]["failed"] == 0
    assert len(synced.gifts()) == 25
    seen = times(synced)
    (number,) = [number for number, (_, status) in enumerate(seen) if status == 429]
    stopped, later = seen[number][0], [at for at, _ in seen[number + 1 :]]
    allowed = stopped + timedelta(seconds=WAIT) if named else until.replace(microsecond=0)
    on_their_way = stopped + timedelta(seconds=1)
    assert [at for at in later if on_their_way < at < allowed] == []
    assert min(at for at in later if at > on_their_way) >= allowed


@pytest.fixture
def neighbours(deployment: Deployment, client: httpx.Client, site: Site) -> tuple[Site, Site]:
    """Two organisations that feed one database, at one call a second."""
    second = Site(deployment, client, site.crm, deployment.platforms.organisation(name=f"{site.crm.name}-two"))
    slow = {"bloomerang": {"calls_per_hour": SLOW}}
    return site.connect(**slow), second.connect(**slow)


def test_P05_one_budget_with_a_reserve_for_others_and_for_what_is_urgent(
    deployment: Deployment, neighbours: tuple[Site, Site]
) -> None:
    first, second = neighbours
    first.platform.seed_people(60, seed="first")
    second.platform.seed_people(60, seed="second")
    before, began = first.crm.count(), time.monotonic()
    for site in neighbours:
        site.post("~/first-sync", {"answer": "yes"})
    eventually(lambda: waiting(first, "budget") and waiting(second, "budget"))
    bulk = first.crm.count() - before
    flown_in = int(time.monotonic() - began) + 1
    assert bulk <= BURST * (1 - RESERVED["bulk"]) + flown_in, "both together stay within what a first sync may use"
    assert bulk >= BURST * (1 - RESERVED["bulk"]) - 10
    for site in neighbours:
        (run,) = site.runs(mode="first")
        assert (run["state"], run["counts"]["crm"]["failed"]) == ("running", 0)
        (held,) = waiting(site, "budget")
        assert (held["attempt"], bool(held["next_due"])) == (0, True)
    event = auction(first, *(paid(one["id"], 5000) for one in list(first.contacts().values())[:3]))["event"]["id"]
    gifts = first.reconcile(event)
    assert gifts["counts"]["crm"]["created"] == 3, "a gift need not wait for a first sync"
    spent = first.crm.count() - before
    assert spent <= BURST * (1 - RESERVED["gifts"]) + int(time.monotonic() - began) + 1, "the rest is for others"
