"""Connections of any pair on the deployed stack."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from giftbridge.connectors.manifest import load_manifest
from tests.rows.conftest import FAST, SELDOM, Deployment, Site, eventually
from tests.rows.ends import CRMS, PLATFORMS, SANDBOX_OF, CrmEnd

BO = {"first": "Bo", "last": "Chen", "email": "bo.chen@example.org"}
FINAL = ("done", "failed", "cancelled")
PATIENCE = 90.0


@dataclass
class PairSite(Site):
    """A connection of any pair."""

    end: Any = None
    crm_name: str = ""

    @property
    def ours(self) -> Any:
        """The platform's end."""
        return self.platform

    @property
    def _confirms(self) -> bool:
        return "confirms" in load_manifest(self.crm_name).capabilities

    def body(self, **settings: Any) -> dict[str, Any]:
        """What connects both by key."""
        takes_gifts = "reads_gifts" in load_manifest(self.platform_name).capabilities
        return {
            "crm": self.crm_name,
            "credentials": self.end.credentials,
            "platform_credentials": {"token": self.platform.token},
            "settings": {
                self.crm_name: {**FAST, **({"confirm_seconds": 1} if self._confirms else {})},
                self.platform_name: FAST,
                **({"default_purpose": self.end.purpose()} if takes_gifts else {}),
                **SELDOM,
                **settings,
            },
        }

    def connect(self, **settings: Any) -> "PairSite":
        """Connect by key; the platform is told where its webhooks go."""
        made = self.post("/connections", self.body(**settings))
        self.connection, hook = made["connection"]["id"], made["webhook"]
        if hook and hasattr(self.ours.sandbox, "set"):
            self.ours.sandbox.set(webhook={"url": hook["url"], "secrets": [hook["secret"]]})
        self.deployment.tick()
        return self

    def rest(self) -> None:
        """Everything that was started has ended; what was handed over is taken in, and asked about."""
        for _ in range(2):  # a donor first, then what waited for them
            eventually(self._ended, PATIENCE)
            self.end.take_in()
            eventually(self._asked, PATIENCE, pause=1.0)
        eventually(self._ended, PATIENCE)

    def look(self) -> None:
        """Synchronize now, whatever that means for the pair; nothing where there is nothing to synchronise."""
        self.hand_over()
        self.rest()

    def hand_over(self) -> None:
        """The same, and no further: what a CRM takes in later lies there as it was handed over."""
        reply = self.call("POST", "~/sync", {})
        assert reply.status_code in (202, 409), reply.text
        eventually(self._ended, PATIENCE)

    def stages(self, *kinds: str) -> set[str]:
        """How far the lines of the sync log are, or those of some kinds of records; lines without a stage left out."""
        lines = [line for run in self.runs() for line in self.records(run["id"])]
        return {line["stage"] for line in lines if line["stage"] and (not kinds or line["kind"] in kinds)}

    def _ended(self) -> bool:
        return all(run["state"] in FINAL for run in self.runs())

    def _asked(self) -> bool:
        """Whether everything was, with the clock's help: a donor that a gift brought waits on a queue that rests."""
        self.deployment.tick()
        return not self._confirming()

    def _confirming(self) -> bool:
        """Whether something waits to be asked about; the schedule asks after an hour in any case."""
        soon = datetime.now(UTC) + timedelta(minutes=5)
        waiting = [work for work in self.get("~/waiting")["items"] if work["kind"] == "confirm"]
        return any(work["next_due"] and datetime.fromisoformat(work["next_due"]) < soon for work in waiting)


@contextmanager
def backends(deployment: Deployment) -> Iterator[dict[str, httpx.Client]]:
    """The management API with each platform's own key."""
    with ExitStack() as closing:
        found = {}
        for name in PLATFORMS:
            key = deployment.ops("api-key", "create", name).strip()
            client = httpx.Client(base_url=deployment.stack.api, headers={"authorization": f"Bearer {key}"})
            found[name] = closing.enter_context(client)
        yield found


def apart(deployment: Deployment, http: httpx.Client, platform: str, crm: str) -> PairSite:
    """An organisation and a database of a pair, not connected yet; Bo is in the CRM."""
    urls = deployment.stack.sandboxes
    end: CrmEnd = CRMS[crm](urls[crm])
    ours: Any = PLATFORMS[platform](urls[SANDBOX_OF.get(platform, platform)])
    none: Any = None
    end.add(**BO)
    return PairSite(deployment, http, none, ours, platform_name=platform, end=end, crm_name=crm)
