"""Dead letters: doorbells that failed too often, and triggers that could not be delivered."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from giftbridge.jobs.lifecycle import QUEUES
from ops.output import end
from ops.place import Place

TARGETS: Final = {
    "tick": "ContactSyncFunctionName",
    "daily-export": "BatchExportFunctionName",
    "event.reconciled": "TransactionPushFunctionName",
}
"""What a trigger is -> the output that names the function it was for."""
FASTEST: Final = 500
"""Messages a second, at most, that SQS moves."""


@dataclass(frozen=True)
class Trigger:
    """A tick, a daily export or a reconciled event that did not arrive."""

    kind: str
    event: dict[str, Any]
    receipt: str


def dead(place: Place) -> dict[str, int]:
    """Queue -> how many letters are behind it."""
    client = place.app.doorbells.client
    found = {queue: _count(client, client.get_queue_url(QueueName=_arn(place, queue).rsplit(":", 1)[-1])["QueueUrl"])
             for queue in QUEUES}  # fmt: skip
    if place.stack:
        found["trigger"] = _count(client, place.outputs["TriggerDlqUrl"])
    return found


def move(place: Place, queues: Iterable[str], rate: float) -> None:
    """Let SQS move the letters back to these queues, as AWS's own button does."""
    client, counts = place.app.doorbells.client, dead(place)
    for queue in queues:
        if not counts[queue]:
            continue
        told = client.get_queue_attributes(QueueUrl=place.app.settings.queue_url(queue), AttributeNames=["QueueArn"])
        with suppress(client.exceptions.UnsupportedOperation):  # they are being moved already
            client.start_message_move_task(
                SourceArn=_arn(place, queue),
                DestinationArn=told["Attributes"]["QueueArn"],
                MaxNumberOfMessagesPerSecond=max(1, min(FASTEST, int(rate))),
            )


def triggers(place: Place, hold: int = 0) -> list[Trigger]:
    """Those that are dead; kept from others for `hold` seconds."""
    client, url = place.app.doorbells.client, place.outputs["TriggerDlqUrl"]
    found: dict[str, Trigger] = {}
    while True:
        got = client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=max(hold, 20), WaitTimeSeconds=1
        ).get("Messages", [])
        if not got:
            break
        found |= {message["MessageId"]: _trigger(message) for message in got}
    if not hold:
        for one in found.values():
            client.change_message_visibility(QueueUrl=url, ReceiptHandle=one.receipt, VisibilityTimeout=0)
    return list(found.values())


def deliver(place: Place, trigger: Trigger) -> None:
    """Hand it to its function, and forget it. Ends where the function fails again: the letter stays."""
    function = place.outputs[TARGETS[trigger.kind]]
    answer = place.client("lambda").invoke(FunctionName=function, Payload=json.dumps(trigger.event))
    if "FunctionError" in answer:
        end(f"{function} fails still, so the letter stays. Its log says why.")
    forget(place, trigger)


def forget(place: Place, trigger: Trigger) -> None:
    """Delete the letter."""
    place.app.doorbells.client.delete_message(QueueUrl=place.outputs["TriggerDlqUrl"], ReceiptHandle=trigger.receipt)


def _trigger(message: Any) -> Trigger:
    """As the schedule or the bus sent it, or in Lambda's record of an invocation that failed."""
    try:
        body = json.loads(message["Body"])
        event = body.get("requestPayload", body)
        kind = str(event.get("detail-type"))
    except (ValueError, AttributeError):
        event, kind = {}, "unknown"
    return Trigger(kind if kind in TARGETS else "unknown", event, message["ReceiptHandle"])


def _arn(place: Place, queue: str) -> str:
    """Of the dead-letter queue behind a queue."""
    url = place.app.settings.queue_url(queue)
    try:
        told = place.app.doorbells.client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        return str(json.loads(told["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"])
    except (KeyError, ClientError):
        end(f"The {queue} queue has no dead-letter queue: the stack is not deployed whole.")


def _count(client: Any, url: str) -> int:
    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])
