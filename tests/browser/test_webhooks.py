"""What webhooks have brought, doing that again, and their secret, in the browser."""

from typing import Any

import pytest

from tests.browser.conftest import PHONE, Screen, Visitors
from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.money import auction, paid


@pytest.fixture
def heard(synced: Site) -> Site:
    """A donor and a gift that came by two webhooks."""
    who = synced.person("Ivy")
    synced.platform.set(webhook={"types": []})
    assert synced.platform.hand_made_event("contact.updated", who)["answer"] == 202
    synced.ended(started_by="webhook")
    event = auction(synced, paid(who, 5000))["event"]["id"]
    synced.platform.set_event_status(event, "reconciled")
    assert synced.platform.hand_made_event("event.reconciled", event)["answer"] == 202
    synced.ended(subject=event)
    return synced


def past(screen: Screen, site: Site, number: int) -> Screen:
    """What came within a month, once so many events are done."""

    def all_there() -> bool:
        screen.open(f"/c/{site.connection}/webhooks").press("What came within a month")
        return screen.page.locator("tbody tr").count() == number

    eventually(all_there)
    return screen


def runs(site: Site) -> int:
    """How many have ended that webhooks or events began."""
    return sum(run["state"] == "done" and run["started_by"] in ("webhook", "event") for run in site.runs())


def test_F62_past_webhooks_are_listed_and_replayed_one_or_several_and_nothing_is_recorded_twice(
    visitors: Visitors, heard: Site
) -> None:
    screen = past(visitors.staff(heard), heard, 2)
    kinds = screen.page.locator("tbody tr").all_inner_texts()
    assert sorted("A contact" in text for text in kinds) == [False, True]
    assert sorted("A reconciled event" in text for text in kinds) == [False, True]
    before, people = runs(heard), heard.constituents()
    gift = screen.page.get_by_role("row").filter(has_text="A reconciled event").get_by_role("button")
    screen.twice(gift).says("Being done again.")
    eventually(lambda: runs(heard) == before + 1)
    past(screen, heard, 2)
    screen.press("Do the chosen ones again").says("Choose one event at least.").press("Back")
    screen.says("What came within a month")
    for box in screen.page.get_by_role("checkbox").all():
        box.check()
    screen.twice("Do the chosen ones again").says("Being done again.")
    eventually(lambda: runs(heard) == before + 3)
    past(screen, heard, 2)
    assert (len(heard.gifts()), heard.constituents()) == (1, people), "nothing is recorded twice"


def test_F62_a_webhook_that_failed_is_told_and_tried_again_at_once(visitors: Visitors, synced: Site) -> None:
    event = auction(synced, paid(synced.person("Ivy"), 5000))["event"]["id"]
    assert synced.platform.hand_made_event("event.reconciled", event)["answer"] == 202, "but it is not reconciled yet"
    eventually(lambda: [one for one in synced.get("~/waiting")["items"] if one["error"]])
    screen = visitors.staff(synced).open(f"/c/{synced.connection}").press("Webhooks")
    assert "Webhook" in screen.page.get_by_role("row").filter(has_text=event).inner_text()
    synced.platform.set(webhook={"types": []})
    synced.platform.set_event_status(event, "reconciled")
    screen.twice("Try what failed again").says("Trying again.")
    synced.ended(subject=event)
    assert len(synced.gifts()) == 1
    screen.open(f"/c/{synced.connection}/webhooks")
    assert event not in screen.text


def test_F62_the_secret_is_changed_in_two_steps_and_shown_once(
    visitors: Visitors, deployment: Deployment, synced: Site
) -> None:
    contact = synced.person("Mei")

    def answers() -> list[Any]:
        signed = ("first_secret", "last_secret")
        return [synced.platform.hand_made_event("contact.updated", contact, variant=one)["answer"] for one in signed]

    screen = visitors.staff(synced).open(f"/c/{synced.connection}/webhooks").press("Addresses and secrets")
    assert synced.webhook["url"] in screen.text
    screen.twice("Make a new secret for Handbid").says("It is shown now and never again.")
    (secret,) = [word for word in screen.text.split() if word.startswith("whsec_")]
    synced.platform.set(webhook={"secrets": [synced.webhook["secret"], secret]})
    assert answers() == [202, 202], "both count meanwhile, so that none is lost"
    screen.page.reload()
    screen.checked().says("nothing was done a second time").says("Addresses and secrets")
    assert "whsec_" not in screen.text, "shown once"
    screen.says("both count").twice("End the former secret of Handbid").says("Saved.")
    deployment.forget("WebhookIntakeFunction")  # else it goes by what it knew up to a minute ago
    assert answers() == [401, 202]


@pytest.mark.parametrize("options", [{"viewport": PHONE}, {"color_scheme": "dark"}, {"java_script_enabled": False}])
def test_F62_webhooks_on_a_phone_in_the_dark_and_without_scripts(
    visitors: Visitors, heard: Site, options: dict[str, Any]
) -> None:
    screen = past(visitors.staff(heard, **options), heard, 2)
    before = runs(heard)
    screen.page.get_by_role("checkbox").first.check()
    screen.press("Do the chosen ones again").says("Being done again.")
    eventually(lambda: runs(heard) == before + 1)
    screen.press("What waits").press("Addresses and secrets").press("Make a new secret for Handbid")
    screen.says("whsec_").press("I have entered it").press("End the former secret of Handbid").says("Saved.")
