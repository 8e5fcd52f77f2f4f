"""Gifts at Kindful: rows, donors, campaigns, parts and refunds."""

from dataclasses import replace
from typing import Any

import pytest

from giftbridge.connectors.base import Done, GiftWrite, Reference
from giftbridge.domain.contact import Contact
from giftbridge.domain.gift import Designation, Refund
from giftbridge.errors import Defer, Disconnected, Reject, Retry
from tests.connectors.kindful.bridge import ADA, BEA, GIFT_REFERENCE, REFERENCE, Bridge, told

pytest_plugins = ["tests.sandbox.kindful_fixtures"]


def the_gift(bridge: Bridge) -> dict[str, Any]:
    """The one gift that Kindful has, apart from its parts."""
    (gift,) = [one for one in bridge.gifts() if one.get("parent_id") is None]
    return gift


def settled(bridge: Bridge, *writes: GiftWrite) -> list[Any]:
    done = bridge.settle(*bridge.give(*writes))
    bridge.pass_time(60)
    return done


# -- one gift


def test_a_gift_brings_its_donor(bridge: Bridge) -> None:
    assert settled(bridge, bridge.by(bridge.gift(12550))) == [Done(GIFT_REFERENCE)]
    (donor,), gift = bridge.contacts(), the_gift(bridge)
    assert (donor["email"], gift["contact_id"]) == (ADA.email, donor["id"])
    kept = {name: gift[name] for name in ("amount_in_cents", "currency", "transaction_type", "card_type", "note")}
    assert kept == {
        "amount_in_cents": 12550,
        "currency": "usd",
        "transaction_type": "credit",
        "card_type": "visa",
        "note": "Spring Gala; Signed guitar",
    }
    assert (gift["acknowledged"], gift["was_refunded"], gift["is_donation"]) == (True, False, True)
    assert gift["transaction_time"] == 1772407800, "2026-03-01 23:30 UTC"


def test_a_gift_leaves_a_donor_that_is_there_alone(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    before = bridge.contacts()
    renamed = replace(ADA, first_name="Adelaide", email="other@example.org")
    assert settled(bridge, bridge.by(bridge.gift(500), REFERENCE, contact=renamed)) == [Done(GIFT_REFERENCE)]
    assert bridge.contacts() == before


def test_a_gift_finds_its_donor_by_kindfuls_id(bridge: Bridge) -> None:
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane")
    assert settled(bridge, bridge.by(bridge.gift(500), f"k{number}")) == [Done(GIFT_REFERENCE)]
    assert the_gift(bridge)["contact_id"] == number
    assert len(bridge.contacts()) == 1


def test_gifts_of_known_and_new_donors_go_as_two_imports_and_are_answered_in_order(bridge: Bridge) -> None:
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane")
    gift = bridge.gift(500)
    writes = [bridge.by(gift, f"k{number}" if place % 2 else "", name=f"gb-{place}") for place in range(4)]
    answers = bridge.give(*writes)
    assert [told(answer).id for answer in answers] == ["gb-0", "gb-1", "gb-2", "gb-3"]
    assert len(bridge.account.jobs()) == 2
    assert bridge.settle(*answers) == [Done(f"gb-{place}") for place in range(4)]


def test_sending_a_gift_again_makes_no_second_one(bridge: Bridge) -> None:
    write = bridge.by(bridge.gift(10000, 2550))
    for _ in range(3):
        assert settled(bridge, write) == [Done(GIFT_REFERENCE)]
    assert sorted(one["amount_in_cents"] for one in bridge.gifts()) == [2550, 10000, 12550]
    assert len(bridge.contacts()) == 1


def test_a_correction_changes_the_gift_that_is_there(bridge: Bridge) -> None:
    settled(bridge, bridge.by(bridge.gift(500)))
    campaign, _, other = bridge.places
    corrected = bridge.gift(500, designations=(Designation(500, other, campaign),))
    assert settled(bridge, bridge.by(corrected, REFERENCE, GIFT_REFERENCE)) == [Done(GIFT_REFERENCE)]
    assert str(the_gift(bridge)["fund_id"]) == other


def test_a_correction_takes_back_nothing_that_staff_said(bridge: Bridge) -> None:
    gift = bridge.gift(500, acknowledged=False)
    settled(bridge, bridge.by(gift))
    assert not the_gift(bridge)["acknowledged"]
    for fields in ({"acknowledged": True}, {"was_refunded": True}):
        bridge.account.staff("edit_gift", the_gift(bridge)["id"], fields=fields)
        bridge.pass_time(60)
        assert settled(bridge, bridge.by(gift, REFERENCE, GIFT_REFERENCE)) == [Done(GIFT_REFERENCE)]
    assert (the_gift(bridge)["acknowledged"], the_gift(bridge)["was_refunded"]) == (True, True)


def test_a_correction_keeps_what_was_said_of_refunds(bridge: Bridge) -> None:
    gift = replace(bridge.gift(500), refunds=(Refund("re_1", 100, bridge.now),))
    settled(bridge, bridge.by(gift))
    bridge.settle(bridge.connector.write_refund(bridge.refund(gift, gift.refunds[0], partial=True)))
    told_once = the_gift(bridge)["note"]
    bridge.pass_time(60)
    settled(bridge, bridge.by(gift, REFERENCE, GIFT_REFERENCE))
    assert the_gift(bridge)["note"] == told_once
    assert told_once.count("Partially refunded 1.00") == 1


def test_ways_of_payment_have_their_types_and_the_others_are_told_in_the_note(bridge: Bridge) -> None:
    ways = ("cash", "check", "ach", "wire", "paypal", "venmo", "stock", "other")
    gifts = [bridge.gift(500, method=way, note="Gala", check_number="1017" if way == "check" else "") for way in ways]
    settled(bridge, *(bridge.by(gift, name=f"gb-{gift.method}") for gift in gifts))
    assert [(one["transaction_type"], one["note"]) for one in bridge.gifts()] == [
        ("cash", "Gala"), ("check", "Gala"), ("eft", "Gala"), ("eft", "Gala (paid by wire)"), ("paypal", "Gala"),
        ("credit", "Gala (paid by venmo)"), ("stock", "Gala"), ("credit", "Gala"),
    ]  # fmt: skip
    assert [one["check_num"] for one in bridge.gifts() if one["check_num"]] == ["1017"]


def test_a_long_invoice_is_cut_between_two_items(bridge: Bridge) -> None:
    bridge.connector = bridge.connected(note_length=20)
    settled(bridge, bridge.by(bridge.gift(500, note="Spring Gala; Signed guitar; Dinner")))
    assert the_gift(bridge)["note"] == "Spring Gala; ..."


# -- campaigns and funds


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (Designation(500, "1", ""), "campaign_missing"),
        (Designation(500, "1", "999"), "campaign_unknown"),
        (Designation(500, "999", "84001"), "fund_unknown"),
    ],
)
def test_what_kindful_does_not_know_is_refused_and_never_made(bridge: Bridge, part: Designation, code: str) -> None:
    fine, wrong = bridge.by(bridge.gift(500), name="gb-1"), bridge.by(bridge.gift(500, designations=(part,)))
    before = bridge.connector.purposes()
    refused, taken = bridge.give(wrong, fine)
    assert isinstance(refused, Reject)
    assert refused.code == code
    assert "default_purpose" in str(refused) or code == "fund_unknown"
    assert bridge.settle(taken) == [Done("gb-1")]
    assert bridge.connector.purposes() == before


@pytest.mark.parametrize("column", ["campaign", "campaign_name"])
def test_campaigns_and_funds_match_by_kindfuls_own_ids(bridge: Bridge, column: str) -> None:
    bridge.account.set_options(campaign_column=column)
    bridge.connector = bridge.connected(campaign_column=column)
    before = bridge.connector.purposes()
    campaign, _, fund = bridge.places
    settled(bridge, bridge.by(bridge.gift(500, designations=(Designation(500, fund, campaign),))))
    assert (str(the_gift(bridge)["campaign_id"]), str(the_gift(bridge)["fund_id"])) == (campaign, fund)
    assert bridge.connector.purposes() == before


def test_lists_are_read_once_for_all_gifts_of_a_connector(bridge: Bridge) -> None:
    write = bridge.by(bridge.gift(500))
    bridge.account.reset_journal()
    bridge.give(write)
    bridge.give(write)
    assert (bridge.account.count("GET", "/api/v1/campaigns"), bridge.account.count("GET", "/api/v1/funds")) == (1, 1)


# -- several funds


def test_a_gift_of_several_funds_has_parts_that_add_up(bridge: Bridge) -> None:
    (answer,) = bridge.give(bridge.by(bridge.gift(3334, 3333)))
    assert len(told(answer).ticket) <= 400
    assert bridge.settle(answer) == [Done(GIFT_REFERENCE)]
    _, fund, other = bridge.places
    whole, *parts = sorted(bridge.gifts(), key=lambda one: one.get("parent_id") or 0)
    assert whole["amount_in_cents"] == 6667
    assert [(one["amount_in_cents"], str(one["fund_id"])) for one in parts] == [(3334, fund), (3333, other)]
    assert {one["parent_id"] for one in parts} == {whole["id"]}


def test_parts_that_kindful_refuses_are_told(bridge: Bridge) -> None:
    bridge.account.plan_job("complete")
    bridge.account.plan_job("error")
    (answer,) = bridge.give(bridge.by(bridge.gift(3334, 3333)))
    (refused,) = bridge.settle(answer)
    assert isinstance(refused, Reject)
    assert refused.code == "parts_refused"
    assert the_gift(bridge)["amount_in_cents"] == 6667
    assert settled(bridge, bridge.by(bridge.gift(3334, 3333))) == [Done(GIFT_REFERENCE)], "to retry makes it good"
    assert len(bridge.gifts()) == 3


def test_a_gift_waits_for_its_parts(bridge: Bridge) -> None:
    (answer,) = bridge.give(bridge.by(bridge.gift(3334, 3333)))
    bridge.account.run_jobs(1)
    assert bridge.connector.confirm([told(answer).ticket]) == [replace(told(answer), told="")]
    assert bridge.settle(answer) == [Done(GIFT_REFERENCE)]


def test_parts_of_many_gifts_go_in_portions_of_whole_gifts(bridge: Bridge) -> None:
    gift = bridge.gift(3334, 3333)
    answers = bridge.give(*(bridge.by(gift, name=f"gb-{place}") for place in range(60)))
    sent = [len(entry["body"]["data"]) for entry in bridge.account.journal("POST", "/api/v1/imports")]
    assert sent == [60, 100, 20]
    assert bridge.settle(*answers) == [Done(f"gb-{place}") for place in range(60)]


def test_too_many_funds_are_refused(bridge: Bridge) -> None:
    campaign, fund, _ = bridge.places
    parts = (Designation(1, fund, campaign),) * 51
    (refused,) = bridge.give(bridge.by(bridge.gift(51, designations=parts)))
    assert isinstance(refused, Reject)
    assert refused.code == "too_many_funds"


STOPS: dict[str, dict[str, Any]] = {
    "rate_limited": {"mode": "status", "status": 429},
    "disconnected": {"mode": "status", "status": 401},
    "http_503": {"mode": "status", "status": 503},
}


@pytest.mark.parametrize("code", list(STOPS))
@pytest.mark.parametrize("parts", [False, True])
def test_what_stops_a_later_import_leaves_all_in_doubt(bridge: Bridge, code: str, parts: bool) -> None:
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane")
    one = bridge.gift(300, 200) if parts else bridge.gift(500)
    writes = [bridge.by(one, name="gb-1"), *([] if parts else [bridge.by(one, f"k{number}", name="gb-2")])]
    bridge.account.fault(method="POST", path="*/imports", after=1, **STOPS[code])
    with pytest.raises((Defer, Disconnected, Retry)) as stopped:
        bridge.give(*writes)
    assert (stopped.value.doubt, stopped.value.code) == (True, code)
    answers = bridge.give(*writes)
    assert bridge.settle(*answers) == [Done(write.reference.value) for write in writes]
    assert len([gift for gift in bridge.gifts() if gift.get("parent_id") is None]) == len(writes)


def test_what_stops_the_first_import_leaves_nothing_in_doubt(bridge: Bridge) -> None:
    bridge.account.fault(method="POST", path="*/imports", **STOPS["rate_limited"])
    with pytest.raises(Defer) as stopped:
        bridge.give(bridge.by(bridge.gift(300, 200)))
    assert not stopped.value.doubt


# -- refunds


def test_a_refund_marks_the_gift_once(bridge: Bridge) -> None:
    gift, refund = bridge.gift(12550), Refund("re_1", 12550, bridge.now)
    settled(bridge, bridge.by(gift))
    for _ in range(2):
        answer = bridge.connector.write_refund(bridge.refund(gift, refund))
        assert bridge.settle(answer) == [Done(GIFT_REFERENCE)]
        bridge.pass_time(60)
    assert (the_gift(bridge)["was_refunded"], the_gift(bridge)["amount_in_cents"]) == (True, 12550)


def test_a_refund_is_told_though_its_campaign_is_gone_and_makes_none(bridge: Bridge) -> None:
    gift, refund = bridge.gift(12550), Refund("re_1", 12550, bridge.now)
    settled(bridge, bridge.by(gift))
    before, gone = bridge.connector.purposes(), replace(gift, designations=(Designation(12550, "999", "999"),))
    assert bridge.settle(bridge.connector.write_refund(bridge.refund(gone, refund))) == [Done(GIFT_REFERENCE)]
    assert the_gift(bridge)["was_refunded"]
    assert bridge.connector.purposes() == before


@pytest.mark.parametrize("partial", [False, True])
def test_a_refund_leaves_the_gift_in_the_fund_and_campaign_where_it_stands(bridge: Bridge, partial: bool) -> None:
    gift, refund = bridge.gift(12550), Refund("re_1", 1000 if partial else 12550, bridge.now)
    settled(bridge, bridge.by(gift))
    _, _, fund = bridge.places
    _, campaign = bridge.connector.purposes().campaigns
    moved = {"campaign_id": int(campaign), "fund_id": int(fund)}
    bridge.account.staff("edit_gift", the_gift(bridge)["id"], fields=moved)
    bridge.pass_time(60)
    bridge.account.reset_journal()
    answer = bridge.connector.write_refund(bridge.refund(gift, refund, partial=partial))
    assert bridge.settle(answer) == [Done(GIFT_REFERENCE)]
    assert {name: the_gift(bridge)[name] for name in moved} == moved
    assert the_gift(bridge)["was_refunded"] is not partial
    assert bridge.account.count("GET", "/api/v1/funds") == 0


def test_refunds_of_parts_stand_in_the_note_all_of_them(bridge: Bridge) -> None:
    first, second = Refund("re_1", 1000, bridge.now, "duplicate"), Refund("re_2", 250, None)
    gift = replace(bridge.gift(12550), refunds=(first, second))
    settled(bridge, bridge.by(gift))
    for refund in (first, second):
        (answer,) = bridge.settle(bridge.connector.write_refund(bridge.refund(gift, refund, partial=True)))
        assert answer == Done(GIFT_REFERENCE)
        bridge.pass_time(60)
    kept = the_gift(bridge)
    assert (kept["was_refunded"], kept["amount_in_cents"]) == (False, 12550)
    assert kept["note"] == (
        "Spring Gala; Signed guitar; Partially refunded 10.00 on 2026-03-02: duplicate; "
        "Partially refunded 2.50 on 2026-03-02"
    )


def test_a_refund_that_kindful_ignores_is_found_out(bridge: Bridge) -> None:
    gift, refund = bridge.gift(12550), Refund("re_1", 12550, bridge.now)
    settled(bridge, bridge.by(gift))
    bridge.account.staff("edit_gift", the_gift(bridge)["id"], fields={"note": "Thank by phone"})
    bridge.now = bridge.now.replace(hour=9)  # our clock is behind Kindful's
    (refused,) = bridge.settle(bridge.connector.write_refund(bridge.refund(gift, refund)))
    assert isinstance(refused, Reject)
    assert refused.code == "ignored_by_crm"
    assert not the_gift(bridge)["was_refunded"]


# -- donors that can't be


def test_a_new_donor_without_a_name_is_refused_and_a_known_one_needs_none(bridge: Bridge) -> None:
    bridge.written((REFERENCE, BEA))
    nameless = Contact(email="ada@example.org")
    new, known = bridge.give(
        bridge.by(bridge.gift(500), contact=nameless), bridge.by(bridge.gift(500), REFERENCE, contact=nameless)
    )
    assert isinstance(new, Reject)
    assert new.code == "name_missing"
    assert bridge.settle(known) == [Done(GIFT_REFERENCE)]


def test_a_gift_of_nobody_is_refused(bridge: Bridge) -> None:
    (refused,) = bridge.give(GiftWrite(Reference(GIFT_REFERENCE, bridge.now), bridge.gift(500), ""))
    assert isinstance(refused, Reject)
    assert refused.code == "donor_missing"
