"""Recurring plans, pledges, retries, payouts and soft credits."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.wegive import WeGiveOrganisation
from tests.sandbox.wegive_calls import ids, one, page

pytest_plugins = ["tests.sandbox.wegive_fixtures"]


@pytest.fixture
def ada(wegive: WeGiveOrganisation) -> int:
    wegive.set_time("2026-01-31T00:00:00Z")
    wegive.freeze()
    return wegive.donor(first_name="Ada", last_name="Lane", email_1="ada@example.org")


def plan_of(organisation: WeGiveOrganisation, gift: int) -> dict[str, Any]:
    rows = page(organisation, "transactions")["data"]
    found = next(row for row in rows if row["id"] == gift)
    return {name.removeprefix("scheduled_donation_"): value for name, value in found.items() if name.startswith("sch")}


def test_every_payment_is_a_gift_linked_to_its_plan(wegive: WeGiveOrganisation, ada: int) -> None:
    plan = wegive.schedule(ada, amount=2_500, split=[wegive.fund_id(), wegive.fund_id("Building")], source_type="card")
    first = wegive.charge(plan)
    wegive.advance(28 * 86_400)
    second = wegive.charge(plan)
    assert plan_of(wegive, second) == {
        "amount": 2_500,
        "status": "active",
        "first_processed": "2026-01-31T00:00:00.000000Z",
        "next": "2026-03-28T00:00:00.000000Z",
        "total_count": 2,
        "total_given": 5_000,
        "iteration": 2,
        "id": plan,
    }
    assert ids(wegive, scheduled_donation=plan) == ids(wegive, type="recurring") == [second, first]
    detail = one(wegive, "transactions", first)
    assert (detail["frequency"], detail["scheduledDonation"]["id"]) == ("monthly", plan)
    assert [part["amount"] for part in detail["fund_allocations"]] == [1_250, 1_250]


def test_a_monthly_plan_keeps_to_the_months_last_day(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.charge(wegive.schedule(ada))
    assert plan_of(wegive, gift)["next"] == "2026-02-28T00:00:00.000000Z"
    odd = wegive.charge(wegive.schedule(ada, frequency="every-full-moon"))
    assert plan_of(wegive, odd)["next"] is None


def test_one_time_gifts_say_once_or_nothing(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada)
    assert (one(wegive, "transactions", gift)["frequency"], plan_of(wegive, gift)["id"]) == ("once", None)
    wegive.set_options(one_time_frequency="null")
    assert page(wegive, "transactions")["data"][0]["frequency"] is None


def test_the_state_of_a_plan_is_only_a_filter(wegive: WeGiveOrganisation, ada: int) -> None:
    plans = {
        name: wegive.schedule(ada) for name in ("active", "paused", "cancelled", "ended", "ending-soon", "in-arrears")
    }
    wegive.edit_schedule(plans["paused"], paused=True, paused_until="2026-06-01")
    wegive.edit_schedule(plans["cancelled"], cancelled=True)
    wegive.edit_schedule(plans["ended"], ends_at="2026-01-30")
    wegive.edit_schedule(plans["ending-soon"], ends_at="2026-02-10")
    wegive.charge(plans["in-arrears"], status="failed")
    for status, plan in plans.items():
        assert ids(wegive, "scheduled-donations", status=status) == [plan], status
    assert "status" not in page(wegive, "scheduled-donations")["data"][0]
    assert plans["cancelled"] not in ids(wegive, "scheduled-donations")
    assert len(ids(wegive, "scheduled-donations", view="all", status="all")) == 6
    assert wegive.api.get("/dashboard/scheduled-donations?status=done").status_code == 422
    wegive.advance(11 * 86_400)
    assert plans["ending-soon"] in ids(wegive, "scheduled-donations", status="ended")


def test_a_changed_plan_is_in_the_window(wegive: WeGiveOrganisation, ada: int) -> None:
    plan, other = wegive.schedule(ada, source_type="bank", fee=20), wegive.schedule(ada, source_type="check")
    wegive.advance(86_400)
    wegive.edit_schedule(plan, amount=9_900, frequency="annually", ends_at="2027-01-01")
    assert ids(wegive, "scheduled-donations", **{"updated_at[start]": "2026-01-31T12:00:00Z"}) == [plan]
    shown = one(wegive, "scheduled-donations", plan)
    assert (shown["amount"], shown["net_amount"], shown["frequency"]) == (9_900, 9_880, "annually")
    assert ids(wegive, "scheduled-donations", payment_method_type="offline") == [other]
    wegive.edit_schedule(plan, cancelled=True)
    with pytest.raises(httpx.HTTPStatusError):
        wegive.charge(plan)


def test_a_failed_payment_is_retried_as_a_new_gift(wegive: WeGiveOrganisation, ada: int) -> None:
    failed = wegive.charge(wegive.schedule(ada), status="failed")
    retried = int(wegive.act("retry", id=failed)["id"])
    assert [gift["id"] for gift in one(wegive, "transactions", failed)["retries"]] == [retried]
    assert one(wegive, "transactions", retried)["retried_transaction"]["id"] == failed
    assert [one(wegive, "transactions", gift)["status"] for gift in (failed, retried)] == ["failed", "success"]


def test_pledge_payments(wegive: WeGiveOrganisation, ada: int) -> None:
    pledge = wegive.pledge(ada, total_amount=10_000, installment_size=2_500, end_date="2026-12-31")
    gift = wegive.give(ada, amount=2_500, pledge=pledge)
    shown = page(wegive, "pledges")["data"][0]
    assert (shown["total_amount"], shown["total_amount_paid"], shown["future_installments"]) == (10_000, 2_500, 3)
    assert (shown["status"], shown["donor"]["id"], shown["donations"][0]["id"]) == ("active", ada, gift)
    assert ids(wegive, pledge=pledge) == [gift]
    assert one(wegive, "transactions", gift)["pledge"]["id"] == pledge
    wegive.give(ada, amount=7_500, pledge=pledge)
    answer = wegive.api.get(f"/dashboard/pledges/{pledge}").json()
    assert (answer["data"]["status"], set(answer)) == ("completed", {"data", "donor_accounts", "donor_users"})


def test_ended_pledges_have_a_view(wegive: WeGiveOrganisation, ada: int) -> None:
    ended, running = wegive.pledge(ada, end_date="2026-02-01"), wegive.pledge(ada)
    assert ids(wegive, "pledges", view="ended") == []
    wegive.advance(2 * 86_400)
    assert ids(wegive, "pledges", view="ended") == [ended]
    assert ids(wegive, "pledges") == [running, ended]
    assert one(wegive, "pledges", ended)["status"] == "ended"


def test_a_payout_is_not_enveloped_and_touches_its_gifts(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada, amount=5_000, fee=150)
    wegive.give(ada)
    wegive.advance(86_400)
    payout = int(wegive.act("payout", ids=[gift], reference="po_77")["id"])
    shown = wegive.api.get(f"/dashboard/payouts/{payout}").json()
    assert (shown["id"], shown["reference"], shown["amount"], shown["status"]) == (payout, "po_77", 4_850, "paid")
    assert ids(wegive, payout=payout) == [gift]
    assert ids(wegive, **{"updated_at[start]": "2026-01-31T12:00:00Z"}) == [gift]


def test_soft_credits(wegive: WeGiveOrganisation, ada: int) -> None:
    ben = wegive.donor(first_name="Ben")
    gift = wegive.give(ada)
    credit = int(wegive.act("soft-credit", donor=ben, gift=gift, amount=2_000)["id"])
    shown = page(wegive, "soft-credits")["data"][0]
    assert (shown["id"], shown["donor"]["id"], shown["transaction"]["id"]) == (credit, ben, gift)
    assert one(wegive, "soft-credits", credit)["amount"] == 2_000
