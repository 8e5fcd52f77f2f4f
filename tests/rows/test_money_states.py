"""Only successful gifts go over; what happens to the money later follows, without moving any."""

from typing import Any

import pytest

from tests.rows.conftest import Deployment, Site, sums
from tests.rows.money import auction, cents, look_again, notes, paid, people, reasons


def refund(site: Site, transaction: str, amount: int | None = None, reason: str = "") -> Any:
    """Staff of the platform refunds a payment; the run that this starts, ended."""
    before = len(site.runs(started_by="webhook"))
    site.platform.refund(transaction, amount, reason or None)
    return site.ended(before + 1, started_by="webhook")[0]


def test_F35_failed_and_cancelled_do_not_go(synced: Site) -> None:
    (one,) = people(synced, 1)
    receipts = [paid(one, 1000 + number, status=status) for number, status in enumerate(("failed", "cancelled"))]
    held = auction(synced, *receipts, paid(one, 5000))
    run = synced.reconcile(held["event"]["id"])
    sums(run)
    assert [cents(gift["Amount"]) for gift in synced.gifts()] == [5000]
    assert {code for code, _ in reasons(synced, run, "skipped").values()} == {"not_successful"}


def test_F35_processing_waits_then_goes(deployment: Deployment, synced: Site) -> None:
    (one,) = people(synced, 1)
    held = auction(synced, paid(one, 5000, status="processing", method="ach"))
    run = synced.reconcile(held["event"]["id"])
    assert {code for code, _ in reasons(synced, run, "skipped").values()} == {"processing"}
    assert synced.gifts() == []
    (waiting,) = [work for work in synced.get("~/waiting")["items"] if work["kind"] == "gift"]
    assert waiting["next_due"]
    synced.platform.change_transaction(held["transactions"][0]["id"], status="succeeded")
    look_again(deployment, synced)
    synced.ended(2, kind="gifts")
    assert [cents(gift["Amount"]) for gift in synced.gifts()] == [5000]


def test_F35_a_refund_marks_the_gift_refunded_without_moving_money(synced: Site) -> None:
    (one,) = people(synced, 1)
    held = auction(synced, paid(one, 5000, 7000))
    synced.reconcile(held["event"]["id"])
    refunded, kept = held["transactions"]
    run = refund(synced, refunded["id"], reason="Item broken")
    assert run["counts"]["crm"]["updated"] == 1
    found = {cents(gift["Amount"]): gift["IsRefunded"] for gift in synced.gifts()}
    assert found == {refunded["amount"]: "Yes", kept["amount"]: "No"}
    state = synced.crm.state()
    assert len(state["refunds"]) == 1
    assert (state["processor_refunds"], state["charges"]) == ([], [])
    (call,) = synced.crm.journal("POST", "/v2/refund")
    assert call["body"]["RunProcessorRefund"] is False
    synced.platform.set_event_status(held["event"]["id"], "reconcile")
    synced.reconcile(held["event"]["id"])
    assert len(synced.crm.state()["refunds"]) == 1, "once"


def test_F35_partial_refunds_add_their_explanation_one_after_another_until_all_is_back(synced: Site) -> None:
    (one,) = people(synced, 1)
    held = auction(synced, paid(one, 10000))
    synced.reconcile(held["event"]["id"])
    transaction = held["transactions"][0]["id"]
    refund(synced, transaction, 1000, "Item unavailable")
    (gift,) = synced.gifts()
    (note,) = notes(gift)
    assert "Partially refunded 10.00" in note
    assert "Item unavailable" in note
    assert note.startswith("Spring Gala; Quilt")
    assert (gift["IsRefunded"], cents(gift["Amount"])) == ("No", 10000)
    refund(synced, transaction, 2500, "Came late")
    (note,) = notes(synced.gifts()[0])
    assert note.count("Partially refunded") == 2
    refund(synced, transaction)
    (gift,) = synced.gifts()
    assert gift["IsRefunded"] == "Yes"
    assert synced.crm.state()["processor_refunds"] == []


def test_F35_given_back_before_it_was_ever_sent(synced: Site) -> None:
    (one,) = people(synced, 1)
    whole = paid(one, 5000, status="refunded", refunds=[{"amount": 5000}])
    part = paid(one, 9000, status="partially_refunded", refunds=[{"amount": 1000, "reason": "Broken"}])
    held = auction(synced, whole, part)
    run = synced.reconcile(held["event"]["id"])
    assert {code for code, _ in reasons(synced, run, "skipped").values()} == {"refunded_before"}
    (gift,) = synced.gifts()
    assert cents(gift["Amount"]) == 9000
    assert "Partially refunded 10.00" in notes(gift)[0]


REFUSED = {
    "zero_amount": "amount_not_positive",
    "negative_amount": "amount_not_positive",
    "three_decimals": "amount_fraction",
    "no_date": "date_invalid",
    "impossible_date": "date_invalid",
    "no_donor": "donor_missing",
    "unknown_donor": "donor_not_synced",
    "sum_of_funds_off": "split_mismatch",
    "other_currency": "currency_differs",
    "unknown_status": "status_unknown",
}


def test_F35_what_makes_no_sense_is_refused_with_a_reason_and_holds_nothing_up(synced: Site) -> None:
    (one,) = people(synced, 1)
    event = auction(synced, paid(one, 5000))["event"]["id"]
    bad = {}
    for case in REFUSED:
        made = synced.platform.bad_data(case, event, None if case == "no_donor" else one)
        bad[made["id"]] = case
    run = synced.reconcile(event)
    sums(run)
    found = reasons(synced, run)
    assert {bad[gift]: code for gift, (code, _) in found.items()} == REFUSED
    assert all(len(reason) > 20 and reason.endswith(".") for _, reason in found.values())
    assert [cents(gift["Amount"]) for gift in synced.gifts()] == [5000]


@pytest.mark.parametrize("case", ["no_donor"])
def test_F35_a_missing_donor_is_taken_from_the_receipt(synced: Site, case: str) -> None:
    (one,) = people(synced, 1)
    event = auction(synced)["event"]["id"]
    synced.platform.bad_data(case, event, one)
    synced.reconcile(event)
    assert len(synced.gifts()) == 1
