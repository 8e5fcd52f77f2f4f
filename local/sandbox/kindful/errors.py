"""Refusals. Kindful documents only the codes 401, 404 and 500, and no form of their bodies."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refused call: HTTP status and a message; `html` refusals come as a page, not as JSON."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None, *, html: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
        self.html = html

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {"error": self.message}


def unauthorized(status: int = 401) -> ApiError:
    """The credential is missing or no longer good; it may be told as a missing page."""
    return ApiError(status, "Not authorized" if status == 401 else "Page not Found")


def not_found() -> ApiError:
    """No such path or record."""
    return ApiError(404, "Page not Found")


def broken(message: str) -> ApiError:
    """A request Kindful fails on."""
    return ApiError(500, message)
