"""The sync log: counters move with cursors, lines are one per record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from giftbridge.domain.contact import Side
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.runs import KEPT, SEALED, SEALED_KEPT, Line, Run, Runs, run_id
from tests.stores.conftest import NOW


@pytest.fixture
def run(name: str) -> Run:
    return Run(
        id=run_id(NOW, name), connection=name, organisation="platform:org", account=f"crm:{name}", kind="contacts",
        mode="changes", started_by="tester", state="queued", phase="read", queued_at=NOW, cursors={"crm": "one"},
    )  # fmt: skip


def found(runs: Runs, run: Run) -> Run:
    stored = runs.get(run.connection, run.id)
    assert stored is not None
    return stored


def test_a_run_comes_back_as_it_was_added(runs: Runs, run: Run) -> None:
    runs.add(run)
    assert found(runs, run) == run
    assert runs.get("somebody-else", run.id) is None
    with pytest.raises(ConditionFailed):
        runs.add(run)


def test_a_repeated_step_counts_once(runs: Runs, run: Run) -> None:
    runs.add(run)
    step = runs.change_op(run, {"cursors": {"crm": "two"}}, {"crm_read": 50, "crm_updated": 3})
    runs.db.write(step)
    with pytest.raises(ConditionFailed):
        runs.db.write(step)
    moved = found(runs, run)
    assert moved.cursors == {"crm": "two"}
    assert (moved.count(Side.CRM, "read"), moved.count(Side.CRM, "updated")) == (50, 3)
    assert moved.count(Side.PLATFORM, "read") == 0


def test_states_have_their_times(runs: Runs, run: Run) -> None:
    runs.add(run)
    runs.set_state(run, "running", NOW)
    runs.set_state(run, "failed", NOW + timedelta(hours=1), "disconnected")
    ended = found(runs, run)
    assert (ended.state, ended.error) == ("failed", "disconnected")
    assert (ended.started_at, ended.ended_at) == (NOW, NOW + timedelta(hours=1))
    with pytest.raises(ConditionFailed):
        runs.set_state(replace(run, id="gone"), "done", NOW)


def test_the_newest_come_first_page_by_page(runs: Runs, run: Run) -> None:
    ids = [run_id(NOW + timedelta(minutes=number), run.connection) for number in range(5)]
    for one in ids:
        runs.add(replace(run, id=one))
    first = [one.id for one in runs.latest(run.connection, 2)]
    assert first == ids[:2:-1]
    assert [one.id for one in runs.latest(run.connection, 50, before=first[-1])] == ids[2::-1]


def test_one_line_a_record_whatever_is_repeated(runs: Runs, run: Run) -> None:
    first = Line("contact", Side.CRM, "17", "failed", "name_missing", "No name.", label={"v": 1}, notes=("n",))
    runs.write_lines(run, [first, replace(first, record_id="18", outcome="created")])
    runs.write_lines(run, [replace(first, outcome="updated", code="")])
    assert {line["record_id"]: line["outcome"] for line in runs.lines(run.id)} == {"17": "updated", "18": "created"}
    assert [line["record_id"] for line in runs.lines(run.id, "created")] == ["18"]
    line = runs.line(run.id, "contact", Side.CRM, "17")
    assert line is not None
    assert line["expires_at"] == int((NOW + KEPT).timestamp())
    assert runs.line(run.id, "contact", Side.PLATFORM, "17") is None


def test_lines_written_twice_in_one_batch_are_one(runs: Runs, run: Run) -> None:
    line = Line("contact", Side.CRM, "17", "created")
    runs.write_lines(run, [line, replace(line, outcome="updated")])
    assert [one["outcome"] for one in runs.lines(run.id)] == ["updated"]


def test_names_can_be_taken_off_lines(runs: Runs, run: Run) -> None:
    runs.write_lines(
        run, [Line("contact", Side.CRM, "17", "failed", label={"data": b"x"}, conflicts=({"lost": b"y"},))]
    )
    assert runs.unlabel([(run.id, "contact", Side.CRM, "17"), (run.id, "contact", Side.CRM, "18")]) == 1
    line = runs.line(run.id, "contact", Side.CRM, "17")
    assert line is not None
    assert line.get("label") is None
    assert line["conflicts"] == []
    assert line["outcome"] == "failed"


def test_what_is_planned_is_taken_off_once(runs: Runs, run: Run) -> None:
    runs.add(run)
    runs.plan(run, Side.CRM, {str(number): {"n": number} for number in range(30)}, NOW)
    assert len(runs.planned(run.id, Side.CRM, 10)) == 10
    assert runs.planned(run.id, Side.PLATFORM, 10) == []
    assert runs.planned_among(run.id, Side.CRM, ["5", "99"]) == {"5"}
    runs.db.write(runs.unplan_op(run.id, Side.CRM, "5"))
    with pytest.raises(ConditionFailed):
        runs.db.write(runs.unplan_op(run.id, Side.CRM, "5"))
    assert len(runs.planned(run.id, Side.CRM, 100)) == 29


def test_what_is_planned_lasts_as_long_as_the_run_and_what_is_sealed_a_month(runs: Runs, run: Run) -> None:
    runs.add(run)
    later = NOW + timedelta(days=3)
    runs.plan(run, Side.CRM, {"named": {"e": "print"}, "sealed": {SEALED: {"data": b"x"}}}, later)
    header = runs.db.get(runs.table, run.key)
    assert header is not None
    gone = {item["sk"]: item["expires_at"] for item in runs.planned(run.id, Side.CRM, 10)}
    assert gone == {"named": header["expires_at"], "sealed": int((later + SEALED_KEPT).timestamp())}
