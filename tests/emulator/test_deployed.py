"""What `sam deploy` and the corrections after it made of the template."""

from typing import Any

import pytest

from local.paths import TEMPLATE
from local.stack import Stack
from local.template import load


def events(kind: str) -> list[dict[str, Any]]:
    """The properties of every event of one type in the template."""
    functions = [
        each["Properties"]
        for each in load(TEMPLATE)["Resources"].values()
        if each["Type"] == "AWS::Serverless::Function"
    ]
    return [
        event["Properties"] for each in functions for event in each.get("Events", {}).values() if event["Type"] == kind
    ]


def test_the_api_has_the_routes_of_the_template(stack: Stack) -> None:
    routes = stack.client("apigatewayv2").get_routes(ApiId=stack.resources["HttpApi"])["Items"]
    assert {route["RouteKey"] for route in routes} == {
        f"{event['Method']} {event['Path']}" for event in events("HttpApi")
    }


def test_every_queue_has_its_consumer(stack: Stack) -> None:
    mappings = stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert len(mappings) == len(events("SQS"))
    for mapping in mappings:
        assert mapping["BatchSize"] == 1
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_every_schedule_is_there_and_due(stack: Stack) -> None:
    listed = stack.emulator.ask("schedules")
    assert {each["expression"] for each in listed} == {event["ScheduleExpression"] for event in events("ScheduleV2")}
    assert all(each["enabled"] and each["next"] for each in listed)


@pytest.mark.parametrize("table", ["CONNECTIONS", "LINKS", "RUNS", "INBOX"])
def test_the_functions_are_told_tables_that_are_there(stack: Stack, table: str) -> None:
    assert (
        stack.client("dynamodb").describe_table(TableName=stack.env[f"{table}_TABLE"])["Table"]["TableStatus"]
        == "ACTIVE"
    )


def test_the_functions_are_told_where_the_sandboxes_are(stack: Stack) -> None:
    for name, url in stack.sandboxes.items():
        assert stack.env[f"GIFTBRIDGE_{name.upper()}_URL"].startswith(url)
