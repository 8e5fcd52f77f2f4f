"""Where a chapter about one pair plays: an organisation, its connection, and what must happen there."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from local.stack import Stack
from local.story.cast import CALLS_PER_HOUR, LAG_SECONDS
from local.story.office import OVER, PATIENCE_SECONDS, Office, adds_up
from local.story.play import Unreadable
from local.story.stage import ops
from local.story.telling import Teller, Wrong

CLOCK = "ContactSyncFunctionClock"
TIMEOUT_SECONDS = 60
ANSWER_SECONDS = 1.0
QUICK = {"calls_per_hour": CALLS_PER_HOUR, "lookup_lag_seconds": LAG_SECONDS}

Found = TypeVar("Found")


@dataclass
class Scene:
    """One pair: who tells of it, and its organisation's office once that is connected."""

    teller: Teller
    stack: Stack
    unreadable: Unreadable
    closing: ExitStack
    office: Office = field(init=False)
    account: str = ""
    """The CRM's account, as operators name it."""

    def connect(self, pair: tuple[str, str], organisation: str, token: str, key: str, **settings: Any) -> Any:
        """Try the platform's token and the CRM's key, then connect; the answer."""
        platform, crm = pair
        self.office = Office(self._backend(platform), organisation)
        body = {"crm": crm, "credentials": {"api_key": key}, "platform_credentials": {"token": token}}
        tried = self.office.ask("POST", "/connections/test", body)["crm"]
        self.account = f"{crm}:{tried['id']}"
        body["settings"] = {platform: QUICK, crm: QUICK, **settings}
        made = self.office.ask("POST", "/connections", body, 201)
        self.office.connection = made["connection"]["id"]
        self.unreadable.connected(key, token, made["webhook"]["secret"] if made["webhook"] else "")
        return made

    def tick(self) -> None:
        """What the clock does each minute."""
        self.stack.fire(CLOCK)

    def sync(self, kind: str = "") -> Any:
        """Synchronize now; the run that is started, or the one of this kind, once it and all others have ended."""
        before = self.office.latest()
        started = self.office.here("POST", "/sync", status=202)
        if kind in ("", started["kind"]):
            run = self.office.see_through(started["id"])
        else:
            run = self.office.next_run(before[0]["id"] if before else "", kind)
        self.rest()
        if (run["state"], adds_up(run)) != ("done", True):
            raise Wrong(f"run {run['id']}: {run['state']}, {run['counts']}")
        return run

    def rest(self) -> None:
        """What was started has ended, and something was."""

        def ended() -> bool:
            states = [run["state"] for run in self.office.latest()]
            return bool(states) and all(state in OVER for state in states)

        until(ended, "the end of all runs")

    def answered(self, *runs: Any) -> None:
        """What the clock would do later: ask the CRM what became of what these runs handed over, until it has told."""

        def told() -> bool:
            return not any(line["stage"] == "submitted" for run in runs for line in self.office.lines(run))

        def asked() -> bool:
            if told():
                return True
            ops("work", "wake", "--account", self.account, "--kind", "confirm")
            time.sleep(ANSWER_SECONDS)
            return told()

        until(asked, "the CRM's answer")

    def stages(self, run: Any) -> list[tuple[str, str]]:
        """Outcome and stage of each record of a run."""
        return sorted((line["outcome"], line["stage"]) for line in self.office.lines(run))

    def _backend(self, platform: str) -> httpx.Client:
        key = ops("api-key", "create", platform)
        self.unreadable.secrets["keys of the management API"].append(key)
        headers = {"Authorization": f"Bearer {key}", "Giftbridge-Actor": "demo"}
        made = httpx.Client(base_url=self.stack.api, headers=headers, timeout=TIMEOUT_SECONDS)
        return self.closing.enter_context(made)


def until(look: Callable[[], Found], what: str) -> Found:
    """What `look` answers as soon as that is true or not empty. Raises `Wrong` where that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise Wrong(f"{what} did not come within {PATIENCE_SECONDS} s")
        time.sleep(0.2)
    return found
