"""Gifts that exist: read, made directly, changed, deleted, reversed; commitments."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import SOURCE, gift, hand_in, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

Json = dict[str, Any]


def direct(organisation: VirtuousOrganisation, contact: int, **changes: Any) -> Json:
    share = {"projectId": organisation.project(), "amount": 10.5, "state": "Add"}
    body: Json = {"contactId": contact, "giftType": "Credit", "giftDate": "2023-12-07T23:00:00-07:00", "amount": 10.5}
    return body | {"transactionSource": SOURCE, "transactionId": "T-1", "giftDesignations": [share]} | changes


def post(organisation: VirtuousOrganisation, contact: int, **changes: Any) -> Json:
    answer = organisation.api.post("/Gift", json=direct(organisation, contact, **changes))
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


def reverse(organisation: VirtuousOrganisation, gift_id: int, **more: Any) -> httpx.Response:
    return organisation.api.post("/Gift/ReversingTransaction", json={"reversedGiftId": gift_id, **more})


def test_a_gift_read_in_full_and_abbreviated(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    made = post(virtuous, ada, batch="B1")
    assert (made["giftDate"], made["giftDateFormatted"]) == ("2023-12-07T00:00:00", "12/7/2023")
    assert (made["amount"], made["amountFormatted"], made["contactName"]) == (10.5, "$10.50", "Ada Lane")
    share = made["giftDesignations"][0]
    assert (share["projectCode"], share["amountDesignated"]) == ("GEN", 10.5)
    assert virtuous.api.get(f"/Gift/{made['id']}").json() == made
    assert virtuous.api.get(f"/Gift/{SOURCE}/T-1").json() == made
    row = virtuous.api.get(f"/Gift/ByContact/{ada}").json()["list"][0]
    assert (row["giftDate"], row["amount"], row["batch"]) == ("12/7/2023", "$10.50", "B1")
    assert "transactionId" not in row
    shown = virtuous.api.get(f"/Contact/{ada}").json()
    assert (shown["lifeToDateGiving"], shown["lastGiftDate"]) == ("$10.50", "12/7/2023")


def test_the_list_of_a_contacts_gifts_is_cut_at_ten(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    rows = [direct(virtuous, ada, transactionId=None, amount=float(n), giftDesignations=None) for n in range(1, 13)]
    assert len(virtuous.api.post("/Gift/Bulk", json=rows).json()) == 12
    found = virtuous.api.get(f"/Gift/ByContact/{ada}", params={"sortBy": "Amount", "descending": "true"}).json()
    assert (found["total"], len(found["list"]), found["list"][0]["amount"]) == (12, 10, "$12.00")
    assert len(virtuous.api.get(f"/Gift/ByContact/{ada}", params={"skip": 10}).json()["list"]) == 2
    assert virtuous.api.post("/Gift/Bulk", json=[rows[0]] * 101).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"contactId": 42},
        {"giftType": "EFT"},
        {"amount": None},
        {"segmentId": 42},
        {"giftDesignations": [{"projectId": 42, "amount": 10.5, "state": "Add"}]},
    ],
)
def test_direct_gifts_that_are_refused(virtuous: VirtuousOrganisation, wrong: Json) -> None:
    ada = make(virtuous)["id"]
    assert virtuous.api.post("/Gift", json=direct(virtuous, ada, **wrong)).status_code == 400


def test_shares_have_to_add_up(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    assert virtuous.api.post("/Gift", json=direct(virtuous, ada, amount=11)).status_code == 400
    post(virtuous, ada)
    assert virtuous.api.post("/Gift", json=direct(virtuous, ada)).status_code == 400, "the transaction id is taken"


@pytest.mark.parametrize(("words", "sent", "shares"), [("Add", "Added", 0), ("Added", "Added", 1), ("both", "Add", 1)])
def test_two_sets_of_words_for_a_share(virtuous: VirtuousOrganisation, words: str, sent: str, shares: int) -> None:
    virtuous.set_options(state_words=words)
    ada, row = make(virtuous)["id"], {"projectId": virtuous.project(), "amount": 10.5, "state": sent}
    assert len(post(virtuous, ada, giftDesignations=[row])["giftDesignations"]) == shares


def test_put_takes_away_what_is_left_out(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    made = post(virtuous, ada, notes="Thanks", batch="B1", checkNumber="7")
    kept = {"giftType": "Check", "giftDate": "2023-12-08", "amount": 10.5}
    left = virtuous.api.put(f"/Gift/{made['id']}", json=kept).json()
    assert (left["notes"], left["batch"], left["giftDesignations"]) == ("", None, [])
    assert (left["giftDate"], left["transactionId"]) == ("2023-12-08T00:00:00", "T-1")
    assert virtuous.api.put(f"/Gift/{made['id']}", json={"notes": "only"}).status_code == 400
    virtuous.set_options(put="patch")
    assert virtuous.api.put(f"/Gift/{made['id']}", json={"notes": "only"}).json()["notes"] == "only"


def test_shares_are_changed_by_state(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(put="patch")
    made = post(virtuous, make(virtuous)["id"])
    rows = [
        {"projectId": virtuous.project(), "amount": 4.5, "state": "Update"},
        {"projectId": virtuous.project("SCH"), "amount": 6, "state": "Add"},
    ]
    left = virtuous.api.put(f"/Gift/{made['id']}", json={"giftDesignations": rows}).json()
    assert [row["amountDesignated"] for row in left["giftDesignations"]] == [4.5, 6]
    gone = [{"projectId": virtuous.project("SCH"), "state": "Delete"}]
    assert virtuous.api.put(f"/Gift/{made['id']}", json={"giftDesignations": gone}).status_code == 400
    left = virtuous.api.put(f"/Gift/{made['id']}", json={"giftDesignations": gone, "amount": 4.5}).json()
    assert [row["projectCode"] for row in left["giftDesignations"]] == ["GEN"]


def test_patch_changes_only_what_is_sent(virtuous: VirtuousOrganisation) -> None:
    virtuous.custom_field("Receipt Status", "Gift")
    made = post(virtuous, make(virtuous)["id"], notes="Thanks")
    row = {"id": made["id"], "receiptDateUtc": "2024-01-02", "customFields": {"Receipt Status": "Sent"}}
    answer = virtuous.api.patch("/Gift", json=[row])
    assert (answer.status_code, answer.content) == (200, b"")
    left = virtuous.api.get(f"/Gift/{made['id']}").json()
    assert (left["notes"], left["receiptDateFormatted"]) == ("Thanks", "1/2/2024")
    assert left["customFields"] == [{"name": "Receipt Status", "value": "Sent", "displayName": "Receipt Status"}]


def test_a_deleted_gift_is_gone(virtuous: VirtuousOrganisation) -> None:
    made = post(virtuous, make(virtuous)["id"])
    gone = virtuous.api.delete(f"/Gift/{made['id']}")
    assert (gone.status_code, gone.content) == (200, b"")
    assert virtuous.api.get(f"/Gift/{SOURCE}/T-1").status_code == 404


def test_a_reversal_negates_the_whole_gift(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_time("2024-02-01T06:00:00Z")
    made = post(virtuous, make(virtuous)["id"])
    back = reverse(virtuous, made["id"], notes="Refunded").json()
    assert (back["giftType"], back["amount"], back["amountFormatted"]) == ("Reversing Transaction", -10.5, "-$10.50")
    assert (back["giftDate"], back["notes"]) == ("2024-01-31T00:00:00", "Refunded")
    assert [row["amountDesignated"] for row in back["giftDesignations"]] == [-10.5]
    assert (back["transactionSource"], back["transactionId"]) == (None, None)
    assert virtuous.api.get(f"/Gift/{SOURCE}/T-1").json()["amount"] == 10.5
    assert virtuous.api.get(f"/Contact/{made['contactId']}").json()["lifeToDateGiving"] == "$0"


def test_only_what_exists_can_be_reversed(virtuous: VirtuousOrganisation) -> None:
    hand_in(virtuous, gift("D-1"))
    assert virtuous.api.get(f"/Gift/{SOURCE}/D-1").status_code == 404
    assert reverse(virtuous, 42).status_code == 400
    virtuous.run_everything()
    made = virtuous.api.get(f"/Gift/{SOURCE}/D-1").json()["id"]
    first = reverse(virtuous, made, giftDate="2026-08-01")
    assert (first.status_code, first.json()["giftDate"]) == (200, "2026-08-01T00:00:00")
    assert [reverse(virtuous, made).status_code, reverse(virtuous, first.json()["id"]).status_code] == [400, 400]
    virtuous.set_options(second_reversal="accepted")
    assert reverse(virtuous, made).status_code == 200


def series(number: int, **changes: Any) -> Json:
    return gift(f"D-{number}", recurringGiftTransactionId="R-77") | changes


def test_the_first_gift_of_a_series_makes_the_commitment(virtuous: VirtuousOrganisation) -> None:
    hand_in(virtuous, series(1, frequency="monthly"))
    virtuous.run_everything()
    hand_in(virtuous, series(2), series(3, recurringGiftTransactionId="R-unknown"))
    virtuous.run_everything()
    (commitment,) = virtuous.state()["recurring"]
    assert (commitment["transactionSource"], commitment["transactionId"]) == (SOURCE, "R-77")
    assert (commitment["frequency"], commitment["status"], commitment["amount"]) == ("Monthly", "UpToDate", 50.0)
    payments = [len(row["recurringGiftPayments"]) for row in virtuous.state()["gifts"]]
    assert payments == [1, 1, 0]
    assert virtuous.api.get(f"/RecurringGift/{commitment['id']}").json() == commitment
    found = virtuous.api.get(f"/RecurringGift/ByContact/{commitment['contactId']}").json()
    assert found == {"list": [commitment], "total": 1}


@pytest.mark.parametrize(("rule", "amounts"), [("updates", [75.0]), ("creates", [50.0, 75.0])])
def test_updating_a_commitment(virtuous: VirtuousOrganisation, rule: str, amounts: list[float]) -> None:
    virtuous.set_options(recurring_update=rule)
    hand_in(virtuous, series(1, frequency="Monthly"))
    virtuous.run_everything()
    more = {"amount": "75.00", "designations": [], "recurringGiftTransactionUpdate": True}
    hand_in(virtuous, series(2, frequency="Monthly", **more))
    virtuous.run_everything()
    assert [row["amount"] for row in virtuous.state()["recurring"]] == amounts


def test_the_key_of_a_series_may_be_the_commitments_id(virtuous: VirtuousOrganisation) -> None:
    hand_in(virtuous, series(1, frequency="Monthly"))
    virtuous.run_everything()
    virtuous.set_options(recurring_link="commitment_id")
    known = virtuous.state()["recurring"][0]["id"]
    hand_in(virtuous, series(2), series(3, recurringGiftTransactionId=str(known)))
    virtuous.run_everything()
    assert [len(row["recurringGiftPayments"]) for row in virtuous.state()["gifts"]] == [1, 0, 1]


def test_commitments_are_cancelled(virtuous: VirtuousOrganisation) -> None:
    hand_in(virtuous, series(1, frequency="Monthly"))
    virtuous.run_everything()
    hand_in(virtuous, series(2, cancelDate="7/2/2026"))
    virtuous.run_everything()
    assert virtuous.state()["recurring"][0]["status"] == "Cancelled"
    body = {"contactId": make(virtuous, "Bea")["id"], "startDate": "2026-07-01", "frequency": "Weekly", "amount": 5}
    made = virtuous.api.post("/RecurringGift", json=body | {"transactionId": "lost"}).json()
    assert (made["transactionId"], made["cancelDateTimeUtc"]) == (None, None)
    cancelled = virtuous.api.put(f"/RecurringGift/Cancel/{made['id']}", json={"cancelReason": "Moved"}).json()
    assert (cancelled["status"], cancelled["cancelDateTimeUtc"] is None) == ("Cancelled", False)
    assert virtuous.api.post("/RecurringGift", json=body | {"frequency": "Daily"}).status_code == 400


def test_types_of_gifts_in_kind(virtuous: VirtuousOrganisation) -> None:
    found = virtuous.api.get("/Gift/NonCashGiftTypes").json()
    assert (found["total"], set(found["list"][0])) == (2, {"id", "name", "isEnabled"})
