"""EventBridge Scheduler: its own tick loop, with time zones and dead letters."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local.emulator import inner
from local.emulator.delivery import DeliveryError, dead_letter, invoke_async

_TICK_SECONDS = 0.5
_log = logging.getLogger(__name__)
_create = inner.schedules._create_schedule


class ExpressionError(ValueError):
    """A schedule expression that AWS would have refused."""


@dataclass(frozen=True)
class Schedule:
    """One deployed schedule and the account and region it lives in."""

    account: str
    region: str
    record: dict[str, Any]

    @property
    def name(self) -> str:
        """The schedule's name."""
        return str(self.record["Name"])

    @property
    def enabled(self) -> bool:
        """Whether it fires at all."""
        return bool(self.record.get("State", "ENABLED") == "ENABLED")

    def next_after(self, moment: datetime) -> datetime | None:
        """First time it is due after the moment; None if it never is again."""
        zone = ZoneInfo(self.record.get("ScheduleExpressionTimezone") or "UTC")
        created = datetime.fromtimestamp(float(self.record["CreationDate"]), UTC)
        return next_after(self.record["ScheduleExpression"], zone, created, moment)


def next_after(expression: str, zone: ZoneInfo, created: datetime, moment: datetime) -> datetime | None:
    """First occurrence of an `at()`, `rate()` or `cron()` expression strictly after the moment."""
    if expression.startswith("at("):
        due = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=zone).astimezone(UTC)
        return due if due > moment else None
    seconds = inner.events._parse_rate_seconds(expression)
    if seconds is not None:
        passed = max(0, (moment - created) // timedelta(seconds=seconds))
        return created + timedelta(seconds=seconds) * (passed + 1)
    fields = inner.events._parse_cron_fields(expression)
    if fields is None:
        raise ExpressionError(expression)
    return _next_cron(fields, zone, moment)


def _next_cron(fields: Any, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """A wall-clock time that a change of clocks leaves out is skipped; one that comes twice fires once."""
    wall = moment.astimezone(zone).replace(tzinfo=UTC)  # MiniStack walks naive time, marked UTC
    while (wall := inner.events._cron_next_fire(fields, wall)) is not None:
        due: datetime = wall.replace(tzinfo=zone).astimezone(UTC)
        if due > moment and due.astimezone(zone).replace(tzinfo=UTC) == wall:
            return due
    return None


def schedules() -> Iterator[Schedule]:
    """Everything deployed."""
    for (account, region, _), record in list(inner.schedules._schedules._data.items()):
        yield Schedule(account, region, record)


def fire(schedule: Schedule, due: datetime) -> None:
    """Start the schedule's target as Scheduler would at that time."""
    inner.requests.set_request_account_id(schedule.account)
    inner.requests.set_request_region(schedule.region)
    target = schedule.record["Target"]
    payload = _filled(target.get("Input") or "{}", schedule, due)
    try:
        _deliver(target, payload, schedule)
    except DeliveryError as error:
        dead_letter(target, payload, error, schedule.record.get("Arn", ""))


def _deliver(target: dict[str, Any], payload: str, schedule: Schedule) -> None:
    if ":lambda:" in target["Arn"]:
        invoke_async(target["Arn"], payload)
    else:
        inner.events._invoke_target(target | {"Input": payload}, _event(schedule), schedule.record)


def _event(schedule: Schedule) -> dict[str, Any]:
    return {
        "EventId": str(uuid4()),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": json.dumps({}),
        "Time": time.time(),
        "Resources": [schedule.record.get("Arn", "")],
        "Account": schedule.account,
        "Region": schedule.region,
    }


def _filled(template: str, schedule: Schedule, due: datetime) -> str:
    values = {
        "schedule-arn": schedule.record.get("Arn", ""),
        "scheduled-time": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": str(uuid4()),
        "attempt-number": "1",
    }
    for name, value in values.items():
        template = template.replace(f"<aws.scheduler.{name}>", value)
    return template


def _tick(schedule: Schedule, since: datetime, now: datetime) -> None:
    due = schedule.next_after(since) if schedule.enabled else None
    if due is not None and due <= now:
        fire(schedule, due)


def _loop() -> None:
    since = datetime.now(UTC)
    while True:
        time.sleep(_TICK_SECONDS)
        now = datetime.now(UTC)
        for schedule in schedules():
            try:
                _tick(schedule, since, now)
            except Exception:  # one broken schedule must not stop the others
                _log.exception("schedule %s not fired", schedule.name)
        since = now


def create(name: str, body: dict[str, Any]) -> Any:
    """CreateSchedule, refusing an expression or a time zone that AWS would refuse."""
    try:
        zone = ZoneInfo(body.get("ScheduleExpressionTimezone") or "UTC")
        next_after(body.get("ScheduleExpression", ""), zone, datetime.now(UTC), datetime.now(UTC))
    except (ValueError, ZoneInfoNotFoundError):
        return inner.schedules._error(400, "ValidationException", "Invalid Schedule Expression")
    return _create(name, body)


def install(ticking: bool) -> None:
    """Replace MiniStack's ticker; without ticking, schedules fire only by hand."""
    inner.schedules._create_schedule = create

    def start() -> None:
        if ticking:
            threading.Thread(target=_loop, daemon=True, name="scheduler").start()

    inner.schedules.start_scheduler = start
