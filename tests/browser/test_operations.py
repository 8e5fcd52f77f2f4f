"""What an operator sees of work that is stuck, and does about it, in the browser."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from giftbridge.jobs import configure
from giftbridge.jobs.context import App
from giftbridge.stores.connections import owner
from tests.browser.conftest import PHONE, Screen, Visitors
from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.money import auction, cents, paid, people
from tests.rows.people import spent
from tests.rows.test_operating import failed_update, last_name, letters, lose, lost_event

__all__ = ["letters"]

EVENT = "A reconciled event"


@pytest.fixture
def stuck(synced: Site) -> Iterator[Site]:
    """A site whose CRM is down, with a webhook that has failed."""
    failed_update(synced)
    yield synced
    synced.crm.clear_faults()
    synced.platform.clear_faults()


def shown(screen: Screen, site: Site, kind: str = "", error: str = "") -> Screen:
    """What is stuck of a site, as the filter on the page finds it."""
    screen.press("Operations").fill(connection=site.connection, error=error)
    if kind:
        screen.page.get_by_label("Kind of work").select_option(label=kind)
    return screen.press("Show")


def stuck_kinds(site: Site) -> set[str]:
    """Kinds of work of a site that have failed."""
    return {work["kind"] for work in site.get("~/waiting")["items"] if work["error"]}


def test_F60_stuck_work_is_found_by_a_filter_and_redriven_at_a_rate_from_what_is_so_now(
    visitors: Visitors, stuck: Site
) -> None:
    site = stuck
    (who,) = site.contacts()
    screen = shown(visitors.operator(), site, "A run", "http_500").says("1 piece of work failed")
    assert "HTTP 500" in screen.section("Stuck work").inner_text()
    for queue in ("Contacts", "Gifts", "Exports"):
        numbers = screen.section("Queues").get_by_role("row", name=queue).inner_text().split()[1:4]
        assert all(number.isdigit() for number in numbers), numbers
    screen.press("Redrive…").says("0 of 1 would be done again").says("is left alone")
    assert "Nothing can be done now" in screen.text
    site.crm.clear_faults()
    screen.page.reload()
    screen.checked().says("1 of 1 would be done again")
    assert "Early" not in screen.text, "nobody's data is shown"
    site.crm.fault("status", status=500, count=None)
    screen.press("Redrive 1").says("Nothing was done")
    assert "left alone: " in screen.text
    assert len(stuck_kinds(site)) == 1
    site.crm.clear_faults()
    site.platform.edit_contact(who, lastName="Late")
    screen.press("What is stuck now").press("Redrive…")
    screen.fill(rate="0").press("Redrive 1").says("Give a number between 0.1 and 500.")
    with spent(site) as calls:
        screen.fill(rate="5").twice("Redrive 1").says("1 is due again")
        eventually(lambda: last_name(site) == "Late")
    assert sum(number for call, number in calls.items() if call.startswith(("PUT", "POST"))) <= 1
    eventually(lambda: not stuck_kinds(site))
    screen.press("What is stuck now").says("Nothing is stuck that fits.")


def test_F60_work_is_given_up_after_a_preview_and_what_a_connection_needs_stays(
    visitors: Visitors, synced: Site, app: App
) -> None:
    site = synced
    (who,) = people(site, 1)
    event = auction(site, paid(who, 5000))["event"]["id"]
    site.platform.fault("status", status=500, count=None)
    site.platform.set_event_status(event, "reconciled")
    eventually(lambda: "reconcile" in stuck_kinds(site))
    site.platform.clear_faults()
    connection = app.connections.get(owner("handbid", site.platform.id), site.connection)
    schedule = configure.schedule_of(app, connection)
    assert schedule is not None
    app.inbox.postpone(schedule, app.now() + timedelta(hours=1), error="http_500", attempt=3)
    screen = shown(visitors.operator(), site).says("2 pieces of work failed")
    screen.press("Discard…").says("1 of 2 would be given up")
    rows = {row.split("\n")[0]: row for row in screen.section("Which").get_by_role("row").all_inner_texts()}
    (kept,) = [row for row in rows.values() if "Stays" in row]
    assert "The schedule" in kept
    (gone,) = [row for row in rows.values() if "Given up" in row]
    assert EVENT in gone
    screen.twice("Discard 1").says("1 given up.")
    assert stuck_kinds(site) == {"cadence"}
    shown(screen, site).press("Discard…").says("0 of 1 would be given up")
    assert screen.page.get_by_role("button", name="Discard").count() == 0
    past = visitors.staff(site).open(f"/c/{site.connection}").press("Webhooks").press("What came within a month")
    past.says("Given up by operator:")
    assert site.gifts() == []
    past.twice(past.page.get_by_role("button", name="Do again")).says("Being done again.")
    eventually(lambda: len(site.gifts()) == 1)


def test_F60_dead_letters_are_rung_again_and_lost_triggers_delivered_or_given_up(
    visitors: Visitors, synced: Site, deployment: Deployment, letters: Any
) -> None:
    site = synced
    letters(site, "contacts")
    event = lost_event(deployment, site)
    lose(deployment, "no trigger of ours")
    screen = visitors.operator().press("Operations").press("Look at the dead letters…")
    screen.fill(rate="much").press("Return 1 to its queue").says("Give a number between 0.1 and 500.")
    screen.fill(rate="5").twice("Return 1 to its queue").says("On their way back to their queues.")
    screen.says("Nothing is dead behind any queue.")
    screen.press("Deliver the chosen ones").says("Choose one trigger at least.").press("Back")
    screen.page.get_by_label(f"Choose A reconciled event handbid:{site.platform.id}:{event}").check()
    screen.twice("Deliver the chosen ones").says("Handed to their functions.")
    eventually(lambda: [cents(gift["Amount"]) for gift in site.gifts()] == [5000])
    screen.page.get_by_label("Choose Something else").check()
    screen.twice("Discard the chosen ones").says("Given up.").says("No trigger was lost.")
    screen.press("Operations")
    assert screen.page.get_by_role("link", name="Look at the dead letters…").count() == 0


@pytest.mark.parametrize("options", [{"viewport": PHONE}, {"color_scheme": "dark"}, {"java_script_enabled": False}])
def test_F60_operations_on_a_phone_in_the_dark_and_without_scripts(
    visitors: Visitors, stuck: Site, options: dict[str, Any]
) -> None:
    stuck.crm.clear_faults()
    screen = shown(visitors.operator(**options), stuck, "A run").says("1 piece of work failed")
    screen.press("Discard…").says("1 of 1 would be given up").press("Leave it")
    screen.press("Redrive…").press("Redrive 1").says("1 is due again")
    eventually(lambda: last_name(stuck) == "Early")
    screen.press("What is stuck now").says("Nothing is stuck that fits.")


def test_F60_to_an_organisations_staff_there_are_no_operations(visitors: Visitors, site: Site) -> None:
    screen = visitors.staff(site)
    assert screen.page.get_by_role("link", name="Operations").count() == 0
    screen.open("/operations").says("There is nothing here").press("To your connections").says("No CRM is connected")
