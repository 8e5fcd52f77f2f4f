"""Handbid with the CRMs that take in later what they are handed: Kindful and Virtuous. The rows as for Bloomerang."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.sandbox.common.journal import is_read
from tests.rows.conftest import Deployment, eventually, sums
from tests.rows.ends import ADA, PHONE
from tests.rows.money import ITEM
from tests.rows.pairing import BO, PairSite, apart, backends
from tests.sandbox.virtuous_collection import VirtuousCollection

CRMS = ["kindful", "virtuous"]


@pytest.fixture(scope="module")
def keys(deployment: Deployment) -> Iterator[dict[str, httpx.Client]]:
    """The management API with each platform's own key."""
    with backends(deployment) as found:
        yield found


@pytest.fixture(params=CRMS)
def site(request: pytest.FixtureRequest, deployment: Deployment, keys: dict[str, httpx.Client]) -> PairSite:
    """Connected, not synced."""
    return apart(deployment, keys["handbid"], "handbid", request.param).connect()


@pytest.fixture
def agreed(site: PairSite) -> PairSite:
    """Ada and Bo on both sides, in agreement and at rest."""
    site.ours.add(**ADA)
    site.first_sync()
    site.rest()
    site.look()
    return site


def forget(site: PairSite) -> None:
    """Empty both journals."""
    site.end.sandbox.reset_journal()
    site.ours.sandbox.reset_journal()


def writes(site: PairSite) -> dict[str, int]:
    """Calls to both vendors that change something; searches and what tells Kindful that a version was seen do not."""
    calls = {**site.end.sandbox.calls(), **site.ours.sandbox.calls()}
    reads = ("/query", "/Query", "/Search", "/contacts/link")
    return {call: n for call, n in calls.items() if not (is_read(call) or any(one in call for one in reads))}


def both(site: PairSite, email: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Last name and phone on the platform and in the CRM."""
    return site.ours.people()[email], site.end.people()[email]


def receipts(site: PairSite, who: str, *cents: int, **more: Any) -> Any:
    """A closed auction with a receipt of so many payments."""
    payments = [{"amount": one, "method": "cash"} for one in cents]
    return site.ours.sandbox.hold_auction(
        name="Spring Gala", receipts=[{"contactId": who, "items": [ITEM], "payments": payments, **more}]
    )


def reconciled(site: PairSite, held: Any) -> None:
    """The auction is reconciled, and all that follows."""
    before = len(site.runs(kind="gifts"))
    site.ours.sandbox.set_event_status(held["event"]["id"], "reconciled")
    eventually(lambda: len(site.runs(kind="gifts")) > before)
    site.rest()


def crm_notes(site: PairSite) -> list[str]:
    """What each gift of the CRM notes."""
    state = site.end.sandbox.state()
    if site.crm_name == "kindful":
        return [row["data"]["note"] or "" for row in state["transaction"]]
    return [row["notes"] for row in state["gifts"]]


def test_F06_a_preview_tells_and_writes_nothing(site: PairSite) -> None:
    site.ours.add(**ADA)
    people = site.ours.people(), site.end.people()
    eventually(lambda: not [work for work in site.get("~/waiting")["items"] if work["kind"] == "hook"])
    forget(site)
    run = site.finished(site.post("~/preview")["id"])
    assert (run["counts"]["crm"]["created"], run["counts"]["platform"]["created"]) >= (1, 1)
    assert writes(site) == {}
    assert (site.ours.people(), site.end.people()) == people


def test_F10_handbid_contacts_go_both_ways_and_only_what_changed_is_read(agreed: PairSite) -> None:
    assert both(agreed, ADA["email"]) == (("Lane", ""), ("Lane", ""))
    assert both(agreed, BO["email"]) == (("Chen", ""), ("Chen", ""))
    (ada,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == ADA["email"]]
    agreed.ours.rename(ada, "Lane-Fox")
    agreed.end.set_phone(BO["email"], PHONE)
    agreed.look()
    assert both(agreed, ADA["email"])[1][0] == "Lane-Fox"
    assert both(agreed, BO["email"])[0][1] == PHONE[-10:]


def test_F19_a_quiet_run_writes_nothing_to_either_side(agreed: PairSite) -> None:
    agreed.end.set_phone(BO["email"], PHONE)
    agreed.look()
    agreed.look()
    forget(agreed)
    run = agreed.sync()
    sums(run)
    assert writes(agreed) == {}
    assert run["counts"]["crm"]["updated"] == run["counts"]["platform"]["updated"] == 0


def test_F20_different_fields_of_one_contact_merge(agreed: PairSite) -> None:
    (bo,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == BO["email"]]
    agreed.ours.rename(bo, "Chen-Li")
    agreed.end.set_phone(BO["email"], PHONE)
    agreed.look()
    agreed.look()
    assert both(agreed, BO["email"]) == (("Chen-Li", PHONE[-10:]), ("Chen-Li", PHONE[-10:]))


def test_F20_consent_only_gets_stricter(agreed: PairSite) -> None:
    (bo,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == BO["email"]]
    agreed.ours.sandbox.edit_contact(bo, emailOptOut=True)
    agreed.look()
    state = json.dumps(agreed.end.sandbox.state()).replace('"false"', "false")
    assert ('"email_opt_in": false' in state) or ('"isOptedIn": false' in state)
    agreed.look()
    (row,) = [one for one in agreed.ours.sandbox.state("contacts")["contacts"] if one["id"] == bo]
    assert row["emailOptOut"] is True


def test_F21_who_is_gone_in_the_crm_is_never_made_anew(agreed: PairSite) -> None:
    if agreed.crm_name == "kindful":
        (row,) = [one for one in agreed.end.sandbox.state()["contact"] if one["data"]["email"] == BO["email"]]
        agreed.end.sandbox.staff("delete_contact", row["id"])
    else:
        contact = agreed.end._rows()[BO["email"]]["id"]
        agreed.end.sandbox.staff_call("PUT", f"Contact/Archive/{contact}", {"archiveReason": "moved"})
    (bo,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == BO["email"]]
    agreed.look()
    before = len(agreed.end.people())
    agreed.ours.rename(bo, "Chen-Li")
    agreed.look()
    assert len(agreed.end.people()) == before
    assert BO["email"] in agreed.ours.people(), "nothing is deleted on the platform"
    told = [line for run in agreed.runs() for line in agreed.records(run["id"], "failed")]
    assert {line["code"] for line in told} <= {"review_gone", "ignored_by_crm"}
    assert told, (
        "Virtuous's list tells that somebody is archived; Kindful tells nothing, and ignores what is for nobody"
    )


def test_F30_a_reconciled_auction_goes_over_once_and_nothing_before(agreed: PairSite) -> None:
    (ada,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == ADA["email"]]
    held = receipts(agreed, ada, 5000, 2500)
    newcomer = agreed.ours.add("Cy", "Young", "cy.young@example.org")
    other = receipts(agreed, newcomer, 700)
    agreed.look()
    assert agreed.end.gifts() == []
    reconciled(agreed, held)
    reconciled(agreed, other)
    assert agreed.end.gifts() == [(700, False), (2500, False), (5000, False)]
    assert "cy.young@example.org" in agreed.end.people()
    for delivery in agreed.ours.sandbox.deliveries():
        agreed.ours.sandbox.replay(delivery["id"])
    agreed.rest()
    assert len(agreed.end.gifts()) == 3, "a second event changes nothing"
    run = agreed.runs(kind="gifts")[-1]
    sums(run)
    assert {line["stage"] for line in agreed.records(run["id"], "created")} == {"confirmed"}


def test_F31_chosen_gifts_go_by_hand_before_the_event_is_reconciled(agreed: PairSite) -> None:
    (ada,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == ADA["email"]]
    held = receipts(agreed, ada, 5000, 2500)
    order = {"ids": [held["transactions"][0]["id"]], **agreed.end.purpose()}
    warned = agreed.call("POST", "~/gifts/send", order)
    assert (warned.status_code, warned.json()["type"]) == (409, "urn:giftbridge:problem:unreconciled")
    agreed.post("~/gifts/send", {**order, "confirm_unreconciled": True})
    agreed.rest()
    assert len(agreed.end.gifts()) == 1
    again = agreed.post("~/gifts/send", {**order, "confirm_unreconciled": True})
    assert again == {"run": None, "unchanged": order["ids"]}
    reconciled(agreed, held)
    assert agreed.end.gifts() == [(2500, False), (5000, False)]


def test_F32_the_note_holds_the_event_and_the_items(agreed: PairSite) -> None:
    (ada,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == ADA["email"]]
    reconciled(agreed, receipts(agreed, ada, 5000, emailed=True))
    (note,) = crm_notes(agreed)
    assert note.startswith(f"Spring Gala; {ITEM['name']}")
    if agreed.crm_name == "kindful":
        (gift,) = agreed.end.sandbox.state()["transaction"]
        assert gift["data"]["acknowledged"] is True


def test_F35_a_refund_follows_once_the_gift_is_confirmed(agreed: PairSite) -> None:
    (ada,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == ADA["email"]]
    held = receipts(agreed, ada, 5000)
    reconciled(agreed, held)
    agreed.ours.refund(held["transactions"][0]["id"])
    eventually(lambda: any(run["counts"]["crm"]["updated"] for run in agreed.runs(kind="gifts")), 60)
    agreed.rest()
    assert agreed.end.gifts() == [(5000, True)]


def test_F05_a_pause_holds_all_and_a_resume_catches_up(agreed: PairSite) -> None:
    agreed.post("~/pause")
    (ada,) = [row["id"] for row in agreed.ours.sandbox.state("contacts")["contacts"] if row["email"] == ADA["email"]]
    agreed.ours.rename(ada, "Lane-Fox")
    agreed.end.set_phone(BO["email"], PHONE)
    agreed.deployment.tick()
    assert both(agreed, ADA["email"])[1][0] == "Lane"
    agreed.post("~/resume")
    agreed.rest()
    agreed.look()
    assert both(agreed, ADA["email"])[1][0] == "Lane-Fox"
    assert both(agreed, BO["email"])[0][1] == PHONE[-10:]


@pytest.fixture
def virtuous(deployment: Deployment, keys: dict[str, httpx.Client]) -> PairSite:
    """Virtuous, connected, nobody wanted the existing contacts."""
    site = apart(deployment, keys["handbid"], "handbid", "virtuous").connect()
    site.first_sync("no")
    return site


def test_F07_virtuous_a_revoked_key_stops_the_connection_and_nothing_is_lost(virtuous: PairSite) -> None:
    ada = virtuous.ours.add(**ADA)
    virtuous.look()
    virtuous.end.sandbox.revoke_key()
    held = receipts(virtuous, ada, 5000)
    virtuous.ours.sandbox.set_event_status(held["event"]["id"], "reconciled")
    eventually(lambda: virtuous.view()["health"] == "reconnect")
    virtuous.end.sandbox.revoke_key(active=True)
    virtuous.post("~/reconnect", {"credentials": virtuous.end.credentials})
    eventually(lambda: virtuous.runs(kind="gifts"))
    virtuous.rest()
    assert virtuous.end.gifts() == [(5000, False)]


def test_P10_every_request_to_virtuous_has_only_documented_fields(virtuous: PairSite) -> None:
    vendor = VirtuousCollection.from_environment()
    if vendor is None:
        pytest.skip("the vendor's collection is not at hand")
    ada = virtuous.ours.add(**ADA)
    virtuous.look()
    held = receipts(virtuous, ada, 5000)
    reconciled(virtuous, held)
    virtuous.ours.refund(held["transactions"][0]["id"])
    virtuous.look()
    asked = virtuous.end.sandbox.journal()
    assert {entry["path"] for entry in asked} >= {"/api/Contact", "/api/v2/Gift/Transaction"}
    assert [problem for entry in asked for problem in vendor.problems(entry)] == []


@pytest.fixture
def kindful(deployment: Deployment, keys: dict[str, httpx.Client]) -> PairSite:
    """Kindful, connected, nobody wanted the existing contacts."""
    site = apart(deployment, keys["handbid"], "handbid", "kindful").connect()
    site.first_sync("no")
    return site


def test_F39_gifts_of_a_job_that_fails_are_told_with_it_and_tried_again(kindful: PairSite) -> None:
    ada = kindful.ours.add(**ADA)
    kindful.end.sandbox.set_options(queue="manual")
    held = receipts(kindful, ada, 5000, 2500)
    kindful.ours.sandbox.set_event_status(held["event"]["id"], "reconciled")
    eventually(lambda: len(kindful.end.sandbox.jobs()) >= 2, 60)
    eventually(lambda: all(run["state"] == "done" for run in kindful.runs()), 60)
    (run,) = kindful.runs(kind="gifts")
    told = kindful.records(run["id"], "created")
    jobs = {job["id"] for job in kindful.end.sandbox.jobs()}
    assert {line["stage"] for line in told} == {"submitted"}
    assert all(any(job in note for job in jobs for note in line["notes"]) for line in told), "the job's id is shown"
    assert all(any("amount_in_cents" in note for note in line["notes"]) for line in told if line["kind"] == "gift")
    kindful.end.sandbox.plan_job(status="error", job=_gift_job(kindful))
    kindful.rest()
    run = kindful.run(run["id"])
    sums(run)
    (lost,) = [line for line in kindful.records(run["id"], "failed") if line["kind"] == "gift"]
    assert (lost["code"], lost["stage"], lost["retryable"]) == ("import_failed", "refused", True)
    kindful.post(f"~/runs/{run['id']}/retry")
    kindful.rest()
    assert kindful.end.gifts() == [(2500, False), (5000, False)]


def _gift_job(site: PairSite) -> str:
    """The import of the gifts, which waits."""
    found = [job for job in site.end.sandbox.jobs() if job["body"].get("data_format") == "contact_with_transaction"]
    return str(found[-1]["id"])


def test_F39_a_row_that_kindful_ignores_without_a_word_is_found_out_and_told(kindful: PairSite) -> None:
    held = receipts(kindful, kindful.ours.add(**ADA), 5000, 2500)
    reconciled(kindful, held)
    kindful.end.sandbox.set_options(queue="manual")
    before = {job["id"] for job in kindful.end.sandbox.jobs()}
    for gift in held["transactions"]:
        kindful.ours.refund(gift["id"])
    eventually(lambda: [line["stage"] for line in _refunds(kindful, "updated")] == ["submitted"] * 2)
    time.sleep(1.1)  # an import tells its times in whole seconds
    (touched,) = [row for row in kindful.end.sandbox.state()["transaction"] if row["data"]["amount_in_cents"] == 2500]
    kindful.end.sandbox.staff("edit_gift", touched["id"], fields={"note": "Thank by phone"})
    kindful.rest()
    jobs = {job["id"]: job["status"] for job in kindful.end.sandbox.jobs() if job["id"] not in before}
    assert set(jobs.values()) == {"complete"}
    assert kindful.end.gifts() == [(2500, False), (5000, True)]
    (taken,), (lost,) = _refunds(kindful, "updated"), _refunds(kindful, "failed")
    assert (taken["stage"], taken["code"]) == ("confirmed", "")
    assert (lost["stage"], lost["code"], lost["retryable"]) == ("refused", "ignored_by_crm", True)
    assert any(job in note for job in jobs for note in lost["notes"]), "its job is shown"
    assert lost["reason"].startswith("Kindful took this and ignored it")
    (run,) = [run for run in kindful.runs(kind="gifts") if kindful.records(run["id"], "failed")]
    sums(run)
    kindful.post(f"~/runs/{run['id']}/retry")
    kindful.rest()
    assert kindful.end.gifts() == [(2500, True), (5000, True)]


def _refunds(site: PairSite, outcome: str) -> list[Any]:
    """Gifts that exist in the CRM and were changed there, or should have been."""
    return [line for run in site.runs(kind="gifts") for line in site.records(run["id"], outcome)]


def shown(site: PairSite) -> tuple[str, str]:
    """What Kindful tells its user of us: a status, and how many records are kept in agreement."""
    (told,) = [app["integration"] for app in site.end.sandbox.state()["apps"].values() if app["integration"]["status"]]
    return told["status"], told["units"]


def test_F39_kindful_shows_its_users_that_we_are_connected(kindful: PairSite) -> None:
    assert shown(kindful) == ("Connected", "0"), "nobody wanted the existing contacts"
    assert kindful.end.sandbox.count("POST", "/api/v1/integrations/status") == 1


def test_F39_kindful_shows_how_many_are_kept_in_agreement_until_we_are_disconnected(
    deployment: Deployment, keys: dict[str, httpx.Client]
) -> None:
    site = apart(deployment, keys["handbid"], "handbid", "kindful").connect()
    site.ours.add(**BO)
    site.first_sync()
    site.rest()
    assert shown(site) == ("Connected", "1"), "Bo, who is on both sides"
    assert site.call("DELETE", "~").is_success
    assert shown(site) == ("disconnected", "0")
