"""SQS StartMessageMoveTask and ListMessageMoveTasks: redrive of a dead-letter queue."""

import base64
import time
from typing import Any
from uuid import uuid4

from local.emulator import inner

Message = dict[str, Any]
_tasks: dict[str, list[dict[str, Any]]] = {}


def install() -> None:
    """Teach the emulator's SQS both actions."""
    inner.queues._HANDLERS["StartMessageMoveTask"] = start
    inner.queues._HANDLERS["ListMessageMoveTasks"] = listing


def start(request: dict[str, Any], _url: str) -> dict[str, str]:
    """Move every visible message to the destination, or back to the queue each came from."""
    source = request["SourceArn"]
    queue = _existing(source)
    if not _is_dead_letter_queue(source):
        raise inner.queues._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    task: dict[str, Any] = {
        "TaskHandle": base64.b64encode(uuid4().bytes).decode(),
        "SourceArn": source,
        "StartedTimestamp": int(time.time() * 1000),
        **{key: request[key] for key in ("DestinationArn", "MaxNumberOfMessagesPerSecond") if key in request},
    }
    _tasks.setdefault(source, []).insert(0, task)
    with inner.queues._queues_lock:
        task |= _move(queue, request.get("DestinationArn"))
        _tasks[source][0] = task
    inner.functions._esm_wake.set()
    return {"TaskHandle": task["TaskHandle"]}


def listing(request: dict[str, Any], _url: str) -> dict[str, list[dict[str, Any]]]:
    """The latest tasks of a queue, newest first."""
    return {"Results": _tasks.get(request["SourceArn"], [])[: int(request.get("MaxResults", 1))]}


def _move(queue: dict[str, Any], destination: str | None) -> dict[str, Any]:
    now = time.time()
    waiting = [message for message in queue["messages"] if message["visible_at"] <= now]
    targets = [destination or (message.get("sys") or {}).get("DeadLetterQueueSourceArn") for message in waiting]
    if not all(targets):
        return {
            "Status": "FAILED",
            "FailureReason": "CouldNotDetermineMessageSource",
            "ApproximateNumberOfMessagesMoved": 0,
        }
    for message, target in zip(waiting, targets, strict=True):
        _existing(target)["messages"].append(_as_new(message, now))
        queue["messages"].remove(message)
    return {
        "Status": "COMPLETED",
        "ApproximateNumberOfMessagesMoved": len(waiting),
        "ApproximateNumberOfMessagesToMove": len(waiting),
    }


def _as_new(message: Message, now: float) -> Message:
    """A redriven message is a new one: new id, new receive count."""
    fresh = {
        "id": str(uuid4()),
        "receive_count": 0,
        "first_receive_at": None,
        "receipt_handle": None,
        "visible_at": now,
        "sent_at": now,
    }
    return (
        message
        | fresh
        | {"sys": {k: v for k, v in (message.get("sys") or {}).items() if k != "DeadLetterQueueSourceArn"}}
    )


def _existing(arn: str | None) -> dict[str, Any]:
    queue: dict[str, Any] | None = inner.queues._queue_by_arn(arn)
    if queue is None:
        raise inner.queues._Err(
            "ResourceNotFoundException", "The resource that you specified for the SourceArn parameter doesn't exist."
        )
    return queue


def _is_dead_letter_queue(arn: str) -> bool:
    return any(
        arn in queue["attributes"].get("RedrivePolicy", "") for queue in list(inner.queues._queues._data.values())
    )
