"""Virtuous's database with the hands of its staff."""

from collections import Counter
from functools import cached_property
from typing import Any, Final, Literal

from local.sandbox.people import Person, people
from local.sandbox.virtuous.sandbox import VirtuousControl
from local.soak.held import HeldGift, HeldPerson, cents, digits

Json = dict[str, Any]
OWN: Final = "soak-office"
"""Seed of who is in a database that nothing else tells from others."""


class Virtuous:
    """Takes gifts and donors by imports that a person runs; tells everything twice, in disorder."""

    def __init__(self, url: str, name: str) -> None:
        self.sandbox = VirtuousControl(url).organisation(
            name, rate_limit_per_hour=1_000_000, webhook_copies=2, webhook_delays=[0.0, 0.8, 0.1, 0.4],
            set_up={"projects": {"GEN": "General", "SCH": "Scholarships"}},
        )  # fmt: skip
        self.sandbox.seed(people=1, seed=OWN)
        self.key = self.sandbox.api_key

    @cached_property
    def _funds(self) -> list[str]:
        return [str(self.sandbox.project(code)) for code in ("GEN", "SCH")]

    def funds(self) -> list[str]:
        """Its projects."""
        return self._funds

    def purpose(self) -> dict[str, str]:
        """The first project."""
        return {"fund": self._funds[0]}

    def enrol(self, who: Person) -> str:
        """Nobody is entered here: only who carries a donor's id is brought over."""
        raise NotImplementedError

    def edit(self, who: str, field: str, value: str) -> None:
        """The primary person's name or primary phone: others of their numbers stay in the CRM."""
        row = self.sandbox.staff_call("GET", f"Contact/{who}")
        person = row["contactIndividuals"][0]
        if field == "last":
            self.sandbox.staff_edit("individual", person["id"], firstName=person["firstName"], lastName=value)
            return
        self.sandbox.staff_edit("method", _phone(person)["id"], value=value, isOptedIn=True)

    def people(self) -> list[HeldPerson]:
        """Contacts, but for the one of the beginning."""
        own = {one.email for one in people(OWN, 1)}
        rows = [_household(row) for row in self.sandbox.state()["contacts"]]
        return [one for one in rows if one.email not in own]

    def gifts(self) -> list[HeldGift]:
        """Gifts, each with the transactions that reverse it."""
        state = self.sandbox.state()
        emails = {row["id"]: _household(row).email for row in state["contacts"]}
        back = Counter((one["contactId"], -cents(one["amount"])) for one in state["gifts"] if one["amount"] < 0)
        return [
            HeldGift(
                cents(one["amount"]),
                emails[one["contactId"]],
                {str(part["projectId"]): cents(part["amountDesignated"]) for part in one["giftDesignations"]},
                back[one["contactId"], cents(one["amount"])],
            )
            for one in state["gifts"]
            if one["amount"] > 0
        ]

    def take_in(self) -> int:
        """Midnight, and a person who says whose the rows in doubt are and runs every import."""
        self.sandbox.midnight()
        waiting = [one for one in self.sandbox.imports() if one["state"] == "review"]
        for row in (row for one in waiting for row in one["rows"] if row["state"] == "open" and row["candidates"]):
            self.sandbox.decide(row["id"], contact=self._whose(row))
        return len([self.sandbox.run_import(one["id"]) for one in waiting])

    def _whose(self, row: Json) -> int | Literal["new"]:
        """Of several candidates the one with the row's e-mail address: namesakes are somebody else."""
        emails = {one["id"]: _household(one).email for one in self.sandbox.state()["contacts"]}
        return next((one for one in row["candidates"] if emails.get(one) == row["body"].get("email")), "new")

    def listen(self, url: str) -> None:
        """It was told by API."""

    def repeat(self, number: int) -> bool:
        """A delivery once more."""
        made = self.sandbox.deliveries()
        if made:
            self.sandbox.replay(made[number % len(made)]["id"])
        return bool(made)


def _household(row: Json) -> HeldPerson:
    person = row["contactIndividuals"][0]
    email = next((one["value"] for one in person["contactMethods"] or () if "Email" in one["type"]), "")
    return HeldPerson(str(row["id"]), email, person["lastName"], digits(_phone(person).get("value")))


def _phone(person: Json) -> Json:
    """The primary number, else the first one, as an import leaves the one before beside its own; empty for none."""
    phones = [one for one in person["contactMethods"] or () if "Phone" in one["type"]]
    return next(iter(sorted(phones, key=lambda one: not one["isPrimary"])), {})
