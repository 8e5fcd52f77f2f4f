"""What others may want to know, on the event bus."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


@dataclass(frozen=True, slots=True)
class Bus:
    """The project's own EventBridge bus."""

    client: "EventBridgeClient"
    name: str

    def announce(self, kind: str, detail: dict[str, object]) -> None:
        """Publish `kind` (such as `connection.disconnected`) with ids only."""
        entry = {
            "Source": "giftbridge",
            "DetailType": kind,
            "Detail": json.dumps({"v": 1, **detail}),
            "EventBusName": self.name,
        }
        self.client.put_events(Entries=[entry])  # type: ignore[list-item]
