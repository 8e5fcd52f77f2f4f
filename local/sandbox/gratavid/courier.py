"""Posting notifications, in the background of the server's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx

from local.sandbox.gratavid.options import Options
from local.sandbox.gratavid.records import Notification

Done = Callable[[Notification], None]
"""Told of a notification that was delivered or given up."""


class Courier:
    """Posts for every account; `parallel` notifications of one account at a time, in the order they were handed in."""

    def __init__(self) -> None:
        self._tasks: dict[str, set[asyncio.Task[None]]] = {}
        self._lanes: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Courier:
        self._http = httpx.AsyncClient(follow_redirects=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [task for tasks in self._tasks.values() for task in tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    def hand_in(self, account: str, notification: Notification, options: Options, done: Done) -> None:
        """Begin to post a notification."""
        notification.state = "pending"
        task = asyncio.get_running_loop().create_task(self._deliver(account, notification, options, done))
        tasks = self._tasks.setdefault(account, set())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def quiet(self, account: str) -> None:
        """Wait until nothing of an account is on its way."""
        while tasks := self._tasks.get(account):
            await asyncio.wait(list(tasks))

    async def _deliver(self, account: str, notification: Notification, options: Options, done: Done) -> None:
        await asyncio.sleep(options.delay)
        async with self._lane(account, options.parallel):
            taken = await self._post(notification, options.timeout_seconds)
        for pause in options.retry_seconds:
            if taken:
                break
            await asyncio.sleep(pause)
            taken = await self._post(notification, options.timeout_seconds)
        notification.state = "delivered" if taken else "failed"
        done(notification)

    def _lane(self, account: str, width: int) -> asyncio.Semaphore:
        return self._lanes.setdefault((account, width), asyncio.Semaphore(width))

    async def _post(self, notification: Notification, timeout: float) -> bool:
        assert self._http is not None, "the courier was not started"
        headers = {"content-type": notification.content_type}
        try:
            answer = await self._http.post(
                notification.url, content=notification.body.encode(), headers=headers, timeout=timeout
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            notification.attempts.append(type(error).__name__)
            return False
        notification.attempts.append(answer.status_code)
        return answer.is_success
