"""How fast a run goes, and how long it will take."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from giftbridge.domain.contact import Side
from giftbridge.stores.runs import Run


@dataclass(frozen=True, slots=True)
class Pace:
    """Records settled so far, of how many, and how many a minute; 0 where that can't be told yet."""

    settled: int
    found: int
    a_minute: int

    @property
    def left(self) -> str:
        """About how long it will take, in words; empty where nobody can tell."""
        if not self.a_minute or self.found <= self.settled:
            return ""
        return spoken(timedelta(minutes=(self.found - self.settled) / self.a_minute))


def of(run: Run, now: datetime) -> Pace:
    """From a run's counters, both sides together."""
    settled = sum(run.count(side, "read") for side in Side)
    found = sum(max(run.count(side, "surveyed"), run.totals.get(side, 0)) for side in Side)
    took = ((run.ended_at or now) - run.started_at).total_seconds() if run.started_at else 0
    return Pace(settled, found, round(settled * 60 / took) if took >= 1 else 0)


def spoken(left: timedelta) -> str:
    """A duration as people say it."""
    minutes = round(left.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    number, unit = (minutes, "minute") if minutes < 90 else (round(minutes / 60), "hour")
    return f"about {number} {unit}{'s' if number > 1 else ''}"
