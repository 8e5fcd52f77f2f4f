"""Due work. A trigger becomes work here before anything else happens; bells only hint at it."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import ConditionFailed, Dynamo
from giftbridge.stores.remembered import Kind, Remembered, remembered_key
from giftbridge.stores.versions import VERSION

SHARDS: Final = 8

LANES: Final[Mapping[str, int]] = {"gifts": 0, "webhooks": 1, "edits": 2, "bulk": 3}
"""Who goes first within one account: a lower number."""
CLOCK: Final[Mapping[str, str]] = {"pk": "CLOCK", "sk": "TICK"}


@dataclass(frozen=True, slots=True)
class Work:
    """Something to be done for one connection, from `next_due` on; without it, it waits for somebody to wake it."""

    account: str
    queue: str
    kind: Kind
    id: str
    organisation: str
    connection: str
    lane: str
    next_due: datetime | None
    subject: str = ""
    run: str = ""
    attempt: int = 0
    stage: str = ""
    error: str = ""
    event: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    expires: datetime | None = None
    """When it is forgotten, done or not: for what holds something that must not be kept."""

    @property
    def key(self) -> dict[str, str]:
        """Partition: account and queue, so that a worker lists its own; sorted by lane."""
        return {
            "pk": f"{self.account}|{self.queue}",
            "sk": f"{LANES[self.lane]}|{self.kind}|{self.connection}|{self.id}",
        }

    def item(self) -> Item:
        """As it is stored."""
        names = (
            "account",
            "queue",
            "kind",
            "id",
            "organisation",
            "connection",
            "lane",
            "subject",
            "run",
            "attempt",
            "stage",
            "error",
            "event",
        )
        stored: Item = {
            **self.key,
            "v": VERSION,
            **{name: getattr(self, name) for name in names},
            "data": dict(self.data),
        }
        if self.expires is not None:
            stored["expires_at"] = int(self.expires.timestamp())
        if self.next_due is not None:
            stored |= {"due_shard": f"DUE#{shard(self.account)}", "next_due": _ms(self.next_due)}
        return stored

    @classmethod
    def of(cls, item: Item) -> "Work":
        """From what `item` stored."""
        names = (
            "account",
            "queue",
            "kind",
            "id",
            "organisation",
            "connection",
            "lane",
            "subject",
            "run",
            "attempt",
            "stage",
            "error",
            "event",
            "data",
        )
        due = datetime.fromtimestamp(item["next_due"] / 1000, UTC) if "next_due" in item else None
        expires = datetime.fromtimestamp(item["expires_at"], UTC) if "expires_at" in item else None
        return cls(**{name: item[name] for name in names}, next_due=due, expires=expires)


@dataclass(frozen=True, slots=True)
class Inbox:
    """Work and remembered events."""

    db: Dynamo
    table: str

    def add(self, work: Work) -> bool:
        """Durable before anything is answered. False where the same work is there, or its event was done already."""
        ops = [dynamo.put(self.table, work.item(), "attribute_not_exists(#pk)")]
        if work.event:
            ops.append(dynamo.check(self.table, remembered_key(work), "attribute_not_exists(#pk)"))
        try:
            self.db.transact(ops) if len(ops) > 1 else self.db.write(ops[0])
        except ConditionFailed:
            return False
        return True

    def add_unless_repeated(self, work: Work, mark: str, now: datetime, window: timedelta) -> bool:
        """The same for what has no id of its own: False where `mark` was seen within `window`."""
        seen = {"pk": f"DONE|{work.connection}", "sk": mark, "v": VERSION, "kind": work.kind, "done_at": _ms(now)}
        seen |= {"expires_at": int((now + window).timestamp())}
        unseen = "attribute_not_exists(#pk) OR #expires_at <= :now"  # whenever TTL comes by
        ops = [
            dynamo.put(self.table, work.item(), "attribute_not_exists(#pk)"),
            dynamo.put(self.table, seen, unseen, now=int(now.timestamp())),
        ]
        try:
            self.db.transact(ops)
        except ConditionFailed:
            return False
        return True

    def put(self, work: Work) -> None:
        """Add, or replace what waits under the same id."""
        self.db.write(self.put_op(work))

    def put_op(self, work: Work) -> dynamo.Op:
        """The same, for a transaction."""
        return dynamo.put(self.table, work.item())

    def get(self, work: Work) -> Work | None:
        """As it is now."""
        item = self.db.get(self.table, work.key)
        return Work.of(item) if item else None

    def waiting(self, account: str, queue: str) -> list[Work]:
        """All work of an account's queue, first lane first, due or not; of a version this code knows."""
        return [Work.of(item) for item in self._waiting(account, queue)]

    def first_waiting(self, account: str, queue: str) -> tuple[list[Work], bool]:
        """The same as far as one call reads, and whether there is more: for pages."""
        items, last = self.db.page(self.table, "#pk = :pk", pk=f"{account}|{queue}", skip_newer=True)
        return [Work.of(item) for item in items], bool(last)

    def due(self, account: str, queue: str, now: datetime, limit: int = 100) -> list[Work]:
        """What is due of the first lane that has any: at most `limit`, oldest first."""
        found: list[Work] = []
        for item in self._waiting(account, queue):
            if "next_due" not in item or item["next_due"] > _ms(now):
                continue
            if found and (item["lane"] != found[0].lane or len(found) >= limit):
                break
            found.append(Work.of(item))
        return found

    def _waiting(self, account: str, queue: str) -> Iterator[Item]:
        """One piece of work of a newer version stops no other."""
        return self.db.query(self.table, "#pk = :pk", pk=f"{account}|{queue}", skip_newer=True)

    def begin(self, work: Work, stage: str) -> "Work":
        """Write the attempt before it is made, so that what gets stuck says where."""
        tried = replace(work, attempt=work.attempt + 1, stage=stage)
        changes, values = dynamo.assignments({"attempt": tried.attempt, "stage": stage})
        self.db.write(dynamo.update(self.table, work.key, changes, "attribute_exists(#pk)", **values))
        return tried

    def postpone(self, work: Work, until: datetime | None, *, error: str = "", attempt: int | None = None) -> None:
        """Due again at `until`; None waits to be woken (a lost connection, a question)."""
        changes: dict[str, Any] = {"error": error}
        if attempt is not None:
            changes["attempt"] = attempt
        due = {"next_due": None, "due_shard": None}
        if until is not None:
            due = {"next_due": _ms(until), "due_shard": f"DUE#{shard(work.account)}"}  # type: ignore[dict-item]
        expression, values = dynamo.assignments({**changes, **due})
        try:
            self.db.write(dynamo.update(self.table, work.key, expression, "attribute_exists(#pk)", **values))
        except ConditionFailed:
            return

    def finish(self, work: Work, now: datetime) -> None:
        """Done: gone, and its event remembered for a month. What somebody made due anew meanwhile stays."""
        with suppress(ConditionFailed):
            self.db.transact(self._finish_ops(work, now))

    def drop(self, work: Work) -> None:
        """Gone, whatever became of it meanwhile."""
        self.db.write(dynamo.delete(self.table, work.key))

    def _finish_ops(self, work: Work, now: datetime) -> list[dynamo.Op]:
        due = _ms(work.next_due) if work.next_due else 0
        unchanged = "attribute_not_exists(#next_due) OR #next_due = :due"
        ops = [dynamo.delete(self.table, work.key, unchanged, due=due)]
        if work.event:
            ops.append(dynamo.put(self.table, Remembered.of_work(work, now).item()))
        return ops

    def discard(self, work: Work, now: datetime, actor: str) -> None:
        """Given up by `actor`: gone, and remembered like what is done, so that it can be brought back."""
        kept = Remembered.of_work(work, now, discarded_by=actor)
        self.db.transact([dynamo.delete(self.table, work.key), dynamo.put(self.table, kept.item())])

    def remembered(self, connection: str) -> Iterator[Remembered]:
        """A connection's events of the last month that are done or given up."""
        for item in self.db.query(self.table, "#pk = :pk", pk=f"DONE|{connection}"):
            if "subject" in item:
                yield Remembered.of(item)

    def remembered_after(self, connection: str, after: str) -> tuple[list[Remembered], str]:
        """The same behind an event's id, as far as one call reads; and behind which id there is more, if any."""
        items, last = self.db.page(
            self.table, "#pk = :pk AND #sk > :after", pk=f"DONE|{connection}", after=after or " "
        )
        return [Remembered.of(item) for item in items if "subject" in item], last

    def recall(self, connection: str, ids: Sequence[str]) -> list[Remembered]:
        """Those of a connection's events that have these ids, in no order."""
        items = self.db.get_many(self.table, [{"pk": f"DONE|{connection}", "sk": one} for one in ids])
        return [Remembered.of(item) for item in items if "subject" in item]

    def replay(self, kept: Remembered, account: str, organisation: str, now: datetime) -> bool:
        """Due again as if it had just come. False where somebody was first."""
        work = Work(
            account=account, queue=kept.queue, kind=kept.kind, id=kept.id, organisation=organisation,
            connection=kept.connection, lane=kept.lane, next_due=now, subject=kept.subject, event=kept.event,
            data=kept.data,
        )  # fmt: skip
        ops = [
            dynamo.delete(self.table, kept.key, "attribute_exists(#pk)"),
            dynamo.put(self.table, work.item(), "attribute_not_exists(#pk)"),
        ]
        try:
            self.db.transact(ops)
        except ConditionFailed:
            return False
        return True

    def keep_tick(self, now: datetime) -> None:
        """The clock was here."""
        self.db.write(dynamo.put(self.table, {**CLOCK, "v": VERSION, "at": _ms(now)}))

    def last_tick(self) -> datetime | None:
        """When the clock was here."""
        item = self.db.get(self.table, CLOCK)
        return datetime.fromtimestamp(item["at"] / 1000, UTC) if item else None

    def due_accounts(self, now: datetime) -> list[tuple[str, str, datetime]]:
        """(account, queue, oldest due) with anything due, for the clock tick; eventually consistent."""
        found: dict[tuple[str, str], int] = {}
        for number in range(SHARDS):
            rows = self.db.query(
                self.table,
                "#due_shard = :shard AND #next_due <= :now",
                index="due",
                shard=f"DUE#{number}",
                now=_ms(now),
            )
            for row in rows:
                key = (row["account"], row["queue"])
                found[key] = min(found.get(key, row["next_due"]), row["next_due"])
        return [(account, queue, datetime.fromtimestamp(due / 1000, UTC)) for (account, queue), due in found.items()]


def shard(account: str) -> int:
    """The shard of the due index that an account's work stands in."""
    return zlib.crc32(account.encode()) % SHARDS


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
