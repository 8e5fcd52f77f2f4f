"""The result as a table for people."""

from collections.abc import Mapping, Sequence

from local.soak.accountant import Row
from local.soak.run import Result

HEAD = ("from", "to", "what", "went in", "came out", "twice", "lost", "wrong", "explained")
SHOWN_DIFFERENCES = 50


def text(result: Result) -> str:
    """The table, what went wrong meanwhile, how fast it was, and what nobody can explain."""
    lines = _aligned([HEAD, *(_cells(row) for row in result.rows)])
    return "\n".join([*lines, "", *_told(result), "", *_verdict(result)])


def _told(result: Result) -> list[str]:
    minutes = (result.play_seconds + result.rest_seconds) / 60
    plan = result.plan
    return [
        f"Seed {plan.seed}: {result.played} of {len(plan.events)} events over {len(plan.sites)} connections",
        f"Events that had nothing to happen to, as what they answer was never sent: {_counted(result.dropped)}",
        f"Played in {result.play_seconds:.0f} s, at rest {result.rest_seconds:.0f} s later: {minutes:.1f} minutes",
        f"Events a minute: {result.events_per_minute:.0f}",
        f"Webhooks sent again or ahead of time: {result.webhooks}",
        f"Workers killed: {result.killed}",
        f"Calls that failed: {_counted(result.faults)}",
        f"Runs: {result.runs}; those that a person tried again: {result.retried}",
        f"Dead letters: {_counted(result.dead)}",
    ]


def _counted(found: Mapping[str, int], none: str = "none") -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(found.items())) or none


def _verdict(result: Result) -> list[str]:
    if not result.differences:
        return ["Nothing was lost, and nothing happened twice."]
    shown = [f"  {one}" for one in result.differences[:SHOWN_DIFFERENCES]]
    more = len(result.differences) - len(shown)
    return [
        f"{len(result.differences)} differences that nobody can explain:",
        *shown,
        *([f"  and {more} more"] * (more > 0)),
    ]


def _cells(row: Row) -> tuple[str, ...]:
    numbers = (row.went_in, row.came_out, row.twice, row.lost, row.wrong)
    return (*row.pair, row.kind, *map(str, numbers), _counted(row.explained, ""))


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    first_number = HEAD.index("went in")
    numbers = range(first_number, len(HEAD) - 1)
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]
