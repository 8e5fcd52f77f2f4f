"""What the application starts in Lambda, in tests that deploy no function."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Functions:
    """Takes the place of Lambda's client."""

    calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def started(self) -> list[tuple[str, Any]]:
        """Folder of each function that was started, and what it was given."""
        return [(call["FunctionName"].rpartition("-")[2], json.loads(call["Payload"])) for call in self.calls]

    def invoke(self, **call: Any) -> dict[str, Any]:
        """Keep it."""
        self.calls.append(call)
        return {"StatusCode": 202}
