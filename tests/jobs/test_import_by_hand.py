"""Gifts for a CRM whose staff imports them: each in one file, whatever is in the way."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import configure, erase, lifecycle
from giftbridge.jobs.export import files as writing
from giftbridge.jobs.export import run as exports
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.pull import files
from giftbridge.stores import import_files
from giftbridge.stores.runs import Line, Run, run_id
from tests.jobs.driving import connected, ended, written
from tests.jobs.test_gifts import crm_gifts, paid, push
from tests.world import Pair, World

pytestmark = pytest.mark.emulated


@pytest.fixture
def pair(world: World) -> Pair:
    """An organisation that imports by hand."""
    return world.connect({"import_by_hand": True})


def auction(pair: Pair, *receipts: dict[str, Any]) -> str:
    """A reconciled one; its id."""
    event = str(pair.platform.hold_auction(receipts=list(receipts))["event"]["id"])
    pair.platform.set_event_status(event, "reconciled")
    return event


def export(world: World, pair: Pair, day: date | None = None) -> dict[str, Any]:
    """The manifest of a day, today's unless named."""
    chosen = day or world.app.now().date()
    exports.plan(world.app, connected(world, pair), chosen)
    world.pump()
    return export_of(world, pair, chosen)


def export_of(world: World, pair: Pair, chosen: date) -> dict[str, Any]:
    """The manifest of a day as it lies there; empty where there is none."""
    connection = connected(world, pair)
    key = f"manifests/{connection.platform}/{connection.organisation}/{connection.id}/{chosen}.json"
    found: dict[str, Any] = json.loads(world.app.exports.get(key) or b"{}")
    return found


def rows(world: World, pair: Pair, name: str) -> list[dict[str, str]]:
    """Of an import file."""
    text = files.read(world.app, connected(world, pair), name)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_F64_a_gift_of_several_funds_is_several_rows_that_add_up(world: World, pair: Pair) -> None:
    funds = [str(pair.crm.fund()), str(pair.crm.fund("Scholarships"))]
    parts = [{"amount": 3_333, "fundCode": funds[0]}, {"amount": 1_667, "fundCode": funds[1]}]
    (who,) = pair.platform.seed_people(1)
    push(world, pair, auction(pair, paid(who, 5_000, designations=parts)))
    manifest = export(world, pair)
    assert export(world, pair) == manifest, "a day twice is the same"
    (file,) = manifest["files"]
    assert (file["gifts"], file["rows"], file["cents"]) == (1, 2, 5_000)
    assert file["funds"] == {funds[0]: 3_333, funds[1]: 1_667}
    found = rows(world, pair, file["name"])
    assert {(row["Amount"], row["Fund"]) for row in found} == {("33.33", "Unrestricted"), ("16.67", "Scholarships")}
    assert [row["Note"].rpartition("-")[2] for row in found] == ["1]", "2]"]


def test_F64_a_worker_that_dies_between_files_and_books_writes_the_same_again(
    world: World, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    (who,) = pair.platform.seed_people(1)
    push(world, pair, auction(pair, paid(who, 5_000, 700)))
    connection, day = connected(world, pair), world.app.now().date()
    with monkeypatch.context() as broken:
        broken.setattr(import_files.ImportFiles, "written", _dies)
        with pytest.raises(KeyboardInterrupt):
            writing.write_files(world.app, connection, day)
    first = files.read(world.app, connection, day.isoformat())
    push(world, pair, auction(pair, paid(who, 900)))
    found = export(world, pair)["files"]
    assert [(one["name"], one["cents"]) for one in found] == [(day.isoformat(), 5_700), (f"{day}-2", 900)]
    assert files.read(world.app, connection, day.isoformat()) == first
    assert list(world.app.imports.rows(connection.id, day.isoformat())) == [], "no row outlives its file"


def test_F64_a_file_whose_day_was_not_exported_is_written_by_the_next_days_export(world: World, pair: Pair) -> None:
    (who,) = pair.platform.seed_people(1)
    push(world, pair, auction(pair, paid(who, 5_000)))
    day = world.app.now().date()
    world.advance(pair, days=3)  # two exports did not run
    export(world, pair, world.app.now().date() - timedelta(days=1))
    (file,) = export_of(world, pair, day)["files"]
    assert (file["name"], file["cents"]) == (day.isoformat(), 5_000)
    assert [row["Amount"] for row in rows(world, pair, file["name"])] == ["50.00"]


def test_F64_a_run_that_ends_after_its_day_was_exported_is_in_that_days_books(world: World) -> None:
    pair = world.connect()
    (who,) = pair.platform.seed_people(1)
    pair.crm.fault("status", status=500, count=None)
    run = gifts.start_event(world.app, pair.connection, auction(pair, paid(who, 5_000)), "tester")
    world.pump()
    day = world.app.now().date()
    world.advance(pair, days=1)
    assert [one["state"] for one in export(world, pair, day)["runs"]] == ["running"]
    pair.crm.clear_faults()
    world.tick()
    assert ended(world, pair, run, later=("gift",)).ended_at
    world.advance(pair, days=1)
    export(world, pair, day + timedelta(days=1))
    (told,) = export_of(world, pair, day)["runs"]
    assert (told["id"], told["state"], told["totals"]["cents"]) == (run.id, "done", 5_000)


def _dies(*_: Any) -> None:
    raise KeyboardInterrupt


def test_F64_a_worker_that_dies_before_it_counts_puts_no_gift_in_twice(
    world: World, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    (who,) = pair.platform.seed_people(1)
    event = auction(pair, paid(who, 5_000, 700))
    run = gifts.start_event(world.app, pair.connection, event, "tester")
    with monkeypatch.context() as broken:
        broken.setattr(gifts, "checkpoint", _dies)
        with pytest.raises(KeyboardInterrupt):
            world.pump()
    world.advance(pair, minutes=10)
    world.tick()
    world.pump()
    assert world.counts(ended(world, pair, run), Side.CRM) == {"read": 2, "created": 2}
    again = push(world, pair, event)
    assert world.counts(again, Side.CRM) == {"read": 2, "unchanged": 2}
    assert [(one["gifts"], one["cents"]) for one in export(world, pair)["files"]] == [(2, 5_700)]


def test_F64_a_full_file_makes_room_in_the_next(world: World, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "FULL", 2)
    (who,) = pair.platform.seed_people(1)
    push(world, pair, auction(pair, paid(who, *range(100, 2_300, 200))))
    found = export(world, pair)["files"]
    assert [one["gifts"] for one in found] == [2, 2, 2, 2, 2, 1]
    day = world.app.now().date()
    assert [one["name"] for one in found] == [f"{day}", *(f"{day}-{number}" for number in range(2, 7))]


def test_F64_other_choices_afterwards_are_refused_with_the_reason(world: World, pair: Pair) -> None:
    (who,) = pair.platform.seed_people(1)
    event = auction(pair, paid(who, 5_000))
    push(world, pair, event)
    (gift,) = [str(one["id"]) for one in pair.platform.state("transactions")["transactions"]]
    other = {"fund": str(pair.crm.fund("Scholarships")), "campaign": "", "appeal": ""}
    run = gifts.start_chosen(world.app, connected(world, pair), [gift], other, "tester")
    world.pump()
    (line,) = world.app.runs.lines(ended(world, pair, run).id)
    assert (line["outcome"], line["code"]) == ("failed", "in_import_file")
    assert "by hand" in line["reason"]


def test_F64_what_went_by_the_api_before_is_left_alone_and_its_refund_told(world: World) -> None:
    pair = world.connect()
    (who,) = pair.platform.seed_people(1)
    push(world, pair, auction(pair, paid(who, 5_000)))
    configure.change(world.app, connected(world, pair), {"import_by_hand": True})
    (gift,) = [str(one["id"]) for one in pair.platform.state("transactions")["transactions"]]
    pair.platform.refund(gift)
    run = gifts.start_chosen(world.app, connected(world, pair), [gift], {}, "tester", "records")
    world.pump()
    (line,) = world.app.runs.lines(ended(world, pair, run).id)
    assert (line["outcome"], line["code"]) == ("skipped", "refund_by_hand")
    assert [one["IsRefunded"] for one in crm_gifts(pair)] == ["No"]
    assert export(world, pair)["files"] == []


def test_F64_switched_off_again_what_is_in_a_file_does_not_go_by_the_api(world: World, pair: Pair) -> None:
    (who,) = pair.platform.seed_people(1)
    event = auction(pair, paid(who, 5_000))
    push(world, pair, event)
    configure.change(world.app, connected(world, pair), {"import_by_hand": False})
    assert world.counts(push(world, pair, event), Side.CRM) == {"read": 1, "unchanged": 1}
    assert crm_gifts(pair) == []


def test_F64_an_erased_donor_is_in_no_file(world: World, pair: Pair) -> None:
    who, other = pair.platform.seed_people(2)
    erase.erase(world.app, connected(world, pair), Side.PLATFORM, str(who))
    run = push(world, pair, auction(pair, paid(who, 5_000), paid(other, 700)))
    assert world.counts(run, Side.CRM) == {"read": 2, "created": 1, "failed": 1}
    assert [one["cents"] for one in export(world, pair)["files"]] == [700]


def test_F64_contacts_are_not_written_either(world: World, pair: Pair) -> None:
    pair.platform.seed_people(2)
    lifecycle.answer_first_sync(world.app, connected(world, pair), True, "tester")
    world.pump()
    assert written(pair.crm) == {}


def test_F64_links_of_gifts_in_files_are_erased_with_the_others(world: World, pair: Pair) -> None:
    (who,) = pair.platform.seed_people(1)
    push(world, pair, auction(pair, paid(who, 5_000)))
    connection = connected(world, pair)
    assert len(list(world.app.links.listed(connection.account, "gift", connection.id))) == 1


def test_F64_no_run_of_a_day_is_left_out_however_many_there_are(world: World) -> None:
    pair = world.connect()
    day = world.app.now() - timedelta(days=1)
    for number in range(520):
        at = day.replace(hour=3, minute=number // 60, second=number % 60)
        world.app.runs.add(_run(pair, f"{run_id(at, f'{number:08d}')}"))
    found = export(world, pair, day.date())
    assert len(found["runs"]) == 520
    assert found["sums"]["created"] == 520


def _run(pair: Pair, name: str) -> Run:
    one = pair.connection
    return Run(
        id=name, connection=one.id, organisation=one.owner, account=one.account, kind="contacts", mode="changes",
        started_by="schedule", state="done", phase="close", queued_at=datetime.now(UTC),
        counts={"crm_read": 1, "crm_created": 1},
    )  # fmt: skip


def test_F64_a_refused_gift_brings_nothing_to_the_totals(world: World) -> None:
    pair = world.connect()
    (who,) = pair.platform.seed_people(1)
    run = push(world, pair, auction(pair, paid(who, 5_000, 700)))
    one = next(item for item in world.app.runs.lines(run.id) if item["kind"] == "gift")
    world.app.runs.db.transact(world.app.runs.restage_ops(pair.connection.id, one, "refused", outcome="failed"))
    found = export(world, pair)
    assert found["totals"]["cents"] in (5_000, 700)
    assert found["sums"]["failed"] == 1


def test_F64_a_manifest_is_not_made_anew_once_its_amounts_have_expired(world: World) -> None:
    pair = world.connect()
    (who,) = pair.platform.seed_people(1)
    push(world, pair, auction(pair, paid(who, 5_000)))
    day = world.app.now().date()
    before = export(world, pair, day)
    world.advance(pair, days=31)
    assert export(world, pair, day) == before
    assert before["totals"]["cents"] == 5_000


def test_columns_that_were_set_otherwise_meanwhile_stand_beside_the_others() -> None:
    tables = [[["A", "B"], ["1", "2"]], [["B", "C"], ["3", "4"]]]
    assert writing.joined(tables) == [["A", "B", "C"], ["1", "2", ""], ["", "3", "4"]]


def test_a_line_tells_no_amount_outside_of_what_is_sealed(world: World, pair: Pair) -> None:
    (who,) = pair.platform.seed_people(1)
    run = push(world, pair, auction(pair, paid(who, 12_345)))
    (item,) = [one for one in world.app.runs.lines(run.id) if one["kind"] == "gift"]
    plain = {name: value for name, value in item.items() if name not in ("label", "money")}
    assert not [name for name, value in plain.items() if "123.45" in str(value) or "12345" in str(value)]
    assert isinstance(replace(Line("gift", Side.CRM, "1", "created"), money=item["money"]).money, dict)
