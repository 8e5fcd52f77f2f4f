"""Steps and duration of a first sync."""

from collections.abc import Iterable, Iterator

from local.bench.ground import STEP_SECONDS
from local.bench.lines import Figures, Line, thousands
from local.bench.pace import allowed


def lines(courses: Iterable[Figures]) -> Iterator[Line]:
    """A line per CRM and size: as measured, and at the CRM's own limit."""
    for course in courses:
        run = course["runs"]["first"]
        slowest = course["contacts"] / allowed(course["crm"], run) / 60
        yield Line(
            "First sync",
            f"{course['crm']}, {thousands(course['contacts'])} on each side",
            f"{thousands(run['seconds'])} s, {run['steps']} steps of {STEP_SECONDS} s",
            f"{thousands(slowest)} minutes at the CRM's limit",
        )
