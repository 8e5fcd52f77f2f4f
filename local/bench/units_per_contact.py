"""DynamoDB's capacity units, by the contact: of all there are, or of those that changed."""

from collections.abc import Iterable, Iterator

from local.bench.calls import RUNS
from local.bench.lines import Figures, Line, thousands


def lines(courses: Iterable[Figures]) -> Iterator[Line]:
    """A line per CRM, size and run; and what stays stored."""
    for course in courses:
        head = f"{course['crm']}, {thousands(course['contacts'])}"
        for name in RUNS:
            run = course["runs"][name]
            yield _quiet(head, run) if name == "quiet" else _per_contact(head, name, run)
        size = sum(course["stored_bytes"].values()) / course["contacts"]
        yield Line("DynamoDB", f"{head}: stored after all that", f"{thousands(size)} bytes a contact")


def _quiet(head: str, run: Figures) -> Line:
    written, reads, writes = (thousands(run[name]) for name in ("contact_writes", "read_units", "write_units"))
    return Line(
        "DynamoDB",
        f"{head}: nothing changed",
        f"{written} contacts written",
        f"the run itself: {reads} read, {writes} write units",
        "0",
        bool(run["contact_writes"] == 0),
    )


def _per_contact(head: str, name: str, run: Figures) -> Line:
    each = run["changed"]
    figure = f"{run['read_units'] / each:.2f} read, {run['write_units'] / each:.2f} write units a contact"
    return Line("DynamoDB", f"{head}: {RUNS[name]}", figure, f"{thousands(run['database_calls'])} calls in all")
