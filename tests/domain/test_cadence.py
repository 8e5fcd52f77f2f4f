"""Schedules follow the organisation's clock through every change of clocks."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain.cadence import next_daily, next_interval

ZONES = [
    "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Nuuk", "America/Havana", "Asia/Kathmandu",
    "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "UTC",
]  # fmt: skip
TIMES = [time(0, 0), time(0, 30), time(1, 30), time(2, 0), time(2, 30), time(12, 0), time(23, 30)]

YEAR_2020 = datetime(2020, 1, 1, tzinfo=UTC)


def runs(zone: str, at: time, start: datetime, days: int) -> list[datetime]:
    found, now = [], start
    for _ in range(days):
        now = next_daily(now, at, zone)
        found.append(now)
    return found


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", TIMES)
def test_a_year_has_one_run_a_day_at_the_clocks_own_time(zone: str, at: time) -> None:
    found = runs(zone, at, datetime(2023, 12, 31, 12, tzinfo=UTC), 500)
    assert all(timedelta(hours=22) <= later - earlier <= timedelta(hours=26) for earlier, later in pairwise(found))
    shown = [run.astimezone(ZoneInfo(zone)) for run in found]
    off = [local for local in shown if local.time() != at]
    assert all(skipped(zone, at, local) for local in off), "only a time that the clocks skip is shown otherwise"
    assert all(local.fold == 0 for local in shown), "of a time that comes twice, the first"


def skipped(zone: str, at: time, local: datetime) -> bool:
    """Whether clocks never showed `at` on the day of this run (or the day before, where the gap ends at midnight)."""
    days = (local.date(), local.date() - timedelta(days=1))
    return any(not _exists(zone, day, at) for day in days)


def _exists(zone: str, day: date, at: time) -> bool:
    moment = datetime.combine(day, at, ZoneInfo(zone))
    return moment.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment.replace(tzinfo=None)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(TIMES),
    st.sampled_from([date(2024, 3, 8), date(2024, 3, 29), date(2024, 4, 5), date(2024, 10, 5), date(2024, 10, 25)]),
    st.integers(0, 5 * 24 * 60),
)
def test_asked_at_any_minute_the_answer_is_the_next_run(zone: str, at: time, day: date, minutes: int) -> None:
    start = datetime.combine(day, time(), UTC)
    moment = start + timedelta(minutes=minutes)
    expected = next(run for run in runs(zone, at, start - timedelta(days=2), 12) if run > moment)
    assert next_daily(moment, at, zone) == expected


@pytest.mark.parametrize(
    ("after", "at", "zone", "expected"),
    [
        ("2026-03-07T12:00Z", time(2, 30), "America/New_York", "2026-03-08T07:30Z"),  # skipped: 03:30 EDT
        ("2026-03-08T07:30Z", time(2, 30), "America/New_York", "2026-03-09T06:30Z"),
        ("2026-10-31T12:00Z", time(1, 30), "America/New_York", "2026-11-01T05:30Z"),  # twice: the first
        ("2026-11-01T05:30Z", time(1, 30), "America/New_York", "2026-11-02T06:30Z"),
        ("2026-03-29T00:00Z", time(2, 30), "Europe/Berlin", "2026-03-29T01:30Z"),
        ("2024-03-31T01:10Z", time(23, 30), "America/Nuuk", "2024-03-31T01:30Z"),  # the gap ends at midnight
    ],
)
def test_gaps_and_overlaps(after: str, at: time, zone: str, expected: str) -> None:
    assert next_daily(datetime.fromisoformat(after), at, zone) == datetime.fromisoformat(expected)


@given(
    st.integers(0, 15 * 366 * 86400).map(lambda seconds: YEAR_2020 + timedelta(seconds=seconds)),
    st.integers(1, 48).map(lambda quarters: timedelta(minutes=15 * quarters)),
)
def test_an_interval_lies_on_a_grid_so_that_delays_do_not_add_up(after: datetime, every: timedelta) -> None:
    due = next_interval(after, every)
    assert timedelta() < due - after <= every
    assert due.timestamp() % every.total_seconds() == 0
