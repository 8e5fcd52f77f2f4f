"""What a new organisation has, and made-up people with their gifts."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.people import Person, person
from local.sandbox.wegive import giving, staff, wishes
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.store import Data
from local.sandbox.wegive.writes import new_donor

_AMOUNTS = (5_000, 12_050, 100, 250_000, 3_333)
_SOURCES = ("card", "check", "cash", "paypal", "bank")


class ReferencePlan(BaseModel):
    """The funds (the first is the default) and campaigns of a new organisation."""

    model_config = ConfigDict(extra="forbid")

    funds: list[str] = Field(default_factory=lambda: ["General Fund", "Scholarships", "Building"])
    campaigns: list[str] = Field(default_factory=lambda: ["Annual Fund"])


class PeoplePlan(BaseModel):
    """Made-up people `first` .. `first + people - 1` of a seed; shares are between 0 and 1.

    `gifts` are successful and go round the donors; with `mixed` there are processing, failed, refunded, test, split,
    anonymous and guests' gifts among them. Stamps are `seconds_apart`, the last one is now.
    """

    model_config = ConfigDict(extra="forbid")

    seed: str | int = "donors"
    first: int = 0
    people: int = 0
    companies: int = 0
    households: int = 0
    gifts: int = 0
    mixed: bool = False
    shared_emails: int = 0
    without_email: float = 0.05
    without_phone: float = 0.2
    without_address: float = 0.1
    seconds_apart: int = 60


def make_reference(organisation: Organisation, plan: ReferencePlan) -> None:
    """Store funds and campaigns."""
    for index, name in enumerate(plan.funds):
        staff.add_fund(organisation, wishes.Fund(name=name, code=f"F{index + 1}00", default=index == 0))
    for name in plan.campaigns:
        staff.add_campaign(organisation, wishes.Campaign(name=name))


def make_people(organisation: Organisation, plan: PeoplePlan) -> dict[str, list[int]]:
    """Store people, companies, households and gifts; returns the ids in order of their index."""
    maker = _Maker(organisation, plan)
    people = [maker.individual(index) for index in range(plan.people)]
    companies = [maker.company(index) for index in range(plan.companies)]
    pairs = [people[2 * pair : 2 * pair + 2] for pair in range(plan.households)]
    households = [maker.household(pair) for pair in pairs]
    donors = [*people, *companies]
    gifts = [maker.gift(donors[index % len(donors)], index) for index in range(plan.gifts)]
    return {"people": people, "companies": companies, "households": households, "gifts": gifts}


class _Maker:
    """Stores made-up rows with stamps some seconds apart."""

    def __init__(self, organisation: Organisation, plan: PeoplePlan) -> None:
        self._organisation = organisation
        self._plan = plan
        total = plan.people + plan.companies + plan.gifts
        self._stamp = organisation.now() - total * plan.seconds_apart
        self._funds = [fund.id for fund in organisation.funds if fund.deleted is None]

    def individual(self, index: int) -> int:
        """One person; returns the id."""
        made, plan = person(self._plan.seed, self._plan.first + index), self._plan
        fields: Data = {"first_name": made.first, "last_name": made.last} | self._contact(made, index)
        if not _falls(index, plan.without_email, 1):
            twin = index % 2 and index // 2 < plan.shared_emails
            fields["email_1"] = person(plan.seed, plan.first + index - 1).email if twin else made.email
        return new_donor(self._organisation, fields, self._next()).id

    def company(self, index: int) -> int:
        """One company with an e-mail address; returns the id."""
        made = person(f"{self._plan.seed}-companies", self._plan.first + index)
        fields = {"type": "company", "company": f"{made.last} & {made.city} Co.", "email_1": f"office.{made.email}"}
        return new_donor(self._organisation, fields | self._contact(made, index), self._next()).id

    def household(self, members: list[int]) -> int:
        """Two people live together; returns the household's id."""
        name = self._organisation.donors.rows[members[0]].data["last_name"]
        return staff.add_household(
            self._organisation, wishes.Household(name=f"The {name} Household", members=members)
        ).id

    def gift(self, donor: int, index: int) -> int:
        """One gift; returns its id."""
        values: dict[str, Any] = {"donor": donor, "amount": _AMOUNTS[index % len(_AMOUNTS)], "status": "success"}
        values |= {"source_type": _SOURCES[index % len(_SOURCES)]}
        values |= _MIX[index % len(_MIX)] if self._plan.mixed else {}
        if values.pop("divided", False):
            values["split"] = self._funds[:3]
        wish = wishes.Gift.model_validate(values)
        stamp = self._next()
        gift = giving.give(self._organisation, wish)
        gift.created = gift.updated = stamp
        moved = dict.fromkeys(("date", "initiated_at", "succeeded_at", "failed_at", "refunded_at"), stamp)
        changes = {name: value for name, value in moved.items() if gift.data[name] is not None}
        return self._organisation.transactions.edit(gift, changes).id

    def _next(self) -> int:
        self._stamp += self._plan.seconds_apart
        return self._stamp

    def _contact(self, made: Person, index: int) -> Data:
        fields: Data = {}
        if not _falls(index, self._plan.without_phone, 2):
            fields["mobile_phone"] = made.phone
        if not _falls(index, self._plan.without_address, 3):
            place = {"city": made.city, "state": made.state, "country": made.country, "zip": made.postal}
            fields["mailing_address"] = {"address_1": made.street, "address_2": None, **place}
        return fields


_MIX: tuple[dict[str, Any], ...] = (
    {},
    {"status": "processing", "source_type": "bank"},
    {"status": "failed", "source_type": "card"},
    {"status": "refunded"},
    {"is_test": True},
    {"divided": True},
    {"anonymous": True},
    {"donor": None},
    {"fund": 0},
)


def _falls(index: int, share: float, salt: int) -> bool:
    """Whether an index is among a share, spread evenly and the same every time."""
    return (index * 7919 + salt * 104729) % 1000 < share * 1000
