"""What a donor has given, as a CRM tells it, and who they are to whoever thanks them."""

from dataclasses import dataclass
from datetime import date, datetime

from giftbridge.domain.contact import Contact


@dataclass(frozen=True, slots=True)
class Donation:
    """A transaction of a CRM: cents, the organisation's calendar day, and when it was entered (UTC)."""

    id: str
    contact_id: str
    amount: int
    day: date
    created_at: datetime
    comment: str = ""
    real: bool = True
    """Money that came in; a pledge or a schedule is a promise."""
    refunded: bool = False

    @property
    def counts(self) -> bool:
        """Whether it belongs to what somebody has given."""
        return self.real and not self.refunded and self.amount > 0


@dataclass(frozen=True, slots=True)
class Supporter:
    """A donor with what a contact lacks: the number that staff knows them by, and how they are addressed."""

    id: str
    contact: Contact
    account_number: str = ""
    informal_name: str = ""
    household: bool = False
    deceased: bool = False
