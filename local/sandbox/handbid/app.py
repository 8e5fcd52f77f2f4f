"""The sandbox as an ASGI application: the Platform API as its document declares it, and its control."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from local.sandbox.common.wire import Tenant, WireMiddleware
from local.sandbox.handbid.contract import Operation, operations
from local.sandbox.handbid.control import control_routes, error_handlers
from local.sandbox.handbid.organisation import Organisation
from local.sandbox.handbid.platform_api import HANDLERS, Call
from local.sandbox.handbid.problems import ProblemError, not_found
from local.sandbox.handbid.store import KeptAnswer
from local.sandbox.handbid.world import World

KEY_LIFETIME_SECONDS = 30 * 24 * 3600


def build_app(state_file: Path | None = None) -> Starlette:
    """The application; with a state file it goes on where it ended."""
    world = World(state_file)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        with contextlib.closing(world):
            async with world.courier:
                yield

    app = Starlette(
        routes=[*control_routes(world), *(_route(world, operation) for operation in operations())],
        middleware=[Middleware(WireMiddleware, resolve=lambda scope: _tenant(world, scope), shared=world.shared)],
        exception_handlers={**error_handlers(), HTTPException: _unknown_path},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _tenant(world: World, scope: Scope) -> Tenant:
    segments = scope["path"].split("/")
    found = world.organisations.get(segments[2]) if len(segments) > 2 else None
    return found or world.shared


async def _unknown_path(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return ProblemError(error.status_code, "not-found", "There is no such path or method.").response()


def _route(world: World, operation: Operation) -> Route:
    return Route(operation.path, _endpoint(world, operation), methods=[operation.method])


def _endpoint(world: World, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            organisation = _admit(world, request)
        except ProblemError as problem:
            return problem.response()
        return _within_rate(organisation, world, operation, request, await request.body())

    return endpoint


def _admit(world: World, request: Request) -> Organisation:
    """The organisation the token opens; raises ProblemError 401 or, for another one's path, 404."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    organisation = world.by_token(token.strip()) if scheme.lower() == "bearer" else None
    if organisation is None:
        raise ProblemError(
            401, "unauthorized", "The token is missing, unknown or revoked.", {"WWW-Authenticate": "Bearer"}
        )
    if organisation.id != request.path_params["org"]:
        raise not_found("organisation")
    return organisation


def _within_rate(
    organisation: Organisation, world: World, operation: Operation, request: Request, raw: bytes
) -> Response:
    rate = organisation.spend()
    if rate is None:
        wait = str(organisation.seconds_until_room())
        return ProblemError(429, "rate-limited", "Too many requests.", {"Retry-After": wait}).response()
    try:
        response = _perform(operation, _read(organisation, world, operation, request, raw))
    except ProblemError as problem:
        response = problem.response()
    response.headers["RateLimit-Limit"] = str(rate.limit)
    response.headers["RateLimit-Remaining"] = str(rate.left)
    response.headers["RateLimit-Reset"] = str(rate.reset)
    return response


def _read(organisation: Organisation, world: World, operation: Operation, request: Request, raw: bytes) -> Call:
    query = dict(request.query_params)
    return Call(
        organisation=organisation,
        courier=world.courier,
        method=request.method,
        url_path=request.url.path,
        path=operation.read_parameters("path", request.path_params),
        query=operation.read_parameters("query", query),
        headers=operation.read_parameters("header", request.headers),
        body=operation.read_body(request.headers.get("content-type", ""), raw),
    )


def _perform(operation: Operation, call: Call) -> Response:
    handler = HANDLERS[operation.id]
    with call.organisation.store.transaction():
        if not operation.idempotent_by_key:
            return handler(call)
        return _once(call, handler)


def _once(call: Call, handler: Callable[[Call], Response]) -> Response:
    """Have the effect of an idempotency key once, and its answer as often as it is asked for."""
    organisation, key = call.organisation, str(call.headers["Idempotency-Key"])
    now, request = organisation.clock.now(), _digest(call)
    kept = organisation.store.answer(organisation.id, key, now - KEY_LIFETIME_SECONDS)
    if kept is not None:
        return _replayed(kept, request)
    response = handler(call)
    answer = KeptAnswer(request, response.status_code, response.headers.get("etag"), bytes(response.body))
    organisation.store.keep_answer(organisation.id, key, now, answer)
    return response


def _replayed(kept: KeptAnswer, request: str) -> Response:
    if kept.request != request:
        raise ProblemError(422, "idempotency-key-reused", "The key was used for another request before.")
    headers = {"Idempotency-Replayed": "true"} | ({"ETag": kept.etag} if kept.etag else {})
    return Response(kept.body, kept.status, headers, "application/json")


def _digest(call: Call) -> str:
    text = json.dumps([call.method, call.url_path, call.body], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
