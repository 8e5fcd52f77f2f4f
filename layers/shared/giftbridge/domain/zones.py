"""Time zones as systems tell them, some by the names that Windows has."""

from typing import Final
from zoneinfo import available_timezones

WINDOWS: Final = {
    "Hawaiian Standard Time": "Pacific/Honolulu", "Alaskan Standard Time": "America/Anchorage",
    "Pacific Standard Time": "America/Los_Angeles", "US Mountain Standard Time": "America/Phoenix",
    "Mountain Standard Time": "America/Denver", "Central Standard Time": "America/Chicago",
    "Canada Central Standard Time": "America/Regina", "Eastern Standard Time": "America/New_York",
    "US Eastern Standard Time": "America/Indiana/Indianapolis", "Atlantic Standard Time": "America/Halifax",
    "Newfoundland Standard Time": "America/St_Johns", "GMT Standard Time": "Europe/London", "UTC": "Etc/UTC",
    "W. Europe Standard Time": "Europe/Berlin", "Romance Standard Time": "Europe/Paris",
    "AUS Eastern Standard Time": "Australia/Sydney", "New Zealand Standard Time": "Pacific/Auckland",
}  # fmt: skip
"""Where customers of CRMs are, by the names that Windows has for their zones."""


def time_zone(name: str) -> str:
    """The IANA name; empty for one that nobody knows, which a person has to choose then."""
    known = WINDOWS.get(name, name)
    return known if known in available_timezones() else ""
