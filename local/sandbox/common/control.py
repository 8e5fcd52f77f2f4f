"""Control routes every sandbox has per tenant: journal, calls, faults, time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import Fault
from local.sandbox.common.wire import Tenant

FindTenant = Callable[[Request], Tenant]
"""The tenant a control request is about; raises KeyError when there is none."""


class TimeChange(BaseModel):
    """`set`: an ISO moment to become the present; `advance`: seconds; `freeze`: stop or restart time."""

    model_config = ConfigDict(extra="forbid")

    set: datetime | None = None
    advance: float | None = None
    freeze: bool | None = None


def tenant_routes(prefix: str, find: FindTenant) -> list[Route]:
    """The shared control routes below `prefix`."""
    routes = _TenantRoutes(find)
    return [
        Route(f"{prefix}/journal", routes.journal, methods=["GET", "DELETE"]),
        Route(f"{prefix}/calls", routes.calls, methods=["GET"]),
        Route(f"{prefix}/faults", routes.faults, methods=["GET", "POST", "DELETE"]),
        Route(f"{prefix}/time", routes.time, methods=["GET", "POST"]),
    ]


def problem(status: int, detail: str) -> JSONResponse:
    """A control call that could not be served."""
    return JSONResponse({"detail": detail}, status)


async def refused(_request: Request, error: Exception) -> Response:
    """Turn what a control call may raise (KeyError, ValueError) into an answer."""
    if isinstance(error, ValidationError):
        return problem(422, str(error))
    return problem(404 if isinstance(error, KeyError) else 422, f"{type(error).__name__}: {error}")


class _TenantRoutes:
    def __init__(self, find: FindTenant) -> None:
        self._find = find

    async def journal(self, request: Request) -> Response:
        journal = self._find(request).journal
        if request.method == "DELETE":
            journal.clear()
            return JSONResponse({})
        return JSONResponse(journal.dump(request.query_params.get("method"), request.query_params.get("path")))

    async def calls(self, request: Request) -> Response:
        return JSONResponse(self._find(request).journal.counts())

    async def faults(self, request: Request) -> Response:
        plan = self._find(request).faults
        if request.method == "DELETE":
            plan.clear()
        elif request.method == "POST":
            return JSONResponse(plan.add(Fault.model_validate(await request.json())).model_dump(), 201)
        return JSONResponse(plan.dump())

    async def time(self, request: Request) -> Response:
        clock = self._find(request).clock
        if request.method == "POST":
            change_time(clock, TimeChange.model_validate(await request.json()))
        return JSONResponse(clock.dump())


def change_time(clock: Clock, change: TimeChange) -> None:
    """Apply a change of time; a moment without an offset is UTC."""
    if change.set is not None:
        clock.set(change.set if change.set.tzinfo else change.set.replace(tzinfo=UTC))
    if change.advance is not None:
        clock.advance(change.advance)
    if change.freeze is not None:
        (clock.freeze if change.freeze else clock.thaw)()
