"""Requests and answers held against Bloomerang's own OpenAPI document, where it is at hand.

The document's transaction shapes overlap, so that a plain check lets a misspelt field pass: here the shape is
picked by `Method` (and a designation's by `Type`), and fields that are not declared are refused.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

SPECS_VARIABLE = "GIFTBRIDGE_API_SPECS"
FILE_NAME = "bloomerang.openapi.json"
BASE = "/v2"
_TOKEN_PATH = "/oauth/token"
_KEPT = ("type", "enum", "minimum", "maximum", "minLength", "minItems", "maxItems", "pattern")
_CHECKED_FORMATS = {"date", "date-time", "email"}
_UPDATE_MODELS = (
    "DonationUpdateModel",
    "PledgeUpdateModel",
    "PledgePaymentUpdateModel",
    "RecurringDonationUpdateModel",
    "RecurringDonationPaymentUpdateModel",
)

Schema = dict[str, Any]


class VendorDocument:
    """The vendor's document, asked about single requests and answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas: dict[str, Schema] = document["components"]["schemas"]

    @classmethod
    def from_environment(cls) -> VendorDocument | None:
        """The document in the folder that `GIFTBRIDGE_API_SPECS` names, or None."""
        path = Path(os.environ.get(SPECS_VARIABLE, "")) / FILE_NAME
        return cls(_read(path)) if os.environ.get(SPECS_VARIABLE) and path.exists() else None

    def problems(self, entry: dict[str, Any]) -> list[str]:
        """What the document has against a request, as the sandbox's journal keeps it; empty when all is well."""
        path = _bare(entry["path"])
        if path == _TOKEN_PATH:
            return [] if entry["method"] == "POST" else [f"{entry['method']} {path} is not declared"]
        operation = self._operation(entry["method"], path)
        if operation is None:
            return [f"{entry['method']} {path} is not declared"]
        found = [*_query_problems(operation, entry), *_header_problems(operation, entry)]
        return [*found, *self._body_problems(operation, entry["method"], path, entry.get("body"))]

    def answer_problems(self, method: str, path: str, body: Any) -> list[str]:
        """Fields of a successful answer that the document does not know; types and values are not judged."""
        operation = self._operation(method, _bare(path))
        if operation is None:
            return [f"{method} {path} is not declared"]
        schema = _answer_schema(operation)
        return [] if schema is None else _errors(_names_only(strict(schema)), body)

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, item in self._paths:
            if pattern.fullmatch(path):
                operation: dict[str, Any] | None = item.get(method.lower())
                return operation
        return None

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
        """A pattern per path, fixed words before placeholders; numbers stand for ids."""
        ordered = sorted(self._document["paths"].items(), key=lambda item: item[0].count("{"))
        return [(re.compile(_pattern(path)), item) for path, item in ordered]

    def _body_problems(self, operation: dict[str, Any], method: str, path: str, body: Any) -> list[str]:
        declared = operation.get("requestBody")
        if declared is None:
            return [] if body is None else ["a body is not declared"]
        if body is None:
            return ["the body is missing"]
        if path.startswith("/transaction"):
            return self._transaction_problems(method, body)
        return _errors(strict(declared["content"]["application/json"]["schema"]), body)

    def _transaction_problems(self, method: str, body: Any) -> list[str]:
        mapping = self._schemas["TransactionCreateModel"]["discriminator"]["mapping"]
        name = mapping.get(body.get("Method")) if isinstance(body, dict) else None
        if name is None:
            return ["Method is missing or unknown"]
        schema = strict(self._schemas[name.rsplit("/", 1)[1]])
        choices = schema["properties"]["Designations"]["items"]["anyOf"]
        shapes = {shape["properties"]["Type"]["enum"][0]: shape for shape in choices}
        rows = body.get("Designations")
        without_rows = {**schema, "properties": {**schema["properties"], "Designations": {"type": "array"}}}
        found = _errors(without_rows, body)
        for row in rows if isinstance(rows, list) else []:
            found += self._designation_problems(method, row, shapes)
        return found

    def _designation_problems(self, method: str, row: dict[str, Any], shapes: dict[str, Schema]) -> list[str]:
        """A row with Id edits (update models, which the bundled PUT leaves out); others go by their Type."""
        if method == "PUT" and "Id" in row:
            bare = {name: value for name, value in row.items() if name != "Type"}
            tries = [_errors(strict(self._schemas[name]), bare) for name in _UPDATE_MODELS]
            return min(tries, key=len)
        shape = shapes.get(row.get("Type", ""))
        return ["Designations: Type is missing or unknown"] if shape is None else _errors(shape, row)


def strict(schema: Schema) -> Schema:
    """The schema with `allOf` merged, undeclared fields refused and overlapping `oneOf` read as `anyOf`."""
    if "oneOf" in schema or "anyOf" in schema:
        return {"anyOf": [strict(choice) for choice in schema.get("oneOf") or schema["anyOf"]]}
    if schema.get("type") == "array":
        return {**_leaf(schema), "items": strict(schema.get("items", {}))}
    properties, required = _members(schema)
    if properties:
        return _strict_object(properties, required)
    return next((strict(part) for part in schema.get("allOf", ()) if part), _leaf(schema))


def _members(schema: Schema) -> tuple[Schema, list[str]]:
    """The properties and required names of an object, those of its `allOf` parts included."""
    properties: Schema = {}
    required: list[str] = []
    for part in schema.get("allOf", ()):
        more, needed = _members(part)
        properties |= more
        required += needed
    return properties | schema.get("properties", {}), required + schema.get("required", [])


def _strict_object(properties: Schema, required: list[str]) -> Schema:
    # A required field that is not declared is a slip of the document (`POST /refund`: Date): it may be sent.
    slips: Schema = {name: {} for name in required if name not in properties}
    declared = {name: strict(value) for name, value in properties.items()}
    return {
        "type": "object",
        "properties": declared | slips,
        "required": sorted(set(required)),
        "additionalProperties": False,
    }


def _leaf(schema: Schema) -> Schema:
    kept = {name: schema[name] for name in _KEPT if name in schema}
    if schema.get("format") in _CHECKED_FORMATS:
        kept["format"] = schema["format"]
    if "null clears" in schema.get("description", ""):
        return {"anyOf": [kept, {"type": "null"}]}
    return kept


def _names_only(schema: Schema) -> Schema:
    """Only the field names of a strict schema."""
    if "anyOf" in schema:
        return {"anyOf": [_names_only(choice) for choice in schema["anyOf"]]}
    if "properties" in schema:
        names = {name: _names_only(value) for name, value in schema["properties"].items()}
        return {"type": "object", "properties": names, "additionalProperties": False}
    return {"items": _names_only(schema["items"])} if "items" in schema else {}


def _errors(schema: Schema, value: Any) -> list[str]:
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _answer_schema(operation: dict[str, Any]) -> Schema | None:
    answer = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    for content in answer.get("content", {}).values():
        schema: Schema | None = content.get("schema")
        return schema
    return None


def _query_problems(operation: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
    declared = {item["name"]: item for item in operation.get("parameters", []) if item["in"] == "query"}
    for name in entry.get("repeated_query", []):
        yield f"query parameter {name} is repeated: several values are joined by |"
    for name, text in entry["query"].items():
        if name not in declared:
            yield f"query parameter {name} is not declared"
        elif not _fits(declared[name]["schema"], text):
            yield f"query parameter {name}: {text!r} does not fit"


def _header_problems(operation: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
    for item in operation.get("parameters", []):
        text = entry.get("headers", {}).get(item["name"].lower()) if item["in"] == "header" else None
        if text is not None and not _fits(item["schema"], text):
            yield f"header {item['name']}: {text!r} does not fit"


def _fits(schema: Schema, text: str) -> bool:
    """Whether the text of a query parameter is a value of its schema."""
    if schema.get("type") == "array":
        return all(_fits(schema["items"], part) for part in text.split("|"))
    try:
        value = _value(schema, text)
    except ValueError:
        return False
    return not _errors({name: schema[name] for name in _KEPT if name in schema}, value)


def _value(schema: Schema, text: str) -> Any:
    match schema.get("type"):
        case "integer":
            return int(text)
        case "number":
            return float(text)
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
    if schema.get("format") == "date-time":
        datetime.fromisoformat(text)
    return text


def _pattern(path: str) -> str:
    """`{id}`-like placeholders take digits, `{type}` takes a word; a trailing slash may be left out."""
    escaped = re.escape(path.rstrip("/")).replace(r"\{type\}", "[A-Za-z]+")
    return re.sub(r"\\\{\w+\\\}", r"\\d+", escaped) + "/?"


def _bare(path: str) -> str:
    return path.removeprefix(BASE)


@cache
def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document
