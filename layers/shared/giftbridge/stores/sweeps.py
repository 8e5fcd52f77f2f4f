"""What a sweep has seen: each record of both lists once, so that they can be compared in any order; gone when it ends.

Fingerprints and flags; the label is sealed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from giftbridge.domain.contact import FIELDS, Field
from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import Dynamo, Op
from giftbridge.stores.versions import VERSION

KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as a list showed it, and the revision that its link had just then (0: there was none)."""

    id: str
    email: str
    prints: Mapping[Field, str]
    raw: str
    rev: int = 0
    deleted: bool = False
    inactive: bool = False
    unreadable: bool = False
    label: Mapping[str, Any] | None = field(default=None, repr=False)

    def item(self) -> Item:
        """As it is stored."""
        return {
            "e": self.email, "p": {name: mark for name, mark in self.prints.items() if mark}, "r": self.raw,
            "rev": self.rev, "deleted": self.deleted, "inactive": self.inactive,
            "unreadable": self.unreadable, "label": self.label,
        }  # fmt: skip

    @classmethod
    def of(cls, item: Item) -> "Seen":
        """From what `item` stored."""
        prints: dict[Field, str] = {name: item["p"].get(name, "") for name in FIELDS}
        flags = {name: item[name] for name in ("rev", "deleted", "inactive", "unreadable")}
        return cls(item["sk"], item["e"], prints, item["r"], **flags, label=item.get("label"))


@dataclass(frozen=True, slots=True)
class Sweeps:
    """Heaps of a sweep's run, in the runs table: `crm`, `platform` and whatever else it sets aside."""

    db: Dynamo
    table: str

    def note(self, run: str, heap: str, entries: Mapping[str, Item], now: datetime) -> None:
        """Put onto a heap; what is there already is replaced."""
        self.db.put_many(self.table, [_stored(run, heap, one, entry, now) for one, entry in entries.items()])

    def note_op(self, run: str, heap: str, place: str, entry: Item, now: datetime) -> Op:
        """One of them, for a transaction."""
        return dynamo.put(self.table, _stored(run, heap, place, entry, now))

    def after(self, run: str, heap: str, position: str, limit: int) -> list[Item]:
        """The next entries of a heap behind `position`, in order."""
        found: list[Item] = []
        pk = _key(run, heap)
        for item in self.db.query(self.table, "#pk = :pk AND #sk > :at", limit=limit, pk=pk, at=position or " "):
            found.append(item)
            if len(found) >= limit:
                break
        return found

    def find(self, run: str, heap: str, ids: Iterable[str]) -> dict[str, Item]:
        """Those of `ids` that are on a heap."""
        pk = _key(run, heap)
        found = self.db.get_many(self.table, [{"pk": pk, "sk": one} for one in ids if one])
        return {item["sk"]: item for item in found}

    def clear(self, run: str, heap: str, limit: int) -> bool:
        """Take some entries off; whether there were any."""
        items = self.after(run, heap, "", limit)
        self.db.delete_many(self.table, [{"pk": item["pk"], "sk": item["sk"]} for item in items])
        return bool(items)


def _stored(run: str, heap: str, place: str, entry: Item, now: datetime) -> Item:
    expires = int((now + KEPT).timestamp())
    return {**entry, "pk": _key(run, heap), "sk": place, "v": VERSION, "expires_at": expires}


def _key(run: str, heap: str) -> str:
    return f"SEEN#{run}#{heap}"
