"""Gratavid with Bloomerang: new donations and milestones are thanked for, and what donors do with it comes back."""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from local.sandbox.gratavid.sandbox import GratavidAccount, GratavidControl
from tests.rows.conftest import Deployment, Site, eventually, sums

TODAY = datetime.now(UTC).date().isoformat()
CARD: dict[str, Any] = {
    "Method": "CreditCard", "CreditCardType": "Visa", "CreditCardLastFourDigits": "4242", "CreditCardExpMonth": 12,
    "CreditCardExpYear": 2031,
}  # fmt: skip


@pytest.fixture(scope="module")
def gratavid(deployment: Deployment) -> Iterator[GratavidControl]:
    """The platform."""
    control = GratavidControl(deployment.stack.sandboxes["gratavid"])
    yield control
    control.close()


@pytest.fixture(scope="module")
def backend(deployment: Deployment) -> Iterator[httpx.Client]:
    """The management API with this platform's own key."""
    key = deployment.ops("api-key", "create", "gratavid").strip()
    with httpx.Client(base_url=deployment.stack.api, headers={"authorization": f"Bearer {key}"}) as http:
        yield http


@pytest.fixture
def account(gratavid: GratavidControl) -> GratavidAccount:
    """An account on the platform, which tells the numbers of its subscriptions."""
    return gratavid.account(uuid.uuid4().hex[:12], subscription_id="webhookSubscribeId")


@pytest.fixture
def site(deployment: Deployment, backend: httpx.Client, account: GratavidAccount) -> Site:
    """Connected by key and subscribed, every switch off."""
    key: Any = SimpleNamespace(id=account.name, token=account.api_key)
    made = Site(deployment, backend, deployment.crms.database(account.name), key, platform_name="gratavid")
    made.connection = made.post("/connections", made.body(currency="USD", time_zone="America/New_York"))["connection"][
        "id"
    ]
    deployment.tick()
    eventually(lambda: [one for one in made.get("~/waiting")["items"] if one["kind"] == "thanks" and later(one)])
    subscribed(made)
    return made


def subscribed(site: Site) -> None:
    """Wait until Gratavid knows where to call."""
    eventually(lambda: not [one for one in site.get("~/waiting")["items"] if one["kind"] == "hook"])


def address(account: GratavidAccount, event: str) -> str:
    """Where Gratavid calls for an event."""
    (found,) = [row["url"] for row in account.subscriptions() if row["event"] == event]
    return str(found)


def tell(account: GratavidAccount, event: str, **fields: str) -> int:
    """A notification with these fields; what it was answered."""
    return httpx.post(address(account, event), json=fields).status_code


def heard(site: Site, number: int) -> list[Any]:
    """The runs of so many notifications, ended, newest first."""
    runs = site.ended(number, mode="heard")
    assert len(runs) == number
    return runs


def later(work: Any) -> bool:
    """Whether work was done and is due again with its schedule."""
    return bool(datetime.fromisoformat(work["next_due"]) > datetime.now(UTC))


def switch(site: Site, **thanks: Any) -> None:
    """Change the settings of thanks, in a second of its own: the CRM's stamps have no more."""
    wait_for_the_next_second()
    reply = site.call("PATCH", "~", {"thanks": thanks})
    assert reply.is_success, reply.text
    wait_for_the_next_second()


def wait_for_the_next_second() -> None:
    now = int(datetime.now(UTC).timestamp())
    eventually(lambda: int(datetime.now(UTC).timestamp()) > now, pause=0.05)


def donor(site: Site, first: str = "Ada", email: str = "ada@example.org", **fields: Any) -> str:
    """Somebody in the CRM."""
    body = {"Type": "Individual", "FirstName": first, "LastName": "Lane", **fields}
    if email:
        body["PrimaryEmail"] = {"Type": "Home", "Value": email, "IsPrimary": True}
    return str(site.crm.staff_call("POST", "/constituent", body)["Id"])


def give(site: Site, who: str, amount: float = 100.0, day: str = TODAY, note: str = "", **fields: Any) -> str:
    """A donation that staff enters."""
    part = {"Type": "Donation", "Amount": amount, "FundId": site.crm.fund(), **({"Note": note} if note else {})}
    body = {"AccountId": int(who), "Date": day, "Amount": amount, "Method": "Cash", "Designations": [part], **fields}
    return str(site.crm.staff_call("POST", "/transaction", body)["Id"])


def number_of(site: Site, who: str) -> str:
    """The account number that staff knows a donor by."""
    return str(site.constituents()[who]["AccountNumber"])


def told(site: Site, run: Any) -> dict[str, tuple[str, str]]:
    """Record -> outcome and code."""
    return {line["id"]: (line["outcome"], line["code"]) for line in site.records(run["id"])}


def test_F50_gratavid_bloomerang_a_new_donation_becomes_a_task(site: Site, account: GratavidAccount) -> None:
    ada = donor(site, InformalName="Addie")
    give(site, ada, 5)
    switch(site, new_donation=True)
    gift = give(site, ada, 1234.5, note="For the roof")
    nobody = give(site, donor(site, "Bo", ""))
    no_more = give(site, donor(site, "Cy", "cy@example.org", EmailInterestType="OptedOut"))
    run = site.sync()
    sums(run)
    assert told(site, run) == {
        gift: ("created", ""), nobody: ("skipped", "no_email"), no_more: ("skipped", "opted_out"),
    }  # fmt: skip
    (task,) = account.tasks()
    assert task["comments"] == f"Thank Ada Lane: 1,234.50 USD on {TODAY}. Comment: For the roof"
    (contact,) = account.contacts()
    assert (contact["email"], contact["firstName"], contact["customUserId"]) == (
        "ada@example.org", "Addie", number_of(site, ada),
    )  # fmt: skip
    give(site, ada, 6)
    assert site.sync()["counts"]["platform"]["created"] == 1
    assert (len(account.tasks()), len(account.contacts())) == (2, 1)


def test_F50_gratavid_bloomerang_a_note_may_be_sent_instead_and_never_twice(
    site: Site, account: GratavidAccount
) -> None:
    switch(site, new_donation=True, each_gift={"action": "note", "note": account.note()})
    account.fault("reset_after", method="PUT", path="/api/integrationsEndpoint", count=1)
    gift = give(site, donor(site))
    run = site.sync()
    assert told(site, run) == {gift: ("failed", "maybe_thanked")}
    site.sync()
    assert len(account.sends()) == 1
    (question,) = eventually(lambda: site.get("~/reviews")["items"])
    assert (question["id"], question["answers"]) == (gift, ["create", "ignore"])
    answered = site.post(f"~/reviews/gift/crm/{gift}", {"decision": "create"})
    assert told(site, site.finished(answered["run"]["id"])) == {gift: ("created", "")}
    assert len(account.sends()) == 2


def test_F51_gratavid_bloomerang_milestones(site: Site, account: GratavidAccount) -> None:
    ada = donor(site)
    for year in (2010, 2011, 2013):
        give(site, ada, 100, f"{year}-05-05")
    switch(
        site,
        new_donation=True,
        each_gift={"action": "none"},
        milestones={
            "gifts": {"measure": "gifts", "thresholds": [3, 4]},
            "total": {"measure": "lifetime", "thresholds": [30_000, 40_000], "action": "note", "note": account.note()},
            "club": {"measure": "since_month", "thresholds": [10_000], "month": 7},
            "years": {"measure": "years", "thresholds": [2, 3, 4]},
        },
    )
    give(site, ada, 100, "2014-05-05")
    sums(site.sync())
    words = {"4 gifts.", "2 years in a row.", "100.00 USD since 2013-07."}
    assert {task["comments"].partition("Milestone: ")[2] for task in account.tasks()} == words
    assert len(account.sends()) == 1
    give(site, ada, 1, "2014-05-06")
    site.sync()
    assert (len(account.tasks()), len(account.sends())) == (3, 1)


def test_F52_gratavid_bloomerang_what_donors_do_becomes_an_interaction(site: Site, account: GratavidAccount) -> None:
    switch(site, new_donation=True, task_sent=True, replies=True, watches=True)
    ada = donor(site)
    give(site, ada)
    site.sync()
    sent = account.staff("send_task", task=account.tasks()[0]["id"], title="For Ada")
    account.reply(sent["id"], text="So kind!")
    account.watch(sent["id"])
    told = account.notifications()
    assert [(one["event"], one["attempts"]) for one in told] == [
        ("taskSent", [202]), ("reply", [202]), ("noteWatched", [202]),
    ]  # fmt: skip
    heard(site, 3)
    for one in told:
        account.replay(one["number"])
    assert {attempt for one in account.notifications() for attempt in one["attempts"]} == {202}
    time.sleep(1)
    heard(site, 3)
    made = site.crm.state()["interactions"]
    assert sorted(row["Subject"] for row in made) == [
        "Gratavid reply: For Ada", "Gratavid sent: For Ada", "Gratavid watched: For Ada",
    ]  # fmt: skip
    assert {str(row["AccountId"]) for row in made} == {ada}
    secrets = (b"So kind!", account.api_key.encode())
    assert [each.where for each in site.deployment.stored() if any(one in each.content for one in secrets)] == []


def test_F53_gratavid_bloomerang_each_event_is_a_switch_of_its_own(site: Site, account: GratavidAccount) -> None:
    ada = donor(site)
    give(site, ada)
    assert site.call("POST", "~/sync").json()["type"] == "urn:giftbridge:problem:contacts_off"
    number, subjects = number_of(site, ada), []
    for turn, (name, word) in enumerate((("task_sent", "sent"), ("replies", "reply"), ("watches", "watched")), 1):
        switch(site, **{name: True})
        for event in ("taskSent", "reply", "noteWatched"):
            assert tell(account, event, contact_customUserId=number, noteURL=f"https://v/{turn}") == 202
        runs = heard(site, 3 * turn)
        switch(site, **{name: False})
        outcomes = sorted(next(iter(told(site, run).values())) for run in runs[:3])
        assert outcomes == [("created", ""), ("skipped", "switched_off"), ("skipped", "switched_off")]
        subjects.append(f"Gratavid {word}")
        assert [row["Subject"] for row in site.crm.state()["interactions"]] == subjects
    assert account.tasks() == []


def test_F62_gratavid_every_event_has_a_secret_address_of_its_own(site: Site, account: GratavidAccount) -> None:
    rows = account.subscriptions()
    assert sorted(row["event"] for row in rows) == ["noteWatched", "reply", "stopText", "taskSent", "unsubscribe"]
    base = f"{site.deployment.stack.api}/webhooks/gratavid"
    secrets = [row["url"].removeprefix(f"{base}/") for row in rows]
    assert len({*secrets}) == 5
    assert min(map(len, secrets)) >= 24
    body = {"contact_email": "ada@example.org", "contact_customUserId": "1001"}
    for guess in (f"{base}/guess", f"{base}/{site.connection}", rows[0]["url"].replace("/gratavid/", "/handbid/")):
        assert httpx.post(guess, json=body).status_code == 404
    for nothing in ({}, {"contact_email": ""}, {"replyText": "So kind!"}):
        assert tell(account, "reply", **nothing) == 400
    assert httpx.post(rows[0]["url"], content=b" " * 300_000).status_code == 413
    assert site.runs(mode="heard") == []


def test_F62_gratavid_the_same_again_is_accepted_and_does_nothing_twice(site: Site, account: GratavidAccount) -> None:
    switch(site, replies=True)
    body = {"contact_customUserId": number_of(site, donor(site)), "noteURL": "https://v/1", "replyText": "So kind!"}
    assert [tell(account, "reply", **body) for _ in range(3)] == [202, 202, 202]
    assert tell(account, "reply", **{**body, "replyText": "And again!"}) == 202
    heard(site, 2)
    time.sleep(1)
    heard(site, 2)
    assert len(site.crm.state()["interactions"]) == 2


def test_F62_gratavid_who_is_not_reached_at_once_is_told_later(site: Site, account: GratavidAccount) -> None:
    """The body waits, sealed, until the CRM can be reached by a connection that goes on."""
    switch(site, replies=True)
    number = number_of(site, donor(site))
    site.post("~/pause")
    assert tell(account, "reply", contact_customUserId=number, replyText="So kind!") == 202
    eventually(lambda: [one for one in site.get("~/waiting")["items"] if one["kind"] == "engagement"])
    assert [each.where for each in site.deployment.stored() if b"So kind!" in each.content] == []
    assert site.crm.state()["interactions"] == []
    site.post("~/resume")
    heard(site, 1)
    assert len(site.crm.state()["interactions"]) == 1


def test_F62_gratavid_subscriptions_follow_the_connection_and_are_never_double(
    site: Site, account: GratavidAccount
) -> None:
    first = {row["event"]: row["url"] for row in account.subscriptions()}
    site.post("~/reconnect", {"platform_credentials": {"token": account.api_key}})
    site.deployment.tick()
    subscribed(site)
    assert {row["event"]: row["url"] for row in account.subscriptions()} == first
    assert len(account.subscriptions()) == 5
    assert site.call("DELETE", "~").status_code == 202
    assert account.subscriptions() == []
    body = {"contact_email": "ada@example.org"}
    site.deployment.forget("WebhookIntakeFunction")  # else it goes by what it knew up to a minute ago
    assert httpx.post(first["reply"], json=body).status_code == 404


def test_F54_gratavid_bloomerang_nothing_of_a_payment_is_passed_on(site: Site, account: GratavidAccount) -> None:
    switch(site, new_donation=True)
    give(site, donor(site, Employer="Acme", Birthdate="1980-05-01"), 50, **CARD)
    site.sync()
    sent = [call for call in account.journal() if call["path"] == "/api/integrationsEndpoint"]
    assert len(sent) == 1
    seen = json.dumps(sent)
    assert not [one for one in ("4242", "Visa", "2031", "CreditCard", "Acme", "1980") if one in seen]
    key = account.api_key.encode()
    assert [each.where for each in site.deployment.stored() if key in each.content] == []
