"""Filling an organisation: what it is set up with, and made-up people with gifts. Subscribers hear of none of it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.people import Person, person
from local.sandbox.virtuous import gifts, projects, records
from local.sandbox.virtuous.call import Call
from local.sandbox.virtuous.organisation import Actor, CustomField, Organisation
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import country_name
from local.sandbox.virtuous.world import Caller

_WHO = Actor(150_000, "Import", "import@example.org")
_AMOUNTS = (25.0, 50.0, 75.5, 100.0, 250.0, 1000.0)


class SetUp(BaseModel):
    """What a new organisation has: projects and segments by code, tags, custom fields, contact subtypes."""

    model_config = ConfigDict(extra="forbid")

    projects: dict[str, str] = Field(default_factory=lambda: {"GEN": "General", "SCH": "Scholarships"})
    segments: dict[str, str] = Field(default_factory=lambda: {"GALA26": "Gala 2026"})
    tags: list[str] = Field(default_factory=lambda: ["Newsletter"])
    custom_fields: list[CustomField] = Field(default_factory=list)
    contact_types: dict[str, str] = Field(default_factory=dict, description="subtype -> parent type")


class PeoplePlan(BaseModel):
    """Made-up people `first` .. `first + people - 1` of a seed; shares are between 0 and 1.

    With `source` each contact has a reference of it; its id is `reference_prefix` and the person's index
    (`org-` and the index for organisations).
    `shared_emails` is how many pairs of neighbours use one address, `days_ago` when all of it was made.
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
    days_ago: float = 0.0
    source: str | None = None
    reference_prefix: str = ""


def set_up(organisation: Organisation, plan: SetUp) -> None:
    """Store what an organisation is set up with."""
    call = _seeding(organisation)
    for code, name in plan.projects.items():
        flags = {"isActive": True, "isPublic": True, "isAvailableOnline": True, "isTaxDeductible": True}
        projects.add_project(call, {"name": name, "projectCode": code, "onlineDisplayName": name, **flags})
    for code, name in plan.segments.items():
        projects.add_segment(call, name, code, "Annual Campaign")
    for tag in plan.tags:
        records.tag_named(call, tag)
    organisation.custom_fields += plan.custom_fields
    for kind, parent in plan.contact_types.items():
        organisation.contact_types.append({"parentType": parent, "type": kind})


def make_people(organisation: Organisation, plan: PeoplePlan) -> dict[str, list[int]]:
    """Store people, organisations and gifts; returns the ids in order of their index."""
    maker, past = _Maker(_seeding(organisation), plan), plan.days_ago * 86_400
    organisation.clock.advance(-past)
    people = [maker.household(index) for index in range(plan.people)]
    organizations = [maker.organization(index) for index in range(plan.organizations)]
    made = [maker.gift(people[index % len(people)], index) for index in range(plan.gifts)]
    organisation.clock.advance(past)
    return {"people": people, "organizations": organizations, "gifts": made}


class _Maker:
    def __init__(self, call: Call, plan: PeoplePlan) -> None:
        self._call = call
        self._plan = plan

    def household(self, index: int) -> int:
        """One person's household; the contact's id."""
        made = person(self._plan.seed, self._plan.first + index)
        contact = records.add_contact(self._call, {"contactType": "Household", "name": f"{made.first} {made.last}"})
        email = None if _falls(index, self._plan.without_email, 1) else self._email(made, index)
        self._fill(contact, made, email, index)
        return contact.id

    def organization(self, index: int) -> int:
        """One organisation with somebody to write to; the contact's id."""
        made = person(f"{self._plan.seed}-organizations", self._plan.first + index)
        name = f"{made.last} & {made.city} Foundation"
        contact = records.add_contact(self._call, {"contactType": "Organization", "name": name})
        self._fill(contact, made, f"office.{made.email}", index)
        return contact.id

    def gift(self, contact_id: int, index: int) -> int:
        """One gift for the first project; its id."""
        organisation, amount = self._call.organisation, _AMOUNTS[index % len(_AMOUNTS)]
        share = {"projectId": next(iter(organisation.projects.rows)), "amountDesignated": amount}
        day = f"2025-{index % 12 + 1:02d}-{index % 28 + 1:02d}T00:00:00"
        values: dict[str, Any] = {"giftType": "Cash", "giftDate": day, "amount": amount}
        values["giftDesignations"] = [{"id": organisation.new_row_id(), **share}]
        return gifts.add_gift(self._call, organisation.contacts.rows[contact_id], values).id

    def _fill(self, contact: Record, made: Person, email: str | None, index: int) -> None:
        methods = [{"type": "Home Email", "value": email, "isOptedIn": True}] if email else []
        if not _falls(index, self._plan.without_phone, 2):
            methods.append({"type": "Mobile Phone", "value": _phone(made.phone), "isOptedIn": True})
        body = {"firstName": made.first, "lastName": made.last, "contactMethods": methods}
        records.add_person(self._call, contact, body, primary=True)
        if not _falls(index, self._plan.without_address, 3):
            address = {
                "label": "Home",
                "address1": made.street,
                "city": made.city,
                "state": made.state,
                "postal": made.postal,
                "country": country_name(made.country),
            }
            records.add_address(self._call, contact, address, primary=True)
        if self._plan.source:
            kind = "" if contact.data["contactType"] == "Household" else "org-"
            identifier = f"{self._plan.reference_prefix}{kind}{self._plan.first + index}"
            records.add_reference(self._call, contact, self._plan.source, identifier)

    def _email(self, made: Person, index: int) -> str:
        if index % 2 and index // 2 < self._plan.shared_emails:
            return person(self._plan.seed, self._plan.first + index - 1).email
        return made.email


def _seeding(organisation: Organisation) -> Call:
    return Call(Caller(organisation, _WHO), "POST")


def _phone(e164: str) -> str:
    """As the vendor's samples write numbers: `623-555-2933`."""
    return f"{e164[-10:-7]}-{e164[-7:-4]}-{e164[-4:]}"


def _falls(index: int, share: float, salt: int) -> bool:
    """Whether an index is among a share, spread evenly and the same every time."""
    return (index * 7919 + salt * 104729) % 1000 < share * 1000
