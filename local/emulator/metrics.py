"""What AWS counts by itself, functions and queues, and what functions count in lines of their log (EMF)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local.emulator import inner

Point = dict[str, Any]


def install() -> None:
    """Functions are counted where they run, whoever started them; MiniStack counts direct calls only."""
    inner.functions._emit_lambda_metrics = throttled


def throttled(function: str, *, throttle: bool, **_outcome: object) -> None:
    """A call that was refused for want of concurrency."""
    if throttle:
        _record("AWS/Lambda", "Throttles", {"FunctionName": function}, 1, "Count", inner.now())


def invoked(function: str, seconds: float, failed: bool, log: str) -> None:
    """One invocation, without the time that its process took to start; and what it printed to be counted."""
    now, of = inner.now(), {"FunctionName": function}
    _record("AWS/Lambda", "Invocations", of, 1, "Count", now)
    _record("AWS/Lambda", "Errors", of, int(failed), "Count", now)
    _record("AWS/Lambda", "Duration", of, round(1000 * seconds), "Milliseconds", now)
    for line in log.splitlines():
        if '"_aws"' in line:
            _embedded(line)


def _embedded(line: str) -> None:
    """The metrics of a line in the embedded metric format; anything else is a line of a log."""
    try:
        entry = json.loads(line)
        directives, at = entry["_aws"]["CloudWatchMetrics"], entry["_aws"]["Timestamp"] / 1000
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        for names in directive["Dimensions"]:
            dimensions = {name: str(entry[name]) for name in names}
            for metric in directive["Metrics"]:
                values = entry[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    _record(directive["Namespace"], metric["Name"], dimensions, value, metric.get("Unit", "None"), at)


def queues(at: float) -> Iterator[tuple[str, Point]]:
    """What SQS says of every queue at a moment: metric and point."""
    for key, queue in list(inner.queues._queues._data.items()):
        of = {"QueueName": str(key[-1]).rsplit("/", 1)[-1]}
        visible = [message for message in queue["messages"] if message["visible_at"] <= at]
        sent = [message["sent_at"] for message in queue["messages"]]
        yield "ApproximateNumberOfMessagesVisible", _point(len(visible), "Count", of, at)
        if sent:
            yield "ApproximateAgeOfOldestMessage", _point(max(0.0, at - min(sent)), "Seconds", of, at)


def keep_queues(at: float) -> None:
    """Write down what SQS says, as it does once a minute."""
    for name, point in queues(at):
        _record("AWS/SQS", name, point["Dimensions"], point["Value"], point["Unit"], at)


def _record(space: str, name: str, dimensions: Mapping[str, str], value: float, unit: str, at: float) -> None:
    """Keep a value; equal ones of one second are one point that counts more, as the state is written often."""
    points = inner.alarms._metric_bucket((space, name, inner.alarms._dims_key(dict(dimensions))))
    last = points[-1] if points else None
    if last and (last["Value"], int(last["Timestamp"])) == (float(value), int(at)) and "_stat" not in last:
        last["Count"] = last.get("Count", 1.0) + 1
    else:
        points.append(_point(value, unit, dimensions, at))


def _point(value: float, unit: str, dimensions: Mapping[str, str], at: float) -> Point:
    return {"Timestamp": at, "Value": float(value), "Unit": unit, "Dimensions": dict(dimensions)}
