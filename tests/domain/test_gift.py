"""What may be told to a CRM as a gift, and what may not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain.gift import Designation, Gift, GiftStatus, Refund, check, invoice_note, timestamp
from giftbridge.errors import Reject

GOOD = Gift(
    id="txn_1", contact_id="c_1", amount=2550, currency="USD", status=GiftStatus.SUCCEEDED, method="card",
    occurred_at=datetime(2026, 3, 1, 2, 30, tzinfo=UTC), designations=(Designation(2000, "1"), Designation(550, "2")),
)  # fmt: skip


def test_F35_a_good_gift_passes() -> None:
    check(GOOD, "USD")
    check(GOOD, "usd")
    check(GOOD, "")
    check(replace(GOOD, currency=""), "USD")


@pytest.mark.parametrize(
    ("gift", "code"),
    [
        (replace(GOOD, amount=0, designations=(Designation(0),)), "amount_not_positive"),
        (replace(GOOD, amount=-2550), "amount_not_positive"),
        (replace(GOOD, contact_id=""), "donor_missing"),
        (replace(GOOD, currency="EUR"), "currency_differs"),
        (replace(GOOD, designations=(Designation(3000), Designation(-450))), "amount_not_positive"),
        (replace(GOOD, designations=(Designation(2550), Designation(0))), "amount_not_positive"),
        (replace(GOOD, designations=(Designation(2549),)), "split_mismatch"),
        (replace(GOOD, designations=()), "split_mismatch"),
    ],
)
def test_F35_what_makes_no_sense_is_refused_with_its_reason(gift: Gift, code: str) -> None:
    with pytest.raises(Reject) as refused:
        check(gift, "USD")
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "date_invalid"),
        ("2026-02-30T12:00:00Z", "date_invalid"),
        ("yesterday", "date_invalid"),
        ("2026-03-01", "date_without_zone"),
        ("2026-03-01T12:00:00", "date_without_zone"),
    ],
)
def test_F35_a_missing_or_impossible_date_is_refused(value: str, code: str) -> None:
    with pytest.raises(Reject) as refused:
        timestamp(value)
    assert refused.value.code == code


@given(st.integers(0, 3 * 10**9), st.integers(-14, 14))
def test_times_are_one_moment_in_any_zone(seconds: int, hours: int) -> None:
    there = datetime.fromtimestamp(seconds, UTC)
    sign = "-" if hours < 0 else "+"
    written = (there + timedelta(hours=hours)).replace(tzinfo=None).isoformat() + f"{sign}{abs(hours):02}:00"
    assert timestamp(written) == there


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/New_York", date(2026, 2, 28)),
        ("UTC", date(2026, 3, 1)),
        ("Pacific/Auckland", date(2026, 3, 1)),
        ("Pacific/Honolulu", date(2026, 2, 28)),
    ],
)
def test_F33_a_gift_of_late_evening_stays_on_its_day(zone: str, day: date) -> None:
    assert GOOD.local_date(zone) == day


def test_F32_the_note_is_the_event_and_the_items() -> None:
    assert invoice_note("Spring Gala", ("Signed guitar", "", "Raffle")) == "Spring Gala; Signed guitar; Raffle"
    assert invoice_note("", ()) == ""


def test_F35_how_much_was_given_back() -> None:
    assert replace(GOOD, status=GiftStatus.REFUNDED).refunded == 2550
    parts = (Refund("r1", 100, None), Refund("r2", 250, None))
    assert replace(GOOD, status=GiftStatus.PARTIALLY_REFUNDED, refunds=parts).refunded == 350
    assert GOOD.refunded == 0
