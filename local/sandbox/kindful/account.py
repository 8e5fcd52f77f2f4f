"""One organisation in the sandbox: its tables, the applications connected to it, its clock and its moods."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import Fault, FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.kindful.keys import KEYS, no_keys
from local.sandbox.kindful.options import Options
from local.sandbox.kindful.records import LinkBook, Record, Table

# First id of each kind; far apart, so that mixing kinds up is seen.
FIRST_IDS = {
    "contact": 5_734_001,
    "transaction": 17_948_001,
    "campaign": 84_001,
    "fund": 1,
    "group": 3_301,
    "custom_field": 451,
    "note": 901_001,
    "pledge": 612_001,
    "soft_credit": 733_001,
    "non_cash_gift": 844_001,
}
LINKED = (
    "contact",
    "transaction",
    "campaign",
    "fund",
    "custom_field",
    "note",
    "pledge",
    "soft_credit",
    "non_cash_gift",
)
CUSTOMER_APP = "custom-app"


@dataclass
class Plan:
    """How a job is to end: with a status, after its first `rows` rows (None: none when it fails, else all)."""

    status: str = "error"
    rows: int | None = None
    message: str = "The job could not be processed"


@dataclass
class Job:
    """One posted import or link; its rows are forgotten when it has ended (the journal keeps them).

    `outcomes` is what really became of each row, which Kindful tells nobody.
    """

    id: str
    kind: str
    body: dict[str, Any]
    received: float
    status: str = "waiting"
    started: float | None = None
    into: str | None = None
    plan: Plan | None = None
    absorbed: list[dict[str, Any]] = field(default_factory=list)
    stats: dict[str, int] = field(default_factory=dict)
    update_stats: dict[str, int] = field(default_factory=dict)
    notifications: list[Any] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether it has still to run, or runs."""
        return self.status in {"waiting", "working"}

    @classmethod
    def load(cls, state: dict[str, Any]) -> Job:
        """A job as `asdict` left it."""
        plan = Plan(**state["plan"]) if state["plan"] else None
        return cls(**(state | {"plan": plan}))


class App:
    """An application connected to an organisation: its own external ids, its own queue, its own status."""

    def __init__(self, app_id: str, number: int) -> None:
        self.id = app_id
        self.number = number
        self.links = {kind: LinkBook() for kind in LINKED}
        self.jobs: list[Job] = []
        self.free_at = 0.0
        self.integration: dict[str, Any] = {"status": None, "units": None, "last_synced_at": None}

    def job(self, job_id: str) -> Job | None:
        """A job of this application."""
        return next((job for job in self.jobs if job.id == job_id), None)

    def dump(self) -> dict[str, Any]:
        """The application as JSON values."""
        links = {kind: book.dump() for kind, book in self.links.items()}
        jobs = [asdict(job) for job in self.jobs]
        return {"id": self.id, "number": self.number, "links": links, "jobs": jobs, "free_at": self.free_at} | {
            "integration": self.integration
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> App:
        """An application as `dump` left it."""
        app = cls(state["id"], state["number"])
        for kind, book in app.links.items():
            book.load(state["links"][kind])
        app.jobs = [Job.load(job) for job in state["jobs"]]
        app.free_at, app.integration = state["free_at"], state["integration"]
        return app


@dataclass
class Change:
    """What a row makes of a record: columns, groups by id (in or out), custom values by field id, metadata."""

    updated: int
    data: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, bool] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass
class PendingUpdate:
    """A change of an existing record that was read by a job and is still to be applied."""

    app: str
    kind: str
    record_id: int
    due: float
    change: Change

    @classmethod
    def load(cls, state: dict[str, Any]) -> PendingUpdate:
        """An update as `asdict` left it."""
        return cls(**(state | {"change": Change(**state["change"])}))


@dataclass
class Event:
    """Something that was announced by webhook; `body` is its full form at that time."""

    id: str
    what: str
    body: dict[str, Any]
    record_id: int | None = None
    delivered: bool = False
    attempts: list[int | str] = field(default_factory=list)


class Account:
    """All state of one organisation; a tenant of the sandbox server."""

    def __init__(self, name: str, number: int, options: Options, time_zone: str = "America/Chicago") -> None:
        self.name = name
        self.number = number
        self.options = options
        self.time_zone = time_zone
        self.clock = Clock()
        self.faults = FaultPlan()
        self.journal = Journal()
        self.tokens: dict[str, bool] = {}
        self.tables = {kind: Table(kind, first, KEYS.get(kind, no_keys)) for kind, first in FIRST_IDS.items()}
        self.apps: dict[str, App] = {}
        self.forwards: dict[int, int] = {}
        self.pending: list[PendingUpdate] = []
        self.plans: list[Plan] = []
        self.events: list[Event] = []
        self.first_event_open = 0
        self.webhook_url: str | None = None
        self.webhook_app = CUSTOMER_APP
        self.paused = False
        self.merged_at = self.clock.now()
        self.moves = 0
        self.cursors: dict[str, Any] = {}
        self.calls_by_minute: tuple[int, int] = (0, 0)

    @property
    def version(self) -> int:
        """Moves with every change worth saving."""
        return self.moves + sum(table.changes for table in self.tables.values())

    @property
    def contacts(self) -> Table:
        """People and organisations."""
        return self.tables["contact"]

    @property
    def transactions(self) -> Table:
        """Gifts, and the splits of gifts, which Kindful keeps in the same table."""
        return self.tables["transaction"]

    def now(self) -> int:
        """The present in whole seconds."""
        return int(self.clock.now())

    def app(self, app_id: str = CUSTOMER_APP) -> App:
        """An application, connected at its first call."""
        if app_id not in self.apps:
            self.apps[app_id] = App(app_id, 701 + len(self.apps))
        return self.apps[app_id]

    def record(self, kind: str, record_id: int | None) -> Record | None:
        """A record by Kindful id; a merged contact's id leads to the one that is left."""
        if kind == "contact" and record_id is not None:
            while record_id in self.forwards:
                record_id = self.forwards[record_id]
        return self.tables[kind].get(record_id)

    def linked(self, app: App, kind: str, external_id: str) -> Record | None:
        """The record an application's external id leads to."""
        return self.record(kind, app.links[kind].record_id(external_id))

    def bump(self, record: Record, updated: int | None = None) -> None:
        """Count a change of a record; `updated` is its new last-modified time (None: now)."""
        record.version += 1
        record.updated = self.now() if updated is None else updated
        self.moves += 1

    def dump(self) -> dict[str, Any]:
        """Everything but the journal and open queries, as JSON values."""
        return {
            "name": self.name,
            "number": self.number,
            "time_zone": self.time_zone,
            "options": self.options.model_dump(),
            "clock": {"shift": self.clock.shift, "frozen_at": self.clock.frozen_at},
            "faults": self.faults.dump(),
            "tokens": self.tokens,
            "tables": {kind: table.dump() for kind, table in self.tables.items()},
            "apps": [app.dump() for app in self.apps.values()],
            "forwards": {str(loser): winner for loser, winner in self.forwards.items()},
            "pending": [asdict(update) for update in self.pending],
            "plans": [asdict(plan) for plan in self.plans],
            "events": [asdict(event) for event in self.events],
            "webhook_url": self.webhook_url,
            "webhook_app": self.webhook_app,
            "paused": self.paused,
            "merged_at": self.merged_at,
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Account:
        """An account as `dump` left it."""
        options = Options.model_validate(state["options"])
        account = cls(state["name"], state["number"], options, state["time_zone"])
        account.clock = Clock(**state["clock"])
        account.faults = FaultPlan(Fault.model_validate(rule) for rule in state["faults"])
        account.tokens = dict(state["tokens"])
        for kind, table in account.tables.items():
            table.load(state["tables"][kind])
        account.apps = {row["id"]: App.load(row) for row in state["apps"]}
        account.forwards = {int(loser): winner for loser, winner in state["forwards"].items()}
        account.pending = [PendingUpdate.load(row) for row in state["pending"]]
        account.plans = [Plan(**row) for row in state["plans"]]
        account.events = [Event(**row) for row in state["events"]]
        account.webhook_url, account.paused = state["webhook_url"], state["paused"]
        account.merged_at, account.webhook_app = state["merged_at"], state["webhook_app"]
        return account
