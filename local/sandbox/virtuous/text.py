"""The vendor's texts: stamps without a zone, display dates, display money, names of people together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_COUNTRIES = {"us": "United States", "usa": "United States", "ca": "Canada", "gb": "United Kingdom", "mx": "Mexico"}
_US_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:\s.*)?")


def stamp(seconds: float, *, ticks: bool = False) -> str:
    """A UTC stamp without `Z` and with 0 to 7 fraction digits, as recorded.

    Contacts and gifts have milliseconds; people, rows and the like (`ticks`) the 1/300 s ticks of the
    vendor's database, which read as 7 digits.
    """
    if ticks:
        tick = int(seconds * 300)
        whole, fraction = tick // 300, f"{round(tick % 300 * 1e7 / 300):07d}"
    else:
        whole, fraction = int(seconds), f"{int(seconds * 1000) % 1000:03d}"
    fraction = fraction.rstrip("0")
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{fraction}" if fraction else text


def stamp_z(seconds: float) -> str:
    """The other spelling on record, with 7 digits and `Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def day_text(day: date) -> str:
    """A civil date in the read shape."""
    return f"{day.isoformat()}T00:00:00"


def parse_day(text: str) -> date | None:
    """The date part of an ISO date or date-time, or of `M/D/YYYY` or `M.D.YYYY`; None when there is none."""
    text = text.strip()
    try:
        found = _US_DATE.fullmatch(text)
        if found:
            month, day, year = (int(part) for part in found.groups())
            return date(year, month, day)
        datetime.fromisoformat(text)
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def shown_day(text: str | None) -> str:
    """A stored day as people see it: `12/7/2023`; empty when there is none."""
    if not text:
        return ""
    day = date.fromisoformat(text[:10])
    return f"{day.month}/{day.day}/{day.year}"


def money(amount: float) -> str:
    """`$10.50`, `-$1,000.00`."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def total_money(amount: float) -> str:
    """As `money`, but nothing is `$0`."""
    return money(amount) if amount else "$0"


def local_day(seconds: float, zone: str) -> date:
    """The civil date in a time zone."""
    return datetime.fromtimestamp(seconds, ZoneInfo(zone)).date()


def next_midnight(seconds: float, zone: str) -> float:
    """The first midnight after a moment, in a time zone."""
    tomorrow = local_day(seconds, zone) + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), ZoneInfo(zone)).timestamp()


def country_name(text: str | None) -> str | None:
    """A country's name for its code; anything else stays as it is."""
    return _COUNTRIES.get((text or "").strip().lower(), text)


def digits(text: str) -> str:
    """A phone number's last ten digits."""
    return re.sub(r"\D", "", text)[-10:]


def together(people: Sequence[tuple[str, str]]) -> str:
    """Up to two people's (first, last) names as a household's: `Ada & Tom Example`, `Ada Lane & Tom Example`."""
    full = [f"{first} {last}".strip() for first, last in people]
    if len(people) == 2 and people[0][1] == people[1][1]:
        return f"{people[0][0]} & {full[1]}"
    return " & ".join(full)
