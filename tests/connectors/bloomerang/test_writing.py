"""Bloomerang's quirks on the way out."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from giftbridge.connectors.base import ContactWrite, Done, GiftWrite, RefundWrite
from giftbridge.connectors.bloomerang.gifts import mark
from giftbridge.domain.contact import Address, Contact, Field
from giftbridge.domain.gift import Designation, Method
from giftbridge.domain.money import cents_from_major
from giftbridge.errors import Reject, Retry
from tests.connectors.bloomerang.case import CASE
from tests.connectors.contract import DONOR, GIFT, REFERENCE, REFUND, Bench, current

ABROAD = replace(DONOR, address=Address("1 High St", "London", "", "N1 9GU", "GB"))
REFUSAL = {
    "ErrorCode": 301,
    "Message": "City, State, and PostalCode are not allowed to be used for international addresses.",
}


def bench(**settings: Any) -> Bench:
    return Bench("bloomerang", CASE, settings=settings)


def bodies(one: Bench) -> list[dict[str, Any]]:
    return [json.loads(request.content) for request in one.writes()]


def created(contact: Contact, **settings: Any) -> dict[str, Any]:
    one = bench(**settings)
    (answer,) = one.connector.write_contacts([ContactWrite(REFERENCE, contact)])
    assert isinstance(answer, Done), answer
    return bodies(one)[-1]


def recorded(gift: Any = GIFT, **settings: Any) -> dict[str, Any]:
    one = bench(**settings)
    (answer,) = one.connector.write_gifts([GiftWrite(REFERENCE, gift, "1990657")])
    assert isinstance(answer, Done), answer
    return bodies(one)[0]


def test_a_person_has_no_full_name_and_an_organisation_nothing_else() -> None:
    assert "FullName" not in created(DONOR)
    body = created(Contact(kind="organisation", organisation_name="Lane & Sons", first_name="Ada", last_name="Lane"))
    assert body["FullName"] == "Lane & Sons"
    assert not body.keys() & {"FirstName", "LastName"}


@pytest.mark.parametrize("gap", ["first_name", "last_name"])
def test_half_a_name_is_refused_before_any_call(gap: Field) -> None:
    one = bench()
    (answer,) = one.connector.write_contacts([ContactWrite(REFERENCE, DONOR.changed({gap: ""}))])
    assert isinstance(answer, Reject)
    assert one.sent == []


def test_our_reference_stands_in_the_custom_fields_where_there_are_some() -> None:
    assert created(DONOR, constituent_field_id=77)["CustomValues"] == [{"FieldId": 77, "Value": "gb-3f1c9a"}]
    part = recorded(gift_field_id=88)["Designations"][0]
    assert part["CustomValues"] == [{"FieldId": 88, "Value": "gb-3f1c9a"}]
    assert mark("gb-3f1c9a") in part["Note"]


def test_an_update_sends_back_what_stands_there_in_the_shape_for_writing() -> None:
    one = bench()
    before = current(one)
    after = before.contact.changed({"email": "new@example.org"})
    one.connector.write_contacts([ContactWrite(REFERENCE, after, before, frozenset({"email"}))])
    (body,) = bodies(one)
    assert body["CustomValues"] == [
        {"FieldId": 13314, "Value": "Table 7"},
        {"FieldId": 13315, "ValueId": 42},
        {"FieldId": 13316, "ValueIds": [43, 44]},
    ]
    assert body["PrimaryEmail"] == {"Id": 501, "Type": "Work", "Value": "new@example.org", "IsPrimary": True}
    assert body["JobTitle"] == "Engineer"
    assert body["PrimaryPhone"]["Id"] == 601
    assert not body.keys() & {"AuditTrail", "Id", "EmailInterestType", "CommunicationRestrictions", "FullName"}


def test_F20_consent_goes_its_own_way_and_keeps_what_stands() -> None:
    one = bench()
    before = current(one)
    after = before.contact.changed({"do_not_call": True, "email_opt_out": True})
    one.connector.write_contacts([ContactWrite(REFERENCE, after, before, frozenset({"do_not_call", "email_opt_out"}))])
    (request,) = one.writes()
    assert request.url.path.endswith("/constituent/1990657/updateCommunicationSettings")
    (body,) = bodies(one)
    assert body["CommunicationRestrictions"]["CommunicationRestrictions"] == ["DoNotCall", "DoNotSolicit"]
    assert body["EmailInterests"]["EmailInterestType"] == "OptedOut"
    assert body["CommunicationRestrictions"]["UpdateReason"]


def test_an_address_abroad_is_folded_when_refused_and_stays_folded() -> None:
    one = bench()
    one.troubles[0] = lambda _: httpx.Response(400, json=REFUSAL)
    connector = one.connector
    for _ in range(2):
        (answer,) = connector.write_contacts([ContactWrite(REFERENCE, ABROAD)])
        assert isinstance(answer, Done)
    tried = [body["PrimaryAddress"] for body in bodies(one)]
    assert [set(row) & {"City", "PostalCode"} for row in tried] == [{"City", "PostalCode"}, set(), set()]
    assert tried[-1]["Street"] == "1 High St, N1 9GU London"
    assert tried[-1]["Country"] == "United Kingdom"


def test_an_address_abroad_is_as_the_setting_says() -> None:
    assert "City" not in created(ABROAD, international_address="folded")["PrimaryAddress"]
    one = bench(international_address="structured")
    one.troubles[0] = lambda _: httpx.Response(400, json=REFUSAL)
    (answer,) = one.connector.write_contacts([ContactWrite(REFERENCE, ABROAD)])
    assert isinstance(answer, Reject)
    assert len(one.sent) == 1
    assert "City" in created(DONOR, international_address="folded")["PrimaryAddress"], "home is never folded"


def test_F33_a_gift_is_in_dollars_on_the_organisations_day() -> None:
    body = recorded(replace(GIFT, occurred_at=REFERENCE.since.replace(hour=2)), time_zone="America/New_York")
    assert (body["Amount"], body["FeeAmount"], body["Date"]) == (125.5, 3.9, "2026-02-28")
    assert [(part["Amount"], part["FundId"]) for part in body["Designations"]] == [(100.0, 11), (25.5, 12)]
    assert {part["AcknowledgementStatus"] for part in body["Designations"]} == {"Yes"}


@pytest.mark.parametrize(
    ("method", "changes", "expected"),
    [
        ("card", {}, {"Method": "CreditCard", "CreditCardType": "Visa", "CreditCardLastFourDigits": "4242"}),
        ("card", {"card": None}, {"Method": "None"}),
        ("check", {"check_number": "1071"}, {"Method": "Check", "CheckNumber": "1071"}),
        ("check", {}, {"Method": "None"}),
        ("cash", {}, {"Method": "Cash"}),
        ("ach", {}, {"Method": "None"}),
        ("wire", {}, {"Method": "None"}),
        ("paypal", {}, {"Method": "None"}),
        ("venmo", {}, {"Method": "None"}),
        ("crypto", {}, {"Method": "None"}),
        ("stock", {}, {"Method": "None"}),
    ],
)
def test_F33_a_method_without_its_details_falls_back_and_says_so(
    method: Method, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    body = recorded(replace(GIFT, method=method, **changes))
    assert body.items() >= expected.items()
    fell_back = expected["Method"] == "None" and method not in ("paypal", "venmo", "crypto", "stock")
    assert (f"(paid by {method})" in body["Designations"][0]["Note"]) is fell_back


def test_nobody_is_ever_charged() -> None:
    assert "WalletItemId" not in json.dumps(recorded(replace(GIFT, method="paypal")))


def test_F34_more_funds_than_bloomerang_holds_are_refused() -> None:
    parts = tuple(Designation(100, str(number)) for number in range(1, 22))
    one = bench()
    (answer,) = one.connector.write_gifts([GiftWrite(REFERENCE, replace(GIFT, designations=parts), "1990657")])
    assert isinstance(answer, Reject)
    assert one.sent == []


def test_F32_a_long_note_is_cut_between_items_and_never_in_our_reference() -> None:
    note = "; ".join(["Spring Gala", *[f"Item {number}" for number in range(400)]])
    told = recorded(replace(GIFT, note=note))["Designations"][0]["Note"]
    assert told.endswith(mark("gb-3f1c9a"))
    assert len(told) < 1100
    assert told.startswith("Spring Gala; Item 0;")


def test_a_correction_of_a_gift_whose_amount_has_changed_adds_up() -> None:
    one = bench()
    standing = CASE.fixture("transaction.json")
    parts = tuple(Designation(2100 + place, "12") for place, _ in enumerate(standing["Designations"]))
    gift = replace(GIFT, amount=sum(part.amount for part in parts), designations=parts)
    assert cents_from_major(standing["Amount"]) != gift.amount
    assert one.connector.write_gifts([GiftWrite(REFERENCE, gift, "1990657", "5001")]) == [Done("5001")]
    (body,) = bodies(one)
    assert cents_from_major(body["Amount"]) == gift.amount
    assert sum(cents_from_major(part["Amount"]) for part in body["Designations"]) == gift.amount
    assert {part["FundId"] for part in body["Designations"]} == {12}


def test_F35_a_refund_moves_no_money_and_happens_once() -> None:
    one = bench()
    one.connector.write_refund(RefundWrite(REFERENCE, GIFT, "5001", REFUND, partial=False))
    (body,) = bodies(one)
    assert body.items() >= {"TransactionId": 5001, "RunProcessorRefund": False, "Date": "2026-03-01"}.items()
    again = bench()
    done = {**CASE.fixture("transaction.json"), "IsRefunded": "Yes"}
    again.troubles[0] = lambda _: httpx.Response(200, json=done)
    again.connector.write_refund(RefundWrite(REFERENCE, GIFT, "5001", REFUND, partial=False))
    assert again.writes() == []


def test_F35_a_partial_refund_is_told_once_in_every_note() -> None:
    one = bench()
    one.connector.write_refund(RefundWrite(REFERENCE, GIFT, "5001", REFUND, partial=True))
    (body,) = bodies(one)
    assert all("Partially refunded 10.00 on 2026-03-01: duplicate" in part["Note"] for part in body["Designations"])
    first = body["Designations"][0]
    assert first.items() >= {"Id": 7001, "FundId": 10, "CampaignId": 15, "AppealId": 21}.items()
    assert first["CustomValues"] == [{"FieldId": 13315, "ValueId": 42}]
    assert "IsRefunded" not in body
    told = {**CASE.fixture("transaction.json"), "Designations": body["Designations"]}
    again = bench()
    again.troubles[0] = lambda _: httpx.Response(200, json=told)
    again.connector.write_refund(RefundWrite(REFERENCE, GIFT, "5001", REFUND, partial=True))
    assert again.writes() == []


def test_F41_our_own_gift_is_found_again_by_its_note_or_field() -> None:
    write = GiftWrite(REFERENCE, GIFT, "1990657")
    assert bench().connector.recall_gift(write) == ["5001"]
    one = bench(gift_field_id=88)
    one.connector.recall_gift(write)
    assert dict(one.sent[0].url.params).items() >= {"customFieldId": "88", "customFieldValue": "gb-3f1c9a"}.items()


def test_what_was_read_meanwhile_and_makes_no_list_is_tried_again() -> None:
    one = bench()
    one.troubles[0] = lambda _: httpx.Response(200, json={"Message": "fine"})
    with pytest.raises(Retry):
        one.connector.purposes()
