"""The ASGI layer in front of a sandbox: it keeps the journal and plays the faults on the wire."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import Fault, FaultPlan
from local.sandbox.common.journal import Entry, Journal, new_entry

CONTROL_PREFIX = "/_sandbox"
_HTML = b"<!DOCTYPE html><html><body><h1>Service temporarily unavailable</h1></body></html>"


class Tenant(Protocol):
    """One isolated vendor account: its own faults, journal and clock."""

    faults: FaultPlan
    journal: Journal
    clock: Clock


@dataclass
class Answer:
    """A response held back, to be sent, spoilt or dropped."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def capture(self, message: Message) -> None:
        """An ASGI `send` that collects instead of sending."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class WireMiddleware:
    """Keeps one journal entry per request and plays the fault that hits it.

    `resolve` names the tenant of a request from its scope; `shared` holds the faults for any request.
    """

    def __init__(self, app: ASGIApp, resolve: Callable[[Scope], Tenant], shared: Tenant) -> None:
        self.app = app
        self.resolve = resolve
        self.shared = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; control calls and lifespan pass untouched."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self.app(scope, receive, send)
            return
        await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        tenant, body, started = self.resolve(scope), await _read_body(receive), time.perf_counter()
        entry = _entry(scope, body, tenant.clock.now())
        tenant.journal.add(entry)
        fault = self._strike(tenant, entry)
        entry.fault = fault.mode if fault else None
        answer = await self._answer(scope, body, fault)
        if fault is None or fault.mode == "slow":
            await _send(answer, send)
            entry.status = answer.status
        else:
            entry.status = await _spoil(fault, answer, scope, receive, send)
        entry.seconds = round(time.perf_counter() - started, 4)

    def _strike(self, tenant: Tenant, entry: Entry) -> Fault | None:
        own = tenant.faults.strike(entry.method, entry.path)
        if own is not None or tenant is self.shared:
            return own
        return self.shared.faults.strike(entry.method, entry.path)

    async def _answer(self, scope: Scope, body: bytes, fault: Fault | None) -> Answer:
        answer = Answer()
        if fault is not None and fault.effect == "late":
            await asyncio.sleep(fault.seconds)
        if fault is None or fault.takes_effect:
            await self.app(scope, _replay(body), answer.capture)
        if fault is not None and fault.effect != "late":
            await asyncio.sleep(fault.seconds)
        return answer


def _entry(scope: Scope, body: bytes, now: float) -> Entry:
    headers = dict(Headers(scope=scope))
    return new_entry(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, body, now)


async def _read_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while (message := await receive())["type"] == "http.request":
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(chunks)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _send(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _spoil(fault: Fault, answer: Answer, scope: Scope, receive: Receive, send: Send) -> int:
    """Play a fault in place of the answer; returns the status the client saw (0: none)."""
    if fault.mode in {"reset_before", "reset_after"}:
        await _drop(scope, receive)
        return 0
    if fault.mode == "truncated":
        await _send_half(answer, scope, receive, send)
        return answer.status
    spoilt = _spoilt(fault, answer)
    await _send(spoilt, send)
    return spoilt.status


def _spoilt(fault: Fault, answer: Answer) -> Answer:
    if fault.mode == "invalid_json":
        body = answer.body[: len(answer.body) // 2]
        return Answer(answer.status, _headers(body, "application/json"), body)
    if fault.mode == "html":
        status = fault.status if "status" in fault.model_fields_set else 200
        return Answer(status, _headers(_HTML, "text/html"), _HTML)
    body = b"" if fault.body is None else json.dumps(fault.body).encode()
    extra = {name.encode(): value.encode() for name, value in fault.headers.items()}
    if fault.retry_after is not None:
        extra[b"retry-after"] = str(fault.retry_after).encode()
    return Answer(fault.status, [*_headers(body, "application/json"), *extra.items()], body)


def _headers(body: bytes, content_type: str) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]


async def _send_half(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
    _transport(scope).close()
    await _gone(receive)


async def _drop(scope: Scope, receive: Receive) -> None:
    _transport(scope).abort()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(scope: Scope) -> Any:
    return scope["state"]["transport"]
