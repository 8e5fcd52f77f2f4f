"""Refusals of the Platform API, as `application/problem+json`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

PROBLEM_JSON = "application/problem+json"


class ProblemError(Exception):
    """A request is refused with an HTTP status and one of the contract's codes.

    `detail` holds no personal data; `members` are further members of the answer, `headers` its headers.
    """

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **members: Any):
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self) -> JSONResponse:
        """The refusal as an answer."""
        body = {
            "type": f"urn:platform-api:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{uuid.uuid4()}",
            **self.members,
        }
        return JSONResponse(body, self.status, self.headers, PROBLEM_JSON)


def not_found(what: str) -> ProblemError:
    """No such record in the organisation."""
    return ProblemError(404, "not-found", f"The organisation has no such {what}.")


def bad_request(detail: str) -> ProblemError:
    """A request that cannot be read."""
    return ProblemError(400, "bad-request", detail)
