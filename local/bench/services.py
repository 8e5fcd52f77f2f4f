"""Keys and queues in this process, for what is measured without AWS around it."""

import os
from collections import deque
from typing import Any


class Keys:
    """KMS that wraps nothing: a wrapped key is the key."""

    def generate_data_key(self, **_: Any) -> dict[str, bytes]:
        """A data key."""
        key = os.urandom(32)
        return {"Plaintext": key, "CiphertextBlob": key}

    def decrypt(self, CiphertextBlob: bytes, **_: Any) -> dict[str, bytes]:
        """The same."""
        return {"Plaintext": CiphertextBlob}


class Queues:
    """SQS with what doorbells and `World.pump` need."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[str]] = {}
        self.sent = 0

    def send_message(self, QueueUrl: str, MessageBody: str, **_: Any) -> None:
        """One doorbell."""
        self.sent += 1
        self._waiting.setdefault(QueueUrl, deque()).append(MessageBody)

    def receive_message(self, QueueUrl: str, **_: Any) -> dict[str, Any]:
        """The oldest."""
        waiting = self._waiting.get(QueueUrl)
        return {"Messages": [{"Body": waiting.popleft(), "ReceiptHandle": ""}]} if waiting else {}

    def delete_message(self, **_: Any) -> None:
        """It is gone since it was received."""

    def change_message_visibility(self, **_: Any) -> None:
        """A failed measurement ends; nobody receives it again."""


class Session:
    """Stands in for boto3's session."""

    def __init__(self, tables: Any) -> None:
        self.queues = Queues()
        self._clients: dict[str, Any] = {"dynamodb": tables, "kms": Keys(), "sqs": self.queues}

    def client(self, service: str, **_: Any) -> Any:
        """One of the three. Raises `KeyError` for what a measurement does not use."""
        return self._clients[service]
