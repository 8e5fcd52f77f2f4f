"""The sandbox as an ASGI application: vendor API, token endpoint, control routes, journal and faults."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from local.sandbox.common.control import problem, refused
from local.sandbox.common.statefile import kept_in, load_state
from local.sandbox.common.wire import CONTROL_PREFIX, Tenant, WireMiddleware
from local.sandbox.virtuous import imports
from local.sandbox.virtuous.api import BASE, find_route
from local.sandbox.virtuous.call import Call, Empty
from local.sandbox.virtuous.control import routes as control_routes
from local.sandbox.virtuous.errors import (
    ApiError,
    denied,
    in_target_envelope,
    invalid_request,
    not_found,
    not_permitted,
)
from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.tokens import routes as token_routes
from local.sandbox.virtuous.world import World

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
_READING_POSTS = ("query", "fullcontact", "fullgift", "search")


def build_app(world: World, state_file: Path | None = None) -> ASGIApp:
    """The application over a world; with a state file the world is read from it and kept in it."""
    state = load_state(state_file) if state_file else None
    if state is not None:
        world.load(state)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with world.courier, kept_in(state_file, world.dump, lambda: world.version):
            yield

    app = Starlette(
        routes=[
            *control_routes(world),
            *token_routes(world),
            Route("/{path:path}", _endpoint(world), methods=_METHODS),
        ],
        exception_handlers={
            HTTPException: _no_path,
            ApiError: _staff_refused,
            KeyError: _control_error,
            ValueError: _control_error,
        },
        lifespan=lifespan,
    )
    return WireMiddleware(app, lambda scope: _tenant(world, scope), world)


def bearer(headers: Headers) -> str:
    """The API key or access token of a request; empty when there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _tenant(world: World, scope: Scope) -> Tenant:
    return world.tenant_of(bearer(Headers(scope=scope))) or world


def _endpoint(world: World) -> Any:
    async def endpoint(request: Request) -> Response:
        if request.url.path.startswith(CONTROL_PREFIX):
            raise HTTPException(404)
        caller = world.caller(bearer(request.headers))
        if caller is None:
            return _refusal(denied())
        organisation = caller.organisation
        budget, body = _budget(organisation), await request.body()
        try:
            response = _serve(Call(caller, request.method, {}, _query(request)), request, body, budget)
        except ApiError as error:
            response = _refusal(error, target=organisation.options.errors == "target")
        world.courier.collect(organisation)
        response.headers.update(budget)
        return response

    return endpoint


def _serve(call: Call, request: Request, raw: bytes, budget: dict[str, str]) -> Response:
    organisation = call.organisation
    _within(organisation, budget)
    imports.catch_up(organisation)
    segments = _segments(request, organisation)
    handler, values = find_route(call.method, segments)
    reads = call.method == "GET" or segments[-1].lower() in _READING_POSTS
    if not reads and not call.caller.may_write:
        raise not_permitted()
    result = handler(Call(call.caller, call.method, values, call.query, _json(raw)))
    if isinstance(result, Empty):
        return Response(b"", 200, media_type="text/plain")
    return _json_response(result, 200, pretty=organisation.options.pretty_json)


def _budget(organisation: Organisation) -> dict[str, str]:
    left, reset = organisation.spend()
    return {
        "X-RateLimit-Limit": str(organisation.options.rate_limit_per_hour),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": str(reset),
    }


def _within(organisation: Organisation, budget: dict[str, str]) -> None:
    """429 once the hour's calls are used up, whoever used them."""
    if int(budget["X-RateLimit-Remaining"]) >= 0:
        return
    budget["X-RateLimit-Remaining"] = "0"
    wait = int(budget["X-RateLimit-Reset"]) - int(organisation.now())
    headers = {"Retry-After": str(wait)} if organisation.options.rate_limit_retry_after else {}
    raise ApiError(429, {"message": "API calls quota exceeded."}, headers)


def _segments(request: Request, organisation: Organisation) -> list[str]:
    """The path's decoded parts. An encoded slash is refused by default, as the vendor's server may do."""
    raw = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    if "%2f" in raw.lower() and organisation.options.encoded_slash == "refused":
        raise not_found()
    parts = [unquote(part) for part in raw.strip("/").split("/")]
    if parts[0].lower() != BASE:
        raise not_found()
    return parts[1:] or [""]


def _query(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.query_params.items()}


def _json(raw: bytes) -> Any:
    if not raw.strip():
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise invalid_request(["body"]) from error


def _refusal(error: ApiError, *, target: bool = False) -> Response:
    if isinstance(error.body, dict):
        body = in_target_envelope(error.body) if target else error.body
        response = _json_response(body, error.status, pretty=False)
    else:
        response = Response(error.body or b"", error.status, media_type="text/plain" if error.body else None)
    response.headers.update(error.headers)
    return response


def _json_response(value: Any, status: int, *, pretty: bool) -> Response:
    if pretty:
        text = json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\r\n")
    else:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status, media_type="application/json; charset=utf-8")


async def _no_path(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.url.path.startswith(CONTROL_PREFIX):
        return problem(error.status_code, error.detail)
    return Response(b"", error.status_code)


async def _control_error(request: Request, error: Exception) -> Response:
    """A control call's mistake is an answer; in the vendor's API it is a bug of the sandbox and stays one."""
    if request.url.path.startswith(CONTROL_PREFIX):
        return await refused(request, error)
    raise error


async def _staff_refused(_request: Request, error: Exception) -> Response:
    """What the vendor would refuse the staff too (only control calls get here)."""
    assert isinstance(error, ApiError)
    return problem(422, f"{error.status} {error.body}")
