"""What a side holds in the end, in the same words for every vendor."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """A contact that stands: the vendor's id, e-mail address, last name, the phone's last ten digits."""

    id: str
    email: str
    last: str
    phone: str
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class HeldGift:
    """A gift in a CRM: cents, whose it is, fund -> cents, and how often it was given back."""

    cents: int
    email: str
    funds: Mapping[str, int]
    refunds: int


@dataclass(frozen=True)
class Held:
    """All that both sides of a connection hold."""

    crm_people: list[HeldPerson] = field(default_factory=list)
    platform_people: list[HeldPerson] = field(default_factory=list)
    gifts: list[HeldGift] = field(default_factory=list)
    thanks: list[int] = field(default_factory=list)
    """Cents of the gift that each task thanks for."""
    interactions: list[str] = field(default_factory=list)
    """Subjects."""


def digits(number: object) -> str:
    """Of a phone number, without the country's code."""
    return "".join(letter for letter in str(number or "") if letter.isdigit())[-10:]


def cents(dollars: float) -> int:
    """Of an amount in dollars."""
    return round(dollars * 100)
