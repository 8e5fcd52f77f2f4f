"""CloudWatch: what is counted by itself, and alarms that go by their own definition alone."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.emulator.conftest import Aws, unique

COUNTING = """
import json, time

def handler(event, context):
    line = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
        {"Namespace": "Ours", "Dimensions": [["service"]], "Metrics": [{"Name": "Things", "Unit": "Count"}]}]},
        "service": event["service"], "Things": [event["things"]]}
    print(json.dumps(line))
    if event.get("raises"):
        raise ValueError("as told")
"""


def alarm(aws: Aws, metric: tuple[str, str], dimensions: dict[str, str], **settings: Any) -> str:
    """Name of a new alarm: more than 0 in a minute."""
    name = unique("alarm")
    usual = {"Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0.0}
    aws.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=metric[0],
        MetricName=metric[1],
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        **{"ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching", **usual, **settings},
    )
    return name


def state(aws: Aws, name: str, later: timedelta = timedelta()) -> str:
    """The alarm's state as its clock stands then, as people are told."""
    aws.emulator.ask("alarms?" + urlencode({"at": (datetime.now(UTC) + later).isoformat()}), "POST")
    (found,) = aws.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found["StateValue"])


@pytest.mark.parametrize("raises", [True, False])
def test_a_functions_errors_are_counted(aws: Aws, raises: bool) -> None:
    function = aws.function(COUNTING)
    name = alarm(aws, ("AWS/Lambda", "Errors"), {"FunctionName": function})
    other = alarm(aws, ("AWS/Lambda", "Errors"), {"FunctionName": unique("other")})
    assert state(aws, name) == "OK"
    aws.invoke(function, {"service": "a", "things": 1, "raises": raises})
    assert state(aws, name) == ("ALARM" if raises else "OK")
    assert state(aws, other) == "OK"
    assert state(aws, name, timedelta(minutes=2)) == "OK"


def test_a_function_that_may_not_run_is_counted(aws: Aws) -> None:
    function = aws.function(COUNTING)
    name = alarm(aws, ("AWS/Lambda", "Throttles"), {"FunctionName": function})
    lambdas = aws.__getattr__("lambda")
    lambdas.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    assert state(aws, name) == "OK"
    with pytest.raises(lambdas.exceptions.TooManyRequestsException):
        lambdas.invoke(FunctionName=function, Payload="{}")
    assert state(aws, name) == "ALARM"


def test_lines_in_the_embedded_metric_format_are_counted(aws: Aws) -> None:
    function, service = aws.function(COUNTING), unique("service")
    watched = {
        "theirs": alarm(aws, ("Ours", "Things"), {"service": service}, Threshold=4.0),
        "another_metric": alarm(aws, ("Ours", "Thing"), {"service": service}),
        "another_space": alarm(aws, ("Theirs", "Things"), {"service": service}),
        "another_service": alarm(aws, ("Ours", "Things"), {"service": f"{service}-2"}),
        "fewer_dimensions": alarm(aws, ("Ours", "Things"), {}),
        "more_dimensions": alarm(aws, ("Ours", "Things"), {"service": service, "stage": "prod"}),
    }
    aws.invoke(function, {"service": service, "things": 2})
    aws.invoke(function, {"service": service, "things": 3})
    states = {which: state(aws, name) for which, name in watched.items()}
    assert states == {which: "ALARM" if which == "theirs" else "OK" for which in watched}


def test_messages_of_a_queue_are_counted_and_grow_old(aws: Aws) -> None:
    url, arn = aws.queue()
    queue = {"QueueName": arn.rsplit(":", 1)[1]}
    number = alarm(aws, ("AWS/SQS", "ApproximateNumberOfMessagesVisible"), queue, Statistic="Maximum")
    age = alarm(aws, ("AWS/SQS", "ApproximateAgeOfOldestMessage"), queue, Statistic="Maximum", Threshold=900.0)
    assert (state(aws, number), state(aws, age)) == ("OK", "OK")
    aws.send(url, "one")
    assert (state(aws, number), state(aws, age)) == ("ALARM", "OK")
    assert state(aws, age, timedelta(seconds=905)) == "ALARM"
    aws.sqs.purge_queue(QueueUrl=url)
    assert state(aws, age, timedelta(seconds=905)) == "OK"


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [("breaching", "ALARM"), ("notBreaching", "OK"), ("missing", "INSUFFICIENT_DATA"), ("ignore", "INSUFFICIENT_DATA")],
)
def test_what_is_missing_counts_as_the_alarm_says(aws: Aws, treatment: str, expected: str) -> None:
    name = alarm(aws, ("Ours", unique("metric")), {}, TreatMissingData=treatment)
    assert state(aws, name) == expected


def test_every_period_must_breach(aws: Aws) -> None:
    metric = unique("metric")
    name = alarm(aws, ("Ours", metric), {}, EvaluationPeriods=2)
    now = datetime.now(UTC)
    put(aws, metric, now - timedelta(seconds=30), Value=1)
    assert state(aws, name) == "OK"
    put(aws, metric, now - timedelta(seconds=90), Value=1)
    assert state(aws, name) == "ALARM"


def put(aws: Aws, metric: str, at: datetime, **value: Any) -> None:
    aws.cloudwatch.put_metric_data(
        Namespace="Ours", MetricData=[{"MetricName": metric, "Timestamp": at, "Unit": "Count", **value}]
    )


def test_who_subscribed_hears_when_an_alarm_begins_and_ends(aws: Aws) -> None:
    topic = aws.sns.create_topic(Name=unique("topic"))["TopicArn"]
    url, arn = aws.queue()
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    metric = unique("metric")
    name = alarm(aws, ("Ours", metric), {}, AlarmActions=[topic], OKActions=[topic])
    assert state(aws, name) == "OK"
    put(aws, metric, datetime.now(UTC), Value=1)
    assert state(aws, name) == "ALARM"
    heard = [json.loads(message["Body"]) for message in aws.receive(url)]
    assert [(one["AlarmName"], one["NewStateValue"]) for one in heard] == [(name, "OK"), (name, "ALARM")]
