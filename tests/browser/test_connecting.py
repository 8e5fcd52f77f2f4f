"""Connecting each CRM in each of its ways, and connecting again, in the browser."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from local.sandbox.kindful.sandbox import KindfulControl
from local.sandbox.virtuous.sandbox import VirtuousControl
from tests.browser.conftest import Screen, Visitors
from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.other_crms import OtherSite
from tests.sandbox.virtuous_help import household

PASSWORD = "correct horse"


@pytest.fixture
def kindful(deployment: Deployment) -> Iterator[KindfulControl]:
    """The CRM, with which the operator is registered as a partner."""
    control = KindfulControl(deployment.stack.sandboxes["kindful"])
    secret = f"{control.client_secret}\n"
    deployment.ops("oauth-client", "set", "kindful", "--client-id", control.client_id, given=secret)
    yield control
    control.close()


@pytest.fixture
def virtuous(deployment: Deployment) -> Iterator[VirtuousControl]:
    """The CRM."""
    control = VirtuousControl(deployment.stack.sandboxes["virtuous"])
    yield control
    control.close()


def consents(screen: Screen, crm: str) -> Screen:
    """A person goes to the CRM, where the consent page answers by itself, and comes back."""
    screen.press(f"Go to {crm}", screen.section(f"By signing in at {crm}")).says("One more step")
    screen.page.get_by_role("link", name=f"Go to {crm}").click()
    screen.says("You can close this window")
    return screen.open()


def test_F02_staff_connects_kindful_by_consent_in_the_browser(
    visitors: Visitors, deployment: Deployment, client: httpx.Client, kindful: KindfulControl
) -> None:
    account = kindful.account(uuid.uuid4().hex[:12])
    kindful.consent(account.name)
    site = OtherSite(deployment, client, account, deployment.platforms.organisation(name=account.name), "kindful")
    screen = visitors.staff(site).press("Connect a CRM").press("Connect Kindful")
    consents(screen, "Kindful").says("Handbid and Kindful")
    (made,) = site.get("/connections")["items"]
    assert (made["crm"], made["health"]) == ("kindful", "healthy")


def test_F02_staff_connects_virtuous_by_password_and_code_in_the_browser(
    visitors: Visitors, deployment: Deployment, client: httpx.Client, virtuous: VirtuousControl
) -> None:
    office = virtuous.organisation(uuid.uuid4().hex[:12])
    office.staff_call("POST", "Contact", household("First", "Lane", "first.lane@example.org"))
    email = f"{office.name}@example.org"
    virtuous.user(email, PASSWORD, office.name, two_factor=True)
    site = OtherSite(deployment, client, office, deployment.platforms.organisation(name=office.name), "virtuous")
    screen = visitors.staff(site).press("Connect a CRM").press("Connect Virtuous CRM+")
    way = screen.section("With user name and password")
    screen.fill(username=email, password="wrong").press("Connect", way)
    assert site.get("/connections")["items"] == []
    screen.fill(password=PASSWORD).press("Connect", way).says("sent it to you just now")
    assert way.locator("[name='username']").input_value() == email
    assert way.locator("[name='password']").input_value() == "", "a secret never stands in a page"
    screen.fill(password=PASSWORD, code=virtuous.code(email)).press("Connect", way)
    screen.says("The secret is shown now and never again")
    (made,) = site.get("/connections")["items"]
    assert (made["crm"], made["health"]) == ("virtuous", "healthy")


def test_F02_staff_connects_virtuous_by_key_in_the_browser_and_a_double_click_connects_once(
    visitors: Visitors, deployment: Deployment, client: httpx.Client, virtuous: VirtuousControl
) -> None:
    office = virtuous.organisation(uuid.uuid4().hex[:12])
    office.staff_call("POST", "Contact", household("First", "Lane", "first.lane@example.org"))
    site = OtherSite(deployment, client, office, deployment.platforms.organisation(name=office.name), "virtuous")
    screen = visitors.staff(site).open("/connect/virtuous").fill(api_key=office.api_key)
    screen.twice("Connect", screen.section("With an API key"))
    assert len(site.get("/connections")["items"]) == 1


def test_F07_staff_reconnects_by_key_by_token_and_by_consent_in_the_browser(
    visitors: Visitors, deployment: Deployment, connected: Site
) -> None:
    connected.first_sync("no")
    connected.crm.revoke_key()
    connected.post("~/sync")
    screen = visitors.staff(connected)
    here = f"/c/{connected.connection}"
    deployment.tick()
    until_unhealthy(connected)
    screen.open(here).says("no longer lets us in").press("Reconnect")
    by_key = screen.section("With an API key")
    screen.fill(api_key="wrong-key").press("Connect", by_key).says("Bloomerang does not accept this API key")
    connected.crm.restore_key()
    screen.fill(api_key=connected.crm.api_key).press("Connect", by_key).says("Reconnected. What waited goes on.")
    assert connected.view()["health"] == "healthy"
    screen.press("Reconnect", screen.section("State"))
    screen.fill(token=connected.platform.token).press("Reconnect", screen.section("A new token for Handbid"))
    screen.says("Reconnected. What waited goes on.")
    deployment.crms.consent(connected.crm.name)
    screen.press("Reconnect", screen.section("State"))
    consents(screen, "Bloomerang").says("Handbid and Bloomerang")
    assert connected.view()["health"] == "healthy"


def until_unhealthy(site: Site) -> None:
    """The work of a run has met the refusal."""
    eventually(lambda: site.view()["health"] == "reconnect")


def test_F05_who_removes_a_connection_may_have_its_links_erased(visitors: Visitors, connected: Site) -> None:
    connected.person("Ada")
    assert connected.first_sync()["counts"]["crm"]["created"] == 1
    screen = visitors.staff(connected).open(f"/c/{connected.connection}").press("Remove", None)
    screen.page.get_by_label("Erase it").check()
    screen.press("Remove").says("Removed. Its credentials were destroyed.")
    assert connected.get("/connections")["items"] == []
    connected.connect()
    assert connected.first_sync()["counts"]["crm"]["linked"] == 1, "nobody remembers who was linked"


def test_F06_staff_asks_for_a_preview_and_declines_by_double_clicks(visitors: Visitors, connected: Site) -> None:
    connected.person("Ada")
    here = f"/c/{connected.connection}"
    first = "Shall the existing contacts be synced?"
    screen = visitors.staff(connected).open(here)
    screen.twice("Preview", screen.section(first))
    (run,) = connected.ended(mode="preview")
    assert run["counts"]["crm"]["created"] == 1
    screen.open(here)
    assert screen.section(first).get_by_role("row", name="Bloomerang").inner_text().split()[1] == "1"
    screen.twice("No, only changes", screen.section(first))
    assert (connected.view()["first_sync"], connected.constituents()) == ("declined", {})
    screen.open(here)
    screen.twice("Pause", screen.section("State")).says("Paused. What comes in waits until you resume.")
    screen.twice("Resume", screen.section("State")).says("Resumed.")
    assert connected.view()["status"] == "active"
