"""The one place that builds the real application: lazily, so that each function imports only what it uses."""

import os
from collections.abc import Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from botocore.config import Config

from giftbridge.settings import Settings

if TYPE_CHECKING:
    from giftbridge.aws.clock import Clock
    from giftbridge.jobs.context import App
    from giftbridge.jobs.intake import Intake

VENDOR_TIMEOUT_SECONDS: Final = 20
RETRIES: Final = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=3, read_timeout=10)


@cache
def app() -> "App":
    """The application of this process, by its environment."""
    return build(Settings.from_environment())


@cache
def intake() -> "Intake":
    """Webhook intake of this process, by its environment."""
    return build_intake(Settings.from_environment())


def build(
    settings: Settings,
    clock: "Clock | None" = None,
    session: Any = None,
    measure: Callable[[str, float], None] | None = None,
) -> "App":
    """An application; tests pass a clock, a boto3 session, a counter of their own."""
    from giftbridge.aws.bucket import Exports
    from giftbridge.aws.bus import Bus
    from giftbridge.aws.clock import SystemClock
    from giftbridge.aws.queue import Doorbells
    from giftbridge.aws.triggers import Triggers
    from giftbridge.aws.vault import Vault
    from giftbridge.connectors.http import new_client
    from giftbridge.jobs.context import App

    aws = _clients(session)
    sqs = aws("sqs")
    return App(
        settings=settings,
        clock=clock or SystemClock(),
        client=new_client(VENDOR_TIMEOUT_SECONDS),
        vault=Vault(aws("kms"), settings.kms_key_arn),
        doorbells=Doorbells(sqs, settings),
        triggers=Triggers(sqs, aws("lambda"), settings),
        bus=Bus(aws("events"), settings.event_bus_name),
        exports=Exports(aws("s3"), settings.export_bucket),
        **_stores(aws("dynamodb"), settings),
        measure=measure or count,
    )


def _stores(client: Any, settings: Settings) -> dict[str, Any]:
    """The application's stores, by the names that it has for them."""
    from giftbridge.stores.accounts import Accounts
    from giftbridge.stores.connections import Connections
    from giftbridge.stores.dynamo import Dynamo
    from giftbridge.stores.import_files import ImportFiles
    from giftbridge.stores.inbox import Inbox
    from giftbridge.stores.lines import Lines
    from giftbridge.stores.links import Links
    from giftbridge.stores.lookups import Lookups
    from giftbridge.stores.runs import Runs
    from giftbridge.stores.sightings import Sightings
    from giftbridge.stores.sweeps import Sweeps

    db = Dynamo(client)
    return {
        "accounts": Accounts(db, settings.connections_table),
        "connections": Connections(db, settings.connections_table),
        "links": Links(db, settings.links_table),
        "sightings": Sightings(db, settings.links_table),
        "runs": Runs(db, settings.runs_table),
        "lines": Lines(db, settings.runs_table),
        "imports": ImportFiles(db, settings.runs_table),
        "sweeps": Sweeps(db, settings.runs_table),
        "inbox": Inbox(db, settings.inbox_table),
        "lookups": Lookups(
            db, settings.connections_table, settings.runs_table, settings.inbox_table, settings.links_table
        ),
    }


def build_intake(settings: Settings, clock: "Clock | None" = None, session: Any = None) -> "Intake":
    """Webhook intake alone."""
    from giftbridge.aws.clock import SystemClock
    from giftbridge.aws.queue import Doorbells
    from giftbridge.aws.vault import Vault
    from giftbridge.jobs.hooks import HookSecrets
    from giftbridge.jobs.intake import Intake
    from giftbridge.stores.accounts import Accounts
    from giftbridge.stores.connections import Connections
    from giftbridge.stores.dynamo import Dynamo
    from giftbridge.stores.inbox import Inbox

    aws = _clients(session)
    db = Dynamo(aws("dynamodb"))
    connections = Connections(db, settings.connections_table)
    return Intake(
        clock=clock or SystemClock(),
        connections=connections,
        secrets=HookSecrets(Vault(aws("kms"), settings.kms_key_arn), connections),
        inbox=Inbox(db, settings.inbox_table),
        accounts=Accounts(db, settings.connections_table),
        doorbells=Doorbells(aws("sqs"), settings),
    )


class _OnFirstUse:
    """An AWS client that is built when it is first asked for something: a cold start needs one or two of five."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        setattr(self, name, found)
        return found

    @cached_property
    def _client(self) -> Any:
        return self._build()


def _clients(session: Any) -> Callable[[str], Any]:
    """Of a boto3 session, or of the one below: boto3 costs a cold start transfers and resources that nothing uses."""
    create: Any = session.client if session else botocore.session.get_session().create_client
    return lambda service: _OnFirstUse(lambda: create(service, config=RETRIES))


def count(name: str, value: float) -> None:
    """Count something; the line tells where it happened, beside the metric."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    from giftbridge import logs

    unit = MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count
    with single_metric(name=name, unit=unit, value=value, namespace="Giftbridge") as metric:
        metric.add_dimension("service", os.environ["POWERTOOLS_SERVICE_NAME"])
        for name_of_id, text in logs.ids().items():
            metric.add_metadata(name_of_id, text)
