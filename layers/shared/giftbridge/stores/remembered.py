"""Events that are done or given up, for a month: so that none is done twice by itself, and any can be done again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from giftbridge.stores.attributes import Item
from giftbridge.stores.versions import VERSION

if TYPE_CHECKING:
    from giftbridge.stores.inbox import Work

KEPT: Final = timedelta(days=30)
SEALED: Final = "sealed"
"""What of a work's data may not be kept once it is done."""
Kind = Literal[
    "run", "contact", "reconcile", "gift", "cadence", "watch", "missed", "token", "export", "forget",
    "confirm", "hook", "notices", "verify", "thanks", "thanking", "engagement", "pull", "projects",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remembered:
    """An event that is done or given up: enough to do it again from current data, and nothing that was sealed."""

    connection: str
    id: str
    kind: Kind
    queue: str
    lane: str
    subject: str
    event: str
    done_at: datetime
    discarded_by: str
    data: Mapping[str, Any]

    @classmethod
    def of_work(cls, work: "Work", now: datetime, *, discarded_by: str = "") -> "Remembered":
        """What is kept of a piece of work."""
        data = {name: value for name, value in work.data.items() if name != SEALED}
        parts = (work.connection, work.id, work.kind, work.queue, work.lane, work.subject, work.event)
        return cls(*parts, done_at=now, discarded_by=discarded_by, data=data)

    @property
    def key(self) -> dict[str, str]:
        """Per connection, by the event's id."""
        return remembered_key(self)

    @property
    def repeatable(self) -> bool:
        """Whether it can be read again; a notice whose body was all there was can't."""
        return self.kind != "engagement" and (self.kind != "notices" or bool(self.data))

    def item(self) -> Item:
        """As it is stored."""
        names = ("connection", "id", "kind", "queue", "lane", "subject", "event", "discarded_by")
        return {
            **self.key,
            "v": VERSION,
            **{name: getattr(self, name) for name in names},
            "data": dict(self.data),
            "done_at": int(self.done_at.timestamp() * 1000),
            "expires_at": int((self.done_at + KEPT).timestamp()),
        }

    @classmethod
    def of(cls, item: Item) -> "Remembered":
        """From what `item` stored."""
        names = ("connection", "id", "kind", "queue", "lane", "subject", "event", "discarded_by", "data")
        done_at = datetime.fromtimestamp(item["done_at"] / 1000, UTC)
        return cls(**{name: item[name] for name in names}, done_at=done_at)


def remembered_key(done: "Work | Remembered") -> dict[str, str]:
    """Per connection, by the event's id; what has none by its kind and id."""
    return {"pk": f"DONE|{done.connection}", "sk": done.event or f"{done.kind}|{done.id}"}
