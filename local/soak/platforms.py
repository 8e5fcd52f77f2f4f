"""Each platform's organisation with the hands of its people."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from local.sandbox.gratavid.sandbox import GratavidControl
from local.sandbox.handbid import HandbidControl
from local.sandbox.people import Person
from local.sandbox.wegive.sandbox import WeGiveControl
from local.soak.held import HeldPerson, digits

CODES: Final = ("GEN", "SCH")
"""The platform's fund or project codes, in the order of the CRM's `funds()`."""
FAILED: Final = "failed"
LONG_AGO: Final = "2026-01-05T12:00:00Z"
RETRY_SECONDS: Final = [0.2, 1.0, 5.0, 15.0, 40.0]
"""How patiently vendors send a webhook again; longer than a killed worker needs to be replaced."""


class NotYet(Exception):
    """What an event is about is not there yet; later perhaps."""


class PlatformApi:
    """An organisation of the Platform API: people, webhooks."""

    def __init__(self, url: str, name: str) -> None:
        self.sandbox = HandbidControl(url).organisation(name=name, unique_emails=True)
        self.id: str = self.sandbox.id
        self.token: str = self.sandbox.token

    def settings(self, funds: list[str]) -> dict[str, Any]:
        """Which of its codes is which fund of the CRM."""
        return {"funds": dict(zip(CODES, funds, strict=True))}

    def listen(self, webhook: dict[str, Any]) -> None:
        """Every webhook goes there, and is sent again until it is taken."""
        kinds = ["contact.updated", "event.reconciled", "transaction.refunded"]
        told = {"url": webhook["url"], "secrets": [webhook["secret"]], "types": kinds, "retry_seconds": RETRY_SECONDS}
        self.sandbox.set(webhook=told)

    def join(self, who: Person) -> str:
        """Somebody new; the id."""
        fields = {"firstName": who.first, "lastName": who.last, "email": who.email, "phone": who.phone}
        return str(self.sandbox.add_contact(**fields)["id"])

    def edit(self, who: str, field: str, value: str) -> None:
        """By an admin."""
        self.sandbox.edit_contact(who, **{{"last": "lastName", "phone": "phone"}[field]: value})

    def people(self) -> list[HeldPerson]:
        """Active contacts."""
        rows = [row for row in self.sandbox.state("contacts")["contacts"] if row["status"] == "active"]
        return [HeldPerson(row["id"], row.get("email", ""), row["lastName"], digits(row.get("phone"))) for row in rows]

    def repeat(self, number: int) -> bool:
        """Send a webhook again, chosen by a number; False where there was none yet."""
        sent = self.sandbox.deliveries()
        if sent and sent[number % len(sent)]["last_request"]:
            self.sandbox.replay(sent[number % len(sent)]["id"])
            return True
        return False


class Handbid(PlatformApi):
    """Gifts of auctions, which go over once the auction is reconciled."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, name)
        self._auction = ""

    def give(self, who: str, cents: int, fund: int, status: str = "succeeded") -> str:
        """A receipt of the auction that is open; the id of its payment."""
        if not self._auction:
            self._auction = str(self.sandbox.hold_auction(name="Gala", receipts=[])["event"]["id"])
        payment = {
            "amount": cents,
            "status": status,
            "designations": [{"fundCode": CODES[fund], "amount": cents}],
        }
        receipt = {"contactId": who, "items": [{"name": "Quilt", "price": cents / 100}], "payments": [payment]}
        return str(self.sandbox.add_receipt(self._auction, **receipt)["transactions"][0]["id"])

    def reconcile(self) -> None:
        """The auction ends."""
        auction, self._auction = self._auction, ""
        self.sandbox.set_event_status(auction, "reconciled")

    def refund(self, gift: str) -> None:
        """Announced by a webhook."""
        self.sandbox.refund(gift)

    def early(self, gift: str) -> None:
        """A webhook tells of a refund that there is none of yet, and one of an auction that is open."""
        self.sandbox.hand_made_event("transaction.refunded", gift)
        if self._auction:
            self.sandbox.hand_made_event("event.reconciled", self._auction)


class RaiseDonors(PlatformApi):
    """Online donations, which a list tells."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, name)
        for code in CODES:
            self.sandbox.put_project(code, f"Project {code}")

    def give(self, who: str, cents: int, fund: int, status: str = "succeeded") -> str:
        """A donation."""
        part = {"code": CODES[fund], "amount": cents}
        gift = {"contact_id": who, "amount": cents, "projects": [part], "status": status}
        return str(self.sandbox.give(gift)[0]["id"])

    def refund(self, gift: str) -> None:
        """Shown by the list."""
        self.sandbox.refund_donation(gift)


class WeGive:
    """Gifts that a list tells; donors that only WeGive edits."""

    def __init__(self, url: str, name: str) -> None:
        self.sandbox = WeGiveControl(url).organisation(name)
        first = self.sandbox.donor(first_name="First", last_name="Donor", email_1="first.donor@example.org")
        self.sandbox.give(first, amount=100, created_at=LONG_AGO)  # says whose key it is
        self.id = str(self.sandbox.summary["id"])
        self.token: str = self.sandbox.api_key
        self._funds = [self.sandbox.fund_id(), self.sandbox.fund_id("Building")]

    def settings(self, funds: list[str]) -> dict[str, Any]:
        """Its funds are known by codes of its own."""
        codes = {row["id"]: row["code"] for row in self.sandbox.state()["funds"]}
        return {"funds": {codes[ours]: theirs for ours, theirs in zip(self._funds, funds, strict=True)}}

    def listen(self, webhook: dict[str, Any]) -> None:
        """It sends none."""

    def join(self, who: Person) -> str:
        """A donor; the id."""
        fields = {"first_name": who.first, "last_name": who.last, "email_1": who.email, "mobile_phone": who.phone}
        return str(self.sandbox.donor(**fields))

    def people(self) -> list[HeldPerson]:
        """Donors."""
        rows = self.sandbox.state()["donors"]
        return [
            HeldPerson(str(row["id"]), row["email_1"], row["last_name"], digits(row.get("mobile_phone")))
            for row in rows
        ]

    def give(self, who: str, cents: int, fund: int, status: str = "succeeded") -> str:
        """A gift by card."""
        more = {"status": FAILED} if status == FAILED else {}
        return str(self.sandbox.give(int(who), amount=cents, fund=self._funds[fund], **more))

    def bank_gift(self, who: str, cents: int, fund: int) -> str:
        """A gift from a bank account, which takes its time."""
        return str(self.sandbox.give(int(who), amount=cents, fund=self._funds[fund], source_type="bank"))

    def settle(self, gift: str, outcome: str) -> None:
        """The bank pays, or does not."""
        self.sandbox.settle(int(gift), outcome=outcome)

    def refund(self, gift: str) -> None:
        """Shown by the list."""
        self.sandbox.refund(int(gift))


class Gratavid:
    """Thanks, and what donors do with them; every notification is posted twice, several at a time."""

    def __init__(self, url: str, name: str) -> None:
        self.sandbox = GratavidControl(url).account(
            name, subscription_id="webhookSubscribeId", copies=2, parallel=3, retry_seconds=RETRY_SECONDS
        )
        self.id: str = self.sandbox.name
        self.token: str = self.sandbox.api_key

    def settings(self, funds: list[str]) -> dict[str, Any]:
        """Amounts are told in dollars."""
        return {"currency": "USD"}

    def listen(self, webhook: dict[str, Any]) -> None:
        """It was told by API."""

    def people(self) -> list[HeldPerson]:
        """Whoever was thanked."""
        rows = self.sandbox.contacts()
        return [HeldPerson(row["id"], row["email"], row.get("lastName") or "", "") for row in rows]

    def thanks(self) -> list[int]:
        """Cents of the gift that each task thanks for."""
        return [_thanked(row["comments"]) for row in self.sandbox.tasks()]

    def send(self, cents: int, title: str) -> str:
        """Staff record the video for a gift's task; its id, empty where the donor had left. Raises `NotYet`."""
        found = [row for row in self.sandbox.tasks() if _thanked(row["comments"]) == cents and row["state"] == "open"]
        if not found:
            raise NotYet
        sent = self.sandbox.send_task(found[0]["id"], title)
        return "" if sent["state"] == "skipped" else str(sent["id"])


def _thanked(comments: str) -> int:
    """`Thank Ada Lane: 1,234.50 USD on ...` in cents."""
    dollars = comments.partition(" USD")[0].rsplit(" ", 1)[-1].replace(",", "")
    return round(float(dollars) * 100)


PLATFORMS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "handbid": Handbid, "raisedonors": RaiseDonors, "wegive": WeGive, "gratavid": Gratavid,
}  # fmt: skip
SANDBOX_OF: Final = {"raisedonors": "handbid"}
"""One server of the Platform API plays both."""
