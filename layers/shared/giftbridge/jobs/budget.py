"""One rate budget per account of a vendor, shared by all workers and by the organisation's other software.

Tokens flow in at the hourly rate up to a burst. A worker takes them in grants of about twenty. The lower a lane, the
more of the burst it must leave to the others.

Where the vendor tells how many calls are left until when, for all software of the organisation together, that counts
as well: what is left, less what workers hold in grants, never falls below the same share of its limit by our doing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from giftbridge.errors import Defer
from giftbridge.jobs.context import App
from giftbridge.stores.accounts import Observed, from_ms
from giftbridge.stores.dynamo import ConditionFailed

GRANT: Final = 20
LONGEST_WINDOW: Final = timedelta(days=1)
"""A vendor's count is not believed for longer."""
UNCOUNTED: Final = 1_000_000
HEEDED_SECONDS: Final = 0.5
"""How long a worker may go on without looking whether another was told to wait."""
RESERVED: Final[Mapping[str, float]] = {"gifts": 0.05, "webhooks": 0.10, "edits": 0.20, "bulk": 0.35}
"""Part of the burst, and of a limit that the vendor tells, that a lane leaves alone; the last twentieth belongs to
software other than ours."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls an hour and how many may come at once."""

    per_hour: int
    burst: int

    def refilled(self, tokens: int, since: timedelta) -> int:
        """Tokens after some time."""
        return min(self.burst, tokens + int(since.total_seconds() * self.per_hour / 3600))

    def wait(self, missing: int) -> timedelta:
        """How long `missing` tokens take."""
        return timedelta(seconds=max(1.0, missing * 3600 / self.per_hour))


@dataclass(slots=True)
class AccountGate:
    """A connector's gate: spends a grant, asks for the next, keeps to what the vendor named."""

    app: App
    account: str
    rate: Rate
    lane: str = "edits"
    granted: int = 0
    spent: int = 0
    unreported: int = 0
    """Calls of the grant in hand that the account's count of granted ones does not know as made."""
    asked_at: float = 0.0

    def take(self) -> None:
        """Account for one call. Raises `Defer` where none may be made now."""
        if self.granted and self.app.clock.monotonic() - self.asked_at > HEEDED_SECONDS:
            self._heed_others()
        if self.granted == 0:
            self.granted = self._grant()
        self.granted -= 1
        self.spent += 1
        self.unreported += 1

    def _heed_others(self) -> None:
        """Another worker may have been told to wait since: then nothing may be left in hand, or a next try would go."""
        self.asked_at = self.app.clock.monotonic()
        seen = self.app.accounts.budget(self.account)
        if _blocked_until(self.app, seen) > self.app.now() or self._left_by_vendor(seen) < 0:
            self._let_go()

    def block(self, until: datetime) -> None:
        """No worker of this account calls before `until`."""
        self._let_go()
        self.app.accounts.block(self.account, until)

    def observe(self, limit: int, remaining: int, reset: datetime) -> None:
        """Keep what the vendor counts, for every worker; too little left takes the grant away."""
        made, self.unreported = self.unreported, 0
        until = min(reset, self.app.now() + LONGEST_WINDOW)
        seen = self.app.accounts.observe(self.account, Observed(limit, remaining, until), made)
        if self._left_by_vendor(seen) < 0:
            self._let_go()

    def close(self) -> None:
        """Give back what was not used, and tell how many calls were made."""
        self._let_go()
        if self.spent:
            self.app.measure("VendorCalls", self.spent)
        self.spent = 0

    def _let_go(self) -> None:
        """Give back what was not used of the grant."""
        if self.granted or self.unreported:
            self.app.accounts.give_back(self.account, self.granted, self.unreported)
        self.granted = self.unreported = 0

    def _grant(self) -> int:
        while True:
            try:
                return self._try_grant()
            except ConditionFailed:
                continue

    def _try_grant(self) -> int:
        now = self.app.now()
        self.asked_at = self.app.clock.monotonic()
        seen = self._budget()
        _assert_open(self.app, seen)
        counted = from_ms(seen["counted_at"]) if "counted_at" in seen else None
        tokens = self.rate.refilled(seen["tokens"], now - counted) if counted else self.rate.burst
        usable = tokens - int(self.rate.burst * RESERVED[self.lane])
        if usable < 1:
            wanted = max(1, min(GRANT, self.rate.burst) // 4)
            raise Defer("The rate budget is used up.", until=now + self.rate.wait(wanted - usable), code="budget")
        left = self._left_by_vendor(seen)
        if left < 1:
            raise Defer("The vendor's own budget is used up.", until=from_ms(seen["vendor_reset"]), code="budget")
        return self._drawn(seen, tokens, min(GRANT, usable, left), now)

    def _budget(self) -> Mapping[str, Any]:
        return self.app.accounts.budget(self.account)

    def _drawn(self, seen: Mapping[str, Any], tokens: int, most: int, now: datetime) -> int:
        self.app.accounts.draw(self.account, seen, tokens - most, now, most)
        return most

    def _left_by_vendor(self, seen: Mapping[str, Any]) -> int:
        """Calls that may still be granted by the vendor's count; without one that still counts: as many as you like."""
        if "vendor_reset" not in seen or from_ms(seen["vendor_reset"]) <= self.app.now():
            return UNCOUNTED
        reserve = int(seen["vendor_limit"] * RESERVED[self.lane])
        left: int = seen["vendor_left"] - max(0, seen.get("granted", 0)) - reserve
        return left


@dataclass(slots=True)
class PageGate(AccountGate):
    """For a page that a person waits for: `lot` calls are drawn at once, of a budget that was read with other things.

    Nothing is given back and nothing counts as held, so a page costs one write; what is left over flows in again.
    """

    lot: int = 1
    known: Mapping[str, Any] | None = None

    def take(self) -> None:
        """Account for one call. Raises `Defer` where none may be made now."""
        if self.granted == 0:
            self.granted = self._grant()
        self.granted -= 1
        self.spent += 1

    def observe(self, limit: int, remaining: int, reset: datetime) -> None:
        """The next worker's call tells it."""

    def _let_go(self) -> None:
        self.granted = 0

    def _budget(self) -> Mapping[str, Any]:
        known, self.known = self.known, None
        return self.app.accounts.budget(self.account) if known is None else known

    def _drawn(self, seen: Mapping[str, Any], tokens: int, most: int, now: datetime) -> int:
        lot = min(self.lot, most)
        self.app.accounts.draw(self.account, seen, tokens - lot, now)
        return lot


def _assert_open(app: App, seen: Mapping[str, Any]) -> None:
    """Raises `Defer` while the vendor wants no call."""
    until = _blocked_until(app, seen)
    if until > app.now():
        raise Defer("The vendor asked to wait.", until=until, code="rate_limited")


def _blocked_until(app: App, seen: Mapping[str, Any]) -> datetime:
    return from_ms(seen["blocked_until"]) if "blocked_until" in seen else app.now()
