"""The contract on schedules and pledges: what a donor will give, beside what was given.

A schedule is created in the CRM before its first payment, and each payment is a gift that names it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from giftbridge.connectors.base import Page, Reference, Written
from giftbridge.domain.gift import Frequency, Gift, Schedule


@dataclass(frozen=True, slots=True)
class ScheduleWrite:
    """One schedule to create (`current_id` is empty), or to change in its amount and end.

    `gift` is a payment of it, for fund, campaign and appeal in the CRM's ids; None where only amount and end change.
    """

    reference: Reference
    schedule: Schedule
    contact_id: str = ""
    gift: Gift | None = None
    current_id: str = ""


@dataclass(frozen=True, slots=True)
class PledgeSeen:
    """A pledge that the CRM has and that is not paid off; cents."""

    id: str
    amount: int
    balance: int


@runtime_checkable
class KeepsSchedules(Protocol):
    """A CRM that keeps schedules and links payments to them (`GiftWrite.schedule_id`)."""

    def takes_frequency(self, frequency: Frequency) -> bool:
        """Whether it has a word for it, by the connection's settings."""

    def write_schedule(self, write: ScheduleWrite) -> Written:
        """Create or change; never makes the CRM collect money. A change may be repeated."""

    def end_schedule(self, schedule_id: str, at: datetime) -> Written:
        """No payment is expected after the organisation's day of `at`. May be repeated: the first end stands."""

    def recall_schedule(self, write: ScheduleWrite) -> list[str]:
        """Ids of schedules that carry our reference."""


@runtime_checkable
class KeepsPledges(Protocol):
    """A CRM that keeps pledges and links payments to them (`GiftWrite.pledge_id`)."""

    def open_pledges(self, contact_id: str) -> Sequence[PledgeSeen]:
        """What this contact has promised and not paid yet."""


@runtime_checkable
class ListsSchedules(Protocol):
    """A platform whose schedules can be listed, so that a change shows before the next payment."""

    def schedules(self, cursor: str) -> Page[Schedule]:
        """All schedules that make sense, ended ones among them."""
