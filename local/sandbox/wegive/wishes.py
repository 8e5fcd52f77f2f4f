"""What a test asks of donors, staff and the payment processor: the bodies of the control routes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Wish(BaseModel):
    """A control request's body."""

    model_config = ConfigDict(extra="forbid")


class NewDonor(Wish):
    """A donor. Addresses have the API's keys: `address_1`, `address_2`, `city`, `state`, `country`, `zip`."""

    type: Literal["individual", "company"] = "individual"
    company: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    email_1: str | None = None
    email_2: str | None = None
    email_3: str | None = None
    mobile_phone: str | None = None
    home_phone: str | None = None
    office_phone: str | None = None
    other_phone: str | None = None
    mailing_address: dict[str, Any] | None = None
    billing_address: dict[str, Any] | None = None
    do_not_contact: bool = False
    household: int | None = None
    crm_ids: dict[str, str] = Field(default_factory=dict)
    created_at: datetime | None = None


class Edit(Wish):
    """Columns to change in some rows of a resource; `silent` leaves `updated_at` as it is."""

    resource: str
    ids: list[int]
    fields: dict[str, Any] = Field(default_factory=dict)
    silent: bool = False


class Merge(Wish):
    """Two donors, or two funds, become one."""

    winner: int
    loser: int


class Part(Wish):
    """Cents of a gift for one fund."""

    fund: int
    amount: int


class Payment(Wish):
    """What single gifts and schedules share; `amount` and `fee` are cents.

    `fund` None is the default fund, 0 none at all. `split` shares the amount evenly among funds, to the cent;
    `allocations` are taken as they are, even when they do not add up.
    """

    donor: int | None = None
    amount: int = 5_000
    fee: int = 0
    cover_fees: bool = False
    source_type: str = "card"
    fund: int | None = None
    split: list[int] = Field(default_factory=list)
    allocations: list[Part] = Field(default_factory=list)
    campaign: int | None = None
    anonymous: bool = False
    is_test: bool = False
    created_at: datetime | None = None
    crm_ids: dict[str, str] = Field(default_factory=dict)
    tribute_name: str | None = None
    tribute_email: str | None = None
    tribute_message: str | None = None


class Gift(Payment):
    """One gift; `donor` None is a guest. `status` None: `processing` for `bank`, else `success`."""

    status: str | None = None
    frequency: str = "once"
    currency: str = "USD"
    reference: str | None = None
    memo: str | None = None
    description: str | None = None
    message: str | None = None
    date: datetime | None = None
    schedule: int | None = None
    pledge: int | None = None
    is_registration: bool = False
    is_tax_deductible: bool | None = None
    tracking_url: str | None = None
    custom_fields: dict[str, Any] = Field(default_factory=dict)


class Settlement(Wish):
    """Processing gifts end; without `ids` all of them."""

    ids: list[int] | None = None
    outcome: Literal["success", "failed"] = "success"


class Refund(Wish):
    """Gifts are refunded; `amount` (cents) less than the gift's is a partial refund."""

    ids: list[int]
    amount: int | None = None


class Status(Wish):
    """Gifts get another status word, such as `cancelled`."""

    ids: list[int]
    status: str


class Retry(Wish):
    """A failed gift is tried again, as a new gift."""

    id: int
    status: str = "success"


class Schedule(Payment):
    """A recurring plan."""

    frequency: str = "monthly"
    start_date: datetime | None = None
    ends_at: datetime | None = None


class ScheduleEdit(Wish):
    """A recurring plan is changed, paused, resumed or cancelled; only what is given changes."""

    id: int
    amount: int | None = None
    frequency: str | None = None
    ends_at: datetime | None = None
    paused: bool | None = None
    paused_until: datetime | None = None
    cancelled: bool | None = None


class Charge(Wish):
    """The next payment of a plan."""

    id: int
    status: str | None = None
    created_at: datetime | None = None


class Pledge(Wish):
    """A promise of `total_amount` cents."""

    donor: int
    total_amount: int = 120_000
    fund: int | None = None
    campaign: int | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    installment_frequency: str = "monthly"
    installment_size: int | None = None


class Fund(Wish):
    """A fund ("designation")."""

    name: str
    code: str | None = None
    default: bool = False
    undesignated: bool = False
    is_tax_deductible: bool = True
    fmv: int = 0
    crm_ids: dict[str, Any] = Field(default_factory=dict)


class Campaign(Wish):
    """A campaign; `parent` is the campaign above it."""

    name: str
    kind: Literal["general", "fundraiser", "event"] = "general"
    parent: int | None = None
    goal: int | None = None


class Payout(Wish):
    """Gifts are paid out to the organisation's bank."""

    ids: list[int]
    reference: str = "po_1"
    payment_processor: str = "stripe"


class SoftCredit(Wish):
    """Somebody else is credited for (a part of) a gift; cents."""

    donor: int
    gift: int
    amount: int


class Household(Wish):
    """Donors live together."""

    name: str
    members: list[int]


class Rows(Wish):
    """Rows of a resource, to be archived or restored."""

    resource: str
    ids: list[int]


class Plain(Wish):
    """A row of a resource the sandbox only keeps and shows; every field is shown as given."""

    resource: str
    fields: dict[str, Any]
