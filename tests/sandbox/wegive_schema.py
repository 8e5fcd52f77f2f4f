"""Requests and answers held against WeGive's own OpenAPI document, where it is at hand.

The document is generated: it types almost everything as `string` (amounts, flags, whole objects), has properties
without a name where a record's columns are spread, and knows no null for what may be missing. So a plain `string` is
not judged, null is let pass, and everything else (names, required ones, integers, booleans, lists) is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from tests.sandbox.vendor_schema import SPECS_VARIABLE

FILE_NAME = "wegive.openapi.json"
BASE = "/api"
# A list's rows are `string` in the document; these are the shapes it has for them.
ROWS = {
    "transactions": "TransactionTableResource",
    "donors": "DonorTableResource",
    "funds": "FundResource",
    "fund-allocations": "FundAllocationResource",
    "campaigns": "CampaignViewResource",
    "scheduled-donations": "ScheduledDonationResource",
    "pledges": "PledgeViewResource",
    "soft-credits": "SoftCreditViewResource",
    "households": "HouseholdViewResource",
    "tags": "TagTableResource",
}
_REFERENCE = "#/components/schemas/"

Schema = dict[str, Any]


class WeGiveDocument:
    """The vendor's document, asked about single requests and answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._schemas: dict[str, Schema] = document["components"]["schemas"]

    @classmethod
    def from_environment(cls) -> WeGiveDocument | None:
        """The document in the folder that `GIFTBRIDGE_API_SPECS` names, or None."""
        path = Path(os.environ.get(SPECS_VARIABLE, "")) / FILE_NAME
        if not os.environ.get(SPECS_VARIABLE) or not path.exists():
            return None
        return cls(json.loads(path.read_text("utf-8")))

    def problems(self, entry: dict[str, Any]) -> list[str]:
        """What the document has against a request, as the sandbox's journal keeps it; empty when all is well."""
        operation = self._operation(entry["method"], entry["path"])
        if operation is None:
            return [f"{entry['method']} {entry['path']} is not declared"]
        return [*_query_problems(operation, entry), *_body_problems(operation, entry.get("body"))]

    def answer_problems(self, method: str, path: str, body: Any, status: int = 200) -> list[str]:
        """What the document has against an answer; list rows are held against the shapes in `ROWS`."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not declared"]
        declared = operation["responses"].get(str(status))
        if declared is None:
            return [f"{method} {path}: {status} is not declared"]
        if "$ref" in declared:
            declared = self._document["components"]["responses"][declared["$ref"].rsplit("/", 1)[1]]
        schema = declared["content"]["application/json"]["schema"]
        listed = next((choice for choice in schema.get("anyOf", ()) if "meta" in choice.get("properties", {})), None)
        found = self._errors(listed or schema, body)
        resource = path.rsplit("/", 1)[1]
        for row in body.get("data", ()) if listed and resource in ROWS else ():
            found += self._errors({"$ref": _REFERENCE + ROWS[resource]}, row)
        return found

    def names(self, schema: str) -> set[str]:
        """The property names of a shape, without the nameless one."""
        return set(self._schemas[schema]["properties"]) - {""}

    def queries(self, resource: str) -> list[str]:
        """A query for every parameter of a list: its first word, its maximum, or what is a number and a date."""
        operation = self._operation("GET", f"/dashboard/{resource}") or {}
        found: dict[str, Schema] = {}
        for item in operation.get("parameters", ()):
            inner = item["schema"].get("properties", {})
            found |= {f"{item['name']}[{key}]": schema for key, schema in inner.items()} or {
                item["name"]: item["schema"]
            }
        return [f"{name}={_legal(schema)}" for name, schema in found.items()]

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        bare = path.removeprefix(BASE)
        for declared, item in self._document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", r"\\d+", declared), bare):
                operation: dict[str, Any] | None = item.get(method.lower())
                return operation
        return None

    @cached_property
    def _relaxed(self) -> dict[str, Schema]:
        return {name: relaxed(schema) for name, schema in self._schemas.items()}

    def _errors(self, schema: Schema, value: Any) -> list[str]:
        return _errors({"$defs": self._relaxed, **relaxed(schema)}, value)


def relaxed(schema: Schema) -> Schema:
    """The schema as far as the document means it: see the module's text."""
    if "$ref" in schema:
        return {"$ref": "#/$defs/" + schema["$ref"].removeprefix(_REFERENCE)}
    if "anyOf" in schema:
        return {"anyOf": [*(relaxed(choice) for choice in schema["anyOf"]), {"type": "null"}]}
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else list(schema.get("type", ()))
    unjudged = "enum" not in schema and kinds == ["string"]
    if unjudged or ("object" in kinds and "properties" not in schema):
        return {}
    found: Schema = {"type": sorted({*kinds, "null"})} if kinds else {}
    if "array" in kinds:
        found["items"] = relaxed(schema.get("items", {}))
    return found | _members(schema) if "properties" in schema else found


def _members(schema: Schema) -> Schema:
    named = {name: relaxed(value) for name, value in schema["properties"].items() if name}
    required = [name for name in schema.get("required", []) if name]
    return {"properties": named, "required": required, "additionalProperties": "" in schema["properties"]}


def _strict(schema: Schema) -> Schema:
    """A request body's schema: undeclared fields refused, types as written."""
    if schema.get("type") == "array" or "array" in schema.get("type", ()):
        return {"type": schema["type"], "items": _strict(schema.get("items", {}))}
    if "properties" not in schema:
        return schema
    properties = {name: _strict(value) for name, value in schema["properties"].items()}
    return {**schema, "properties": properties, "additionalProperties": False}


def _body_problems(operation: dict[str, Any], body: Any) -> list[str]:
    declared = operation.get("requestBody")
    if declared is None:
        return [] if body is None else ["a body is not declared"]
    if body is None:
        return ["the body is missing"]
    return _errors(_strict(declared["content"]["application/json"]["schema"]), body)


def _query_problems(operation: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
    declared = {item["name"]: item["schema"] for item in operation.get("parameters", []) if item["in"] == "query"}
    for name in entry.get("repeated_query", []):
        yield f"query parameter {name} is repeated"
    for name, text in entry["query"].items():
        outer, _, inner = name.partition("[")
        schema = declared.get(outer)
        if schema is None:
            yield f"query parameter {outer} is not declared"
            continue
        if schema.get("type") == "object":
            schema = schema["properties"].get(inner.removesuffix("]"))
        if schema is None or (inner and declared[outer].get("type") != "object"):
            yield f"query parameter {name} is not declared"
        elif _errors(schema, _value(schema, text)):
            yield f"query parameter {name}: {text!r} does not fit"


def _legal(schema: Schema) -> Any:
    return schema["enum"][0] if "enum" in schema else schema.get("maximum", 20260101)


def _value(schema: Schema, text: str) -> Any:
    try:
        return float(text) if schema.get("type") == "number" else text
    except ValueError:
        return text


def _errors(schema: Schema, value: Any) -> list[str]:
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [_told(error) for error in validator.iter_errors(value)]


def _told(error: ValidationError) -> str:
    """The innermost mistake, so that a choice of shapes does not hide what is wrong."""
    while error.context:
        error = max(error.context, key=lambda inner: (len(inner.absolute_path), inner.validator != "type"))
    return f"{error.json_path}: {error.message[:300]}"
