"""CloudWatch's alarms: by their own dimensions, period by period, with what is missing treated as they say."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from local.emulator import inner, metrics
from local.emulator.metrics import Point

_log = logging.getLogger(__name__)
_EVERY_SECONDS = 60
_BREACHES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
_LOW = "EvaluateLowSampleCountPercentile"

Alarm = dict[str, Any]


def install(ticking: bool) -> None:
    """Take MiniStack's place; without ticking, alarms are evaluated only by hand."""
    original = inner.formation._cw_metric_alarm_record
    inner.formation._cw_metric_alarm_record = lambda name, asked: {
        **original(name, asked),
        _LOW: asked.get(_LOW, "evaluate"),
    }
    inner.alarms._evaluate_alarm = lambda alarm: None  # not with every datapoint: once a minute, as CloudWatch does
    if ticking:
        threading.Thread(target=_loop, daemon=True, name="alarms").start()


def evaluate(at: float, since: float = 0.0) -> dict[str, str]:
    """Bring every alarm to the state it has at a moment, also one to come, had nothing been measured before `since`."""
    for alarm in _all():
        _turn(alarm, *verdict(alarm, at, since))
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in _all()}


def verdict(alarm: Alarm, at: float, since: float = 0.0) -> tuple[str, str]:
    """The state of an alarm and why."""
    values = [value_of(alarm, at - age * alarm["Period"], since) for age in range(alarm["EvaluationPeriods"])]
    if LOW in values:
        return alarm["StateValue"], "Too few samples."
    found = [value for value in values if isinstance(value, float)]
    missing = len(values) - len(found)
    breaching = sum(_BREACHES[alarm["ComparisonOperator"]](value, alarm["Threshold"]) for value in found)
    treatment = alarm["TreatMissingData"]
    reason = f"{len(found)} datapoints {found}, {missing} missing ({treatment}), {breaching} breaching."
    if breaching + (missing if treatment == "breaching" else 0) >= alarm.get("DatapointsToAlarm", len(values)):
        return "ALARM", reason
    if not found and treatment in ("ignore", "missing"):
        return (alarm["StateValue"] if treatment == "ignore" else "INSUFFICIENT_DATA"), reason
    return "OK", reason


LOW: Final = "low"
"""In place of a percentile of so few samples that the alarm says to leave it alone."""


def value_of(alarm: Alarm, end: float, since: float = 0.0) -> float | str | None:
    """The alarm's statistic over the period that ends at a moment; None where there is no datapoint."""
    begin = max(since, end - alarm["Period"])
    points = [point for point in _points(alarm, end) if begin < point["Timestamp"] <= end]
    if not points:
        return None
    percentile = alarm.get("ExtendedStatistic")
    stats = inner.alarms._calc_stats(points)
    if percentile and alarm.get(_LOW) == "ignore" and stats["SampleCount"] < _wanted_samples(percentile):
        return LOW
    return float(inner.alarms._stat_value(stats, percentile or alarm["Statistic"], points))


def _wanted_samples(percentile: str) -> float:
    """CloudWatch's rule: 10 beyond the percentile, above the median or below it."""
    share = float(percentile.lstrip("pP")) / 100
    return 10 / (1 - share if share >= 0.5 else share)


def _points(alarm: Alarm, at: float) -> list[Point]:
    """What was measured of just what the alarm names, and what its queue says at the moment."""
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    key = (alarm["Namespace"], alarm["MetricName"], inner.alarms._dims_key(dimensions))
    found = list(inner.alarms._metrics.get(key) or [])
    if alarm["Namespace"] == "AWS/SQS":
        said = metrics.queues(at)
        found += [one for name, one in said if (name, one["Dimensions"]) == (alarm["MetricName"], dimensions)]
    return [point for point in found if alarm.get("Unit") in (None, point["Unit"])]


def _turn(alarm: Alarm, state: str, reason: str) -> None:
    was = alarm["StateValue"]
    alarm |= {"StateReason": reason}
    if state == was:
        return
    alarm |= {"StateValue": state, "StateUpdatedTimestamp": int(time.time())}
    inner.alarms._record_history(alarm["AlarmName"], was, state, reason)
    inner.alarms._dispatch_alarm_actions(alarm, was, state, reason)


def _all() -> list[Alarm]:
    return list(inner.alarms._alarms.values())


def _loop() -> None:
    while True:
        time.sleep(_EVERY_SECONDS)
        try:
            metrics.keep_queues(inner.now())
            evaluate(inner.now())
        except Exception:  # one broken alarm must not stop the others for ever
            _log.exception("alarms not evaluated")
