"""Asynchronous delivery to targets, and the dead-letter queue of what could not be delivered."""

import json
from typing import Any

from local.emulator import inner


class DeliveryError(Exception):
    """No target took the event. `code` is EventBridge's error code."""

    def __init__(self, code: str, target: str) -> None:
        super().__init__(f"{code}: {target}")
        self.code = code


def invoke_async(arn: str, payload: str) -> None:
    """Start a function as `InvocationType=Event` does, with its retries and its own failure destination.

    Raises DeliveryError when there is no such function.
    """
    function, config, _ = inner.functions._get_func_record_for_ref(arn)
    if not function or not config:
        raise DeliveryError("RESOURCE_NOT_FOUND", arn)
    record = inner.functions._execution_record_for_config(function, config)
    inner.functions.invoke_async_with_retry(record, json.loads(payload))


def dead_letter(target: dict[str, Any], payload: str, error: DeliveryError, source: str) -> None:
    """Send the event to the target's dead-letter queue, if it has one, with the attributes EventBridge adds."""
    arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not arn or inner.queues._queue_by_arn(arn) is None:
        return
    attributes = {
        "ERROR_CODE": error.code,
        "ERROR_MESSAGE": str(error),
        "TARGET_ARN": target["Arn"],
        "RULE_ARN": source,
    }
    message = {
        "MessageBody": payload,
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        },
    }
    inner.queues._act_send_message(message, inner.queues._queue_url(arn.rsplit(":", 1)[-1]))
