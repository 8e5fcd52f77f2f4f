"""The sync log: what a person can learn of a run, also of one that failed in part or was interrupted."""

import os
import signal
from datetime import timedelta

from giftbridge.jobs import dispatch, history
from giftbridge.jobs.context import App
from giftbridge.stores.connections import owner
from local.sandbox.people import person
from tests.rows.conftest import Deployment, Site, eventually, sums
from tests.world import MovingClock


def test_F12_a_run_tells_start_end_who_and_counts_that_add_up(connected: Site) -> None:
    connected.crm.seed(people=6, seed="same", without_email=0, without_phone=0, without_address=0)
    ids = connected.platform.seed_people(9, seed="same", start=2)
    connected.platform.edit_contact(ids[0], phone="+12125550142")
    connected.platform.add_contact(firstName="Name", lastName="Only")
    run = connected.finished(connected.post("~/first-sync", {"answer": "yes"}, actor="user-3")["id"])
    sums(run)
    assert (run["started_by"], run["kind"], run["mode"], run["state"]) == ("user-3", "contacts", "first", "done")
    assert run["queued_at"] <= run["started_at"] <= run["ended_at"]
    crm, platform = run["counts"]["crm"], run["counts"]["platform"]
    assert (crm["read"], platform["read"]) == (10, 6)
    assert (crm["created"], crm["failed"], platform["created"]) == (5, 1, 2)
    assert (crm["linked"] + platform["linked"], crm["skipped"], platform["skipped"]) == (4, 0, 0)
    assert connected.runs()[0] == run
    outcomes = [line["outcome"] for line in connected.records(run["id"])]
    written = {"created", "updated", "failed"}
    told = sum(crm[name] + platform[name] for name in written)
    assert len([one for one in outcomes if one in written]) == told, "one line for each that changed or failed"


def test_F12_a_failed_record_says_why_who_and_where_and_can_be_tried_again(connected: Site) -> None:
    good = connected.person("Ada")
    bad = connected.platform.add_contact(firstName="Ida", lastName="Onlyname")["id"]
    run = connected.first_sync()
    (failed,) = connected.records(run["id"], "failed")
    assert (failed["id"], failed["side"], failed["code"]) == (bad, "platform", "no_contact_point")
    assert failed["label"] == "Ida Onlyname"
    assert "Add one." in failed["reason"]
    assert failed["retryable"]
    (created,) = connected.records(run["id"], "created")
    (crm_id,) = connected.constituents()
    assert (created["id"], created["other_id"], created["label"]) == (good, crm_id, "Ada Lane")
    assert created["url"].startswith("https://crm.bloomerang.")
    assert crm_id in created["url"]
    connected.platform.edit_contact(bad, phone="+12025550101")
    (again,) = connected.post(f"~/runs/{run['id']}/retry")["items"]
    done = connected.finished(again["id"])
    assert (done["counts"]["crm"]["created"], done["counts"]["crm"]["read"]) == (1, 1)
    assert connected.call("POST", f"~/runs/{done['id']}/retry", {}).json()["type"].endswith("nothing_to_retry")


def test_F12_a_gift_shows_both_ids_and_its_outcome(synced: Site) -> None:
    donor = synced.person("Ada")
    auction = synced.platform.hold_auction(
        receipts=[
            {"contactId": donor, "items": [{"name": "Quilt", "price": "50.00"}]},
            {"items": [{"name": "Vase", "price": "20.00"}]},
            {"contactId": donor, "items": [{"name": "Tea", "price": "5.00"}], "payments": [{"status": "failed"}]},
        ]
    )
    run = synced.reconcile(auction["event"]["id"])
    sums(run)
    assert (run["kind"], run["mode"], run["subject"]) == ("gifts", "reconciled", auction["event"]["id"])
    lines = {line["id"]: line for line in synced.records(run["id"])}
    sent, nobodys, failed = (payment["id"] for payment in auction["transactions"])
    (gift,) = synced.gifts()
    assert (lines[sent]["kind"], lines[sent]["outcome"], lines[sent]["other_id"]) == (
        "gift",
        "created",
        str(gift["Id"]),
    )
    assert str(gift["Id"]) in lines[sent]["url"]
    assert lines[sent]["label"].startswith("50.00 USD")
    assert (lines[nobodys]["outcome"], lines[nobodys]["code"]) == ("failed", "donor_missing")
    assert (lines[failed]["outcome"], lines[failed]["code"]) == ("skipped", "not_successful")


def test_F12_labels_and_lost_values_expire_in_code(connected: Site, app: App, clock: MovingClock) -> None:
    ada = connected.person("Ada")
    connected.first_sync()
    (crm_id,) = connected.constituents()
    connected.platform.edit_contact(ada, firstName="Adele")
    connected.crm.staff_edit(int(crm_id), FirstName="Adina")
    run_id = connected.sync()["id"]
    connection = app.connections.get(owner("handbid", connected.platform.id), connected.connection)
    run = history.run_of(app, connection, run_id)

    def texts() -> list[str]:
        lines = history.log_lines(app, run, "", "", 10)
        return [text for line in lines for text in (line.label, *(one.lost for one in line.conflicts))]

    assert texts()
    assert all(texts())
    assert "Adele" in str(connected.records(run_id))
    clock.advance(days=31)
    assert set(texts()) == {""}


def test_F12_after_a_crash_the_counts_still_add_up(
    deployment: Deployment, connected: Site, app: App, clock: MovingClock
) -> None:
    connected.platform.seed_people(30, seed="p")
    connected.crm.seed(people=10, seed="c", without_email=0)
    connected.crm.fault("slow", method="POST", path="/v2/constituent", seconds=0.15, count=None)
    run = connected.post("~/first-sync", {"answer": "yes"})["id"]
    eventually(lambda: len(connected.constituents()) > 14, pause=0.05)
    busy = [one["pid"] for one in deployment.stack.workers("ContactSyncFunction") if one["busy"]]
    assert busy
    for pid in busy:
        os.kill(pid, signal.SIGKILL)
    connected.crm.clear_faults()
    assert connected.run(run)["state"] == "running", "nobody works on it now"
    _minutes_later(connected, app, clock)
    done = connected.run(run)
    assert done["state"] == "done"
    sums(done)
    assert (done["counts"]["crm"]["created"], done["counts"]["platform"]["created"]) == (30, 10)
    assert done["progress"]["platform"] == {"found": 30, "settled": 30}
    expected = {person("p", number).email for number in range(30)}
    found = [(row.get("PrimaryEmail") or {}).get("Value") for row in connected.constituents().values()]
    assert len([one for one in found if one in expected]) == 30, "nobody twice"
    assert len(connected.contacts()) == 40


def _minutes_later(site: Site, app: App, clock: MovingClock) -> None:
    """The next bells of the account, as they ring once the dead worker's hold is over."""
    for _ in range(6):
        clock.advance(minutes=2)
        site.crm.advance(timedelta(minutes=2).total_seconds())
        dispatch.doorbell(app, "contacts", f'{{"v": 1, "account": "bloomerang:{site.crm.id}"}}')
        if site.view()["first_sync"] == "done":
            return
