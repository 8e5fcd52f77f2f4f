"""Cents in, cents out, or a reason why not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain.money import cents, cents_from_major, major_from_cents
from giftbridge.errors import Reject

AMOUNTS = st.integers(-(10**11), 10**11)


@given(AMOUNTS)
def test_every_amount_survives_the_way_to_a_json_number_and_back(amount: int) -> None:
    assert cents_from_major(major_from_cents(amount)) == amount
    assert cents_from_major(str(Decimal(amount) / 100)) == amount
    assert cents(amount) == amount


@given(AMOUNTS, st.integers(1, 9))
def test_three_decimals_are_refused(amount: int, mill: int) -> None:
    with pytest.raises(Reject) as refused:
        cents_from_major(Decimal(amount * 10 + mill) / 1000)
    assert refused.value.code == "amount_fraction"


@given(AMOUNTS.filter(bool))
def test_cents_are_whole(amount: int) -> None:
    with pytest.raises(Reject):
        cents(Decimal(amount) + Decimal("0.5"))


@pytest.mark.parametrize(
    "value", [None, "", "ten", "12,50", float("nan"), float("inf"), float("-inf"), "NaN", "sNaN", True, [], {}, b"10"]
)
def test_what_is_no_number_is_refused(value: object) -> None:
    for read in (cents, cents_from_major):
        with pytest.raises(Reject) as refused:
            read(value)
        assert refused.value.code == "amount_not_a_number"


@pytest.mark.parametrize("value", ["1e400", "1e999999999", 10**30, "1234567890123456789012345678.005"])
def test_what_no_donor_gives_is_refused(value: object) -> None:
    for read in (cents, cents_from_major):
        with pytest.raises(Reject):
            read(value)


@pytest.mark.parametrize(
    ("value", "amount"), [(25.5, 2550), ("100.10", 10010), (0.07, 7), (1.1, 110), (0, 0), ("-3", -300)]
)
def test_dollars_as_vendors_write_them(value: object, amount: int) -> None:
    assert cents_from_major(value) == amount
