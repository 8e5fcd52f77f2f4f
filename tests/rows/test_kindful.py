"""Kindful, connected by consent or key, disconnected, and its webhooks, on the deployed stack."""

import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.sandbox.kindful import KindfulAccount
from local.sandbox.kindful.sandbox import KindfulControl
from tests.rows.browser import Browser, query_of
from tests.rows.conftest import Deployment, eventually
from tests.rows.other_crms import OtherSite

HIDDEN = re.compile('<input type="hidden" name="(.*?)" value="(.*?)">')


@pytest.fixture(scope="module")
def kindful(deployment: Deployment) -> Iterator[KindfulControl]:
    """The CRM, with which the operator is registered as a partner."""
    control = KindfulControl(deployment.stack.sandboxes["kindful"])
    secret = f"{control.client_secret}\n"
    deployment.ops("oauth-client", "set", "kindful", "--client-id", control.client_id, given=secret)
    yield control
    control.close()


@pytest.fixture
def account(kindful: KindfulControl) -> KindfulAccount:
    """An account whose imports run by themselves."""
    return kindful.account(uuid.uuid4().hex[:12])


@pytest.fixture
def site(deployment: Deployment, client: httpx.Client, account: KindfulAccount) -> OtherSite:
    """Not connected yet; what was handed over is asked about every second."""
    kept = account.state()
    return OtherSite(
        deployment, client, account, deployment.platforms.organisation(name=account.name), crm_name="kindful",
        credentials={"api_key": account.token}, of_crm={"confirm_seconds": 1},
        purpose={one: str(kept[one][0]["id"]) for one in ("campaign", "fund")},
    )  # fmt: skip


def link_for(site: OtherSite, path: str = "/oauth/links") -> str:
    """A one-time link from the management API."""
    body = {name: site.body()[name] for name in ("crm", "platform_credentials", "settings")}
    made = site.post(path, body if path[0] == "/" else None)
    site.connection = made["connection"]
    return str(made["url"])


def decided(site: OtherSite, browser: Browser, link: str, decision: str = "allow") -> str:
    """A person reads Kindful's consent page and presses a button; where the browser is sent then."""
    asked = browser.open(link).headers["location"]
    page = httpx.get(asked)
    assert page.status_code == 200, page.text
    form = {**dict(HIDDEN.findall(page.text)), "account": site.crm.name, "decision": decision}
    return str(httpx.post(asked.partition("?")[0], data=form).headers["location"])


def consented(site: OtherSite, path: str = "/oauth/links") -> OtherSite:
    """Connected, or reconnected, by consent."""
    browser = Browser()
    page = browser.open(decided(site, browser, link_for(site, path)))
    assert page.status_code == 200, page.text
    return site


def people(site: OtherSite) -> dict[str, Any]:
    """Kindful's contacts by e-mail address."""
    return {row["data"]["email"]: row["data"] for row in site.crm.state()["contact"] if not row["deleted"]}


def amounts(site: OtherSite) -> list[int]:
    """What Kindful has of gifts, in cents."""
    return sorted(row["data"]["amount_in_cents"] for row in site.crm.state()["transaction"])


# -- consent


def test_F02_kindful_consent_connects_and_says_with_whom(site: OtherSite, account: KindfulAccount) -> None:
    browser = Browser()
    link = link_for(site)
    back = decided(site, browser, link)
    assert "code" in query_of(back)
    page = browser.open(back)
    assert page.status_code == 200
    assert account.name in page.text
    (view,) = site.get("/connections")["items"]
    assert (view["id"], view["name"], view["connected_by"]) == (site.connection, account.name, "Avery Admin")
    assert site.get("~/choices")["funds"]
    assert {path.split()[1].split("/api/")[0] for path in account.calls()} == {"/admin/oauth2"}


def test_F02_kindful_the_wish_is_told_in_the_vendors_words(site: OtherSite, kindful: KindfulControl) -> None:
    asked = Browser().open(link_for(site)).headers["location"]
    assert asked.startswith(kindful.authorize_url)
    query = query_of(asked)
    assert (query["client_id"], query["scope"]) == (kindful.client_id, "basic data_add data_query")
    assert query["redirect_uri"] == f"{site.deployment.stack.api}/oauth/callback"


def test_F02_kindful_denied_connects_nothing(site: OtherSite) -> None:
    browser = Browser()
    back = decided(site, browser, link_for(site), "deny")
    assert query_of(back)["error"] == "access_denied"
    page = browser.open(back)
    assert page.status_code == 403
    assert site.get("/connections")["items"] == []
    assert browser.open(back).status_code == 409, "an answer counts once"


# -- disconnected in Kindful


@pytest.mark.parametrize("status", [401, 404])
def test_F07_kindful_who_was_disconnected_stops_and_nothing_is_lost(
    site: OtherSite, account: KindfulAccount, status: int
) -> None:
    consented(site)
    address = site.post("~/webhook/rotate")
    site.platform.set(webhook={"url": address["url"], "secrets": [address["secret"]]})
    site.first_sync("no")
    ada = site.person("Ada")
    site.sync()
    eventually(lambda: people(site).keys() == {"ada.lane@example.org"} and not site.waiting("confirm"))
    account.set_options(revoked_status=status, revoked_job_status=status)
    account.revoke(grants=True)
    site.platform.edit_contact(ada, phone="+13035550177")
    run = site.post("~/sync")["id"]
    event = site.platform.hold_auction(
        receipts=[{"contactId": ada, "items": [{"name": "Quilt", "price": 50.0}], "payments": [{"amount": 5_000}]}]
    )["event"]["id"]
    site.platform.set_event_status(event, "reconciled")
    eventually(lambda: site.view()["health"] == "reconnect")
    assert "Kindful no longer accepts the credentials" in site.view()["health_reason"]
    time.sleep(1)
    assert (people(site)["ada.lane@example.org"].get("primary_phone") or "", amounts(site)) == ("", [])
    consented(site, "~/oauth/links")
    assert site.view()["health"] == "healthy"
    site.finished(run)
    eventually(lambda: people(site)["ada.lane@example.org"].get("primary_phone") == "+13035550177")
    eventually(lambda: amounts(site) == [5_000])
    site.ended(subject=event)
    eventually(lambda: not site.waiting("run", "reconcile", "gift", "contact"))
    assert (len(people(site)), amounts(site)) == (1, [5_000])


# -- webhooks


@pytest.fixture
def called(site: OtherSite, account: KindfulAccount) -> OtherSite:
    """Connected by key, the shown address entered in Kindful; what was handed over is asked about once an hour."""
    site.of_crm = {"confirm_seconds": 3600}
    site.connect()
    site.first_sync("no")
    site.hooked()
    shown = site.view()["crm_webhook_url"]
    assert shown.startswith(f"{site.deployment.stack.api}/webhooks/kindful/")
    account.set_webhook(shown)
    return site


def asked_about(account: KindfulAccount) -> int:
    """How often we asked about an event."""
    return int(account.calls().get("GET /api/v1/webhooks/verify_event", 0))


def test_F62_kindful_an_event_is_asked_about_and_confirms_what_was_handed_over(
    called: OtherSite, account: KindfulAccount
) -> None:
    run = called.gone_over(called.person("Ada"), 5_000)
    assert run["counts"]["crm"]["created"] == 1
    eventually(lambda: amounts(called) == [5_000])
    eventually(lambda: asked_about(account) >= 1)
    eventually(lambda: not called.waiting("verify", "confirm", queue="gifts"))
    assert [event["attempts"] for event in account.events()] == [[202]]


def test_F62_kindful_a_repeat_does_nothing_twice(called: OtherSite, account: KindfulAccount) -> None:
    account.staff_gift(account.staff_contact(first_name="Ada", last_name="Lane"))
    eventually(lambda: asked_about(account) == 1)
    eventually(lambda: not called.waiting("verify", "confirm"))
    (event,) = account.events()
    assert [account.post_webhook(event=event["id"])["answer"] for _ in range(2)] == [202, 202]
    time.sleep(1)
    assert asked_about(account) == 1


def test_F62_kindful_a_forged_event_is_dropped(called: OtherSite, account: KindfulAccount) -> None:
    real = account.staff_gift(account.staff_contact(first_name="Ada", last_name="Lane"))
    eventually(lambda: asked_about(account) == 1)
    before = called.runs()
    forged = {"type": "person.transaction.update", "id": "f0f0f0f0f0f0f0f0", "data": {"object": {"id": real}}}
    assert account.post_webhook(forged)["answer"] == 202, "nobody can tell yet"
    eventually(lambda: asked_about(account) == 2)
    eventually(lambda: not called.waiting("verify"))
    assert called.runs() == before
    done = [row for row in called.deployment.table("INBOX") if "f0f0f0f0f0f0f0f0" in str(row)]
    assert [row["kind"]["S"] for row in done] == ["verify"], "of it nothing else was made"
    for body in ("{", "[]", {"id": "a b"}, {"type": "x"}):
        assert account.post_webhook(body)["answer"] == 400
