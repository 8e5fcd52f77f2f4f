"""Milestones: what counts, when it is passed, and that what was passed before never is again."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain.giving import Donation
from giftbridge.domain.milestones import (
    Measure,
    Milestone,
    Reached,
    reached,
    year_of_giving,
    years_in_a_row,
)  # fmt: skip

SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def gift(
    amount: int = 10_000, day: date = TODAY, old: bool = False, real: bool = True, refunded: bool = False
) -> Donation:
    """A donation entered after the switch-on, or before it."""
    entered = SINCE - timedelta(days=1) if old else SINCE + timedelta(hours=1)
    return Donation("1", "7", amount, day, entered, real=real, refunded=refunded)


def passed(measure: Measure, thresholds: tuple[int, ...], *gifts: Donation, month: int = 1) -> int | None:
    """The threshold that is told, if any."""
    found = reached(Milestone(measure, thresholds, month), gifts, TODAY, SINCE)
    return found.threshold if found else None


def test_the_tenth_gift() -> None:
    nine = [gift(old=True)] * 9
    assert passed("gifts", (10,), *nine) is None
    assert passed("gifts", (10,), *nine, gift()) == 10
    assert passed("gifts", (9,), *nine, gift()) is None, "passed before"
    assert passed("gifts", (10,), *nine, gift(old=True), gift()) is None


def test_a_total_that_adds_up_from_small_gifts() -> None:
    before = [gift(old=True)] * 9
    assert passed("lifetime", (100_000,), *before) is None
    assert passed("lifetime", (100_000,), *before, gift(9_999)) is None
    assert passed("lifetime", (100_000,), *before, gift(10_000)) == 100_000


def test_of_several_thresholds_the_highest_is_told() -> None:
    assert passed("lifetime", (500_00, 100_00, 1_000_00), gift(700_00)) == 500_00


@pytest.mark.parametrize("none", [gift(real=False), gift(refunded=True)])
def test_promises_and_refunded_gifts_do_not_count(none: Donation) -> None:
    assert passed("gifts", (1,), none) is None
    assert passed("lifetime", (1,), none) is None
    assert passed("years", (1,), none) is None
    assert passed("gifts", (1,), gift(0)) is None, "nor does a gift of nothing"


def test_a_refunded_old_gift_no_longer_keeps_a_threshold_passed() -> None:
    assert passed("gifts", (2,), gift(old=True), gift(old=True, refunded=True), gift()) == 2


def test_a_total_since_a_month_begins_anew_each_year() -> None:
    last = gift(90_000, date(2025, 6, 30), old=True)
    assert passed("since_month", (100_000,), last, gift(20_000), month=7) is None
    inside = gift(90_000, date(2025, 7, 1), old=True)
    assert passed("since_month", (100_000,), inside, gift(20_000), month=7) == 100_000
    found = reached(Milestone("since_month", (100_000,), 7), [inside, gift(20_000)], TODAY, SINCE)
    assert found is not None
    assert (found.key, found.year) == ("since_month:100000:7:2025", 2025)


def test_a_gift_of_the_year_before_counts_for_that_year() -> None:
    late = date(2025, 12, 30)
    found = reached(Milestone("since_month", (100,)), [gift(200, late), gift(50, TODAY)], late, SINCE)
    assert found is not None
    assert found.year == 2025
    assert reached(Milestone("since_month", (100,)), [gift(200, late), gift(50, TODAY)], TODAY, SINCE) is None


@pytest.mark.parametrize(
    ("on", "month", "start"),
    [
        (date(2026, 7, 1), 7, date(2026, 7, 1)),
        (date(2026, 6, 30), 7, date(2025, 7, 1)),
        (date(2024, 2, 29), 1, date(2024, 1, 1)),
        (date(2026, 12, 31), 12, date(2026, 12, 1)),
    ],
)
def test_the_year_of_giving(on: date, month: int, start: date) -> None:
    assert year_of_giving(on, month) == start


@pytest.mark.parametrize(
    ("years", "count"),
    [([], 0), ([2026], 1), ([2010, 2011, 2013, 2014], 2), ([2010, 2011, 2013], 1), ([2012, 2011, 2011, 2013], 3)],
)
def test_years_in_a_row(years: list[int], count: int) -> None:
    assert years_in_a_row(date(year, 5, 5) for year in years) == count


def test_years_pass_with_the_gift_that_makes_them() -> None:
    old = [gift(day=date(year, 1, 1), old=True) for year in (2010, 2011, 2013, 2025)]
    assert passed("years", (2,), *old, gift()) == 2
    assert passed("years", (2, 3), *old, gift(), gift(day=date(2024, 12, 31), old=True)) == 3


@pytest.mark.parametrize(
    "one", [Reached("gifts", 10), Reached("years", 5), Reached("since_month", 100_000, 7, 2025), Reached("lifetime", 1)]
)
def test_a_key_tells_all_there_is(one: Reached) -> None:
    assert Reached.of(one.key) == one


@pytest.mark.parametrize("text", ["x", "gifts", "gifts:x", "gifts:1:2", "since_month:1", "people:3"])
def test_another_text_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match=text or ""):
        Reached.of(text)


def test_a_milestone_knows_its_thresholds() -> None:
    assert Milestone("gifts", (5, 10)).has(Reached("gifts", 10))
    assert not Milestone("gifts", (5,)).has(Reached("gifts", 10))
    assert not Milestone("lifetime", (10,)).has(Reached("gifts", 10))
    assert not Milestone("since_month", (10,), 7).has(Reached("since_month", 10, 1, 2025))


def test_words_for_staff() -> None:
    assert Reached("gifts", 10).told("USD") == "10 gifts"
    assert Reached("lifetime", 123_456).told("USD") == "1,234.56 USD in total"
    assert Reached("since_month", 100_000, 7, 2025).told("") == "1,000.00 since 2025-07"
    assert Reached("years", 5).told("USD") == "5 years in a row"


@given(st.lists(st.tuples(st.integers(1, 50_000), st.integers(2015, 2026)), max_size=30), st.sampled_from([1, 7, 12]))
def test_each_threshold_is_told_at_most_once_however_gifts_come(rows: list[tuple[int, int]], month: int) -> None:
    """Gifts come one by one; what was told is kept, as the job does."""
    measures: tuple[Measure, ...] = ("gifts", "lifetime", "years")
    for measure in measures:
        milestone = Milestone(measure, (1, 2, 5, 1_000, 30_000), month)
        gifts: list[Donation] = []
        told: list[int] = []
        for amount, year in rows:
            gifts.append(gift(amount, date(year, 3, 2)))
            found = reached(milestone, gifts, gifts[-1].day, SINCE)
            if found and found.threshold not in told:
                told.append(found.threshold)
        if measure != "years":
            assert all(one < other for one, other in pairwise(told))
