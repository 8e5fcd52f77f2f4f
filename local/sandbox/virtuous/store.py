"""Tables of records that can be found by id, by parent, and by any word they are indexed under."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

Words = Callable[["Record"], Iterable[Hashable]]


@dataclass(slots=True)
class Record:
    """One stored object; stamps are seconds since 1970 with a fraction. `parent` is the id of what it hangs on."""

    id: int
    data: dict[str, Any]
    parent: int = 0
    created: float = 0.0
    created_by: str = ""
    modified: float = 0.0
    modified_by: str = ""


class Table:
    """Records of one kind in order of their ids; ids begin at `first_id` and are never used twice."""

    def __init__(self, first_id: int, words: Words = lambda record: ()) -> None:
        self.rows: dict[int, Record] = {}
        self.version = 0
        self._next_id = first_id
        self._words = words
        self._with_word: dict[Hashable, set[int]] = {}
        self._children: dict[int, set[int]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.rows.values())

    def get(self, record_id: int | None) -> Record | None:
        """The record, or None."""
        return self.rows.get(record_id) if record_id is not None else None

    def add(self, data: dict[str, Any], now: float, who: str, parent: int = 0) -> Record:
        """Store a new record."""
        record = Record(self._next_id, data, parent, now, who, now, who)
        self._next_id += 1
        self._enter(record)
        return record

    def change(self, record: Record, changes: dict[str, Any], now: float, who: str) -> None:
        """Change some of a record's data and stamp it."""
        self._leave(record)
        record.data.update(changes)
        record.modified, record.modified_by = now, who
        self._enter(record)

    def move(self, record: Record, parent: int) -> None:
        """Hang a record on another parent."""
        self._leave(record)
        record.parent = parent
        self._enter(record)

    def remove(self, record: Record) -> None:
        """Forget a record."""
        self._leave(record)
        del self.rows[record.id]

    def children(self, parent: int) -> list[Record]:
        """The records of a parent, by id."""
        return self._sorted(self._children.get(parent, ()))

    def with_word(self, word: Hashable) -> list[Record]:
        """The records indexed under a word, by id."""
        return self._sorted(self._with_word.get(word, ()))

    def dump(self) -> dict[str, Any]:
        """The table as JSON values."""
        return {"next_id": self._next_id, "rows": [asdict(record) for record in self.rows.values()]}

    def load(self, state: dict[str, Any]) -> None:
        """Read back what `dump` gave."""
        for row in state["rows"]:
            self._enter(Record(**row))
        self._next_id = state["next_id"]

    def _sorted(self, ids: Iterable[int]) -> list[Record]:
        return [self.rows[record_id] for record_id in sorted(ids)]

    def _enter(self, record: Record) -> None:
        self.rows[record.id] = record
        self._children.setdefault(record.parent, set()).add(record.id)
        for word in self._words(record):
            self._with_word.setdefault(word, set()).add(record.id)
        self.version += 1

    def _leave(self, record: Record) -> None:
        self._children[record.parent].discard(record.id)
        for word in self._words(record):
            self._with_word[word].discard(record.id)
        self.version += 1
