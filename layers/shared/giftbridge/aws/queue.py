"""Doorbells: a message names a CRM account and carries nothing else."""

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from giftbridge.errors import ConfigError, Defer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

    from giftbridge.aws.clock import Clock
    from giftbridge.settings import Settings

VERSION: Final = 1
SOON_SECONDS: Final = 10
QUEUES: Final = ("contacts", "gifts", "exports")
WAITING: Final = "ApproximateNumberOfMessages"
TAKEN: Final = "ApproximateNumberOfMessagesNotVisible"
FASTEST: Final = 500
"""Messages a second, at most, that SQS moves."""
UNDER_WAY: Final = "already a task running"
"""What SQS says of a second move, under a code (`InvalidParameterValue`) that means other things as well."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How many bells wait in a queue, are with a worker, and failed too often; all of it approximate."""

    waiting: int
    taken: int
    dead: int


@dataclass(frozen=True, slots=True)
class Doorbells:
    """The FIFO queues; one group per CRM account, so that one account has one writer."""

    client: "SQSClient"
    settings: "Settings"

    def send(self, account: str, queue: str) -> None:
        """Ring for `account`. Never deduplicated: a lost bell would leave work lying."""
        self.client.send_message(
            QueueUrl=self.settings.queue_url(queue),
            MessageBody=json.dumps({"v": VERSION, "account": account}),
            MessageGroupId=account,
            MessageDeduplicationId=uuid.uuid4().hex,
        )

    def hasten(self, queue: str, receipt: str) -> None:
        """Deliver a failed message again soon: it blocks its account until then."""
        self.client.change_message_visibility(
            QueueUrl=self.settings.queue_url(queue), ReceiptHandle=receipt, VisibilityTimeout=SOON_SECONDS
        )

    def depth(self, queue: str) -> Depth:
        """What is in a queue, and in the one behind it: that one is named by the first, and in the same place."""
        url = self.settings.queue_url(queue)
        told = attributes(self.client, url, WAITING, TAKEN, "RedrivePolicy")
        name = _behind(told).rpartition(":")[2]
        dead = attributes(self.client, f"{url.rpartition('/')[0]}/{name}", WAITING)[WAITING] if name else 0
        return Depth(int(told[WAITING]), int(told[TAKEN]), int(dead))

    def dead(self) -> dict[str, int]:
        """Queue -> how many bells are behind it; approximate."""
        return {queue: self.depth(queue).dead for queue in QUEUES}

    def ring_dead_again(self, queue: str, rate: float) -> None:
        """Let SQS move the bells behind a queue back to it, so many a second, as AWS's own button does.

        Those that are being moved already go on so. Raises `ConfigError` for a queue that has none behind it.
        """
        told = attributes(self.client, self.settings.queue_url(queue), "QueueArn", "RedrivePolicy")
        if not _behind(told):
            raise ConfigError(f"the {queue} queue has no dead-letter queue, so the stack is not deployed whole")
        try:
            self.client.start_message_move_task(
                SourceArn=_behind(told),
                DestinationArn=told["QueueArn"],
                MaxNumberOfMessagesPerSecond=max(1, min(FASTEST, int(rate))),
            )
        except self.client.exceptions.ClientError as error:
            if UNDER_WAY not in str(error):
                raise


def attributes(client: "SQSClient", url: str, *names: "QueueAttributeNameType") -> dict[str, str]:
    """What a queue tells of itself."""
    answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return {str(name): value for name, value in answer["Attributes"].items()}


def _behind(told: dict[str, str]) -> str:
    """ARN of the queue that takes what failed too often; empty where there is none."""
    return str(json.loads(told.get("RedrivePolicy", "{}")).get("deadLetterTargetArn", ""))


def account_of(body: str, clock: "Clock") -> str:
    """The account that a doorbell names.

    Raises `ConfigError` for a message that is none, `Defer` for one of a version this code does not know yet.
    """
    try:
        message = json.loads(body)
        version, account = message["v"], message["account"]
    except (ValueError, KeyError, TypeError):
        raise ConfigError("this message is no doorbell: it needs v and account") from None
    if not isinstance(version, int) or version > VERSION:
        raise Defer("a newer version rang", until=clock.now(), code="version")
    if not isinstance(account, str) or not account:
        raise ConfigError("this doorbell names no account")
    return account
