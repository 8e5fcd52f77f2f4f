"""Auctions with receipts and payments, donations, projects, refunds: made and moved as the platform would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.sandbox.handbid.contacts import merged
from local.sandbox.handbid.organisation import Organisation
from local.sandbox.handbid.problems import ProblemError
from local.sandbox.handbid.store import Row
from local.sandbox.handbid.webhooks import Courier


def change_event(organisation: Organisation, courier: Courier, identifier: str, changes: Mapping[str, Any]) -> Row:
    """Change an event; reaching `reconciled` stamps `reconciledAt` and announces it. Raises ProblemError 404."""
    before = organisation.get("events", identifier)
    event = merged(before, changes)
    reached = event["status"] == "reconciled" and before["status"] != "reconciled"
    if reached:
        event["reconciledAt"] = organisation.stamp()
    organisation.put("events", event)
    if reached:
        courier.announce(organisation, "event.reconciled", identifier)
    return event


def change_transaction(organisation: Organisation, identifier: str, changes: Mapping[str, Any]) -> Row:
    """Change a payment, for instance from `processing` to `succeeded`; raises ProblemError 404."""
    payment = merged(organisation.get("transactions", identifier), changes)
    return organisation.put("transactions", payment, payment["eventId"])


def change_receipt(organisation: Organisation, identifier: str, changes: Mapping[str, Any]) -> Row:
    """Change a receipt; its payments move in their feed, being described by it. Raises ProblemError 404."""
    receipt = merged(organisation.get("receipts", identifier), changes)
    organisation.put_aside("receipts", receipt)
    for payment in organisation.store.every(organisation.id, "transactions", receipt["auctionId"]):
        if payment["receiptId"] == identifier:
            organisation.put("transactions", payment, payment["eventId"])
    return receipt


def email_receipt(organisation: Organisation, identifier: str) -> Row:
    """Note that the receipt was e-mailed now; raises ProblemError 404."""
    return change_receipt(organisation, identifier, {"emailedAt": organisation.stamp()})


def refund_transaction(
    organisation: Organisation, courier: Courier, identifier: str, amount: int | None, reason: str | None
) -> Row:
    """Refund a payment (all that is left, or `amount` cents) and announce it; raises ProblemError 404 or 422."""
    payment = organisation.get("transactions", identifier)
    _refund(organisation, payment, {"transactionId": identifier}, amount, reason)
    organisation.put("transactions", payment, payment["eventId"])
    courier.announce(organisation, "transaction.refunded", identifier)
    return payment


def refund_donation(organisation: Organisation, identifier: str, amount: int | None, reason: str | None) -> Row:
    """Refund a donation (all that is left, or `amount` cents); raises ProblemError 404 or 422."""
    donation = organisation.get("donations", identifier)
    _refund(organisation, donation, {"donationId": identifier}, amount, reason)
    return organisation.put("donations", donation)


def _refund(organisation: Organisation, paid: Row, of: Row, amount: int | None, reason: str | None) -> None:
    left = paid["amount"] - sum(refund["amount"] for refund in paid["refunds"])
    back = left if amount is None else amount
    if not 0 < back <= left:
        raise ProblemError(422, "invalid", f"Between 1 and {left} cents can be refunded.")
    refund = {"id": organisation.new_id("refunds"), "amount": back, "occurredAt": organisation.stamp()}
    if reason is not None:
        refund["reason"] = reason
    paid["refunds"].append(refund)
    paid["status"] = "refunded" if back == left else "partially_refunded"
    organisation.put("refunds", {**refund, **of, "currency": paid["currency"]})
