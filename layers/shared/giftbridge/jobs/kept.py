"""What a process has looked up and keeps for a while: for pages, of which a person opens many."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

Name = TypeVar("Name")
Value = TypeVar("Value")


@dataclass(slots=True)
class Kept(Generic[Name, Value]):
    """Values by their names, each until a moment (UTC)."""

    _values: dict[Name, tuple[datetime, Value]] = field(default_factory=dict, repr=False)

    def find(self, names: Iterable[Name], now: datetime) -> dict[Name, Value]:
        """Those that are kept still; all that have had their time are forgotten."""
        self._values = {name: (until, value) for name, (until, value) in self._values.items() if until > now}
        return {name: self._values[name][1] for name in names if name in self._values}

    def keep(self, values: Mapping[Name, Value], until: datetime) -> None:
        """Until then, in place of what there was."""
        self._values |= {name: (until, value) for name, value in values.items()}
