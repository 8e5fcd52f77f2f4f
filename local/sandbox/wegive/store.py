"""Records in memory: rows by id, and by the columns they are looked up with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

Data = dict[str, Any]


@dataclass
class Row:
    """One record; the stamps are whole seconds since 1970, `deleted` that of its archiving."""

    id: int
    data: Data
    created: int
    updated: int
    deleted: int | None = None


Words = Callable[[Data], Iterable[Any]]
"""What a row is found by under one index."""


def _column(name: str) -> Words:
    return lambda data: (data.get(name),)


class Table:
    """The rows of one kind, indexed by some columns, and under the names in `words` by what is made of a row."""

    def __init__(self, model: str, columns: Iterable[str] = (), words: Mapping[str, Words] | None = None) -> None:
        self.model = model
        self.rows: dict[int, Row] = {}
        self.version = 0
        self._words = {name: _column(name) for name in columns} | dict(words or {})
        self._groups: dict[str, dict[Any, set[int]]] = {name: {} for name in self._words}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def get(self, row_id: int | None) -> Row | None:
        """The row, or None."""
        return None if row_id is None else self.rows.get(row_id)

    def one(self, row_id: int) -> Row:
        """The row a control call is about; KeyError when there is none."""
        return self.rows[row_id]

    def add(self, row: Row) -> Row:
        """Store a row."""
        self.rows[row.id] = row
        self._enter(row)
        self.version += 1
        return row

    def edit(self, row: Row, changes: Data, updated: int | None = None) -> Row:
        """Change some columns; `updated` None leaves the stamp as it is."""
        self._leave(row)
        row.data.update(changes)
        row.updated = row.updated if updated is None else updated
        self._enter(row)
        self.version += 1
        return row

    def archive(self, row: Row, deleted: int | None, updated: int | None = None) -> None:
        """Archive a row, or take it back (`deleted` None)."""
        row.deleted = deleted
        row.updated = row.updated if updated is None else updated
        self.version += 1

    def of(self, index: str, value: Any) -> list[Row]:
        """The rows with this value under an index, by id."""
        return [self.rows[row_id] for row_id in sorted(self._groups[index].get(value, ()))]

    def dump(self) -> list[Data]:
        """The rows as JSON values."""
        return [asdict(row) for row in self.rows.values()]

    def load(self, rows: list[Data]) -> None:
        """Read back what `dump` gave."""
        for row in rows:
            self.add(Row(**row))

    def _enter(self, row: Row) -> None:
        for name, words in self._words.items():
            for word in words(row.data):
                self._groups[name].setdefault(word, set()).add(row.id)

    def _leave(self, row: Row) -> None:
        for name, words in self._words.items():
            for word in words(row.data):
                self._groups[name][word].discard(row.id)
