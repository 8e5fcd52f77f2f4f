"""A CRM account: its latches, its steps' leases and fences, its key, and its rate budgets (connections table)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import ConditionFailed, Dynamo, Op
from giftbridge.stores.versions import VERSION

STALE_BELL: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Fence:
    """The right to write checkpoints, until somebody raises the number."""

    account: str
    queue: str
    number: int


@dataclass(frozen=True, slots=True)
class Observed:
    """What a vendor counts: its limit, and calls that are left until `reset`, whoever makes them."""

    limit: int
    left: int
    reset: datetime


@dataclass(frozen=True, slots=True)
class Accounts:
    """What all workers of one CRM account share."""

    db: Dynamo
    table: str

    # -- latch: who sets it sends the bell

    def set_latch(self, account: str, queue: str, now: datetime) -> bool:
        """Whether this call set it; a latch whose bell must have been lost counts as unset."""
        changes, values = dynamo.assignments({"rung_at": _ms(now), "v": VERSION})
        op = dynamo.update(
            self.table, _key(account, f"BELL#{queue}"), changes, "attribute_not_exists(#rung_at) OR #rung_at < :stale",
            **values, stale=_ms(now - STALE_BELL),
        )  # fmt: skip
        try:
            self.db.write(op)
        except ConditionFailed:
            return False
        return True

    def clear_latch(self, account: str, queue: str) -> None:
        """Before listing work: whatever comes after rings again."""
        self.db.write(dynamo.update(self.table, _key(account, f"BELL#{queue}"), "REMOVE #rung_at"))

    # -- one step at a time

    def begin_step(self, account: str, queue: str, now: datetime, until: datetime) -> Fence | None:
        """Raise the fence and hold the account's queue until `until`; None where a step is under way."""
        op = dynamo.update(
            self.table, _key(account, f"STEP#{queue}"), "SET #held_until = :until, #v = :v ADD #fence :one",
            "attribute_not_exists(#held_until) OR #held_until <= :now",
            until=_ms(until), now=_ms(now), one=1, v=VERSION,
        )  # fmt: skip
        try:
            return Fence(account, queue, self.db.swap(op)["fence"])
        except ConditionFailed:
            return None

    def end_step(self, fence: Fence) -> None:
        """Let go; a step that was overtaken has nothing to let go."""
        op = dynamo.update(
            self.table,
            _key(fence.account, f"STEP#{fence.queue}"),
            "REMOVE #held_until",
            "#fence = :fence",
            fence=fence.number,
        )
        try:
            self.db.write(op)
        except ConditionFailed:
            return

    def holds(self, fence: Fence) -> Op:
        """The condition that every checkpoint carries."""
        key = _key(fence.account, f"STEP#{fence.queue}")
        return dynamo.check(self.table, key, "#fence = :fence", fence=fence.number)

    # -- the account's own key

    def wrapped_key(self, account: str) -> bytes | None:
        """The wrapped data key of fingerprints and sealed labels."""
        item = self.db.get(self.table, _key(account, "KEY"))
        return bytes(item["key"]) if item else None

    def keep_wrapped_key(self, account: str, wrapped: bytes) -> bytes:
        """Store it unless another worker was first; answers with the one that stands."""
        item = {**_key(account, "KEY"), "v": VERSION, "key": wrapped}
        try:
            self.db.write(dynamo.put(self.table, item, "attribute_not_exists(#pk)"))
        except ConditionFailed:
            return self.wrapped_key(account) or wrapped
        return wrapped

    def replace_wrapped_key(self, account: str, old: bytes, new: bytes) -> None:
        """Re-wrap under another KMS key. Raises `ConditionFailed` where it changed meanwhile."""
        key = _key(account, "KEY")
        self.db.write(dynamo.update(self.table, key, "SET #key = :new", "#key = :old", new=new, old=old))

    # -- which connections share the account

    def join(self, account: str, organisation: str, connection: str) -> Op:
        """A connection feeds this account."""
        return dynamo.put(
            self.table,
            {
                **_key(account, f"CONNECTION#{connection}"),
                "v": VERSION,
                "organisation": organisation,
                "connection": connection,
            },
        )

    def leave_ops(self, account: str, connection: str, *, keep: bool) -> list[Op]:
        """It no longer does; where its links are kept, they still need the account's key."""
        former = _key(account, f"FORMER#{connection}")
        kept = dynamo.put(self.table, {**former, "v": VERSION}) if keep else dynamo.delete(self.table, former)
        return [dynamo.delete(self.table, _key(account, f"CONNECTION#{connection}")), kept]

    def drop_key(self, account: str) -> bool:
        """Destroy the account's key once nobody's links need it, and with it the sense of every fingerprint."""
        for kind in ("CONNECTION#", "FORMER#"):
            if any(self.db.query(self.table, "#pk = :pk AND begins_with(#sk, :sk)", pk=f"ACCOUNT#{account}", sk=kind)):
                return False
        self.db.write(dynamo.delete(self.table, _key(account, "KEY")))
        return True

    def connections(self, account: str) -> list[tuple[str, str]]:
        """(organisation, connection) of all that feed it."""
        items = self.db.query(
            self.table, "#pk = :pk AND begins_with(#sk, :sk)", pk=f"ACCOUNT#{account}", sk="CONNECTION#"
        )
        return [(item["organisation"], item["connection"]) for item in items]

    # -- the CRM's own lists

    def purposes(self, account: str, not_before: datetime) -> dict[str, dict[str, str]] | None:
        """Funds, campaigns and appeals as read at or after `not_before`."""
        return lists_of(self.db.get(self.table, purposes_key(account)), not_before)

    def keep_purposes(self, account: str, lists: Mapping[str, Mapping[str, str]], now: datetime) -> None:
        """Keep them."""
        kept = {name: dict(entries) for name, entries in lists.items()}
        self.db.write(
            dynamo.put(self.table, {**purposes_key(account), "v": VERSION, "lists": kept, "read_at": _ms(now)})
        )

    # -- rate budget

    def budget(self, account: str) -> Item:
        """Tokens left and when they were counted."""
        return self.db.get(self.table, budget_key(account)) or {}

    def draw(self, account: str, seen: Mapping[str, Any], tokens: int, now: datetime, grant: int = 0) -> None:
        """Write the count after a grant. Raises `ConditionFailed` where another worker was faster.

        Grants of a vendor's hour that is over count no more: who held them may have died.
        """
        counts = seen.get("vendor_reset", 0) > _ms(now)
        granted = max(0, seen.get("granted", 0)) if counts else 0
        drawn = {"tokens": tokens, "counted_at": _ms(now), "granted": granted + grant, "v": VERSION}
        changes, values = dynamo.assignments(drawn)
        condition, extra = "attribute_not_exists(#counted_at)", {}
        if seen.get("counted_at") is not None:
            condition = "#counted_at = :was AND #tokens = :had"
            extra = {"was": seen["counted_at"], "had": seen["tokens"]}
        if "granted" in seen:
            condition, extra = f"{condition} AND #granted = :held", {**extra, "held": seen["granted"]}
        self.db.write(dynamo.update(self.table, _key(account, "BUDGET"), changes, condition, **values, **extra))

    def give_back(self, account: str, tokens: int, made: int = 0) -> None:
        """Return what a grant did not use; `made` calls of it were not told of yet."""
        change = "ADD #tokens :tokens, #granted :granted"
        self.db.write(dynamo.update(self.table, _key(account, "BUDGET"), change, tokens=tokens, granted=-tokens - made))

    def observe(self, account: str, told: Observed, made: int) -> Item:
        """Keep what the vendor counts, and that `made` granted calls are among those counted; the budget after it.

        Answers come in any order: within an hour of the vendor's the least that was left counts.
        """
        key, reset = _key(account, "BUDGET"), _ms(told.reset)
        changes, values = dynamo.assignments(
            {"vendor_limit": told.limit, "vendor_left": told.left, "vendor_reset": reset}
        )
        newer = "attribute_not_exists(#vendor_reset) OR #vendor_reset < :now_reset"
        lower = "(#vendor_reset = :now_reset AND #vendor_left > :now_left)"
        op = dynamo.update(
            self.table, key, f"{changes} ADD #granted :made", f"{newer} OR {lower}",
            **values, made=-made, now_reset=reset, now_left=told.left,
        )  # fmt: skip
        try:
            return self.db.swap(op)
        except ConditionFailed:
            return self.db.swap(dynamo.update(self.table, key, "ADD #granted :made", made=-made))

    def block(self, account: str, until: datetime) -> None:
        """The vendor named a time; the latest one counts."""
        op = dynamo.update(
            self.table, _key(account, "BUDGET"), "SET #blocked_until = :until",
            "attribute_not_exists(#blocked_until) OR #blocked_until < :until", until=_ms(until),
        )  # fmt: skip
        try:
            self.db.write(op)
        except ConditionFailed:
            return


def budget_key(account: str) -> dict[str, str]:
    """Where an account's rate budget stands."""
    return _key(account, "BUDGET")


def purposes_key(account: str) -> dict[str, str]:
    """Where the CRM's own lists are kept."""
    return _key(account, "PURPOSES")


def lists_of(item: Item | None, not_before: datetime) -> dict[str, dict[str, str]] | None:
    """What is kept of the CRM's own lists, if it was read at or after `not_before`."""
    return dict(item["lists"]) if item and item["read_at"] >= _ms(not_before) else None


def _key(account: str, part: str) -> dict[str, str]:
    return {"pk": f"ACCOUNT#{account}", "sk": part}


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """A stored time."""
    return datetime.fromtimestamp(value / 1000, UTC)
