"""What WeGive sends, as far as it is used.

Its document is generated and types nearly everything as text, whole objects included. So ids come as numbers or texts,
truths as words or numbers, and what is documented as an object may be its name alone.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from giftbridge.connectors.received import Received

TRUE: Final = frozenset({"1", "true", "yes", "on"})


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _flag(value: Any) -> bool:
    return str(value).casefold() in TRUE


def _object(value: Any) -> Any:
    return value if isinstance(value, Mapping) else None


def _rows(value: Any) -> Any:
    return value or []


def _named(value: Any) -> Any:
    """A fund as an object, by its id or by its name alone."""
    if isinstance(value, str) and value:
        return {"id": value} if value.isdecimal() else {"name": value}
    return {"id": value} if isinstance(value, int) else _object(value)


Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool, BeforeValidator(_flag)]


class Address(Received):
    """A postal address."""

    address_1: Text = ""
    address_2: Text = ""
    city: Text = ""
    state: Text = ""
    zip: Text = ""
    country: Text = ""


PostalAddress = Annotated[Address | None, BeforeValidator(_object)]


class Donor(Received):
    """A donor alone. `preferred_email_value` is the address that is preferred; the list lacks it and `last_name`."""

    id: Text = ""
    type: Text = ""
    name: Text = ""
    first_name: Text = ""
    last_name: Text = ""
    preferred_email_value: Text = ""
    email: Text = ""
    email_1: Text = ""
    email_2: Text = ""
    email_3: Text = ""
    preferred_phone_value: Text = ""
    phone: Text = ""
    mobile_phone: Text = ""
    home_phone: Text = ""
    office_phone: Text = ""
    other_phone: Text = ""
    mailing_address: PostalAddress = None
    billing_address: PostalAddress = None
    do_not_contact: Flag = False


class Fund(Received):
    """A fund, which the vendor's pages call a designation. Only within a split it tells what it was merged into."""

    id: Text = ""
    name: Text = ""
    code: Text = ""
    merged_into_id: Text = ""


NamedFund = Annotated[Fund | None, BeforeValidator(_named)]


class Allocation(Received):
    """A part of a gift; its amount is checked when mapped."""

    fund: NamedFund = None
    amount: Any = None


class Owner(Received):
    """The donor within a gift; a guest has no id."""

    id: Text = ""


class Source(Received):
    """What was paid with."""

    type: Text = ""
    issuer: Text = ""
    last_four: Text = ""
    expiration: Text = ""


class Plan(Received):
    """A recurring donation. Amounts are checked when mapped."""

    id: Text = ""
    amount: Any = None
    fee_amount: Any = None
    cover_fees: Flag = False
    frequency: Text = ""
    start_date: Text = ""
    created_at: Text = ""
    ends_at: Text = ""
    deleted_at: Text = ""


class Promise(Received):
    """A pledge within a gift; its id may stand at the gift alone."""

    id: Text = ""
    total_amount: Any = None


class Transaction(Received):
    """A gift alone. Amounts are checked when mapped, as a bad one concerns this gift only."""

    status: Text = ""
    amount: Any = None
    fee_amount: Any = None
    fee: Any = None
    cover_fees: Flag = False
    currency: Text = ""
    created_at: Text = ""
    refunded_at: Text = ""
    source_type: Text = ""
    source: Annotated[Source | None, BeforeValidator(_object)] = None
    donor_id: Text = ""
    owner: Annotated[Owner | None, BeforeValidator(_object)] = None
    fund_id: Text = ""
    fund: NamedFund = None
    fund_allocations: Annotated[list[Allocation], BeforeValidator(_rows)] = Field(default_factory=list)
    frequency: Text = ""
    scheduled_donation_id: Text = ""
    scheduledDonation: Annotated[Plan | None, BeforeValidator(_object)] = None
    pledge_id: Text = ""
    pledge: Annotated[Promise | None, BeforeValidator(_object)] = None
    campaign_id: Text = ""
    campaign: NamedFund = None
    custom_fields: Annotated[dict[str, Any] | None, BeforeValidator(_object)] = None
    reference: Text = ""
    memo: Text = ""
    description: Text = ""
    message: Text = ""
    tribute_name: Text = ""
    tribute_message: Text = ""
    anonymous: Flag = False
    is_test: Flag = False
    is_tax_deductible: Flag = True
    receipt_id: Text = ""
