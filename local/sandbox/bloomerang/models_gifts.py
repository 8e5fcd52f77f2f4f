"""The bodies the sandbox accepts for gifts; the shape of a transaction goes by its `Method`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from local.sandbox.bloomerang.errors import invalid, required
from local.sandbox.bloomerang.models import Body, CustomValueIn, parse

Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PledgeRhythm = Literal[
    "Weekly", "EveryOtherWeekly", "TwiceMonthly", "Monthly", "EveryOtherMonthly", "Quarterly", "Yearly", "Custom"
]
RecurringRhythm = Literal[
    "Weekly", "EveryOtherWeekly", "TwiceMonthly", "Monthly", "EveryOtherMonthly", "Quarterly", "Yearly"
]


class SoftCreditIn(Body):
    """A soft credit given with a designation; `Id` only on update."""

    Id: int | None = None
    AccountId: int | None = None
    Amount: Money | None = None


class DesignationFields(Body):
    """What every designation may carry; `Id` marks an edit of that row."""

    Id: int | None = None
    Type: str | None = None
    Amount: Money | None = None
    Note: str | None = None
    FundId: int | None = None
    CampaignId: int | None = None
    AppealId: int | None = None
    TributeId: int | None = None
    AcknowledgementStatus: Literal["Yes", "No", "DoNotAcknowledge"] | None = None
    AcknowledgementInteractionIds: list[int] | None = None
    CustomValues: list[CustomValueIn] | None = None
    Attachments: list[dict[str, Any]] | None = None


class DonationIn(DesignationFields):
    """A plain gift."""

    NonDeductibleAmount: Money | None = None
    QuickbooksAccountId: int | None = None
    SoftCredits: list[SoftCreditIn] | None = None


class InstallmentIn(Body):
    """One installment of a pledge."""

    Date: str
    Amount: Money


class PledgeIn(DonationIn):
    """A promise."""

    PledgeFrequency: PledgeRhythm | None = None
    PledgeInstallments: list[InstallmentIn] | None = None


class PledgePaymentIn(DesignationFields):
    """A payment of a pledge, named by the pledge's designation id."""

    PledgeId: int | None = None


class RecurringIn(DesignationFields):
    """A schedule."""

    QuickbooksAccountId: int | None = None
    SoftCredits: list[SoftCreditIn] | None = None
    RecurringDonationFrequency: RecurringRhythm | None = None
    RecurringDonationDay1: Annotated[int, Field(ge=1, le=31)] | None = None
    RecurringDonationDay2: Annotated[int, Field(ge=1, le=31)] | None = None
    RecurringDonationStartDate: str | None = None
    RecurringDonationEndDate: str | None = None


class RecurringPaymentIn(DesignationFields):
    """A payment of a schedule, named by the schedule's designation id."""

    RecurringDonationId: int | None = None
    IsExtraPayment: bool | None = None
    QuickbooksAccountId: int | None = None


class TransactionFields(Body):
    """What every transaction carries."""

    AccountId: int
    Date: str
    Amount: Money
    Method: str
    Designations: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=20)]
    FeeAmount: Money | None = None
    IntegrationUrl: str | None = None
    Attachments: list[dict[str, Any]] | None = None


class CheckIn(TransactionFields):
    """A cheque."""

    CheckNumber: str
    CheckDate: str | None = None


class InKindIn(TransactionFields):
    """Goods or services."""

    InKindDescription: str
    InKindType: Literal["Goods", "Services"] | None = None
    InKindMarketValue: Money | None = None


class CardIn(TransactionFields):
    """A card, ApplePay or GooglePay: a wallet item, or the details typed in."""

    WalletItemId: int | None = None
    CreditCardType: Literal["Visa", "MasterCard", "Discover", "AmericanExpress", "DinersClub", "JCB"] | None = None
    CreditCardLastFourDigits: str | None = None
    CreditCardExpMonth: Annotated[int, Field(ge=1, le=12)] | None = None
    CreditCardExpYear: Annotated[int, Field(ge=1990, le=2100)] | None = None


class EftIn(TransactionFields):
    """A bank transfer: a wallet item, or the details typed in."""

    WalletItemId: int | None = None
    EftAccountType: Literal["Checking", "Savings"] | None = None
    EftLastFourDigits: str | None = None
    EftRoutingNumber: str | None = None


class OnlineWalletIn(TransactionFields):
    """PayPal or Venmo: only a wallet item, which charges the donor."""

    WalletItemId: int


class RefundIn(Body):
    """`POST /refund`."""

    TransactionId: int
    Date: str
    Note: str | None = None
    RunProcessorRefund: bool | None = None


class RefundUpdate(Body):
    """`PUT /refund/{id}`."""

    Id: int
    Date: str | None = None
    TransactionId: int | None = None
    Note: str | None = None


class SoftCreditCreate(Body):
    """`POST /softcredit`."""

    AccountId: int
    Amount: Money
    DesignationId: int


class SoftCreditUpdate(Body):
    """`PUT /softcredit/{id}`."""

    Id: int
    AccountId: int | None = None
    Amount: Money | None = None


SHAPES: dict[str, type[TransactionFields]] = {
    "None": TransactionFields,
    "Cash": TransactionFields,
    "Check": CheckIn,
    "InKind": InKindIn,
    "CreditCard": CardIn,
    "ApplePay": CardIn,
    "GooglePay": CardIn,
    "Eft": EftIn,
    "PayPal": OnlineWalletIn,
    "Venmo": OnlineWalletIn,
}
DESIGNATIONS: dict[str, tuple[type[DesignationFields], tuple[str, ...]]] = {
    "Donation": (DonationIn, ("Amount", "FundId")),
    "Pledge": (PledgeIn, ("Amount", "FundId", "PledgeFrequency", "PledgeInstallments")),
    "PledgePayment": (PledgePaymentIn, ("Amount", "PledgeId")),
    "RecurringDonation": (
        RecurringIn,
        ("Amount", "FundId", "RecurringDonationFrequency", "RecurringDonationStartDate"),
    ),
    "RecurringDonationPayment": (RecurringPaymentIn, ("Amount", "RecurringDonationId", "IsExtraPayment")),
}


def parse_transaction(body: Any) -> TransactionFields:
    """Read a transaction with the shape of its method."""
    method = body.get("Method") if isinstance(body, dict) else None
    if method is None:
        raise required("Method")
    if not isinstance(method, str) or method not in SHAPES:
        raise invalid(f"Method '{method}' is not valid")
    return parse(SHAPES[method], body)


def parse_designation(body: dict[str, Any], stored_type: str | None = None) -> DesignationFields:
    """Read a designation by its Type, or by that of the row it edits."""
    kind = body.get("Type") or stored_type
    if kind is None:
        raise required("Type")
    if not isinstance(kind, str) or kind not in DESIGNATIONS or (stored_type is not None and kind != stored_type):
        raise invalid(f"Designation Type '{kind}' is not valid")
    model, needed = DESIGNATIONS[kind]
    designation = parse(model, body)
    for name in needed if stored_type is None else ():
        if getattr(designation, name) is None:
            raise required(name)
    return designation
