"""Reading the values of import rows: everything travels as text, some things in several spellings."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from local.sandbox.kindful.options import Options
from local.sandbox.kindful.places import COUNTRIES

CONTACT_COLUMNS = (
    "title",
    "first_name",
    "last_name",
    "company_name",
    "employer",
    "occupation",
    "retired_or_not_employed",
    "email",
    "alt_email",
    "email_opt_in",
    "addr1",
    "addr2",
    "city",
    "state",
    "postal",
    "country",
    "birthday",
    "primary_phone",
    "alt_phone",
    "fax_phone",
    "spouse_first",
    "spouse_last",
    "gender",
)
TRANSACTION_TYPES = {
    "cash": "Cash",
    "check": "Check",
    "consolidated": "Consolidated",
    "credit": "Credit",
    "eft": "EFT",
    "offline_recurring": "Offline Recurring",
    "one_time_transaction": "One Time Transaction",
    "paypal": "Paypal",
    "payroll_deduction": "Payroll Deduction",
    "shopify": "Shopify",
    "square": "Square",
    "stock": "Stock",
}
_US = {"", "us", "usa", "united states", "united states of america"}
_BLANK = (None, "")
_TIME_DIGITS = 11


class BadRow(ValueError):
    """A row Kindful cannot take; the text may go into the job's notifications."""


def text(value: Any) -> str | None:
    """A value as text without outer blanks; None when there is none."""
    if value is None or isinstance(value, bool | dict | list):
        return None
    return str(value).strip() or None


def cents(name: str, value: Any) -> int:
    """An amount in cents, sent as a number or as digits; BadRow for anything else (`50.00`, `1,000`)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value.strip()):
        return int(value)
    raise BadRow(f"{name} is not an amount in cents")


def moment(value: Any) -> int | None:
    """A time in seconds since 1970: a unix integer, or ISO/RFC 3339 text such as `2015-10-13 18:56:12 UTC`."""
    sent = text(value)
    if sent is None:
        return None
    if sent.isdecimal():
        return int(sent) if len(sent) <= _TIME_DIGITS else None
    try:
        found = datetime.fromisoformat(re.sub(r"\s*UTC$", "+00:00", sent))
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def flag(value: Any, options: Options) -> bool | None:
    """`"true"` or `"false"`; a JSON boolean by option; None for anything else."""
    if isinstance(value, bool):
        return value if options.real_booleans == "accepted" else None
    return {"true": True, "false": False}.get(str(value).strip().lower())


def yes_or_no(value: Any) -> bool | None:
    """A group's column: yes adds, no removes."""
    return {"yes": True, "no": False}.get(str(value).strip().lower())


def contact_columns(row: dict[str, Any], options: Options) -> dict[str, Any]:
    """The contact columns of a row as they are stored; what breaks a rule of the vendor's is left out."""
    found: dict[str, Any] = {}
    for name in CONTACT_COLUMNS:
        if name not in row:
            continue
        if row[name] in _BLANK:
            found |= {name: None} if options.blank_column == "clears" else {}
            continue
        value = _checked(name, text(row[name]), row, options)
        found |= {} if value is None else {name: value}
    return found


def guessed_gender(first_name: str | None) -> str:
    """Kindful guesses a blank gender from the name; so does the sandbox, as badly."""
    name = (first_name or "").lower()
    if not name:
        return "U"
    return "F" if name.endswith(("a", "e", "i", "é", "ë", "h", "y")) else "M"


def _checked(name: str, value: str | None, row: dict[str, Any], options: Options) -> str | None:
    if name == "birthday":
        return _birthday(value or "", options)
    if name == "gender":
        return value.upper() if value and value.upper() in {"M", "F", "U"} else None
    if name == "country" and options.country_reads == "full":
        return COUNTRIES.get((value or "").upper(), value)
    if name in {"state", "postal"} and options.bad_address_value == "dropped":
        return _address_value(name, value or "", row)
    return value


def _address_value(name: str, value: str, row: dict[str, Any]) -> str | None:
    """States are abbreviations, and postal codes in the US have five digits."""
    if (text(row.get("country")) or "").lower() not in _US:
        return value
    return value if re.fullmatch(r"[A-Za-z]{2}" if name == "state" else r"\d{5}", value) else None


def _birthday(value: str, options: Options) -> str | None:
    found = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", value)
    parts = found.groups() if found else None
    if parts is None and options.us_birthdays and (turned := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", value)):
        parts = (turned[3], turned[1], turned[2])
    try:
        return date(*map(int, parts)).isoformat() if parts else None
    except ValueError:
        return None
