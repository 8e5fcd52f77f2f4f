"""F65: every alarm of the deployed stack is made to fire, and whoever subscribed hears of it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from giftbridge.jobs.context import App
from local.paths import TEMPLATE
from local.stack import NAME
from local.template import load
from tests.rows.alarm_causes import CAUSES, no_concurrency, poison, tick
from tests.rows.alarming import WORKERS, Watch, clear, definitions, send
from tests.rows.conftest import Deployment, Site

STEM = "${AWS::StackName}-"


def names() -> list[str]:
    """The alarms of the template, so that a new one without a cause fails here.

    What the poison would disturb comes last, when it is dead.
    """
    resources = load(TEMPLATE)["Resources"].values()
    alarms = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
    found = [each["AlarmName"]["Fn::Sub"].removeprefix(STEM) for each in alarms]
    return sorted(found, key=lambda name: [word in name for word in ("-bugs", "-queue-age", "-dlq")])


@pytest.fixture(scope="module", autouse=True)
def _poisoned(deployment: Deployment) -> Iterator[None]:
    """It takes a message most of a minute to die."""
    clear(deployment)
    for queue in WORKERS:
        send(deployment, queue, "no doorbell")
    yield
    clear(deployment)


@pytest.fixture
def watch(deployment: Deployment, app: App, request: pytest.FixtureRequest) -> Watch:
    """From now on."""

    def site() -> Site:
        found: Site = request.getfixturevalue("site")
        return found

    return Watch(deployment, app, site)


def siblings(deployment: Deployment, name: str) -> set[str]:
    """The other alarms on the same metric: what makes one fire must leave them alone."""
    found = definitions(deployment)
    metrics = {other: (one["Namespace"], one["MetricName"]) for other, one in found.items()}
    return {other for other, metric in metrics.items() if metric == metrics[name]} - {name}


@pytest.mark.parametrize("name", names())
def test_F65_an_alarm_is_quiet_until_its_cause_makes_it_fire(deployment: Deployment, watch: Watch, name: str) -> None:
    cause = CAUSES[name]
    if cause is poison:  # it began with the first test
        return cause(watch, name)
    waits_for_data = definitions(deployment)[name]["TreatMissingData"] == "breaching"
    assert waits_for_data or watch.state(name) != "ALARM"
    cause(watch, name)
    states, others = watch.states(), siblings(deployment, name)
    assert {other: states[other] for other in others} == dict.fromkeys(others, "OK")


def test_F65_a_clock_that_stands_still_rings(watch: Watch) -> None:
    tick(watch)
    assert watch.state("oldest-due-work", datetime.now(UTC) + timedelta(minutes=9)) == "OK"
    assert watch.state("oldest-due-work", datetime.now(UTC) + timedelta(minutes=11)) == "ALARM"


def test_F65_whoever_subscribed_hears_of_it(deployment: Deployment, watch: Watch) -> None:
    stack, queues, topics = deployment.stack, watch.client("sqs"), watch.client("sns")
    url = queues.create_queue(QueueName="operator")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics.subscribe(
        TopicArn=stack.resources["AlarmTopic"], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    no_concurrency(watch, "management-throttles")
    heard = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=10)["Messages"]
    told = [json.loads(message["Body"]) for message in heard]
    (alarm,) = [each for each in told if each["AlarmName"] == f"{NAME}-management-throttles"]
    assert (alarm["NewStateValue"], alarm["OldStateValue"]) == ("ALARM", "OK")
    assert "concurrency" in alarm["AlarmDescription"]
    queues.delete_queue(QueueUrl=url)


def test_F65_the_deployed_dashboard_shows_every_alarm_and_what_is_measured(
    deployment: Deployment, synced: Site, watch: Watch
) -> None:
    synced.person("Ada")
    synced.sync()
    tick(watch)
    body = json.loads(watch.client("cloudwatch").get_dashboard(DashboardName=NAME)["DashboardBody"])
    (shown,) = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert set(shown) == {one["AlarmArn"] for one in definitions(deployment).values()}
    measured = {
        (one["Namespace"], one["MetricName"], *(f"{each['Name']}={each['Value']}" for each in one["Dimensions"]))
        for page in watch.client("cloudwatch").get_paginator("list_metrics").paginate()
        for one in page["Metrics"]
    }
    for name in ("RunsFinished", "OldestDueWorkSeconds", "ConnectionsUnhealthy", "VendorCalls"):
        assert ("Giftbridge", name, "service=contact_sync") in measured & drawn(body)


def drawn(body: Any) -> set[tuple[str, ...]]:
    """The metrics of a dashboard: namespace, name, dimension."""
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]
    return {(space, name, f"{key}={value}") for space, name, key, value in lines}
