"""Refusals. The vendor documents none, so their status and their body go by the account's options."""

from __future__ import annotations

from typing import Any, Literal

from starlette.responses import JSONResponse, PlainTextResponse, Response

from local.sandbox.gratavid.options import Options

Kind = Literal["key", "input", "path", "method", "rate"]


class ApiError(Exception):
    """A refused call."""

    def __init__(self, kind: Kind, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.headers = headers or {}

    def response(self, options: Options) -> Response:
        """The answer, in the account's way."""
        status = self._status(options)
        if options.error_body == "empty":
            return Response(status_code=status, headers=self.headers)
        if options.error_body == "text":
            return PlainTextResponse(self.message, status, self.headers)
        return JSONResponse(self._body(options), status, self.headers)

    def _status(self, options: Options) -> int:
        if self.kind == "key":
            return options.refused_key_status
        if self.kind == "input":
            return options.input_error_status
        return {"path": 404, "method": 405, "rate": 429}[self.kind]

    def _body(self, options: Options) -> dict[str, Any]:
        if options.error_body == "error":
            return {"error": self.message}
        status = {"status": "error"} if options.error_body == "status" else {}
        return status | {"message": self.message}


def invalid(message: str) -> ApiError:
    """A request that is not what the connector declares."""
    return ApiError("input", message)


def required(name: str) -> ApiError:
    """A field or parameter that has to be there."""
    return invalid(f"{name} is required")


def refused_key() -> ApiError:
    """The key is missing, unknown or revoked."""
    return ApiError("key", "Invalid API key")
