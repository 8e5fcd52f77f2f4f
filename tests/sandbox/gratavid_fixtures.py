"""A Gratavid sandbox per test module, a fresh account of it per test, and somebody who takes its notifications."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sandbox.common.server import ServerThread
from local.sandbox.gratavid import GratavidAccount, GratavidSandbox

ENDPOINT, MANAGE = "/api/integrationsEndpoint", "/api/manageIntegrations"
EVENTS = ("taskSent", "reply", "noteWatched", "unsubscribe", "stopText")
ADA = {"email": "ada@example.org", "firstName": "Ada", "lastName": "Lane", "customUserId": "1001"}


@dataclass
class Taken:
    """One notification as it arrived."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON of it."""
        return json.loads(self.raw)


@dataclass
class Listener:
    """Takes notifications at `url(secret)`; answers with the next of `statuses` (200 when none is left)."""

    base: str = ""
    taken: list[Taken] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def url(self, secret: str) -> str:
        """A secret address."""
        return f"{self.base}/hooks/{secret}"

    async def take(self, request: Request) -> Response:
        """Keep a request and answer it."""
        self.taken.append(Taken(request.url.path, dict(request.headers), await request.body()))
        await asyncio.sleep(self.seconds)
        status = self.statuses.pop(0) if self.statuses else 200
        return Response(status_code=status, headers={"Location": self.url("elsewhere")} if status == 302 else {})


@pytest.fixture(scope="module")
def gratavid_server() -> Iterator[GratavidSandbox]:
    """A running sandbox."""
    with GratavidSandbox() as server:
        yield server


@pytest.fixture
def gratavid(gratavid_server: GratavidSandbox) -> Iterator[GratavidAccount]:
    """A fresh account with the default options."""
    account = gratavid_server.account()
    yield account
    account.close()


@pytest.fixture(scope="module")
def listening() -> Iterator[Listener]:
    """A running listener for all tests of a module."""
    listener = Listener()
    with ServerThread(Starlette(routes=[Route("/hooks/{secret}", listener.take, methods=["POST"])])) as server:
        listener.base = server.url
        yield listener


@pytest.fixture
def listener(listening: Listener) -> Listener:
    """The listener, with nothing taken yet."""
    listening.taken, listening.statuses, listening.seconds = [], [], 0.0
    return listening


@pytest.fixture
def hooked(gratavid: GratavidAccount, listener: Listener) -> GratavidAccount:
    """The account, with one secret address per event."""
    for event in EVENTS:
        gratavid.subscribe(event, listener.url(event))
    return gratavid


def create_task(account: GratavidAccount, **fields: Any) -> httpx.Response:
    """A task for Ada, with other or further fields."""
    body = ADA | {"comments": "Ada gave $100"} | fields
    return account.api.post(ENDPOINT, params={"event": "createTask"}, json=body)


def send_note(account: GratavidAccount, **fields: Any) -> httpx.Response:
    """A note to Ada, with other or further fields."""
    body = ADA | ({} if "noteId" in fields else {"noteId": account.note()}) | fields
    return account.api.put(ENDPOINT, params={"event": "sendNote"}, json=body)


def sent(account: GratavidAccount, **fields: Any) -> str:
    """A note that reached Ada; the send's id."""
    return str(send_note(account, **fields).json()["gvSendId"])


def choices(account: GratavidAccount, event: str) -> httpx.Response:
    """`getUsers` or `getNotes`."""
    return account.api.get(MANAGE, params={"event": event})


def subscribe(account: GratavidAccount, event: str, url: str) -> httpx.Response:
    """`webhookSubscribe`."""
    query = {"event": "webhookSubscribe", "webookHookEvent": event}
    return account.api.post(MANAGE, params=query, json={"webhookURL": url})


def unsubscribe(account: GratavidAccount, **query: Any) -> httpx.Response:
    """`webhookUnsubscribe`."""
    return account.api.delete(MANAGE, params={"event": "webhookUnsubscribe", **query})
