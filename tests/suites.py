"""Says at the end what each suite (a folder under tests/) took."""

from collections import defaultdict
from pathlib import Path

import pytest

DEPLOYED = frozenset({"bench", "emulator", "rows"})
"""Suites that share the deployed stack: one worker runs these, and begins with them, as they take longest."""

_seconds: defaultdict[str, float] = defaultdict(float)
_tests: defaultdict[str, int] = defaultdict(int)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares a session's fixtures on one worker, and spread the rest by suite."""
    items.sort(key=lambda item: _suite(item.nodeid) not in DEPLOYED)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item.nodeid)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up a test's phases."""
    suite = _suite(report.nodeid)
    _seconds[suite] += report.duration
    _tests[suite] += report.when == "call"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if _seconds:
        terminalreporter.section("suites")
    for suite, seconds in sorted(_seconds.items()):
        terminalreporter.write_line(f"{suite:<20} {_tests[suite]:>5} tests {seconds:>8.1f} s")


def _group(nodeid: str) -> str:
    """Suites of many files, each a while long, are spread by file."""
    suite, file = _suite(nodeid), Path(nodeid.split("::")[0])
    if suite in DEPLOYED:
        return "deployed"
    return str(file) if suite in ("connectors", "crash", "jobs") else suite


def _suite(nodeid: str) -> str:
    parts = Path(nodeid.split("::")[0]).parts
    return parts[1] if len(parts) > 2 else "tests"
