"""A client that holds every exchange against the Platform API's document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import httpx
import yaml
from jsonschema import Draft202012Validator

from local.sandbox.handbid.contract import DOCUMENT

Node = dict[str, Any]


class ContractBroken(AssertionError):
    """An exchange is not as the document declares it."""


class CheckedClient(httpx.Client):
    """An httpx client whose every exchange must keep the contract.

    Requests that the server refused as 400 or 422 were wrong on purpose; their answers are checked only.
    Raises ContractBroken.
    """

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request and check it with its answer."""
        response = super().send(request, **options)
        response.read()
        if mistakes := [*contract().mistakes(request, response)]:
            raise ContractBroken(f"{request.method} {request.url.path}: " + "; ".join(mistakes))
        return response


@cache
def contract() -> Contract:
    """The document, read once."""
    return Contract(yaml.safe_load(DOCUMENT.read_text("utf-8")))


class Contract:
    """The document as a judge of exchanges, apart from how the sandbox reads it."""

    def __init__(self, document: Node) -> None:
        self._document = document
        self._root = Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)
        self._paths = [(_path_pattern(path), item) for path, item in document["paths"].items()]

    def mistakes(self, request: httpx.Request, response: httpx.Response) -> Iterable[str]:
        """What is wrong with an exchange."""
        found = self._operation(request)
        if found is None:
            return [] if response.status_code in (404, 405) else ["the document has no such operation"]
        operation, parameters, path = found
        mistakes = [*self._answer_mistakes(operation, response)]
        if response.status_code not in (400, 422):
            mistakes += self._parameter_mistakes(parameters, request, path)
            mistakes += self._body_mistakes("request body", operation.get("requestBody"), request)
        return mistakes

    def webhook_mistakes(self, kind: str, headers: Mapping[str, str], body: bytes) -> Iterable[str]:
        """What is wrong with a webhook request."""
        operation = self._document["webhooks"][kind]["post"]
        request = httpx.Request("POST", "http://127.0.0.1/", headers=dict(headers), content=body)
        parameters = [self._resolved(parameter) for parameter in operation["parameters"]]
        yield from self._parameter_mistakes(parameters, request, {})
        yield from self._body_mistakes("webhook body", operation["requestBody"], request)

    def _operation(self, request: httpx.Request) -> tuple[Node, list[Node], Mapping[str, str]] | None:
        path = request.url.path[max(0, request.url.path.find("/organisations/")) :]
        for pattern, item in self._paths:
            if (match := pattern.fullmatch(path)) and request.method.lower() in item:
                operation = item[request.method.lower()]
                declared = [*item.get("parameters", ()), *operation.get("parameters", ())]
                return operation, [self._resolved(parameter) for parameter in declared], match.groupdict()
        return None

    def _parameter_mistakes(
        self, parameters: list[Node], request: httpx.Request, path: Mapping[str, str]
    ) -> Iterable[str]:
        given = {"query": dict(request.url.params), "header": request.headers, "path": path}
        declared = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
        for name in set(given["query"]) - declared:
            yield f"undeclared query parameter {name}"
        for parameter in parameters:
            text = given[parameter["in"]].get(parameter["name"])
            if text is not None:
                yield from self._value_mistakes(parameter["name"], parameter["schema"], text)
            elif parameter.get("required"):
                yield f"{parameter['name']} is missing"

    def _value_mistakes(self, name: str, declared: Node, text: str) -> Iterable[str]:
        schema = self._resolved(declared)
        value: Any = text.split(",") if schema.get("type") == "array" else text
        if schema.get("type") == "integer":
            value = int(text)
        return self._schema_mistakes(name, schema, value)

    def _answer_mistakes(self, operation: Node, response: httpx.Response) -> Iterable[str]:
        responses, status = operation["responses"], response.status_code
        declared = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if declared is None:
            yield f"undeclared status {status}"
            return
        answer = self._resolved(declared)
        for name, reference in answer.get("headers", {}).items():
            header = self._resolved(reference)
            if name in response.headers:
                yield from self._value_mistakes(name, header["schema"], response.headers[name])
            elif header.get("required"):
                yield f"the header {name} is missing"
        yield from self._body_mistakes(f"answer {status}", answer, response)

    def _body_mistakes(
        self, name: str, declared: Node | None, message: httpx.Request | httpx.Response
    ) -> Iterable[str]:
        if declared is None:
            return ["undeclared body"] if message.content else []
        media = message.headers.get("content-type", "").partition(";")[0]
        if media not in declared["content"]:
            return [f"{name}: undeclared content type {media}"]
        return self._schema_mistakes(name, declared["content"][media]["schema"], json.loads(message.content))

    def _schema_mistakes(self, name: str, schema: Node, value: Any) -> Iterable[str]:
        errors = self._root.evolve(schema=schema).iter_errors(value)
        return [f"{name}{error.json_path[1:]}: {error.message}" for error in errors]

    def _resolved(self, node: Node) -> Node:
        found: Node = self._document
        if "$ref" not in node:
            return node
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found


def _path_pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
