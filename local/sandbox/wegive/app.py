"""The sandbox as an ASGI application: vendor API, control routes, journal and faults."""

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

from local.sandbox.common.control import refused
from local.sandbox.common.statefile import kept_in, load_state
from local.sandbox.common.wire import CONTROL_PREFIX, Tenant, WireMiddleware
from local.sandbox.wegive.api import BASE, serve
from local.sandbox.wegive.control import routes as control_routes
from local.sandbox.wegive.errors import ApiError
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.store import Data
from local.sandbox.wegive.world import World

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
        routes=[*control_routes(world), Route(f"{BASE}/{{path:path}}", _endpoint(world), methods=_METHODS)],
        exception_handlers={ApiError: _api_error, KeyError: _control_error, ValueError: _control_error},
        lifespan=lifespan,
    )
    return WireMiddleware(app, lambda scope: _tenant(world, scope), world)


def key_of(headers: Headers) -> str | None:
    """The whole key behind `Bearer`, its bar included."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def _tenant(world: World, scope: Scope) -> Tenant:
    return world.tenant_of(key_of(Headers(scope=scope))) or world


def _endpoint(world: World) -> Any:
    async def endpoint(request: Request) -> Response:
        organisation = _authenticate(world, request)
        _limit_rate(organisation)
        pairs = request.query_params.multi_items()
        body = _json_body(await request.body())
        return JSONResponse(serve(organisation, request.method, request.url.path, pairs, body))

    return endpoint


def _authenticate(world: World, request: Request) -> Organisation:
    key = key_of(request.headers)
    organisation = world.caller(key)
    if organisation is None:
        known = world.tenant_of(key)
        raise ApiError(known.options.bad_key if known else 401, "Unauthenticated.")
    return organisation


def _limit_rate(organisation: Organisation) -> None:
    limit = organisation.options.rate_limit_per_minute
    if limit is None:
        return
    minute, second = divmod(organisation.now(), 60)
    last, calls = organisation.calls_by_minute
    calls = calls + 1 if last == minute else 1
    organisation.calls_by_minute = (minute, calls)
    if calls > limit:
        wait = {"Retry-After": str(60 - second)} if organisation.options.rate_limit_retry_after else {}
        raise ApiError(429, "Too Many Attempts.", headers=wait)


def _json_body(raw: bytes) -> Data:
    """The body's object; what is none counts as empty, and then lacks what is required."""
    try:
        read = json.loads(raw) if raw else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


async def _control_error(request: Request, error: Exception) -> Response:
    """A control call's mistake is an answer; in the vendor's API it is a bug of the sandbox and stays one."""
    if request.url.path.startswith(CONTROL_PREFIX):
        return await refused(request, error)
    raise error


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.status, error.headers)
