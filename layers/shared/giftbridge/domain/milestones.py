"""Which milestones a donor has reached: number of gifts, totals, years in a row. Amounts in cents; calendar days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from giftbridge.domain.giving import Donation
from giftbridge.domain.money import spoken

Measure = Literal["gifts", "lifetime", "since_month", "years"]


@dataclass(frozen=True, slots=True)
class Milestone:
    """Thresholds of one measure: a number of gifts or of years, or cents. `month` is where a year of giving begins."""

    measure: Measure
    thresholds: tuple[int, ...]
    month: int = 1

    def has(self, threshold: "Reached") -> bool:
        """Whether it is one of this milestone."""
        same = self.measure == threshold.measure and threshold.threshold in self.thresholds
        return same and (self.measure != "since_month" or self.month == threshold.month)


@dataclass(frozen=True, slots=True)
class Reached:
    """A threshold that was reached; of `since_month` in the year of giving that began in `year`."""

    measure: Measure
    threshold: int
    month: int = 0
    year: int = 0

    @property
    def key(self) -> str:
        """What is kept of it: the same threshold has the same key, whatever the milestone is called."""
        parts = (self.measure, self.threshold, *((self.month, self.year) if self.measure == "since_month" else ()))
        return ":".join(map(str, parts))

    @classmethod
    def of(cls, key: str) -> "Reached":
        """From what `key` told. Raises `ValueError` for another text."""
        measure, *numbers = key.split(":")
        known = measure in get_args(Measure) and len(numbers) == (3 if measure == "since_month" else 1)
        if not known or not all(number.isascii() and number.isdecimal() for number in numbers):
            raise ValueError(f"{key!r} is no milestone")
        return cls(measure, *map(int, numbers))  # type: ignore[arg-type]

    def told(self, currency: str) -> str:
        """In words, for staff."""
        amount = spoken(self.threshold, currency)
        return {
            "gifts": f"{self.threshold} gifts",
            "lifetime": f"{amount} in total",
            "since_month": f"{amount} since {self.year}-{self.month:02}",
            "years": f"{self.threshold} years in a row",
        }[self.measure]


def reached(milestone: Milestone, gifts: Sequence[Donation], on: date, since: datetime) -> Reached | None:
    """The highest threshold that gifts entered from `since` (UTC) on have made the donor pass, as of the day `on`.

    What was passed by then already, never counts; of several that one gift passes, the highest is told.
    """
    start = year_of_giving(on, milestone.month)
    now = _measured(milestone, gifts, start)
    before = _measured(milestone, [gift for gift in gifts if gift.created_at < since], start)
    passed = [threshold for threshold in milestone.thresholds if before < threshold <= now]
    if not passed:
        return None
    place = (milestone.month, start.year) if milestone.measure == "since_month" else (0, 0)
    return Reached(milestone.measure, max(passed), *place)


def year_of_giving(on: date, month: int) -> date:
    """The first day of the twelve months beginning with `month` that hold the day `on`."""
    return date(on.year if on.month >= month else on.year - 1, month, 1)


def years_in_a_row(days: Iterable[date]) -> int:
    """Calendar years without a gap up to that of the latest gift."""
    years = {day.year for day in days}
    latest = max(years, default=0)
    count = 0
    while latest - count in years:
        count += 1
    return count


def _measured(milestone: Milestone, gifts: Sequence[Donation], start: date) -> int:
    counted = [gift for gift in gifts if gift.counts]
    if milestone.measure == "gifts":
        return len(counted)
    if milestone.measure == "years":
        return years_in_a_row(gift.day for gift in counted)
    if milestone.measure == "since_month":
        end = start.replace(year=start.year + 1)
        counted = [gift for gift in counted if start <= gift.day < end]
    return sum(gift.amount for gift in counted)
