"""`make bench`: measure what was not measured yet with this code, and tell it all.

    python -m local.bench [--sizes 1000 10000] [--only NAME ...] [--again] [--report]

`FULL=1` adds 100,000 contacts, and a million from a computed source.
"""

import argparse
import os
import platform
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from local.bench import keeping, table
from local.bench.cost import PRICES
from local.bench.deployed import connected_site
from local.bench.lines import Measurement
from local.bench.plan import ON_THE_STACK, Found, lines, measurements
from local.paths import ROOT
from tests.rows.conftest import Site

SIZES, LARGE = (1_000, 10_000), 100_000


def main() -> int:
    """Exit code 1 where a measurement broke; a missed aim is told, and no error."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    asked = _arguments()
    full = bool(os.environ.get("FULL"))
    wanted = measurements([*asked.sizes, *([LARGE] if full else [])], full)
    wanted = [one for one in wanted if not asked.only or one.name in asked.only]
    with Bench(asked.again, asked.report) as bench:
        entries = [entry for one in wanted if (entry := bench.entry(one))]
    found: dict[str, list[Any]] = {}
    for entry in entries:
        found.setdefault(entry["measurement"], []).append(entry["figures"])
    _tell(found, entries)
    for name in bench.broken:
        print(f"BROKEN: {name}", file=sys.stderr)
    return 1 if bench.broken else 0


class Bench:
    """Takes measurements, each once; the stack is deployed when the first one wants it."""

    def __init__(self, again: bool, only_report: bool) -> None:
        self.broken: list[str] = []
        self._again, self._only_report = again, only_report
        self._version = keeping.code_version()
        self._leave = ExitStack()
        self._site: Site | None = None

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.close()

    def entry(self, one: Measurement) -> dict[str, Any] | None:
        """What was kept, or is measured now; None where that breaks, or only a report is wanted."""
        standing = keeping.kept(one, self._version)
        if standing and not self._again:
            return standing
        if self._only_report:
            return None
        print(f"{datetime.now(UTC):%H:%M:%S} {one} ...", flush=True)
        try:
            return keeping.keep(one, self._version, self._take(one))
        except Exception:  # the others are worth having
            traceback.print_exc()
            self.broken.append(str(one))
            return None

    def _take(self, one: Measurement) -> Any:
        if one.name in ON_THE_STACK:
            return one.take(self._stack(), **one.parameters)
        return one.take(**one.parameters)

    def _stack(self) -> Site:
        if self._site is None:
            self._site = self._leave.enter_context(connected_site())
        return self._site


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="contacts on each side")
    parser.add_argument("--only", nargs="+", default=[], help="measurements by name: course, cold, intake and so on")
    parser.add_argument("--again", action="store_true", help="measure also what was measured before with this code")
    parser.add_argument("--report", action="store_true", help="only tell what was measured before")
    return parser.parse_args()


def _tell(found: Found, entries: Sequence[dict[str, Any]]) -> None:
    report, notes = list(lines(found)), list(_notes(entries))
    table.show(report, notes)
    keeping.FOLDER.mkdir(parents=True, exist_ok=True)
    table.write(report, notes, keeping.FOLDER / "report.json")
    print(f"As JSON and Markdown: {keeping.FOLDER.relative_to(ROOT)}/report.json, report.md")


def _notes(entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What must be known to read the figures."""
    if not entries:
        return
    when = sorted(entry["at"] for entry in entries)
    load = max(entry["load"] for entry in entries)
    yield (
        f"Measured {when[0]} to {when[-1]} (UTC), Python {platform.python_version()}, {os.cpu_count()} processors, "
        f"load up to {load:.1f}: other programs ran meanwhile, so seconds are pessimistic; counts and ratios are not."
    )
    yield f"Prices: AWS's list of {PRICES['as_of']}, {PRICES['region']}, without free tiers (local/bench/prices.toml)."


if __name__ == "__main__":
    sys.exit(main())
