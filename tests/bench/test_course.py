"""Each measurement at a tiny size: what does not depend on the machine holds there already."""

from typing import Any

import pytest

from giftbridge.domain.contact import FIELDS
from local.bench import calls, computed, cost, course, memory, peer
from local.bench.lines import Line
from local.bench.plan import lines

CONTACTS = 120
SYSTEMS = ("bloomerang", "kindful", "virtuous")


@pytest.fixture(scope="module", params=SYSTEMS)
def figures(request: pytest.FixtureRequest) -> Any:
    """A course of one CRM."""
    return course.measure(request.param, CONTACTS)


def test_calls_stay_within_five_percent_of_their_bound(figures: Any) -> None:
    assert figures["runs"].keys() == calls.RUNS.keys()
    assert [name for name, run in figures["runs"].items() if not calls.within(run)] == []


def test_nothing_is_written_where_nothing_changed(figures: Any) -> None:
    quiet, every = figures["runs"]["quiet"], figures["runs"]["all"]
    assert quiet["vendor_writes"] == 0
    assert quiet["contact_writes"] == 0
    assert every["contact_writes"] >= CONTACTS, "else nothing would be counted"


def test_all_that_is_told_of_a_course_met_its_aim(figures: Any) -> None:
    told = list(lines({"course": [figures]}))
    assert {line.section for line in told} >= {"Vendor calls", "DynamoDB", "Pace", "First sync"}
    assert [line for line in told if line.met is False] == []


def test_units_are_at_least_what_a_link_takes(figures: Any) -> None:
    """A link and its pointer in a transaction, two units each; on each side a list entry put and taken, a sighting."""
    assert figures["runs"]["first"]["write_units"] >= CONTACTS * (2 * 2 + 2 * (1 + 2) + 2)
    assert figures["stored_bytes"]["links"] >= CONTACTS * len(FIELDS)


def test_a_first_sync_costs_more_than_a_quiet_months_runs_for_each_service(figures: Any) -> None:
    first, month = cost.first_sync(figures), cost.quiet_month(figures)
    assert min(first.values()) > 0
    assert month["storage"] > 0
    assert first["DynamoDB"] == pytest.approx(cost.first_sync({**figures, "contacts": CONTACTS // 2})["DynamoDB"] / 2)


def test_a_computed_source_is_matched_and_then_at_rest() -> None:
    found = computed.first_and_quiet(150)
    assert (found["contacts"], found["quiet_writes"]) == (150, 0)
    assert found["write_units"] / 150 == pytest.approx(13.8, abs=3)


@pytest.mark.skipif(not memory.READABLE, reason="a worker's memory is read from /proc")
def test_a_worker_takes_no_more_memory_for_more_contacts() -> None:
    found = memory.measure(200, small=50)
    assert found["peak_kb"] > 10_000
    (line, _) = memory.lines([found])
    assert line.met is True


def test_a_peer_that_is_not_there_is_said_and_not_hidden() -> None:
    (line,) = peer.lines([{"contacts": 10, "missing": "no such package"}])
    assert ("not measured" in line.figure, "no such package" in line.beside, line.met) == (True, True, None)


def test_a_slower_peer_and_a_missed_aim_are_told_as_they_are() -> None:
    found = {
        "contacts": 100,
        "ours": {"seconds": 1.0, "computed": 1.0},
        "theirs": {"seconds": 1.0, "extract_seconds": 1.0, "computed": 2.0},
    }
    told: list[Line] = list(peer.lines([found]))
    assert [line.met for line in told] == [False, None]
    assert "2.0 x" in told[0].beside, "ours reads two rows for each of dlt's"
