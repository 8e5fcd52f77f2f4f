"""What the Platform API sends (docs/platform-api.yaml), as far as it is used."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from giftbridge.connectors.received import Received


def _moment(value: Any) -> Any:
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_moment)]


class Address(Received):
    """A postal address; the country is ISO 3166 alpha-2."""

    street1: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    postalCode: str = ""
    country: str = ""


class UpdatedBy(Received):
    """Who made the last edit."""

    origin: str = ""


class Contact(Received):
    """A contact of the organisation."""

    id: str
    type: str = "person"
    status: str = "active"
    firstName: str = ""
    lastName: str = ""
    organizationName: str = ""
    email: str = ""
    phone: str = ""
    address: Address | None = None
    emailOptOut: bool = False
    doNotCall: bool = False
    doNotMail: bool = False
    updatedAt: Moment | None = None
    updatedBy: UpdatedBy = Field(default_factory=UpdatedBy)


class Refund(Received):
    """Cents given back."""

    id: str = ""
    amount: Any = None
    reason: str = ""
    occurredAt: str = ""
