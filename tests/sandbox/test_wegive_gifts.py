"""Gifts: units, states, refunds, splits, fees, and what lists and details do not tell."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.wegive import WeGiveOrganisation
from tests.sandbox.wegive_calls import ids, one, page

pytest_plugins = ["tests.sandbox.wegive_fixtures"]


def row(organisation: WeGiveOrganisation, gift: int) -> dict[str, Any]:
    return next(found for found in page(organisation, "transactions", view="all")["data"] if int(found["id"]) == gift)


@pytest.fixture
def ada(wegive: WeGiveOrganisation) -> int:
    return wegive.donor(first_name="Ada", last_name="Lane", email_1="ada@example.org")


def test_amounts_are_cents_in_a_number_or_a_text(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada, amount=12_050, fee=380)
    assert (row(wegive, gift)["amount"], row(wegive, gift)["fee"]) == (12_050, 380)
    wegive.set_options(amounts="cents_text")
    assert (row(wegive, gift)["amount"], one(wegive, "transactions", gift)["fee_amount"]) == ("12050", "380")
    wegive.set_options(amounts="dollars_text")
    assert row(wegive, gift)["amount"] == "120.50"


def test_ids_flags_and_stamps_have_forms_too(wegive: WeGiveOrganisation, ada: int) -> None:
    wegive.set_time("2026-03-01T12:00:00Z")
    wegive.freeze()
    gift = wegive.give(ada)
    assert (row(wegive, gift)["id"], row(wegive, gift)["cover_fees"]) == (gift, False)
    assert row(wegive, gift)["created_at"] == "2026-03-01T12:00:00.000000Z"
    wegive.set_options(ids="text", flags="text", stamps="sql")
    shown = row(wegive, gift)
    assert (shown["id"], shown["donor"]["id"]) == (str(gift), str(ada))
    assert (shown["cover_fees"], shown["is_tax_deductible"]) == ("false", "true")
    assert shown["created_at"] == "2026-03-01 12:00:00"
    wegive.set_options(flags="number", stamps="iso")
    assert (row(wegive, gift)["is_tax_deductible"], row(wegive, gift)["date"]) == (1, "2026-03-01T12:00:00Z")


def test_the_list_tells_neither_updated_nor_refunded_nor_test(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada, is_test=True, memo="for the roof", reference="1017", anonymous=True)
    missing = {"updated_at", "refunded_at", "is_test", "currency", "memo", "reference", "anonymous", "pledge"}
    assert missing.isdisjoint(row(wegive, gift))
    detail = one(wegive, "transactions", gift)
    assert (detail["memo"], detail["reference"], detail["currency"]) == ("for the roof", "1017", "USD")
    assert (detail["anonymous"], detail["is_test"], detail["refunded_at"]) == (True, True, None)


def test_the_columns_of_the_detail_are_an_option(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada)
    wegive.set_options(detail_columns="declared")
    detail = one(wegive, "transactions", gift)
    assert {"id", "memo", "updated_at", "source_type"}.isdisjoint(detail)
    assert (detail["status"], detail["owner"]["id"]) == ("success", ada)


def test_a_guest_has_a_name_and_no_id(wegive: WeGiveOrganisation) -> None:
    gift = wegive.give(None)
    assert row(wegive, gift)["owner"] == row(wegive, gift)["donor"] == {"name": "Guest User"}
    assert one(wegive, "transactions", gift)["owner"] is None


def test_a_bank_gift_is_processing_until_it_ends(wegive: WeGiveOrganisation, ada: int) -> None:
    wegive.set_time("2026-03-01T00:00:00Z")
    wegive.freeze()
    good, bad = (wegive.give(ada, source_type="bank") for _ in range(2))
    assert (row(wegive, good)["status"], row(wegive, good)["succeeded_at"]) == ("processing", None)
    wegive.advance(4 * 86_400)
    wegive.settle(good)
    wegive.settle(outcome="failed")
    states = {gift: one(wegive, "transactions", gift) for gift in (good, bad)}
    assert [state["status"] for state in states.values()] == ["success", "failed"]
    assert states[good]["succeeded_at"] == states[good]["updated_at"] == states[bad]["failed_at"]
    assert states[good]["created_at"] == states[good]["initiated_at"] == "2026-03-01T00:00:00.000000Z"
    assert ids(wegive, status="processing") == []
    with pytest.raises(httpx.HTTPStatusError):
        wegive.settle(good)


def test_the_word_is_success_and_other_words_may_come(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada)
    assert (ids(wegive, status="success"), ids(wegive, status="succeeded")) == ([gift], [])
    wegive.set_status("failed", gift)
    assert ids(wegive, status="failed") == [gift]
    wegive.set_status("chargeback", gift)
    assert row(wegive, gift)["status"] == "chargeback"


@pytest.mark.parametrize("bumps", [False, True])
def test_a_refund_may_leave_updated_at_alone(wegive: WeGiveOrganisation, ada: int, bumps: bool) -> None:
    wegive.freeze()
    wegive.set_options(refund_bumps_updated=bumps)
    wegive.set_time("2026-03-01T00:00:00Z")
    gift = wegive.give(ada, amount=5_000)
    wegive.set_time("2026-03-05T00:00:00Z")
    wegive.refund(gift)
    since = "2026-03-04T00:00:00Z"
    assert ids(wegive, **{"refunded_at[start]": since}) == [gift]
    assert ids(wegive, **{"updated_at[start]": since}) == ([gift] if bumps else [])
    assert (row(wegive, gift)["status"], row(wegive, gift)["amount"]) == ("refunded", 5_000)
    assert one(wegive, "transactions", gift)["refunded_at"] == "2026-03-05T00:00:00.000000Z"
    assert len(ids(wegive)) == 1


def test_a_partial_refund_tells_no_amount(wegive: WeGiveOrganisation, ada: int) -> None:
    full, noted, refused = (wegive.give(ada, amount=5_000) for _ in range(3))
    wegive.refund(full, amount=1_000)
    assert (row(wegive, full)["status"], row(wegive, full)["amount"]) == ("refunded", 5_000)
    wegive.set_options(partial_refund="noted")
    wegive.refund(noted, amount=1_000)
    detail = one(wegive, "transactions", noted)
    assert (detail["status"], detail["memo"]) == ("success", "Partially refunded: 10.00 of 50.00")
    assert detail["refunded_at"] is not None
    wegive.set_options(partial_refund="refused")
    with pytest.raises(httpx.HTTPStatusError):
        wegive.refund(refused, amount=1_000)


def test_a_split_is_uneven_by_a_cent(wegive: WeGiveOrganisation, ada: int) -> None:
    funds = [wegive.fund_id(name) for name in ("General Fund", "Scholarships", "Building")]
    gift = wegive.give(ada, amount=10_000, split=funds)
    parts = row(wegive, gift)["fund_allocations"]
    assert [part["amount"] for part in parts] == [3_334, 3_333, 3_333]
    assert [part["fund"]["id"] for part in parts] == funds
    assert row(wegive, gift)["fund_allocations_count"] == 3
    assert one(wegive, "transactions", gift)["fund_allocations"] == parts
    for fund in funds:
        assert ids(wegive, fund=fund) == ids(wegive, designation=fund) == [gift]


def test_allocations_may_not_add_up(wegive: WeGiveOrganisation, ada: int) -> None:
    parts = [{"fund": wegive.fund_id(), "amount": 5_000}, {"fund": wegive.fund_id("Building"), "amount": 4_999}]
    gift = wegive.give(ada, amount=10_000, allocations=parts)
    assert sum(part["amount"] for part in row(wegive, gift)["fund_allocations"]) == 9_999


@pytest.mark.parametrize(("option", "name"), [("first", "Building"), ("none", None), ("default", "General Fund")])
def test_the_one_fund_of_a_split_gift_is_an_option(
    wegive: WeGiveOrganisation, ada: int, option: str, name: str | None
) -> None:
    wegive.set_options(split_fund=option)
    gift = wegive.give(ada, split=[wegive.fund_id("Building"), wegive.fund_id("Scholarships")])
    fund = row(wegive, gift)["fund"]
    assert (fund["name"] if fund else None) == name


def test_a_single_fund_has_no_allocation_or_one(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada, amount=700)
    assert (row(wegive, gift)["fund"]["name"], row(wegive, gift)["fund_allocations"]) == ("General Fund", [])
    wegive.set_options(single_fund_rows="one")
    first, second = (row(wegive, gift)["fund_allocations"] for _ in range(2))
    assert [(part["fund"]["name"], part["amount"]) for part in first] == [("General Fund", 700)]
    assert first == second


def test_a_gift_without_a_fund(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada, fund=0)
    assert (row(wegive, gift)["fund"], row(wegive, gift)["fund_allocations"]) == (None, [])


def test_fund_and_campaign_may_be_names_alone(wegive: WeGiveOrganisation, ada: int) -> None:
    campaign = wegive.campaign_id()
    gift = wegive.give(ada, campaign=campaign)
    assert row(wegive, gift)["campaign"] == {"id": campaign, "name": "Annual Fund"}
    wegive.set_options(related="name")
    assert (row(wegive, gift)["fund"], row(wegive, gift)["campaign"]) == ("General Fund", "Annual Fund")


@pytest.mark.parametrize(("option", "amount"), [("in_amount", 10_320), ("on_top", 10_000)])
def test_a_covered_fee_is_in_the_amount_or_not(wegive: WeGiveOrganisation, ada: int, option: str, amount: int) -> None:
    wegive.set_options(covered_fee=option)
    gift = wegive.give(
        ada, amount=10_000, fee=320, cover_fees=True, split=[wegive.fund_id(), wegive.fund_id("Building")]
    )
    shown = one(wegive, "transactions", gift)
    assert (shown["amount"], shown["fee"], shown["fee_amount"]) == (amount, 320, 320)
    assert (shown["calculated_fees_paid"], shown["cover_fees"]) == (320, True)
    assert sum(part["amount"] for part in shown["fund_allocations"]) == amount
    uncovered = wegive.give(ada, amount=10_000, fee=320)
    assert one(wegive, "transactions", uncovered)["calculated_fees_paid"] == 0
    assert ids(wegive, fee_covered="true") == [gift]


def test_service_revenue_is_among_the_gifts(wegive: WeGiveOrganisation, ada: int) -> None:
    tickets = wegive.fund("Gala tickets", is_tax_deductible=False, fmv=4_000)
    gift, ticket = wegive.give(ada), wegive.give(ada, fund=tickets)
    assert row(wegive, ticket)["is_tax_deductible"] is False
    assert ids(wegive) == ids(wegive, type="both") == [ticket, gift]
    assert (ids(wegive, type="donation"), ids(wegive, type="service-revenue")) == ([gift], [ticket])
    assert (ids(wegive, tax_deductible="1"), ids(wegive, tax_deductible="false")) == ([gift], [ticket])
    wegive.set_options(default_type="donation")
    assert (ids(wegive), ids(wegive, type="both")) == ([gift], [ticket, gift])
    fund = one(wegive, "funds", tickets)
    assert (fund["has_fmv"], fund["fmv"], fund["is_tax_deductible"]) == (True, 4_000, False)


def test_test_payments_are_mixed_in(wegive: WeGiveOrganisation, ada: int) -> None:
    real, fake = wegive.give(ada), wegive.give(ada, is_test=True)
    assert ids(wegive) == [fake, real]
    assert (ids(wegive, is_test="false"), ids(wegive, is_test="0"), ids(wegive, is_test="1")) == (
        [real],
        [real],
        [fake],
    )


@pytest.mark.parametrize("moves", [False, True])
def test_a_merged_fund_names_its_winner_only_within_allocations(
    wegive: WeGiveOrganisation, ada: int, moves: bool
) -> None:
    wegive.set_options(merged_fund_gifts="move" if moves else "stay", single_fund_rows="one")
    winner, loser = wegive.fund_id(), wegive.fund("Old roof", code="R1")
    gift = wegive.give(ada, fund=loser)
    wegive.act("merge-funds", winner=winner, loser=loser)
    fund = row(wegive, gift)["fund_allocations"][0]["fund"]
    assert (fund["id"], fund["merged_into_id"]) == ((winner, None) if moves else (loser, winner))
    assert loser not in ids(wegive, "funds")
    archived = page(wegive, "funds", view="archived")["data"][0]
    assert (archived["id"], archived["active"], "merged_into_id" in archived) == (loser, False, False)


def test_allocations_have_a_list_that_does_not_name_the_gift(wegive: WeGiveOrganisation, ada: int) -> None:
    gift = wegive.give(ada, amount=1_001, split=[wegive.fund_id(), wegive.fund_id("Building")])
    rows = page(wegive, "fund-allocations")["data"]
    assert [(set(part), part["amount"]) for part in rows] == [
        ({"id", "fund", "amount"}, 501),
        ({"id", "fund", "amount"}, 500),
    ]
    assert rows == one(wegive, "transactions", gift)["fund_allocations"]
    assert page(wegive, "fund-allocations", count=1, page=2)["meta"]["total"] == 2


def test_payment_sources(wegive: WeGiveOrganisation, ada: int) -> None:
    gifts = {kind: wegive.give(ada, source_type=kind) for kind in ("card", "bank", "check", "in_kind", "crypto")}
    assert (row(wegive, gifts["card"])["source"]["issuer"], row(wegive, gifts["bank"])["source"]["type"]) == (
        "visa",
        "bank",
    )
    assert row(wegive, gifts["check"])["source"] == []
    assert row(wegive, gifts["in_kind"])["source_type"] == "in_kind"
    assert ids(wegive, source_type="check") == [gifts["check"]]
    assert ids(wegive, source_type_array="card,crypto") == [gifts["crypto"], gifts["card"]]


def test_filters_of_gifts(wegive: WeGiveOrganisation, ada: int) -> None:
    company = wegive.donor(type="company", company="Lane & Co.")
    own = wegive.give(
        ada, amount=100, tribute_name="Jo", campaign=wegive.campaign_id(), crm_ids={"bloomerang_id": "77"}
    )
    other = wegive.give(company, amount=900)
    assert (ids(wegive, donor_id=ada), ids(wegive, donor_type="company")) == ([own], [other])
    assert (ids(wegive, tribute="true"), ids(wegive, campaign=wegive.campaign_id())) == ([own], [own])
    assert ids(wegive, bloomerang_id="77") == ids(wegive, crm_id="77") == [own]
    assert ids(wegive, **{"amount[start]": "500"}) == ids(wegive, search="lane & co") == [other]
    assert one(wegive, "transactions", own)["bloomerang_id"] == "77"


def test_bad_rows_can_be_made(wegive: WeGiveOrganisation, ada: int) -> None:
    zero, negative, dateless = wegive.give(ada, amount=0), wegive.give(ada, amount=-500), wegive.give(ada)
    wegive.spoil("transactions", dateless, created_at=None, date=None, amount="fifty")
    assert (row(wegive, zero)["amount"], row(wegive, negative)["amount"]) == (0, -500)
    shown = row(wegive, dateless)
    assert (shown["created_at"], shown["date"], shown["amount"]) == (None, None, "fifty")
    assert one(wegive, "transactions", dateless)["amount"] == "fifty"
    wegive.spoil("transactions", dateless)
    assert row(wegive, dateless)["amount"] == 5_000
