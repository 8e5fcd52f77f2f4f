"""Import files of gifts for a CRM whose staff imports by hand, as they are gathered (runs table).

A file takes gifts while it is open. Whoever writes it closes it first, so that each gift is in one file, and in that
one only. Rows wait sealed, and go once their file is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import Dynamo, Op
from giftbridge.stores.runs import KEPT
from giftbridge.stores.versions import VERSION

FULL: Final = 5000
"""Gifts of a file, at most: what an importer takes, and an answer of the management API."""
ROWS_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file: how many gifts and cents it holds, and, once written, its rows, their sum per fund, and a checksum."""

    name: str
    gifts: int = 0
    cents: int = 0
    closed: bool = False
    rows: int = 0
    funds: Mapping[str, int] = field(default_factory=dict)
    sha256: str = ""
    written_at: datetime | None = None

    @classmethod
    def of(cls, item: Item) -> "ImportFile":
        """From what is stored."""
        written = datetime.fromtimestamp(item["written_at"] / 1000, UTC) if "written_at" in item else None
        return cls(
            item["sk"], item["gifts"], item["cents"], "closed" in item, item.get("rows", 0), item.get("funds", {}),
            item.get("sha256", ""), written,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """Files by connection and name: the day, and from the second one of a day on its number."""

    db: Dynamo
    table: str

    def between(self, connection: str, first: str, last: str) -> list[ImportFile]:
        """Files of these days (`2025-12-31`), both included, in the order in which they were filled."""
        rows = self.db.query(
            self.table,
            "#pk = :pk AND #sk BETWEEN :first AND :last",
            pk=_files(connection),
            first=first,
            last=f"{last}~",
        )
        return sorted(map(ImportFile.of, rows), key=lambda one: _place(one.name))

    def open_name(self, connection: str, day: str) -> str:
        """The file of a day that takes gifts."""
        there = self.between(connection, day, day)
        if not there:
            return day
        last = there[-1]
        return last.name if not last.closed and last.gifts < FULL else f"{day}-{_place(last.name)[1] + 1}"

    def add_ops(self, connection: str, name: str, gift: str, cents: int, row: Item, now: datetime) -> list[Op]:
        """Put a gift into an open file, with its sealed `row`; once."""
        header = dynamo.update(
            self.table, _key(connection, name),
            "SET #v = :v, #expires_at = :expires_at ADD #gifts :one, #cents :cents",
            "attribute_not_exists(#closed) AND (attribute_not_exists(#gifts) OR #gifts < :full)",
            v=VERSION, expires_at=int((now + KEPT).timestamp()), one=1, cents=cents, full=FULL,
        )  # fmt: skip
        kept = {"v": VERSION, "row": row, "expires_at": int((now + ROWS_KEPT).timestamp())}
        waiting = {"pk": _rows(connection, name), "sk": gift, **kept}
        return [header, dynamo.put(self.table, waiting, "attribute_not_exists(#pk)")]

    def close(self, connection: str, name: str) -> None:
        """Take no more gifts into it."""
        self.db.write(
            dynamo.update(self.table, _key(connection, name), "SET #closed = :yes", "attribute_exists(#pk)", yes=1)
        )

    def rows(self, connection: str, name: str) -> Iterator[tuple[str, Item]]:
        """(gift, sealed row), in order of the gifts."""
        for item in self.db.query(self.table, "#pk = :pk", pk=_rows(connection, name)):
            yield item["sk"], item["row"]

    def written(self, connection: str, file: ImportFile) -> None:
        """Keep what a file came to, and let its rows go."""
        at = file.written_at
        changes: dict[str, Any] = {
            "rows": file.rows, "funds": dict(file.funds), "sha256": file.sha256,
            "written_at": int(at.timestamp() * 1000) if at else None,
        }  # fmt: skip
        expression, values = dynamo.assignments(changes)
        self.db.write(
            dynamo.update(self.table, _key(connection, file.name), expression, "attribute_exists(#pk)", **values)
        )
        self.drop_rows(connection, file.name)

    def drop_rows(self, connection: str, name: str) -> None:
        """They are in the file, or nobody's business any more."""
        pk = _rows(connection, name)
        self.db.delete_many(self.table, [{"pk": pk, "sk": gift} for gift, _ in self.rows(connection, name)])


def _place(name: str) -> tuple[str, int]:
    """Day and number."""
    return name[:10], int(name[11:] or 1)


def _key(connection: str, name: str) -> dict[str, str]:
    return {"pk": _files(connection), "sk": name}


def _files(connection: str) -> str:
    return f"FILES#{connection}"


def _rows(connection: str, name: str) -> str:
    return f"ROWS#{connection}#{name}"
