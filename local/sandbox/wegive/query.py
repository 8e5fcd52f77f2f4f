"""Query parameters as the vendor reads them: `name[key]=value` makes objects, and nothing undeclared counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from local.sandbox.wegive.errors import ApiError, must_be
from local.sandbox.wegive.options import Options

DEFAULT_COUNT = 25
MOST_COUNT = 200
Query = dict[str, Any]
"""Text by name; for objects a dict of texts by name."""

_BRACKETS = re.compile(r"([^\[\]]+)\[([^\[\]]*)\]")
_TRUE = {"1", "true", "on", "yes"}


def read_query(pairs: Iterable[tuple[str, str]]) -> Query:
    """The parameters of a URL; the last of several wins, empty values are none."""
    found: Query = {}
    for name, value in pairs:
        matched = _BRACKETS.fullmatch(name)
        if matched is None:
            found[name] = value
            continue
        outer, inner = matched.groups()
        if not isinstance(found.get(outer), dict):
            found[outer] = {}
        found[outer][inner or str(len(found[outer]))] = value
    return {name: value for name, value in found.items() if value != ""}


def text_of(query: Query, name: str) -> str | None:
    """A plain parameter; 422 when it came as an object."""
    value = query.get(name)
    if isinstance(value, dict):
        raise must_be(name, "a string")
    return value


def object_of(query: Query, name: str, options: Options) -> dict[str, str]:
    """An object parameter, in brackets or as JSON text by option (the document does not say which)."""
    value = query.get(name)
    if value is None:
        return {}
    if isinstance(value, dict) and options.object_encoding != "json":
        return {key: text for key, text in value.items() if text != ""}
    if isinstance(value, str) and options.object_encoding != "brackets":
        read = _json_object(value)
        if read is not None:
            return {key: str(part) for key, part in read.items() if part is not None}
    if options.wrong_object == "ignored":
        return {}
    raise must_be(name, "an array")


def truth(text: str) -> bool:
    """A flag given as text; whatever is not a word for true is false."""
    return text.lower() in _TRUE


def number_of(query: Query, name: str, default: int) -> int:
    """A number at least 1; what is less counts as the default."""
    text = text_of(query, name)
    if text is None:
        return default
    try:
        found = int(float(text))
    except (ValueError, OverflowError):
        raise must_be(name, "a number") from None
    return found if found >= 1 else default


def page_of(query: Query) -> int:
    """Which page is asked for, from 1."""
    return number_of(query, "page", 1)


def count_of(query: Query, options: Options) -> int:
    """Rows a page; more than 200 is refused or clamped by option."""
    count = number_of(query, "count", DEFAULT_COUNT)
    if count > MOST_COUNT and options.count_over_200 == "refused":
        raise must_be("count", f"no greater than {MOST_COUNT}")
    return min(count, MOST_COUNT)


class Range:
    """`start` and `end` of a range parameter as numbers; None where open."""

    def __init__(self, start: float | None, end: float | None, options: Options) -> None:
        self.start = start
        self.end = end
        self._open_start = options.range_start == "exclusive"
        self._open_end = options.range_end == "exclusive"

    def holds(self, value: float | None) -> bool:
        """Whether a value lies in the range; no value never does."""
        if value is None:
            return False
        if self.start is not None and (value < self.start or (self._open_start and value == self.start)):
            return False
        return self.end is None or value < self.end or (not self._open_end and value == self.end)


def moments(name: str, asked: dict[str, str], options: Options) -> Range:
    """A range of moments: ISO texts, UTC where they name no offset."""
    start, end = (_moment(name, asked.get(side), options) for side in ("start", "end"))
    if end is not None and options.date_only_end == "end_of_day" and len(asked["end"]) == len("2026-01-01"):
        end += timedelta(days=1)
    if options.range_precision == "days":
        day = timedelta(days=1, microseconds=-1)
        start, end = start and _midnight(start), end and _midnight(end) + day
    first, last = (None if moment is None else moment.timestamp() for moment in (start, end))
    return Range(first, last, options)


def numbers(name: str, asked: dict[str, str], options: Options) -> Range:
    """A range of numbers (amounts in cents)."""
    try:
        start, end = (float(asked[side]) if side in asked else None for side in ("start", "end"))
    except ValueError:
        raise must_be(name, "a number") from None
    return Range(start, end, options)


def _moment(name: str, text: str | None, options: Options) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if options.bad_date == "server_error":
            raise ApiError(500, "Server Error") from None
        raise must_be(name, "a valid date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
