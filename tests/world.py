"""Both sandboxes, the stores and the application in one process: the same code as deployed, driven step by step."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from giftbridge import bootstrap
from giftbridge.domain.contact import Side
from giftbridge.jobs import clock as ticking
from giftbridge.jobs import dispatch, tokens
from giftbridge.jobs.context import App
from giftbridge.settings import Settings, vendor_override
from giftbridge.stores.connections import Connection
from giftbridge.stores.runs import Run
from local.sandbox.bloomerang import BloomerangSandbox
from local.sandbox.bloomerang.sandbox import BloomerangDatabase
from local.sandbox.common.remote import TenantControl
from local.sandbox.handbid import HandbidSandbox, OrganisationControl
from local.sandbox.kindful.sandbox import KindfulSandbox
from local.sandbox.virtuous import VirtuousSandbox
from local.stores import Stores

QUEUES = ("contacts", "gifts", "exports")
PUBLIC_URL = "https://giftbridge.invalid"
"""Where vendors are told to call; nobody answers there."""


class MovingClock:
    """Real time, moved by hand."""

    def __init__(self) -> None:
        self.shift = timedelta()
        self.vendors: list[TenantControl] = []
        """Who lives through it too when the application waits."""

    def now(self) -> datetime:
        """UTC."""
        return datetime.now(UTC) + self.shift

    def monotonic(self) -> float:
        """Seconds."""
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Move on instead of waiting."""
        self.advance(seconds=seconds)
        for vendor in self.vendors:
            vendor.advance(seconds)

    def advance(self, **by: float) -> None:
        """Move on."""
        self.shift += timedelta(**by)


@dataclass
class Pair:
    """One connection with both its sides."""

    connection: Connection
    crm: Any
    """The sandbox's handle on the database: Bloomerang's, or that of the CRM it was connected with."""
    platform: OrganisationControl


@dataclass
class World:
    """The application with its surroundings."""

    app: App
    clock: MovingClock
    bloomerang: BloomerangSandbox
    handbid: HandbidSandbox
    kindful: KindfulSandbox
    virtuous: VirtuousSandbox
    queues: Any
    """An SQS client that belongs to AWS's side, not to the application."""
    measured: dict[str, float] = field(default_factory=dict)

    def connect(
        self,
        settings: dict[str, Any] | None = None,
        first_sync: str = "unasked",
        crm: BloomerangDatabase | None = None,
        system: str = "handbid",
        **options: Any,
    ) -> Pair:
        """A connection of a new organisation (of platform `system`) with a new database, or one that others use too."""
        name = uuid.uuid4().hex[:10]
        crm = crm or self.bloomerang.database(name, **options)
        platform = self.handbid.organisation(name=name)
        chosen = {"default_purpose": {"fund": str(crm.fund())}, **(settings or {})}
        key = {"kind": "api_key", "api_key": crm.api_key}
        return self.stored(name, system, "bloomerang", crm, platform, first_sync, chosen, key)

    def stored(
        self,
        name: str,
        system: str,
        crm_name: str,
        crm: Any,
        platform: OrganisationControl,
        first_sync: str,
        settings: dict[str, Any],
        key: dict[str, str],
    ) -> Pair:
        """A connection of platform and CRM, written down as connecting does."""
        self.clock.vendors += [one for one in (crm, platform) if one not in self.clock.vendors]
        fast = {"calls_per_hour": 10_000_000}
        chosen: dict[str, Any] = {"time_zone": "America/New_York", system: fast, **settings}
        chosen[crm_name] = {**fast, **chosen.get(crm_name, {})}
        connection = Connection(
            id=name, platform=system, organisation=platform.id, crm=crm_name, account=f"{crm_name}:{crm.id}",
            settings=chosen, first_sync=first_sync,  # type: ignore[arg-type]
        )  # fmt: skip
        app = self.app
        secrets = {crm_name: key, system: {"kind": "token", "token": platform.token}}
        ops = [
            app.connections.save_op(connection),
            app.accounts.join(connection.account, connection.owner, connection.id),
            app.connections.register_op(connection),
        ]
        for system, secret in secrets.items():
            ops.append(
                app.connections.keep_credentials_op(connection, system, tokens.seal(app, connection, system, secret), 1)
            )
        app.connections.db.transact(ops)
        return Pair(app.connections.get(connection.owner, connection.id), crm, platform)

    def connect_kindful(
        self, settings: dict[str, Any] | None = None, first_sync: str = "unasked", **options: Any
    ) -> Pair:
        """A connection of a new Handbid organisation with a new Kindful account, by the customer's token."""
        name = uuid.uuid4().hex[:10]
        crm, platform = self.kindful.account(name, **options), self.handbid.organisation(name=name)
        kept = crm.state()
        purpose = {one: str(kept[one][0]["id"]) for one in ("campaign", "fund")}
        return self.stored(
            name, "handbid", "kindful", crm, platform, first_sync, {"default_purpose": purpose, **(settings or {})},
            {"kind": "api_key", "api_key": crm.token},
        )  # fmt: skip

    def connect_virtuous(
        self, settings: dict[str, Any] | None = None, first_sync: str = "unasked", **options: Any
    ) -> Pair:
        """A connection of a new RaiseDonors organisation with a new Virtuous one, by an API key."""
        name = uuid.uuid4().hex[:10]
        crm = self.virtuous.organisation(name, rate_limit_per_hour=1_000_000, **options)
        platform = self.handbid.organisation(name=name, unique_emails=True)
        chosen = {"default_purpose": {"fund": str(crm.project("GEN"))}, **(settings or {})}
        key = {"kind": "api_key", "api_key": crm.api_key}
        return self.stored(name, "raisedonors", "virtuous", crm, platform, first_sync, chosen, key)

    def pump(self, limit: int = 200) -> int:
        """Deliver doorbells until none is left; answers how many there were. What fails is delivered again later."""
        delivered = 0
        while delivered < limit and (message := self._receive()):
            queue, body, receipt = message
            url = self.app.settings.queue_url(queue)
            try:
                dispatch.doorbell(self.app, queue, body)
            except BaseException:
                self.queues.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
                raise
            self.queues.delete_message(QueueUrl=url, ReceiptHandle=receipt)
            delivered += 1
        return delivered

    def advance(self, pair: Pair, **by: float) -> None:
        """Let time pass, for the vendors too."""
        self.clock.advance(**by)
        pair.crm.advance(timedelta(**by).total_seconds())
        pair.platform.advance(timedelta(**by).total_seconds())

    def begin_again(self) -> None:
        """Real time, and no bell on its way."""
        self.clock.shift = timedelta()
        self.clock.vendors.clear()
        for queue in QUEUES:
            self.queues.purge_queue(QueueUrl=self.app.settings.queue_url(queue))

    def tick(self) -> None:
        """The minute tick, and all it starts."""
        ticking.tick(self.app)
        self.pump()

    def _receive(self) -> tuple[str, str, str] | None:
        for queue in QUEUES:
            url = self.app.settings.queue_url(queue)
            for message in self.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
                return queue, message["Body"], message["ReceiptHandle"]
        return None

    def run(self, pair: Pair, run: Run) -> Run:
        """A run as it is now."""
        found = self.app.runs.get(pair.connection.id, run.id)
        assert found is not None
        return found

    def latest(self, pair: Pair) -> Run:
        """The newest run."""
        return self.app.runs.latest(pair.connection.id, 1)[0]

    def counts(self, run: Run, side: Side) -> dict[str, int]:
        """Counters of one side, without zeros."""
        return {
            name.split("_", 1)[1]: number
            for name, number in run.counts.items()
            if name.startswith(f"{side}_") and number
        }


def settings_of(env: dict[str, str]) -> Settings:
    """Settings over an emulator's stores."""
    return Settings.from_environment({**env, "STAGE": "local", "STEP_SECONDS": "60", "PUBLIC_URL": PUBLIC_URL})


@contextmanager
def made(
    session: Any,
    settings: Settings,
    queues: Any,
    bloomerang: BloomerangSandbox,
    handbid: HandbidSandbox,
    kindful_sandbox: KindfulSandbox,
    virtuous_sandbox: VirtuousSandbox,
    patch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """A world over running parts; `session` stands in for boto3's."""
    patch.setenv("GIFTBRIDGE_KINDFUL_URL", kindful_sandbox.url)
    patch.setenv("GIFTBRIDGE_VIRTUOUS_URL", virtuous_sandbox.url)
    patch.setenv("GIFTBRIDGE_BLOOMERANG_URL", f"{bloomerang.url}/v2")
    patch.setenv("GIFTBRIDGE_HANDBID_URL", handbid.url)
    patch.setenv("GIFTBRIDGE_RAISEDONORS_URL", handbid.url)
    vendor_override.cache_clear()
    clock = MovingClock()
    measured: dict[str, float] = {}
    app = bootstrap.build(
        settings, clock, session, lambda name, value: measured.update({name: measured.get(name, 0) + value})
    )
    yield World(app, clock, bloomerang, handbid, kindful_sandbox, virtuous_sandbox, queues, measured)
    app.client.close()
    vendor_override.cache_clear()


class EmulatorSession:
    """A boto3 session whose clients speak to the emulator."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._session: Any = boto3.session.Session()

    def client(self, service: str, config: Any = None) -> Any:
        env = self._stores.env
        return self._session.client(
            service, endpoint_url=self._stores.endpoint, region_name=env.get("AWS_REGION", "us-east-1"),
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            config=config,
        )  # fmt: skip


@pytest.fixture(scope="session")
def bloomerang() -> Iterator[BloomerangSandbox]:
    """The CRM."""
    with BloomerangSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def handbid() -> Iterator[HandbidSandbox]:
    """The platform."""
    with HandbidSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def kindful_sandbox() -> Iterator[KindfulSandbox]:
    """A CRM that takes in later what it is handed."""
    with KindfulSandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def virtuous_sandbox() -> Iterator[VirtuousSandbox]:
    """A CRM whose imports a person runs."""
    with VirtuousSandbox() as sandbox:
        yield sandbox


Vendors = tuple[BloomerangSandbox, HandbidSandbox, KindfulSandbox, VirtuousSandbox]


@pytest.fixture(scope="session")
def vendors(
    bloomerang: BloomerangSandbox,
    handbid: HandbidSandbox,
    kindful_sandbox: KindfulSandbox,
    virtuous_sandbox: VirtuousSandbox,
) -> Vendors:
    """The sandboxes of a world."""
    return bloomerang, handbid, kindful_sandbox, virtuous_sandbox


@pytest.fixture
def emulated_world(stores: Stores, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Everything in one process, over the emulator's stores."""
    with made(EmulatorSession(stores), settings_of(stores.env), stores.client("sqs"), *vendors, monkeypatch) as there:
        yield there


@pytest.fixture
def world(emulated_world: World) -> World:
    """The same, by its usual name: some folders have tables in this process instead."""
    return emulated_world
