"""The deployed stack's alarms, as whoever watches them has them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from giftbridge.jobs.context import App
from giftbridge.stores.connections import UNHEALTHY
from local.stack import NAME
from tests.rows.conftest import Deployment, Site, eventually

WORKERS = {"contacts": "ContactSync", "gifts": "TransactionPush", "exports": "BatchExport"}
States = Mapping[str, str]


@dataclass
class Watch:
    """Whoever looks at the alarms: by what was measured since they began, as of now or of a moment to come."""

    deployment: Deployment
    app: App
    site: Callable[[], Site]
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def states(self, at: datetime | None = None) -> States:
        """Name without the stack's -> state."""
        asked = {"at": (at or datetime.now(UTC)).isoformat(), "since": self.since.isoformat()}
        told = self.deployment.stack.emulator.ask("alarms?" + urlencode(asked), "POST")
        return {name.removeprefix(f"{NAME}-"): state for name, state in told.items()}

    def state(self, name: str, at: datetime | None = None) -> str:
        """The state of one alarm."""
        return self.states(at)[name]

    def fires(self, name: str, later: timedelta = timedelta(), timeout: float = 30.0) -> bool:
        """Wait until an alarm fires, looking as of so much later."""
        return eventually(lambda: self.state(name, datetime.now(UTC) + later) == "ALARM", timeout)

    def client(self, service: str) -> Any:
        """A boto3 client of the stack."""
        return self.deployment.stack.client(service)

    def function(self, alarm: str) -> str:
        """The deployed name of the function that an alarm such as `contact_sync-errors` is about."""
        return f"{NAME}-{alarm.rpartition('-')[0]}"


def definitions(deployment: Deployment) -> dict[str, Any]:
    """The deployed alarms by name, as CloudWatch describes them."""
    pages = deployment.stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return {
        one["AlarmName"].removeprefix(f"{NAME}-"): one
        for page in pages
        for one in page["MetricAlarms"]
        if one["AlarmName"].startswith(f"{NAME}-")
    }


def clear(deployment: Deployment) -> None:
    """What others left: dead letters, and connections that nobody reconnects."""
    stack = deployment.stack
    for logical in ("ContactsDlq", "GiftsDlq", "ExportsDlq", "TriggerDlq"):
        stack.client("sqs").purge_queue(QueueUrl=stack.resources[logical])
    for item in deployment.table("CONNECTIONS"):
        if item["pk"]["S"] == UNHEALTHY:
            key = {name: item[name] for name in ("pk", "sk")}
            stack.client("dynamodb").delete_item(TableName=stack.env["CONNECTIONS_TABLE"], Key=key)


def send(deployment: Deployment, queue: str, body: str) -> None:
    """A message of an account of its own, so that nobody waits behind it."""
    url, group = deployment.stack.env[f"{queue.upper()}_QUEUE_URL"], f"bloomerang:{uuid4().hex}"
    deployment.stack.client("sqs").send_message(
        QueueUrl=url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=uuid4().hex
    )
