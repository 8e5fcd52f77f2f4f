"""A tenant's clock: the real one, shifted or frozen by a test."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


class Clock:
    """Seconds since 1970 (UTC), plus a shift in seconds; frozen when `frozen_at` is set."""

    def __init__(self, shift: float = 0.0, frozen_at: float | None = None) -> None:
        self.shift = shift
        self.frozen_at = frozen_at

    def now(self) -> float:
        """The tenant's present, in seconds since 1970."""
        return (time.time() if self.frozen_at is None else self.frozen_at) + self.shift

    def set(self, moment: datetime) -> None:
        """Make `moment` the present; time goes on from there unless the clock is frozen."""
        self.shift = 0.0
        self.shift = moment.timestamp() - self.now()

    def advance(self, seconds: float) -> None:
        """Move the present by some seconds (may be negative)."""
        self.shift += seconds

    def freeze(self) -> None:
        """Stop time at the present."""
        self.frozen_at, self.shift = self.now(), 0.0

    def thaw(self) -> None:
        """Let time run again from the present."""
        now = self.now()
        self.frozen_at, self.shift = None, now - time.time()

    def dump(self) -> dict[str, float | str | None]:
        """The clock as JSON values."""
        return {"now": utc_text(self.now()), "shift": self.shift, "frozen_at": self.frozen_at}


def utc_text(seconds: float) -> str:
    """ISO text in UTC with `Z`, second precision."""
    return _whole_seconds_text(int(seconds))


@lru_cache(maxsize=65_536)
def _whole_seconds_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
