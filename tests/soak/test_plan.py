"""A soak's plan: the same for everybody with the same seed, and possible from its first event to its last."""

from collections import Counter

import pytest

from local.soak.ledger import cents_of, value_of
from local.soak.plan import FIRST_SYNC, PAIRS, REPERTOIRE, STANDING, Event, plan

SYSTEMS = {"handbid", "wegive", "raisedonors", "gratavid", "bloomerang", "kindful", "virtuous"}


def of_site(seed: int, events: int, site: int) -> list[Event]:
    return [event for event in plan(seed, events).events if event.site == site]


def test_the_same_seed_makes_the_same_events_and_another_one_others() -> None:
    assert plan(7, 400) == plan(7, 400)
    assert plan(7, 400).events != plan(8, 400).events


@pytest.mark.parametrize("events", [10, 150, 3_000])
def test_there_are_so_many_events_with_ascending_numbers_over_all_seven_systems(events: int) -> None:
    made = plan(7, events)
    assert [event.number for event in made.events] == list(range(events))
    assert {name for pair in made.sites for name in pair} == SYSTEMS
    assert {event.site for event in made.events} == set(range(len(made.sites)))


def test_a_longer_soak_has_more_connections_of_each_pair() -> None:
    assert Counter(plan(7, 10_000).sites) == dict.fromkeys(PAIRS, 5)


def test_too_few_events_are_refused_with_the_number_that_is_enough() -> None:
    with pytest.raises(ValueError, match="9 events are too few: at least 10"):
        plan(7, 9)


def test_every_kind_of_every_pair_comes_in_a_plan_of_some_length() -> None:
    made = plan(7, 2_000)
    for site, pair in enumerate(made.sites):
        assert {event.kind for event in made.events if event.site == site} >= set(REPERTOIRE[pair])


@pytest.mark.parametrize("seed", range(5))
def test_nothing_happens_before_what_it_is_about(seed: int) -> None:
    made = plan(seed, 600)
    for site, pair in enumerate(made.sites):
        known, gifts = set(range(STANDING if pair in FIRST_SYNC else 0)), set[int]()
        for event in (one for one in made.events if one.site == site):
            if event.kind in ("join", "enrol"):
                assert event.who not in known, "a new person"
                known.add(event.who)
            assert event.who == -1 or event.who in known
            assert event.about == -1 or event.about in gifts
            if event.kind.endswith("gift"):
                gifts.add(event.number)


@pytest.mark.parametrize("seed", range(5))
def test_a_gift_is_refunded_once_and_only_after_it_was_paid_or_reconciled(seed: int) -> None:
    for site, (platform, _) in enumerate(PAIRS):
        opened, due = set[int](), set[int]()
        for event in of_site(seed, 800, site):
            if event.kind == "gift":
                (opened if platform == "handbid" else due).add(event.number)
            if event.kind == "settle":
                due.add(event.about)
            if event.kind == "reconcile":
                due, opened = due | opened, set()
            if event.kind == "refund":
                due.remove(event.about)
        assert not opened, "at the end no auction is left open"


def test_what_an_event_sets_and_gives_is_its_own() -> None:
    assert len({cents_of(number) for number in range(20_000)}) == 20_000
    assert len({value_of(number, "last") for number in range(20_000)}) == 20_000
    assert len({value_of(number, "phone") for number in range(10_000)}) == 10_000
    assert [value_of(number, "last") for number in (0, 25, 26)] == ["Lanea", "Lanez", "Laneaa"]
