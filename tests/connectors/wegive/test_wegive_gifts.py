"""Gifts as WeGive tells them, with the oddities of its document."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from giftbridge.domain.gift import Card, Gift, GiftStatus, Refund, check
from giftbridge.errors import Reject
from tests.connectors.contract import Bench
from tests.connectors.wegive.case import ADA, CASE, GIFT, GUESTS_GIFT, answered

TRANSACTION = CASE.fixture("transaction.json")["data"]
WATER, FOOD = (part["fund"] for part in TRANSACTION["fund_allocations"])


def read(settings: dict[str, Any] | None = None, **changes: Any) -> Any:
    """The gift as read, with some fields changed; a field that is `...` is left out."""
    bench = Bench("wegive", CASE, settings=settings or {})
    told = {name: value for name, value in {**TRANSACTION, **changes}.items() if value is not ...}
    bench.troubles[0] = answered({"data": told})
    return bench.connector.gifts([GIFT])[GIFT]


def code(settings: dict[str, Any] | None = None, **changes: Any) -> str:
    """The code under which the gift is refused."""
    found = read(settings, **changes)
    assert isinstance(found, Reject)
    return found.code


def parts(found: Gift) -> list[tuple[int, str]]:
    return [(part.amount, part.fund) for part in found.designations]


def test_F34_a_gift_with_a_part_for_each_fund() -> None:
    found = Bench("wegive", CASE).connector.gifts([GIFT])[GIFT]
    assert isinstance(found, Gift)
    assert (found.contact_id, found.amount, found.currency, found.fee) == (ADA, 12550, "USD", 390)
    assert (found.status, found.method, found.receipt_id) == (GiftStatus.SUCCEEDED, "card", f"R-{GIFT}")
    assert found.occurred_at == datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    assert found.card == Card("visa", "4242", 12, 2030)
    assert parts(found) == [(10000, "WATER"), (2550, str(FOOD["id"]))], "a fund without a code goes by its id"
    assert found.note == "Spring Gala; tribute to Grace Lane: with love; Anonymous; recurring monthly"


def test_F33_a_guests_check_has_no_donor() -> None:
    found = Bench("wegive", CASE).connector.gifts([GUESTS_GIFT])[GUESTS_GIFT]
    assert (found.contact_id, found.method, found.check_number, found.note) == ("", "check", "1071", "")
    assert parts(found) == [(100, "F100")], "the code of a single fund is looked up"
    with pytest.raises(Reject) as refused:
        check(found, "USD")
    assert refused.value.code == "donor_missing"


@pytest.mark.parametrize("amount", [12550, "12550"])
def test_F33_cents_come_as_a_number_or_its_digits(amount: Any) -> None:
    assert read(amount=amount).amount == 12550


@pytest.mark.parametrize("amount", ["125.50", 125.5, 12550.0, "12,550", " 12550", "", None, True, [12550], "１２"])
def test_F33_what_may_be_no_cents_is_refused(amount: Any) -> None:
    assert code(amount=amount) == "amount_ambiguous"


def test_a_number_too_long_to_be_true_is_refused() -> None:
    assert code(amount="9" * 5000) == "amount_too_large"


def test_whole_units_are_read_where_they_are_expected() -> None:
    rows = [{"fund": WATER, "amount": "125.50"}]
    found = read({"amounts": "decimal"}, amount="125.50", fee_amount="3.90", fund_allocations=rows)
    assert (found.amount, found.fee, parts(found)) == (12550, 390, [(12550, "WATER")])
    assert code({"amounts": "decimal"}, amount=12550) == "amount_ambiguous"


@pytest.mark.parametrize("total", [1, 100, 9999, 10000])
def test_F34_uneven_shares_stay_exact(total: int) -> None:
    share, odd = divmod(total, 3)
    rows = [
        {"fund": {"id": number, "code": f"F{number}"}, "amount": share + (number <= odd)}
        for number in (1, 2, 3)
        if share or number <= odd
    ]
    found = read(amount=total, fee_amount=0, fund_allocations=rows)
    assert sum(part.amount for part in found.designations) == total
    check(found, "USD")


def test_F34_parts_that_do_not_add_up_are_refused_by_the_core() -> None:
    with pytest.raises(Reject) as refused:
        check(read(fund_allocations=[{"fund": WATER, "amount": 100}]), "USD")
    assert refused.value.code == "split_mismatch"


def test_F34_a_merged_fund_is_the_one_it_became() -> None:
    merged = {**FOOD, "code": "OLD", "merged_into_id": WATER["id"]}
    rows = [{"fund": WATER, "amount": 10000}, {"fund": merged, "amount": 2550}]
    assert parts(read(fund_allocations=rows)) == [(12550, "WATER")]
    gone = [{"fund": {**merged, "merged_into_id": 99}, "amount": 12550}]
    assert parts(read(fund_allocations=gone)) == [(12550, "99")]


@pytest.mark.parametrize(
    ("changes", "fund"),
    [
        ({"fund": {"id": WATER["id"], "name": "Water"}}, "WATER"),
        ({"fund": "Water", "fund_id": ...}, "WATER"),
        ({"fund": str(WATER["id"])}, "WATER"),
        ({"fund": None}, "WATER"),
        ({"fund": None, "fund_id": None}, ""),
        ({"fund": "Unheard of", "fund_id": ...}, "Unheard of"),
        ({"fund": {"id": 77, "name": "New"}}, "77"),
    ],
)
def test_F34_a_single_fund_by_whatever_names_it(changes: dict[str, Any], fund: str) -> None:
    assert parts(read(fund_allocations=[], **changes)) == [(12550, fund)]


def test_F33_a_covered_fee_on_top_is_part_of_what_was_given() -> None:
    found = read({"covered_fee": "on_top"}, cover_fees="true")
    assert (found.amount, found.fee) == (12940, 390)
    assert parts(found) == [(10390, "WATER"), (2550, str(FOOD["id"]))]
    check(found, "USD")
    assert read({"covered_fee": "on_top"}, cover_fees=False).amount == 12550
    assert read(cover_fees=True).amount == 12550


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("success", GiftStatus.SUCCEEDED), ("processing", GiftStatus.PROCESSING), ("pending", GiftStatus.PROCESSING),
        ("failed", GiftStatus.FAILED), ("cancelled", GiftStatus.CANCELLED), ("refunded", GiftStatus.REFUNDED),
    ],
)  # fmt: skip
def test_F35_statuses(word: str, status: GiftStatus) -> None:
    assert read(status=word).status is status


@pytest.mark.parametrize(
    ("source", "word", "status"),
    [
        ("bank", "processing", GiftStatus.SUCCEEDED),
        ("bank", "pending", GiftStatus.PROCESSING),
        ("card", "processing", GiftStatus.PROCESSING),
    ],
)
def test_F35_a_bank_payment_counts_early_where_that_is_chosen(source: str, word: str, status: GiftStatus) -> None:
    found = read({"processing_is_success": True}, source_type=source, status=word)
    assert found.status is status


def test_F35_a_refund_is_of_the_whole_gift() -> None:
    found = read(status="refunded", refunded_at="2026-03-01 10:00:00")
    assert found.refunds == (Refund(GIFT, 12550, datetime(2026, 3, 1, 10, tzinfo=UTC)),)
    assert found.refunded == found.amount
    assert code(refunded_at="2026-03-01T10:00:00Z") == "refund_unclear"


@pytest.mark.parametrize(
    ("source", "method"),
    [
        ("card", "card"), ("bank", "ach"), ("cash", "cash"), ("check", "check"), ("paypal", "paypal"),
        ("venmo", "venmo"), ("crypto", "crypto"), ("in_kind", "in_kind"), ("stock", "stock"), ("wire", "wire"),
        ("other", "other"), ("unknown", "other"), (None, "card"),
    ],
)  # fmt: skip
def test_F33_methods(source: str | None, method: str) -> None:
    assert read(source_type=source).method == method


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"memo": "from the desk", "message": "with thanks"}, "from the desk; with thanks"),
        ({"reference": "W-77", "source_type": "wire"}, "reference W-77"),
        ({"source_type": "venmo"}, "paid by Venmo"),
        ({"source_type": "stock"}, "paid by stock"),
        ({"is_tax_deductible": "false"}, "service revenue, not tax-deductible"),
        ({"frequency": None, "scheduled_donation_id": 5}, "recurring"),
        ({"frequency": "weekly", "scheduled_donation_id": 5}, "recurring weekly"),
        ({"anonymous": 1}, "Anonymous"),
        ({}, ""),
    ],
)
def test_F36_the_note_tells_what_no_other_field_holds(changes: dict[str, Any], told: str) -> None:
    plain = {"memo": None, "tribute_name": None, "tribute_message": None, "anonymous": False, "frequency": "once"}
    assert read(**{**plain, **changes}).note == told


def test_F33_anonymity_is_told_as_chosen() -> None:
    assert "Kept private" in read({"anonymous_note": "Kept private"}).note
    assert "Anonymous" not in read({"anonymous_note": ""}).note


@pytest.mark.parametrize("stamp", ["2026-02-28T23:30:00.000000Z", "2026-02-28 23:30:00", "2026-02-28T18:30:00-05:00"])
def test_F33_a_time_without_a_zone_is_utc(stamp: str) -> None:
    assert read(created_at=stamp).occurred_at == datetime(2026, 2, 28, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"is_test": "1"}, "test_gift"),
        ({"status": "disputed"}, "status_unknown"),
        ({"created_at": "2026-02-30T12:00:00Z"}, "date_invalid"),
        ({"created_at": ...}, "date_invalid"),
        ({"fund_allocations": "WATER"}, "gift_malformed"),
        ({"fund_allocations": [{"fund": WATER, "amount": "x"}]}, "amount_ambiguous"),
        ({"fee_amount": "3.90"}, "amount_ambiguous"),
    ],
)
def test_what_makes_no_sense_says_why(changes: dict[str, Any], told: str) -> None:
    assert code(**changes) == told


def test_ids_as_texts_a_missing_currency_and_owner_alone() -> None:
    assert read(donor_id=ADA).contact_id == ADA
    assert read(donor_id=...).contact_id == ADA, "the owner's id"
    assert read(currency="usd").currency == "USD"
    assert read(currency=...).currency == "USD"
    assert read({"default_currency": "CAD"}, currency=None).currency == "CAD"


def test_a_gift_that_is_gone_is_left_out_and_stops_no_other() -> None:
    bench = Bench("wegive", CASE, troubles={0: lambda _: httpx.Response(404, json={"message": "No query results"})})
    assert list(bench.connector.gifts([GIFT, GUESTS_GIFT])) == [GUESTS_GIFT]
