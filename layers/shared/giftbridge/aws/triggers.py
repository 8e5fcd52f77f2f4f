"""Ticks, daily exports and reconciled events that did not arrive, or failed too often: in a queue of their own."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from giftbridge.aws.queue import WAITING, attributes
from giftbridge.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from giftbridge.settings import Settings

FUNCTIONS: Final[Mapping[str, str]] = {
    "tick": "contact_sync", "daily-export": "batch_export", "event.reconciled": "transaction_push",
}  # fmt: skip
"""What a trigger is -> the function that it was for."""
UNKNOWN: Final = "unknown"
LOOK_SECONDS: Final = 20
"""How long those that are only looked at are hidden from others, at most."""
AT_ONCE: Final = 10
"""As many as SQS hands out together."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One that was lost. `kind` is a key of `FUNCTIONS`, or `UNKNOWN`; `lost_at` is UTC."""

    id: str
    kind: str
    lost_at: datetime
    event: Mapping[str, Any] = field(repr=False)
    receipt: str = field(repr=False)

    @property
    def about(self) -> str:
        """The event or the day that it names, by ids; empty where it names none."""
        told = self.event.get("detail")
        detail = told if isinstance(told, Mapping) else {}
        named = [str(detail[name]) for name in ("platform", "organisation", "event_id", "day") if detail.get(name)]
        return ":".join(named)


@dataclass(frozen=True, slots=True)
class Triggers:
    """The queue of lost triggers, and the functions that they were for."""

    queue: "SQSClient"
    functions: "LambdaClient"
    settings: "Settings"

    def count(self) -> int:
        """How many there are; approximate."""
        return int(attributes(self.queue, self.settings.trigger_dlq_url, WAITING)[WAITING])

    def look(self, most: int = 1000) -> list[Trigger]:
        """Those that there are, the oldest first; others see them again at once."""
        found = self.take(LOOK_SECONDS, most)
        self.let_go(found)
        return found

    def take(self, seconds: int, most: int = 1000) -> list[Trigger]:
        """Those that there are, the oldest first, hidden from others for so long."""
        found: dict[str, Trigger] = {}
        while len(found) < most and (got := self._receive(seconds)):
            found |= {message["MessageId"]: _trigger(message) for message in got}
        return sorted(found.values(), key=lambda one: (one.lost_at, one.id))

    def let_go(self, taken: Iterable[Trigger]) -> None:
        """Show them to others again."""
        for one in taken:
            self.queue.change_message_visibility(
                QueueUrl=self.settings.trigger_dlq_url, ReceiptHandle=one.receipt, VisibilityTimeout=0
            )

    def deliver(self, trigger: Trigger) -> None:
        """Hand it to its function, as it was sent at first: tried again as often, and back here if that fails again.

        Raises `Conflict` for one that no function is for.
        """
        if trigger.kind not in FUNCTIONS:
            raise Conflict("Nobody knows which function this was for. Discard it.", code="unknown_trigger")
        self.functions.invoke(
            FunctionName=self.settings.function_name(FUNCTIONS[trigger.kind]),
            InvocationType="Event",
            Payload=json.dumps(trigger.event),
        )
        self.forget(trigger)

    def forget(self, trigger: Trigger) -> None:
        """Delete it."""
        self.queue.delete_message(QueueUrl=self.settings.trigger_dlq_url, ReceiptHandle=trigger.receipt)

    def _receive(self, seconds: int) -> "list[MessageTypeDef]":
        answer = self.queue.receive_message(
            QueueUrl=self.settings.trigger_dlq_url, MaxNumberOfMessages=AT_ONCE, VisibilityTimeout=seconds,
            WaitTimeSeconds=1, AttributeNames=["SentTimestamp"],
        )  # fmt: skip
        return answer.get("Messages", [])


def _trigger(message: "MessageTypeDef") -> Trigger:
    """As the schedule or the bus sent it, or in Lambda's record of an invocation that failed.

    A daily export means the day before it was sent, whenever it is delivered: retries end on the same UTC day.
    """
    try:
        body = json.loads(message["Body"])
        event = body.get("requestPayload", body)
        kind = str(event.get("detail-type"))
    except (ValueError, AttributeError):
        event, kind = {}, UNKNOWN
    lost_at = datetime.fromtimestamp(int(message.get("Attributes", {}).get("SentTimestamp", "0")) / 1000, UTC)
    if kind == "daily-export" and not event.get("detail"):
        event = {**event, "detail": {"day": (lost_at.date() - timedelta(days=1)).isoformat()}}
    return Trigger(
        id=message["MessageId"], kind=kind if kind in FUNCTIONS else UNKNOWN, lost_at=lost_at, event=event,
        receipt=message["ReceiptHandle"],
    )  # fmt: skip
