"""When a schedule is next due: ticks are UTC, "every night at two" is the organisation's clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_daily(after: datetime, at: time, zone: str) -> datetime:
    """The first moment after `after` (UTC) at which clocks in `zone` show `at`.

    A time that a clock change skips happens when the clocks have moved on; one that comes twice happens once.
    """
    local = after.astimezone(ZoneInfo(zone))
    for days in range(-1, 3):  # from the day before: a gap at midnight moves its last hour to this day
        day = local.date() + timedelta(days=days)
        candidate = datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
        if candidate > after:
            return candidate
    raise AssertionError("a day has at most one gap")  # pragma: no cover


def next_interval(after: datetime, every: timedelta) -> datetime:
    """The next moment on the grid of `every` since the epoch, so that delays do not add up."""
    seconds = every.total_seconds()
    return datetime.fromtimestamp((after.timestamp() // seconds + 1) * seconds, UTC)
