"""Says at the end what each suite (a folder under tests/) took."""

from collections import defaultdict
from pathlib import Path

import pytest

_seconds: defaultdict[str, float] = defaultdict(float)
_tests: defaultdict[str, int] = defaultdict(int)


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


def _suite(nodeid: str) -> str:
    parts = Path(nodeid.split("::")[0]).parts
    return parts[1] if len(parts) > 2 else "tests"
