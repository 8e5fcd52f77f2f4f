"""Refusals as the vendor writes them: `{"message"}`, `{"message", "modelState"}`, plain text, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

DENIED = "Authorization has been denied for this request."
NOT_PERMITTED = "The current user does not have permissions to perform this action."


class ApiError(Exception):
    """A refused call: HTTP status and body (JSON when it is a dict, plain text when a string, else empty)."""

    def __init__(
        self, status: int, body: dict[str, Any] | str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = headers or {}


def in_target_envelope(body: dict[str, Any]) -> dict[str, Any]:
    """A refusal in the envelope that the vendor's new documents say the API is moving to."""
    fields = body.get("modelState", {})
    details = [{"field": name, "code": "INVALID", "message": texts[0]} for name, texts in fields.items()]
    return {"error": {"code": "VALIDATION_FAILED", "message": body["message"], "details": details}}


def refused(message: str) -> ApiError:
    """A business rule says no."""
    return ApiError(400, {"message": message})


def invalid_request(fields: Iterable[str]) -> ApiError:
    """The body could not be bound; `fields` are `parameter.field` paths."""
    state = {field: ["An error has occurred."] for field in fields}
    return ApiError(400, {"message": "The request is invalid.", "modelState": state})


def not_found() -> ApiError:
    """No such record or path: the vendor's 404 has no body."""
    return ApiError(404)


def denied() -> ApiError:
    """No credentials, or none that are good (any more): the vendor's 401 is text."""
    return ApiError(401, DENIED)


def not_permitted() -> ApiError:
    """The key's or user's permission group does not allow this: the vendor answers 400, not 403."""
    return refused(NOT_PERMITTED)
