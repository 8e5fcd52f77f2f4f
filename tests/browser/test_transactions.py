"""Gifts of an auction chosen in the browser and sent to the CRM by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import PHONE, Screen, Visitors
from tests.rows.conftest import FINAL, Site, eventually

DONORS = ("Ada", "Bea", "Cleo", "Dora")


@dataclass
class Sale:
    """An auction that is not reconciled, four gifts of it, and staff that looks at them."""

    site: Site
    screen: Screen
    event: str
    gifts: dict[str, str] = field(default_factory=dict)
    """First name of the donor -> the gift's id."""

    @property
    def path(self) -> str:
        return f"/c/{self.site.connection}/transactions"

    def look(self) -> "Sale":
        """The auction's page, afresh."""
        self.screen.open(f"{self.path}?event={self.event}")
        return self

    def row(self, donor: str) -> Locator:
        return self.screen.page.get_by_role("row", name=self.gifts[donor])

    def tick(self, *donors: str) -> "Sale":
        """These and no others."""
        for one in self.gifts:
            self.row(one).get_by_role("checkbox").set_checked(one in donors)
        return self

    def choose(self, fund: str) -> "Sale":
        """Search a fund by a part of its name, and choose it."""
        page = self.screen.page
        page.get_by_label("Search funds").fill(fund[:5].lower())
        if not self.screen.scripted:
            self.screen.press("Search funds")
        self.screen.says(f"1 found for “{fund[:5].lower()}”").checked()
        (offered,) = [
            one for one in page.get_by_label("Fund", exact=True).locator("option").all_inner_texts() if fund in one
        ]
        page.get_by_label("Fund", exact=True).select_option(label=offered)
        return self

    def runs(self) -> list[Any]:
        """What was sent by hand, newest first, all ended."""

        def look() -> Any:
            found = self.site.runs(mode="chosen")
            return found if all(run["state"] in FINAL for run in found) else None

        found: list[Any] = eventually(look) if self.site.runs(mode="chosen") else []
        return found

    def funds(self) -> dict[str, list[str]]:
        """First name of the donor -> the funds that the CRM has of the gifts."""
        names = {str(one["Id"]): one["FirstName"] for one in self.site.crm.state()["constituents"]}
        found: dict[str, list[str]] = {}
        for gift in self.site.gifts():
            parts = [part["Fund"]["Name"] for part in gift["Designations"]]
            found.setdefault(names[str(gift["AccountId"])], []).extend(parts)
        return found


@pytest.fixture
def held(visitors: Visitors, synced: Site) -> Callable[..., Sale]:
    """Hold the auction and let staff in; options are those of the browser."""

    def hold(*, crm_is_down: bool = False, **options: Any) -> Sale:
        for fund in ("New roof", "Music scholars"):
            synced.crm.staff_call("POST", "/fund", {"Name": fund, "IsActive": True})
        receipts = [
            {"contactId": synced.person(first), "items": [{"name": "Quilt", "price": "50.00"}]} for first in DONORS
        ]
        auction = synced.platform.hold_auction(receipts=receipts)
        ids = [one["id"] for one in auction["transactions"]]
        sale = Sale(
            synced, visitors.staff(synced, **options), auction["event"]["id"], dict(zip(DONORS, ids, strict=True))
        )
        if crm_is_down:
            synced.crm.fault("status", status=503, count=None)
        sale.screen.open(f"/c/{synced.connection}").press("Transactions").says("Not reconciled")
        sale.screen.page.get_by_role("link", name="Spring Gala").click()
        sale.screen.says("Ada Lane").checked()
        return sale

    return hold


def test_F31_gifts_go_with_a_fund_once_the_same_again_does_nothing_and_other_choices_ask(
    held: Callable[..., Sale],
) -> None:
    sale = held()
    site, screen = sale.site, sale.screen
    assert "Not sent" in sale.row("Ada").inner_text()
    sale.tick("Ada", "Bea").choose("New roof")
    screen.press("Send to CRM").says("The event is not reconciled yet: amounts may change.")
    screen.says(f"It is about 2 of these gifts: {sale.gifts['Ada']}, {sale.gifts['Bea']}.")
    assert (site.gifts(), sale.runs()) == ([], [])
    screen.twice("Send all the same").says("It has ended.")
    (run,) = sale.runs()
    assert screen.page.url.partition("?")[0].endswith(f"/log/{run['id']}")
    assert run["started_by"] == "anna"
    created = screen.page.get_by_role("row", name="Bloomerang").first.inner_text().split()
    assert created[:3] == ["Bloomerang", "2", "2"]
    screen.says(sale.gifts["Ada"]).says("Ada Lane").checked()
    assert sale.funds() == {"Ada": ["New roof"], "Bea": ["New roof"]}

    sale.look().tick("Ada", "Bea").choose("New roof")
    screen.press("Send to CRM").press("Send all the same").says("The CRM has these just so already. Nothing was sent.")
    assert sale.runs() == [run]

    sale.look().tick("Ada", "Cleo").choose("Music scholars")
    screen.press("Send to CRM").press("Send all the same").says("These were sent with other choices.")
    screen.says(f"It is about 1 of these gifts: {sale.gifts['Ada']}.")
    assert sale.funds() == {"Ada": ["New roof"], "Bea": ["New roof"]}
    screen.press("Send all the same").says("It has ended.")
    latest = sale.runs()[0]
    assert (latest["counts"]["crm"]["updated"], latest["counts"]["crm"]["created"]) == (1, 1)
    music, roof = ["Music scholars"], ["New roof"]
    assert sale.funds() == {"Ada": music, "Bea": roof, "Cleo": music}


@pytest.mark.parametrize(
    "options", [{"viewport": PHONE, "color_scheme": "dark"}, {"java_script_enabled": False}], ids=["phone", "bare"]
)
def test_F31_gifts_go_from_a_phone_and_without_scripts(held: Callable[..., Sale], options: dict[str, Any]) -> None:
    sale = held(**options)
    sale.tick("Dora").choose("New roof")
    assert sale.row("Dora").get_by_role("checkbox").is_checked()
    sale.screen.twice("Send to CRM").says("The event is not reconciled yet")
    assert sale.runs() == []
    sale.screen.twice("Send all the same").says("On its way to the CRM.")
    eventually(sale.runs)
    assert sale.funds() == {"Dora": ["New roof"]}
    assert len(sale.runs()) == 1
    sale.screen.page.reload()
    sale.screen.says("Done").says("Dora Lane").checked()


def test_F31_a_page_says_what_became_of_each_gift(held: Callable[..., Sale]) -> None:
    sale = held()
    site, screen = sale.site, sale.screen
    donor = next(row["id"] for row in site.contacts().values() if row["firstName"] == "Ada")
    sale.gifts |= {
        "nobody": site.platform.bad_data("no_donor", sale.event)["id"],
        "stranger": site.platform.bad_data("unknown_donor", sale.event, donor)["id"],
    }
    site.reconcile(sale.event)
    before = len(site.runs(kind="gifts"))
    site.platform.refund(sale.gifts["Bea"])
    site.ended(before + 1, kind="gifts")
    late = site.platform.add_receipt(sale.event, contactId=donor, items=[{"name": "Pie", "price": "8.00"}])
    sale.gifts["late"] = late["transactions"][0]["id"]
    sale.look()
    said = {
        "Ada": ("Confirmed", "50.00 USD", "Card"), "Bea": ("Refunded",), "Cleo": ("Confirmed",),
        "late": ("Not sent", "8.00 USD"), "nobody": ("No donor", "Failed"),
        "stranger": ("Failed", "Its donor could not be brought over"),
    }  # fmt: skip
    for donor, words in said.items():
        for word in words:
            assert word in sale.row(donor).inner_text(), donor
    assert sale.row("nobody").inner_text().count("The receipt has no donor. Add a contact to it") == 1
    assert sale.row("nobody").get_by_role("checkbox").is_disabled()
    screen.says("Reconciled")


def test_F31_while_the_crm_is_down_nothing_typed_is_lost(held: Callable[..., Sale]) -> None:
    sale = held(crm_is_down=True)
    site, screen = sale.site, sale.screen
    screen.refusals = ("4", "502")
    screen.says("The lists of Bloomerang can't be read now.")
    fund = screen.page.get_by_label("Fund", exact=True)
    sale.tick("Ada")
    fund.fill(str(site.crm.fund("New roof")))
    for button in ("Read the lists of Bloomerang again", "Send to CRM", "Send to CRM"):
        screen.press(button).says("The lists of Bloomerang can't be read now.")
        assert fund.input_value() == str(site.crm.fund("New roof"))
        assert sale.row("Ada").get_by_role("checkbox").is_checked()
    screen.says("Nothing was sent. Send them again in a minute.")
    assert sale.runs() == []
    site.crm.clear_faults()
    screen.press("Send to CRM").press("Send all the same").says("It has ended.")
    assert sale.funds() == {"Ada": ["New roof"]}
