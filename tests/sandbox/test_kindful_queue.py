"""The import queue: asynchronous, one job at a time, with many ways to end."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.kindful import KindfulAccount
from tests.sandbox.kindful_words import ADA, GIFT, contacts, done, gifts, give, outcomes, post, status

pytest_plugins = ["tests.sandbox.kindful_fixtures"]
BEA = {"id": "d-2", "first_name": "Bea", "last_name": "Lane"}


def by_clock(account: KindfulAccount, **options: Any) -> None:
    account.set_options(queue="clock", job_wait_seconds=5, job_work_seconds=5, **options)
    account.freeze()


def test_a_post_is_only_the_beginning(kindful: KindfulAccount) -> None:
    job = post(kindful.api, ADA)
    assert status(kindful, job) == {
        "id": job,
        "job_type": None,
        "status": "pending",
        "stats": {"Contact": 0, "Transaction": 0, "Campaign": 0, "Fund": 0, "Integrations Transaction Link": 0},
        "update_stats": {"Contact": 0, "Transaction": 0, "Group": 0, "Custom Field": 0},
        "notifications": {"page": 1, "count": 0, "results": []},
    }
    assert contacts(kindful) == []
    assert kindful.run_jobs() == [job]
    assert (status(kindful, job)["status"], status(kindful, job)["stats"]["Contact"]) == ("complete", 1)


def test_jobs_follow_the_accounts_clock(kindful: KindfulAccount) -> None:
    by_clock(kindful)
    jobs = [post(kindful.api, ADA), post(kindful.api, BEA)]
    seen = []
    for _ in range(5):
        seen.append([status(kindful, job)["status"] for job in jobs])
        kindful.advance(4)
    assert seen == [
        ["pending", "pending"],
        ["pending", "pending"],
        ["working", "pending"],
        ["complete", "working"],
        ["complete", "complete"],
    ]


def test_the_clock_may_jump_over_everything(kindful: KindfulAccount) -> None:
    by_clock(kindful)
    jobs = [post(kindful.api, ADA), post(kindful.api, BEA)]
    kindful.advance(3600)
    assert [status(kindful, job)["status"] for job in jobs] == ["complete", "complete"]


def test_each_application_has_its_own_queue(kindful: KindfulAccount) -> None:
    partner = kindful.partner()
    mine, theirs = post(kindful.api, ADA), post(partner, BEA)
    kindful.begin_job()
    assert status(kindful, mine)["status"] == "working"
    assert partner.get(f"/imports/{theirs}").json()["status"] == "working"
    second = post(kindful.api, BEA)
    kindful.begin_job()
    assert status(kindful, second)["status"] == "pending"


def test_the_gate(kindful: KindfulAccount) -> None:
    ready = {"sync_enabled": True, "message": "ready", "pending_jobs": 0, "pending_updates": 0}
    assert kindful.api.get("/imports/stats").json() == ready
    post(kindful.api, ADA)
    post(kindful.api, BEA)
    gate = kindful.api.get("/imports/stats").json()
    assert (gate["sync_enabled"], gate["pending_jobs"]) == (False, 2)
    kindful.run_jobs()
    assert kindful.api.get("/imports/stats").json() == ready


def test_an_admin_pauses_the_sync(kindful: KindfulAccount) -> None:
    kindful.pause()
    gate = kindful.api.get("/imports/stats").json()
    assert (gate["sync_enabled"], gate["pending_jobs"]) == (False, 0)
    by_clock(kindful)
    job = post(kindful.api, ADA)
    kindful.set_options(pause_stops_jobs=True)
    kindful.advance(60)
    assert status(kindful, job)["status"] == "pending"
    kindful.set_options(pause_stops_jobs=False)
    assert status(kindful, job)["status"] == "complete"
    kindful.pause(paused=False)
    assert kindful.api.get("/imports/stats").json()["sync_enabled"] is True


def test_updates_may_apply_after_their_job(kindful: KindfulAccount) -> None:
    done(kindful, ADA)
    by_clock(kindful, update_lag_seconds=60)
    job = post(kindful.api, ADA | {"city": "Nashville", "updated_at": "2026-03-03 00:00:00 UTC"})
    kindful.advance(20)
    assert status(kindful, job)["status"] == "complete"
    gate = kindful.api.get("/imports/stats").json()
    assert (gate["sync_enabled"], gate["pending_jobs"], gate["pending_updates"]) == (False, 0, 1)
    assert contacts(kindful)[0]["city"] is None
    kindful.advance(60)
    assert contacts(kindful)[0]["city"] == "Nashville"


def test_a_queued_update_makes_older_rows_stale(kindful: KindfulAccount) -> None:
    done(kindful, ADA)
    by_clock(kindful, update_lag_seconds=3600)
    post(kindful.api, ADA | {"city": "Nashville", "updated_at": "2026-03-04 00:00:00 UTC"})
    post(kindful.api, ADA | {"city": "Memphis", "updated_at": "2026-03-03 00:00:00 UTC"})
    kindful.advance(60)
    assert outcomes(kindful) == [{"id": "d-1", "contact": "ignored"}]


@pytest.mark.parametrize("waiting", ["pending", "ready", "scheduled"])
def test_statuses_have_several_spellings(kindful: KindfulAccount, waiting: str) -> None:
    kindful.set_options(waiting_status=waiting, status_case="capital")
    job = post(kindful.api, ADA)
    assert status(kindful, job)["status"] == waiting.capitalize()
    kindful.run_jobs()
    assert status(kindful, job)["status"] == "Complete"


@pytest.mark.parametrize("how", ["load_failed", "failed", "setup_failed", "error", "removed"])
def test_a_job_that_fails(kindful: KindfulAccount, how: str) -> None:
    kindful.plan_job(how, message="Something is wrong")
    failed = done(kindful, ADA)
    assert (failed["status"], failed["notifications"]["count"]) == (how, 1)
    assert failed["notifications"]["results"][0]["message"] == "Something is wrong"
    assert contacts(kindful) == []
    assert done(kindful, ADA)["status"] == "complete"


def test_a_job_that_fails_half_way(kindful: KindfulAccount) -> None:
    rows = [GIFT | {"id": f"d-{number}", "transaction_id": f"g-{number}"} for number in range(4)]
    kindful.plan_job("error", rows=2)
    assert give(kindful, *rows)["status"] == "error"
    assert len(gifts(kindful)) == 2
    assert give(kindful, *rows)["stats"]["Transaction"] == 2
    assert sorted(row["external_id"] for row in gifts(kindful)) == ["g-0", "g-1", "g-2", "g-3"]


def test_a_job_that_is_complete_and_left_rows_out(kindful: KindfulAccount) -> None:
    kindful.plan_job("complete", rows=1)
    job = done(kindful, ADA, BEA)
    assert (job["status"], job["notifications"]["count"], job["stats"]["Contact"]) == ("complete", 0, 1)
    assert [row["external_id"] for row in contacts(kindful)] == ["d-1"]


def test_a_job_that_is_consolidated(kindful: KindfulAccount) -> None:
    first, second = post(kindful.api, ADA), post(kindful.api, BEA)
    kindful.consolidate(second, first)
    assert status(kindful, second)["status"] == "consolidated"
    assert kindful.run_jobs() == [first]
    assert status(kindful, first)["stats"]["Contact"] == 2
    assert status(kindful, second)["stats"]["Contact"] == 0


def test_like_jobs_consolidate_by_themselves_when_switched_on(kindful: KindfulAccount) -> None:
    kindful.set_options(consolidate=True)
    jobs = [post(kindful.api, ADA), post(kindful.api, BEA), post(kindful.api, BEA, action_type="create")]
    kindful.run_jobs()
    assert [status(kindful, job)["status"] for job in jobs] == ["complete", "consolidated", "complete"]
    assert len(contacts(kindful)) == 2


def test_a_job_can_be_stuck_and_have_any_status(kindful: KindfulAccount) -> None:
    job = post(kindful.api, ADA)
    kindful.begin_job()
    assert status(kindful, job)["status"] == "working"
    kindful.force_status(job, "mapped")
    assert status(kindful, job)["status"] == "mapped"
    assert contacts(kindful) == []


@pytest.mark.parametrize(
    ("envelope", "how"),
    [
        ({"data_format": "donation"}, "setup_failed"),
        ({"action_type": "upsert"}, "setup_failed"),
        ({"match_by": {"contact": "phone"}}, "setup_failed"),
        ({"match_by": {"contact": "stripe_customer_id"}}, "setup_failed"),
        ({"match_by": {"donor": "id"}}, "setup_failed"),
        ({"data": {"id": "d-1"}}, "load_failed"),
        ({"data": ["d-1"]}, "load_failed"),
        ({"data_type": "xml"}, "load_failed"),
        ({"data_url": "https://example.org/rows.json"}, "load_failed"),
    ],
)
def test_a_bad_envelope_is_found_in_the_job(kindful: KindfulAccount, envelope: dict[str, Any], how: str) -> None:
    failed = done(kindful, ADA, **envelope)
    assert (failed["status"], failed["notifications"]["count"]) == (how, 1)


def test_more_than_100_rows(kindful: KindfulAccount) -> None:
    rows = [BEA | {"id": str(number)} for number in range(101)]
    assert done(kindful, *rows)["status"] == "load_failed"
    kindful.set_options(over_100_rows="refuse")
    assert kindful.api.post("/imports", json={"data_format": "contact", "data": rows}).status_code == 500
    kindful.set_options(over_100_rows="truncate")
    assert done(kindful, *rows)["stats"]["Contact"] == 100


def test_csv_is_taken_without_a_byte_order_mark(kindful: KindfulAccount) -> None:
    text = "id,first_name,last_name\nd-1,Ada,Lane\n"
    assert done(kindful, data=text, data_type="csv")["stats"]["Contact"] == 1
    assert done(kindful, data="\ufeff" + text, data_type="csv")["status"] == "load_failed"


def test_bodies_that_are_no_object(kindful: KindfulAccount) -> None:
    broken = kindful.api.post("/imports", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.headers["content-type"].split(";")[0]) == (500, "text/html")
    assert kindful.api.post("/imports", json=[ADA]).status_code == 500
    assert kindful.jobs() == []


def test_bad_rows_go_into_notifications(kindful: KindfulAccount) -> None:
    job = done(kindful, {"id": "x", "first_name": "Only"}, ADA)
    assert (job["status"], job["stats"]["Contact"], job["notifications"]["count"]) == ("complete", 1, 1)
    assert job["notifications"]["results"][0]["id"] == "x"
    kindful.set_options(notification_shape="text")
    assert isinstance(done(kindful, {"id": "x"})["notifications"]["results"][0], str)


def test_bad_rows_may_vanish_or_fail_the_job(kindful: KindfulAccount) -> None:
    kindful.set_options(bad_row="drop")
    assert done(kindful, {"id": "x"})["notifications"]["count"] == 0
    kindful.set_options(bad_row="fail_job")
    failed = done(kindful, ADA, {"id": "x"}, BEA)
    assert (failed["status"], failed["stats"]["Contact"]) == ("error", 1)
    assert [row["external_id"] for row in contacts(kindful)] == ["d-1"]


def test_notifications_have_pages(kindful: KindfulAccount) -> None:
    job = done(kindful, *({"id": str(number)} for number in range(60)))["id"]
    second = kindful.api.get(f"/imports/{job}?page=2").json()["notifications"]
    assert (second["page"], second["count"], len(second["results"])) == (2, 60, 10)


@pytest.mark.parametrize(("how", "count"), [("name", 1), ("id", 0)])
def test_groups_without_a_word_on_matching(kindful: KindfulAccount, how: str, count: int) -> None:
    kindful.set_options(group_match=how)
    done(kindful, ADA | {"Newsletter": "yes"}, groups=["Newsletter"])
    group = kindful.summary["groups"]["Newsletter"]
    assert len(contacts(kindful, {"by_group_id": [group]})) == count


def test_statistics_may_tell_nothing(kindful: KindfulAccount) -> None:
    kindful.set_options(counted_stats=False)
    assert set(done(kindful, ADA)["stats"].values()) == {0}
    assert len(contacts(kindful)) == 1
