"""The counted tables do what the emulator's do, as far as the stores see it; and they count by DynamoDB's rules."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from giftbridge.stores import dynamo
from giftbridge.stores.attributes import pack_item
from giftbridge.stores.dynamo import ConditionFailed, Dynamo
from local.bench import units
from local.bench.tables import Tables
from local.stores import Stores

Story = Callable[[Dynamo, str, str], Any]


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Tables]:
    """Empty ones."""
    made = Tables(tmp_path / "tables")
    yield made
    made.close()


def conditions(db: Dynamo, runs: str, _inbox: str) -> Any:
    """Writes that may and may not be."""
    key = {"pk": "story|conditions", "sk": "1"}
    db.write(dynamo.put(runs, {**key, "n": 1, "m": {"a": b"x", "b": [1, "two", True]}}, "attribute_not_exists(#pk)"))
    refused = []
    for condition, values in (
        ("attribute_not_exists(#pk) OR #n > :two", {"two": 2}),
        ("#n = :one AND (attribute_not_exists(#gone) OR #n < :zero)", {"one": 1, "zero": 0}),
    ):
        try:
            db.write(dynamo.update(runs, key, "SET #n = :n", condition, n=5, **values))
        except ConditionFailed:
            refused.append(condition)
    changed = db.swap(dynamo.update(runs, key, "SET #s = :s REMOVE #m ADD #n :five, #new :five", s="s", five=5))
    return refused, changed, db.get(runs, key)


def transactions(db: Dynamo, runs: str, _inbox: str) -> Any:
    """All or nothing."""
    first, second = ({"pk": "story|transactions", "sk": one} for one in "12")
    db.transact([dynamo.put(runs, {**first, "n": 1}), dynamo.put(runs, {**second, "n": 2})])
    failed = []
    try:
        db.transact([dynamo.delete(runs, first), dynamo.check(runs, second, "#n = :three", three=3)])
    except ConditionFailed as error:
        failed.append(error.index)
    return failed, sorted(item["sk"] for item in db.get_many(runs, [first, second, {"pk": "nobody", "sk": "1"}]))


def lists(db: Dynamo, runs: str, inbox: str) -> Any:
    """Partitions in order, by page, by range, by index."""
    pk = "story|lists"
    db.put_many(runs, [{"pk": pk, "sk": f"{one:02}", "n": one} for one in range(30)])
    db.delete_many(runs, [{"pk": pk, "sk": "07"}])
    inbox_rows = [{"pk": pk, "sk": str(one), "due_shard": "DUE#x", "next_due": 100 - one} for one in range(12)]
    db.put_many(inbox, inbox_rows)
    db.put_many(inbox, [{**inbox_rows[3], "next_due": 500}, {**inbox_rows[4], "due_shard": None}])
    due = db.query(inbox, "#due_shard = :shard AND #next_due <= :now", index="due", shard="DUE#x", now=95, limit=3)
    return (
        [item["n"] for item in db.query(runs, "#pk = :pk", pk=pk, limit=4)],
        [item["n"] for item in db.query(runs, "#pk = :pk AND #sk > :sk", pk=pk, sk="20", descending=True, limit=3)],
        [item["n"] for item in db.query(runs, "#pk = :pk AND #sk BETWEEN :low AND :top", pk=pk, low="05", top="09")],
        [item["n"] for item in db.query(runs, "#pk = :pk AND begins_with(#sk, :sk)", pk=pk, sk="1")],
        [item["next_due"] for item in due],
    )


@pytest.mark.parametrize("story", [conditions, transactions, lists])
def test_they_answer_as_the_emulator_does(stores: Stores, tables: Tables, story: Story) -> None:
    names = stores.env["RUNS_TABLE"], stores.env["INBOX_TABLE"]
    there = story(Dynamo(stores.client("dynamodb")), *names)
    here: Any = tables
    assert story(Dynamo(here), *names) == there


def test_units_follow_sizes(tables: Tables) -> None:
    here: Any = tables
    db = Dynamo(here)
    small, large = {"pk": "small", "sk": "1"}, {"pk": "large", "sk": "1", "text": "x" * 5_000}
    db.write(dynamo.put("runs", small))
    assert tables.meter.write_units == 1
    db.transact([dynamo.put("runs", large)])
    assert tables.meter.write_units == 1 + 2 * 5
    db.get_many("runs", [{"pk": one, "sk": "1"} for one in ("small", "large", "nobody")])
    assert tables.meter.read_units == 1 + 2 + 1


def test_an_index_costs_only_what_moves_in_it(tables: Tables) -> None:
    here: Any = tables
    db = Dynamo(here)
    work = {"pk": "a", "sk": "1", "due_shard": "DUE#1", "next_due": 1}
    for item, more in ((work, 2), ({**work, "note": "x"}, 1), ({**work, "next_due": 2}, 3)):
        before = tables.meter.write_units
        db.write(dynamo.put("inbox", item))
        assert tables.meter.write_units - before == more


def test_a_size_is_names_and_values() -> None:
    item = pack_item({"pk": "é", "n": 12345, "b": b"123", "t": True, "l": ["a", 1], "m": {"k": "v"}})
    assert units.size(item) == (2 + 2) + (1 + 4) + (1 + 3) + (1 + 1) + (1 + 3 + 2 + 3) + (1 + 3 + 3)
