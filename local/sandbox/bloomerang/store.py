"""Tables of records with indexes kept sorted, so that a list page costs a slice and not a sort."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, overload

from local.sandbox.common.clock import utc_text

SortKey = Literal["Id", "CreatedDate", "LastModifiedDate", "Date", "AccountId"]
Word = tuple[int, str]
"""What a record can be looked up by: a custom field's id and a value, or the id it points to and how."""
_Index = list[tuple[int | str, int]]


@dataclass(slots=True)
class Record:
    """One stored object. Stamps are whole seconds since 1970; `seen_from` is when lists begin to show it."""

    id: int
    data: dict[str, Any]
    account: int = 0
    created: int = 0
    created_by: str = ""
    modified: int = 0
    modified_by: str = ""
    seen_from: float = 0.0
    private: dict[str, Any] = field(default_factory=dict)

    def audit(self) -> dict[str, str]:
        """The vendor's AuditTrail."""
        return {
            "CreatedDate": utc_text(self.created),
            "CreatedName": self.created_by,
            "LastModifiedDate": utc_text(self.modified),
            "LastModifiedName": self.modified_by,
        }


class Ids(Sequence[int]):
    """Part of a sorted index seen as ids, in either direction, without copying it."""

    def __init__(self, index: _Index, start: int = 0, *, descending: bool = False) -> None:
        self._index = index
        self._start = start
        self._descending = descending

    def __len__(self) -> int:
        return len(self._index) - self._start

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._index[-1 - place if self._descending else self._start + place][1]

    def turned(self) -> Ids:
        """The same ids the other way round."""
        return Ids(self._index, self._start, descending=not self._descending)


class Table:
    """Records of one kind by id, with one sorted index for each key they can be ordered by."""

    def __init__(
        self,
        kind: str,
        keys: Iterable[SortKey] = ("Id", "CreatedDate", "LastModifiedDate"),
        words: Callable[[Record], Iterable[Word]] = lambda record: (),
    ) -> None:
        self.kind = kind
        self._words = words
        self._with_word: dict[Word, set[int]] = {}
        self.rows: dict[int, Record] = {}
        self.version = 0
        self.visible_from = 0.0
        self._indexes: dict[SortKey, _Index] = {key: [] for key in keys}
        self._of_account: dict[int, set[int]] = {}
        self._cached: dict[Any, Sequence[int]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.rows.values())

    def get(self, record_id: int) -> Record | None:
        """The record, or None."""
        return self.rows.get(record_id)

    def add(self, record: Record) -> Record:
        """Store a new record."""
        self.rows[record.id] = record
        self.visible_from = max(self.visible_from, record.seen_from)
        self._enter(record)
        self._moved()
        return record

    def remove(self, record: Record) -> None:
        """Forget a record."""
        self._leave(record)
        del self.rows[record.id]
        self._moved()

    @contextmanager
    def changing(self, record: Record) -> Iterator[Record]:
        """Take a record out of the indexes while it is changed; every change goes through here."""
        self._leave(record)
        try:
            yield record
        finally:
            self._enter(record)
            self._moved()

    def touch(self, record: Record, now: int, who: str) -> None:
        """Stamp a change."""
        with self.changing(record):
            record.modified, record.modified_by = now, who

    def move(self, record: Record, account: int) -> None:
        """Give a record to another constituent."""
        with self.changing(record):
            record.account = account

    def edit(self, record: Record, changes: dict[str, Any]) -> None:
        """Change some of a record's data without stamping it."""
        with self.changing(record):
            record.data.update(changes)

    def of_account(self, account: int) -> list[Record]:
        """The records of a constituent, by id."""
        return [self.rows[record_id] for record_id in sorted(self._of_account.get(account, ()))]

    def with_word(self, word: Word) -> list[Record]:
        """The records indexed under a word, by id."""
        return [self.rows[record_id] for record_id in sorted(self._with_word.get(word, ()))]

    def ordered(self, key: SortKey) -> Ids:
        """All ids in ascending order of a key."""
        return Ids(self._indexes[key])

    def since(self, stamp: int) -> Ids:
        """The ids modified at or after a stamp, ascending by stamp."""
        index = self._indexes["LastModifiedDate"]
        return Ids(index, bisect_left(index, (stamp, -1)))

    def cached(self, question: Any) -> Sequence[int] | None:
        """The ids found for the same question since the last change."""
        return self._cached.get(question)

    def cache(self, question: Any, ids: Sequence[int]) -> None:
        """Remember the answer to a question until the next change."""
        if len(self._cached) > 64:
            self._cached.clear()
        self._cached[question] = ids

    def dump(self) -> list[dict[str, Any]]:
        """The records as JSON values."""
        return [asdict(record) for record in self.rows.values()]

    def load(self, rows: list[dict[str, Any]]) -> None:
        """Read back what `dump` gave."""
        for row in rows:
            self.add(Record(**row))

    def _moved(self) -> None:
        self.version += 1
        self._cached.clear()

    def _enter(self, record: Record) -> None:
        for key, index in self._indexes.items():
            insort(index, (sort_value(record, key), record.id))
        self._of_account.setdefault(record.account, set()).add(record.id)
        for word in self._words(record):
            self._with_word.setdefault(word, set()).add(record.id)

    def _leave(self, record: Record) -> None:
        for key, index in self._indexes.items():
            place = bisect_left(index, (sort_value(record, key), record.id))
            del index[place]
        self._of_account[record.account].discard(record.id)
        for word in self._words(record):
            self._with_word[word].discard(record.id)


def sort_value(record: Record, key: SortKey) -> int | str:
    """What a record is ordered by under a key."""
    match key:
        case "Id":
            return record.id
        case "CreatedDate":
            return record.created
        case "LastModifiedDate":
            return record.modified
        case "AccountId":
            return record.account
    return str(record.data.get("Date", ""))
