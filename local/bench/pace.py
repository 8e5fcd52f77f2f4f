"""Contacts per second, read and compared on both sides, and how long that would take at the vendors' own limits."""

from collections.abc import Iterable, Iterator

from giftbridge.connectors.registry import manifest
from local.bench.calls import RUNS
from local.bench.lines import Figures, Line, thousands


def lines(courses: Iterable[Figures]) -> Iterator[Line]:
    """A line per CRM, size and run that reads all there is."""
    for course in courses:
        for name in ("first", "sweep", "all"):
            run = course["runs"][name]
            yield Line(
                "Pace",
                f"{course['crm']}, {thousands(course['contacts'])}: {RUNS[name]}",
                f"{thousands(run['changed'] / run['seconds'])} contacts a second, "
                f"{thousands(run['changed'] / run['computed'])} per second of processor time",
                f"the CRM's limit allows {thousands(allowed(course['crm'], run))}",
            )


def allowed(crm: str, run: Figures) -> float:
    """Contacts a second when the CRM's calls come at its hourly limit."""
    mine = sum(number for call, number in run["calls"].items() if "/organisations/{id}/contacts" not in call)
    return float(run["changed"] / mine * manifest(crm).limits.calls_per_hour / 3600)
