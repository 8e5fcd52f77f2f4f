"""Settings changed in the browser, what comes of them, and what is said of mistakes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import PHONE, Screen, Visitors
from tests.rows.conftest import Site
from tests.rows.people import crm_phone, edit_row

METHODS = "Bloomerang: methods, "
WINS = ": Who wins where both changed it"
BARE = {"java_script_enabled": False}


def settings(visitors: Visitors, site: Site, **options: Any) -> Screen:
    """Staff on the page of settings."""
    return visitors.staff(site, **options).open(f"/c/{site.connection}/settings")


def labelled(screen: Screen, label: str) -> Locator:
    return screen.page.get_by_label(label, exact=True)


def enter(screen: Screen, label: str, text: str) -> None:
    """Write in a line, or choose from a list what is called so."""
    field = labelled(screen, label)
    if field.evaluate("one => one.tagName") == "SELECT":
        field.select_option(label=text)
    else:
        field.fill(text)


def wrong(screen: Screen) -> dict[str, str]:
    """Name of a field -> what is said beside it."""
    marked = screen.page.locator("[aria-invalid=true]").all()
    told = {}
    for one in marked:
        last = (one.get_attribute("aria-describedby") or "").split()[-1]
        told[one.get_attribute("name") or ""] = screen.page.locator(f"[id='{last}']").inner_text()
    return told


def test_F63_what_is_set_takes_effect(visitors: Visitors, synced: Site) -> None:
    for fund in ("New roof", "Music"):
        synced.crm.staff_call("POST", "/fund", {"Name": fund, "IsActive": True})
    ada = synced.person("Ada", phone="+13035550101")
    synced.sync()
    screen = settings(visitors, synced)
    enter(screen, "Default fund", "New roof")
    enter(screen, "Funds, row 1: Code in Handbid", "MUS")
    enter(screen, "Funds, row 1: Fund in Bloomerang", "Music")
    enter(screen, f"{METHODS}PayPal", "Cash")
    enter(screen, f"Fields, Phone number{WINS}", "Handbid")
    enter(screen, "Time zone", "America/Denver")
    enter(screen, "Minutes between two runs", "15")
    screen.press("Save settings").says("Saved.")
    now = synced.view()
    assert {name: now["settings"][name] for name in ("time_zone", "cadence_minutes", "conflict", "funds")} == {
        "time_zone": "America/Denver", "cadence_minutes": 15, "conflict": {"phone": "platform"},
        "funds": {"MUS": str(synced.crm.fund("Music"))},
    }  # fmt: skip
    assert datetime.fromisoformat(now["next_sync_at"]) - datetime.now(UTC) <= timedelta(minutes=15)

    paid = [
        {"amount": 7000, "method": "paypal"},
        {"amount": 3000, "designations": [{"fundCode": "MUS", "amount": 3000}]},
    ]
    receipt = {"contactId": ada, "items": [{"name": "Quilt", "price": "100.00"}], "payments": paid}
    synced.reconcile(synced.platform.hold_auction(receipts=[receipt])["event"]["id"])
    gifts = {one["Amount"]: (one["Method"], one["Designations"][0]["Fund"]["Name"]) for one in synced.gifts()}
    assert gifts[70] == ("Cash", "New roof")
    assert gifts[30][1] == "Music"

    synced.crm.advance(3600)
    (number,) = synced.constituents()
    edit_row(synced, number, "PrimaryPhone", Number="303-555-0177")
    synced.platform.edit_contact(ada, phone="+13035550188")
    synced.sync()
    assert crm_phone(synced.constituents()[number]) == "3035550188"

    screen.press("CRM sync").says("MST" if "MST" in screen.text else "MDT")
    screen.press("Settings")
    assert labelled(screen, "Time zone").input_value() == "America/Denver"
    enter(screen, "Funds, row 1: Code in Handbid", "")
    labelled(screen, "Funds, row 1: Fund in Bloomerang").select_option("")
    screen.press("Save settings").says("Saved.")
    assert synced.view()["settings"]["funds"] == {}
    screen.press("Save settings").says("You changed nothing, so nothing was saved.")


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, BARE], ids=["dark", "bare"])
def test_F63_a_mistake_stands_beside_its_field_and_nothing_is_changed(
    visitors: Visitors, connected: Site, options: dict[str, Any]
) -> None:
    before = connected.view()["settings"]
    screen = settings(visitors, connected, **options)
    enter(screen, "Minutes between two runs", "4")
    enter(screen, "Time zone", "Mars/Olympus")
    enter(screen, "Funds, row 1: Code in Handbid", "MUS")
    enter(screen, f"{METHODS}Venmo", "Cash")
    labelled(screen, "Contacts are kept in agreement").uncheck()
    screen.press("Save settings").says("Nothing was saved.")
    told = wrong(screen)
    assert told.keys() == {"cadence_minutes", "time_zone", "funds:0:value"}
    assert "5" in told["cadence_minutes"]
    assert "America/Denver" in told["time_zone"]
    assert told["funds:0:value"] == "Choose the fund, or empty the row."
    assert connected.view()["settings"] == before
    screen.page.get_by_role("alert").get_by_role("link", name="Time zone").click()
    assert labelled(screen, "Time zone").evaluate("one => one === document.activeElement") or not screen.scripted
    enter(screen, "Minutes between two runs", "15")
    enter(screen, "Time zone", "America/Denver")
    enter(screen, "Funds, row 1: Code in Handbid", "")
    screen.twice("Save settings").says("Saved.")
    now = connected.view()["settings"]
    assert (now["cadence_minutes"], now["time_zone"], now["contacts"]) == (15, "America/Denver", False)
    assert now["bloomerang"]["methods"] == {"venmo": "Cash"}


@pytest.mark.parametrize("options", [{"viewport": PHONE}, BARE], ids=["phone", "bare"])
def test_F63_what_was_typed_outlives_the_session(visitors: Visitors, connected: Site, options: dict[str, Any]) -> None:
    before = connected.view()["settings"]
    screen = settings(visitors, connected, **options)
    enter(screen, "Minutes between two runs", "15")
    enter(screen, "Time zone", "America/Denver")
    enter(screen, f"{METHODS}Venmo", "Cash")
    labelled(screen, "Contacts are kept in agreement").uncheck()
    screen.page.context.clear_cookies()
    screen.press("Save settings").says("Nothing you typed is lost")
    tab = screen.page.context.new_page()
    tab.goto(visitors.link(connected))
    tab.close()
    screen.press("Send it again").says("Nothing was done yet. Look it over").says("America/Denver")
    assert connected.view()["settings"] == before
    screen.press("Send it again").says("Saved.")
    now = connected.view()["settings"]
    assert (now["cadence_minutes"], now["time_zone"], now["contacts"]) == (15, "America/Denver", False)
    assert now["bloomerang"]["methods"] == {"venmo": "Cash"}
