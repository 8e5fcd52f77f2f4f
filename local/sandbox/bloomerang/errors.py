"""Refusals in the vendor's form: `{"Message", "ErrorCode"}` with an HTTP status."""

from __future__ import annotations

from typing import Any

INVALID_CREDENTIALS = 109
MISSING_AUTHORIZATION = 110
NOT_FOUND = 202
REQUIRED_FIELD = 301
HAS_TRANSACTIONS = 404
# The list of codes was never found; the two below are this sandbox's own, and no client may lean on them.
INVALID_VALUE = 300
FORBIDDEN = 111


class ApiError(Exception):
    """A refused call: HTTP status, the vendor's message and code."""

    def __init__(self, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {"Message": self.message, "ErrorCode": self.code}


def invalid(message: str) -> ApiError:
    """A value that is not allowed."""
    return ApiError(400, INVALID_VALUE, message)


def required(name: str) -> ApiError:
    """A field that has to be there."""
    return ApiError(400, REQUIRED_FIELD, f"{name} is a required field")


def not_found(kind: str, record_id: int) -> ApiError:
    """No such record (`kind` in lower case, as the vendor writes it)."""
    return ApiError(404, NOT_FOUND, f"No {kind} with id {record_id} found")


def missing_authorization() -> ApiError:
    """No key and no token was sent."""
    return ApiError(401, MISSING_AUTHORIZATION, "Missing Authorization Header")


def invalid_credentials() -> ApiError:
    """The key or the token is not known, or no longer good."""
    return ApiError(401, INVALID_CREDENTIALS, "Invalid Credentials")


def forbidden(message: str) -> ApiError:
    """The user may not do this."""
    return ApiError(403, FORBIDDEN, message)
