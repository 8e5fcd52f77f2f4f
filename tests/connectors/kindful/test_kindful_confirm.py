"""What became of imports: jobs that fail, merge, dawdle or ignore rows without a word."""

from typing import Any

import pytest

from giftbridge.connectors.base import Done, Submitted
from giftbridge.connectors.kindful.jobs import Ticket, verdict
from giftbridge.connectors.kindful.models import Job
from giftbridge.domain.contact import Contact
from giftbridge.errors import Disconnected, GiftbridgeError, Park
from tests.connectors.kindful.bridge import ADA, BEA, GIFT_REFERENCE, REFERENCE, Bridge, told

pytest_plugins = ["tests.sandbox.kindful_fixtures"]

PEOPLE = tuple((f"gb-{place}", Contact(first_name="Ada", last_name=f"Lane {place}")) for place in range(6))


def outcome(answer: Any) -> str:
    """An id that is done, or the code of a refusal."""
    if isinstance(answer, Submitted):
        return "waiting"
    return answer.code if isinstance(answer, GiftbridgeError) else str(answer.id)


def asked(bridge: Bridge, *answers: Any) -> list[str]:
    return [outcome(one) for one in bridge.connector.confirm([told(answer).ticket for answer in answers])]


# -- jobs


@pytest.mark.parametrize("status", ["pending", "ready", "scheduled", "working"])
def test_a_job_that_is_not_through_is_waited_for(bridge: Bridge, status: str) -> None:
    (answer,) = bridge.create((REFERENCE, ADA))
    bridge.account.force_status(bridge.account.jobs()[0]["id"], status)
    (waits,) = bridge.connector.confirm([told(answer).ticket])
    assert waits == Submitted(told(answer).ticket, REFERENCE)


def test_statuses_are_read_in_any_case(bridge: Bridge) -> None:
    bridge.account.set_options(status_case="capital")
    assert bridge.settle(*bridge.create((REFERENCE, ADA))) == [Done(REFERENCE)]


def test_a_job_is_asked_for_once_and_a_fine_one_costs_nothing_more(bridge: Bridge) -> None:
    answers = bridge.create(*PEOPLE)
    bridge.account.run_jobs()
    bridge.account.reset_journal()
    assert asked(bridge, *answers) == [name for name, _ in PEOPLE]
    assert bridge.account.calls() == {"GET /api/v1/imports/{id}": 1}


def test_a_job_that_was_seen_to_end_is_not_asked_for_again(bridge: Bridge) -> None:
    """Its rows may be asked about in several calls."""
    answers = bridge.create(*PEOPLE)
    bridge.account.reset_journal()
    assert asked(bridge, *answers[:2]) == ["waiting"] * 2
    bridge.account.run_jobs()
    assert [asked(bridge, answer) for answer in answers] == [[name] for name, _ in PEOPLE]
    assert bridge.account.calls() == {"GET /api/v1/imports/{id}": 2}


def handed_over(bridge: Bridge) -> list[Any]:
    """Each of three people in a job of their own, a second after the one before."""
    answers = []
    for person in PEOPLE[:3]:
        answers += bridge.create(person)
        bridge.pass_time(1)
    return answers


def test_jobs_behind_one_that_waits_are_not_asked_for(bridge: Bridge) -> None:
    """They run one by one, in their order; the rows of one may be asked about before those of an earlier one."""
    first, second, third = handed_over(bridge)
    bridge.account.reset_journal()
    assert asked(bridge, second, first) + asked(bridge, third) == ["waiting"] * 3
    assert bridge.account.calls() == {"GET /api/v1/imports/{id}": 1}
    bridge.account.run_jobs(1)
    assert [outcome for one in (third, second, first) for outcome in asked(bridge, one)] == [
        "waiting", "waiting", "gb-0",
    ]  # fmt: skip
    bridge.account.run_jobs()
    assert asked(bridge, third, second) == ["gb-2", "gb-1"]


def test_a_job_that_ends_before_its_turn_is_seen_after_ten_minutes(bridge: Bridge) -> None:
    first, second, third = handed_over(bridge)
    bridge.account.run_jobs()
    bridge.account.force_status(bridge.account.jobs()[0]["id"], "pending")
    assert asked(bridge, first, second, third) == ["waiting"] * 3
    bridge.pass_time(600)
    assert asked(bridge, first, second, third) == ["waiting", "gb-1", "gb-2"]


@pytest.mark.parametrize("status", ["load_failed", "failed", "setup_failed", "error", "removed"])
def test_a_job_that_fails_half_way_is_taken_apart(bridge: Bridge, status: str) -> None:
    answers = bridge.create(*PEOPLE)
    bridge.account.plan_job(status, rows=4)
    bridge.account.run_jobs()
    assert asked(bridge, *answers) == ["gb-0", "gb-1", "gb-2", "gb-3", "import_failed", "import_failed"]
    again = bridge.create(*PEOPLE[4:])
    assert [outcome(one) for one in bridge.settle(*again)] == ["gb-4", "gb-5"]


def test_gifts_of_a_job_that_fails_half_way_are_taken_apart(bridge: Bridge) -> None:
    gift = bridge.gift(500)
    answers = bridge.give(*(bridge.by(gift, name=f"gb-{place}") for place in range(4)))
    bridge.account.plan_job("error", rows=2)
    bridge.account.run_jobs()
    assert asked(bridge, *answers) == ["gb-0", "gb-1", "import_failed", "import_failed"]
    again = bridge.give(*(bridge.by(gift, name=f"gb-{place}") for place in range(4)))
    assert [outcome(one) for one in bridge.settle(*again)] == ["gb-0", "gb-1", "gb-2", "gb-3"]
    assert len(bridge.gifts()) == 4


def test_changes_of_a_job_that_fails_half_way_are_taken_apart(bridge: Bridge) -> None:
    bridge.written(*PEOPLE)
    listed = bridge.listed()
    writes = [bridge.change(listed[name], email=f"{name}@example.org") for name, _ in PEOPLE]
    answers = bridge.connector.write_contacts(writes)
    bridge.account.plan_job("error", rows=3)
    bridge.account.run_jobs()
    assert asked(bridge, *answers) == ["gb-0", "gb-1", "gb-2", *["import_failed"] * 3]


# -- rows that are ignored


@pytest.mark.parametrize("counted", [True, False])
def test_a_change_that_is_ignored_is_found_among_those_that_are_not(bridge: Bridge, counted: bool) -> None:
    bridge.account.set_options(counted_stats=counted)
    bridge.written(*PEOPLE)
    listed = bridge.listed()
    newer = int(bridge.account.state()["contact"][2]["id"])
    bridge.pass_time(600)
    bridge.account.staff_edit(newer, email="newer@example.org")
    bridge.now = bridge.now.replace(minute=5)  # our clock is behind Kindful's
    writes = [bridge.change(listed[name], phone="(202) 555-0188") for name, _ in PEOPLE]
    answers = bridge.connector.write_contacts(writes)
    bridge.account.run_jobs()
    assert asked(bridge, *answers) == ["gb-0", "gb-1", "ignored_by_crm", "gb-3", "gb-4", "gb-5"]


def test_where_imports_leave_kindfuls_own_time_a_setting_says_so(bridge: Bridge) -> None:
    bridge.account.set_options(import_stamp="clock", counted_stats=False)
    bridge.written((REFERENCE, ADA))
    bridge.connector = bridge.connected(import_stamp="clock")
    answer = bridge.update(bridge.listed()[REFERENCE], phone="(202) 555-0188")
    bridge.account.advance(5)
    (done,) = bridge.settle(answer)
    assert isinstance(done, Done)


@pytest.mark.parametrize("shape", ["object", "text"])
def test_a_row_that_kindful_calls_bad_is_found_out(bridge: Bridge, shape: str) -> None:
    bridge.account.set_options(notification_shape=shape, unknown_transaction_type="bad_row")
    bridge.connector = bridge.connected(methods={"card": "credit", "cash": "shells", "other": "credit"})
    fine, odd = bridge.gift(500), bridge.gift(500, method="cash")
    answers = bridge.give(bridge.by(fine, name="gb-1"), bridge.by(odd, name="gb-2"))
    bridge.account.run_jobs()
    assert asked(bridge, *answers) == ["gb-1", "ignored_by_crm"]


def test_a_correction_that_is_ignored_is_found_out(bridge: Bridge) -> None:
    bridge.settle(*bridge.give(bridge.by(bridge.gift(500))))
    bridge.pass_time(600)
    bridge.account.staff("edit_gift", bridge.gifts()[0]["id"], fields={"note": "Thank by phone"})
    bridge.now = bridge.now.replace(minute=5)
    answers = bridge.give(bridge.by(bridge.gift(500), REFERENCE, GIFT_REFERENCE))
    bridge.account.run_jobs()
    assert asked(bridge, *answers) == ["ignored_by_crm"]


@pytest.mark.parametrize("current_id", ["", GIFT_REFERENCE])
def test_a_gift_that_staff_deleted_is_not_called_done(bridge: Bridge, current_id: str) -> None:
    bridge.settle(*bridge.give(bridge.by(bridge.gift(500))))
    bridge.account.staff("delete_gift", bridge.gifts()[0]["id"])
    bridge.pass_time(60)
    answers = bridge.give(bridge.by(bridge.gift(500), REFERENCE, current_id))
    bridge.account.run_jobs()
    assert asked(bridge, *answers) == ["ignored_by_crm"]


def test_a_list_that_is_too_long_to_find_out_is_a_question(bridge: Bridge) -> None:
    bridge.account.set_options(counted_stats=False)
    bridge.account.seed(people=120, linked="other")
    answers = bridge.create((REFERENCE, ADA))
    bridge.account.run_jobs()
    bridge.connector = bridge.connected(readback_pages=2)
    (answer,) = bridge.connector.confirm([told(answers[0]).ticket])
    assert isinstance(answer, Park)
    assert answer.code == "review_unconfirmed"
    bridge.connector = bridge.connected(readback_pages=3)
    assert asked(bridge, *answers) == [REFERENCE]


# -- jobs that merge, and updates that come late


def test_a_merged_job_is_waited_for_and_read_back(bridge: Bridge) -> None:
    first, second = bridge.create((REFERENCE, ADA)), bridge.create(("gb-bea", BEA))
    leader, follower = (job["id"] for job in bridge.account.jobs())
    bridge.account.begin_job()
    bridge.account.consolidate(follower, leader)
    assert asked(bridge, *first, *second) == ["waiting", "waiting"]
    bridge.account.run_jobs()
    assert asked(bridge, *first, *second) == [REFERENCE, "gb-bea"]


def test_a_row_of_a_merged_job_that_is_nowhere_in_the_end_is_told(bridge: Bridge) -> None:
    first, second = bridge.create((REFERENCE, ADA)), bridge.create(("gb-bea", BEA))
    leader, follower = (job["id"] for job in bridge.account.jobs())
    bridge.account.consolidate(follower, leader)
    bridge.account.plan_job("error", rows=1, job=leader)
    bridge.account.run_jobs()
    assert asked(bridge, *first, *second) == [REFERENCE, "ignored_by_crm"]


def test_an_update_that_is_applied_late_is_waited_for(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    bridge.account.set_options(queue="clock", update_lag_seconds=120, counted_stats=False)
    before = bridge.listed()[REFERENCE]
    answer = bridge.update(before, phone="(202) 555-0188")
    bridge.pass_time(5)
    assert asked(bridge, answer) == ["waiting"]
    bridge.pass_time(120)
    assert asked(bridge, answer) == [REFERENCE]


def test_a_contact_from_before_its_update_is_not_taken_for_the_answer(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    bridge.account.set_options(queue="clock", update_lag_seconds=120)
    number = int(bridge.account.state()["contact"][0]["id"])
    bridge.account.staff_edit(number, email="newer@example.org")
    before = bridge.listed()[REFERENCE]
    bridge.pass_time(60)
    answer = bridge.update(before, phone="(202) 555-0188")
    bridge.pass_time(5)
    assert bridge.connector.confirm([answer.ticket]) == [Done(REFERENCE)]


# -- jobs that are not known


def test_a_job_that_is_gone_is_read_back(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    tickets = [str(Ticket("gone", "create", name, 1, made=1)) for name in (REFERENCE, "gb-nobody")]
    assert [outcome(one) for one in bridge.connector.confirm(tickets)] == [REFERENCE, "ignored_by_crm"]


@pytest.mark.parametrize("status", [401, 404])
def test_a_job_that_is_hidden_from_who_was_disconnected_says_so(bridge: Bridge, status: int) -> None:
    answers = bridge.create((REFERENCE, ADA))
    bridge.account.set_options(revoked_status=status, revoked_job_status=404)
    bridge.account.revoke()
    with pytest.raises(Disconnected):
        asked(bridge, *answers)


# -- tickets


def test_tickets_are_short_and_survive() -> None:
    ticket = Ticket(
        "j" * 36, "correct", "handbid-" + "4" * 80, 1772407800, 50, 50, "s" * 36, "2026-03-01", 1772407800123
    )
    assert len(str(ticket)) <= 400
    assert Ticket.parse(str(ticket)) == ticket


def test_a_job_that_merged_others_into_itself_is_not_taken_at_its_word() -> None:
    ticket = Ticket("j", "create", "gb-1", 1, made=2)
    assert said(ticket, status="Complete", stats={"Contact": 2}) == "done"
    assert said(ticket, status="complete", stats={"Contact": "2"}) == "done"
    assert said(ticket, status="complete", stats={"Contact": 3}) == "short"
    assert said(ticket, status="complete", stats={"Contact": 2}, notifications={"count": 1}) == "short"
    assert said(ticket, status="complete", stats={"Contact": 2}, notifications={"results": ["?"]}) == "short"
    assert said(ticket, status="something new") == "waiting"


def said(ticket: Ticket, **job: Any) -> str:
    return verdict(Job.model_validate(job), ticket)
