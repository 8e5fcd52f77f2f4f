"""One Virtuous sandbox for all tests, a fresh organisation of it per test, and a listener for its webhooks.

Test modules name this module in `pytest_plugins`; what they import is in `virtuous_help`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sandbox.common.server import ServerThread
from local.sandbox.virtuous import VirtuousOrganisation, VirtuousSandbox
from tests.sandbox.virtuous_help import Received


@pytest.fixture(scope="session")
def virtuous_server() -> Iterator[VirtuousSandbox]:
    """A running sandbox."""
    with VirtuousSandbox() as server:
        yield server


@pytest.fixture
def virtuous(virtuous_server: VirtuousSandbox) -> Iterator[VirtuousOrganisation]:
    """A fresh organisation with the default options, but hasty with its webhooks."""
    organisation = virtuous_server.organisation(webhook_retry_seconds=[0.02, 0.02])
    yield organisation
    organisation.call("DELETE", "")
    organisation.close()


@pytest.fixture(scope="session")
def virtuous_listeners() -> Iterator[tuple[str, dict[str, Received]]]:
    """A server that listens for everybody, by name: its address and what each was sent."""
    listeners: dict[str, Received] = {}

    async def take(request: Request) -> Response:
        return await listeners[request.path_params["name"]].take(request)

    with ServerThread(Starlette(routes=[Route("/hook/{name}", take, methods=["POST"])])) as server:
        yield server.url, listeners


@pytest.fixture
def virtuous_hook(virtuous: VirtuousOrganisation, virtuous_listeners: tuple[str, dict[str, Received]]) -> str:
    """The address of a listener of the organisation's own."""
    url, listeners = virtuous_listeners
    listeners[virtuous.name] = Received()
    return f"{url}/hook/{virtuous.name}"


@pytest.fixture
def virtuous_listener(
    virtuous: VirtuousOrganisation, virtuous_hook: str, virtuous_listeners: tuple[str, dict[str, Received]]
) -> Received:
    """What the listener was sent."""
    assert virtuous_hook.endswith(virtuous.name)
    return virtuous_listeners[1][virtuous.name]
