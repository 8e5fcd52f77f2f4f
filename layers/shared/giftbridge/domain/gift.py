"""The canonical gift: money already collected, to be recorded once in a CRM."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from giftbridge.errors import Reject

Method = Literal[
    "card", "cash", "check", "ach", "wire", "paypal", "venmo", "crypto", "in_kind", "stock", "other",
]  # fmt: skip

Frequency = Literal[
    "daily", "weekly", "every_two_weeks", "every_four_weeks", "twice_monthly", "monthly", "every_two_months",
    "quarterly", "twice_yearly", "yearly", "other",
]  # fmt: skip
GiftKind = Literal["donation", "in_kind", "grant", "membership", "other"]
"""What a gift is, beside how it was paid: CRMs keep it in a type, a campaign or a field."""


class GiftStatus(StrEnum):
    """Where the money stands at the platform."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


@dataclass(frozen=True, slots=True)
class Card:
    """What a CRM may be told about a card; never the number."""

    brand: str = ""
    last4: str = ""
    exp_month: int = 0
    exp_year: int = 0


@dataclass(frozen=True, slots=True)
class Designation:
    """A part of a gift for one purpose. `fund` is the platform's code before routing and the CRM's id after it."""

    amount: int
    fund: str = ""
    campaign: str = ""
    appeal: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back, in cents."""

    id: str
    amount: int
    occurred_at: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A donor's order to give again and again; `amount` cents each time, from `start` to `end` (UTC), if it has one.

    Where the platform does not tell the start (`start_told`), it is that of the payment at hand.
    """

    id: str
    frequency: Frequency
    amount: int
    start: datetime
    end: datetime | None = None
    start_told: bool = True

    @property
    def words(self) -> str:
        """As a note says it."""
        return f"recurring {self.frequency.replace('_', ' ')}" if self.frequency != "other" else "recurring"


@dataclass(frozen=True, slots=True)
class Pledge:
    """A sum that was promised, in cents; gifts towards it pay it off."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Gift:
    """One successful (or not) payment; amounts in cents of the organisation's currency, times in UTC."""

    id: str
    contact_id: str
    amount: int
    currency: str
    status: GiftStatus
    method: Method
    occurred_at: datetime
    designations: tuple[Designation, ...]
    event_id: str = ""
    receipt_id: str = ""
    fee: int = 0
    card: Card | None = None
    check_number: str = ""
    note: str = ""
    acknowledged: bool = False
    refunds: tuple[Refund, ...] = ()
    kind: GiftKind = "donation"
    anonymous: bool = False
    schedule: Schedule | None = None
    pledge: Pledge | None = None

    def local_date(self, zone: str) -> date:
        """The organisation's calendar day: a gift of late evening stays on its day."""
        return self.occurred_at.astimezone(ZoneInfo(zone)).date()

    @property
    def refunded(self) -> int:
        """Cents given back so far."""
        return self.amount if self.status is GiftStatus.REFUNDED else sum(refund.amount for refund in self.refunds)


def invoice_note(event_name: str, items: tuple[str, ...]) -> str:
    """The event's name and the invoice's items, joined by `;` as staff know it from the platform."""
    return "; ".join(part for part in (event_name, *items) if part)


def timestamp(value: str) -> datetime:
    """An ISO 8601 time in UTC. Raises `Reject` for a date that does not exist or a time without zone."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Reject("The date of the gift does not exist or is not a date.", code="date_invalid") from None
    if moment.tzinfo is None:
        raise Reject("The time of the gift has no time zone.", code="date_without_zone")
    return moment.astimezone(UTC)


def check(gift: Gift, currency: str) -> None:
    """Refuse what no CRM may be told. Raises `Reject` with the reason."""
    if gift.amount <= 0:
        raise Reject("The amount is zero or negative.", code="amount_not_positive")
    if not gift.contact_id:
        raise Reject("The receipt has no donor. Add a contact to it on the platform, then retry.", code="donor_missing")
    if currency and gift.currency and gift.currency.upper() != currency.upper():
        raise Reject(f"The gift is in {gift.currency}, the database is in {currency}.", code="currency_differs")
    if any(part.amount <= 0 for part in gift.designations):
        raise Reject("A part of the gift is zero or negative.", code="amount_not_positive")
    if sum(part.amount for part in gift.designations) != gift.amount:
        raise Reject("The parts of the gift do not add up to its amount.", code="split_mismatch")
