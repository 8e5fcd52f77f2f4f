"""Tables of records with a sync version each, and an application's links to them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

Keys = Callable[[dict[str, Any]], Iterable[Hashable]]


@dataclass(slots=True)
class Record:
    """One stored object. `version` is Kindful's sync_version; stamps are whole seconds since 1970.

    `updated` is what rows' update times are compared with. `extra` holds what is no column: groups, custom
    values, metadata, the parent of a split.
    """

    id: int
    data: dict[str, Any]
    created: int
    updated: int
    version: int = 1
    deleted: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class Table:
    """Records of one kind by id, found by any of the keys of their data."""

    def __init__(self, kind: str, first_id: int, keys: Keys = lambda _data: ()) -> None:
        self.kind = kind
        self.rows: dict[int, Record] = {}
        self.next_id = first_id
        self.changes = 0
        self._keys = keys
        self._with_key: dict[Hashable, set[int]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.rows.values())

    def get(self, record_id: int | None) -> Record | None:
        """The record, or None."""
        return None if record_id is None else self.rows.get(record_id)

    def add(self, data: dict[str, Any], created: int, updated: int | None = None) -> Record:
        """Store a new record."""
        record = Record(self.next_id, data, created, created if updated is None else updated)
        self.next_id += 1
        self._enter(record)
        return record

    def change(self, record: Record, changes: dict[str, Any]) -> None:
        """Change some of a record's data; neither version nor stamp moves."""
        self._leave(record)
        record.data.update(changes)
        self._enter(record)

    def remove(self, record: Record) -> None:
        """Forget a record."""
        self._leave(record)
        del self.rows[record.id]

    def find(self, key: Hashable) -> list[Record]:
        """The records with a key, by id."""
        return [self.rows[record_id] for record_id in sorted(self._with_key.get(key, ()))]

    def dump(self) -> dict[str, Any]:
        """The table as JSON values."""
        return {"next_id": self.next_id, "rows": [asdict(record) for record in self]}

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.next_id = state["next_id"]
        for row in state["rows"]:
            self._enter(Record(**row))

    def _enter(self, record: Record) -> None:
        self.rows[record.id] = record
        self.changes += 1
        for key in self._keys(record.data):
            self._with_key.setdefault(key, set()).add(record.id)

    def _leave(self, record: Record) -> None:
        self.changes += 1
        for key in self._keys(record.data):
            self._with_key.get(key, set()).discard(record.id)


@dataclass(slots=True)
class Link:
    """An application's name for a record, and the sync_version it knows of."""

    external_id: str
    version: int = 0
    updated: int = 0


class LinkBook:
    """One application's links to the records of one kind; after a merge several external ids lead to one record."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._links: dict[int, Link] = {}

    def record_id(self, external_id: str) -> int | None:
        """The Kindful id an external id leads to."""
        return self._ids.get(external_id)

    def of(self, record_id: int) -> Link | None:
        """The link of a record."""
        return self._links.get(record_id)

    def put(self, record_id: int, link: Link) -> None:
        """Link a record, in place of its link so far and of what the external id led to so far."""
        before, other = self._links.get(record_id), self._ids.get(link.external_id)
        if before is not None:
            self._ids.pop(before.external_id, None)
        if other is not None and other != record_id and self._is_name_of(link.external_id, other):
            del self._links[other]
        self._links[record_id] = link
        self._ids[link.external_id] = record_id

    def drop(self, record_id: int) -> None:
        """Forget a record's link and every external id that leads to it."""
        self._links.pop(record_id, None)
        self._ids = {name: found for name, found in self._ids.items() if found != record_id}

    def merge(self, loser: int, winner: int) -> None:
        """Let the loser's external ids lead to the winner, which takes over the loser's link if it has none."""
        self._ids = {name: winner if found == loser else found for name, found in self._ids.items()}
        link = self._links.pop(loser, None)
        if link is not None:
            self._links.setdefault(winner, link)

    def dump(self) -> dict[str, Any]:
        """The links as JSON values."""
        return {"ids": self._ids, "links": {str(key): asdict(link) for key, link in self._links.items()}}

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self._ids = dict(state["ids"])
        self._links = {int(key): Link(**link) for key, link in state["links"].items()}

    def _is_name_of(self, external_id: str, record_id: int) -> bool:
        link = self._links.get(record_id)
        return link is not None and link.external_id == external_id
