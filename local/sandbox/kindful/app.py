"""The sandbox as an ASGI application: vendor API, consent page, control routes, journal, faults, webhooks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from local.sandbox.common.control import refused
from local.sandbox.common.statefile import kept_in, load_state
from local.sandbox.common.wire import CONTROL_PREFIX, Tenant, WireMiddleware
from local.sandbox.kindful.account import Account
from local.sandbox.kindful.api import BASES, Call, serve
from local.sandbox.kindful.control import routes as control_routes
from local.sandbox.kindful.errors import ApiError
from local.sandbox.kindful.jobs import tick
from local.sandbox.kindful.oauth import routes as oauth_routes
from local.sandbox.kindful.webhooks import Courier
from local.sandbox.kindful.world import Family, World, credential_of

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def build_app(world: World, state_file: Path | None = None) -> ASGIApp:
    """The application over a world; with a state file the world is read from it and kept in it."""
    state = load_state(state_file) if state_file else None
    if state is not None:
        world.load(state)
    courier = Courier(world)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with courier, kept_in(state_file, world.dump, lambda: world.version):
            yield

    app = Starlette(
        routes=[
            *control_routes(world, courier),
            *oauth_routes(world),
            *(Route(f"{base}{{path:path}}", _endpoint(world, family), methods=_METHODS) for family, base in _BASES),
        ],
        exception_handlers={ApiError: _api_error, KeyError: _control_error, ValueError: _control_error},
        lifespan=lifespan,
    )
    return WireMiddleware(app, lambda scope: _tenant(world, scope), world)


_BASES: list[tuple[Family, str]] = sorted(BASES.items())


def _tenant(world: World, scope: Scope) -> Tenant:
    return world.tenant_of(credential_of(Headers(scope=scope).get("authorization"))) or world


def _endpoint(world: World, family: Family) -> Any:
    async def endpoint(request: Request) -> Response:
        path = request.path_params["path"].rstrip("/")
        caller = world.caller(credential_of(request.headers.get("authorization")), family, path)
        _limit_rate(caller.account)
        tick(caller.account)
        body = await _json_body(request)
        call = Call(caller, "", dict(request.query_params), body)
        return JSONResponse(serve(request.method, path, call))

    return endpoint


def _limit_rate(account: Account) -> None:
    limit = account.options.rate_limit_per_minute
    if limit is None:
        return
    minute, second = divmod(account.now(), 60)
    last, calls = account.calls_by_minute
    calls = calls + 1 if last == minute else 1
    account.calls_by_minute = (minute, calls)
    if calls > limit:
        raise ApiError(429, "Too many requests", {"Retry-After": str(60 - second)})


async def _json_body(request: Request) -> Any:
    raw = await request.body()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise ApiError(500, "We're sorry, but something went wrong.", html=True) from error


async def _control_error(request: Request, error: Exception) -> Response:
    """A control call's mistake is an answer; in the vendor's API it is a bug of the sandbox and stays one."""
    if request.url.path.startswith(CONTROL_PREFIX):
        return await refused(request, error)
    raise error


async def _api_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    if error.html:
        return HTMLResponse(f"<h1>{error.message}</h1>", error.status, error.headers)
    return JSONResponse(error.body(), error.status, error.headers)
