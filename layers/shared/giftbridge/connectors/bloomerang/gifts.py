"""Gifts as Bloomerang's transactions. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from giftbridge.connectors.base import GiftWrite
from giftbridge.connectors.bloomerang.mapping import written_value
from giftbridge.domain.gift import Card, Designation, Gift, GiftKind, Refund
from giftbridge.domain.money import cents_from_major, major_from_cents
from giftbridge.errors import Reject

CARD_TYPES: Final[Mapping[str, str]] = {
    "visa": "Visa", "mastercard": "MasterCard", "discover": "Discover", "amex": "AmericanExpress",
    "american express": "AmericanExpress", "diners": "DinersClub", "diners club": "DinersClub", "jcb": "JCB",
}  # fmt: skip
METHOD_DETAILS: Final = (
    "CreditCardType", "CreditCardLastFourDigits", "CreditCardExpMonth", "CreditCardExpYear", "CheckNumber", "CheckDate",
    "EftAccountType", "EftLastFourDigits", "EftRoutingNumber", "InKindType", "InKindDescription", "InKindMarketValue",
)  # fmt: skip


Kinds = Mapping[GiftKind, str]
"""Kind of gift -> how it is kept: `method:InKind`, `campaign:15`, `field:88=Grant`, `pick:88=4411`, or empty."""


@dataclass(frozen=True, slots=True)
class GiftOptions:
    """A connection's choices for gifts."""

    methods: Mapping[str, str]
    incomplete_method: str
    details_required: bool
    note_length: int
    field_id: int
    acknowledged: str
    unacknowledged: str
    zone: str
    max_designations: int
    kinds: Kinds = field(default_factory=dict)
    anonymous_field_id: int = 0


def mark(reference: str) -> str:
    """Our reference as it stands in a note, findable by scanning."""
    return f"[ref {reference}]"


def create_body(write: GiftWrite, options: GiftOptions) -> dict[str, Any]:
    """Body of `POST /transaction`; without a wallet item nobody is charged.

    Raises `Reject` where Bloomerang can't hold the gift.
    """
    gift = write.gift
    if len(gift.designations) > options.max_designations:
        raise Reject(f"Bloomerang holds at most {options.max_designations} funds a gift.", code="too_many_funds")
    method = _method(gift, options)
    notes = (
        _cut(gift.note, options.note_length),
        _fallback_note(gift, method, options),
        _kind_note(gift, options),
        mark(write.reference.value),
    )
    note = " ".join(part for part in notes if part)
    return {
        "AccountId": int(write.contact_id),
        "Date": gift.local_date(options.zone).isoformat(),
        "Amount": major_from_cents(gift.amount),
        **({"FeeAmount": major_from_cents(gift.fee)} if gift.fee else {}),
        **method,
        "Designations": _designations(write, note, options),
    }


def _designations(write: GiftWrite, note: str, options: GiftOptions) -> list[dict[str, Any]]:
    shared: dict[str, Any] = {
        "Note": note,
        "AcknowledgementStatus": options.acknowledged if write.gift.acknowledged else options.unacknowledged,
    }
    values = _custom_values(write, options)
    if values:
        shared["CustomValues"] = values
    return [
        {
            **_type(write, options, first=place == 0),
            **shared,
            "Amount": major_from_cents(part.amount),
            **purpose_of(part),
            **_kind_campaign(write.gift, options),
        }
        for place, part in enumerate(write.gift.designations)
    ]


def _type(write: GiftWrite, options: GiftOptions, *, first: bool) -> dict[str, Any]:
    """A payment names the designation of its schedule or pledge; of a split one, the first part moves the schedule."""
    if write.schedule_id:
        gift, schedule = write.gift, write.gift.schedule
        start = replace(gift, occurred_at=schedule.start) if schedule else gift
        early = gift.local_date(options.zone) < start.local_date(options.zone)
        kind = {"Type": "RecurringDonationPayment", "RecurringDonationId": int(write.schedule_id)}
        return {**kind, "IsExtraPayment": early or not first}
    if write.pledge_id:
        return {"Type": "PledgePayment", "PledgeId": int(write.pledge_id)}
    return {"Type": "Donation"}


def _custom_values(write: GiftWrite, options: GiftOptions) -> list[dict[str, Any]]:
    """Our reference, anonymity and the kind of the gift, in the fields that the customer has for them."""
    values: list[dict[str, Any]] = []
    if options.field_id:
        values.append({"FieldId": options.field_id, "Value": write.reference.value})
    if options.anonymous_field_id and write.gift.anonymous:
        values.append({"FieldId": options.anonymous_field_id, "Value": "Yes"})
    how, _, what = options.kinds.get(write.gift.kind, "").partition(":")
    number, _, value = what.partition("=")
    if how == "field":
        values.append({"FieldId": int(number), "Value": value})
    if how == "pick":
        values.append({"FieldId": int(number), "ValueId": int(value)})
    return values


def _kind_campaign(gift: Gift, options: GiftOptions) -> dict[str, int]:
    how, _, number = options.kinds.get(gift.kind, "").partition(":")
    return {"CampaignId": int(number)} if how == "campaign" else {}


def _kind_note(gift: Gift, options: GiftOptions) -> str:
    """What the gift is, where nothing else tells it."""
    kept = gift.kind == "donation" or options.kinds.get(gift.kind)
    return "" if kept else f"({gift.kind.replace('_', ' ')})"


def purpose_of(part: Designation) -> dict[str, int]:
    """Fund, campaign and appeal in the write shape."""
    chosen = {"FundId": part.fund, "CampaignId": part.campaign, "AppealId": part.appeal}
    return {key: int(value) for key, value in chosen.items() if value}


def _method(gift: Gift, options: GiftOptions) -> dict[str, Any]:
    """The method and the details it demands; a method whose details we lack falls back to the one that is set."""
    method = _wanted_method(gift, options)
    details, complete = _details(method, gift)
    if complete or (method in ("CreditCard", "Eft") and not options.details_required):
        return {"Method": method, **{key: value for key, value in details.items() if value}}
    return {"Method": options.incomplete_method}


def _wanted_method(gift: Gift, options: GiftOptions) -> str:
    how, _, named = options.kinds.get(gift.kind, "").partition(":")
    return named if how == "method" else options.methods.get(gift.method, "None")


def _details(method: str, gift: Gift) -> tuple[dict[str, Any], bool]:
    """What a method's shape asks for, and whether we have all of it. No platform tells bank details."""
    if method == "Check":
        return {"CheckNumber": gift.check_number}, bool(gift.check_number)
    if method == "InKind":
        return {"InKindDescription": gift.note or "In-kind gift"}, True
    if method == "CreditCard":
        details = _card_details(gift.card) if gift.card else {}
        return details, bool(details) and all(details.values())
    return {}, method != "Eft"


def _card_details(card: Card) -> dict[str, Any]:
    return {
        "CreditCardType": CARD_TYPES.get(card.brand.casefold(), ""),
        "CreditCardLastFourDigits": card.last4,
        "CreditCardExpMonth": card.exp_month,
        "CreditCardExpYear": card.exp_year,
    }


def _cut(note: str, length: int) -> str:
    """Shortened between items."""
    return note if len(note) <= length else note[:length].rpartition(";")[0] + "; ..."


def _fallback_note(gift: Gift, method: Mapping[str, Any], options: GiftOptions) -> str:
    """What the method would have said, where it had to fall back."""
    if method["Method"] == _wanted_method(gift, options) or gift.method == "other":
        return ""
    return f"(paid by {gift.method})"


def update_body(raw: Mapping[str, Any], write: GiftWrite, pick_types: Mapping[int, str]) -> dict[str, Any]:
    """Body of `PUT /transaction/{id}` with other purposes. All designations are sent: omitted ones may be removed.

    The amount is the gift's as well, as Bloomerang wants the parts to add up to it.
    """
    standing, wanted = raw["Designations"], write.gift.designations
    if len(wanted) != len(standing):
        raise Reject("The gift is split differently in Bloomerang. Change it there by hand.", code="split_differs")
    parts = [
        {
            **_kept(row, pick_types),
            "Amount": major_from_cents(part.amount),
            **purpose_of(part),
        }
        for row, part in zip(standing, wanted, strict=True)
    ]
    return {**_transaction(raw), "Amount": major_from_cents(write.gift.amount), "Designations": parts}


def partial_refund_body(
    raw: Mapping[str, Any], refund: Refund, day: date, reference: str, pick_types: Mapping[int, str]
) -> dict[str, Any] | None:
    """Body of `PUT /transaction/{id}` that explains a partial refund in the note; None where it stands there."""
    sign = mark(reference)
    if any(sign in (row.get("Note") or "") for row in raw["Designations"]):
        return None
    reason = f": {refund.reason}" if refund.reason else ""
    words = f"Partially refunded {major_from_cents(refund.amount):.2f} on {day.isoformat()}{reason} {sign}"
    parts = [
        {**_kept(row, pick_types), "Note": f"{row.get('Note') or ''} {words}".strip()} for row in raw["Designations"]
    ]
    return {**_transaction(raw), "Designations": parts}


def changed_body(
    raw: Mapping[str, Any], part_id: int, changes: Mapping[str, Any], pick_types: Mapping[int, str]
) -> dict[str, Any]:
    """Body of `PUT /transaction/{id}` with other fields in one designation; the amount follows."""
    parts = [{**_kept(row, pick_types), **(changes if row["Id"] == part_id else {})} for row in raw["Designations"]]
    total = major_from_cents(sum(cents_from_major(part["Amount"]) for part in parts))
    return {**_transaction(raw), "Amount": total, "Designations": parts}


def _transaction(raw: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("AccountId", "Date", "Amount", "FeeAmount", "Method", *METHOD_DETAILS)
    return {key: raw[key] for key in keys if raw.get(key) not in (None, "")}


def _kept(row: Mapping[str, Any], pick_types: Mapping[int, str]) -> dict[str, Any]:
    """A designation as read, in the write shape: ids instead of nested objects."""
    nested = {"FundId": "Fund", "CampaignId": "Campaign", "AppealId": "Appeal", "TributeId": "Tribute"}
    deductible = ("NonDeductibleAmount",) if row.get("Type") in ("Donation", "Pledge") else ()
    plain = ("Id", "Type", "Amount", *deductible, "Note", "AcknowledgementStatus")
    kept = {key: row[key] for key in plain if row.get(key) not in (None, "")}
    kept |= {key: row[name]["Id"] for key, name in nested.items() if row.get(name)}
    values = [written_value(value, pick_types) for value in row.get("CustomValues", [])]
    return {**kept, "CustomValues": values} if values else kept
