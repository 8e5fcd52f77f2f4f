"""WeGive's recurring donations, pledges, kinds of gifts, and its import file."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from giftbridge.connectors.pulls import CrmGift, FileGift
from giftbridge.domain.contact import Contact
from giftbridge.domain.gift import Designation, Pledge, Schedule
from tests.connectors.contract import DONOR, Bench
from tests.connectors.wegive.case import ADA, CASE
from tests.connectors.wegive.test_wegive_gifts import code, read

START = datetime(2026, 1, 15, 10, tzinfo=UTC)
PLAN = CASE.fixture("schedules.json")["data"][0]
GIVEN = CrmGift("5001", "17", date(2026, 3, 1), 12550, "card", (Designation(12550, "F100"),), fee=390, note="Thanks")


def test_F36_a_payment_brings_its_schedule() -> None:
    assert read(scheduledDonation=PLAN).schedule == Schedule("13300001", "monthly", 2500, START)
    ends = read(scheduledDonation={**PLAN, "ends_at": "2027-01-15T10:00:00Z", "deleted_at": "2026-06-01T00:00:00Z"})
    assert ends.schedule.end == datetime(2026, 6, 1, tzinfo=UTC), "cancelled before its end"


@pytest.mark.parametrize("plan", [None, "monthly", [], {**PLAN, "start_date": "", "created_at": None}])
def test_F36_a_payment_whose_schedule_is_not_told_is_a_gift_all_the_same(plan: Any) -> None:
    assert read(scheduledDonation=plan).schedule is None


def test_F36_words_for_frequencies_may_be_added() -> None:
    word = {**PLAN, "frequency": "Fortnightly"}
    assert read(scheduledDonation=word).schedule.frequency == "other"
    chosen = {"frequencies": {"fortnightly": "every_two_weeks"}}
    assert read(chosen, scheduledDonation=word).schedule.frequency == "every_two_weeks"
    assert read(chosen, scheduledDonation=PLAN).schedule.frequency == "monthly"


def test_F36_a_fee_on_top_is_part_of_what_is_paid_each_time() -> None:
    plan = {**PLAN, "cover_fees": True}
    assert read(scheduledDonation=plan).schedule.amount == 2500
    assert read({"covered_fee": "on_top"}, scheduledDonation=plan).schedule.amount == 2589


def test_F36_a_schedule_whose_amount_is_ambiguous_is_refused_with_its_payment() -> None:
    assert code(scheduledDonation={**PLAN, "amount": "25.00"}) == "amount_ambiguous"


def test_F36_schedules_are_listed_but_for_those_that_make_no_sense() -> None:
    page = Bench("wegive", CASE).connector.schedules("")
    assert [(one.id, one.frequency, one.amount) for one in page.rows] == [
        ("13300001", "monthly", 2500), ("13300002", "daily", 1000),
    ]  # fmt: skip
    assert page.rows[1].end == datetime(2026, 2, 20, 10, tzinfo=UTC)
    assert (page.more, page.total) == (False, 3)


def test_F36_a_gift_names_the_pledge_that_it_pays() -> None:
    assert read(pledge={"id": 14400001, "total_amount": 100000}).pledge == Pledge("14400001", 100000)
    assert read(pledge={"total_amount": "100000"}, pledge_id=14400002).pledge == Pledge("14400002", 100000)
    assert read(pledge=None).pledge is None


def test_F36_what_a_gift_is_goes_by_its_campaign_or_a_field() -> None:
    settings = {"kinds": {"campaign:12": "membership", "field:Type=Grant": "grant"}}
    assert read(settings, campaign={"id": 12, "name": "Members"}).kind == "membership"
    assert read(settings, campaign=None, custom_fields={"Type": "Grant"}).kind == "grant"
    assert read(settings, campaign=None, custom_fields=[]).kind == "donation"
    assert read(source_type="in_kind", campaign=None).kind == "in_kind"


def test_F33_anonymity_is_told_beside_the_note() -> None:
    assert read(anonymous=True).anonymous
    assert not read(anonymous=False).anonymous


# -- the other way


def test_F22_a_donor_is_found_or_created_with_what_is_known() -> None:
    bench = Bench("wegive", CASE)
    assert bench.connector.find_or_create_donor(DONOR) == ADA
    (request,) = bench.writes()
    assert request.read() == (
        b'{"type":"individual","email":"ada.lane@example.org","first_name":"Ada","last_name":"Lane",'
        b'"phone":"(202) 555-0143"}'
    )


def test_F22_nothing_blank_is_sent_of_an_organisation() -> None:
    bench = Bench("wegive", CASE)
    company = Contact(kind="organisation", organisation_name="Lane & Sons", email="office@example.org")
    bench.connector.find_or_create_donor(company)
    assert bench.writes()[0].read() == b'{"type":"company","email":"office@example.org"}'


def test_F22_an_answer_without_an_id_leaves_a_doubt() -> None:
    bench = Bench("wegive", CASE)
    bench.troubles[0] = lambda _: httpx.Response(200, json={"data": {"name": "Ada"}})
    with pytest.raises(Exception, match="without an id") as failed:
        bench.connector.find_or_create_donor(DONOR)
    assert failed.value.doubt  # type: ignore[attr-defined]


def rows(*gifts: FileGift, **settings: Any) -> list[dict[str, str]]:
    header, *found = Bench("wegive", CASE, settings=settings).connector.gift_file(gifts)
    return [dict(zip(header, row, strict=True)) for row in found]


def test_F37_a_file_has_a_row_for_each_gift() -> None:
    split = replace(GIVEN, parts=(Designation(10000, "F100"), Designation(2550, "")), method="ach", refunded=True)
    one, two = rows(
        FileGift(GIVEN, ADA, "crm b:1/5001", "USD"), FileGift(split, ADA, "crm b:1/5002", "USD", "12200001")
    )
    told = ("id", "donor_id", "date", "amount", "fee_amount", "currency", "source_type", "status", "fund")
    assert [one[name] for name in told] == ["", ADA, "2026-03-01", "12550", "390", "USD", "card", "success", "F100"]
    assert (one["custom_import_reference"], one["memo"]) == ("crm b:1/5001", "Thanks [crm b:1/5001]")
    assert [two[name] for name in told] == [
        "12200001",
        ADA,
        "2026-03-01",
        "12550",
        "390",
        "USD",
        "bank",
        "refunded",
        "",
    ]
    assert two["fund_allocations"] == "F100=10000;default=2550"


@pytest.mark.parametrize(
    ("changes", "category"),
    [
        ({}, "Donation"), ({"kind": "grant"}, "Grant"), ({"kind": "in_kind"}, "InKind"),
        ({"schedule_id": "13300001"}, "RecurringDonation"), ({"pledge_id": "14400001"}, "PledgePayment"),
    ],
)  # fmt: skip
def test_F37_categories_are_those_of_the_vendor(changes: dict[str, Any], category: str) -> None:
    assert rows(FileGift(replace(GIVEN, **changes), ADA, "m"))[0]["category"] == category


def test_F37_columns_may_have_other_headings_or_be_left_out() -> None:
    (row,) = rows(FileGift(GIVEN, ADA, "m"), import_columns={"amount": "Amount (cents)", "fee_amount": ""})
    assert row["Amount (cents)"] == "12550"
    assert "fee_amount" not in row
    assert row["donor_id"] == ADA
