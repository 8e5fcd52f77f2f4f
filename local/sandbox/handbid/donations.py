"""Online donations and projects made to order."""

from __future__ import annotations

import random
from typing import Any

from pydantic import Field

from local.sandbox.handbid.auctions import Spec, split
from local.sandbox.handbid.organisation import Organisation
from local.sandbox.handbid.store import Row

_DONOR_FIELDS = ("type", "firstName", "lastName", "organizationName", "email", "phone", "address")


class Donation(Spec):
    """One donation; amounts in cents, `projects` as `{code, amount}`."""

    id: str | None = None
    contact_id: str
    amount: int
    occurred_at: str | None = None
    status: str = "succeeded"
    gift_type: str = "Credit Card"
    card_brand: str | None = "Visa"
    frequency: str = "Once"
    recurring_id: str | None = None
    notes: str | None = None
    source_code: str | None = None
    projects: list[dict[str, Any]] = Field(default_factory=list)


class GeneratedDonations(Spec):
    """`count` donations of the organisation's contacts by turns, over the projects."""

    seed: str = "donations"
    count: int
    project_codes: list[str]


class Donations(Spec):
    """Donations written down, generated, or both."""

    donations: list[Donation] = Field(default_factory=list)
    generate: GeneratedDonations | None = None


class Project(Spec):
    """A project; one with the same `code` is replaced."""

    id: str | None = None
    code: str
    name: str
    description: str | None = None
    active: bool = True


def give(organisation: Organisation, wanted: Donations) -> list[Row]:
    """Make donations; raises ProblemError 404 for a contact that does not exist."""
    generated = _generated(organisation, wanted.generate) if wanted.generate else []
    return [_donate(organisation, donation) for donation in [*wanted.donations, *generated]]


def put_project(organisation: Organisation, wanted: Project) -> Row:
    """Make a project, or replace the one with its code."""
    known = {row["code"]: row["id"] for row in organisation.store.every(organisation.id, "projects")}
    row = wanted.model_dump(by_alias=True, exclude_none=True)
    row["id"] = wanted.id or known.get(wanted.code) or organisation.new_id("projects")
    return organisation.put("projects", row)


def _donate(organisation: Organisation, wanted: Donation) -> Row:
    contact = organisation.get("contacts", wanted.contact_id)
    row = {
        **wanted.model_dump(by_alias=True, exclude_none=True),
        "id": wanted.id or organisation.new_id("donations"),
        "currency": organisation.settings.currency,
        "occurredAt": wanted.occurred_at or organisation.stamp(),
        "donor": {name: contact[name] for name in _DONOR_FIELDS if name in contact},
        "refunds": [],
    }
    if wanted.gift_type != "Credit Card":
        row.pop("cardBrand", None)
    return organisation.put("donations", row)


def _generated(organisation: Organisation, wish: GeneratedDonations) -> list[Donation]:
    contacts = [row["id"] for row in organisation.store.every(organisation.id, "contacts") if row["status"] == "active"]
    if not contacts:
        raise ValueError("the organisation has no active contact to give donations")
    dice = random.Random(wish.seed)
    return [_any_donation(contacts[number % len(contacts)], wish, dice) for number in range(wish.count)]


def _any_donation(contact: str, wish: GeneratedDonations, dice: random.Random) -> Donation:
    amount = dice.randint(500, 100_000)
    codes = dice.sample(wish.project_codes, dice.randint(1, min(3, len(wish.project_codes))))
    return Donation(
        contact_id=contact,
        amount=amount,
        gift_type=dice.choice(("Credit Card", "Credit Card", "ACH")),
        frequency=dice.choice(("Once", "Once", "Monthly")),
        notes=dice.choice((None, "In memory of grandmother")),
        source_code=dice.choice((None, "SPRING26", "WEB")),
        projects=[{"code": part["fundCode"], "amount": part["amount"]} for part in split(amount, codes)],
    )
