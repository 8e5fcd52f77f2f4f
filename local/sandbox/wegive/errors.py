"""Refusals in the vendor's form: `{"message"}`, for bad values `{"message", "errors": {field: [text]}}`."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refused call: HTTP status, the vendor's message under its `name`, and the mistakes by field."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: dict[str, list[str]] | None = None,
        headers: dict[str, str] | None = None,
        name: str = "message",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or {}
        self.name = name

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {self.name: self.message} | ({} if self.errors is None else {"errors": self.errors})


def invalid(errors: dict[str, list[str]]) -> ApiError:
    """Values that are not allowed; the message is the first mistake with the number of the others."""
    texts = [text for found in errors.values() for text in found]
    others = len(texts) - 1
    more = f" (and {others} more error{'s' if others > 1 else ''})" if others else ""
    return ApiError(422, texts[0] + more, errors)


def must_be(name: str, what: str) -> ApiError:
    """One value of a wrong shape."""
    return invalid({name: [f"The {spoken(name)} field must be {what}."]})


def spoken(name: str) -> str:
    """A field's name as messages write it."""
    return name.replace("_", " ")


def not_found(model: str, row_id: object) -> ApiError:
    """No such record in the key's organisation."""
    return ApiError(404, f"No query results for model [{model}] {row_id}")


def no_route(path: str) -> ApiError:
    """No such path."""
    return ApiError(404, f"The route {path.strip('/')} could not be found.")


def no_method(method: str, path: str, supported: str) -> ApiError:
    """The path is there, the method is not."""
    route = path.strip("/")
    return ApiError(405, f"The {method} method is not supported for route {route}. Supported methods: {supported}.")
