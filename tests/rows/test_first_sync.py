"""The first question, the preview, and synchronize now."""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from giftbridge.jobs.context import App
from tests.rows.conftest import Deployment, Site, sums
from tests.rows.people import spent


def test_F06_the_first_sync_is_asked_for_and_shows_its_progress(connected: Site) -> None:
    connected.crm.seed(people=30, seed="crm", without_email=0, without_address=0)
    connected.platform.seed_people(25, seed="platform")
    view = connected.view()
    assert (view["ask_first_sync"], view["first_sync"], view["next_sync_at"]) == (True, "unasked", None)
    connected.crm.fault("slow", method="POST", path="/v2/constituent", seconds=0.3, count=None)
    run = connected.post("~/first-sync", {"answer": "yes"}, actor="user-1")["id"]
    seen = list(_watched(connected, run))
    done = seen[-1]
    assert (done["state"], done["mode"], done["started_by"]) == ("done", "first", "user-1")
    sums(done)
    assert (done["counts"]["crm"]["created"], done["counts"]["platform"]["created"]) == (25, 30)
    settled = [one["progress"]["platform"]["settled"] for one in seen]
    assert settled == sorted(settled)
    assert any(0 < number < 25 for number in settled), "seen on the way"
    assert done["progress"] == {"platform": {"found": 25, "settled": 25}, "crm": {"found": 30, "settled": 30}}
    view = connected.view()
    assert (view["ask_first_sync"], view["first_sync"], view["active_run"]) == (False, "done", None)
    assert view["next_sync_at"] > view["last_sync_at"]


def _watched(site: Site, run: str) -> Iterator[Any]:
    """The run again and again, as a page shows it, until it has ended."""
    state = ""
    while state not in ("done", "failed"):
        seen = site.run(run)
        state = seen["state"]
        yield seen
        time.sleep(0.1)


def test_F06_no_brings_over_only_what_changes_from_then_on(connected: Site) -> None:
    old = connected.person("Ada")
    connected.first_sync("no")
    assert connected.constituents() == {}
    connected.person("Rosa")
    connected.sync()
    assert [row["FirstName"] for row in connected.constituents().values()] == ["Rosa"]
    connected.platform.edit_contact(old, firstName="Adele")
    connected.sync()
    assert {row["FirstName"] for row in connected.constituents().values()} == {"Rosa", "Adele"}


def test_F06_a_preview_tells_beforehand_what_the_first_sync_does(connected: Site) -> None:
    _two_lists_of_people(connected)
    run = connected.finished(connected.post("~/preview")["id"])
    sums(run)
    counts = run["counts"]
    assert (run["mode"], run["state"]) == ("preview", "done")
    assert (counts["crm"]["created"], counts["crm"]["linked"]) == (4, 4)
    assert (counts["crm"]["review"], counts["crm"]["failed"]) == (2, 3)
    done = connected.first_sync()
    for side in ("crm", "platform"):
        told = {name: counts[side][name] for name in ("created", "linked", "failed", "review")}
        assert {name: done["counts"][side][name] for name in told} == told, f"as the preview said for {side}"


def test_P03_a_preview_writes_nothing(deployment: Deployment, connected: Site) -> None:
    _two_lists_of_people(connected)
    _preview_without_a_trace(deployment, connected)
    connected.first_sync()
    connected.person("Rosa")
    connected.crm.staff_edit(int(next(iter(connected.constituents()))), FirstName="Adele")
    _preview_without_a_trace(deployment, connected)


def _two_lists_of_people(site: Site) -> None:
    """Some on both sides, some on one, two with one address, one without any."""
    ids = site.platform.seed_people(8, seed="same")
    site.crm.seed(people=6, seed="same", first=4, without_email=0, without_phone=0, without_address=0)
    site.platform.edit_contact(ids[5], phone="+12125550199")
    for first in ("Ida", "Max"):
        site.person(first, "Twice", email="twice@example.org")
    site.platform.add_contact(firstName="Name", lastName="Only")


def _preview_without_a_trace(deployment: Deployment, site: Site) -> None:
    before = _all_that_counts(deployment, site)
    with spent(site) as cost:
        site.finished(site.post("~/preview")["id"])
    assert _all_that_counts(deployment, site) == before
    assert cost.total() > 0
    assert cost.writes == 0


def _all_that_counts(deployment: Deployment, site: Site) -> dict[str, Any]:
    """Links, settings, secrets, both systems' records; not the log (a preview is a run) nor what was merely seen."""
    mine = [
        item for item in deployment.table("CONNECTIONS") if site.connection in str(item) or site.crm.id in str(item)
    ]
    return {
        "links": [item for item in deployment.table("LINKS") if site.connection in str(item) and "state" in item],
        "connection": {name: value for name, value in site.view().items() if name != "active_run"},
        "secrets": [item for item in mine if item["sk"]["S"].startswith(("SECRET#", "HOOK"))],
        "waiting": [{**one, "next_due": ""} for one in site.get("~/waiting")["items"]],
        "crm": site.crm.state(),
        "platform": site.platform.state(),
    }


def test_F11_sync_now_never_runs_beside_another_and_says_who(deployment: Deployment, synced: Site, app: App) -> None:
    synced.platform.seed_people(12)
    synced.crm.fault("slow", path="/v2/constituent", seconds=0.1, count=None)
    run = synced.post("~/sync", actor="user-7")
    again = synced.call("POST", "~/sync", {}, actor="user-8")
    assert (again.status_code, again.json()["type"]) == (409, "urn:giftbridge:problem:run_active")
    deployment.hurry(app, synced)
    deployment.tick()
    assert synced.finished(run["id"])["started_by"] == "user-7"
    synced.crm.clear_faults()
    times = [(one["started_at"], one["ended_at"]) for one in reversed(synced.ended(2))]
    assert all(ended <= started for (_, ended), (started, _) in pairwise(times))
    deployment.hurry(app, synced)
    deployment.tick()
    assert synced.ended(started_by="schedule", kind="contacts")
    synced.person("Ada")
    assert synced.platform.hand_made_event("contact.updated", synced.person("Mei"))["answer"] == 202
    synced.ended(started_by="webhook")
    assert {one["started_by"] for one in synced.runs()} >= {"user-7", "schedule", "webhook", "api"}
    assert "user-8" not in {one["started_by"] for one in synced.runs()}
