"""F65: what rings, whom it rings, and what the dashboard shows. That alarms fire is tested on the deployed stack."""

import json
import re
from typing import Any

import pytest

from tests.template.sam import functions, name_of, transformed

METRICS = {
    "Bugs",
    "RunsFinished",
    "OldestDueWorkSeconds",
    "ConnectionsUnhealthy",
    "GiftsRecorded",
    "RecordsFailed",
    "VendorCalls",
}


def alarms() -> dict[str, Any]:
    return transformed().of("CloudWatch::Alarm")


def watched(namespace: str, metric: str) -> set[str]:
    """What the alarms on a metric watch: function, queue or service."""
    return {
        name_of(dimension["Value"])
        for alarm in alarms().values()
        if (alarm["Namespace"], alarm["MetricName"]) == (namespace, metric)
        for dimension in alarm["Dimensions"]
    }


def widgets() -> list[Any]:
    (dashboard,) = transformed().of("CloudWatch::Dashboard").values()
    found: list[Any] = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]
    return found


def test_F65_every_dlq_rings() -> None:
    assert watched("AWS/SQS", "ApproximateNumberOfMessagesVisible") == {
        name for name in transformed().of("SQS::Queue") if name.endswith("Dlq")
    }


def test_F65_every_queue_rings_when_doorbells_wait() -> None:
    assert watched("AWS/SQS", "ApproximateAgeOfOldestMessage") == {
        name for name in transformed().of("SQS::Queue") if name.endswith("Queue")
    }


def test_F65_a_doorbells_first_failed_try_does_not_ring() -> None:
    hidden = max(queue.get("VisibilityTimeout", 0) for queue in transformed("prod").of("SQS::Queue").values())
    ages = [each["Threshold"] for each in alarms().values() if each["MetricName"] == "ApproximateAgeOfOldestMessage"]
    assert min(ages) > hidden


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_F65_every_function_rings(metric: str) -> None:
    assert watched("AWS/Lambda", metric) == set(functions())


def test_F65_bugs_that_lambda_does_not_see_ring() -> None:
    """Webhook intake lets go of its bugs, and Lambda counts them."""
    names = {each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for each in functions().values()}
    assert watched("Giftbridge", "Bugs") == names - {"webhook_intake"}


@pytest.mark.parametrize(
    ("metric", "missing"),
    [("RunsFinished", "breaching"), ("OldestDueWorkSeconds", "breaching"), ("ConnectionsUnhealthy", "ignore")],
)
def test_F65_what_only_we_can_know_rings_too(metric: str, missing: str) -> None:
    (alarm,) = [each for each in alarms().values() if each["MetricName"] == metric]
    assert alarm["Namespace"] == "Giftbridge"
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "contact_sync"}]
    assert alarm["TreatMissingData"] == missing


def test_F65_slow_intake_rings() -> None:
    (alarm,) = [each for each in alarms().values() if each["MetricName"] == "Duration"]
    assert (name_of(alarm["Dimensions"][0]["Value"]), alarm["ExtendedStatistic"]) == ("WebhookIntakeFunction", "p95")


def test_F65_every_alarm_says_when_it_begins_and_when_it_ends() -> None:
    for alarm in alarms().values():
        assert [name_of(each) for each in alarm["AlarmActions"]] == ["AlarmTopic"]
        assert [name_of(each) for each in alarm["OKActions"]] == ["AlarmTopic"]
        assert alarm["AlarmDescription"]
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400  # CloudWatch refuses more


def test_alarms_reach_their_topic() -> None:
    (topic,) = transformed().of("SNS::Topic").values()
    assert "KmsMasterKeyId" not in topic  # CloudWatch could not publish under a key that does not admit it
    subscription = transformed().resource("AlarmSubscription")
    assert (subscription["Condition"], subscription["Properties"]["Protocol"]) == ("HasAlarmEmail", "email")


def test_F65_the_dashboard_shows_every_alarm_and_metric() -> None:
    (shown,) = [widget["properties"]["alarms"] for widget in widgets() if widget["type"] == "alarm"]
    assert {re.sub(r"\$\{(\w+)\.Arn\}", r"\1", arn) for arn in shown} == set(alarms())
    drawn = [metric for widget in widgets() if widget["type"] == "metric" for metric in widget["properties"]["metrics"]]
    assert {name for namespace, name, *_ in drawn if namespace == "Giftbridge"} == METRICS
    assert {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms().values()} <= {
        (each[0], each[1]) for each in drawn
    }


def test_metrics_are_those_the_functions_write() -> None:
    services = {
        each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        for each in transformed().of("Lambda::Function").values()
    }
    spaces = {
        each["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
        for each in transformed().of("Lambda::Function").values()
    }
    own = {
        dimension["Value"]
        for each in alarms().values()
        if each["Namespace"] == "Giftbridge"
        for dimension in each["Dimensions"]
    }
    assert spaces == {"Giftbridge"}
    assert own <= services
