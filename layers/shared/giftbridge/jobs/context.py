"""What the jobs work with: the application's parts, and one connection opened for a step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import httpx

from giftbridge.aws.bucket import Exports
from giftbridge.aws.bus import Bus
from giftbridge.aws.clock import Clock
from giftbridge.aws.queue import Doorbells
from giftbridge.aws.triggers import Triggers
from giftbridge.aws.vault import Keyring, Vault
from giftbridge.connectors.base import Connector
from giftbridge.domain.contact import Side
from giftbridge.domain.fingerprint import Fingerprinter
from giftbridge.errors import Fenced
from giftbridge.jobs.kept import Kept
from giftbridge.recipes import Recipe, system_settings
from giftbridge.settings import Settings
from giftbridge.stores.accounts import Accounts, Fence
from giftbridge.stores.connections import Connection, Connections
from giftbridge.stores.dynamo import ConditionFailed, Op
from giftbridge.stores.import_files import ImportFiles
from giftbridge.stores.inbox import Inbox
from giftbridge.stores.lines import LineKey, Lines
from giftbridge.stores.link import LinkKind
from giftbridge.stores.links import Links
from giftbridge.stores.lookups import Lookups
from giftbridge.stores.runs import Runs
from giftbridge.stores.sightings import Sightings
from giftbridge.stores.sweeps import Sweeps

if TYPE_CHECKING:
    from giftbridge.jobs.choosing import Lists

LABEL_KEPT = timedelta(days=30)
LAG: Final = "lookup_lag_seconds"
"""A setting that every connector has."""

Capability = TypeVar("Capability")


class ClosableGate(Protocol):
    """A rate budget's grant of this step."""

    lane: str

    def close(self) -> None:
        """Return what is left of it."""


@dataclass(frozen=True, slots=True)
class App:
    """The application, built by `bootstrap` for real and by tests with their own parts."""

    settings: Settings
    clock: Clock
    client: httpx.Client
    vault: Vault
    doorbells: Doorbells
    triggers: Triggers
    bus: Bus
    exports: Exports
    accounts: Accounts
    connections: Connections
    links: Links
    sightings: Sightings
    runs: Runs
    lines: Lines
    imports: ImportFiles
    sweeps: Sweeps
    inbox: Inbox
    lookups: Lookups
    measure: Callable[[str, float], None]
    """Count something in the application's metrics."""
    keyrings: Kept[str, Keyring] = field(default_factory=Kept)
    """By account."""
    labels: Kept[LineKey, Any] = field(default_factory=Kept)
    """Of lines of the log, sealed."""
    lists: "Kept[str, Lists]" = field(default_factory=Kept)
    """What connections may choose from, by their ids."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return self.clock.now()


@dataclass(slots=True)
class Step:
    """One worker's turn with one account and queue: until when, and by which right."""

    app: App
    fence: Fence
    deadline: float
    sessions: dict[str, "Session"] = field(default_factory=dict)

    @property
    def time_left(self) -> bool:
        """Whether another piece of work may be begun."""
        return self.app.clock.monotonic() < self.deadline


@dataclass(frozen=True, slots=True)
class Session:
    """One connection, opened: both connectors, its recipe, the account's key."""

    app: App
    step: Step
    connection: Connection
    recipe: Recipe
    platform: Connector
    crm: Connector
    keyring: Keyring
    prints: Fingerprinter
    gates: tuple[ClosableGate, ...]
    handed: set[LinkKind] = field(default_factory=set)
    """Kinds of links of which something was handed over since this was last looked at."""

    def system(self, side: Side) -> Connector:
        """The connector of one side."""
        return self.platform if side is Side.PLATFORM else self.crm

    def can(self, side: Side, capability: type[Capability]) -> Capability:
        """The connector of one side as `capability`. Raises `TypeError` where a job asked for what is not there."""
        system: Any = self.system(side)
        if not isinstance(system, capability):
            raise TypeError(f"{system.manifest.name} does not offer {capability.__name__}")
        return system

    def request_patience(self, side: Side) -> timedelta:
        """How long after a write was begun nobody can tell yet whether the vendor has it."""
        stated, connection = self.system(side).manifest, self.connection
        chosen = system_settings(connection.platform, connection.crm, connection.settings, stated.name)
        lag = chosen.get(LAG, stated.settings[LAG])
        return timedelta(seconds=stated.limits.timeout_seconds + lag)

    def checkpoint(self, ops: Sequence[Op]) -> None:
        """Write all, while this step still has the right to. Raises `Fenced` where another step has begun."""
        try:
            self.app.runs.db.transact([self.app.accounts.holds(self.step.fence), *ops])
        except ConditionFailed as failed:
            if failed.index == 0:
                raise Fenced("Another worker has taken over.") from None
            raise

    def seal(self, text: str) -> dict[str, Any] | None:
        """A label that staff may see for a while."""
        return self.keyring.seal(text, self.app.now() + LABEL_KEPT) if text else None
