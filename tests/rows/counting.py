"""AWS calls of this process, counted as they go out."""

from dataclasses import dataclass, field
from typing import Any

import boto3


@dataclass
class Counted:
    """`service:Operation` of every call of the clients of `session()`, in order."""

    calls: list[str] = field(default_factory=list)

    def session(self) -> Any:
        """A boto3 session; where it leads, the environment says."""
        made: Any = boto3.session.Session()
        made.events.register("before-call.*.*", self._note)
        return made

    def _note(self, model: Any, **_: Any) -> None:
        self.calls.append(f"{model.service_model.service_name}:{model.name}")
