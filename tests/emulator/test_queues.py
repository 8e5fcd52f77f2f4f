"""SQS as the doorbells use it."""

import time

import pytest
from botocore.exceptions import ClientError

from tests.emulator.conftest import Aws, eventually


def bodies(messages: list[dict[str, str]]) -> list[str]:
    return [message["Body"] for message in messages]


def test_a_group_is_held_back_while_one_of_it_is_in_flight_and_others_are_not(aws: Aws) -> None:
    url, _ = aws.queue(fifo=True, VisibilityTimeout=30)
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        aws.send(url, body, group)
    asked = {"QueueUrl": url, "MaxNumberOfMessages": 1}
    first = aws.sqs.receive_message(**asked)["Messages"]
    second = aws.sqs.receive_message(**asked)["Messages"]
    assert bodies(first + second) == ['"a1"', '"b1"']
    assert "Messages" not in aws.sqs.receive_message(**asked)
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
    assert bodies(aws.receive(url)) == ['"a2"']


def test_a_message_stays_hidden_for_the_visibility_timeout_then_comes_again(aws: Aws) -> None:
    url, _ = aws.queue(VisibilityTimeout=1)
    aws.send(url, "again")
    assert aws.receive(url)[0]["Attributes"]["ApproximateReceiveCount"] == "1"
    assert aws.receive(url, 0) == []
    time.sleep(1.1)
    assert aws.receive(url)[0]["Attributes"]["ApproximateReceiveCount"] == "2"


def test_the_visibility_of_a_received_message_can_be_changed(aws: Aws) -> None:
    url, _ = aws.queue(VisibilityTimeout=60)
    aws.send(url, "now")
    handle = aws.receive(url)[0]["ReceiptHandle"]
    aws.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert bodies(aws.receive(url)) == ['"now"']


def test_deduplication_is_by_group(aws: Aws) -> None:
    url, _ = aws.queue(fifo=True)
    for group in ("a", "a", "b"):
        aws.sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="same")
    assert sorted(bodies(aws.receive(url))) == ["a", "b"]


def test_after_the_last_try_a_message_is_in_the_dead_letter_queue_and_can_be_moved_back(aws: Aws) -> None:
    url, arn, dlq_url, dlq_arn = aws.queue_with_dlq(2, fifo=True, VisibilityTimeout=0)
    aws.send(url, "poison", "a")
    assert [len(aws.receive(url, 1)) for _ in range(3)] == [1, 1, 0]
    handle = aws.sqs.start_message_move_task(SourceArn=dlq_arn)["TaskHandle"]
    assert handle
    task = eventually(
        lambda: [t for t in aws.sqs.list_message_move_tasks(SourceArn=dlq_arn)["Results"] if t["Status"] == "COMPLETED"]
    )
    assert task[0]["ApproximateNumberOfMessagesMoved"] == 1
    assert aws.receive(dlq_url, 0) == []
    back = aws.receive(url)
    assert bodies(back) == ['"poison"']
    assert back[0]["Attributes"]["ApproximateReceiveCount"] == "1"
    assert back[0]["Attributes"]["MessageGroupId"] == "a"
    assert arn != dlq_arn


def test_only_dead_letter_queues_can_be_moved_from(aws: Aws) -> None:
    _, arn = aws.queue()
    with pytest.raises(ClientError, match="Dead Letter Queue"):
        aws.sqs.start_message_move_task(SourceArn=arn)


def test_a_batch_reports_each_message(aws: Aws) -> None:
    url, _ = aws.queue(fifo=True)
    entries = [
        {"Id": str(n), "MessageBody": str(n), "MessageGroupId": "g", "MessageDeduplicationId": str(n)}
        for n in range(10)
    ]
    assert len(aws.sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    assert bodies(aws.receive(url)) == [str(n) for n in range(10)]
