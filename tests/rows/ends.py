"""Each platform and each CRM behind the few things that one story for all pairs asks of them."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Final

from local.sandbox.bloomerang.sandbox import BloomerangControl
from local.sandbox.gratavid.sandbox import GratavidControl
from local.sandbox.handbid import HandbidControl
from local.sandbox.kindful.sandbox import KindfulControl
from local.sandbox.virtuous.sandbox import VirtuousControl
from local.sandbox.wegive.sandbox import WeGiveControl

ADA: Final = {"first": "Ada", "last": "Lane", "email": "ada.lane@example.org"}
PHONE: Final = "+13035550177"


def _digits(number: Any) -> str:
    return "".join(letter for letter in str(number or "") if letter.isdigit())[-10:]


@dataclass
class CrmEnd:
    """A CRM database with the hands of its staff."""

    url: str

    @cached_property
    def name(self) -> str:
        """Of the organisation."""
        return uuid.uuid4().hex[:12]

    credentials: Any = None

    def purpose(self) -> dict[str, str]:
        """A fund, and a campaign where one is needed."""
        raise NotImplementedError

    def people(self) -> dict[str, tuple[str, str]]:
        """E-mail -> last name and the digits of the phone."""
        raise NotImplementedError

    def add(self, first: str, last: str, email: str) -> None:
        """Staff adds somebody."""
        raise NotImplementedError

    def set_phone(self, email: str, phone: str) -> None:
        """Staff gives somebody another phone."""
        raise NotImplementedError

    def gifts(self) -> list[tuple[int, bool]]:
        """Cents of each gift, and whether it was refunded."""
        raise NotImplementedError

    def interactions(self) -> int:
        """How many notes of something that donors did there are."""
        return 0

    def hold(self, *, on: bool) -> None:
        """Whether nothing is taken in until somebody does it."""

    def take_in(self) -> None:
        """What was handed over is taken in, where that is a matter of its own."""


class BloomerangEnd(CrmEnd):
    """Takes everything at once."""

    @cached_property
    def sandbox(self) -> Any:
        """The database."""
        return BloomerangControl(self.url).database(self.name)

    @property
    def credentials(self) -> Any:
        """A key."""
        return {"api_key": self.sandbox.api_key}

    @credentials.setter
    def credentials(self, _: Any) -> None: ...

    def purpose(self) -> dict[str, str]:
        """The first fund."""
        return {"fund": str(self.sandbox.fund())}

    def people(self) -> dict[str, tuple[str, str]]:
        """Constituents."""
        rows = self.sandbox.state()["constituents"]
        return {row["PrimaryEmail"]["Value"]: (row["LastName"], _digits((row.get("PrimaryPhone") or {}).get("Number")))
                for row in rows if row.get("PrimaryEmail")}  # fmt: skip

    def add(self, first: str, last: str, email: str) -> None:
        """By the API that staff's pages use too."""
        mail = {"Type": "Home", "Value": email, "IsPrimary": True}
        body = {"Type": "Individual", "Status": "Active", "FirstName": first, "LastName": last, "PrimaryEmail": mail}
        self.sandbox.staff_call("POST", "/constituent", body)

    def set_phone(self, email: str, phone: str) -> None:
        """The primary phone."""
        rows = self.sandbox.state()["constituents"]
        (row,) = [one for one in rows if (one.get("PrimaryEmail") or {}).get("Value") == email]
        self.sandbox.staff_edit(row["Id"], PrimaryPhone={"Type": "Home", "Number": phone, "IsPrimary": True})

    def gifts(self) -> list[tuple[int, bool]]:
        """Transactions."""
        return sorted(
            (round(one["Amount"] * 100), one["IsRefunded"] == "Yes") for one in self.sandbox.state()["transactions"]
        )

    def interactions(self) -> int:
        """Of all constituents."""
        return len(self.sandbox.state()["interactions"])

    def give(self, email: str, cents: int) -> None:
        """Staff enters a donation."""
        rows = self.sandbox.state()["constituents"]
        (row,) = [one for one in rows if (one.get("PrimaryEmail") or {}).get("Value") == email]
        part = {"Type": "Donation", "Amount": cents / 100, "FundId": self.sandbox.fund()}
        body = {"AccountId": row["Id"], "Date": "2026-11-01", "Amount": cents / 100, "Method": "Cash"}
        self.sandbox.staff_call("POST", "/transaction", {**body, "Designations": [part]})


class KindfulEnd(CrmEnd):
    """Takes imports, which run by themselves a moment later."""

    @cached_property
    def sandbox(self) -> Any:
        """The account."""
        return KindfulControl(self.url).account(self.name, job_wait_seconds=0.2, job_work_seconds=0.2)

    @property
    def credentials(self) -> Any:
        """The customer's token."""
        return {"api_key": self.sandbox.token}

    @credentials.setter
    def credentials(self, _: Any) -> None: ...

    def purpose(self) -> dict[str, str]:
        """The first fund and campaign."""
        kept = self.sandbox.state()
        return {one: str(kept[one][0]["id"]) for one in ("fund", "campaign")}

    def people(self) -> dict[str, tuple[str, str]]:
        """Contacts."""
        rows = [row["data"] for row in self.sandbox.state()["contact"] if not row["deleted"]]
        return {row["email"]: (row["last_name"], _digits(row.get("primary_phone"))) for row in rows}

    def add(self, first: str, last: str, email: str) -> None:
        """In the office."""
        self.sandbox.staff_contact(first_name=first, last_name=last, email=email)

    def set_phone(self, email: str, phone: str) -> None:
        """In the office."""
        (row,) = [one for one in self.sandbox.state()["contact"] if one["data"]["email"] == email]
        self.sandbox.staff_edit(row["id"], primary_phone=phone)

    def gifts(self) -> list[tuple[int, bool]]:
        """Transactions."""
        rows = [one["data"] for one in self.sandbox.state()["transaction"]]
        return sorted((row["amount_in_cents"], bool(row["was_refunded"])) for row in rows)

    def hold(self, *, on: bool) -> None:
        """The queue of imports stands still, or they run by themselves again."""
        self.sandbox.set_options(queue="manual" if on else "clock")

    def take_in(self) -> None:
        """Whatever the clock says."""
        self.sandbox.run_jobs()


class VirtuousEnd(CrmEnd):
    """Takes contacts at once, and gifts by imports that a person runs."""

    @cached_property
    def sandbox(self) -> Any:
        """The organisation, which has somebody in it: nothing else tells it from others."""
        made = VirtuousControl(self.url).organisation(self.name)
        made.seed(people=1)
        return made

    @property
    def credentials(self) -> Any:
        """A key."""
        return {"api_key": self.sandbox.api_key}

    @credentials.setter
    def credentials(self, _: Any) -> None: ...

    def purpose(self) -> dict[str, str]:
        """The first project."""
        return {"fund": str(self.sandbox.project())}

    def _rows(self) -> dict[str, Any]:
        """E-mail -> contact."""
        found = {}
        for row in self.sandbox.state()["contacts"]:
            for one in row["contactIndividuals"]:
                for method in one["contactMethods"] or ():
                    if "Email" in method["type"]:
                        found[method["value"]] = row
        return found

    def people(self) -> dict[str, tuple[str, str]]:
        """Contacts, but for the one of the beginning."""
        told = {}
        for email, row in self._rows().items():
            person = row["contactIndividuals"][0]
            phones = [one["value"] for one in person["contactMethods"] or () if "Phone" in one["type"]]
            told[email] = (person["lastName"], _digits(phones[0] if phones else ""))
        return told

    def add(self, first: str, last: str, email: str) -> None:
        """By the API that staff's pages use too."""
        method = {"type": "Home Email", "value": email, "isOptedIn": True, "isPrimary": True}
        person = {"firstName": first, "lastName": last, "isPrimary": True, "contactMethods": [method]}
        body = {"contactType": "Household", "name": f"{first} {last}", "contactIndividuals": [person]}
        self.sandbox.staff_call("POST", "Contact", body)

    def set_phone(self, email: str, phone: str) -> None:
        """A further contact method."""
        person = self._rows()[email]["contactIndividuals"][0]["id"]
        body = {"contactIndividualId": person, "type": "Home Phone", "value": phone, "isOptedIn": True}
        self.sandbox.staff_call("POST", "ContactMethod", {**body, "setAsPrimary": True})

    def gifts(self) -> list[tuple[int, bool]]:
        """Gifts; a reversing transaction stands for the refund of another one."""
        rows = self.sandbox.state()["gifts"]
        reversed_ = [-round(one["amount"] * 100) for one in rows if one["amount"] < 0]
        cents = [round(one["amount"] * 100) for one in rows if one["amount"] > 0]
        return sorted((one, one in reversed_) for one in cents)

    def take_in(self) -> None:
        """Midnight, and a person who runs every import."""
        self.sandbox.run_everything()


class PlatformEnd(SimpleNamespace):
    """A platform's organisation with its people's hands: `id` and `token`, as the management API wants them."""

    id: str
    token: str

    def add(self, first: str, last: str, email: str) -> str:
        """Somebody new; the id."""
        raise NotImplementedError

    def people(self) -> dict[str, tuple[str, str]]:
        """E-mail -> last name and the digits of the phone."""
        raise NotImplementedError

    def rename(self, who: str, last: str) -> None:
        """Another last name."""
        raise NotImplementedError

    def crm_ids(self) -> list[Mapping[str, str]]:
        """What each contact is known by in CRMs."""
        return []

    def give(self, who: str, cents: int) -> str:
        """A gift that may go over; the id."""
        raise NotImplementedError

    def refund(self, gift: str) -> None:
        """Give it back."""
        raise NotImplementedError

    def again(self) -> None:
        """Something that makes a refund known, where no list does."""

    def thanked(self) -> int:
        """How many thanks there are to be sent."""
        return 0


class HandbidEnd(PlatformEnd):
    """Gifts of auctions."""

    def __init__(self, url: str) -> None:
        self.sandbox = HandbidControl(url).organisation(name=uuid.uuid4().hex[:12], unique_emails=True)
        super().__init__(id=self.sandbox.id, token=self.sandbox.token)

    def add(self, first: str, last: str, email: str) -> str:
        """A contact."""
        return str(self.sandbox.add_contact(firstName=first, lastName=last, email=email)["id"])

    def people(self) -> dict[str, tuple[str, str]]:
        """Contacts."""
        rows = self.sandbox.state("contacts")["contacts"]
        return {row["email"]: (row["lastName"], _digits(row.get("phone"))) for row in rows}

    def rename(self, who: str, last: str) -> None:
        """By an admin."""
        self.sandbox.edit_contact(who, lastName=last)

    def crm_ids(self) -> list[Mapping[str, str]]:
        """As shown on the contacts."""
        return [row["crmIds"] for row in self.sandbox.state("contacts")["contacts"]]

    def give(self, who: str, cents: int) -> str:
        """A receipt of an auction that is reconciled."""
        receipt = {"contactId": who, "items": [{"name": "Quilt", "price": 50.0}]}
        held = self.sandbox.hold_auction(
            name="Gala", receipts=[{**receipt, "payments": [{"amount": cents, "method": "cash"}]}]
        )
        self.sandbox.set_event_status(held["event"]["id"], "reconciled")
        return str(self.sandbox.state("transactions")["transactions"][-1]["id"])

    def refund(self, gift: str) -> None:
        """Announced by a webhook."""
        self.sandbox.refund(gift)


class RaiseDonorsEnd(HandbidEnd):
    """Online donations."""

    def give(self, who: str, cents: int) -> str:
        """A donation."""
        return str(self.sandbox.give({"contact_id": who, "amount": cents})[0]["id"])

    def refund(self, gift: str) -> None:
        """Shown by the list of donations."""
        self.sandbox.refund_donation(gift)


class WeGiveEnd(PlatformEnd):
    """Gifts of donors that only WeGive edits."""

    def __init__(self, url: str) -> None:
        self.sandbox = WeGiveControl(url).organisation(uuid.uuid4().hex[:12])
        first = self.sandbox.donor(first_name="First", last_name="Donor", email_1="first.donor@example.org")
        self.sandbox.give(first, amount=100, created_at="2026-01-05T12:00:00Z")  # says whose key it is
        super().__init__(id=str(self.sandbox.summary["id"]), token=self.sandbox.api_key)

    def add(self, first: str, last: str, email: str) -> str:
        """A donor."""
        return str(self.sandbox.donor(first_name=first, last_name=last, email_1=email))

    def people(self) -> dict[str, tuple[str, str]]:
        """Donors."""
        rows = self.sandbox.state()["donors"]
        return {row["email_1"]: (row["last_name"], _digits(row.get("mobile_phone"))) for row in rows}

    def rename(self, who: str, last: str) -> None:
        """By staff."""
        self.sandbox.edit_donor(int(who), last_name=last)

    def give(self, who: str, cents: int) -> str:
        """A gift."""
        return str(self.sandbox.give(int(who), amount=cents))

    def refund(self, gift: str) -> None:
        """Shown by the list of gifts."""
        self.sandbox.refund(int(gift))


class GratavidEnd(PlatformEnd):
    """Thanks, and nothing else."""

    def __init__(self, url: str) -> None:
        self.sandbox = GratavidControl(url).account(uuid.uuid4().hex[:12])
        super().__init__(id=self.sandbox.name, token=self.sandbox.api_key)

    def people(self) -> dict[str, tuple[str, str]]:
        """Nobody that is synced."""
        return {}

    def thanked(self) -> int:
        """Tasks."""
        return len(self.sandbox.tasks())

    def answer(self) -> None:
        """Staff does a task, and the donor answers what was sent."""
        sent = self.sandbox.staff("send_task", task=self.sandbox.tasks()[0]["id"], title="For you")
        self.sandbox.reply(sent["id"], text="So kind!")


CRMS: Final[Mapping[str, type[CrmEnd]]] = {
    "bloomerang": BloomerangEnd, "kindful": KindfulEnd, "virtuous": VirtuousEnd,
}  # fmt: skip
PLATFORMS: Final[Mapping[str, Callable[[str], PlatformEnd]]] = {
    "handbid": HandbidEnd, "raisedonors": RaiseDonorsEnd, "wegive": WeGiveEnd, "gratavid": GratavidEnd,
}  # fmt: skip
SANDBOX_OF: Final = {"raisedonors": "handbid"}
"""One server of the Platform API plays both."""
