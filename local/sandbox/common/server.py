"""Running a sandbox: in this process's main thread, or in a thread of a test."""

from __future__ import annotations

import argparse
import asyncio
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_START_SECONDS = 10.0


class DroppableProtocol(H11Protocol):
    """HTTP whose requests can reach their own connection, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Hand the transport on in the requests' state."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def server_config(app: ASGIApp, port: int) -> uvicorn.Config:
    """How every sandbox is served."""
    return uvicorn.Config(
        app,
        host=HOST,
        port=port,
        http=DroppableProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
    )


def serve(app: ASGIApp, port: int) -> None:
    """Serve until a signal ends the process."""
    uvicorn.Server(server_config(app, port)).run()


def serve_from_command_line(title: str, build: Callable[[Path | None], ASGIApp], port: int) -> None:
    """Read `--port` and `--state-file`, and serve the sandbox of `title`."""
    parser = argparse.ArgumentParser(description=f"A sandbox of {title} on {HOST}")
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--state-file", type=Path, help="keep the state here, across restarts")
    arguments = parser.parse_args()
    serve(build(arguments.state_file), arguments.port)


class ServerThread:
    """Serves an application on a free port (or `port`) from a thread, as a context manager."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        # The protocol is named because asyncio sets TCP_NODELAY only then; without it each answer waits 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._server = uvicorn.Server(server_config(app, self.port))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def start(self) -> None:
        """Start the thread and wait until it answers; RuntimeError if it does not within 10 s."""
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """End the server and its thread."""
        self._server.should_exit = True
        self._thread.join(_START_SECONDS)
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class InThread:
    """Makes the control of a sandbox at a URL one of a sandbox in a thread, for `with`."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._thread = ServerThread(app, port)
        super().__init__(self._thread.url)  # type: ignore[call-arg]

    def close(self) -> None:
        """What the control adds: its connections end."""
        super().close()  # type: ignore[misc]

    def start(self) -> None:
        """Start serving."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; the state file, if any, is written."""
        self.close()
        self._thread.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
