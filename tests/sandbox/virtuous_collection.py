"""Requests and answers held against Virtuous's own Postman collection, where it is at hand.

The collection has samples instead of schemas: a field is documented when the sample has it, and its type is the
sample's placeholder (`<integer>`, `<dateTime>`, ...). All of a sample's fields may be left out.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from local.sandbox.virtuous.text import parse_day
from tests.sandbox.vendor_schema import SPECS_VARIABLE

FILE_NAME = "virtuous.postman.json"
_TOKEN_FIELDS = {"grant_type", "username", "password", "otp", "refresh_token"}
_TYPES: dict[str, tuple[type, ...]] = {
    "<string>": (str,),
    "<integer>": (int,),
    "<boolean>": (bool,),
    "<double>": (int, float),
    "<decimal>": (int, float),
}
Operation = tuple[str, re.Pattern[str], dict[str, Any]]


class VirtuousCollection:
    """The vendor's collection, asked about single requests and answers."""

    def __init__(self, operations: list[Operation]) -> None:
        self._operations = operations

    @classmethod
    def from_environment(cls) -> VirtuousCollection | None:
        """The collection in the folder that `GIFTBRIDGE_API_SPECS` names, or None."""
        path = Path(os.environ.get(SPECS_VARIABLE, "")) / FILE_NAME
        return cls(_read(path)) if os.environ.get(SPECS_VARIABLE) and path.exists() else None

    def problems(self, entry: dict[str, Any]) -> list[str]:
        """What the collection has against a request, as the sandbox's journal keeps it; empty when all is well."""
        if entry["path"].lower() == "/token":
            return [f"field {name} is not documented" for name in sorted(set(entry["body"] or {}) - _TOKEN_FIELDS)]
        item = self._item(entry["method"], entry["path"])
        if item is None:
            return [f"{entry['method']} {entry['path']} is not documented"]
        return [*_query_problems(item, entry), *_body_problems(item, entry.get("body"))]

    def body(self, method: str, path: str) -> Any:
        """The sample of a request's body; None where there is none."""
        item = self._item(method, path)
        return _sample_body(item) if item is not None else None

    def answer(self, method: str, path: str) -> Any:
        """The sample of a successful answer; None where there is none or it is empty."""
        item = self._item(method, path)
        for answer in item["response"] if item is not None else ():
            if answer.get("code") == 200 and answer.get("body"):
                sample = json.loads(answer["body"])
                return None if sample == "<object>" else sample
        return None

    def knows(self, method: str, path: str) -> bool:
        """Whether a path is documented."""
        return self._item(method, path) is not None

    def _item(self, method: str, path: str) -> dict[str, Any] | None:
        for known, pattern, item in self._operations:
            if known == method and pattern.fullmatch(path):
                return item
        return None


def missing(sample: Any, value: Any, path: str = "answer") -> Iterator[str]:
    """The documented fields that an answer does not have."""
    if isinstance(sample, dict) and isinstance(value, dict):
        for name, part in sample.items():
            if name not in value:
                yield f"{path}.{name}"
            else:
                yield from missing(part, value[name], f"{path}.{name}")
    elif isinstance(sample, list) and isinstance(value, list) and sample and value:
        yield from missing(sample[0], value[0], f"{path}[0]")


def _body_problems(item: dict[str, Any], body: Any) -> Iterator[str]:
    sample = _sample_body(item)
    if sample is None:
        yield from () if body is None else ("a body is not documented",)
    else:
        yield from _value_problems(sample, body, "body")


def _value_problems(sample: Any, value: Any, path: str) -> Iterator[str]:
    if value is None or sample == "<object>" or _is_free(sample):
        return
    if isinstance(sample, dict):
        yield from _object_problems(sample, value, path)
    elif isinstance(sample, list):
        rows = value if isinstance(value, list) else ()
        if not isinstance(value, list):
            yield f"{path} is not a list"
        for place, row in enumerate(rows):
            yield from _value_problems(sample[0], row, f"{path}[{place}]")
    elif not _fits(sample, value):
        yield f"{path} is not of type {sample}"


def _object_problems(sample: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is not an object"
        return
    for name, part in value.items():
        if name in sample:
            yield from _value_problems(sample[name], part, f"{path}.{name}")
        else:
            yield f"{path}.{name} is not documented"


def _fits(sample: Any, value: Any) -> bool:
    if sample == "<dateTime>":
        return isinstance(value, str) and parse_day(value) is not None
    if isinstance(sample, str):
        types = _TYPES.get(sample, (str,))
        return isinstance(value, types) and (bool in types or not isinstance(value, bool))
    return isinstance(value, type(sample))


def _is_free(sample: Any) -> bool:
    """Custom fields by name, which the sample calls `fieldName`."""
    return isinstance(sample, dict) and "fieldName" in sample


def _query_problems(item: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
    known = {row["key"] for row in item["request"]["url"].get("query", [])}
    for name in sorted(set(entry["query"]) - known):
        yield f"query parameter {name} is not documented"


def _sample_body(item: dict[str, Any]) -> Any:
    raw = (item["request"].get("body") or {}).get("raw")
    return json.loads(raw) if raw else None


@cache
def _read(path: Path) -> list[Operation]:
    found = list(_operations(json.loads(path.read_text("utf-8"))["item"]))
    return sorted(found, key=lambda operation: operation[1].pattern.count("[^/]+"))


def _operations(items: list[dict[str, Any]]) -> Iterator[Operation]:
    for item in items:
        if "item" in item:
            yield from _operations(item["item"])
        elif isinstance(item["request"]["url"], dict) and item["request"]["url"]["raw"].startswith("{{baseUrl}}/"):
            path = item["request"]["url"]["raw"].partition("?")[0].removeprefix("{{baseUrl}}")
            pattern = re.sub(r":\w+|\{\w+\}", "[^/]+", path)
            yield item["request"]["method"], re.compile(pattern, re.IGNORECASE), item
