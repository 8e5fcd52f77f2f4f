"""One CRM and N contacts from the first sync to rest: the runs whose calls, units, steps and seconds are measured."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from giftbridge.domain.contact import Side
from giftbridge.jobs import drift
from local.bench.ground import counted_world
from local.bench.profiles import PROFILES, Filled
from local.bench.tables import Tables
from tests.calls.conftest import Cost, cost

PHONES = {"hundredth": "+12125550123", "all": "+12125550124"}
Figures = dict[str, Any]


def measure(crm: str, contacts: int) -> Figures:
    """Figures of each run (`first`, `quiet`, `hundredth`, `all`, `sweep`) and the bytes that stay stored."""
    profile = next(one for one in PROFILES if one.name == crm)
    with counted_world(crm) as (world, tables):
        filled = profile.fill(world, contacts)
        count = Counting(filled, tables)
        count.run("first", contacts, lambda: cost(world, filled.pair, "first"), profile.first(contacts, 0))
        filled.rest()
        count.run("quiet", 0, lambda: cost(world, filled.pair, "changes"), profile.quiet)
        for name, every in (("hundredth", 100), ("all", 1)):
            changed = filled.platform_ids[::every]
            filled.pair.platform.edit_contacts(changed, phone=PHONES[name])
            bound = profile.delta(contacts, len(changed))
            count.run(name, len(changed), lambda: cost(world, filled.pair, "changes"), bound)
            count.add_calls(name, filled.rest())
        count.run("sweep", contacts, lambda: swept(filled), profile.sweep(contacts, 0))
        return {"crm": crm, "contacts": contacts, "stored_bytes": tables.stored(), "runs": count.runs}


class Counting:
    """Runs with what they cost."""

    def __init__(self, filled: Filled, tables: Tables) -> None:
        self._filled, self._tables = filled, tables
        self.runs: dict[str, Figures] = {}

    def run(self, name: str, changed: int, work: Callable[[], Cost], bound: int) -> None:
        """One run. Raises `AssertionError` where not all of `changed` was done."""
        queues, before = self._filled.world.queues, self._tables.meter.state()
        sent, began, computing = queues.sent, time.perf_counter(), time.process_time()
        found = work()
        seconds, computed = time.perf_counter() - began, time.process_time() - computing
        after = self._tables.meter.state()
        done = found.run.count(Side.CRM, {"first": "linked", "sweep": "unchanged"}.get(name, "updated"))
        assert done == changed, f"{name}: {done} of {changed}"
        self.runs[name] = {
            "changed": changed, "calls": dict(found.calls), "bound": bound, "total": found.calls.total(),
            "vendor_writes": found.writes, "seconds": seconds, "computed": computed, "steps": queues.sent - sent,
            **{unit: after[unit] - before[unit] for unit in after},
        }  # fmt: skip

    def add_calls(self, name: str, told: Counter[str]) -> None:
        """Calls that came after the run, to be told what became of it."""
        self.runs[name]["calls"] = dict(Counter(self.runs[name]["calls"]) + told)
        self.runs[name]["total"] += told.total()


def swept(filled: Filled) -> Cost:
    """Both sides compared as a whole."""
    world, pair = filled.world, filled.pair
    for vendor in (pair.crm, pair.platform):
        vendor.reset_journal()
    connection = world.app.connections.get(pair.connection.owner, pair.connection.id)
    started = drift.sweep_now(world.app, connection, "bench")
    world.pump(limit=100_000)
    done = world.run(pair, started)
    assert done.state == "done", done.state
    return Cost(done, Counter(pair.crm.calls()) + Counter(pair.platform.calls()))
