"""Event source mappings and EventBridge targets, where MiniStack differs from AWS."""

import json
from typing import Any

from local.emulator import inner
from local.emulator.delivery import DeliveryError, dead_letter, invoke_async

_serial_when_fifo = inner.functions._sqs_esm_concurrency
_invoke_target = inner.events._invoke_target


def install() -> None:
    """Put the corrections in place."""
    inner.functions._sqs_esm_concurrency = concurrency
    inner.functions._ESM_BACKOFF_SECONDS = (
        0.0  # a failed message is invisible anyway; other groups must not wait for it
    )
    inner.events._dispatch_to_lambda = invoke_async
    inner.events._invoke_target = invoke_target


def concurrency(mapping: dict[str, Any], function: Any, config: Any, queue: dict[str, Any] | None = None) -> int:
    """Batches in flight at once.

    MiniStack runs a FIFO queue's consumer one batch at a time because its batches span groups. A batch of one
    message cannot, and the queue holds back groups that are in flight, so groups may run in parallel as on AWS.
    """
    if queue and queue.get("is_fifo") and mapping.get("BatchSize") != 1:
        return int(_serial_when_fifo(mapping, function, config, queue))
    return int(_serial_when_fifo(mapping, function, config, None))


def invoke_target(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
    """Deliver to a rule's target; what has no receiver goes to the target's dead-letter queue."""
    if ":lambda:" in target.get("Arn", "") and inner.functions._get_func_record_for_ref(target["Arn"])[0] is None:
        payload = json.dumps((view or inner.events._pattern_event_view(event)).event_with_detail())
        dead_letter(target, payload, DeliveryError("RESOURCE_NOT_FOUND", target["Arn"]), rule.get("Arn", ""))
        return
    _invoke_target(target, event, rule, view)
