"""What Virtuous sends, as far as it is used. Stamps are UTC without a zone, with up to seven digits of a second."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from giftbridge.connectors.received import Received, Text

EMAIL: Final = "email"
PHONE: Final = "phone"


def moment(value: Any) -> datetime | None:
    """A stamp as UTC; None for a blank one. Raises `ValueError` for what is none."""
    if not value:
        return None
    found = datetime.fromisoformat(str(value))
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _no(value: Any) -> Any:
    return value or False


def _none(value: Any) -> Any:
    return value or []


Flag = Annotated[bool, BeforeValidator(_no)]
Stamp = Annotated[datetime | None, BeforeValidator(moment)]


class Stamped(Received):
    """A row that tells when it was changed last."""

    modifiedDateTimeUtc: Stamp = None


class Method(Stamped):
    """An e-mail address, a phone number or the like, of one person; types can be added by the customer."""

    id: int
    type: Text = ""
    value: Text = ""
    isOptedIn: Flag = False
    isPrimary: Flag = False


class Individual(Stamped):
    """A person of a contact."""

    id: int
    firstName: Text = ""
    lastName: Text = ""
    isPrimary: Flag = False
    isDeceased: Flag = False
    contactMethods: Annotated[list[Method], BeforeValidator(_none)] = Field(default_factory=list)

    def methods(self, kind: str) -> list[Method]:
        """E-mail addresses or phone numbers, told apart by the words of their types, the primary one first."""
        found = [one for one in self.contactMethods if kind in one.type.casefold() and one.value]
        return sorted(found, key=lambda one: not one.isPrimary)


class AddressRow(Received):
    """The primary address of a contact, the only one that is in it."""

    id: int
    address1: Text = ""
    address2: Text = ""
    city: Text = ""
    state: Text = ""
    postal: Text = ""
    country: Text = ""


class ReferenceRow(Received):
    """Under which id another system knows a contact."""

    source: Text = ""
    id: Text = ""


class ContactRow(Stamped):
    """A household or an organisation with its people."""

    id: int
    contactType: Text = ""
    name: Text = ""
    mergedIntoContactId: int | None = None
    address: AddressRow | None = None
    contactIndividuals: Annotated[list[Individual], BeforeValidator(_none)] = Field(default_factory=list)
    contactReferences: Annotated[list[ReferenceRow], BeforeValidator(_none)] = Field(default_factory=list)

    @property
    def person(self) -> Individual | None:
        """Who stands for the contact: its primary person, else the first one."""
        return next(iter(sorted(self.contactIndividuals, key=lambda one: not one.isPrimary)), None)


class DesignationRow(Received):
    """A part of a gift."""

    projectId: int
    amountDesignated: float = 0


class GiftRow(Received):
    """A gift in full."""

    id: int
    contactId: int
    transactionSource: Text = ""
    transactionId: Text = ""
    amount: float
    giftType: Text = ""
    notes: Text = ""
    segmentCode: Text = ""
    giftDesignations: Annotated[list[DesignationRow], BeforeValidator(_none)] = Field(default_factory=list)
