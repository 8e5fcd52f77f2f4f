"""Errors as problem documents (RFC 9457): one table from meaning to status. Never a trace, never what was sent."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestUnsupportedContentType, RequestValidationError

from giftbridge.errors import (
    Conflict,
    Defer,
    Disconnected,
    GiftbridgeError,
    Invalid,
    NotFound,
    Park,
    Paused,
    Reject,
    Retry,
)

CONTENT_TYPE: Final = "application/problem+json"
STATUS: Final[Mapping[type[GiftbridgeError], HTTPStatus]] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Paused: HTTPStatus.CONFLICT,
    Disconnected: HTTPStatus.CONFLICT,
    Park: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reject: HTTPStatus.UNPROCESSABLE_ENTITY,
    Defer: HTTPStatus.SERVICE_UNAVAILABLE,
    Retry: HTTPStatus.BAD_GATEWAY,
}


def problem(status: HTTPStatus, code: str, detail: str, **more: Any) -> Response[str]:
    """One problem document; `code` is stable and machine-readable."""
    body = {"type": f"urn:giftbridge:problem:{code}", "title": status.phrase, "status": status.value, "detail": detail}
    return Response(status.value, CONTENT_TYPE, json.dumps({**body, **more}))


def status_of(error: GiftbridgeError) -> HTTPStatus:
    """What an error means to whoever asked over HTTP."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), HTTPStatus.INTERNAL_SERVER_ERROR)


def of_error(error: GiftbridgeError, now: datetime) -> Response[str]:
    """The document of one of our errors."""
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["errors"] = [{"path": path, "detail": why} for path, why in error.mistakes]
    if isinstance(error, Conflict) and error.ids:
        more["ids"] = list(error.ids)
    told = problem(status_of(error), error.code, str(error), **more)
    if isinstance(error, Defer):
        told.headers["Retry-After"] = str(max(1, round((error.until - now).total_seconds())))
    return told


def of_validation(error: RequestValidationError | RequestUnsupportedContentType) -> Response[str]:
    """What does not fit the API's description, by place; values are not repeated."""
    errors = [{"path": _path(each["loc"]), "detail": str(each["msg"])} for each in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "The request does not fit the API.", errors=errors)


def no_such_path(_: NotFoundError) -> Response[str]:
    """Nothing is served there."""
    return problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing here.")


def unauthorised() -> Response[str]:
    """No key, or one that nobody holds."""
    told = problem(HTTPStatus.UNAUTHORIZED, "unauthorised", "Send `Authorization: Bearer <your platform's API key>`.")
    told.headers["WWW-Authenticate"] = 'Bearer realm="giftbridge"'
    return told


def bug() -> Response[str]:
    """Something that must not happen; the log says what."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "bug", "Something went wrong here. It was written down.")


def _path(location: Sequence[int | str]) -> str:
    """Without the word for where it came in, and for which form it was held against: people know their body."""
    parts = [str(part) for part in location if not str(part).startswith("[")]
    return ".".join(parts[1:] or parts)
