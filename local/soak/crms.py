"""Each CRM's database with the hands of its staff."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, Protocol

from local.sandbox.bloomerang.sandbox import BloomerangControl
from local.sandbox.kindful.sandbox import KindfulControl
from local.sandbox.people import Person
from local.soak.held import HeldGift, HeldPerson, cents, digits
from local.soak.virtuous import Virtuous

Json = dict[str, Any]


class Crm(Protocol):
    """What a soak asks of a CRM. `sandbox` takes faults."""

    sandbox: Any
    key: str

    def funds(self) -> list[str]:
        """Ids of the default fund and of another one."""

    def purpose(self) -> dict[str, str]:
        """Where gifts go that name no fund."""

    def enrol(self, who: Person) -> str:
        """Staff enters somebody; the id."""

    def edit(self, who: str, field: str, value: str) -> None:
        """Staff edits a field (one of `plan.FIELDS`) of a contact by id."""

    def people(self) -> list[HeldPerson]:
        """Everybody."""

    def gifts(self) -> list[HeldGift]:
        """Every gift."""

    def take_in(self) -> int:
        """What was handed over is taken in where that needs a person; how much it was."""

    def listen(self, url: str) -> None:
        """Webhooks go there, where a person has to say so."""

    def repeat(self, number: int) -> bool:
        """Send a webhook again, chosen by a number; False where there was none yet."""


class Bloomerang:
    """Takes everything at once."""

    def __init__(self, url: str, name: str) -> None:
        self.sandbox = BloomerangControl(url).database(name)
        self.key = self.sandbox.api_key

    @cached_property
    def _funds(self) -> list[str]:
        return [str(self.sandbox.fund()), str(self.sandbox.fund("Scholarships"))]

    def funds(self) -> list[str]:
        """Two that each database has."""
        return self._funds

    def purpose(self) -> dict[str, str]:
        """The first fund."""
        return {"fund": self._funds[0]}

    def enrol(self, who: Person) -> str:
        """By the API that staff's pages use too."""
        body = {
            "Type": "Individual",
            "FirstName": who.first,
            "LastName": who.last,
            "PrimaryEmail": {"Type": "Home", "Value": who.email, "IsPrimary": True},
            "PrimaryPhone": {"Type": "Home", "Number": who.phone, "IsPrimary": True},
        }
        return str(self.sandbox.staff_call("POST", "/constituent", body)["Id"])

    def edit(self, who: str, field: str, value: str) -> None:
        """The primary phone, or the name."""
        if field == "last":
            self.sandbox.staff_edit(int(who), LastName=value)
            return
        row = self.sandbox.staff_call("GET", f"/constituent/{who}")
        kept = {name: one for name, one in (row.get("PrimaryPhone") or {}).items() if name in ("Id", "Type")}
        phone = {"Type": "Home", **kept, "Number": value, "IsPrimary": True}
        self.sandbox.staff_edit(int(who), PrimaryPhone=phone)

    def people(self) -> list[HeldPerson]:
        """Constituents."""
        return [_constituent(row) for row in self.sandbox.state()["constituents"]]

    def gifts(self) -> list[HeldGift]:
        """Transactions."""
        state = self.sandbox.state()
        emails = {row["Id"]: _constituent(row).email for row in state["constituents"]}
        return [
            HeldGift(cents(one["Amount"]), emails[one["AccountId"]], _parts(one), int(one["IsRefunded"] == "Yes"))
            for one in state["transactions"]
        ]

    def give(self, who: str, cents: int, day: str) -> str:
        """Staff enters a donation; the id."""
        part = {"Type": "Donation", "Amount": cents / 100, "FundId": int(self._funds[0])}
        body = {"AccountId": int(who), "Date": day, "Amount": cents / 100, "Method": "Cash", "Designations": [part]}
        return str(self.sandbox.staff_call("POST", "/transaction", body)["Id"])

    def interactions(self) -> list[str]:
        """Their subjects."""
        return [row["Subject"] for row in self.sandbox.state()["interactions"]]

    def take_in(self) -> int:
        """Nothing waits."""
        return 0

    def listen(self, url: str) -> None:
        """It tells nothing by webhook."""

    def repeat(self, number: int) -> bool:
        """Nor again."""
        return False


class Kindful:
    """Takes imports, which run by themselves a moment later."""

    def __init__(self, url: str, name: str) -> None:
        self.sandbox = KindfulControl(url).account(name, job_wait_seconds=0.5, job_work_seconds=0.5)
        self.key = self.sandbox.token

    @cached_property
    def _kept(self) -> dict[str, list[str]]:
        kept = self.sandbox.state()
        return {kind: [str(row["id"]) for row in kept[kind]] for kind in ("fund", "campaign")}

    def funds(self) -> list[str]:
        """The first two."""
        return self._kept["fund"][:2]

    def purpose(self) -> dict[str, str]:
        """The first fund and campaign."""
        return {kind: ids[0] for kind, ids in self._kept.items()}

    def enrol(self, who: Person) -> str:
        """In the office."""
        fields = {"first_name": who.first, "last_name": who.last, "email": who.email, "primary_phone": who.phone}
        return str(self.sandbox.staff_contact(**fields))

    def edit(self, who: str, field: str, value: str) -> None:
        """In the office."""
        self.sandbox.staff_edit(int(who), **{{"last": "last_name", "phone": "primary_phone"}[field]: value})

    def people(self) -> list[HeldPerson]:
        """Contacts that stand."""
        rows = [row for row in self.sandbox.state()["contact"] if not row["deleted"]]
        return [_kindful_contact(row) for row in rows]

    def gifts(self) -> list[HeldGift]:
        """Transactions that stand."""
        state = self.sandbox.state()
        emails = {row["id"]: row["data"].get("email") or "" for row in state["contact"]}
        rows = [row["data"] for row in state["transaction"] if not row["deleted"]]
        return [
            HeldGift(
                row["amount_in_cents"],
                emails.get(row["contact_id"], ""),
                {str(row["fund_id"]): row["amount_in_cents"]},
                int(bool(row["was_refunded"])),
            )
            for row in rows
        ]

    def take_in(self) -> int:
        """The queue works by itself; this only ends what is in it."""
        return len(self.sandbox.run_jobs())

    def listen(self, url: str) -> None:
        """Entered by hand in Kindful's pages."""
        self.sandbox.set_webhook(url)

    def repeat(self, number: int) -> bool:
        """An event once more."""
        events = self.sandbox.events()
        if events:
            self.sandbox.post_webhook(event=events[number % len(events)]["id"])
        return bool(events)


CRMS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "bloomerang": Bloomerang, "kindful": Kindful, "virtuous": Virtuous,
}  # fmt: skip


def _parts(gift: Json) -> dict[str, int]:
    return {str(part["Fund"]["Id"]): cents(part["Amount"]) for part in gift["Designations"]}


def _constituent(row: Json) -> HeldPerson:
    email, phone = (row.get(name) or {} for name in ("PrimaryEmail", "PrimaryPhone"))
    opted_out = row.get("EmailInterestType") == "OptedOut"
    return HeldPerson(str(row["Id"]), email.get("Value", ""), row["LastName"], digits(phone.get("Number")), opted_out)


def _kindful_contact(row: Json) -> HeldPerson:
    data = row["data"]
    return HeldPerson(str(row["id"]), data.get("email") or "", data["last_name"], digits(data.get("primary_phone")))
