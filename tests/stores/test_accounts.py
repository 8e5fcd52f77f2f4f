"""One account, one worker, one bell, one budget."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from giftbridge.stores.accounts import STALE_BELL, Accounts, Observed
from giftbridge.stores.dynamo import ConditionFailed
from tests.stores.conftest import NOW

MINUTE = timedelta(minutes=1)


def test_only_who_sets_the_latch_rings(accounts: Accounts, name: str) -> None:
    with ThreadPoolExecutor(4) as together:
        rang = list(together.map(lambda _: accounts.set_latch(name, "gifts", NOW), range(8)))
    assert sum(rang) == 1
    accounts.clear_latch(name, "gifts")
    assert accounts.set_latch(name, "gifts", NOW)


def test_a_bell_that_was_lost_is_rung_again(accounts: Accounts, name: str) -> None:
    assert accounts.set_latch(name, "gifts", NOW)
    assert not accounts.set_latch(name, "gifts", NOW + STALE_BELL)
    assert accounts.set_latch(name, "gifts", NOW + STALE_BELL + MINUTE)
    assert accounts.set_latch(name, "contacts", NOW), "every queue has its own"


def test_one_step_at_a_time(accounts: Accounts, name: str) -> None:
    first = accounts.begin_step(name, "gifts", NOW, NOW + MINUTE)
    assert first is not None
    assert accounts.begin_step(name, "gifts", NOW, NOW + MINUTE) is None
    accounts.end_step(first)
    second = accounts.begin_step(name, "gifts", NOW, NOW + MINUTE)
    assert second is not None
    assert second.number > first.number


def test_a_step_that_was_overtaken_can_write_no_more(accounts: Accounts, name: str) -> None:
    dead = accounts.begin_step(name, "gifts", NOW, NOW + MINUTE)
    assert dead is not None
    living = accounts.begin_step(name, "gifts", NOW + MINUTE, NOW + 2 * MINUTE)
    assert living is not None
    with pytest.raises(ConditionFailed):
        accounts.db.transact([accounts.holds(dead)])
    accounts.end_step(dead)
    accounts.db.transact([accounts.holds(living)])
    assert accounts.begin_step(name, "gifts", NOW + MINUTE, NOW + 2 * MINUTE) is None, "the dead one let go of nothing"


def test_the_first_key_stays(accounts: Accounts, name: str) -> None:
    assert accounts.wrapped_key(name) is None
    assert accounts.keep_wrapped_key(name, b"first") == b"first"
    assert accounts.keep_wrapped_key(name, b"second") == b"first"
    with pytest.raises(ConditionFailed):
        accounts.replace_wrapped_key(name, b"other", b"third")
    accounts.replace_wrapped_key(name, b"first", b"third")
    assert accounts.wrapped_key(name) == b"third"


def test_a_key_lives_as_long_as_somebodys_links_need_it(accounts: Accounts, name: str) -> None:
    accounts.keep_wrapped_key(name, b"key")
    accounts.db.transact([accounts.join(name, "org", "one"), accounts.join(name, "org", "two")])
    assert sorted(accounts.connections(name)) == [("org", "one"), ("org", "two")]
    accounts.db.transact(accounts.leave_ops(name, "one", keep=False))
    accounts.db.transact(accounts.leave_ops(name, "two", keep=True))
    assert accounts.connections(name) == []
    assert not accounts.drop_key(name), "the second one's links were kept"
    accounts.db.transact(accounts.leave_ops(name, "two", keep=False))
    assert accounts.drop_key(name)
    assert accounts.wrapped_key(name) is None


def test_the_crms_lists_are_kept_for_a_while(accounts: Accounts, name: str) -> None:
    lists = {"funds": {"11": "General"}, "campaigns": {}, "appeals": {}}
    assert accounts.purposes(name, NOW) is None
    accounts.keep_purposes(name, lists, NOW)
    assert accounts.purposes(name, NOW) == lists
    assert accounts.purposes(name, NOW + MINUTE) is None


def test_two_workers_never_draw_the_same_tokens(accounts: Accounts, name: str) -> None:
    seen = accounts.budget(name)
    accounts.draw(name, seen, 100, NOW)
    with pytest.raises(ConditionFailed):
        accounts.draw(name, seen, 80, NOW)
    seen = accounts.budget(name)
    accounts.give_back(name, 5)
    with pytest.raises(ConditionFailed):
        accounts.draw(name, seen, 80, NOW)
    assert accounts.budget(name)["tokens"] == 105


def test_P05_of_two_times_a_vendor_named_the_later_counts(accounts: Accounts, name: str) -> None:
    accounts.block(name, NOW + 2 * MINUTE)
    accounts.block(name, NOW + MINUTE)
    assert accounts.budget(name)["blocked_until"] == int((NOW + 2 * MINUTE).timestamp() * 1000)


def test_P05_within_a_vendors_hour_the_least_that_was_left_counts(accounts: Accounts, name: str) -> None:
    hour, next_hour = NOW + 30 * MINUTE, NOW + 90 * MINUTE
    told = [Observed(1500, 900, hour), Observed(1500, 905, hour), Observed(1500, 880, hour)]
    assert [accounts.observe(name, one, 0)["vendor_left"] for one in told] == [900, 900, 880]
    assert accounts.observe(name, Observed(1500, 1499, next_hour), 0)["vendor_left"] == 1499
    assert accounts.observe(name, Observed(1500, 3, hour), 0)["vendor_left"] == 1499, "an answer of the hour before"


def test_P05_calls_that_were_made_are_counted_by_the_vendor_and_no_longer_by_us(accounts: Accounts, name: str) -> None:
    hour = NOW + 30 * MINUTE
    accounts.observe(name, Observed(1500, 900, hour), 0)
    for worker in (1, 2):
        accounts.draw(name, accounts.budget(name), 1000 - 20 * worker, NOW, 20)
    assert accounts.budget(name)["granted"] == 40
    assert accounts.observe(name, Observed(1500, 890, hour), 5)["granted"] == 35
    assert accounts.observe(name, Observed(1500, 895, hour), 5)["granted"] == 30, "also with an answer that came late"
    accounts.give_back(name, 8, 2)
    assert accounts.budget(name)["granted"] == 20


def test_P05_a_grant_is_drawn_from_what_was_seen_or_not_at_all(accounts: Accounts, name: str) -> None:
    accounts.observe(name, Observed(1500, 900, NOW + 30 * MINUTE), 0)
    accounts.draw(name, accounts.budget(name), 100, NOW, 20)
    seen = accounts.budget(name)
    accounts.observe(name, Observed(1500, 890, NOW + 30 * MINUTE), 5)
    with pytest.raises(ConditionFailed):
        accounts.draw(name, seen, 80, NOW, 20)
