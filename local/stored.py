"""Every byte the stack keeps, for tests that look for what must not be there."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from local.emulator_service import Emulator


@dataclass(frozen=True)
class Stored:
    """A value (or the name of an attribute) and where it is kept: "table X", "queue X", "bucket X", "log X"."""

    where: str
    content: bytes


def everything(emulator: Emulator) -> Iterator[Stored]:
    """All that tables, queues, buckets and logs hold, binary values in the clear."""
    for each in emulator.ask("stored"):
        yield Stored(each["where"], base64.b64decode(each["bytes"]))


def holding(emulator: Emulator, secret: bytes) -> list[str]:
    """Where a secret can be read."""
    return sorted({value.where for value in everything(emulator) if secret in value.content})
