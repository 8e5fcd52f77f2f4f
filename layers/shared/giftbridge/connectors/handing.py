"""What is handed over in several calls: once one of them was taken, nobody may think that nothing happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from giftbridge.errors import GiftbridgeError


@dataclass(slots=True)
class Handed:
    """Whether the vendor has taken some of it."""

    some: bool = False


@contextmanager
def in_parts() -> Iterator[Handed]:
    """What stops a later call leaves doubt once some was taken."""
    handed = Handed()
    try:
        yield handed
    except GiftbridgeError as stop:
        stop.doubt = stop.doubt or handed.some
        raise
