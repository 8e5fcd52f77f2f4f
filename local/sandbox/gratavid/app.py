"""The sandbox as an ASGI application: vendor API, control routes, journal and faults."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from local.sandbox.common.control import problem, refused
from local.sandbox.common.statefile import kept_in, load_state
from local.sandbox.common.wire import CONTROL_PREFIX, Tenant, WireMiddleware
from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.api import operation, serve
from local.sandbox.gratavid.asked import Call
from local.sandbox.gratavid.control import routes as control_routes
from local.sandbox.gratavid.errors import ApiError, refused_key
from local.sandbox.gratavid.world import World

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def build_app(world: World, state_file: Path | None = None) -> ASGIApp:
    """The application over a world; with a state file the world is read from it and kept in it."""
    state = load_state(state_file) if state_file else None
    if state is not None:
        world.load(state)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with kept_in(state_file, world.dump, lambda: world.version), world.courier:
            yield

    api = _Api(world)
    app = Starlette(
        routes=[*control_routes(world), Route("/{path:path}", api.endpoint, methods=_METHODS)],
        exception_handlers={KeyError: _control_error, ValueError: _control_error},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return WireMiddleware(app, lambda scope: _tenant(world, scope), world)


def _tenant(world: World, scope: Scope) -> Tenant:
    keys = parse_qs(scope["query_string"].decode("latin-1")).get("apiKey", [""])
    return world.by_key(keys[-1]) or world


class _Api:
    def __init__(self, world: World) -> None:
        self._world = world

    async def endpoint(self, request: Request) -> Response:
        """One call of the vendor's API. The key travels in the query, as the connector declares, and nowhere else."""
        if request.url.path.startswith(CONTROL_PREFIX):
            return problem(404, "there is no such control call")
        key = request.query_params.get("apiKey", "")
        account = self._world.by_key(key)
        options = account.options if account else self._world.options
        try:
            if account is None or not account.keys[key]:
                raise refused_key()
            _limit_rate(account)
            query = dict(request.query_params)
            wanted = operation(request.method, request.url.path, query.get("event"))
            base = str(request.base_url).rstrip("/")
            content_type = request.headers.get("content-type", "")
            return serve(Call(account, query, content_type, await request.body(), base), wanted)
        except ApiError as error:
            return error.response(options)


def _limit_rate(account: Account) -> None:
    limit = account.options.rate_limit_per_minute
    if limit is None:
        return
    minute, second = divmod(int(account.clock.now()), 60)
    last, calls = account.calls_by_minute
    calls = calls + 1 if last == minute else 1
    account.calls_by_minute = (minute, calls)
    if calls > limit:
        wait = {"Retry-After": str(60 - second)} if account.options.rate_limit_retry_after else {}
        raise ApiError("rate", "Too many requests", wait)


async def _control_error(request: Request, error: Exception) -> Response:
    """A control call's mistake is an answer; in the vendor's API it is a bug of the sandbox and stays one."""
    if request.url.path.startswith(CONTROL_PREFIX):
        return await refused(request, error)
    raise error
