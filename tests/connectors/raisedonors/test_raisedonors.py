"""Donations."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from giftbridge.domain.gift import Gift, GiftStatus
from giftbridge.domain.project import Project
from giftbridge.errors import Reject
from tests.connectors.contract import Bench
from tests.connectors.raisedonors.case import CASE

DONATION = CASE.fixture("donations.json")["items"][0]


def donation(**changes: Any) -> Any:
    """A donation as read."""
    bench = Bench("raisedonors", CASE)
    bench.troubles[0] = lambda _: httpx.Response(200, json={"items": [{**DONATION, **changes}]})
    return bench.connector.gifts(["don_1"])["don_1"]


def test_a_donation_is_a_gift_with_a_part_for_each_project() -> None:
    found = donation()
    assert isinstance(found, Gift)
    assert (found.amount, found.method, found.event_id, found.receipt_id) == (12550, "card", "", "")
    assert [(part.amount, part.fund) for part in found.designations] == [(10000, "WATER"), (2550, "FOOD")]
    assert found.note == "In memory of grandmother; Monthly"
    assert {part.appeal for part in found.designations} == {"SPRING26"}
    assert found.card is not None
    assert (found.card.brand, found.card.last4) == ("Visa", "")


def test_a_refund_is_told_with_its_reason() -> None:
    found = Bench("raisedonors", CASE).connector.gifts(["don_2"])["don_2"]
    assert (found.status, found.method) == (GiftStatus.PARTIALLY_REFUNDED, "ach")
    assert [(refund.amount, refund.reason) for refund in found.refunds] == [(1000, "typed twice")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 100.125}, "amount_fraction"),
        ({"occurredAt": "2026-02-30T12:00:00.000Z"}, "date_invalid"),
        ({"status": "disputed"}, "status_unknown"),
        ({"projects": "WATER"}, "gift_malformed"),
        ({"projects": [{"code": "WATER", "amount": "x"}]}, "amount_not_a_number"),
    ],
)
def test_what_makes_no_sense_says_why(changes: dict[str, Any], code: str) -> None:
    found = donation(**changes)
    assert isinstance(found, Reject)
    assert found.code == code


def test_a_bad_donation_stops_no_other() -> None:
    found = Bench("raisedonors", CASE).connector.gifts(["don_1", "don_3"])
    assert isinstance(found["don_1"], Gift)
    assert isinstance(found["don_3"], Reject)


def test_every_donation_of_a_page_is_listed_whatever_its_state() -> None:
    page = Bench("raisedonors", CASE).connector.gift_changes("")
    assert [seen.id for seen in page.rows] == ["don_1", "don_2", "don_3"]
    assert page.rows[0].occurred_at == datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    assert (page.cursor, page.more) == ("eyJ1IjoiMjAyNi0wMy0wMSJ9", False)


def test_projects_are_told_with_their_codes_inactive_ones_too() -> None:
    page = Bench("raisedonors", CASE).connector.project_changes("")
    assert page.rows == (
        Project("WATER", "Clean water", "Wells and pumps"),
        Project("FOOD", "Food bank", active=False),
    )


def test_a_payment_of_a_standing_order_names_it() -> None:
    found = donation(recurringId="rec_7")
    assert isinstance(found, Gift)
    assert found.schedule is not None
    assert (found.schedule.id, found.schedule.frequency, found.schedule.amount) == ("rec_7", "monthly", 12550)
    assert found.note == "In memory of grandmother", "the schedule says how often"
