"""Calls to the vendors, beside the list pages that must be read and the declared calls for what changed."""

from collections.abc import Iterable, Iterator
from math import ceil

from local.bench.lines import SLACK, Figures, Line, thousands

RUNS = {
    "first": "first sync", "quiet": "nothing changed", "hundredth": "1 % changed", "all": "100 % changed",
    "sweep": "sweep",
}  # fmt: skip


def lines(courses: Iterable[Figures]) -> Iterator[Line]:
    """A line per CRM, size and run."""
    for course in courses:
        for name in RUNS:
            run = course["runs"][name]
            yield Line(
                "Vendor calls",
                f"{course['crm']}, {thousands(course['contacts'])}: {RUNS[name]}",
                f"{thousands(run['total'])} calls, {thousands(run['vendor_writes'])} of them write",
                f"bound {thousands(run['bound'])}",
                "<= 1.05 x, whole calls",
                within(run),
            )


def within(run: Figures) -> bool:
    """Whether a run kept its bound."""
    return bool(run["total"] <= ceil(SLACK * run["bound"]))
