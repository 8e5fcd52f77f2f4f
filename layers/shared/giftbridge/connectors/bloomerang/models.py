"""What Bloomerang sends, as far as it is used. Unset keys are left out or `""` by the vendor; both read as empty."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from giftbridge.connectors.received import Received, Text


def _stamp(value: Any) -> Any:
    if not value:
        return None
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


Stamp = Annotated[datetime | None, BeforeValidator(_stamp)]


class Audit(Received):
    """When a record was made and last changed, UTC to the second."""

    CreatedDate: Stamp = None
    LastModifiedDate: Stamp = None


class Email(Received):
    """An e-mail row; `AccountId` is the constituent's `Id`."""

    Id: int = 0
    AccountId: int = 0
    Value: Text = ""
    AuditTrail: Audit = Field(default_factory=Audit)


class Phone(Received):
    """A phone row."""

    Number: Text = ""
    Extension: Text = ""


class Address(Received):
    """An address row. Abroad, everything stands in `Street`."""

    Street: Text = ""
    City: Text = ""
    State: Text = ""
    StateAbbreviation: Text = ""
    PostalCode: Text = ""
    Country: Text = ""
    CountryCode: Text = ""


class Constituent(Received):
    """A person, an organisation or (in search results only) a household."""

    Id: int
    Type: Text = "Individual"
    Status: Text = "Active"
    FirstName: Text = ""
    LastName: Text = ""
    FullName: Text = ""
    InformalName: Text = ""
    AccountNumber: int | None = None
    EmailInterestType: Text = ""
    CommunicationRestrictions: list[str] = Field(default_factory=list)
    EmailIds: list[int] = Field(default_factory=list)
    PrimaryEmail: Email | None = None
    PrimaryPhone: Phone | None = None
    PrimaryAddress: Address | None = None
    AuditTrail: Audit = Field(default_factory=Audit)


class Designation(Received):
    """A part of a transaction."""

    Id: int
    Type: Text = ""
    Note: Text = ""


class Transaction(Received):
    """A gift as Bloomerang tells it."""

    Id: int
    IsRefunded: Text = "No"
    Designations: list[Designation] = Field(default_factory=list)
    AuditTrail: Audit = Field(default_factory=Audit)


class Given(Transaction):
    """The same with who gave how much and when; nothing of how it was paid."""

    AccountId: int
    Date: Text
    Amount: float


class Interaction(Received):
    """Something that happened between the organisation and a constituent."""

    Id: int
    Note: Text = ""
    AuditTrail: Audit = Field(default_factory=Audit)
