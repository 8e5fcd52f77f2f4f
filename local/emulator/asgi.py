"""The emulator's front door: our own addresses first, all else is MiniStack's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from local.emulator import http_event, inner
from local.emulator.control import PREFIX as CONTROL
from local.emulator.control import Control, encoded
from local.emulator.snapshots import Snapshots

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class App:
    """ASGI application."""

    def __init__(self, control: Control, snapshots: Snapshots | None) -> None:
        self._control = control
        self._snapshots = snapshots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await inner.gateway.app(scope, receive, send)
        elif scope["path"].startswith(CONTROL):
            await _reply(send, *await asyncio.to_thread(self._asked, scope))
        else:
            await self._serve(scope, receive, send)

    def _asked(self, scope: Scope) -> tuple[int, Any]:
        return self._control.answer(scope["method"], scope["path"], scope["query_string"])

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        routed = http_event.routed(scope) if scope["path"].startswith(http_event.PREFIX + "/") else scope
        if routed is None:
            await _reply(send, 503, {"message": "No HTTP API is deployed yet"})
            return
        await inner.gateway.app(routed, receive, send)
        if self._snapshots is not None:
            self._snapshots.note_change()


async def _reply(send: Send, status: int, body: Any) -> None:
    content = encoded(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
