"""What the Platform API sends of donations (docs/platform-api.yaml), as far as it is used."""

from typing import Any

from pydantic import Field

from giftbridge.connectors.platform_api.models import Refund
from giftbridge.connectors.received import Received


class Part(Received):
    """Cents for one project; checked when mapped, as a bad amount concerns one donation only."""

    code: str = ""
    amount: Any = None


class Donation(Received):
    """An online donation."""

    id: str
    contactId: str = ""
    amount: Any = None
    currency: str = ""
    occurredAt: str = ""
    status: str = ""
    giftType: str = "Other"
    cardBrand: str = ""
    frequency: str = "Once"
    recurringId: str = ""
    notes: str = ""
    sourceCode: str = ""
    projects: list[Part] = Field(default_factory=list)
    refunds: list[Refund] = Field(default_factory=list)


class Project(Received):
    """What a donation may be for."""

    code: str
    name: str = ""
    description: str = ""
    active: bool = True
