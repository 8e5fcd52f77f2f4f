"""EventBridge: rules start functions, and what cannot be delivered is kept."""

import json

from tests.emulator.conftest import Aws, Journal, eventually, unique

NOTE = """
import json, time

def handler(event, context):
    with open(event["detail"]["journal"], "a") as file:
        file.write(json.dumps({"name": event["detail-type"], "moment": "start", "at": time.time()}) + "\\n")
    if event["detail"].get("raises"):
        raise ValueError("as told")
"""


def rule(aws: Aws, target: str, dead_letters: str) -> str:
    """A bus whose rule for `event.reconciled` has this target."""
    bus = unique("bus")
    aws.events.create_event_bus(Name=bus)
    aws.events.put_rule(Name=bus, EventBusName=bus, EventPattern=json.dumps({"detail-type": ["event.reconciled"]}))
    aws.events.put_targets(
        Rule=bus, EventBusName=bus, Targets=[{"Id": "1", "Arn": target, "DeadLetterConfig": {"Arn": dead_letters}}]
    )
    return bus


def put(aws: Aws, bus: str, kind: str, detail: object) -> None:
    entry = {"EventBusName": bus, "Source": "giftbridge", "DetailType": kind, "Detail": json.dumps(detail)}
    assert aws.events.put_events(Entries=[entry])["FailedEntryCount"] == 0


def arn(aws: Aws, function: str) -> str:
    return str(aws.__getattr__("lambda").get_function_configuration(FunctionName=function)["FunctionArn"])


def test_a_rule_starts_its_function_for_events_that_match(aws: Aws, journal: Journal) -> None:
    bus = rule(aws, arn(aws, aws.function(NOTE)), aws.queue()[1])
    for kind in ("something.else", "event.reconciled"):
        put(aws, bus, kind, {"journal": str(journal.path)})
    eventually(lambda: journal.of("event.reconciled", "start"))
    assert not journal.of("something.else", "start")


def test_a_function_that_fails_is_tried_again(aws: Aws, journal: Journal) -> None:
    bus = rule(aws, arn(aws, aws.function(NOTE)), aws.queue()[1])
    put(aws, bus, "event.reconciled", {"journal": str(journal.path), "raises": True})
    eventually(lambda: len(journal.of("event.reconciled", "start")) == 3)


def test_an_event_without_receiver_goes_to_the_dead_letter_queue(aws: Aws) -> None:
    url, dead_letters = aws.queue()
    bus = rule(aws, arn(aws, aws.function(NOTE)).rsplit(":", 1)[0] + ":no-such-function", dead_letters)
    put(aws, bus, "event.reconciled", {"event_id": "7"})
    message = aws.receive(url)[0]
    assert json.loads(message["Body"])["detail"] == {"event_id": "7"}
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "RESOURCE_NOT_FOUND"
