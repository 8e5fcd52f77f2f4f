"""Every call that leaves the process: recorded, or the end of the process."""

import os
import traceback
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

import httpx

from giftbridge.jobs.context import App
from local.sandbox.common.journal import general_path, is_read

Moment = Literal["before", "after"]
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Decrypt", "GenerateDataKey"})


class Killed(BaseException):
    """The process is gone: no `except Exception` may catch it."""


@dataclass(frozen=True)
class Site:
    """What is called, from which functions of ours."""

    call: str
    trail: tuple[str, ...]

    @property
    def has_effect(self) -> bool:
        """Whether anything outside is different after it."""
        operation = self.call.rpartition(":")[2]
        return operation not in READS and not is_read(self.call)

    def __str__(self) -> str:
        return f"{self.call} in {' < '.join(self.trail[:3])}"


@dataclass
class Tap:
    """Sits on an application's clients. Once dead, nothing goes out any more, not even from a `finally`."""

    calls: list[Site] = field(default_factory=list)
    kill_at: int = -1
    moment: Moment = "before"
    dead: bool = False

    def attach(self, app: App) -> None:
        """Listen to all clients."""
        for client in (app.links.db.client, app.doorbells.client, app.vault.client, app.bus.client, app.exports.client):
            events: Any = client.meta.events
            for event, listener in (("before-call.*.*", self._aws_before), ("after-call.*.*", self._aws_after)):
                events.unregister(event, unique_id=f"tap-{event}")  # else the first tap would stay the only one
                events.register(event, listener, unique_id=f"tap-{event}")
        app.client.event_hooks = {"request": [self._http_before], "response": [self._http_after]}

    def _aws_before(self, model: Any, **_: Any) -> None:
        self._before(f"{model.service_model.service_name}:{model.name}")

    def _aws_after(self, **_: Any) -> None:
        self._after()

    def _http_before(self, request: httpx.Request) -> None:
        self._before(f"{request.method} {general_path(request.url.path)}")

    def _http_after(self, _response: httpx.Response) -> None:
        self._after()

    def _before(self, call: str) -> None:
        if self.dead:
            raise Killed
        self.calls.append(Site(call, _trail()))
        if self.moment == "before":
            self._perhaps_die()

    def _after(self) -> None:
        if self.dead:
            raise Killed
        if self.moment == "after":
            self._perhaps_die()

    def _perhaps_die(self) -> None:
        if len(self.calls) - 1 == self.kill_at:
            self.dead = True
            raise Killed


def _trail() -> tuple[str, ...]:
    """Functions of the product on the stack, innermost first."""
    frames = traceback.extract_stack()
    ours = [frame for frame in reversed(frames) if "/giftbridge/" in frame.filename and not frame.name.startswith("<")]
    return tuple(frame.name for frame in ours[:4])


def some_kills(calls: list[Site]) -> list[tuple[int, Moment]]:
    """Every third of them; all with FULL=1, as there are many jobs and each kill is played to the end."""
    return distinct_kills(calls)[:: 1 if os.environ.get("FULL") else 3]


def distinct_kills(calls: list[Site]) -> list[tuple[int, Moment]]:
    """Before and after the first and the last call of every distinct site, each state of the world outside once.

    A process keeps nothing when it dies, so it makes no difference where between two effects that happens.
    """
    first: dict[Site, int] = {}
    last: dict[Site, int] = {}
    for number, site in enumerate(calls):
        first.setdefault(site, number)
        last[site] = number
    done = list(accumulate((site.has_effect for site in calls), initial=0))
    kills: dict[int, tuple[int, Moment]] = {}
    for number in sorted({*first.values(), *last.values()}):
        kills.setdefault(done[number], (number, "before"))
        kills.setdefault(done[number + 1], (number, "after"))
    return list(kills.values())
