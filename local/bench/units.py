"""What DynamoDB counts: sizes of items, and capacity units by the rules of its developer guide."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

READ_BYTES, WRITE_BYTES = 4096, 1024


@dataclass
class Meter:
    """Units on demand. `contact_writes`: items written of which there is one or more per contact."""

    read_units: float = 0.0
    write_units: float = 0.0
    calls: int = 0
    contact_writes: int = 0
    by_table: dict[str, float] = field(default_factory=dict)

    def read(self, size: int, consistent: bool = True) -> None:
        """One item, or the items of one page together, of `size` bytes."""
        self.read_units += max(1, ceil(size / READ_BYTES)) * (1.0 if consistent else 0.5)

    def write(self, table: str, size: int, transacted: bool = False) -> None:
        """One item; `size` is the larger of before and after."""
        units = max(1, ceil(size / WRITE_BYTES)) * (2 if transacted else 1)
        self.write_units += units
        self.by_table[table] = self.by_table.get(table, 0.0) + units

    def state(self) -> dict[str, float]:
        """The counts as they stand."""
        return {
            "read_units": self.read_units, "write_units": self.write_units,
            "database_calls": self.calls, "contact_writes": self.contact_writes,
        }  # fmt: skip


def size(item: Mapping[str, Any]) -> int:
    """Bytes of an item in DynamoDB's notation: names and values."""
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def _bytes(value: Mapping[str, Any]) -> int:
    ((kind, inner),) = value.items()
    match kind:
        case "S":
            return len(inner.encode())
        case "N":
            return (len(inner.strip("-0.")) + 1) // 2 + 1
        case "B":
            return len(bytes(inner))
        case "L":
            return 3 + sum(1 + _bytes(one) for one in inner)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _bytes(one) for name, one in inner.items())
        case _:
            return 1
