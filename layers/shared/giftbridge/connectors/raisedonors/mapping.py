"""Donations as gifts. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from giftbridge.connectors.base import GiftSeen
from giftbridge.connectors.platform_api.mapping import refund, status
from giftbridge.connectors.raisedonors import models
from giftbridge.connectors.raisedonors.models import Donation
from giftbridge.domain.gift import Card, Designation, Frequency, Gift, Method, Schedule, timestamp
from giftbridge.domain.money import cents
from giftbridge.domain.project import Project
from giftbridge.errors import Reject

METHODS: Final[Mapping[str, Method]] = {
    "Credit Card": "card", "ACH": "ach", "PayPal": "paypal", "Check": "check", "Cash": "cash",
}  # fmt: skip


FREQUENCIES: Final[Mapping[str, Frequency]] = {
    "Weekly": "weekly", "Monthly": "monthly", "Quarterly": "quarterly", "Annually": "yearly",
}  # fmt: skip


def seen(raw: Mapping[str, Any]) -> GiftSeen:
    """A row of the list of changes, whatever else is wrong with it."""
    try:
        return GiftSeen(str(raw["id"]), timestamp(str(raw.get("occurredAt", ""))))
    except Reject:
        return GiftSeen(str(raw["id"]), None)


def project(raw: Mapping[str, Any]) -> Project | None:
    """A row of the list of projects; None where it is none."""
    try:
        seen = models.Project.model_validate(raw)
    except ValidationError:
        return None
    return Project(seen.code, seen.name, seen.description, seen.active)


def _note(donation: Donation) -> str:
    """The donor's words, and what no other field of a gift holds."""
    often = "" if donation.frequency == "Once" or donation.recurringId else donation.frequency
    return "; ".join(part for part in (donation.notes, often) if part)


def _schedule(donation: Donation) -> Schedule | None:
    """The standing order that it is a payment of; the platform tells no more of it than its payments do."""
    if not donation.recurringId or donation.frequency == "Once":
        return None
    often = FREQUENCIES.get(donation.frequency, "other")
    paid_at = timestamp(donation.occurredAt)
    return Schedule(donation.recurringId, often, cents(donation.amount), paid_at, start_told=False)


def gift(donation: Donation) -> Gift:
    """A donation as a gift, one part for each project. Raises `Reject` where amount, date or status make no sense."""
    amount = cents(donation.amount)
    return Gift(
        id=donation.id,
        contact_id=donation.contactId,
        amount=amount,
        currency=donation.currency,
        status=status(donation.status),
        method=METHODS.get(donation.giftType, "other"),
        occurred_at=timestamp(donation.occurredAt),
        designations=tuple(
            Designation(cents(part.amount), part.code, appeal=donation.sourceCode) for part in donation.projects
        )
        or (Designation(amount, appeal=donation.sourceCode),),
        card=Card(brand=donation.cardBrand) if donation.cardBrand else None,
        note=_note(donation),
        schedule=_schedule(donation),
        refunds=tuple(refund(one) for one in donation.refunds),
    )
