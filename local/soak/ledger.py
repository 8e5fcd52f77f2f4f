"""What went in: kept by the player as it happens, per connection."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

CENTS_OF_FIRST = 1_000


@dataclass(frozen=True, slots=True)
class Edit:
    """A field got a value at one side; `at` is in seconds of any clock."""

    side: Literal["platform", "crm"]
    value: str
    at: float = 0.0


@dataclass
class Someone:
    """A person, with their ids where they are known."""

    number: int
    email: str
    born: Literal["platform", "crm", "both"]
    ids: dict[str, str] = field(default_factory=dict)
    edits: dict[str, list[Edit]] = field(default_factory=dict)
    """Field -> edits, oldest first."""
    left: bool = False
    """Said that they want no more messages."""


@dataclass
class Gift:
    """A gift by the number of its event. `due`: it was paid, and may go over."""

    number: int
    who: int
    fund: int
    id: str
    due: bool
    refunded: bool = False

    @property
    def cents(self) -> int:
        """The same for no other gift."""
        return cents_of(self.number)


@dataclass
class Ledger:
    """One connection's."""

    people: dict[int, Someone] = field(default_factory=dict)
    gifts: dict[int, Gift] = field(default_factory=dict)
    sends: dict[int, str] = field(default_factory=dict)
    """Number of the gift -> id of what was sent for it."""
    told: Counter[str] = field(default_factory=Counter)
    """Subject of the interaction -> how often it has to be there."""
    webhooks: int = 0
    """Sent again, or ahead of time."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Kind -> events that had nothing to happen to, such as the answer to a message that was never sent."""


def cents_of(number: int) -> int:
    """What the gift of an event is worth."""
    return CENTS_OF_FIRST + number


def value_of(number: int, name: str) -> str:
    """What an event sets a field to; no other event sets it to the same."""
    if name == "phone":
        return f"+1212{5_550_000 + number % 10_000}"
    letters = ""
    while number >= 0:
        number, letter = divmod(number, 26)
        letters, number = chr(ord("a") + letter) + letters, number - 1
    return f"Lane{letters}"
