"""Reading request bodies as the vendor's binder does: blind to case, deaf to unknown keys, strict about types.

Undeclared fields are dropped without a word, so a misspelt one is lost; a value of the wrong type is
refused with `modelState`, keyed `parameter.field`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from local.sandbox.virtuous.errors import invalid_request, refused
from local.sandbox.virtuous.text import day_text, parse_day

Kind = Literal["text", "int", "number", "bool", "day", "texts", "map", "fields"]
Bound = dict[str, Any]


class Shape:
    """A body's declared fields by name: a kind of value, a nested shape, or `Rows` of one."""

    def __init__(self, **fields: Kind | Shape | Rows) -> None:
        self.fields: Mapping[str, Kind | Shape | Rows] = fields
        self._names = {name.casefold(): name for name in fields}

    def declared(self, key: str) -> str | None:
        """The declared name of a key, whatever its case."""
        return self._names.get(key.casefold())

    def without(self, *names: str) -> Shape:
        """The shape without some fields."""
        return Shape(**{name: field for name, field in self.fields.items() if name not in names})

    def extended(self, **fields: Kind | Shape | Rows) -> Shape:
        """The shape with further fields."""
        return Shape(**{**self.fields, **fields})


@dataclass(frozen=True)
class Rows:
    """A list of objects of one shape."""

    shape: Shape


class WrongType(ValueError):
    """A value that the binder cannot convert."""


def bind(shape: Shape, body: Any, parameter: str) -> Bound:
    """The declared fields that were sent, null or not; ApiError 400 when the body does not fit."""
    if body is None:
        raise refused("The argument cannot be null")
    problems: list[str] = []
    bound = _object(shape, body, parameter, problems)
    if problems:
        raise invalid_request(problems)
    return bound


def bind_rows(shape: Shape, body: Any, parameter: str) -> list[Bound]:
    """A body that is a list."""
    if not isinstance(body, list):
        raise refused("The argument cannot be null") if body is None else invalid_request([parameter])
    return [bind(shape, row, f"{parameter}[{place}]") for place, row in enumerate(body)]


def _object(shape: Shape, value: Any, path: str, problems: list[str]) -> Bound:
    if not isinstance(value, dict):
        problems.append(path)
        return {}
    bound: Bound = {}
    for key, item in value.items():
        name = shape.declared(key)
        if name is not None:
            bound[name] = _value(shape.fields[name], item, f"{path}.{name}", problems)
    return bound


def _value(field: Kind | Shape | Rows, value: Any, path: str, problems: list[str]) -> Any:
    if value is None:
        return None
    if isinstance(field, Shape):
        return _object(field, value, path, problems)
    if isinstance(field, Rows):
        if not isinstance(value, list):
            problems.append(path)
            return []
        return [_object(field.shape, row, f"{path}[{place}]", problems) for place, row in enumerate(value)]
    try:
        return _CONVERTERS[field](value)
    except ValueError:
        problems.append(path)
        return None


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise WrongType
    return str(value)


def _int(value: Any) -> int | None:
    if isinstance(value, str):
        return int(value) if value.strip() else None
    number = _number(value)
    if number is None or not number.is_integer():
        raise WrongType
    return int(value)


def _number(value: Any) -> float | None:
    if isinstance(value, str) and not value.strip():
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongType
    number = float(value)
    if not math.isfinite(number):
        raise WrongType
    return number


def _bool(value: Any) -> bool | None:
    if isinstance(value, str):
        word = value.strip().lower()
        if word not in {"", "true", "false"}:
            raise WrongType
        return word == "true" if word else None
    if not isinstance(value, bool | int):
        raise WrongType
    return bool(value)


def _day(value: Any) -> str | None:
    """Only the date part counts, whatever the offset (the vendor's note on giftDate)."""
    if not isinstance(value, str):
        raise WrongType
    if not value.strip():
        return None
    day = parse_day(value)
    if day is None:
        raise WrongType
    return day_text(day)


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise WrongType
    return [_text(item) for item in value]


def _map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WrongType
    return {str(name): item for name, item in value.items()}


def _fields(value: Any) -> dict[str, Any] | list[dict[str, Any]]:
    """Custom fields where an object and a list of rows have both been seen."""
    if isinstance(value, list):
        return [_map(row) for row in value]
    return _map(value)


_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    "text": _text,
    "int": _int,
    "number": _number,
    "bool": _bool,
    "day": _day,
    "texts": _texts,
    "map": _map,
    "fields": _fields,
}
