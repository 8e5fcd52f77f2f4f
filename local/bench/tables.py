"""The tables in this process: the calls of DynamoDB's client that the stores make, over SQLite, with units counted.

Faster than the emulator and flat in memory, so that a million contacts can be tried; and it knows each item's size
before and after, which nobody else tells. It leaves out what DynamoDB does over a network: latency, throttling,
unprocessed keys, and TTL.
"""

import pickle
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.bench import expressions, units

Item = dict[str, Any]
CACHE_KB = 8_192
PAGE_BYTES = 1_048_576
INDEXES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "by_account": ("account_shard", "crm_sort", ("pk", "sk", "account_shard", "crm_sort", "state")),
    "due": ("due_shard", "next_due", ("pk", "sk", "due_shard", "next_due", "account", "queue")),
}
"""Index -> its keys and what it projects, as in the template."""
PER_CONTACT = ("LINES#", "TODO#", "SEEN#")
"""Partitions of the runs table with an item per contact; all of the links table has."""
_SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -{cache};
CREATE TABLE items (tab TEXT, pk TEXT, sk TEXT, size INT, body BLOB, PRIMARY KEY (tab, pk, sk)) WITHOUT ROWID;
CREATE TABLE places (tab TEXT, idx TEXT, hash TEXT, sort, pk TEXT, sk TEXT, PRIMARY KEY (tab, idx, hash, sort, pk, sk))
WITHOUT ROWID;
"""


class Tables:
    """A DynamoDB client of its own making; `meter` counts."""

    def __init__(self, file: Path) -> None:
        self.meter = units.Meter()
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA.format(cache=CACHE_KB))
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Forget it all."""
        self._db.close()

    def stored(self) -> dict[str, int]:
        """Bytes per table, as DynamoDB counts them for storage (100 more per item)."""
        return dict(self._db.execute("SELECT tab, sum(size + 100) FROM items GROUP BY tab"))

    # -- reads

    def get_item(self, TableName: str, Key: Item, **_: Any) -> Item:
        """One item."""
        self.meter.calls += 1
        size, found = self._load(TableName, Key)
        self.meter.read(size)
        return {"Item": found} if found else {}

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> Item:
        """Items of keys; each counts by itself."""
        self.meter.calls += 1
        answer: dict[str, list[Item]] = {}
        for table, asked in RequestItems.items():
            found = [self._load(table, key) for key in asked["Keys"]]
            for size, _ in found:
                self.meter.read(size)
            answer[table] = [one for _, one in found if one]
        return {"Responses": answer}

    def query(self, TableName: str, KeyConditionExpression: str, **asked: Any) -> Item:
        """Items of one partition, by page: of `Limit` items, or of a megabyte."""
        self.meter.calls += 1
        values, index = asked["ExpressionAttributeValues"], asked.get("IndexName", "")
        start, fits = asked.get("ExclusiveStartKey"), expressions.condition(KeyConditionExpression)
        wanted = expressions.condition(asked["FilterExpression"]) if asked.get("FilterExpression") else None
        limit = asked.get("Limit", 0)
        found: list[Item] = []
        seen, more = 0, False
        for size, item in self._walk(TableName, index, KeyConditionExpression, values, asked, start):
            if not fits(item, values):
                continue
            if (limit and len(found) >= limit) or seen >= PAGE_BYTES:
                more = True
                break
            found.append(item)
            seen += units.size(_projected(item, index)) if index else size
        self.meter.read(seen, consistent=asked.get("ConsistentRead", False))
        shown = [item for item in found if wanted(item, values)] if wanted else found  # what is left out was read, too
        return {"Items": shown, **({"LastEvaluatedKey": _key(found[-1])} if more and found else {})}

    # -- writes

    def put_item(self, TableName: str, Item: Item, **given: Any) -> Item:
        """A whole item."""
        return self._alone("Put", {"TableName": TableName, "Item": Item, **given})

    def update_item(self, TableName: str, Key: Item, **given: Any) -> Item:
        """Attributes; answers with the new item, or the old one where that is asked for."""
        old, new = self._alone("Update", {"TableName": TableName, "Key": Key, **given}).values()
        return {"Attributes": (old if given.get("ReturnValues") == "ALL_OLD" else new) or {}}

    def delete_item(self, TableName: str, Key: Item, **given: Any) -> Item:
        """An item, if it is there."""
        return self._alone("Delete", {"TableName": TableName, "Key": Key, **given})

    def batch_write_item(self, RequestItems: Mapping[str, Any]) -> Item:
        """Items without conditions."""
        self.meter.calls += 1
        for table, requests in RequestItems.items():
            for request in requests:
                ((verb, body),) = request.items()
                self._write(verb.removesuffix("Request"), {"TableName": table, **body})
        return {}

    def transact_write_items(self, TransactItems: Sequence[Mapping[str, Any]]) -> Item:
        """All or nothing."""
        self.meter.calls += 1
        ops = [next(iter(one.items())) for one in TransactItems]
        reasons = [{"Code": "None" if self._holds(body) else "ConditionalCheckFailed"} for _, body in ops]
        if any(reason["Code"] != "None" for reason in reasons):
            answer: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(answer, "TransactWriteItems")
        for verb, body in ops:
            self._write(verb, body, transacted=True)
        return {}

    def _alone(self, verb: str, body: Item) -> Item:
        self.meter.calls += 1
        if not self._holds(body):
            self.meter.write(body["TableName"], 0)
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, verb)
        old, new = self._write(verb, body)
        return {"old": old, "new": new}

    def _holds(self, body: Item) -> bool:
        if not body.get("ConditionExpression"):
            return True
        _, item = self._load(body["TableName"], body.get("Key") or body["Item"])
        return expressions.condition(body["ConditionExpression"])(item or {}, body.get("ExpressionAttributeValues", {}))

    def _write(self, verb: str, body: Item, transacted: bool = False) -> tuple[Item | None, Item | None]:
        """One write, its condition held: the item before and after."""
        table, key = body["TableName"], body.get("Key") or body["Item"]
        was, old = self._load(table, key)
        new = _after(verb, body, old)
        size = was if new is old else units.size(new or {})
        self.meter.write(table, max(was, size), transacted)
        if verb != "ConditionCheck" and new != old:
            self._store(table, key, new, size)
            self._place(table, old or {}, new or {})
        if verb != "ConditionCheck" and (table.endswith("links") or key["pk"]["S"].startswith(PER_CONTACT)):
            self.meter.contact_writes += 1
        return old, new

    # -- rows

    def _load(self, table: str, key: Item) -> tuple[int, Item | None]:
        """An item with its size."""
        text = "SELECT size, body FROM items WHERE tab = ? AND pk = ? AND sk = ?"
        found = self._db.execute(text, (table, *_place(key))).fetchone()
        return (found[0], pickle.loads(found[1])) if found else (0, None)  # noqa: S301  (written here)

    def _store(self, table: str, key: Item, item: Item | None, size: int) -> None:
        if item is None:
            self._db.execute("DELETE FROM items WHERE tab = ? AND pk = ? AND sk = ?", (table, *_place(key)))
        else:
            row = (table, *_place(item), size, pickle.dumps(item, pickle.HIGHEST_PROTOCOL))
            self._db.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)", row)

    def _place(self, table: str, old: Item, new: Item) -> None:
        """Keep the indexes up, and count what that costs: a moved entry is a delete and a put."""
        for name, (first, second, _) in INDEXES.items():
            was, now = (one if first in one and second in one else {} for one in (old, new))
            if _projected(was, name) == _projected(now, name):
                continue
            moved = [one for one in (was, now) if one]
            if was and now and _sort(was, first, second) == _sort(now, first, second):
                moved = [now]
            for one in moved:
                self.meter.write(f"{table}/{name}", units.size(_projected(one, name)))
            if was:
                self._db.execute(
                    "DELETE FROM places WHERE tab = ? AND idx = ? AND hash = ? AND sort = ? AND pk = ? AND sk = ?",
                    (table, name, *_sort(was, first, second), *_place(was)),
                )
            if now:
                row = (table, name, *_sort(now, first, second), *_place(now))
                self._db.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?, ?, ?)", row)

    def _walk(
        self, table: str, index: str, text: str, values: Item, asked: Item, start: Item | None
    ) -> Iterator[tuple[int, Item]]:
        """A partition in order of its sort key, behind `start` and from the condition's bound on: sizes and items."""
        down = not asked.get("ScanIndexForward", True)
        partition = next(iter(values[word]["S"] for word in text.replace("=", " ").split() if word.startswith(":")))
        passed = start is None
        for pk, sk in self._keys(table, index, partition, down, _bound(text, values, down), start):
            key = {"pk": {"S": pk}, **({"sk": {"S": sk}} if sk else {})}
            if passed or not index:
                size, item = self._load(table, key)
                if item:
                    yield size, item
            passed = passed or key == start

    def _keys(
        self, table: str, index: str, partition: str, down: bool, bound: Any, start: Item | None
    ) -> Iterator[tuple[str, str]]:
        order, sign = ("DESC", "<=") if down else ("ASC", ">=")
        if index:
            within, given = ("", ()) if bound is None else (f"AND sort {sign} ?", (bound,))
            text = f"WHERE tab = ? AND idx = ? AND hash = ? {within} ORDER BY sort {order}, pk, sk"
            yield from self._db.execute(
                f"SELECT pk, sk FROM places {text}", (table, index, partition, *given)
            ).fetchall()
            return
        after = _place(start)[1] if start else None
        behind = after or bound or ("\U0010ffff" if down else "")
        text = f"SELECT pk, sk FROM items WHERE tab = ? AND pk = ? AND sk {sign} ? ORDER BY sk {order}"
        for pk, sk in self._db.execute(text, (table, partition, behind)):
            if sk != after:
                yield pk, sk


def _bound(text: str, values: Item, down: bool) -> Any:
    """Where a condition on the sort key lets a walk begin; None where it says nothing of that end."""
    found = re.search(
        r"AND (?:begins_with\()?#\w+(?:,| BETWEEN| (?P<sign>[<>=]+)) (?P<low>:\w+)(?: AND (?P<top>:\w+))?", text
    )
    if found is None or (found["sign"] and (found["sign"][0] == "<") != down):
        return None
    name = found["top"] if down else found["low"]
    if name is None:
        return None
    ((kind, value),) = values[name].items()
    return int(value) if kind == "N" else value


def _after(verb: str, body: Item, old: Item | None) -> Item | None:
    match verb:
        case "Put":
            return dict(body["Item"])
        case "Delete":
            return None
        case "Update":
            text, values = body["UpdateExpression"], body.get("ExpressionAttributeValues", {})
            return expressions.changed(old or dict(body["Key"]), text, values)
        case _:
            return old


def _place(key: Item) -> tuple[str, str]:
    return key["pk"]["S"], key.get("sk", {}).get("S", "")


def _key(item: Item) -> Item:
    return {name: item[name] for name in ("pk", "sk") if name in item}


def _projected(item: Item, index: str) -> Item:
    return {name: item[name] for name in INDEXES[index][2] if name in item} if item else {}


def _sort(item: Item, first: str, second: str) -> tuple[str, Any]:
    ((kind, inner),) = item[second].items()
    return item[first]["S"], int(inner) if kind == "N" else inner
