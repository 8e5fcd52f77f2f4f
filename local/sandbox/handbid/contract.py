"""The Platform API's document, read so that requests can be judged by it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from local.sandbox.handbid.problems import ProblemError, bad_request

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "platform-api.yaml"
METHODS = ("get", "put", "post", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of an operation."""

    name: str
    place: str
    required: bool
    is_list: bool
    is_integer: bool
    default: Any
    schema: Validator

    def read(self, text: str | None) -> Any:
        """The parameter's value, or its default; raises ProblemError 400 when it is missing or not as declared."""
        if text is None:
            if self.required:
                raise bad_request(f"The {self.place} parameter {self.name} is missing.")
            return self.default
        value = self._convert(text)
        for error in self.schema.iter_errors(value):
            raise bad_request(f"The {self.place} parameter {self.name} breaks {_rule(error)}.")
        return value

    def _convert(self, text: str) -> Any:
        if self.is_list:
            return text.split(",")
        return int(text) if self.is_integer and text.lstrip("-").isascii() and text.lstrip("-").isdigit() else text


@dataclass(frozen=True)
class Operation:
    """One operation of the document with what it takes."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, Validator]

    @property
    def idempotent_by_key(self) -> bool:
        """Whether its effect is tied to an `Idempotency-Key`."""
        return any(parameter.name == "Idempotency-Key" for parameter in self.parameters)

    def read_parameters(self, place: str, given: Mapping[str, str]) -> dict[str, Any]:
        """The declared parameters of one place (`path`, `query`, `header`) by name."""
        wanted = [parameter for parameter in self.parameters if parameter.place == place]
        if place == "query" and (unknown := set(given) - {parameter.name for parameter in wanted}):
            raise bad_request(f"Undeclared query parameters: {', '.join(sorted(unknown))}.")
        return {parameter.name: parameter.read(given.get(parameter.name)) for parameter in wanted}

    def read_body(self, content_type: str, raw: bytes) -> Any:
        """The JSON body; raises ProblemError 400 when it cannot be read and 422 when it is not as declared."""
        if not self.bodies:
            return None
        schema = self.bodies.get(content_type.partition(";")[0].strip().lower())
        if schema is None:
            raise bad_request(f"The body's content type must be one of: {', '.join(self.bodies)}.")
        body = _json(raw)
        if errors := [_mistake(error) for error in schema.iter_errors(body)]:
            raise ProblemError(422, "invalid", "The body is not as declared.", errors=errors)
        return body


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the document."""
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text("utf-8"))
    return tuple(_Reader(document).operations())


class _Reader:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._root = Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)

    def operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: dict[str, Any]) -> Operation:
        declared = item[method]
        parameters = [*item.get("parameters", ()), *declared.get("parameters", ())]
        content = declared.get("requestBody", {}).get("content", {})
        return Operation(
            id=declared["operationId"],
            method=method.upper(),
            path=path,
            parameters=tuple(self._parameter(self._resolve(parameter)) for parameter in parameters),
            bodies={media: self._root.evolve(schema=entry["schema"]) for media, entry in content.items()},
        )

    def _parameter(self, declared: dict[str, Any]) -> Parameter:
        schema = declared["schema"]
        return Parameter(
            name=declared["name"],
            place=declared["in"],
            required=declared.get("required", False),
            is_list=schema.get("type") == "array",
            is_integer=schema.get("type") == "integer",
            default=schema.get("default"),
            schema=self._root.evolve(schema=schema),
        )

    def _resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        found: Any = self._document
        if "$ref" not in node:
            return node
        for name in node["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        resolved: dict[str, Any] = found
        return resolved


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise bad_request("The body is not JSON.") from None


def _mistake(error: ValidationError) -> dict[str, str]:
    pointer = "".join(f"/{part}" for part in error.absolute_path)
    return {"pointer": pointer, "detail": f"breaks {_rule(error)}"}


def _rule(error: ValidationError) -> str:
    """The rule that is broken, without the value that breaks it."""
    if error.validator == "additionalProperties":
        return error.message
    value = error.validator_value
    return f"{error.validator} {json.dumps(value)}" if isinstance(value, str | int | list) else str(error.validator)
