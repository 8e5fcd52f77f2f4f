"""One condition of a query: an operator without spaces, a value, and words for days such as `30 Days Ago`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from local.sandbox.virtuous.errors import refused
from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.parameters import Parameter, ParameterType
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import local_day, parse_day

Json = dict[str, Any]
Test = Callable[[Record], bool]
Compare = Callable[[Any, Any], bool]

_EQUAL = ("Is", "IsNot")
_KNOWN = ("IsKnown", "IsNotKnown", "IsSet", "IsNotSet")
_LISTED = ("In", "NotIn", "IsAnyOf", "IsNoneOf")
_ORDERED = ("LessThan", "LessThanOrEqual", "GreaterThan", "GreaterThanOrEqual", "Between")
_DATED = ("Is", *_ORDERED, "Before", "OnOrBefore", "After", "OnOrAfter")
OPERATORS: dict[ParameterType, tuple[str, ...]] = {
    "Int": (*_EQUAL, *_ORDERED, *_LISTED, *_KNOWN),
    "Decimal": (*_EQUAL, *_ORDERED, *_LISTED, *_KNOWN),
    "String": (*_EQUAL, "Contains", "StartsWith", "EndsWith", "Matches", *_LISTED, *_KNOWN),
    "List": (*_EQUAL, *_LISTED, *_KNOWN),
    "Date": (*_DATED, *_KNOWN),
    "Moment": (*_DATED, *_KNOWN),
    "Boolean": ("IsTrue", "IsFalse"),
}
MULTIPLE, VALUELESS = frozenset(_LISTED), frozenset((*_KNOWN, "IsTrue", "IsFalse"))
_NEGATIONS = {"IsNot": "Is", "NotIn": "In", "IsNoneOf": "IsAnyOf", "IsNotKnown": "IsKnown", "IsNotSet": "IsKnown"}
_SYNONYMS = {
    "Before": "LessThan", "OnOrBefore": "LessThanOrEqual", "After": "GreaterThan", "OnOrAfter": "GreaterThanOrEqual",
    "IsAnyOf": "In", "IsSet": "IsKnown", "Matches": "Is",
}  # fmt: skip
_COMPARES: dict[str, Compare] = {
    "Is": lambda value, wanted: value == wanted[0],
    "In": lambda value, wanted: value in wanted,
    "LessThan": lambda value, wanted: value < wanted[0],
    "LessThanOrEqual": lambda value, wanted: value <= wanted[0],
    "GreaterThan": lambda value, wanted: value > wanted[0],
    "GreaterThanOrEqual": lambda value, wanted: value >= wanted[0],
    "Between": lambda value, wanted: wanted[0] <= value <= wanted[1],
    "Contains": lambda value, wanted: wanted[0] in value,
    "StartsWith": lambda value, wanted: value.startswith(wanted[0]),
    "EndsWith": lambda value, wanted: value.endswith(wanted[0]),
    "IsKnown": lambda value, _wanted: value not in (None, ""),
    "IsTrue": lambda value, _wanted: bool(value),
    "IsFalse": lambda value, _wanted: not value,
}
_DAYS_AGO = {f"{days} days ago": days for days in (30, 60, 90, 180, 270)}


def condition_test(organisation: Organisation, parameter: Parameter, condition: Json) -> Test:
    """A condition as a test; ApiError 400 for an operator that the type does not have (`Is After`, say)."""
    operator = condition.get("operator") or ""
    if operator not in OPERATORS[parameter.type]:
        raise refused(f"The operator '{operator}' is not valid for the parameter '{parameter.name}'.")
    wanted = [_read(organisation, parameter.type, text) for text in _texts(condition, operator)]
    positive = _NEGATIONS.get(operator, operator)
    compare = _COMPARES[_SYNONYMS.get(positive, positive)]
    negated = positive != operator

    def test(record: Record) -> bool:
        found = parameter.read(organisation, record)
        values = found if isinstance(found, list) else [found]
        folded = [_fold(organisation, parameter.type, value) for value in values]
        hit = any(_holds(compare, value, wanted, positive) for value in folded)
        return hit is not negated

    return test


def _holds(compare: Compare, value: Any, wanted: list[Any], operator: str) -> bool:
    if value is None and operator not in {"IsKnown", "IsTrue", "IsFalse"}:
        return False
    return compare(value, wanted)


def _texts(condition: Json, operator: str) -> list[str]:
    if operator in VALUELESS:
        return []
    if operator in MULTIPLE:
        texts = condition.get("values") or []
    elif operator == "Between":
        texts = [condition.get("value"), condition.get("secondaryValue")]
    else:
        texts = [condition.get("value")]
    if not texts or any(text is None for text in texts):
        raise refused(f"A value is required for the operator '{operator}'.")
    return texts


def _fold(organisation: Organisation, kind: ParameterType, value: Any) -> Any:
    """A record's value as it is compared: texts without case, stamps as days where the type is a day."""
    if kind == "Date" and isinstance(value, float):
        utc = organisation.options.day_zone == "utc"
        return local_day(value, "UTC" if utc else organisation.time_zone)
    if kind == "Date" and isinstance(value, str):
        return date.fromisoformat(value)
    return value.casefold() if isinstance(value, str) else value


def _read(organisation: Organisation, kind: ParameterType, text: str) -> Any:
    try:
        match kind:
            case "Int":
                return int(text)
            case "Decimal":
                return float(text.replace("$", "").replace(",", ""))
            case "Date":
                return _day(organisation, text)
            case "Moment":
                return _moment(organisation, text)
    except ValueError as error:
        raise refused(f"The value '{text}' is not valid.") from error
    return text.casefold()


def _day(organisation: Organisation, text: str) -> date:
    utc = organisation.options.day_zone == "utc"
    today = local_day(organisation.now(), "UTC" if utc else organisation.time_zone)
    found = _relative_day(today, text.strip().lower()) or parse_day(text)
    if found is None:
        raise ValueError(text)
    return found


def _moment(organisation: Organisation, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        day = _day(organisation, text)
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _relative_day(today: date, words: str) -> date | None:
    days = {"today": 0, "yesterday": -1, "tomorrow": 1, "one week from now": 7}
    days["last sunday"] = -((today.weekday() + 1) % 7 or 7)
    if words in days:
        return today + timedelta(days=days[words])
    if words in _DAYS_AGO:
        return today - timedelta(days=_DAYS_AGO[words])
    years = {"one year ago": 1, "two years ago": 2}
    if words in years:
        earlier = today.replace(day=28) if (today.month, today.day) == (2, 29) else today
        return earlier.replace(year=earlier.year - years[words])
    starts = {"start of this month": today.replace(day=1), "this calendar year": today.replace(month=1, day=1)}
    return starts.get(words)
