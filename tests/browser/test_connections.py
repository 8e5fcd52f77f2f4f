"""Connecting, and what a connection shows and lets be done, in the browser."""

import pytest

from tests.browser.conftest import PHONE, Visitors
from tests.rows.conftest import Deployment, Site


def test_F02_staff_connects_by_consent_in_the_browser(visitors: Visitors, deployment: Deployment, site: Site) -> None:
    deployment.crms.consent(site.crm.name)
    screen = visitors.staff(site)
    screen.says("No CRM is connected yet").press("Connect a CRM").press("Connect Bloomerang")
    screen.press("Go to Bloomerang", screen.section("By signing in at Bloomerang")).says("One more step")
    screen.page.get_by_role("link", name="Go to Bloomerang").click()
    screen.says("You can close this window")
    assert screen.page.url.startswith(f"{deployment.stack.api}/oauth/callback")
    screen.open().says("Handbid and Bloomerang")


def test_F05_a_connection_shows_its_state_and_is_paused_resumed_and_removed(visitors: Visitors, site: Site) -> None:
    screen = visitors.staff(site)
    screen.open("/connect/bloomerang").fill(api_key="wrong-key").press("Connect")
    screen.says("Bloomerang does not accept this API key")
    screen.fill(api_key=site.crm.api_key).press("Connect").says("The secret is shown now and never again")
    screen.press("Go on").says("Avery Admin")
    (view,) = site.get("/connections")["items"]
    site.connection = view["id"]
    state = screen.section("State")
    for fact in (site.crm.summary["name"], "Demo database", "Healthy"):
        assert fact in screen.text
    screen.press("Pause", state).says("Paused. What comes in waits until you resume.")
    assert site.view()["status"] == "paused"
    screen.press("Resume", state).says("Resumed.")
    assert site.view()["status"] == "active"
    screen.press("Remove").press("Remove").says("Removed. Its credentials were destroyed.")
    assert site.get("/connections")["items"] == []


@pytest.mark.parametrize("options", [{"viewport": PHONE}, {"color_scheme": "dark"}, {"java_script_enabled": False}])
def test_F06_the_first_question_comes_with_a_previews_numbers(
    visitors: Visitors, connected: Site, options: dict[str, object]
) -> None:
    for first in ("Ada", "Bea", "Cleo"):
        connected.person(first)
    preview = connected.finished(connected.post("~/preview")["id"])
    assert preview["counts"]["crm"]["created"] == 3
    screen = visitors.staff(connected, **options).open(f"/c/{connected.connection}")
    table = screen.section("Shall the existing contacts be synced?").get_by_role("row", name="Bloomerang")
    assert table.inner_text().split()[1] == "3"
    assert len(connected.constituents()) == 0
    screen.press("Yes, sync them")
    assert connected.ended(mode="first")[0]["counts"]["crm"]["created"] == 3
