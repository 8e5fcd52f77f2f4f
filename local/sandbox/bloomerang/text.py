"""How the sandbox's CRM stores text: collapsed, shortened, without emoji; phone numbers in the US style."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from local.sandbox.bloomerang.errors import invalid
from local.sandbox.bloomerang.options import Options

_SPACE = re.compile(r"\s+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_JOINERS = {"\u200d", "\ufe0f", "\u20e3"}
_PHONE_FIELD = 50


def clean_line(text: str, limit: int, options: Options) -> str:
    """One line of text as it is stored: no emoji, single spaces, at most `limit` characters."""
    return _SPACE.sub(" ", without_emoji(text, options)).strip()[:limit].rstrip()


def clean_block(text: str, limit: int, options: Options) -> str:
    """Text of several lines: as `clean_line`, but line breaks stay."""
    lines = (clean_line(line, limit, options) for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(lines).strip()[:limit].rstrip()


def without_emoji(text: str, options: Options) -> str:
    """The text with emoji stripped, replaced or kept, and other control characters read as spaces."""
    if options.emoji == "keep":
        return text
    mark = "?" if options.emoji == "question_mark" else ""
    return "".join(_storable(char, mark) for char in text)


def _storable(char: str, mark: str) -> str:
    if char in _JOINERS:
        return ""
    if ord(char) > 0xFFFF or 0x2600 <= ord(char) <= 0x27BF:
        return mark
    return " " if unicodedata.category(char) == "Cc" and char != "\n" else char


def clean_email(text: str, options: Options) -> str:
    """An e-mail address as it is stored; refused when it is none."""
    value = text.strip()
    if not _EMAIL.fullmatch(value) or len(value) > options.name_limit * 2:
        raise invalid("Email address is not valid")
    return value.lower() if options.email_case == "lower" else value


def clean_phone(text: str, options: Options) -> str:
    """A phone number as it is stored: ten digits (with or without a leading 1) read `(555) 555-0100`."""
    number = clean_line(text, _PHONE_FIELD, options)
    digits = phone_digits(number)
    if not digits:
        raise invalid("Phone number is not valid")
    if options.phone_format == "as_sent" or len(digits) != 10:
        return number
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def phone_digits(number: str) -> str:
    """The digits of a number, without a leading US country code."""
    digits = "".join(char for char in number if char.isdecimal())
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def clean_date(text: str, name: str, options: Options) -> str:
    """A date as `YYYY-MM-DD`; refused when it is none."""
    try:
        if options.us_dates and "/" in text:
            return datetime.strptime(text, "%m/%d/%Y").date().isoformat()  # noqa: DTZ007 - a bare date
        return date.fromisoformat(text[:10] if "T" in text else text).isoformat()
    except ValueError as error:
        raise invalid(f"{name} is not a valid date") from error
