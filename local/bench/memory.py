"""A worker's peak memory against N: first syncs by a worker in a process of its own, over the emulator."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.bench.ground import controls, vendors
from local.bench.lines import Figures, Line, thousands
from local.bench.profiles import PROFILES
from local.emulator_service import Emulator
from local.processes import free_port
from local.stores import Stores, create
from tests.limits.test_first_sync import first_sync
from tests.world import EmulatorSession, World, made, settings_of

SMALL = 1_000
BOUND = 1.1
READABLE = Path("/proc/self/status").is_file()
"""Whether this system tells what memory a process had at most."""


def measure(contacts: int, small: int = SMALL) -> Figures:
    """Peaks in kB of a small first sync and of one of `contacts`, with the seconds and steps of the latter."""
    with _emulated() as (world, stores):
        peaks = {}
        for size in (small, contacts):
            pair = PROFILES[0].fill(world, size).pair
            labour = first_sync(world, stores, pair, [])
            peaks[size] = labour.peak_kb
        return {
            "contacts": contacts, "small": small, "small_kb": peaks[small], "peak_kb": peaks[contacts],
            "seconds": labour.seconds, "steps": labour.steps,
        }  # fmt: skip


def lines(found: Iterable[Figures]) -> Iterator[Line]:
    """A line per size."""
    for one in found:
        ratio = one["peak_kb"] / one["small_kb"]
        yield Line(
            "Memory",
            f"worker, first sync of {thousands(one['contacts'])} (bloomerang)",
            f"{one['peak_kb'] / 1024:.1f} MB, {ratio:.2f} x",
            f"{one['small_kb'] / 1024:.1f} MB at {thousands(one['small'])}",
            f"<= {BOUND} x",
            ratio <= BOUND,
        )
        yield Line(
            "First sync",
            f"the same by that worker over the emulator, {thousands(one['contacts'])}",
            f"{thousands(one['seconds'])} s, {one['steps']} steps of 15 s",
        )


@contextmanager
def _emulated() -> Iterator[tuple[World, Stores]]:
    with ExitStack() as stack:
        urls = stack.enter_context(vendors("handbid", "bloomerang"))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        emulator = Emulator(free_port(), Path(folder), ticking=False, keep=False)
        stack.callback(emulator.stop)
        emulator.start()
        stores = create(emulator)
        parts: Any = controls(urls)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        yield (
            stack.enter_context(
                made(
                    EmulatorSession(stores),
                    settings_of(stores.env),
                    stores.client("sqs"),
                    parts["bloomerang"],
                    parts["handbid"],
                    parts["kindful"],
                    parts["virtuous"],
                    patch,
                )
            ),
            stores,
        )
