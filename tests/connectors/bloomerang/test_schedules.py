"""Bloomerang's schedules and pledges on the way out."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from giftbridge.connectors.base import Done, GiftWrite
from giftbridge.connectors.bloomerang.gifts import mark
from giftbridge.connectors.commitments import PledgeSeen, ScheduleWrite
from giftbridge.domain.gift import Designation, Frequency, Schedule
from giftbridge.errors import NotFound
from tests.connectors.bloomerang.case import CASE
from tests.connectors.contract import GIFT, NOW, REFERENCE, SCHEDULE, Bench

WRITE = ScheduleWrite(REFERENCE, SCHEDULE, "1990657", GIFT)


def bench(**settings: Any) -> Bench:
    return Bench("bloomerang", CASE, settings=settings)


def bodies(one: Bench) -> list[dict[str, Any]]:
    return [json.loads(request.content) for request in one.writes()]


def made(schedule: Schedule, **settings: Any) -> dict[str, Any]:
    """The designation of a schedule as it is created."""
    one = bench(**settings)
    assert one.connector.write_schedule(replace(WRITE, schedule=schedule)) == Done("7101"), "the designation's id"
    (body,) = bodies(one)
    assert (body["Method"], body["AccountId"]) == ("None", 1990657), "Bloomerang collects nothing for it"
    (part,) = body["Designations"]
    assert part["Amount"] == body["Amount"]
    return dict(part)


def test_F36_a_schedule_begins_on_the_organisations_day() -> None:
    late = replace(SCHEDULE, start=datetime(2026, 3, 1, 2, tzinfo=UTC), end=datetime(2027, 3, 1, 2, tzinfo=UTC))
    part = made(late, time_zone="America/New_York")
    assert (part["RecurringDonationStartDate"], part["RecurringDonationEndDate"]) == ("2026-02-28", "2027-02-28")
    assert (part["Type"], part["FundId"], part["Amount"]) == ("RecurringDonation", 11, 25.0)
    assert mark(REFERENCE.value) in part["Note"]
    assert "RecurringDonationEndDate" not in made(SCHEDULE)


@pytest.mark.parametrize(
    ("frequency", "word"),
    [("weekly", "Weekly"), ("every_two_weeks", "EveryOtherWeekly"), ("quarterly", "Quarterly"), ("yearly", "Yearly")],
)
def test_F36_the_frequency_is_bloomerangs_word(frequency: Frequency, word: str) -> None:
    assert made(replace(SCHEDULE, frequency=frequency))["RecurringDonationFrequency"] == word


@pytest.mark.parametrize("day", range(1, 29))
def test_F36_twice_a_month_has_two_different_days(day: int) -> None:
    part = made(replace(SCHEDULE, frequency="twice_monthly", start=NOW.replace(day=day)))
    days = {part["RecurringDonationDay1"], part["RecurringDonationDay2"]}
    assert len(days) == 2
    assert day in days
    assert days <= set(range(1, 29))


def test_F36_a_frequency_is_taken_where_there_is_a_word_for_it() -> None:
    assert bench().connector.takes_frequency("monthly")
    assert not bench().connector.takes_frequency("daily")
    chosen = bench(frequencies={"every_four_weeks": "Monthly"}).connector
    assert chosen.takes_frequency("every_four_weeks")
    assert chosen.takes_frequency("weekly"), "what is not set stays as it was"


def test_F36_amount_and_end_of_a_schedule_are_changed_in_place() -> None:
    one = bench()
    changed = replace(SCHEDULE, amount=4000, end=NOW + timedelta(days=365))
    assert one.connector.write_schedule(ScheduleWrite(REFERENCE, changed, current_id="7201")) == Done("7201")
    (body,) = bodies(one)
    (part,) = body["Designations"]
    assert one.writes()[0].url.path.endswith("/transaction/5201")
    assert (body["Amount"], part["Amount"], part["RecurringDonationEndDate"]) == (40.0, 40.0, "2027-03-01")
    assert part.items() >= {"Id": 7201, "FundId": 10, "Note": "recurring monthly [ref gb-3f1c9a]"}.items()
    assert not part.keys() & {"NonDeductibleAmount", "RecurringDonationFrequency", "RecurringDonationStartDate"}


def test_F36_the_first_end_of_a_schedule_stands() -> None:
    one = bench()
    one.connector.end_schedule("7201", NOW)
    assert bodies(one)[0]["Designations"][0]["RecurringDonationEndDate"] == "2026-03-01"
    again = bench()
    ended = {**CASE.fixture("schedule.json"), "RecurringDonationEndDate": "2026-02-28"}
    again.troubles[0] = lambda _: httpx.Response(200, json=ended)
    assert again.connector.end_schedule("7201", NOW) == Done("7201")
    assert again.writes() == []


def test_F36_a_schedule_that_staff_deleted_is_answered_as_gone() -> None:
    one = bench()
    one.troubles[0] = lambda _: httpx.Response(404, json=CASE.refusals[404])
    assert isinstance(one.connector.end_schedule("7201", NOW), NotFound)


def test_F36_our_own_schedule_is_found_again_by_its_note() -> None:
    one = bench()
    row = {**CASE.fixture("transaction.json"), "Designations": [CASE.fixture("schedule.json")]}
    one.troubles[0] = lambda _: httpx.Response(200, json={"Results": [row], "TotalFiltered": 1})
    assert one.connector.recall_schedule(WRITE) == ["7201"]
    assert dict(one.sent[0].url.params).items() >= {"accountId": "1990657", "type": "RecurringDonation"}.items()


def paid(gift: Any = GIFT, **named: str) -> list[dict[str, Any]]:
    """The designations of a payment."""
    one = bench(time_zone="UTC")
    (answer,) = one.connector.write_gifts([GiftWrite(REFERENCE, gift, "1990657", **named)])  # type: ignore[arg-type]
    assert isinstance(answer, Done)
    found: list[dict[str, Any]] = bodies(one)[0]["Designations"]
    return found


def test_F36_a_payment_names_its_schedule_and_moves_it_once() -> None:
    parts = paid(replace(GIFT, schedule=SCHEDULE), schedule_id="7201")
    assert [(part["Type"], part["RecurringDonationId"], part["IsExtraPayment"]) for part in parts] == [
        ("RecurringDonationPayment", 7201, False),
        ("RecurringDonationPayment", 7201, True),
    ]
    assert [part["FundId"] for part in parts] == [11, 12]


def test_F36_a_payment_from_before_the_start_is_an_extra_one() -> None:
    single = replace(GIFT, designations=(Designation(GIFT.amount, "11"),))
    (part,) = paid(replace(single, schedule=replace(SCHEDULE, start=NOW + timedelta(days=2))), schedule_id="7201")
    assert part["IsExtraPayment"] is True
    (same_day,) = paid(replace(single, schedule=replace(SCHEDULE, start=NOW + timedelta(hours=2))), schedule_id="7201")
    assert same_day["IsExtraPayment"] is False


def test_F36_a_payment_of_a_pledge_names_it() -> None:
    assert {(part["Type"], part["PledgeId"]) for part in paid(pledge_id="8001")} == {("PledgePayment", 8001)}


def test_F36_pledges_that_are_paid_or_written_off_are_not_open() -> None:
    rows = [
        {"Id": 1, "Type": "Pledge", "Amount": 1000.0, "PledgeBalance": 250.5, "PledgeStatus": "InGoodStanding"},
        {"Id": 2, "Type": "Pledge", "Amount": 1000.0, "PledgeBalance": 0.0, "PledgeStatus": "Fulfilled"},
        {"Id": 3, "Type": "Pledge", "Amount": 1000.0, "PledgeBalance": 900.0, "PledgeStatus": "WrittenOff"},
        {"Id": 4, "Type": "Pledge", "Amount": 50.0},
    ]
    one = bench()
    listed = [{"Id": 9, "Designations": [row]} for row in rows]
    one.troubles[0] = lambda _: httpx.Response(200, json={"Results": listed, "TotalFiltered": len(listed)})
    assert one.connector.open_pledges("1990657") == [PledgeSeen("1", 100000, 25050), PledgeSeen("4", 5000, 5000)]


@pytest.mark.parametrize(
    ("types", "wanted"),
    [
        ({"grant": "campaign:77"}, {"CampaignId": 77}),
        ({"grant": "field:88=Grant"}, {"CustomValues": [{"FieldId": 88, "Value": "Grant"}]}),
        ({"grant": "pick:88=4411"}, {"CustomValues": [{"FieldId": 88, "ValueId": 4411}]}),
    ],
)
def test_F36_what_a_gift_is_goes_where_the_table_says(types: dict[str, str], wanted: dict[str, Any]) -> None:
    one = bench(types=types)
    one.connector.write_gifts([GiftWrite(REFERENCE, replace(GIFT, kind="grant"), "1990657")])
    for part in bodies(one)[0]["Designations"]:
        assert part.items() >= wanted.items()
        assert "(grant)" not in part["Note"]


def test_F36_what_the_table_does_not_know_stands_in_the_note() -> None:
    one = bench()
    one.connector.write_gifts([GiftWrite(REFERENCE, replace(GIFT, kind="membership"), "1990657")])
    assert all("(membership)" in part["Note"] for part in bodies(one)[0]["Designations"])


def test_F36_a_type_may_be_a_method() -> None:
    one = bench()
    one.connector.write_gifts([GiftWrite(REFERENCE, replace(GIFT, kind="in_kind", method="other"), "1990657")])
    assert bodies(one)[0]["Method"] == "InKind"


def test_F33_anonymity_is_kept_in_a_field_where_there_is_one() -> None:
    one = bench(anonymous_field_id=99)
    for anonymous in (True, False):
        one.connector.write_gifts([GiftWrite(REFERENCE, replace(GIFT, anonymous=anonymous), "1990657")])
    told, untold = bodies(one)
    assert told["Designations"][0]["CustomValues"] == [{"FieldId": 99, "Value": "Yes"}]
    assert "CustomValues" not in untold["Designations"][0]


def test_F33_a_table_of_methods_that_is_set_in_part_keeps_the_rest() -> None:
    one = bench(methods={"card": "Cash"})
    for method in ("card", "check"):
        gift = replace(GIFT, method=method, check_number="7")
        one.connector.write_gifts([GiftWrite(REFERENCE, gift, "1990657")])
    assert [body["Method"] for body in bodies(one)] == ["Cash", "Check"]
