"""The sandbox as an ASGI application: vendor API, consent page, control routes, journal and faults."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from local.sandbox.bloomerang.api import BASE, find_route, serve
from local.sandbox.bloomerang.call import Call
from local.sandbox.bloomerang.control import routes as control_routes
from local.sandbox.bloomerang.errors import ApiError, forbidden, invalid, invalid_credentials, missing_authorization
from local.sandbox.bloomerang.oauth import routes as oauth_routes
from local.sandbox.bloomerang.world import Caller, World
from local.sandbox.common.control import refused
from local.sandbox.common.statefile import kept_in, load_state
from local.sandbox.common.wire import CONTROL_PREFIX, Tenant, WireMiddleware

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def build_app(world: World, state_file: Path | None = None) -> ASGIApp:
    """The application over a world; with a state file the world is read from it and kept in it."""
    state = load_state(state_file) if state_file else None
    if state is not None:
        world.load(state)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with kept_in(state_file, world.dump, lambda: world.version):
            yield

    app = Starlette(
        routes=[
            *control_routes(world),
            *oauth_routes(world),
            Route(f"{BASE}/{{path:path}}", _endpoint(world), methods=_METHODS),
        ],
        exception_handlers={ApiError: _api_error, KeyError: _control_error, ValueError: _control_error},
        lifespan=lifespan,
    )
    return WireMiddleware(app, lambda scope: _tenant(world, scope), world)


def credentials(headers: Headers) -> tuple[str | None, str | None]:
    """The private key and the access token of a request."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key"), token.strip() if scheme.lower() == "bearer" else None


def _tenant(world: World, scope: Scope) -> Tenant:
    return world.tenant_of(*credentials(Headers(scope=scope))) or world


def _endpoint(world: World) -> Any:
    async def endpoint(request: Request) -> Response:
        caller = _authenticate(world, request)
        _limit_rate(caller)
        match = find_route(request.method, request.url.path)
        _check_scope(caller, request)
        body = await _json_body(request)
        call = Call(caller, request.method, request.url.path, match.values, _query(request), body)
        if len(call.query) != len(request.query_params.multi_items()):
            raise invalid("Several values of a query parameter are joined by |")
        return JSONResponse(serve(call, match))

    return endpoint


def _authenticate(world: World, request: Request) -> Caller:
    key, token = credentials(request.headers)
    if key is None and "authorization" not in request.headers:
        raise missing_authorization()
    caller = world.caller(key, token)
    if caller is None:
        raise invalid_credentials()
    return caller


def _limit_rate(caller: Caller) -> None:
    limit = caller.database.options.rate_limit_per_minute
    if limit is None:
        return
    minute, second = divmod(caller.database.now(), 60)
    last, calls = caller.database.calls_by_minute
    calls = calls + 1 if last == minute else 1
    caller.database.calls_by_minute = (minute, calls)
    if calls > limit:
        wait = {"Retry-After": str(60 - second)} if caller.database.options.rate_limit_retry_after else {}
        raise ApiError(429, 0, "Too many requests", wait)


def _check_scope(caller: Caller, request: Request) -> None:
    reads = request.method == "GET" or request.url.path.rstrip("/").lower().endswith("/duplicates")
    if caller.scope == "ViewOnly" and not reads:
        raise forbidden("The user does not have permission to do this")


async def _json_body(request: Request) -> Any:
    raw = await request.body()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise invalid("The request body is not valid JSON") from error


def _query(request: Request) -> dict[str, str]:
    return dict(request.query_params)


async def _control_error(request: Request, error: Exception) -> Response:
    """A control call's mistake is an answer; in the vendor's API it is a bug of the sandbox and stays one."""
    if request.url.path.startswith(CONTROL_PREFIX):
        return await refused(request, error)
    raise error


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.status, error.headers)
