"""Auctions made to order: receipts with items and payments, as written down or as generated."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from local.sandbox.handbid.organisation import Organisation
from local.sandbox.handbid.payments import change_event
from local.sandbox.handbid.store import Row
from local.sandbox.handbid.webhooks import Courier

CARD = {"brand": "Visa", "last4": "4242", "expMonth": 4, "expYear": 2029}
CENTS = Decimal("0.01")

Dollars = Annotated[Decimal, BeforeValidator(lambda value: Decimal(str(value)))]


class Spec(BaseModel):
    """A description in camelCase; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Item(Spec):
    """One line of a receipt: `price` and `value` of one piece in dollars, `tax_cents` of the line."""

    name: str
    item_code: str | None = None
    quantity: int = 1
    price: Dollars
    value: Dollars = Decimal(0)
    tax_cents: int = 0

    @property
    def total_cents(self) -> int:
        """The line's total in cents, tax included."""
        return int((self.price * self.quantity / CENTS).to_integral_value()) + self.tax_cents


class Refund(Spec):
    """A refund made before the test begins; `amount` in cents."""

    amount: int
    reason: str | None = None


class Payment(Spec):
    """One payment; `amount` and `fee_amount` in cents, the amount None = the receipt's total.

    `contact_id` None = the receipt's contact, an empty text = nobody.
    """

    amount: int | None = None
    fee_amount: int = 0
    status: str = "succeeded"
    method: str = "card"
    card: dict[str, Any] | None = None
    check_number: str | None = None
    occurred_at: str | None = None
    designations: list[dict[str, Any]] = Field(default_factory=list)
    refunds: list[Refund] = Field(default_factory=list)
    contact_id: str | None = None


class Receipt(Spec):
    """One receipt of a contact."""

    contact_id: str | None = None
    items: list[Item]
    payments: list[Payment] = Field(default_factory=lambda: [Payment()])
    emailed: bool = False


class Generated(Spec):
    """`receipts` receipts of the organisation's active contacts (or `contact_ids`), in twelve kinds by turns."""

    seed: str = "auction"
    receipts: int
    fund_codes: list[str] = Field(default_factory=lambda: ["GEN", "SCHOL", "BUILD"])
    contact_ids: list[str] | None = None


class Auction(Spec):
    """An event with its receipts."""

    id: str | None = None
    name: str = "Spring Gala"
    status: str = "closed"
    time_zone: str | None = None
    currency: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    receipts: list[Receipt] = Field(default_factory=list)
    generate: Generated | None = None


def hold(organisation: Organisation, courier: Courier, auction: Auction) -> dict[str, Any]:
    """Make an auction; returns `event`, `receipts` and `transactions` as the platform holds them."""
    event = _open(organisation, auction)
    wanted = [*auction.receipts, *(generated(organisation, auction.generate) if auction.generate else ())]
    made = [add_receipt(organisation, event, receipt) for receipt in wanted]
    event = change_event(organisation, courier, event["id"], {"status": auction.status})
    return {
        "event": event,
        "receipts": [receipt for receipt, _ in made],
        "transactions": [payment for _, payments in made for payment in payments],
    }


def add_receipt(organisation: Organisation, event: Row, wanted: Receipt) -> tuple[Row, list[Row]]:
    """Add a receipt with its payments to an event."""
    receipt = _receipt(organisation, event, wanted)
    payments = [_payment(organisation, event, receipt, payment, wanted) for payment in wanted.payments]
    succeeded = ("succeeded", "refunded", "partially_refunded")
    receipt["amountPaid"] = sum(payment["amount"] for payment in payments if payment["status"] in succeeded)
    receipt["paid"] = receipt["amountPaid"] >= receipt["grandTotal"]
    if wanted.emailed:
        receipt["emailedAt"] = organisation.stamp()
    return organisation.put_aside("receipts", receipt), payments


def _open(organisation: Organisation, auction: Auction) -> Row:
    settings = organisation.settings
    event = {
        "id": auction.id or organisation.new_id("events"),
        "name": auction.name,
        "status": "open",
        "timeZone": auction.time_zone or settings.time_zone,
        "currency": auction.currency or settings.currency,
        "startTime": auction.start_time,
        "endTime": auction.end_time,
    }
    return organisation.put("events", _without_none(event))


def _receipt(organisation: Organisation, event: Row, wanted: Receipt) -> Row:
    total = sum(item.total_cents for item in wanted.items)
    tax = sum(item.tax_cents for item in wanted.items)
    receipt = {
        "id": organisation.new_id("receipts"),
        "auctionId": event["id"],
        "contactId": wanted.contact_id,
        "subTotal": total - tax,
        "tax": tax,
        "grandTotal": total,
        "currencySymbol": "$",
        "lineItems": [_line(organisation, item) for item in wanted.items],
    }
    return _without_none(receipt)


def _line(organisation: Organisation, item: Item) -> Row:
    named = {
        "id": organisation.new_id("items"),
        "itemCode": item.item_code,
        "name": item.name,
        "value": float(item.value),
    }
    return {
        "quantity": item.quantity,
        "pricePerItem": float(item.price),
        "grandTotal": float(item.total_cents * CENTS),
        "tax": item.tax_cents,
        "item": _without_none(named),
    }


def _payment(organisation: Organisation, event: Row, receipt: Row, wanted: Payment, of: Receipt) -> Row:
    now = organisation.stamp()
    payer = of.contact_id if wanted.contact_id is None else wanted.contact_id or None
    payment = {
        "id": organisation.new_id("transactions"),
        "eventId": event["id"],
        "contactId": payer,
        "receiptId": receipt["id"],
        "amount": receipt["grandTotal"] if wanted.amount is None else wanted.amount,
        "feeAmount": wanted.fee_amount,
        "currency": event["currency"],
        "status": wanted.status,
        "method": wanted.method,
        "card": wanted.card or (CARD if wanted.method == "card" else None),
        "checkNumber": wanted.check_number,
        "occurredAt": wanted.occurred_at or now,
        "designations": wanted.designations,
        "refunds": [],
    }
    payment = _without_none(payment)
    for refund in wanted.refunds:
        payment["refunds"].append(_refund(organisation, payment, refund))
    return organisation.put("transactions", payment, event["id"])


def _refund(organisation: Organisation, payment: Row, wanted: Refund) -> Row:
    refund = {"id": organisation.new_id("refunds"), "amount": wanted.amount, "reason": wanted.reason}
    refund = _without_none(refund | {"occurredAt": organisation.stamp()})
    organisation.put("refunds", {**refund, "transactionId": payment["id"], "currency": payment["currency"]})
    return refund


def _without_none(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def generated(organisation: Organisation, wish: Generated) -> Iterator[Receipt]:
    """Receipts that follow from the wish's seed; the same twelve kinds come round in the same order."""
    contacts = wish.contact_ids or [
        contact["id"]
        for contact in organisation.store.every(organisation.id, "contacts")
        if contact["status"] == "active"
    ]
    if not contacts:
        raise ValueError("the organisation has no active contact to give receipts to")
    dice = random.Random(wish.seed)
    for number in range(wish.receipts):
        items = _items(dice)
        payments = _payments(number % 12, sum(item.total_cents for item in items), wish.fund_codes, dice)
        contact = contacts[number % len(contacts)]
        yield Receipt(contact_id=contact, items=items, payments=payments, emailed=number % 2 == 0)


_LOTS = (
    ("Weekend at the lake", "450.00"),
    ("Dinner for six", "300.00"),
    ("Signed guitar", "275.50"),
    ("Gala ticket", "85.00"),
    ("Wine tasting; two people", "120.00"),
    ("Fund-a-need", "0"),
)


def _items(dice: random.Random) -> list[Item]:
    lots = dice.sample(_LOTS, dice.randint(1, 3))
    return [
        Item(
            name=name,
            item_code=str(100 + _LOTS.index((name, value))),
            quantity=dice.choice((1, 1, 1, 2)),
            price=Decimal(dice.randint(2_000, 90_000)) / 100,
            value=Decimal(value),
        )
        for name, value in lots
    ]


def _payments(kind: int, total: int, funds: Sequence[str], dice: random.Random) -> list[Payment]:
    """The payments of one receipt; twelve kinds, the first ones being the most usual."""
    card = Payment(fee_amount=total * 29 // 1000 + 30)
    part = total // 3
    failed = Payment(status="failed")
    kinds: dict[int, list[Payment]] = {
        3: [Payment(method="cash")],
        4: [Payment(method="check", check_number=str(dice.randint(1001, 9999)))],
        5: [Payment(method="ach")],
        6: [failed, card],
        7: [Payment(amount=part), Payment(amount=total - part, method="cash")],
        8: [card.model_copy(update={"designations": split(total, funds)})],
        9: [Payment(status="processing", method="ach")],
        10: [Payment(status="partially_refunded", refunds=[Refund(amount=part, reason="Item unavailable")])],
        11: [Payment(status="refunded", refunds=[Refund(amount=total)]), Payment(status="cancelled")],
    }
    fund = [{"fundCode": funds[0], "amount": total}] if funds and kind == 2 else []
    return kinds.get(kind, [card.model_copy(update={"designations": fund})])


def split(total: int, funds: Sequence[str]) -> list[dict[str, Any]]:
    """The total in cents over the funds, exact to the cent; the first one takes what does not divide."""
    share, rest = divmod(total, max(1, len(funds)))
    return [{"fundCode": code, "amount": share + (rest if code == funds[0] else 0)} for code in funds]
