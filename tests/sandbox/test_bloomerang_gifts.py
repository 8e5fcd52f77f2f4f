"""Transactions, designations, refunds and soft credits."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.bloomerang import BloomerangDatabase

CARD = {
    "CreditCardType": "Visa",
    "CreditCardLastFourDigits": "4242",
    "CreditCardExpMonth": 12,
    "CreditCardExpYear": 2028,
}
EFT = {"EftAccountType": "Checking", "EftLastFourDigits": "6789", "EftRoutingNumber": "110000000"}


@pytest.fixture
def donor(bloomerang: BloomerangDatabase) -> int:
    return bloomerang.seed(2)["people"][0]


def row(database: BloomerangDatabase, amount: float = 100, **fields: Any) -> dict[str, Any]:
    return {"Type": "Donation", "Amount": amount, "FundId": database.fund()} | fields


def body(database: BloomerangDatabase, donor: int, *rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = list(rows) or [row(database)]
    amount = sum(item["Amount"] for item in made)
    base = {"AccountId": donor, "Date": "2026-08-01", "Amount": amount, "Method": "Cash", "Designations": made}
    return base | fields


def create(database: BloomerangDatabase, donor: int, *rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = database.api.post("/transaction", json=body(database, donor, *rows, **fields))
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def refused(database: BloomerangDatabase, donor: int, *rows: dict[str, Any], **fields: Any) -> str:
    answer = database.api.post("/transaction", json=body(database, donor, *rows, **fields))
    assert answer.status_code in {400, 404}, answer.text
    assert database.state()["transactions"] == []
    return str(answer.json()["Message"])


def test_write_ids_and_read_objects(bloomerang: BloomerangDatabase, donor: int) -> None:
    known = bloomerang.summary
    campaign, appeal = known["campaigns"]["Annual Fund"], known["appeals"]["Gala"]
    tribute = bloomerang.api.post("/tribute", json={"Name": "Jo", "TributeType": "InHonorOf"}).json()
    links = {"CampaignId": campaign, "AppealId": appeal, "TributeId": tribute["Id"]}
    made = create(bloomerang, donor, row(bloomerang, 60, Note="ext:don_1", **links), row(bloomerang, 40.5))
    first = made["Designations"][0]
    assert first["Fund"] == {"Id": bloomerang.fund(), "Name": "Unrestricted"}
    assert (first["Campaign"]["Id"], first["Appeal"]["Name"]) == (campaign, "Gala")
    assert (first["Tribute"]["Name"], first["TributeType"]) == ("Jo", "InHonorOf")
    assert {"FundId", "CampaignId", "SoftCredits"}.isdisjoint(first)
    assert (made["IsRefunded"], made["RefundIds"], made["Amount"]) == ("No", [], 100.5)
    assert made["TransactionNumber"] != made["Id"]
    assert first["DesignationNumber"] != first["Id"]
    assert bloomerang.api.get(f"/transaction/{made['Id']}").json() == made


@pytest.mark.parametrize("missing", ["AccountId", "Date", "Amount", "Method", "Designations"])
def test_required_fields(bloomerang: BloomerangDatabase, donor: int, missing: str) -> None:
    asked = {name: value for name, value in body(bloomerang, donor).items() if name != missing}
    answer = bloomerang.api.post("/transaction", json=asked)
    assert answer.json() == {"Message": f"{missing} is a required field", "ErrorCode": 301}


@pytest.mark.parametrize(
    "wrong",
    [
        {"Method": "Credit Card"},
        {"Method": ["Cash"]},
        {"Ammount": 5},
        {"Amount": 99},
        {"Amount": "100"},
        {"Amount": -100},
        {"Note": "top level"},
        {"Date": "yesterday"},
        {"Date": "08/01/2026"},
        {"AccountId": 1},
        {"Designations": []},
        {"CheckNumber": "12"},
        {"IsRefunded": "No"},
    ],
)
def test_wrong_transactions_are_refused(bloomerang: BloomerangDatabase, donor: int, wrong: dict[str, Any]) -> None:
    refused(bloomerang, donor, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"Fund": {"Id": 10}},
        {"Type": "Gift"},
        {"FundId": 999},
        {"FundId": None},
        {"Id": 7},
        {"CampaignId": 999},
        {"AcknowledgementStatus": "Maybe"},
        {"PledgeId": 5},
        {"SoftCredits": [{"AccountId": 1, "Amount": 5}]},
        {"CustomValues": [{"FieldId": 1, "Value": "x"}]},
    ],
)
def test_wrong_designations_are_refused(bloomerang: BloomerangDatabase, donor: int, wrong: dict[str, Any]) -> None:
    refused(bloomerang, donor, row(bloomerang, **wrong))


def test_20_designations_are_the_most(bloomerang: BloomerangDatabase, donor: int) -> None:
    refused(bloomerang, donor, *[row(bloomerang, 1)] * 21)
    assert len(create(bloomerang, donor, *[row(bloomerang, 0.1)] * 20, Amount=2)["Designations"]) == 20


def test_us_dates_by_option(bloomerang: BloomerangDatabase, donor: int) -> None:
    bloomerang.set_options(us_dates=True)
    assert create(bloomerang, donor, Date="08/31/2026")["Date"] == "2026-08-31"


@pytest.mark.parametrize("method", ["CreditCard", "ApplePay", "GooglePay"])
def test_card_details_are_wanted_in_full_unless_lax(bloomerang: BloomerangDatabase, donor: int, method: str) -> None:
    refused(bloomerang, donor, Method=method)
    for name in CARD:
        partly = {key: value for key, value in CARD.items() if key != name}
        assert refused(bloomerang, donor, Method=method, **partly) == f"{name} is a required field"
    assert create(bloomerang, donor, Method=method, **CARD)["CreditCardLastFourDigits"] == "4242"
    bloomerang.set_options(card_details="lax")
    create(bloomerang, donor, Method=method)
    assert bloomerang.state()["charges"] == []


def test_eft_details_are_wanted_in_full_unless_lax(bloomerang: BloomerangDatabase, donor: int) -> None:
    refused(bloomerang, donor, Method="Eft", EftLastFourDigits="6789")
    create(bloomerang, donor, Method="Eft", **EFT)
    bloomerang.set_options(eft_details="lax")
    create(bloomerang, donor, Method="Eft")


@pytest.mark.parametrize(("method", "field"), [("Check", "CheckNumber"), ("InKind", "InKindDescription")])
def test_what_other_methods_want(bloomerang: BloomerangDatabase, donor: int, method: str, field: str) -> None:
    assert refused(bloomerang, donor, Method=method) == f"{field} is a required field"
    assert create(bloomerang, donor, Method=method, **{field: "1001"})[field] == "1001"


@pytest.mark.parametrize("method", ["PayPal", "Venmo"])
def test_online_wallets_always_charge(bloomerang: BloomerangDatabase, donor: int, method: str) -> None:
    assert refused(bloomerang, donor, Method=method) == "WalletItemId is a required field"
    made = create(bloomerang, donor, Method=method, WalletItemId=5)
    assert bloomerang.state()["charges"] == [{"TransactionId": made["Id"], "WalletItemId": 5, "Amount": 100.0}]
    assert bloomerang.api.delete(f"/transaction/{made['Id']}").status_code == 400


def test_inactive_funds_by_option(bloomerang: BloomerangDatabase, donor: int) -> None:
    bloomerang.api.put(f"/fund/{bloomerang.fund()}", json={"IsActive": False})
    refused(bloomerang, donor)
    bloomerang.set_options(inactive_fund="accept")
    create(bloomerang, donor)


def test_household_as_account_by_option(bloomerang: BloomerangDatabase, donor: int) -> None:
    home = bloomerang.seed(2, first=10, households=1)["households"][0]
    refused(bloomerang, home)
    bloomerang.set_options(household_as_account="accept")
    assert create(bloomerang, home)["AccountId"] == home


def test_default_acknowledgement_by_option(bloomerang: BloomerangDatabase, donor: int) -> None:
    assert create(bloomerang, donor)["Designations"][0]["AcknowledgementStatus"] == "No"
    bloomerang.set_options(default_acknowledgement="Yes")
    assert create(bloomerang, donor)["Designations"][0]["AcknowledgementStatus"] == "Yes"


@pytest.mark.parametrize("bumps", [True, False])
def test_whether_a_gift_bumps_its_donor(bloomerang: BloomerangDatabase, donor: int, *, bumps: bool) -> None:
    bloomerang.set_options(gifts_bump_constituent=bumps)
    before = bloomerang.api.get(f"/constituent/{donor}").json()["AuditTrail"]
    bloomerang.advance(3600)
    create(bloomerang, donor)
    assert (bloomerang.api.get(f"/constituent/{donor}").json()["AuditTrail"] != before) is bumps


def test_put_edits_adds_and_removes_rows(bloomerang: BloomerangDatabase, donor: int) -> None:
    made = create(bloomerang, donor, row(bloomerang, 60, Note="keep"), row(bloomerang, 40))
    first, second = (item["Id"] for item in made["Designations"])
    rows = [{"Id": first, "Amount": 70}, row(bloomerang, 5)]
    asked = body(bloomerang, donor, *rows, Date="2026-08-02")
    changed = bloomerang.api.put(f"/transaction/{made['Id']}", json=asked).json()
    assert [item["Amount"] for item in changed["Designations"]] == [70, 5]
    assert (changed["Designations"][0]["Note"], changed["Amount"], changed["Date"]) == ("keep", 75, "2026-08-02")
    assert bloomerang.api.get(f"/transactions/designation/{second}").status_code == 404


def test_put_keeps_omitted_rows_by_option(bloomerang: BloomerangDatabase, donor: int) -> None:
    bloomerang.set_options(omitted_designations="kept")
    made = create(bloomerang, donor, row(bloomerang, 60), row(bloomerang, 40))
    first = {"Id": made["Designations"][0]["Id"], "Amount": 70}
    short = body(bloomerang, donor, first)
    assert bloomerang.api.put(f"/transaction/{made['Id']}", json=short).status_code == 400
    full = bloomerang.api.put(f"/transaction/{made['Id']}", json=short | {"Amount": 110}).json()
    assert [item["Amount"] for item in full["Designations"]] == [70, 40]


def test_put_refuses_a_foreign_row_a_pledge_and_another_account(bloomerang: BloomerangDatabase, donor: int) -> None:
    made = create(bloomerang, donor)
    path = f"/transaction/{made['Id']}"
    pledge: dict[str, Any] = {"PledgeFrequency": "Monthly", "PledgeInstallments": []}
    assert bloomerang.api.put(path, json=body(bloomerang, donor, row(bloomerang, Id=5))).status_code == 400
    added = body(bloomerang, donor, row(bloomerang, Type="Pledge", **pledge))
    assert bloomerang.api.put(path, json=added).status_code == 400
    assert bloomerang.api.put(path, json=body(bloomerang, donor + 1)).status_code == 400


def test_schedule_and_payment(bloomerang: BloomerangDatabase, donor: int) -> None:
    plan = {
        "Type": "RecurringDonation",
        "RecurringDonationFrequency": "Monthly",
        "RecurringDonationStartDate": "2026-01-01",
    }
    schedule = create(bloomerang, donor, row(bloomerang, 25, **plan), Method="None")
    schedule_row = schedule["Designations"][0]["Id"]
    payment = {"Type": "RecurringDonationPayment", "Amount": 25, "IsExtraPayment": False}
    by_transaction = body(bloomerang, donor, payment | {"RecurringDonationId": schedule["Id"]})
    assert bloomerang.api.post("/transaction", json=by_transaction).status_code == 404
    paid = create(bloomerang, donor, payment | {"RecurringDonationId": schedule_row})["Designations"][0]
    assert paid["Fund"]["Id"] == bloomerang.fund()
    seen = bloomerang.api.get(f"/transactions/designation/{schedule_row}").json()
    assert (seen["RecurringDonationPaymentIds"], seen["RecurringDonationStatus"]) == ([paid["Id"]], "Active")
    unsaid = {name: value for name, value in payment.items() if name != "IsExtraPayment"}
    asked = body(bloomerang, donor, unsaid | {"RecurringDonationId": schedule_row})
    assert bloomerang.api.post("/transaction", json=asked).json()["Message"] == "IsExtraPayment is a required field"


def test_pledge_and_payment(bloomerang: BloomerangDatabase, donor: int) -> None:
    plan = {"Type": "Pledge", "PledgeFrequency": "Custom", "PledgeInstallments": [{"Date": "2026-09-01", "Amount": 90}]}
    pledge = create(bloomerang, donor, row(bloomerang, 90, **plan), Method="None")["Designations"][0]
    create(bloomerang, donor, {"Type": "PledgePayment", "Amount": 30, "PledgeId": pledge["Id"]})
    seen = bloomerang.api.get(f"/transactions/designation/{pledge['Id']}").json()
    assert (seen["PledgeBalance"], len(seen["PledgePaymentIds"])) == (60, 1)


def test_soft_credits(bloomerang: BloomerangDatabase, donor: int) -> None:
    friend = donor + 1
    made = create(bloomerang, donor, row(bloomerang, SoftCredits=[{"AccountId": friend, "Amount": 100}]))
    designation = made["Designations"][0]
    listed = bloomerang.api.get("/softcredits", params={"constituent": friend}).json()["Results"]
    assert [credit["Id"] for credit in listed] == designation["SoftCreditIds"]
    assert (listed[0]["DesignationId"], listed[0]["TransactionId"]) == (designation["Id"], made["Id"])
    more = {"AccountId": friend, "Amount": 5, "DesignationId": designation["Id"]}
    second = bloomerang.api.post("/softcredit", json=more).json()
    assert (
        bloomerang.api.put(f"/softcredit/{second['Id']}", json={"Id": second["Id"], "Amount": 6}).json()["Amount"] == 6
    )
    bloomerang.api.delete(f"/softcredit/{second['Id']}")
    assert bloomerang.api.get(f"/softcredit/{second['Id']}").status_code == 404


def test_refund_marks_the_whole_gift_once(bloomerang: BloomerangDatabase, donor: int) -> None:
    made = create(bloomerang, donor)
    asked = {"TransactionId": made["Id"], "Date": "2026-08-10", "Note": "Elsewhere", "RunProcessorRefund": False}
    refund = bloomerang.api.post("/refund", json=asked).json()
    assert (refund["Amount"], refund["TransactionId"], refund["Note"]) == (100, made["Id"], "Elsewhere")
    gift = bloomerang.api.get(f"/transaction/{made['Id']}").json()
    assert (gift["IsRefunded"], gift["RefundIds"]) == ("Yes", [refund["Id"]])
    assert bloomerang.api.post("/refund", json=asked).status_code == 400
    assert bloomerang.api.get(f"/refunds?transactionId={made['Id']}").json()["TotalFiltered"] == 1
    assert bloomerang.state()["processor_refunds"] == []


def test_refund_needs_its_date_and_asks_the_processor_unless_told_not_to(
    bloomerang: BloomerangDatabase, donor: int
) -> None:
    made = create(bloomerang, donor)
    assert bloomerang.api.post("/refund", json={"TransactionId": made["Id"]}).json()["ErrorCode"] == 301
    refund = bloomerang.api.post("/refund", json={"TransactionId": made["Id"], "Date": "2026-08-10"}).json()
    asked = bloomerang.state()["processor_refunds"]
    assert asked == [{"RefundId": refund["Id"], "TransactionId": made["Id"], "Amount": 100, "AskedFor": False}]


def test_refund_can_be_changed_and_taken_back(bloomerang: BloomerangDatabase, donor: int) -> None:
    made = create(bloomerang, donor)
    asked = {"TransactionId": made["Id"], "Date": "2026-08-10", "RunProcessorRefund": False}
    refund = bloomerang.api.post("/refund", json=asked).json()["Id"]
    changed = bloomerang.api.put(f"/refund/{refund}", json={"Id": refund, "Note": "Twice"}).json()
    assert changed["Note"] == "Twice"
    assert bloomerang.api.delete(f"/refund/{refund}").json()["Deleted"] is True
    assert bloomerang.api.get(f"/transaction/{made['Id']}").json()["IsRefunded"] == "No"


def test_delete_takes_rows_and_refunds_along(bloomerang: BloomerangDatabase, donor: int) -> None:
    made = create(bloomerang, donor, row(bloomerang, SoftCredits=[{"AccountId": donor, "Amount": 1}]))
    bloomerang.api.post("/refund", json={"TransactionId": made["Id"], "Date": "2026-08-10"})
    assert bloomerang.api.delete(f"/transaction/{made['Id']}").json()["Type"] == "Transaction"
    state = bloomerang.state()
    assert (state["transactions"], state["refunds"], state["soft_credits"]) == ([], [], [])
    assert bloomerang.api.get("/transactions/designations").json()["Total"] == 0
