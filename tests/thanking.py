"""Gratavid and Bloomerang connected in process: donors, their gifts, and what became of them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import configure, connect
from giftbridge.jobs.context import Session, Step
from giftbridge.jobs.session import open_session
from giftbridge.jobs.thanks import watch
from giftbridge.settings import vendor_override
from giftbridge.stores.accounts import Fence
from giftbridge.stores.connections import Connection
from giftbridge.stores.link import Link
from giftbridge.stores.runs import OUTCOMES, Run
from local.sandbox.bloomerang.sandbox import BloomerangDatabase
from local.sandbox.gratavid import GratavidAccount, GratavidSandbox
from tests.world import World

FAST = {"calls_per_hour": 10_000_000}
TODAY = datetime.now(UTC).date().isoformat()


@dataclass
class Thanker:
    """One connection with both its sides."""

    world: World
    id: str
    owner: str
    crm: BloomerangDatabase
    platform: GratavidAccount

    @property
    def connection(self) -> Connection:
        """As it is now."""
        return self.world.app.connections.get(self.owner, self.id)

    # -- what people do

    def set(self, **thanks: Any) -> Connection:
        """Change the settings of thanks, a second after whatever happened before."""
        self.pass_time(seconds=2)
        return configure.change(self.world.app, self.connection, {"thanks": thanks})

    def donor(self, first: str = "Ada", last: str = "Lane", email: str = "ada@example.org", **fields: Any) -> str:
        """Somebody in the CRM."""
        body = {"Type": "Individual", "FirstName": first, "LastName": last, **fields}
        if email:
            body["PrimaryEmail"] = {"Type": "Home", "Value": email, "IsPrimary": True}
        return str(self.crm.staff_call("POST", "/constituent", body)["Id"])

    def give(self, donor: str, amount: float = 100.0, day: str = TODAY, note: str = "", **fields: Any) -> str:
        """A donation that staff enters."""
        part = {"Type": "Donation", "Amount": amount, "FundId": self.crm.fund(), **({"Note": note} if note else {})}
        body = {"AccountId": int(donor), "Date": day, "Amount": amount, "Method": "Cash", "Designations": [part]}
        return str(self.crm.staff_call("POST", "/transaction", {**body, **fields})["Id"])

    def pass_time(self, **by: float) -> None:
        """Time passes, for the vendors too."""
        self.world.clock.advance(**by)
        for vendor in (self.crm, self.platform):
            vendor.advance(timedelta(**by).total_seconds())

    # -- what we do

    def look(self) -> Run:
        """A look at what was given, as far as it gets without waiting."""
        self.pass_time(seconds=2)
        run = watch.look(self.world.app, self.connection, "tester")
        assert run is not None
        self.world.pump()
        return self.seen(run)

    def ended(self) -> Run:
        """A look that ended, with counters that add up, and the next one may begin."""
        run = self.look()
        assert run.state == "done"
        assert self.connection.active_gift_run == ""
        for side in Side:
            assert run.count(side, "read") == sum(run.count(side, outcome) for outcome in OUTCOMES), run.counts
        return run

    def seen(self, run: Run) -> Run:
        """A run as it is now."""
        found = self.world.app.runs.get(self.id, run.id)
        assert found is not None
        return found

    def log(self, run: Run) -> dict[str, tuple[str, str]]:
        """Record -> (outcome, code)."""
        return {line["record_id"]: (line["outcome"], line["code"]) for line in self.world.app.runs.lines(run.id)}

    def link(self, trigger: str) -> Link:
        """The link of a trigger."""
        found = self.world.app.links.get(self.id, "gift", Side.CRM, trigger)
        assert found is not None
        return found

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The connection, opened as a step opens it."""
        app = self.world.app
        step = Step(app, Fence(self.connection.account, "gifts", 1), app.clock.monotonic() + 60)
        yield open_session(step, self.owner, self.id, "gifts")

    # -- what came of it

    def comments(self) -> list[str]:
        """What the tasks say."""
        return [task["comments"] for task in self.platform.tasks()]

    def interactions(self) -> list[dict[str, Any]]:
        """The CRM's interactions."""
        found: list[dict[str, Any]] = self.crm.state()["interactions"]
        return found


@pytest.fixture(scope="session")
def gratavid_sandbox() -> Iterator[GratavidSandbox]:
    """The platform."""
    with GratavidSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def thanker(world: World, gratavid_sandbox: GratavidSandbox, monkeypatch: pytest.MonkeyPatch) -> Thanker:
    """Connected, with every switch off."""
    monkeypatch.setenv("GIFTBRIDGE_GRATAVID_URL", gratavid_sandbox.url)
    vendor_override.cache_clear()
    return connected(world, gratavid_sandbox)


def connected(world: World, sandbox: GratavidSandbox, **options: Any) -> Thanker:
    """A new organisation with a new database, connected as the API does it."""
    name = uuid.uuid4().hex[:10]
    crm, platform = world.bloomerang.database(name), sandbox.account(name, **options)
    world.clock.vendors += [crm, platform]
    settings = {"time_zone": "America/New_York", "currency": "USD", "gratavid": FAST, "bloomerang": FAST}
    planned = connect.draft("gratavid", name, "bloomerang", settings)
    secrets = {
        "bloomerang": {"kind": "api_key", "api_key": crm.api_key},
        "gratavid": {"kind": "api_key", "api_key": platform.api_key},
    }
    made = connect.connect(world.app, planned, secrets).connection
    return Thanker(world, made.id, made.owner, crm, platform)
