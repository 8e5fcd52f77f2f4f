"""The drift report: each class that is seeded is found, none is invented, nothing is written, whoever is killed."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs.context import App
from giftbridge.stores.connections import owner
from giftbridge.stores.link import Handover, Link
from giftbridge.stores.runs import run_id
from tests.rows.conftest import FINAL, Deployment, Site, eventually, sums
from tests.rows.disturbances import WORKERS, kill, short_visibility
from tests.rows.people import ADDRESS, edit_row, in_crm, on_platform, spent

LONG_AGO = timedelta(days=3)
CLASSES = ("drift_different", "drift_unconfirmed", "drift_missed", "drift_missing_crm", "drift_missing_platform")
CLEAN = dict.fromkeys(CLASSES, 0)
FIRST = ("Adelheid", "Bertina", "Cleona", "Dorothee", "Edelgard", "Fannia", "Gretel")
UNCONFIRMED_GIFT = "tx-900001"


@pytest.fixture
def seven(connected: Site) -> Site:
    """Seven people on both sides; the last of them edited later, so that lists of changes begin behind the others."""
    for number, first in enumerate(FIRST):
        email, phone = f"{first.lower()}@example.org", f"+1303555010{number}"
        on_platform(connected, f"{first} Lane", email=email, phone=phone)
    connected.first_sync()
    read_past(connected, "Gretel")
    return connected


def read_past(site: Site, first: str) -> None:
    """Some time later this one is edited, and brought over."""
    site.crm.advance(10)
    site.platform.edit_contact(contact_of(site, first)["id"], phone="+13035550199")
    for _ in range(2):
        site.sync()


def contact_of(site: Site, first: str) -> dict[str, Any]:
    """A contact by first name."""
    (found,) = [row for row in site.contacts().values() if row.get("firstName") == first]
    return dict(found)


def crm_id(site: Site, first: str) -> str:
    """A constituent by first name."""
    (found,) = [one for one, row in site.constituents().items() if row["FirstName"] == first]
    return found


def swept(site: Site) -> Any:
    """Compare both sides now; the report of the sweep, ended."""
    run = site.finished(site.post("~/drift", actor="user-3")["id"])
    sums(run)
    report = site.get("~/drift?limit=200")
    assert report["run"] == run
    assert (run["state"], run["mode"], run["started_by"]) == ("done", "sweep", "user-3")
    return report


def told(report: Any) -> set[tuple[str, ...]]:
    """Class, kind, side, id and fields of every line."""
    return {(one["code"], one["kind"], one["side"], one["id"], *one["notes"]) for one in report["items"]}


def as_if_long_ago(site: Site, app: App, first: str, **changes: Any) -> None:
    """The last that was done about this contact was days ago."""
    link = app.links.get(site.connection, "contact", Side.PLATFORM, contact_of(site, first)["id"])
    assert link is not None
    app.links.save(replace(link, run=_old_run(app), **changes))


def _old_run(app: App) -> str:
    return run_id(app.now() - LONG_AGO, uuid.uuid4().hex)


def seed_drift(site: Site, app: App) -> set[tuple[str, ...]]:
    """A case of each class; what is to be told of them."""
    ids = {first: contact_of(site, first)["id"] for first in FIRST}
    site.platform.edit_contact(ids["Fannia"], address={**ADDRESS, "state": "Coloradoo"})  # the CRM refuses that
    site.sync()
    site.platform.put_raw("contacts", **{**contact_of(site, "Adelheid"), "lastName": "Lane-Fox"})  # its stamp stays
    site.crm.set_options(child_changes_bump=False)
    phone = site.constituents()[crm_id(site, "Bertina")]["PrimaryPhone"]
    body = {"Type": phone["Type"], "Number": "303-555-0177", "IsPrimary": True}
    site.crm.staff_call("PUT", f"/phone/{phone['Id']}", body)
    as_if_long_ago(site, app, "Cleona")
    site.crm.staff_delete(int(crm_id(site, "Cleona")))
    as_if_long_ago(site, app, "Dorothee")
    dora = crm_id(site, "Dorothee")
    site.platform.put_raw("contacts", **{**contact_of(site, "Dorothee"), "status": "deleted"})
    as_if_long_ago(site, app, "Edelgard", state="submitted", handover=_handed_over(app))
    _submit_gift(site, app)
    return {
        ("drift_different", "contact", "platform", ids["Fannia"], "address"),
        ("drift_missed", "contact", "platform", ids["Adelheid"], "last_name"),
        ("drift_missed", "contact", "crm", crm_id(site, "Bertina"), "phone"),
        ("drift_missing_crm", "contact", "platform", ids["Cleona"]),
        ("drift_missing_platform", "contact", "crm", dora),
        ("drift_unconfirmed", "contact", "platform", ids["Edelgard"]),
        ("drift_unconfirmed", "gift", "platform", UNCONFIRMED_GIFT),
    }


def _submit_gift(site: Site, app: App) -> None:
    """A gift that was handed to a CRM which has not told yet what became of it."""
    account = app.connections.get(owner("handbid", site.platform.id), site.connection).account
    given: Any = {"handover": _handed_over(app), "run": _old_run(app)}
    app.links.save(Link(account, site.connection, "gift", "submitted", UNCONFIRMED_GIFT, **given))


def _handed_over(app: App) -> Handover:
    return Handover("ticket", app.now() - LONG_AGO, _old_run(app), "created")


def test_P04_a_clean_pair_reports_nothing_and_nothing_is_written(seven: Site) -> None:
    assert seven.get("~/drift") == {"run": None, "found": CLEAN, "items": [], "next": ""}
    with spent(seven) as cost:
        report = swept(seven)
    assert (report["found"], report["items"], cost.writes) == (CLEAN, [], 0)
    for side in ("crm", "platform"):
        assert report["run"]["counts"][side]["unchanged"] == len(FIRST)
        assert report["run"]["progress"][side] == {"found": len(FIRST), "settled": len(FIRST)}


def test_P04_one_seeded_case_per_class_is_found_and_none_invented(seven: Site, app: App) -> None:
    expected = seed_drift(seven, app)
    seven.sync()
    with spent(seven) as cost:
        report = swept(seven)
    assert told(report) == expected
    assert cost.writes == 0
    found = {
        "drift_different": 1,
        "drift_missed": 2,
        "drift_unconfirmed": 2,
        "drift_missing_crm": 1,
        "drift_missing_platform": 1,
    }
    assert report["found"] == CLEAN | found
    (ada,) = [one for one in report["items"] if one["notes"] == ["last_name"]]
    assert (ada["label"], ada["retryable"], ada["conflicts"]) == ("Adelheid Lane-Fox", True, [])
    assert ada["url"].startswith("https://")
    assert crm_id(seven, "Adelheid") in ada["url"]
    assert {one["id"] for one in seven.get("~/drift?code=drift_missed")["items"]} == {
        ada["id"],
        crm_id(seven, "Bertina"),
    }
    assert list(_page_by_page(seven)) == report["items"]


def _page_by_page(site: Site) -> Iterator[Any]:
    following = ""
    while True:
        page = site.get(f"~/drift?limit=1&cursor={following}")
        yield from page["items"]
        following = page["next"]
        if not following:
            return


def test_P04_what_the_crm_refused_is_different_until_it_is_mended(connected: Site) -> None:
    in_crm(connected, "Adelheid Lane", "adelheid@example.org")
    on_platform(connected, "Gretel Lane", email="gretel@example.org")
    contact = on_platform(
        connected, "Adelheid Lane", email="adelheid@example.org", address={**ADDRESS, "state": "Coloradoo"}
    )
    connected.first_sync()
    assert told(swept(connected)) == {("drift_different", "contact", "platform", contact, "address")}
    read_past(connected, "Gretel")
    row = {**connected.contacts()[contact], "address": {**ADDRESS, "state": "CO"}}
    connected.platform.put_raw("contacts", **row)  # mended behind every list's back
    connected.sync()
    report = swept(connected)
    assert told(report) == {("drift_missed", "contact", "platform", contact, "address")}
    connected.finished(connected.post(f"~/runs/{report['run']['id']}/retry")["items"][0]["id"])
    constituent = connected.constituents()[crm_id(connected, "Adelheid")]
    assert constituent["PrimaryAddress"]["Street"] == ADDRESS["street1"]
    assert swept(connected)["found"] == CLEAN


def test_P04_each_line_can_be_tried_again(seven: Site, app: App) -> None:
    seed_drift(seven, app)
    seven.sync()
    for line in swept(seven)["items"]:
        if line["code"] == "drift_missed":
            again = {"kind": line["kind"], "side": line["side"], "id": line["id"]}
            seven.finished(seven.post("~/records/retry", again)["id"])
    assert seven.constituents()[crm_id(seven, "Adelheid")]["LastName"] == "Lane-Fox"
    assert contact_of(seven, "Bertina")["phone"] == "+13035550177"
    assert swept(seven)["found"]["drift_missed"] == 0


def test_P04_what_the_next_run_will_bring_over_is_no_drift(seven: Site) -> None:
    seven.platform.edit_contact(contact_of(seven, "Adelheid")["id"], lastName="Lane-Fox")
    edit_row(seven, crm_id(seven, "Bertina"), "PrimaryEmail", Value="bertina.lane@example.org")
    on_platform(seven, "Hanna Lane", email="hanna@example.org")
    in_crm(seven, "Ida Lane", "ida@example.org")
    assert swept(seven)["found"] == CLEAN
    counts = seven.sync()["counts"]
    assert (counts["crm"]["created"], counts["crm"]["updated"], counts["platform"]["created"]) == (1, 1, 1)


def test_P04_a_sweep_does_not_hold_a_run_up(seven: Site) -> None:
    seven.crm.fault("slow", path="/v2/constituents", seconds=0.5, count=None)
    sweep = seven.post("~/drift")
    again = seven.call("POST", "~/drift", {})
    assert (again.status_code, again.json()["type"]) == (409, "urn:giftbridge:problem:sweep_active")
    run = seven.sync()
    seven.crm.clear_faults()
    assert seven.finished(sweep["id"])["ended_at"] > run["ended_at"]


def test_P04_before_the_first_sync_there_is_nothing_to_compare(connected: Site) -> None:
    refused = connected.call("POST", "~/drift", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:giftbridge:problem:first_sync_unasked")


def test_P04_a_killed_sweep_goes_on_and_tells_the_same(deployment: Deployment, connected: Site, app: App) -> None:
    connected.crm.seed(people=300, seed="many", without_email=0, without_address=1, without_phone=1)
    for first in FIRST:
        on_platform(connected, f"{first} Quill", email=f"{first.lower()}@example.org", phone="+13035550150")
    connected.first_sync()
    read_past(connected, "Gretel")
    expected = seed_drift(connected, app)
    connected.sync()
    with short_visibility(deployment):
        connected.crm.reset_journal()
        connected.crm.fault("slow", path="/v2/constituents", seconds=0.2, count=None)
        run = connected.post("~/drift")["id"]
        eventually(lambda: connected.crm.count("GET", "/v2/constituents") >= 3, pause=0.02)
        killed = [kill(worker["pid"]) for worker in deployment.stack.workers(WORKERS[0]) if worker["busy"]]
        connected.crm.clear_faults()

        def ended() -> bool:
            deployment.tick()
            return connected.run(run)["state"] in FINAL

        assert any(killed)
        eventually(ended, 120, pause=2)
    done = connected.run(run)
    sums(done)
    assert told(connected.get("~/drift?limit=200")) == expected
    assert done["counts"]["platform"]["read"] == 306
    skips = [entry["query"]["skip"] for entry in connected.crm.journal("GET", "/v2/constituents")
             if entry["query"].get("orderBy") == "Id"]  # fmt: skip
    assert len(skips) <= len(set(skips)) + 1, "at most the page at which it was killed is read again"
