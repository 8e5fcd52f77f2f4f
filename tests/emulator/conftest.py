"""Small things to hold the emulator to its word with: tables, queues and functions of a test's own."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from local.aws import client
from local.emulator_service import Emulator

Value = TypeVar("Value")
_ROLE = "arn:aws:iam::000000000000:role/any"


@dataclass(frozen=True)
class Aws:
    """The emulator's services, and resources with names of their own."""

    emulator: Emulator

    def __getattr__(self, service: str) -> Any:
        """A boto3 client: `aws.sqs`, `aws.dynamodb` and so on."""
        return client(self.emulator.url, service.replace("_", "-"))

    def queue(self, fifo: bool = False, **attributes: object) -> tuple[str, str]:
        """URL and ARN of a new queue."""
        name = unique("queue") + (".fifo" if fifo else "")
        kind = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        texts = {key: str(value) for key, value in attributes.items()} | (kind if fifo else {})
        url = self.sqs.create_queue(QueueName=name, Attributes=texts)["QueueUrl"]
        return url, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def queue_with_dlq(self, tries: int, fifo: bool = False, **attributes: object) -> tuple[str, str, str, str]:
        """URL and ARN of a new queue, URL and ARN of its dead-letter queue."""
        dlq_url, dlq_arn = self.queue(fifo)
        policy = json.dumps({"deadLetterTargetArn": dlq_arn, "maxReceiveCount": tries})
        return *self.queue(fifo, RedrivePolicy=policy, **attributes), dlq_url, dlq_arn

    def send(self, url: str, body: object, group: str = "") -> None:
        """Send a message, in a group if the queue is FIFO."""
        ordered = {"MessageGroupId": group, "MessageDeduplicationId": uuid4().hex} if group else {}
        self.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body), **ordered)

    def receive(self, url: str, seconds: int = 5) -> list[dict[str, Any]]:
        """Messages that come within some seconds."""
        asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": seconds}
        messages: list[dict[str, Any]] = self.sqs.receive_message(
            **asked, AttributeNames=["All"], MessageAttributeNames=["All"]
        ).get("Messages", [])
        return messages

    def function(self, source: str, timeout: int = 10, **settings: object) -> str:
        """Name of a new function made of one file with a `handler`."""
        name = unique("function")
        self.__getattr__("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=_ROLE,
            Handler="app.handler",
            Code={"ZipFile": archive(source)},
            Timeout=timeout,
            **settings,
        )
        return name

    def invoke(self, function: str, event: object) -> Any:
        """The answer of a function, or Lambda's account of its failure."""
        return json.load(self.__getattr__("lambda").invoke(FunctionName=function, Payload=json.dumps(event))["Payload"])

    def consume(self, function: str, queue_arn: str, batch: int = 1) -> None:
        """Let a function consume a queue."""
        self.__getattr__("lambda").create_event_source_mapping(
            EventSourceArn=queue_arn,
            FunctionName=function,
            BatchSize=batch,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": 4},
        )

    def workers(self, function: str) -> list[dict[str, Any]]:
        """The running processes of a function."""
        return [worker for worker in self.emulator.ask("workers") if worker["function"] == function]


def unique(prefix: str) -> str:
    """A name nobody else has."""
    return f"{prefix}-{uuid4().hex[:10]}"


def archive(source: str) -> bytes:
    """A function's package."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("app.py", source)
    return packed.getvalue()


def eventually(look: Callable[[], Value], seconds: float = 15) -> Value:
    """What `look` returns, once that is true. Fails after some seconds."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Journal:
    """A file that test functions append to: they are plain processes on this machine."""

    path: Path

    def entries(self) -> list[dict[str, Any]]:
        """What was noted so far, in order of time."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return sorted((json.loads(line) for line in lines), key=lambda entry: float(entry["at"]))

    def of(self, name: str, moment: str) -> list[float]:
        """When something was noted."""
        return [entry["at"] for entry in self.entries() if (entry["name"], entry["moment"]) == (name, moment)]


@pytest.fixture(scope="session")
def aws(emulator: Emulator) -> Aws:
    """The emulator's services."""
    return Aws(emulator)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An empty journal."""
    return Journal(tmp_path / "journal")
