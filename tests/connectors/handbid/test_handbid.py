"""The Platform API's own ways."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from giftbridge.connectors.base import ContactWrite, Reference
from giftbridge.connectors.platform_api import mapping
from giftbridge.domain.contact import Address
from giftbridge.domain.gift import Gift, GiftStatus
from giftbridge.errors import Conflict, Reject, Retry
from tests.connectors.contract import DONOR, NOW, REFERENCE, Bench, current
from tests.connectors.handbid.case import CASE, PROBLEM

TRANSACTION = CASE.fixture("transactions.json")["items"][0]
CONTACT = CASE.fixture("contacts.json")["items"][0]


def gifts(**changes: Any) -> dict[str, Any]:
    bench = Bench("handbid", CASE)
    bench.troubles[0] = lambda _: httpx.Response(200, json={"items": [{**TRANSACTION, **changes}]})
    found: dict[str, Any] = bench.connector.gifts(["txn_1"])
    return found


def test_F32_a_transaction_is_a_gift_with_its_receipts_items() -> None:
    found = Bench("handbid", CASE).connector.gifts(["txn_1", "txn_2"])
    first, second = found["txn_1"], found["txn_2"]
    assert isinstance(first, Gift)
    assert (first.amount, first.fee, first.note) == (12550, 390, "Spring Gala; Signed guitar; Raffle")
    assert first.acknowledged
    assert [(part.amount, part.fund) for part in first.designations] == [(10000, "GEN"), (2550, "FOOD")]
    assert (second.contact_id, second.check_number) == ("c_1", "1071"), "the receipt knows whose it is"
    assert second.status is GiftStatus.PARTIALLY_REFUNDED
    assert [refund.amount for refund in second.refunds] == [1000]


def test_F35_a_bad_transaction_is_refused_alone() -> None:
    found = Bench("handbid", CASE).connector.gifts(["txn_1", "txn_3"])
    assert isinstance(found["txn_1"], Gift)
    assert isinstance(found["txn_3"], Reject)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 100.125}, "amount_fraction"),
        ({"amount": None}, "amount_not_a_number"),
        ({"occurredAt": "2026-02-30T12:00:00.000Z"}, "date_invalid"),
        ({"occurredAt": ""}, "date_invalid"),
        ({"status": "disputed"}, "status_unknown"),
        ({"card": "visa"}, "gift_malformed"),
        ({"designations": [{"fundCode": "GEN", "amount": "x"}]}, "amount_not_a_number"),
    ],
)
def test_F35_what_makes_no_sense_says_why(changes: dict[str, Any], code: str) -> None:
    refused = gifts(**changes)["txn_1"]
    assert isinstance(refused, Reject)
    assert refused.code == code


def test_a_transaction_without_parts_is_one() -> None:
    assert [part.amount for part in gifts(designations=[])["txn_1"].designations] == [12550]


@pytest.mark.parametrize(("status", "goes"), [("reconciled", True), ("reconcile", False), ("closed", False)])
def test_F30_only_reconciled_lets_gifts_go(status: str, goes: bool) -> None:
    bench = Bench("handbid", CASE)
    bench.troubles[0] = lambda _: httpx.Response(200, json={**CASE.fixture("event.json"), "status": status})
    assert bench.connector.event("e_1").reconciled is goes


def test_F30_when_an_event_was_reconciled_is_known_else_when_it_changed() -> None:
    open_one, reconciled = Bench("handbid", CASE).connector.events("").rows
    assert (open_one.reconciled, f"{open_one.reconciled_at:%Y-%m-%d}") == (False, "2026-02-01")
    assert (reconciled.reconciled, f"{reconciled.reconciled_at:%Y-%m-%d %H:%M}") == (True, "2026-03-01 12:00")


def test_F35_refunds_name_their_transactions_and_donations_are_passed_over() -> None:
    page = Bench("handbid", CASE).connector.refunded_gifts("")
    assert (page.rows, page.more) == (("txn_1",), False)


def test_F19_our_own_edits_and_bookkeeping_are_no_edits() -> None:
    assert mapping.record({**CONTACT, "updatedBy": {"origin": "integration"}}).origin == "integration"
    assert mapping.record(CONTACT).origin != "integration"
    kept = {**CONTACT, "version": 9, "updatedAt": "2026-03-01T00:00:00.000Z", "crmIds": {}}
    assert mapping.record(kept).raw == mapping.record(CONTACT).raw


def test_the_deleted_are_listed_as_such_and_found_by_nobody() -> None:
    connector = Bench("handbid", CASE).connector
    assert {record.id for record in connector.contact_changes("").rows if record.deleted} == {"c_3"}
    assert "c_3" not in connector.contacts(["c_3"])


def test_a_new_address_leaves_nothing_of_the_old_one() -> None:
    bench = Bench("handbid", CASE)
    before = current(bench)
    assert before.contact.address.street == "12 Elm St, Apt 4"
    moved = replace(before.contact, address=Address("1 New St", "", "", "", "US"))
    (answer,) = bench.connector.write_contacts([ContactWrite(REFERENCE, moved, before, frozenset({"address"}))])
    assert answer.record.contact.address == Address("1 New St", "", "", "", "US")
    assert json.loads(bench.writes()[0].content).keys() == {"address"}


def test_a_repeat_has_the_same_key_and_another_write_another() -> None:
    bench = Bench("handbid", CASE)
    for reference in ("one", "one", "two"):
        bench.connector.write_contacts([ContactWrite(Reference(reference, NOW), DONOR)])
    keys = [request.headers["Idempotency-Key"] for request in bench.writes()]
    assert keys == ["one", "one", "two"]


@pytest.mark.parametrize("code", ["email-exists", "contact-deleted"])
def test_a_conflict_is_this_contacts_own_and_has_the_platforms_code(code: str) -> None:
    bench = Bench("handbid", CASE)
    bench.troubles[0] = lambda _: httpx.Response(409, json={"type": PROBLEM + code})
    (answer,) = bench.connector.write_contacts([ContactWrite(REFERENCE, DONOR)])
    assert isinstance(answer, Conflict)
    assert answer.code == code


def test_a_request_that_is_still_running_is_tried_again() -> None:
    bench = Bench("handbid", CASE)
    bench.troubles[0] = lambda _: httpx.Response(409, json={"type": PROBLEM + "idempotency-key-in-use"})
    with pytest.raises(Retry) as busy:
        bench.connector.write_contacts([ContactWrite(REFERENCE, DONOR)])
    assert busy.value.doubt


@pytest.mark.parametrize(
    "kind", [7, None, "", "about:blank", "https://x/ada@example.org", "urn:platform-api:problem:A B"]
)
def test_a_problem_of_no_known_type_is_told_by_its_status(kind: Any) -> None:
    bench = Bench("handbid", CASE)
    bench.troubles[0] = lambda _: httpx.Response(422, json={"type": kind})
    (answer,) = bench.connector.write_contacts([ContactWrite(REFERENCE, DONOR)])
    assert isinstance(answer, Reject)
    assert answer.code in ("http_422", "blank")


def test_ids_of_another_kind_are_no_path() -> None:
    bench = Bench("handbid", CASE)
    bench.troubles[0] = lambda _: httpx.Response(404, json={"type": PROBLEM + "not-found"})
    with pytest.raises(Exception, match="refused"):
        bench.connector.event("../../other/events/1?x=1")
    assert bench.sent[0].url.raw_path == b"/organisations/org_1/events/..%2F..%2Fother%2Fevents%2F1%3Fx%3D1"


def test_many_ids_are_asked_for_in_several_calls() -> None:
    bench = Bench("handbid", CASE)
    bench.connector.contacts([f"c_{number}" for number in range(250)])
    assert [len(request.url.params["ids"].split(",")) for request in bench.sent] == [100, 100, 50]


def test_auctions_are_listed_with_their_state_and_what_makes_no_sense_is_passed_over() -> None:
    bench = Bench("handbid", CASE)
    rows = [*CASE.fixture("events.json")["items"], {"name": "no id"}, {"id": "e_3", "startTime": "2026-02-30"}]
    bench.troubles[0] = lambda _: httpx.Response(200, json={"items": rows, "nextCursor": "c", "hasMore": True})
    page = bench.connector.events("")
    assert [(one.id, one.name, one.reconciled) for one in page.rows] == [
        ("e_2", "Autumn Auction", False), ("e_1", "Spring Gala", True), ("e_3", "", False),
    ]  # fmt: skip
    assert [one.starts.isoformat() if one.starts else "" for one in page.rows] == ["", "2026-02-28T23:00:00+00:00", ""]
    assert (page.cursor, page.more) == ("c", True)
