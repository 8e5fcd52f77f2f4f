"""DynamoDB's expressions, as far as the stores use them, as functions over items in DynamoDB's own notation."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

Item = dict[str, Any]
Values = Mapping[str, Any]
Test = Callable[[Item, Values], bool]

_TOKEN = re.compile(r"\s*(<=|>=|<>|[()=<>,]|[#:]?\w+)")
_CLAUSE = re.compile(r"\b(SET|REMOVE|ADD)\b")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


@cache
def condition(text: str) -> Test:
    """A condition as a test of an item. Raises `ValueError` for what the stores do not use."""
    parser = _Parser(_TOKEN.findall(text))
    found = parser.either()
    if parser.rest:
        raise ValueError(f"not understood: {text}")
    return found


def changed(item: Item, text: str, values: Values) -> Item:
    """The item after an update expression."""
    now = dict(item)
    parts = _CLAUSE.split(text)[1:]
    for clause, body in zip(parts[::2], parts[1::2], strict=True):
        for change in body.split(","):
            _apply(now, clause, change.replace("=", " ").split(), values)
    return now


def plain(value: Mapping[str, Any]) -> Any:
    """A value that can be compared: numbers as numbers, texts as their bytes."""
    ((kind, inner),) = value.items()
    if kind == "N":
        return Decimal(inner)
    return inner.encode() if kind == "S" else inner


def _apply(item: Item, clause: str, words: list[str], values: Values) -> None:
    name = words[0][1:]
    if clause == "REMOVE":
        item.pop(name, None)
    elif clause == "SET":
        item[name] = values[words[1]]
    else:
        item[name] = {"N": str(Decimal(item.get(name, {"N": "0"})["N"]) + Decimal(values[words[1]]["N"]))}


class _Parser:
    """Recursive descent over the tokens that are left."""

    def __init__(self, tokens: list[str]) -> None:
        self.rest = tokens

    def either(self) -> Test:
        tests = [self._both()]
        while self._take("OR"):
            tests.append(self._both())
        return lambda item, values: any(test(item, values) for test in tests)

    def _both(self) -> Test:
        tests = [self._term()]
        while self._take("AND"):
            tests.append(self._term())
        return lambda item, values: all(test(item, values) for test in tests)

    def _term(self) -> Test:
        word = self._next()
        if word == "(":
            inner = self.either()
            self._next()
            return inner
        return self._compared(word[1:]) if word.startswith("#") else self._called(word)

    def _called(self, function: str) -> Test:
        arguments = self._arguments()
        name = arguments[0][1:]
        if function == "attribute_exists":
            return lambda item, _values: name in item
        if function == "attribute_not_exists":
            return lambda item, _values: name not in item
        if function == "begins_with":
            return lambda item, values: name in item and plain(item[name]).startswith(plain(values[arguments[1]]))
        raise ValueError(f"not understood: {function}")

    def _compared(self, name: str) -> Test:
        sign = self._next()
        low = self._next()
        if sign == "BETWEEN":
            self._next()
            top = self._next()
            return lambda item, values: name in item and (plain(values[low]) <= plain(item[name]) <= plain(values[top]))
        compare = _COMPARE[sign]
        return lambda item, values: name in item and compare(plain(item[name]), plain(values[low]))

    def _arguments(self) -> list[str]:
        self._next()
        found: list[str] = []
        while (word := self._next()) != ")":
            found += [] if word == "," else [word]
        return found

    def _next(self) -> str:
        return self.rest.pop(0)

    def _take(self, word: str) -> bool:
        if self.rest[:1] != [word]:
            return False
        self.rest.pop(0)
        return True
