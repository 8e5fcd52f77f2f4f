"""What Bloomerang sends, as far as it is used. Unset keys are left out or `""` by the vendor; both read as empty."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _blank(value: Any) -> Any:
    return "" if value is None else value


def _stamp(value: Any) -> Any:
    if not value:
        return None
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


Text = Annotated[str, BeforeValidator(_blank)]
Stamp = Annotated[datetime | None, BeforeValidator(_stamp)]


class Vendor(BaseModel):
    """Reads what is declared and passes over the rest."""

    model_config = ConfigDict(extra="ignore", defer_build=True, hide_input_in_errors=True)


class Audit(Vendor):
    """When a record was made and last changed, UTC to the second."""

    CreatedDate: Stamp = None
    LastModifiedDate: Stamp = None


class Email(Vendor):
    """An e-mail row; `AccountId` is the constituent's `Id`."""

    Id: int = 0
    AccountId: int = 0
    Value: Text = ""
    AuditTrail: Audit = Field(default_factory=Audit)


class Phone(Vendor):
    """A phone row."""

    Number: Text = ""
    Extension: Text = ""


class Address(Vendor):
    """An address row. Abroad, everything stands in `Street`."""

    Street: Text = ""
    City: Text = ""
    State: Text = ""
    StateAbbreviation: Text = ""
    PostalCode: Text = ""
    Country: Text = ""
    CountryCode: Text = ""


class Constituent(Vendor):
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


class Designation(Vendor):
    """A part of a transaction."""

    Id: int
    Type: Text = ""
    Note: Text = ""


class Transaction(Vendor):
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


class Interaction(Vendor):
    """Something that happened between the organisation and a constituent."""

    Id: int
    Note: Text = ""
    AuditTrail: Audit = Field(default_factory=Audit)
