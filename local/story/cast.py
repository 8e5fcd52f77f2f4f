"""Who is in the story: an organisation on the platform and its database in the CRM, with made-up people in both."""

from dataclasses import dataclass
from typing import Any

from local.sandbox.bloomerang.sandbox import BloomerangControl, BloomerangDatabase
from local.sandbox.common.journal import is_read
from local.sandbox.handbid import HandbidControl, OrganisationControl
from local.sandbox.people import Person, person

PEOPLE = "people"
FAMILY = "family"
IN_CRM = 24  # people 0 to 23 of a seed
FIRST_ON_PLATFORM, ON_PLATFORM = 12, 24  # people 12 to 35: the platform knows half of the CRM's
NEW_PHONE = "+12125550177"
CALLS_PER_HOUR = 360_000  # what this vendor "agreed to", so that nobody has to wait for a rate budget
LAG_SECONDS = 2  # how late this vendor may list what it has taken
FUNDS = {"GEN": "Unrestricted", "SCHOOL": "Scholarships"}
COMPLETE = {"without_email": 0, "without_phone": 0, "without_address": 0}


@dataclass(frozen=True)
class Charity:
    """Both sides of one organisation, as its staff see them."""

    crm: BloomerangDatabase
    platform: OrganisationControl

    def credentials(self) -> dict[str, Any]:
        """What connects both, with settings that fit."""
        return {
            "crm": "bloomerang",
            "credentials": {"api_key": self.crm.api_key},
            "platform_credentials": {"token": self.platform.token},
            "settings": {
                "default_purpose": {"fund": str(self.crm.fund())},
                "funds": {code: str(self.crm.fund(name)) for code, name in FUNDS.items()},
                "bloomerang": {"calls_per_hour": CALLS_PER_HOUR, "lookup_lag_seconds": LAG_SECONDS},
                "handbid": {"calls_per_hour": CALLS_PER_HOUR},
            },
        }

    def listen(self, webhook: dict[str, Any]) -> None:
        """Tell the platform where its webhooks go."""
        self.platform.set(webhook={"url": webhook["url"], "secrets": [webhook["secret"]]})

    def writes(self) -> int:
        """Calls that changed anything on either side since the journals were cleared."""
        return sum(number for one in self._sides for call, number in one.calls().items() if not is_read(call))

    def calls(self) -> dict[str, int]:
        """All calls since then, CRM and platform together."""
        return self.crm.calls() | self.platform.calls()

    def forget_calls(self) -> None:
        """Count anew."""
        for one in self._sides:
            one.reset_journal()

    def contact(self, identifier: str) -> dict[str, Any]:
        """A contact as the platform has it."""
        return next(one for one in self.platform.state("contacts")["contacts"] if one["id"] == identifier)

    def constituent(self, identifier: str) -> dict[str, Any]:
        """A constituent as the CRM has it."""
        found: dict[str, Any] = self.crm.staff_call("GET", f"/constituent/{identifier}")
        return found

    def gifts(self) -> list[dict[str, Any]]:
        """Every transaction in the CRM."""
        found: list[dict[str, Any]] = self.crm.state()["transactions"]
        return found

    @property
    def _sides(self) -> tuple[BloomerangDatabase, OrganisationControl]:
        return self.crm, self.platform


def charity(sandboxes: dict[str, str], name: str) -> Charity:
    """A new, empty one in running sandboxes."""
    crm = BloomerangControl(sandboxes["bloomerang"]).database(name)
    return Charity(crm, HandbidControl(sandboxes["handbid"]).organisation(name=name))


def people(side: Charity) -> list[str]:
    """Who is there before anything is synced: the platform's ids of those with an address of their own."""
    side.crm.seed(people=IN_CRM, seed=PEOPLE, **COMPLETE)
    side.crm.seed(people=2, seed=FAMILY, shared_emails=1, **COMPLETE)
    guests = side.platform.seed_people(ON_PLATFORM, PEOPLE, start=FIRST_ON_PLATFORM)
    side.platform.edit_contact(guests[0], phone=NEW_PHONE)
    side.platform.seed_people(1, FAMILY)
    side.platform.bad_data("name_only")
    return guests


def everybody() -> list[Person]:
    """All people of `people` who have an e-mail address."""
    crowd = [person(PEOPLE, index) for index in range(FIRST_ON_PLATFORM + ON_PLATFORM)]
    return [*crowd, *(person(FAMILY, index) for index in range(2))]


def gala(platform: OrganisationControl, guests: list[str], name: str = "Winter Gala") -> dict[str, Any]:
    """An auction that has closed: usual payments, a split one, one that failed and one by nobody knows whom."""
    return platform.hold_auction(
        name=name,
        receipts=[
            _receipt(guests[0], "Weekend at the lake", 450, emailed=True),
            _receipt(guests[1], "Signed guitar", 275.5, {"method": "check", "checkNumber": "1042"}),
            _receipt(guests[2], "Gala ticket", 170, _split(("GEN", 8_501), ("SCHOOL", 8_499)), emailed=True),
            _receipt(guests[3], "Dinner for six", 300, {"method": "cash"}),
            _receipt(guests[4], "Wine tasting", 120, {"status": "failed"}),
            {"items": [{"name": "Fund-a-need", "price": 60}], "payments": [{}]},
        ],
    )


def _receipt(
    guest: str, item: str, price: float, payment: dict[str, Any] | None = None, *, emailed: bool = False
) -> dict[str, Any]:
    lot = {"name": item, "price": price}
    return {"contactId": guest, "items": [lot], "payments": [payment or {}], "emailed": emailed}


def _split(*parts: tuple[str, int]) -> dict[str, Any]:
    return {"designations": [{"fundCode": code, "amount": cents} for code, cents in parts]}
