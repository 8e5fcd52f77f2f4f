"""One connection of a soak: both ends, the organisation's back office, and what went in."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from local.sandbox.people import Person, person
from local.soak.crms import CRMS
from local.soak.ledger import Ledger, Someone
from local.soak.plan import FIRST_SYNC, STANDING, Pair
from local.soak.platforms import PLATFORMS, SANDBOX_OF
from local.stack import Stack
from local.story.office import OVER, Office
from local.story.scene import CLOCK, QUICK, until

CONFIRMS = {"kindful": {"confirm_seconds": 1}, "virtuous": {"confirm_seconds": 1}}
SWITCHES = {"new_donation": True, "task_sent": True, "replies": True, "watches": True}
ON_SCHEDULE = frozenset({"cadence", "watch", "missed", "projects", "thanks", "token", "export", "pull"})
"""Work that stands for ever, and is due again with its schedule."""
SOON = timedelta(minutes=5)


@dataclass
class Site:
    """`number` is that of the plan."""

    number: int
    pair: Pair
    seed: str
    crm: Any
    platform: Any
    office: Office
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.pair[0]}-{self.pair[1]}-{self.number}"

    def person(self, number: int) -> Person:
        """One of its people."""
        return person(self.seed, number)

    def someone(self, number: int, born: Any, **ids: str) -> Someone:
        """Write down somebody new."""
        made = Someone(number, self.person(number).email, born, ids)
        self.ledger.people[number] = made
        return made

    def try_post(self, path: str) -> bool:
        """What a person tries again and again; whether it was taken."""
        where = f"/v1/organisations/{self.office.organisation}/connections/{self.office.connection}{path}"
        return self.office.http.post(where, json={}).is_success

    def runs(self) -> list[Any]:
        """The whole sync log, newest first."""
        found: list[Any] = []
        cursor = ""
        while True:
            page = self.office.here("GET", f"/runs?limit=100{cursor}")
            found += page["items"]
            if not page.get("next"):
                return found
            cursor = f"&before={page['next']}"

    def busy(self) -> bool:
        """Whether anything is under way, or due soon."""
        if any(run["state"] not in OVER for run in self.office.latest()):
            return True
        waiting = self.office.here("GET", "/waiting")["items"]
        return any(_is_soon(work) for work in waiting)


def _is_soon(work: dict[str, Any]) -> bool:
    if work["kind"] in ON_SCHEDULE or not work["next_due"]:
        return False
    return datetime.fromisoformat(work["next_due"]) < datetime.now(UTC) + SOON


def build(stack: Stack, http: httpx.Client, seed: int, number: int, pair: Pair) -> Site:
    """Both ends, not connected yet, with those people in both who are there from the beginning."""
    platform_name, crm_name = pair
    name = f"soak-{seed}-{number}-{int(time.time() * 1000):x}"
    crm = CRMS[crm_name](stack.sandboxes[crm_name], name)
    platform = PLATFORMS[platform_name](stack.sandboxes[SANDBOX_OF.get(platform_name, platform_name)], name)
    site = Site(number, pair, f"soak-{seed}-{number}", crm, platform, Office(http, platform.id))
    if pair in FIRST_SYNC:
        for one in range(STANDING):
            who = site.person(one)
            site.someone(one, "both", platform=platform.join(who), crm=crm.enrol(who))
    return site


def connect(stack: Stack, site: Site) -> None:
    """Connect by key, tell both where webhooks go, and wait until the first look is over."""
    platform, crm = site.pair
    body: dict[str, Any] = {
        "crm": crm,
        "credentials": {"api_key": site.crm.key},
        "platform_credentials": {"token": site.platform.token},
        "settings": {
            platform: QUICK,
            crm: {**QUICK, **CONFIRMS.get(crm, {})},
            **site.platform.settings(site.crm.funds()),
        },
    }
    if platform != "gratavid":
        body["settings"]["default_purpose"] = site.crm.purpose()
    made = site.office.ask("POST", "/connections", body, 201)
    site.office.connection = made["connection"]["id"]
    if made["webhook"]:
        site.platform.listen(made["webhook"])
    site.crm.listen(made["connection"]["crm_webhook_url"])
    if site.pair in FIRST_SYNC:
        site.office.run("/first-sync", body={"answer": "yes"})
    stack.fire(CLOCK)
    until(lambda: not site.busy(), f"the first look of {site.name}")
    if platform == "gratavid":
        _switch_on(site)


def _switch_on(site: Site) -> None:
    """In a second of its own: Bloomerang's stamps tell no more."""
    _next_second()
    site.office.here("PATCH", body={"thanks": SWITCHES})
    _next_second()


def _next_second() -> None:
    time.sleep(1.05 - time.time() % 1.0)
