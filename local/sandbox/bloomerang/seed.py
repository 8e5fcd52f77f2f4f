"""Filling a database: reference data at its creation, and made-up people with gifts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.bloomerang.call import Call
from local.sandbox.bloomerang.contacts import stored_address
from local.sandbox.bloomerang.database import Database
from local.sandbox.bloomerang.options import Options
from local.sandbox.bloomerang.places import COUNTRY_NAMES
from local.sandbox.bloomerang.store import Record, Table
from local.sandbox.bloomerang.text import clean_phone
from local.sandbox.bloomerang.world import Caller
from local.sandbox.people import Person, person

_WHO = "Import"
_AMOUNTS = (25.0, 50.0, 75.5, 100.0, 250.0, 1000.0)


class CustomFieldPlan(BaseModel):
    """A custom field as the customer would make it in the CRM."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["Constituent", "Transaction", "Interaction", "Note", "Benevon"]
    name: str
    data_type: Literal["Currency", "Date", "Decimal", "Text", "Year"] = "Text"
    pick_type: Literal["Freeform", "PickOne", "PickMultiple"] = "Freeform"
    values: list[str] = Field(default_factory=list)
    required: bool = False
    active: bool = True


class ReferencePlan(BaseModel):
    """The reference data of a new database."""

    model_config = ConfigDict(extra="forbid")

    funds: list[str] = Field(default_factory=lambda: ["Unrestricted", "Scholarships"])
    inactive_funds: list[str] = Field(default_factory=list)
    campaigns: list[str] = Field(default_factory=lambda: ["Annual Fund"])
    appeals: list[str] = Field(default_factory=lambda: ["Gala"])
    email_interests: list[str] = Field(default_factory=lambda: ["Newsletter"])
    custom_fields: list[CustomFieldPlan] = Field(default_factory=list)


class PeoplePlan(BaseModel):
    """Made-up people `first` .. `first + people - 1` of a seed; shares are between 0 and 1.

    `shared_emails` is how many pairs of neighbours use one address, `households` how many pairs live together.
    """

    model_config = ConfigDict(extra="forbid")

    seed: str | int = "donors"
    first: int = 0
    people: int = 0
    organizations: int = 0
    households: int = 0
    gifts: int = 0
    shared_emails: int = 0
    without_email: float = 0.05
    without_phone: float = 0.2
    without_address: float = 0.1
    seconds_apart: int = 60


def make_reference(database: Database, plan: ReferencePlan) -> None:
    """Store the reference data."""
    tables = {
        "funds": database.funds,
        "inactive_funds": database.funds,
        "campaigns": database.campaigns,
        "appeals": database.appeals,
        "email_interests": database.email_interests,
    }
    for name, table in tables.items():
        for title in getattr(plan, name):
            active = {"Name": title, "IsActive": name != "inactive_funds", "SortIndex": len(table)}
            extra = {"IsDefault": len(table) == 0} if table in (database.funds, database.email_interests) else {}
            database.add(table, active | extra, _WHO)
    for field in plan.custom_fields:
        make_custom_field(database, field)


def make_custom_field(database: Database, plan: CustomFieldPlan) -> Record:
    """Store a custom field with its pick values."""
    data = {
        "CategoryId": 1,
        "Name": plan.name,
        "IsRequired": plan.required,
        "IsActive": plan.active,
        "DataType": plan.data_type,
        "PickType": plan.pick_type,
        "SortIndex": len(database.custom_fields),
    }
    field = database.add(database.custom_fields, data, _WHO)
    field.private["kind"] = plan.type
    for value in plan.values:
        database.add(database.custom_values, {"FieldId": field.id, "Value": value, "IsActive": True}, _WHO)
    return field


def make_people(database: Database, plan: PeoplePlan) -> dict[str, list[int]]:
    """Store people, organisations, households and gifts; returns the ids in order of their index."""
    maker = _Maker(database, plan)
    people = [maker.individual(index) for index in range(plan.people)]
    organizations = [maker.organization(index) for index in range(plan.organizations)]
    households = [maker.household(people[2 * pair : 2 * pair + 2]) for pair in range(plan.households)]
    gifts = [maker.gift(people[index % len(people)], index) for index in range(plan.gifts)]
    return {"people": people, "organizations": organizations, "households": households, "gifts": gifts}


class _Maker:
    """Stores made-up records with stamps some seconds apart, the last one now."""

    def __init__(self, database: Database, plan: PeoplePlan) -> None:
        self._database = database
        self._plan = plan
        self._options = database.options
        self._call = Call(Caller(database, _WHO, _WHO, "OrgAdmin"), "POST", "")
        total = plan.people + plan.organizations + plan.households + plan.gifts
        self._stamp = database.now() - total * plan.seconds_apart

    def individual(self, index: int) -> int:
        """One person with rows; returns the id."""
        made = person(self._plan.seed, self._plan.first + index)
        record = self._account({"Type": "Individual", "FirstName": made.first, "LastName": made.last})
        if not _falls(index, self._plan.without_email, 1):
            self._row(
                self._database.emails, record, {"Type": "Home", "Value": self._email(made, index), "IsBad": False}
            )
        self._contact_rows(record, made, index)
        return record.id

    def organization(self, index: int) -> int:
        """One organisation with an e-mail; returns the id."""
        made = person(f"{self._plan.seed}-organizations", self._plan.first + index)
        record = self._account({"Type": "Organization", "FullName": f"{made.last} & {made.city} Foundation"})
        row = {"Type": "Work", "Value": f"office.{made.email}", "IsBad": False}
        self._row(self._database.emails, record, row)
        self._contact_rows(record, made, index)
        return record.id

    def household(self, members: list[int]) -> int:
        """Two people become a household; returns its id."""
        database = self._database
        head = database.constituents.rows[members[0]]
        title = f"The {head.data['LastName']} Household"
        names = ("FullName", "SortName", "InformalName", "FormalName", "EnvelopeName", "RecognitionName")
        data = {
            "AccountNumber": database.new_id("account number"),
            "Type": "Household",
            "Status": "Active",
            **dict.fromkeys(names, title),
            "HeadId": members[0],
            "MemberIds": list(members),
            "CommunicationRestrictions": [],
            "EngagementScore": "Low",
            "IsFavorite": False,
        }
        household = self._stamped(database.households, data)
        for member in members:
            database.constituents.edit(database.constituents.rows[member], {"HouseholdId": household.id})
        database.note_change(household.id)
        return household.id

    def gift(self, account: int, index: int) -> int:
        """One cash gift in the first fund; returns the transaction id."""
        database, amount = self._database, _AMOUNTS[index % len(_AMOUNTS)]
        date = f"2025-{index % 12 + 1:02d}-{index % 28 + 1:02d}"
        data = {"TransactionNumber": database.new_id("transaction number"), "Date": date}
        gift = self._stamped(database.transactions, data | {"Amount": amount, "Method": "Cash"}, account, _empty_gift())
        row = {
            "DesignationNumber": database.new_id("designation number"),
            "TransactionId": gift.id,
            "Type": "Donation",
            "Amount": amount,
            "AcknowledgementStatus": "Yes",
            "FundId": next(iter(database.funds.rows)),
            "CustomValues": [],
            "Date": date,
        }
        gift.private["designations"].append(self._stamped(database.designations, row, account).id)
        return gift.id

    def _account(self, data: dict[str, Any]) -> Record:
        number = {"AccountNumber": self._database.new_id("account number"), "Status": "Active", "CustomValues": []}
        record = self._stamped(self._database.constituents, number | data)
        self._database.note_change(record.id)
        return record

    def _email(self, made: Person, index: int) -> str:
        if index % 2 and index // 2 < self._plan.shared_emails:
            return person(self._plan.seed, self._plan.first + index - 1).email
        return made.email

    def _contact_rows(self, record: Record, made: Person, index: int) -> None:
        if not _falls(index, self._plan.without_phone, 2):
            number = clean_phone(made.phone, self._options)
            self._row(self._database.phones, record, {"Type": "Mobile", "Number": number})
        if not _falls(index, self._plan.without_address, 3):
            self._row(self._database.addresses, record, stored_address(_address(made, self._options), self._call))

    def _row(self, table: Table, owner: Record, data: dict[str, Any]) -> None:
        now = owner.created
        row = Record(self._database.new_id(table.kind), data | {"IsPrimary": True}, owner.id, now, _WHO, now, _WHO)
        table.add(row)

    def _stamped(
        self, table: Table, data: dict[str, Any], account: int = 0, private: dict[str, Any] | None = None
    ) -> Record:
        self._stamp += self._plan.seconds_apart
        kind = "account" if table.kind in {"constituent", "household"} else table.kind
        record = Record(self._database.new_id(kind), data, account, self._stamp, _WHO, self._stamp, _WHO)
        record.private = private or {}
        return table.add(record)


def _empty_gift() -> dict[str, Any]:
    return {"designations": [], "refunds": [], "charged": False}


def _address(made: Person, options: Options) -> dict[str, Any]:
    """Abroad, the whole address goes into the street, as the vendor asks."""
    if made.country == "US":
        place = {"City": made.city, "State": made.state, "PostalCode": made.postal}
        return {"Type": "Home", "Street": made.street, **place, "Country": options.us_spellings[0]}
    block = f"{made.street}\n{made.city} {made.state} {made.postal}"
    return {"Type": "Home", "Street": block, "Country": COUNTRY_NAMES[made.country]}


def _falls(index: int, share: float, salt: int) -> bool:
    """Whether an index is among a share, spread evenly and the same every time."""
    return (index * 7919 + salt * 104729) % 1000 < share * 1000
