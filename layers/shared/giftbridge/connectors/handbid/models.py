"""What the Platform API sends of auctions (docs/platform-api.yaml), as far as it is used."""

from typing import Any

from pydantic import Field

from giftbridge.connectors.platform_api.models import Refund
from giftbridge.connectors.received import Received


class Event(Received):
    """An auction."""

    id: str
    name: str = ""
    status: str = ""
    timeZone: str = ""
    startTime: str = ""
    reconciledAt: str = ""
    updatedAt: str = ""


class Card(Received):
    """What may be told of a card."""

    brand: str = ""
    last4: str = ""
    expMonth: int = 0
    expYear: int = 0


class Part(Received):
    """Cents for one fund; checked when mapped, as a bad amount concerns one gift only."""

    amount: Any = None
    fundCode: str = ""


class Transaction(Received):
    """A payment on a receipt."""

    id: str
    eventId: str = ""
    contactId: str = ""
    receiptId: str = ""
    amount: Any = None
    feeAmount: Any = 0
    currency: str = ""
    status: str = ""
    method: str = "other"
    card: Card | None = None
    checkNumber: str = ""
    occurredAt: str = ""
    designations: list[Part] = Field(default_factory=list)
    refunds: list[Refund] = Field(default_factory=list)


class Item(Received):
    """What was bought."""

    name: str = ""


class Line(Received):
    """A line of a receipt; its money is in dollars, the header's in cents."""

    item: Item = Field(default_factory=Item)


class Receipt(Received):
    """An invoice, or once paid a receipt."""

    id: str
    contactId: str = ""
    emailedAt: str = ""
    lineItems: list[Line] = Field(default_factory=list)
