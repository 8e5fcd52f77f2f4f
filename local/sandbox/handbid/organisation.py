"""One organisation on the platform: its settings, clock, faults and records."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.handbid.problems import not_found
from local.sandbox.handbid.store import Row, Store

Origin = Literal["admin", "donor", "api", "integration"]
FIRST_NUMBERS = {
    "contacts": 1001,
    "events": 501,
    "receipts": 8001,
    "transactions": 9001,
    "items": 20001,
    "donations": 6001,
    "projects": 301,
    "refunds": 7001,
    "activity": 1,
}
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class WebhookSettings(BaseModel):
    """Where events go. Every secret (`whsec_...`) signs; `retry_seconds` are the pauses before each repetition."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = None
    secrets: list[str] = Field(default_factory=list)
    types: list[str] = Field(default_factory=lambda: ["event.reconciled", "transaction.refunded"])
    retry_seconds: list[float] = Field(default_factory=lambda: [0.2, 1.0, 5.0])
    timeout_seconds: float = 15.0


class Settings(BaseModel):
    """What can be set about an organisation; `rate_limit` requests are let through in `rate_seconds`."""

    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    token: str
    time_zone: str = "America/Chicago"
    currency: str = "USD"
    region: str = "US"
    unique_emails: bool = False
    rate_limit: int = 100_000
    rate_seconds: int = 60
    webhook: WebhookSettings = Field(default_factory=WebhookSettings)
    revoked: bool = False
    clock_shift: float = 0.0


class RateState(NamedTuple):
    """What the rate limit headers say: requests allowed and left, seconds until the window ends."""

    limit: int
    left: int
    reset: int


class Organisation:
    """One tenant of the sandbox (see `wire.Tenant`) with its records."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.faults = FaultPlan()
        self.journal = Journal()
        self.clock = Clock(settings.clock_shift)
        self._last_stamp = store.last_stamp(settings.id)
        self._window, self._used = -1, 0

    @property
    def id(self) -> str:
        """The organisation's id."""
        return self.settings.id

    def save(self) -> None:
        """Keep the settings and the shifted clock."""
        self.settings.clock_shift = self.clock.shift
        self.store.save_organisation(self.id, self.settings.model_dump())

    def spend(self) -> RateState | None:
        """Count one request; None when the window has no room for it."""
        window, passed = divmod(self.clock.now(), self.settings.rate_seconds)
        if window != self._window:
            self._window, self._used = int(window), 0
        self._used += 1
        left = self.settings.rate_limit - self._used
        return None if left < 0 else RateState(self.settings.rate_limit, left, self._seconds_left(passed))

    def seconds_until_room(self) -> int:
        """Whole seconds until the present rate window ends."""
        return self._seconds_left(self.clock.now() % self.settings.rate_seconds)

    def _seconds_left(self, passed: float) -> int:
        return max(1, round(self.settings.rate_seconds - passed + 0.5))

    def stamp(self) -> str:
        """A stamp for a change made now, never earlier than one that was given before."""
        self._last_stamp = max(self._last_stamp, timestamp(self.clock.now()))
        return self._last_stamp

    def new_id(self, kind: str) -> str:
        """The next id of a kind."""
        return self.store.next_id(self.id, kind, FIRST_NUMBERS[kind])

    def get(self, kind: str, identifier: str) -> Row:
        """One record; raises ProblemError 404."""
        found = self.store.get(self.id, kind, identifier)
        if found is None:
            raise not_found(kind.removesuffix("s"))
        return found

    def seed_stamps(self, count: int, step_ms: int) -> list[str]:
        """Stamps for `count` records that were made one after another and up to now."""
        first = max(self.clock.now() - count * step_ms / 1000, _seconds(self._last_stamp))
        return [timestamp(first + number * step_ms / 1000) for number in range(count)]

    def put(self, kind: str, row: Row, group: str = "", stamp: str | None = None) -> Row:
        """Keep a changed record, stamped now unless another stamp is given."""
        row["updatedAt"] = stamp or self.stamp()
        self._last_stamp = max(self._last_stamp, row["updatedAt"])
        self.store.put(self.id, kind, row, row["updatedAt"], group)
        return row

    def put_aside(self, kind: str, row: Row, group: str = "") -> Row:
        """Keep a record that has no stamp of its own."""
        self.store.put(self.id, kind, row, self.stamp(), group)
        return row

    def put_raw(self, kind: str, row: Row) -> Row:
        """Keep a record as it is, good or bad; it stands in the feed where its stamp says, else at the end."""
        claimed = row.get("updatedAt")
        good = isinstance(claimed, str) and _STAMP.fullmatch(claimed) is not None
        stamp = str(claimed) if good else self.stamp()
        self._last_stamp = max(self._last_stamp, stamp)
        self.store.put(self.id, kind, row, stamp, str(row["eventId"]) if kind == "transactions" else "")
        return row

    def public(self) -> dict[str, Any]:
        """The organisation as the Platform API shows it."""
        settings = self.settings
        return {
            "id": settings.id,
            "name": settings.name,
            "timeZone": settings.time_zone,
            "currency": settings.currency,
        }


def timestamp(seconds: float) -> str:
    """ISO text in UTC with milliseconds and `Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp() if stamp else 0.0
