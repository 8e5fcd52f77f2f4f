"""Work is durable, waits its turn, and is done once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from giftbridge.stores import dynamo
from giftbridge.stores.inbox import LANES, Inbox, Work
from giftbridge.stores.versions import VERSION
from tests.stores.conftest import NOW

MINUTE = timedelta(minutes=1)


def test_work_comes_back_as_it_was_put(inbox: Inbox, work: Work) -> None:
    assert inbox.add(work)
    assert inbox.get(work) == work
    assert inbox.due(work.account, "gifts", NOW) == [work]
    assert inbox.due(work.account, "contacts", NOW) == []


def test_F62_the_same_event_makes_no_second_work_before_or_after_it_was_done(inbox: Inbox, work: Work) -> None:
    assert inbox.add(work)
    assert not inbox.add(work)
    inbox.finish(work, NOW)
    assert inbox.get(work) is None
    assert not inbox.add(work)
    assert not inbox.add(replace(work, id="w2")), "by its event, whatever it is called"
    assert inbox.add(replace(work, event="msg_2"))


def test_what_is_not_due_waits(inbox: Inbox, work: Work) -> None:
    inbox.put(replace(work, next_due=NOW + MINUTE))
    assert inbox.due(work.account, "gifts", NOW) == []
    assert len(inbox.waiting(work.account, "gifts")) == 1
    assert len(inbox.due(work.account, "gifts", NOW + MINUTE)) == 1


def test_the_first_lane_goes_first_and_alone(inbox: Inbox, work: Work) -> None:
    for lane in reversed(list(LANES)):
        inbox.put(replace(work, lane=lane, id=lane))
    for lane in sorted(LANES, key=LANES.__getitem__):
        due = inbox.due(work.account, "gifts", NOW)
        assert [one.id for one in due] == [lane]
        inbox.finish(due[0], NOW)


def test_no_more_than_asked_for(inbox: Inbox, work: Work) -> None:
    for number in range(7):
        inbox.put(replace(work, id=f"w{number}"))
    assert len(inbox.due(work.account, "gifts", NOW, limit=5)) == 5


def test_an_attempt_is_written_before_it_is_made(inbox: Inbox, work: Work) -> None:
    inbox.add(work)
    tried = inbox.begin(work, "create")
    assert inbox.get(work) == tried
    assert (tried.attempt, tried.stage) == (1, "create")
    with pytest.raises(dynamo.ConditionFailed):
        inbox.begin(replace(work, id="gone"), "create")


def test_postponed_work_says_why_and_can_be_woken(inbox: Inbox, work: Work) -> None:
    inbox.add(work)
    inbox.postpone(work, None, error="disconnected")
    waiting = inbox.get(work)
    assert waiting is not None
    assert (waiting.next_due, waiting.error) == (None, "disconnected")
    assert inbox.due(work.account, "gifts", NOW + 1000 * MINUTE) == []
    inbox.postpone(work, NOW, attempt=0)
    assert inbox.due(work.account, "gifts", NOW) == [work]
    inbox.postpone(replace(work, id="gone"), NOW)
    assert len(inbox.waiting(work.account, "gifts")) == 1, "postponing what is gone makes nothing"


def test_the_clock_finds_every_account_with_due_work_and_no_other(inbox: Inbox, work: Work) -> None:
    inbox.put(work)
    inbox.put(replace(work, id="w2", next_due=NOW - MINUTE))
    inbox.put(replace(work, id="w3", queue="contacts", next_due=NOW + MINUTE))
    inbox.put(replace(work, id="w4", queue="exports", next_due=None))
    mine = [found for found in inbox.due_accounts(NOW) if found[0] == work.account]
    assert mine == [(work.account, "gifts", NOW - MINUTE)]


def test_an_old_worker_leaves_work_of_a_newer_version_alone(inbox: Inbox, work: Work) -> None:
    inbox.db.write(dynamo.put(inbox.table, {**work.item(), "v": VERSION + 1}))
    assert inbox.due(work.account, "gifts", NOW) == []
    assert inbox.waiting(work.account, "gifts") == []
