"""One organisation with one database, connected through the deployed stack's own HTTP API."""

import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
import httpx
import pytest

from giftbridge import bootstrap
from giftbridge.jobs import configure
from giftbridge.jobs.context import App
from giftbridge.settings import Settings, vendor_override
from giftbridge.stores.connections import owner
from local.aws import environment
from local.paths import DEV_PYTHON, ROOT
from local.sandbox.bloomerang.sandbox import BloomerangControl, BloomerangDatabase
from local.sandbox.handbid import HandbidControl, OrganisationControl
from local.stack import Stack, write
from local.stored import Stored
from tests.world import MovingClock

CLOCK = "ContactSyncFunctionClock"
DAILY = "BatchExportFunctionDaily"
FAST = {"calls_per_hour": 10_000_000}
SELDOM = {"cadence_minutes": 7 * 24 * 60}
"""Schedules fall due on the clock's hours: a run of their own would come between those that a test starts."""
FINAL = ("done", "failed", "cancelled")

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], timeout: float = 60.0, pause: float = 0.1) -> Found:
    """What `look` answers as soon as that is true or not empty."""
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:.0f} s; at last: {found!r}")
        time.sleep(pause)


@dataclass(frozen=True)
class Deployment:
    """The deployed stack as its operator and its neighbours have it."""

    stack: Stack
    crms: BloomerangControl
    platforms: HandbidControl
    file: Path
    """The stack's description, for the operator's command line."""

    def ops(self, *arguments: str, given: str = "", fails: bool = False) -> str:
        """What an operator's command prints; of one that fails, why."""
        command = [str(DEV_PYTHON), "-m", "ops", "--stack", str(self.file), *arguments]
        done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout

    def tick(self) -> None:
        """The minute tick."""
        self.stack.fire(CLOCK)

    def table(self, name: str) -> list[dict[str, Any]]:
        """All items of a table (`CONNECTIONS` and so on), as DynamoDB's own JSON."""
        pages = self.stack.client("dynamodb").get_paginator("scan").paginate(TableName=self.stack.env[f"{name}_TABLE"])
        return [item for page in pages for item in page["Items"]]

    def stored(self) -> list[Stored]:
        """Every byte in tables, queues, buckets and logs, but for the code in the bucket of `sam deploy`."""
        return [each for each in self.stack.stored() if not each.where.startswith("bucket aws-sam-cli-")]

    def forget(self, function: str) -> None:
        """Let the idle processes of a function (logical id) end, as Lambda does, so that the next ones start cold."""
        pids = {worker["pid"] for worker in self.stack.workers(function)}
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not pids & {worker["pid"] for worker in self.stack.workers(function)})

    def hurry(self, app: App, site: "Site") -> None:
        """Make the site's schedule due, as an hour would."""
        schedule = configure.schedule_of(app, app.connections.get(owner("handbid", site.platform.id), site.connection))
        assert schedule is not None
        app.inbox.postpone(schedule, app.now())


@dataclass
class Site:
    """An organisation and a database, the platform's key, and the connection once there is one."""

    deployment: Deployment
    http: httpx.Client
    crm: BloomerangDatabase
    platform: OrganisationControl
    connection: str = ""
    webhook: dict[str, Any] = field(default_factory=dict)
    platform_name: str = "handbid"

    def call(self, method: str, path: str, body: Any = None, actor: str = "") -> httpx.Response:
        """A path below the organisation; `~` stands for the connection."""
        where = path.replace("~", f"/connections/{self.connection}", 1)
        headers = {"giftbridge-actor": actor} if actor else {}
        return self.http.request(
            method, f"/v1/organisations/{self.platform.id}{where}", json=body, headers=headers, timeout=60
        )

    def get(self, path: str) -> Any:
        """The body of a read that must succeed."""
        return self._done(self.call("GET", path))

    def post(self, path: str, body: Any = None, actor: str = "") -> Any:
        """The body of a call that must succeed."""
        return self._done(self.call("POST", path, {} if body is None else body, actor))

    def view(self) -> Any:
        """The connection as people see it."""
        return self.get("~")

    def body(self, **settings: Any) -> dict[str, Any]:
        """What connects both by key."""
        return {
            "crm": "bloomerang",
            "credentials": {"api_key": self.crm.api_key},
            "platform_credentials": {"token": self.platform.token},
            "settings": {
                "bloomerang": FAST,
                self.platform_name: FAST,
                "default_purpose": {"fund": str(self.crm.fund())},
                **SELDOM,
                **settings,
            },
        }

    def connect(self, **settings: Any) -> "Site":
        """Connect by key; the platform is told where its webhooks go."""
        made = self.post("/connections", self.body(**settings))
        self.connection, self.webhook = made["connection"]["id"], made["webhook"]
        self.platform.set(webhook={"url": self.webhook["url"], "secrets": [self.webhook["secret"]]})
        return self

    def first_sync(self, answer: str = "yes") -> Any:
        """Answer the first question and wait; the run."""
        return self.finished(self.post("~/first-sync", {"answer": answer})["id"])

    def sync(self, actor: str = "") -> Any:
        """Synchronize now and wait; the run."""
        return self.finished(self.post("~/sync", actor=actor)["id"])

    def run(self, run: str) -> Any:
        """A run as it is now."""
        return self.get(f"~/runs/{run}")

    def finished(self, run: str, timeout: float = 90.0) -> Any:
        """A run once it has ended."""

        def ended() -> Any:
            seen = self.run(run)
            return seen if seen["state"] in FINAL else None

        return eventually(ended, timeout)

    def runs(self, **wanted: str) -> list[Any]:
        """The sync log, newest first; of runs that look so."""
        found = self.get("~/runs")["items"]
        return [run for run in found if all(run[name] == value for name, value in wanted.items())]

    def ended(self, number: int = 1, timeout: float = 90.0, **wanted: str) -> list[Any]:
        """Runs that look so, once there are so many and all have ended."""

        def look() -> list[Any]:
            seen = self.runs(**wanted)
            return seen if len(seen) >= number and all(run["state"] in FINAL for run in seen) else []

        return eventually(look, timeout)

    def records(self, run: str, outcome: str = "") -> list[Any]:
        """Lines of a run."""
        found: list[Any] = self.get(f"~/runs/{run}/records?outcome={outcome}&limit=200")["items"]
        return found

    def reconcile(self, event: str) -> Any:
        """The platform says that an event is reconciled; the run that this made, ended."""
        before = len(self.runs(subject=event))
        self.platform.set_event_status(event, "reconciled")
        return self.ended(before + 1, subject=event)[0]

    def person(self, first: str, last: str = "Lane", **fields: Any) -> str:
        """Somebody new on the platform; the id."""
        email = f"{first}.{last}@example.org".lower()
        made = self.platform.add_contact(**{"firstName": first, "lastName": last, "email": email, **fields})
        return str(made["id"])

    def contacts(self) -> dict[str, Any]:
        """The platform's contacts by id."""
        return {row["id"]: row for row in self.platform.state("contacts")["contacts"]}

    def constituents(self) -> dict[str, Any]:
        """The CRM's constituents by id."""
        return {str(row["Id"]): row for row in self.crm.state()["constituents"]}

    def gifts(self) -> list[Any]:
        """The CRM's transactions."""
        found: list[Any] = self.crm.state()["transactions"]
        return found

    def _done(self, reply: httpx.Response) -> Any:
        assert reply.is_success, f"{reply.status_code} {reply.text}"
        return reply.json()


def sums(run: Any) -> None:
    """Assert that the counters of an ended run add up on each side."""
    for side in ("platform", "crm"):
        counts = run["counts"][side]
        outcomes = sum(counts[name] for name in ("created", "updated", "unchanged", "skipped", "failed"))
        assert counts["read"] == outcomes, (side, counts)


@pytest.fixture(scope="session")
def deployment(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The stack with the controls of its sandboxes, and the OAuth client registered."""
    file = tmp_path_factory.mktemp("operator") / "stack.json"
    write(stack, file)
    crms = BloomerangControl(stack.sandboxes["bloomerang"])
    platforms = HandbidControl(stack.sandboxes["handbid"])
    made = Deployment(stack, crms, platforms, file)
    made.ops("oauth-client", "set", "bloomerang", "--client-id", crms.client_id, given=f"{crms.client_secret}\n")
    yield made
    crms.close()
    platforms.close()


@pytest.fixture(scope="session")
def client(deployment: Deployment) -> Iterator[httpx.Client]:
    """The platform's backend: the management API with the key that the operator made."""
    key = deployment.ops("api-key", "create", "handbid").strip()
    with httpx.Client(base_url=deployment.stack.api, headers={"authorization": f"Bearer {key}"}) as http:
        yield http


@pytest.fixture
def site(deployment: Deployment, client: httpx.Client) -> Site:
    """An organisation and a database of its own, not connected yet."""
    name = uuid.uuid4().hex[:12]
    return Site(deployment, client, deployment.crms.database(name), deployment.platforms.organisation(name=name))


@pytest.fixture
def connected(site: Site) -> Site:
    """The same, connected by key; nothing synced yet."""
    return site.connect()


@pytest.fixture
def synced(connected: Site) -> Site:
    """The same, with the first question answered by no: only what changes from now on goes over."""
    connected.first_sync("no")
    return connected


@pytest.fixture
def clock() -> MovingClock:
    """The time of `app`."""
    return MovingClock()


@pytest.fixture
def app(deployment: Deployment, clock: MovingClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The application in this process over the deployed stack's tables: for a moved clock, and to look inside."""
    stack = deployment.stack
    for name, value in {**stack.env, **environment(stack.endpoint)}.items():
        monkeypatch.setenv(name, value)
    vendor_override.cache_clear()
    session: Any = boto3.session.Session()
    made = bootstrap.build(Settings.from_environment(stack.env), clock, session, lambda _name, _value: None)
    yield made
    made.client.close()
    vendor_override.cache_clear()


def event_file(name: str, **replaced: str) -> Any:
    """A file from `events/` with its made-up names replaced by real ones."""
    text = (ROOT / "events" / f"{name}.json").read_text(encoding="utf-8")
    for made_up, real in replaced.items():
        text = text.replace(made_up.replace("__", "-"), real)
    return json.loads(text)
