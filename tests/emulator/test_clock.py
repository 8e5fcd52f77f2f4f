"""EventBridge Scheduler: when schedules fire, and what they hand over."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from tests.emulator.conftest import Aws, unique

_ROLE = "arn:aws:iam::000000000000:role/any"


def schedule(aws: Aws, expression: str, target: str, zone: str = "UTC", **more: Any) -> str:
    name = unique("schedule")
    aws.scheduler.create_schedule(
        Name=name,
        ScheduleExpression=expression,
        ScheduleExpressionTimezone=zone,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target, "RoleArn": _ROLE, "Input": '{"due": "<aws.scheduler.scheduled-time>"}', **more},
    )
    return name


def next_due(aws: Aws, name: str, after: str) -> str:
    listed = aws.emulator.ask("schedules?" + urlencode({"after": after}))
    return next(str(each["next"]) for each in listed if each["name"] == name)


def test_a_schedule_fires_by_itself_when_it_is_due(aws: Aws) -> None:
    url, arn = aws.queue()
    due = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    schedule(aws, f"at({due})", arn)
    assert json.loads(aws.receive(url, 10)[0]["Body"]) == {"due": f"{due}Z"}
    time.sleep(1)
    assert aws.receive(url, 0) == []


def test_every_minute_is_every_minute(aws: Aws) -> None:
    name = schedule(aws, "rate(1 minute)", aws.queue()[1])
    created = datetime.fromisoformat(next_due(aws, name, datetime.now(UTC).isoformat())) - timedelta(minutes=1)
    assert abs(created - datetime.now(UTC)) < timedelta(seconds=5)
    later = created + timedelta(minutes=7, seconds=3)
    assert datetime.fromisoformat(next_due(aws, name, later.isoformat())) == created + timedelta(minutes=8)


@pytest.mark.parametrize(
    ("expression", "zone", "after", "due"),
    [
        ("cron(0 8 * * ? *)", "UTC", "2026-11-22T08:00:00+00:00", "2026-11-23T08:00:00+00:00"),
        ("cron(0 8 * * ? *)", "America/Denver", "2026-07-01T00:00:00+00:00", "2026-07-01T14:00:00+00:00"),
        ("cron(0 8 * * ? *)", "America/Denver", "2026-12-01T00:00:00+00:00", "2026-12-01T15:00:00+00:00"),
        ("cron(30 2 * * ? *)", "America/New_York", "2026-03-07T12:00:00+00:00", "2026-03-09T06:30:00+00:00"),
        ("cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00:00+00:00", "2026-11-01T05:30:00+00:00"),
        ("cron(30 1 * * ? *)", "America/New_York", "2026-11-01T05:30:00+00:00", "2026-11-02T06:30:00+00:00"),
    ],
    ids=["daily", "summer", "winter", "a time left out is skipped", "a time that comes twice", "fires once"],
)
def test_cron_follows_the_clocks_of_its_time_zone(aws: Aws, expression: str, zone: str, after: str, due: str) -> None:
    assert next_due(aws, schedule(aws, expression, aws.queue()[1], zone), after) == due


def test_firing_by_hand_hands_over_the_input_at_once(aws: Aws) -> None:
    url, arn = aws.queue()
    name = schedule(aws, "cron(0 8 1 1 ? *)", arn)
    assert aws.emulator.ask(f"fire?name={name}", "POST") == [name]
    assert "due" in json.loads(aws.receive(url)[0]["Body"])


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(aws: Aws) -> None:
    url, dead_letters = aws.queue()
    gone = "arn:aws:lambda:us-east-1:000000000000:function:no-such-function"
    name = schedule(aws, "rate(1 day)", gone, DeadLetterConfig={"Arn": dead_letters})
    aws.emulator.ask(f"fire?name={name}", "POST")
    assert "due" in json.loads(aws.receive(url)[0]["Body"])


@pytest.mark.parametrize(
    ("expression", "zone"), [("cron(bad)", "UTC"), ("rate(0.5 minutes)", "UTC"), ("rate(1 day)", "Mars/Base")]
)
def test_a_schedule_that_makes_no_sense_is_refused(aws: Aws, expression: str, zone: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        schedule(aws, expression, aws.queue()[1], zone)
