"""How notifications arrive: once, twice, late, in any order, or never; the vendor promises nothing."""

from __future__ import annotations

import time

import pytest

from local.sandbox.gratavid import GratavidAccount
from tests.sandbox.gratavid_fixtures import Listener, sent
from tests.sandbox.gratavid_fixtures import gratavid as gratavid
from tests.sandbox.gratavid_fixtures import gratavid_server as gratavid_server
from tests.sandbox.gratavid_fixtures import hooked as hooked
from tests.sandbox.gratavid_fixtures import listener as listener
from tests.sandbox.gratavid_fixtures import listening as listening


def replies(account: GratavidAccount, *texts: str) -> list[int]:
    """The numbers of the notifications of several replies to one send."""
    send = sent(account)
    return [number for text in texts for number in account.reply(send, text=text)]


def texts(listener: Listener) -> list[str]:
    return [taken.body["replyText"] for taken in listener.taken]


def test_a_notification_nobody_takes_is_lost(hooked: GratavidAccount, listener: Listener) -> None:
    listener.statuses = [500]
    replies(hooked, "one", "two")
    assert [(row["state"], row["attempts"]) for row in hooked.notifications()] == [
        ("failed", [500]),
        ("delivered", [200]),
    ]
    assert texts(listener) == ["one", "two"]


def test_it_may_be_tried_again(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(retry_seconds=[0.01, 0.01])
    listener.statuses = [500, 302, 200]
    replies(hooked, "one")
    row = hooked.notifications()[0]
    assert (row["state"], row["attempts"]) == ("delivered", [500, 302, 200])
    assert {taken.path for taken in listener.taken} == {"/hooks/reply"}
    assert len({taken.raw for taken in listener.taken}) == 1


def test_a_retry_may_come_after_later_ones(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(retry_seconds=[0.1])
    listener.statuses = [503]
    replies(hooked, "one", "two")
    hooked.notifications()
    assert texts(listener) == ["one", "two", "one"]


def test_a_slow_answer_makes_it_come_twice(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(retry_seconds=[0.01], timeout_seconds=0.05)
    listener.seconds = 0.2
    replies(hooked, "one")
    row = hooked.notifications()[0]
    assert (row["state"], row["attempts"]) == ("failed", ["ReadTimeout"] * 2)
    assert texts(listener) == ["one", "one"]


def test_nobody_listens(gratavid: GratavidAccount) -> None:
    gratavid.subscribe("reply", "http://127.0.0.1:9/hook")
    replies(gratavid, "one")
    row = gratavid.notifications()[0]
    assert (row["state"], row["attempts"]) == ("failed", ["ConnectError"])


def test_each_may_be_posted_twice(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(copies=2)
    replies(hooked, "one", "two")
    hooked.notifications()
    assert texts(listener) == ["one", "one", "two", "two"]


def test_held_ones_wait_until_they_are_released(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(hold=True)
    one, two, three = replies(hooked, "one", "two", "three")
    assert ({row["state"] for row in hooked.notifications()}, listener.taken) == ({"held"}, [])
    assert hooked.release(two) == [two]
    hooked.notifications()
    assert hooked.release(order="reversed") == [three, one]
    hooked.notifications()
    assert texts(listener) == ["two", "three", "one"]


def test_released_ones_may_come_twice_and_shuffled(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(hold=True)
    replies(hooked, *"abcdef")
    hooked.release(order="shuffled", copies=2, seed="any")
    hooked.notifications()
    assert sorted(texts(listener)) == sorted("abcdef" * 2)
    assert texts(listener) != list("abcdef" * 2)


def test_one_is_replayed_in_every_byte(hooked: GratavidAccount, listener: Listener) -> None:
    (number,) = replies(hooked, "one")
    hooked.notifications()
    hooked.edit_contact("ada@example.org", firstName="Augusta")
    hooked.advance(86_400)
    assert hooked.replay(number) > number
    hooked.notifications()
    first, again = listener.taken
    assert (first.raw, first.path) == (again.raw, again.path)


def test_they_may_be_late(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(delay=0.1)
    started = time.monotonic()
    replies(hooked, "one")
    assert hooked.notifications(wait=False)[0]["state"] == "pending"
    hooked.notifications()
    assert time.monotonic() - started >= 0.1
    assert texts(listener) == ["one"]


def test_several_at_a_time(hooked: GratavidAccount, listener: Listener) -> None:
    listener.seconds = 0.1
    took = []
    for parallel in (1, 5):
        hooked.set_options(parallel=parallel)
        started = time.monotonic()
        replies(hooked, *"abcde")
        hooked.notifications()
        took.append(time.monotonic() - started)
    assert took[1] < 0.8 * took[0]
    assert sorted(texts(listener)) == sorted("abcde" * 2)


@pytest.mark.parametrize(("gone", "left"), [(True, 4), (False, 5)])
def test_an_address_that_is_gone(hooked: GratavidAccount, listener: Listener, gone: bool, left: int) -> None:
    hooked.set_options(gone_unsubscribes=gone)
    listener.statuses = [410]
    replies(hooked, "one")
    hooked.notifications()
    assert len(hooked.subscriptions()) == left


@pytest.mark.parametrize(("policy", "told"), [(True, ["one"]), (False, [])])
def test_a_revoked_key_and_its_notifications(
    hooked: GratavidAccount, listener: Listener, policy: bool, told: list[str]
) -> None:
    send = sent(hooked)
    hooked.set_options(revoked_key_notifies=policy)
    hooked.revoke_key()
    hooked.reply(send, text="one")
    hooked.notifications()
    assert texts(listener) == told
