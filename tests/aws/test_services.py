"""Doorbells, the bus, the bucket and the clock."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from giftbridge.aws.bucket import Exports
from giftbridge.aws.bus import Bus
from giftbridge.aws.clock import SystemClock
from giftbridge.aws.queue import QUEUES, Depth, Doorbells, account_of
from giftbridge.errors import ConfigError, Defer
from giftbridge.settings import Settings

VALUES = {
    name.upper(): f"the-{name}" for name in Settings.__dataclass_fields__ if name not in ("step_seconds", "public_url")
}  # fmt: skip


@pytest.fixture
def sqs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")


@pytest.fixture
def doorbells(sqs: Any) -> Doorbells:
    fifo = {"FifoQueue": "true"}
    urls = {name: sqs.create_queue(QueueName=f"{name}.fifo", Attributes=fifo)["QueueUrl"] for name in QUEUES}
    variables = {f"{name.upper()}_QUEUE_URL": url for name, url in urls.items()}
    return Doorbells(sqs, Settings.from_environment(VALUES | variables))


def received(doorbells: Doorbells, queue: str) -> list[dict[str, Any]]:
    answer: Any = doorbells.client.receive_message(
        QueueUrl=doorbells.settings.queue_url(queue), MaxNumberOfMessages=10, AttributeNames=["All"]
    )
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def test_a_bell_names_an_account_and_carries_nothing(doorbells: Doorbells) -> None:
    doorbells.send("crm:1", "gifts")
    (message,) = received(doorbells, "gifts")
    assert json.loads(message["Body"]) == {"v": 1, "account": "crm:1"}
    assert message["Attributes"]["MessageGroupId"] == "crm:1"
    assert received(doorbells, "contacts") == []
    assert account_of(message["Body"], SystemClock()) == "crm:1"


def test_what_is_in_a_queue_and_dead_behind_it_is_counted(sqs: Any, doorbells: Doorbells) -> None:
    assert doorbells.depth("gifts") == Depth(0, 0, 0), "nothing is behind it"
    fifo = {"FifoQueue": "true"}
    behind = sqs.create_queue(QueueName="gifts-dlq.fifo", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=behind, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
    sqs.set_queue_attributes(QueueUrl=doorbells.settings.queue_url("gifts"), Attributes={"RedrivePolicy": policy})
    for number in range(2):
        sqs.send_message(QueueUrl=behind, MessageBody="{}", MessageGroupId="x", MessageDeduplicationId=str(number))
    for account in ("crm:1", "crm:2", "crm:3"):
        doorbells.send(account, "gifts")
    sqs.receive_message(QueueUrl=doorbells.settings.queue_url("gifts"), MaxNumberOfMessages=1)
    assert doorbells.depth("gifts") == Depth(2, 1, 2)
    assert doorbells.depth("contacts") == Depth(0, 0, 0)
    assert doorbells.dead() == {"contacts": 0, "gifts": 2, "exports": 0}


def test_a_queue_without_one_behind_it_says_that_the_stack_is_not_whole(doorbells: Doorbells) -> None:
    with pytest.raises(ConfigError, match="the gifts queue has no dead-letter queue"):
        doorbells.ring_dead_again("gifts", 10)


@pytest.mark.parametrize(("rate", "asked"), [(0.1, 1), (7.9, 7), (10_000, 500)])
def test_dead_bells_are_moved_by_sqs_at_a_rate_that_it_takes(doorbells: Doorbells, rate: float, asked: int) -> None:
    told = {"QueueArn": "arn:q", "RedrivePolicy": json.dumps({"deadLetterTargetArn": "arn:dlq", "maxReceiveCount": 5})}
    with Stubber(doorbells.client) as stub:
        stub.add_response("get_queue_attributes", {"Attributes": told})
        move = {"SourceArn": "arn:dlq", "DestinationArn": "arn:q", "MaxNumberOfMessagesPerSecond": asked}
        stub.add_response("start_message_move_task", {"TaskHandle": "t"}, move)
        stub.add_response("get_queue_attributes", {"Attributes": told})
        said = "There is already a task running. Only one active task is allowed for a source queue arn."
        stub.add_client_error("start_message_move_task", "InvalidParameterValue", said)
        doorbells.ring_dead_again("gifts", rate)
        doorbells.ring_dead_again("gifts", rate)
        stub.add_response("get_queue_attributes", {"Attributes": told})
        stub.add_client_error("start_message_move_task", "InvalidParameterValue", "Source queue must be a DLQ.")
        with pytest.raises(ClientError):
            doorbells.ring_dead_again("gifts", rate)
        stub.assert_no_pending_responses()


def test_no_bell_is_taken_for_another(doorbells: Doorbells) -> None:
    for _ in range(3):
        doorbells.send("crm:1", "gifts")
    ids = {message["Attributes"]["MessageDeduplicationId"] for message in received(doorbells, "gifts")}
    assert len(ids) == 3


def test_a_failed_bell_can_ring_again_soon(doorbells: Doorbells) -> None:
    doorbells.send("crm:1", "gifts")
    (message,) = received(doorbells, "gifts")
    doorbells.hasten("gifts", message["ReceiptHandle"])
    assert received(doorbells, "gifts") == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "7",
        "[]",
        "null",
        "{}",
        '{"v": 1}',
        '{"account": "a"}',
        '{"v": 1, "account": ""}',
        '{"v": 1, "account": 7}',
    ],
)
def test_what_is_no_bell_fails(body: str) -> None:
    with pytest.raises(ConfigError):
        account_of(body, SystemClock())


@pytest.mark.parametrize("version", [2, 99, "1", None])
def test_a_bell_of_a_newer_version_is_left_alone(version: object) -> None:
    with pytest.raises(Defer):
        account_of(json.dumps({"v": version, "account": "crm:1"}), SystemClock())


def test_announcements_have_a_version_and_a_kind() -> None:
    client = boto3.client("events", region_name="us-east-1")
    entry = {
        "Source": "giftbridge", "DetailType": "connection.disconnected", "EventBusName": "bus-1",
        "Detail": '{"v": 1, "connection": "c1"}',
    }  # fmt: skip
    with Stubber(client) as stubber:
        stubber.add_response("put_events", {"FailedEntryCount": 0, "Entries": []}, {"Entries": [entry]})
        Bus(client, "bus-1").announce("connection.disconnected", {"connection": "c1"})
        stubber.assert_no_pending_responses()


def test_exports_can_be_written_again() -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="exports")
        exports = Exports(s3, "exports")
        for body in (b"{}", b'{"again":1}'):
            exports.put("manifests/one.json", body)
        assert s3.get_object(Bucket="exports", Key="manifests/one.json")["Body"].read() == b'{"again":1}'


def test_the_clock_tells_utc_and_never_goes_back() -> None:
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().utcoffset() == timedelta()
    assert clock.monotonic() <= clock.monotonic()
