"""Filling an account: what it has from the start, and made-up people with gifts."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.kindful.account import CUSTOMER_APP, Account
from local.sandbox.kindful.imports import empty_gift
from local.sandbox.kindful.records import Link, Record
from local.sandbox.kindful.staff import add_named
from local.sandbox.people import Person, person

_AMOUNTS = (2_500, 5_000, 7_550, 10_000, 25_000, 100_000)
_TYPES = ("credit", "check", "cash", "one_time_transaction")


class ReferencePlan(BaseModel):
    """What a new account has: names of campaigns, funds and groups, and custom fields as `Group|Field`."""

    model_config = ConfigDict(extra="forbid")

    funds: list[str] = Field(default_factory=lambda: ["General", "Scholarships"])
    campaigns: list[str] = Field(default_factory=lambda: ["General", "Annual Fund"])
    groups: list[str] = Field(default_factory=lambda: ["Newsletter"])
    custom_fields: list[str] = Field(default_factory=list)


class PeoplePlan(BaseModel):
    """Made-up people `first` .. `first + people - 1` of a seed; shares are between 0 and 1.

    `shared_emails` is how many pairs of neighbours use one address. With `linked` the application knows every
    record, by the external ids `<linked>-<index>` (gifts: `<linked>-gift-<index>`).
    """

    model_config = ConfigDict(extra="forbid")

    seed: str | int = "donors"
    first: int = 0
    people: int = 0
    organizations: int = 0
    gifts: int = 0
    shared_emails: int = 0
    without_email: float = 0.05
    without_phone: float = 0.2
    without_address: float = 0.1
    seconds_apart: int = 60
    linked: str | None = None
    app: str = CUSTOMER_APP


def make_reference(account: Account, plan: ReferencePlan) -> None:
    """Store campaigns, funds, groups and custom fields."""
    for kind, names in (("fund", plan.funds), ("campaign", plan.campaigns), ("group", plan.groups)):
        for name in names:
            add_named(account, kind, name)
    for path in plan.custom_fields:
        group, _, name = path.rpartition("|")
        add_named(account, "custom_field", name, group or "General")


def make_people(account: Account, plan: PeoplePlan) -> dict[str, list[int]]:
    """Store people, organisations and gifts; returns the ids in order of their index."""
    maker = _Maker(account, plan)
    people = [maker.individual(index) for index in range(plan.people)]
    organizations = [maker.organization(index) for index in range(plan.organizations)]
    gifts = [maker.gift(people[index % len(people)], index) for index in range(plan.gifts)]
    return {"people": people, "organizations": organizations, "gifts": gifts}


class _Maker:
    """Stores made-up records with stamps some seconds apart, the last one now."""

    def __init__(self, account: Account, plan: PeoplePlan) -> None:
        self._account = account
        self._plan = plan
        self._stamp = account.now() - (plan.people + plan.organizations + plan.gifts) * plan.seconds_apart

    def individual(self, index: int) -> int:
        """One person; returns the id."""
        made = person(self._plan.seed, self._plan.first + index)
        data = {"first_name": made.first, "last_name": made.last, "gender": "U"}
        return self._contact(index, made, data, self._email(made, index))

    def organization(self, index: int) -> int:
        """One organisation with its primary contact; returns the id."""
        made = person(f"{self._plan.seed}-organizations", self._plan.first + index)
        company = f"{made.last} & {made.city} Foundation"
        data = {"company_name": company, "first_name": made.first, "last_name": made.last, "gender": "U"}
        return self._contact(self._plan.people + index, made, data, f"office.{made.email}")

    def gift(self, contact: int, index: int) -> int:
        """One gift in the first campaign and fund; returns the id."""
        account, stamp = self._account, self._next_stamp()
        data = empty_gift() | {
            "contact_id": contact,
            "amount_in_cents": _AMOUNTS[index % len(_AMOUNTS)],
            "transaction_time": stamp,
            "transaction_type": _TYPES[index % len(_TYPES)],
            "campaign_id": next(iter(account.tables["campaign"].rows), None),
            "fund_id": next(iter(account.tables["fund"].rows), None),
        }
        return self._linked("transaction", account.transactions.add(data, stamp), f"gift-{index}")

    def _contact(self, index: int, made: Person, data: dict[str, Any], email: str | None) -> int:
        data["email"] = email
        if not _falls(index, self._plan.without_phone, 2):
            data["primary_phone"] = made.phone
        if not _falls(index, self._plan.without_address, 3):
            data |= {"addr1": made.street, "city": made.city, "state": made.state, "postal": made.postal}
            data["country"] = made.country
        return self._linked("contact", self._account.contacts.add(data, self._next_stamp()), str(index))

    def _email(self, made: Person, index: int) -> str | None:
        if _falls(index, self._plan.without_email, 1):
            return None
        if index % 2 and index // 2 < self._plan.shared_emails:
            return person(self._plan.seed, self._plan.first + index - 1).email
        return made.email

    def _linked(self, kind: str, record: Record, name: str) -> int:
        if self._plan.linked is not None:
            links = self._account.app(self._plan.app).links[kind]
            links.put(record.id, Link(f"{self._plan.linked}-{name}", record.version))
        return record.id

    def _next_stamp(self) -> int:
        self._stamp += self._plan.seconds_apart
        return self._stamp


def _falls(index: int, share: float, salt: int) -> bool:
    """Whether an index is among a share, spread evenly and the same every time."""
    return (index * 7919 + salt * 104729) % 1000 < share * 1000
