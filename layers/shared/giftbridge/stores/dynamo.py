"""DynamoDB as plain dictionaries: operations that can stand alone or in a transaction."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from giftbridge.errors import Retry
from giftbridge.stores import versions
from giftbridge.stores.attributes import Item, pack, pack_item, unpack_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = Mapping[str, str]

TRANSACTION_SIZE: Final = 100
BATCH_READ: Final = 100
BATCH_WRITE: Final = 25
BUSY: Final = frozenset({
    "TransactionConflictException", "ProvisionedThroughputExceededException", "ThrottlingException",
    "RequestLimitExceeded", "InternalServerError",
})  # fmt: skip


class ConditionFailed(Exception):
    """A conditional write found something else; `index` is its place in a transaction."""

    def __init__(self, index: int = 0) -> None:
        super().__init__(f"condition {index} failed")
        self.index = index


@dataclass(frozen=True, slots=True)
class Op:
    """One write. Conditions and updates name attributes as `#name` and values as `:name`."""

    verb: str
    table: str
    body: Mapping[str, Any]
    condition: str = ""
    update: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def render(self) -> dict[str, Any]:
        """The parameters of the API call."""
        names = re.findall(r"#(\w+)", f"{self.condition} {self.update}")
        rendered: dict[str, Any] = {"TableName": self.table, **self.body}
        if self.condition:
            rendered["ConditionExpression"] = self.condition
        if self.update:
            rendered["UpdateExpression"] = self.update
        if names:
            rendered["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
        if self.values:
            rendered["ExpressionAttributeValues"] = {f":{name}": pack(value) for name, value in self.values.items()}
        return rendered


def put(table: str, item: Item, condition: str = "", **values: Any) -> Op:
    """Write a whole item."""
    return Op("Put", table, {"Item": pack_item(item)}, condition, "", values)


def delete(table: str, key: Key, condition: str = "", **values: Any) -> Op:
    """Delete an item; one that is gone already is fine."""
    return Op("Delete", table, {"Key": pack_item(dict(key))}, condition, "", values)


def check(table: str, key: Key, condition: str, **values: Any) -> Op:
    """Hold a transaction to the state of another item."""
    return Op("ConditionCheck", table, {"Key": pack_item(dict(key))}, condition, "", values)


def update(table: str, key: Key, expression: str, condition: str = "", **values: Any) -> Op:
    """Change attributes."""
    return Op("Update", table, {"Key": pack_item(dict(key))}, condition, expression, values)


def assignments(changes: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """`SET`/`REMOVE` expression for `changes` (None removes) and its values."""
    given = {name: value for name, value in changes.items() if value is not None}
    gone = [name for name, value in changes.items() if value is None]
    parts = []
    if given:
        parts.append("SET " + ", ".join(f"#{name} = :set_{name}" for name in given))
    if gone:
        parts.append("REMOVE " + ", ".join(f"#{name}" for name in gone))
    return " ".join(parts), {f"set_{name}": value for name, value in given.items()}


@dataclass(frozen=True, slots=True)
class Dynamo:
    """The calls that the stores make."""

    client: "DynamoDBClient"

    def get(self, table: str, key: Key) -> Item | None:
        """One item, read consistently."""
        found = self.client.get_item(TableName=table, Key=pack_item(dict(key)), ConsistentRead=True).get("Item")
        return _read(found) if found else None

    def get_many(self, table: str, keys: Sequence[Key]) -> list[Item]:
        """Items of `keys`, read consistently, in no order; what does not exist is left out."""
        unique = _unique(keys)
        batches = (unique[start : start + BATCH_READ] for start in range(0, len(unique), BATCH_READ))
        return [item for batch in batches for item in self._batch_get({table: batch}).get(table, [])]

    def get_each(self, wanted: Sequence[tuple[str, Key]]) -> list[Item | None]:
        """One item for each (table, key), in order, a hundred of any tables by each call."""
        batches = (wanted[start : start + BATCH_READ] for start in range(0, len(wanted), BATCH_READ))
        return [item for batch in batches for item in self._each(batch)]

    def _each(self, wanted: Sequence[tuple[str, Key]]) -> list[Item | None]:
        by_table: dict[str, list[Key]] = {}
        for table, key in wanted:
            by_table.setdefault(table, []).append(key)
        found = self._batch_get({table: _unique(keys) for table, keys in by_table.items()})
        return [
            next((item for item in found.get(table, []) if all(item[name] == key[name] for name in key)), None)
            for table, key in wanted
        ]

    def _batch_get(self, keys: Mapping[str, Sequence[Key]]) -> dict[str, list[Item]]:
        pending: Any = {
            table: {"Keys": [pack_item(dict(key)) for key in each], "ConsistentRead": True}
            for table, each in keys.items()
        }
        found: dict[str, list[Item]] = {}
        for pause in _pauses():
            answer = self.client.batch_get_item(RequestItems=pending)
            for table, items in answer["Responses"].items():
                found.setdefault(table, []).extend(map(_read, items))
            pending = answer.get("UnprocessedKeys")
            if not pending:
                return found
            time.sleep(pause)
        return found

    def put_many(self, table: str, items: Sequence[Item]) -> None:
        """Write items without conditions; of one that is given twice the last."""
        last = {(item["pk"], item.get("sk")): item for item in items}
        self._batch(table, [{"PutRequest": {"Item": pack_item(item)}} for item in last.values()])

    def delete_many(self, table: str, keys: Sequence[Key]) -> None:
        """Delete items without conditions."""
        self._batch(table, [{"DeleteRequest": {"Key": pack_item(dict(key))}} for key in _unique(keys)])

    def _batch(self, table: str, requests: Sequence[Any]) -> None:
        for start in range(0, len(requests), BATCH_WRITE):
            pending: Any = {table: requests[start : start + BATCH_WRITE]}
            for pause in _pauses():
                pending = self.client.batch_write_item(RequestItems=pending).get("UnprocessedItems")
                if not pending:
                    break
                time.sleep(pause)

    def query(
        self, table: str, condition: str, *, index: str = "", limit: int = 0, descending: bool = False, start: str = "",
        skip_newer: bool = False, **values: Any,
    ) -> Iterator[Item]:  # fmt: skip
        """Items in order of their sort key, page by page; consistent except on an index.

        Raises `Defer` at an item of a newer version, unless such ones are to be skipped.
        """
        asked = _query(table, condition, index, limit, descending, values)
        while True:
            answer = self.client.query(**asked)
            yield from _read_all(answer["Items"], skip_newer=skip_newer)
            if not answer.get("LastEvaluatedKey"):
                return
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def page(
        self, table: str, condition: str, *, limit: int = 0, only: str = "", skip_newer: bool = False, **values: Any
    ) -> tuple[list[Item], str]:
        """What one call answers, 1 MB at most; and the sort key behind which there may be more, if any.

        `only`: what else an item must be to be answered; `limit` counts the others too.
        """
        asked = _query(table, condition, "", limit, False, values)
        if only:
            asked["FilterExpression"] = only
            asked["ExpressionAttributeNames"] |= {f"#{name}": name for name in re.findall(r"#(\w+)", only)}
        answer = self.client.query(**asked)
        last = unpack_item(answer.get("LastEvaluatedKey", {})).get("sk", "")
        return list(_read_all(answer["Items"], skip_newer=skip_newer)), last

    def scan(self, table: str) -> Iterator[Item]:
        """Every item there is: for operators, never for a function."""
        for page in self.client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            yield from map(_read, page["Items"])

    def write(self, op: Op) -> None:
        """One write. Raises `ConditionFailed`."""
        call = {"Put": self.client.put_item, "Update": self.client.update_item, "Delete": self.client.delete_item}[
            op.verb
        ]
        try:
            call(**op.render())  # type: ignore[operator]
        except ClientError as error:
            raise _meaning(error) from None

    def swap(self, op: Op, returns: str = "ALL_NEW") -> Item:
        """An update that answers with the item as it is now (or was). Raises `ConditionFailed`."""
        try:
            answer = self.client.update_item(**op.render(), ReturnValues=returns)  # type: ignore[arg-type]
        except ClientError as error:
            raise _meaning(error) from None
        return unpack_item(answer.get("Attributes", {}))

    def transact(self, ops: Iterable[Op]) -> None:
        """All or nothing, at most 100. Raises `ConditionFailed` (first index), `Retry` where others interfere."""
        items = [{op.verb: op.render()} for op in ops]
        if not items:
            return
        try:
            self.client.transact_write_items(TransactItems=items)  # type: ignore[arg-type]
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise _meaning(error) from None
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            if "ConditionalCheckFailed" in reasons:
                raise ConditionFailed(reasons.index("ConditionalCheckFailed")) from None
            raise Retry("The database is busy.", code="database_busy") from None


def _query(
    table: str, condition: str, index: str, limit: int, descending: bool, values: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "TableName": table,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in re.findall(r"#(\w+)", condition)},
        "ExpressionAttributeValues": {f":{name}": pack(value) for name, value in values.items()},
        "ScanIndexForward": not descending,
        **({"IndexName": index} if index else {"ConsistentRead": True}),
        **({"Limit": limit} if limit else {}),
    }


def _unique(keys: Sequence[Key]) -> list[Key]:
    """A batch that names a key twice is refused as a whole."""
    return list({tuple(sorted(key.items())): key for key in keys}.values())


def _read(item: Mapping[str, Any]) -> Item:
    return versions.current(unpack_item(item))


def _read_all(items: Iterable[Mapping[str, Any]], *, skip_newer: bool) -> Iterator[Item]:
    plain = map(unpack_item, items)
    return (versions.current(item) for item in plain if not (skip_newer and versions.is_newer(item)))


def _meaning(error: ClientError) -> Exception:
    """What an error of DynamoDB asks for; one that is no passing trouble stays as it is."""
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return ConditionFailed()
    return Retry("The database is busy.", code="database_busy") if code in BUSY else error


def _pauses() -> Iterator[float]:
    """Waits between repeats of what DynamoDB left unprocessed. Raises `Retry` at the end."""
    for attempt in range(8):
        yield min(0.05 * 2**attempt, 2.0)
    raise Retry("The database is busy.", code="database_busy")
