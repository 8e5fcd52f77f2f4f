"""Contacts that nobody keeps: two connectors whose lists are computed, alike on both sides, for a million of them.

It leaves out what vendors take (HTTP, JSON, their rate) and what connectors do with it; the domain, the jobs, the
stores' code and the tables' work are the real ones. Runs in a process of its own, whose memory is told:

    python -m local.bench.computed 1000000
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from giftbridge import bootstrap
from giftbridge.connectors import registry
from giftbridge.connectors.base import Identity, Page
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.registry import Wiring
from giftbridge.domain.contact import Address, Contact, Record, Side
from giftbridge.jobs.contacts import run as contacts
from local.bench.ground import settings
from local.bench.lines import Figures, Line, thousands
from local.bench.services import Session
from local.bench.tables import Tables
from local.paths import DEV_PYTHON, ROOT
from local.sandbox.people import person
from tests.limits.test_first_sync import peak_kb
from tests.world import MovingClock, World

EDITED = datetime(2025, 1, 1, tzinfo=UTC)
BOUND = 1.1


@dataclass(frozen=True)
class Lists:
    """One side: `count` contacts by number; a cursor is the number of the next one."""

    manifest: Manifest
    count: int

    def identify(self) -> Identity:
        """Nobody's database."""
        return Identity("computed", "Computed")

    def contact_changes(self, cursor: str) -> Page[Record]:
        """The next page."""
        start = int(cursor or 0)
        end = min(start + self.manifest.limits.page_size, self.count)
        return Page(tuple(map(_record, range(start, end))), str(end), end < self.count, self.count)

    def contacts(self, ids: Sequence[str]) -> dict[str, Record]:
        """By id."""
        return {one: _record(int(one)) for one in ids}

    def contacts_by_email(self, email: str) -> list[Record]:
        """Nobody asks: all are found by sightings."""
        raise AssertionError(email)

    def successor(self, contact_id: str) -> str:
        """Nobody was merged."""
        return contact_id

    def contact_url(self, contact_id: str) -> str:
        """No page."""
        return ""

    def write_contacts(self, batch: Sequence[Any]) -> list[Any]:
        """Nothing differs."""
        raise AssertionError(len(batch))

    def recall_contact(self, write: Any) -> list[Any]:
        """Nothing is created."""
        raise AssertionError(write.reference.value)


def measure(size: int, small: int) -> Figures:
    """Figures of `size` contacts, and the peak of `small` ones beside it."""
    found = _in_a_process(size)
    return {**found, "small": small, "small_kb": _in_a_process(small)["peak_kb"]}


def lines(found: Iterable[Figures]) -> Iterator[Line]:
    """Pace, units and memory per size."""
    for one in found:
        head, ratio = f"{thousands(one['contacts'])} computed", one["peak_kb"] / one["small_kb"]
        yield Line(
            "Computed source", f"{head}: first sync",
            f"{thousands(one['contacts'] / one['computed'])} contacts per second of processor time",
            f"{thousands(one['seconds'])} s; {one['write_units'] / one['contacts']:.2f} write units a contact",
        )  # fmt: skip
        yield Line(
            "Computed source", f"{head}: nothing changed", f"{one['quiet_writes']} contacts written",
            "", "0", one["quiet_writes"] == 0,
        )  # fmt: skip
        yield Line(
            "Computed source", f"{head}: peak memory", f"{one['peak_kb'] / 1024:.1f} MB, {ratio:.2f} x",
            f"{one['small_kb'] / 1024:.1f} MB at {thousands(one['small'])}; tables' cache of 8 MB within",
            f"<= {BOUND} x", ratio <= BOUND,
        )  # fmt: skip


def _in_a_process(size: int) -> dict[str, Any]:
    command = [str(DEV_PYTHON), "-m", "local.bench.computed", str(size)]
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'shared'}"}
    done = subprocess.run(command, cwd=ROOT, env=path, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _record(number: int) -> Record:
    one = person("computed", number)
    home = Address(one.street, one.city, one.state, one.postal, one.country)
    contact = Contact(first_name=one.first, last_name=one.last, email=one.email, phone=one.phone, address=home)
    return Record(str(number), contact, EDITED, raw=f"{number}:{one.email}")


def first_and_quiet(count: int) -> dict[str, Any]:
    """A first sync and a run after it, in this process."""

    def connect(name: str, wiring: Wiring) -> Lists:
        return Lists(registry.manifest(name), count)

    with tempfile.TemporaryDirectory() as folder, patch.object(registry, "connect", connect):
        tables = Tables(Path(folder) / "tables")
        session, clock = Session(tables), MovingClock()
        app = bootstrap.build(settings(), clock, session, lambda _name, _value: None)
        nobody: Any = None
        world = World(app, clock, nobody, nobody, nobody, nobody, session.queues)
        return _measured(world, tables)


def _measured(world: World, tables: Tables) -> dict[str, Any]:
    side: Any = type("Nobody", (), {"id": "computed", "token": "", "advance": staticmethod(lambda _seconds: None)})
    pair = world.stored("computed", "handbid", "bloomerang", side, side, "unasked", {}, {"kind": "api_key"})
    began, computing = time.perf_counter(), time.process_time()
    first, steps = _run(world, pair, "first")
    seconds, computed, counted = time.perf_counter() - began, time.process_time() - computing, tables.meter.state()
    quiet, _ = _run(world, pair, "changes")
    assert quiet.count(Side.CRM, "updated") == 0
    return {
        "contacts": first.count(Side.CRM, "linked"), "seconds": seconds, "computed": computed, "steps": steps,
        **counted,
        "quiet_writes": tables.meter.contact_writes - counted["contact_writes"],
        "peak_kb": peak_kb(os.getpid()),
    }  # fmt: skip


def _run(world: World, pair: Any, mode: Any) -> tuple[Any, int]:
    connection = world.app.connections.get(pair.connection.owner, pair.connection.id)
    started = contacts.start(world.app, connection, mode, "bench")
    steps = world.pump(limit=1_000_000)
    done = world.run(pair, started)
    assert done.state == "done", done
    return done, steps


if __name__ == "__main__":
    print(json.dumps(first_and_quiet(int(sys.argv[1]))))
