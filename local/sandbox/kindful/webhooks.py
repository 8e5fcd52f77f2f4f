"""Webhooks: one event at a time in their order, each repeated until it is taken; nothing is signed.

So says the vendor's page on webhooks; that a failing receiver blocks all events behind it follows from it.
"""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, Self

import httpx

from local.sandbox.kindful.account import Account, Event
from local.sandbox.kindful.events import posted_body
from local.sandbox.kindful.jobs import tick
from local.sandbox.kindful.world import World

PULSE_SECONDS = 0.02
TIMEOUT_SECONDS = 10.0


class Courier:
    """Lets time pass for every account and delivers their events, in the background of the server's loop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._pulse: asyncio.Task[None] | None = None
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(follow_redirects=False)
        self._pulse = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [task for task in (self._pulse, *self._busy.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    async def post(self, url: str, body: Any) -> int | str:
        """POST once; the answer's status, or the name of the error."""
        assert self._http is not None, "the courier was not started"
        content = body if isinstance(body, str) else json.dumps(body)
        try:
            answer = await self._http.post(
                url, content=content.encode(), headers={"content-type": "application/json"}, timeout=TIMEOUT_SECONDS
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        return answer.status_code

    async def _beat(self) -> None:
        while True:
            for account in list(self._world.accounts.values()):
                tick(account)
                if self._is_free(account) and next_event(account) is not None:
                    self._busy[account.name] = asyncio.create_task(self._deliver(account))
            await asyncio.sleep(PULSE_SECONDS)

    def _is_free(self, account: Account) -> bool:
        return account.name not in self._busy or self._busy[account.name].done()

    async def _deliver(self, account: Account) -> None:
        """Deliver the events of an account until none is left, or its webhook or itself is taken away."""
        while self._world.accounts.get(account.name) is account and (event := next_event(account)) is not None:
            assert account.webhook_url is not None
            outcome = await self.post(account.webhook_url, posted_body(account, event))
            event.attempts.append(outcome)
            account.moves += 1
            event.delivered = isinstance(outcome, int) and 200 <= outcome < 300
            if not event.delivered:
                await asyncio.sleep(account.options.webhook_retry_seconds)


def next_event(account: Account) -> Event | None:
    """The oldest event that is still to be delivered."""
    if account.webhook_url is None:
        return None
    events = account.events
    while account.first_event_open < len(events) and events[account.first_event_open].delivered:
        account.first_event_open += 1
    return events[account.first_event_open] if account.first_event_open < len(events) else None
