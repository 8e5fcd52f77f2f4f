"""Payments of an auction as gifts. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from giftbridge.connectors.events import Event
from giftbridge.connectors.handbid import models
from giftbridge.connectors.handbid.models import Receipt, Transaction
from giftbridge.connectors.platform_api.mapping import refund, status
from giftbridge.domain.gift import Card, Designation, Gift, Method, invoice_note, timestamp
from giftbridge.domain.money import cents
from giftbridge.errors import Reject

METHODS: Final[Mapping[str, Method]] = {
    "card": "card", "cash": "cash", "check": "check", "ach": "ach", "paypal": "paypal",
}  # fmt: skip


def event(seen: models.Event) -> Event:
    """An auction; only `reconciled` lets its gifts go by themselves. A time that makes no sense is left out."""
    reconciled_at = _time(seen.reconciledAt) or _time(seen.updatedAt)
    return Event(
        seen.id, seen.name, seen.status == "reconciled", seen.timeZone, _time(seen.startTime), reconciled_at
    )  # fmt: skip


def _time(text: str) -> datetime | None:
    try:
        return timestamp(text) if text else None
    except Reject:
        return None


def gift(seen: Transaction, receipt: Receipt | None, event_name: str) -> Gift:
    """A transaction as a gift. Raises `Reject` where amount, date or status make no sense."""
    items = tuple(line.item.name for line in receipt.lineItems) if receipt else ()
    amount = cents(seen.amount)
    return Gift(
        id=seen.id,
        contact_id=seen.contactId or (receipt.contactId if receipt else ""),
        amount=amount,
        currency=seen.currency,
        status=status(seen.status),
        method=METHODS.get(seen.method, "other"),
        occurred_at=timestamp(seen.occurredAt),
        designations=tuple(Designation(cents(part.amount), part.fundCode) for part in seen.designations)
        or (Designation(amount),),
        event_id=seen.eventId,
        receipt_id=seen.receiptId,
        fee=cents(seen.feeAmount),
        card=Card(seen.card.brand, seen.card.last4, seen.card.expMonth, seen.card.expYear) if seen.card else None,
        check_number=seen.checkNumber,
        note=invoice_note(event_name, items),
        acknowledged=bool(receipt and receipt.emailedAt),
        refunds=tuple(refund(one) for one in seen.refunds),
    )
