"""SQS to Lambda: order, parallel groups, failures, deaths."""

import os
import signal
import time

from tests.emulator.conftest import Aws, Journal, eventually

WORKER = """
import json, time

def note(order, moment):
    with open(order["journal"], "a") as file:
        file.write(json.dumps({"name": order["name"], "moment": moment, "at": time.time()}) + "\\n")

def handler(event, context):
    failed = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        note(order, "start")
        if int(record["attributes"]["ApproximateReceiveCount"]) <= order.get("slow_tries", 99):
            time.sleep(order.get("seconds", 0))
        if order.get("raises"):
            raise ValueError("as told")
        if order.get("fails"):
            failed.append({"itemIdentifier": record["messageId"]})
        note(order, "end")
    return {"batchItemFailures": failed}
"""


def test_groups_run_side_by_side_and_a_group_in_order(aws: Aws, journal: Journal) -> None:
    url, arn = aws.queue(fifo=True, VisibilityTimeout=60)
    aws.consume(aws.function(WORKER), arn)
    for name, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        aws.send(url, {"name": name, "journal": str(journal.path), "seconds": 1}, group)
    eventually(lambda: journal.of("a2", "end") and journal.of("b1", "end"))
    assert journal.of("b1", "start")[0] < journal.of("a1", "end")[0]
    assert journal.of("a1", "end")[0] < journal.of("a2", "start")[0]


def test_only_the_reported_messages_of_a_batch_come_again(aws: Aws, journal: Journal) -> None:
    url, arn = aws.queue(VisibilityTimeout=1)
    for name in ("good", "bad", "also good"):
        aws.send(url, {"name": name, "journal": str(journal.path), "fails": name == "bad"})
    aws.consume(aws.function(WORKER), arn, batch=10)
    eventually(lambda: len(journal.of("bad", "end")) >= 2)
    assert len(journal.of("good", "end")) == len(journal.of("also good", "end")) == 1


def test_a_message_whose_handler_raises_ends_in_the_dead_letter_queue(aws: Aws, journal: Journal) -> None:
    url, arn, dlq_url, _ = aws.queue_with_dlq(2, fifo=True, VisibilityTimeout=1)
    aws.consume(aws.function(WORKER), arn)
    aws.send(url, {"name": "bug", "journal": str(journal.path), "raises": True}, "a")
    aws.send(url, {"name": "next", "journal": str(journal.path)}, "a")
    dead = eventually(lambda: aws.receive(dlq_url, 1))
    assert len(dead) == 1
    assert len(journal.of("bug", "start")) == 2
    eventually(lambda: journal.of("next", "end"))
    assert journal.of("next", "start")[0] > max(journal.of("bug", "start"))


def test_a_killed_worker_fails_the_invocation_and_the_message_comes_again_after_its_visibility_timeout(
    aws: Aws, journal: Journal
) -> None:
    url, arn = aws.queue(fifo=True, VisibilityTimeout=3)
    function = aws.function(WORKER)
    aws.consume(function, arn)
    aws.send(url, {"name": "long", "journal": str(journal.path), "seconds": 60, "slow_tries": 1}, "a")
    started = eventually(lambda: journal.of("long", "start"))[0]
    os.kill(aws.workers(function)[0]["pid"], signal.SIGKILL)
    eventually(lambda: journal.of("long", "end"))
    assert journal.of("long", "start")[1] - started > 2.5


def test_another_group_does_not_wait_for_a_failed_one(aws: Aws, journal: Journal) -> None:
    url, arn = aws.queue(fifo=True, VisibilityTimeout=60)
    aws.consume(aws.function(WORKER), arn)
    aws.send(url, {"name": "bug", "journal": str(journal.path), "raises": True}, "a")
    eventually(lambda: journal.of("bug", "start"))
    time.sleep(0.3)
    sent = time.time()
    aws.send(url, {"name": "other", "journal": str(journal.path)}, "b")
    eventually(lambda: journal.of("other", "end"))
    assert journal.of("other", "end")[0] - sent < 1
