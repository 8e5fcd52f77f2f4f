"""The import: nothing exists after a 200, until a person runs it, days later perhaps."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import ADDRESS, DONOR, SOURCE, gift, hand_in, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

Json = dict[str, Any]
CONTACT: Json = {
    "referenceSource": SOURCE,
    "referenceId": "48213",
    "contactType": "Household",
    "firstName": "Ada",
    "lastName": "Lane",
    "email": "ada@example.org",
    **ADDRESS,
}


def status(organisation: VirtuousOrganisation, transaction: str = "D-1") -> int:
    return organisation.api.get(f"/Gift/{SOURCE}/{transaction}").status_code


def made(organisation: VirtuousOrganisation, transaction: str = "D-1") -> Json:
    answer = organisation.api.get(f"/Gift/{SOURCE}/{transaction}")
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


def buckets(organisation: VirtuousOrganisation) -> list[dict[str, int]]:
    return [found["buckets"] for found in organisation.midnight()]


def only_row(organisation: VirtuousOrganisation) -> Json:
    (found,) = organisation.imports()
    (row,) = found["rows"]
    shown: Json = row
    return shown


def test_a_gift_exists_only_after_a_person_ran_the_import(virtuous: VirtuousOrganisation) -> None:
    virtuous.freeze()
    virtuous.set_time("2026-07-01T20:00:00Z")
    answer = virtuous.api.post("/v2/Gift/Transaction", json=gift())
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/plain")
    assert (status(virtuous), len(virtuous.held()), virtuous.imports()) == (404, 1, [])
    virtuous.set_time("2026-07-02T06:59:59Z")
    assert virtuous.imports() == [], "it is not midnight in Phoenix"
    virtuous.advance(1)
    (found,) = virtuous.imports()
    assert (found["state"], found["source"], found["buckets"]) == ("review", SOURCE, {"Ready for Import": 1})
    virtuous.advance(5 * 86_400)
    assert status(virtuous) == 404
    assert virtuous.run_import(found["id"])["gifts"] == 1
    shown = made(virtuous)
    assert (shown["amount"], shown["giftType"], shown["giftDate"]) == (50.0, "Credit", "2026-07-01T00:00:00")
    assert shown["createDateTimeUtc"].startswith("2026-07-07")
    assert shown["createdByUser"] == "Pat Office"
    donor = virtuous.api.get(f"/Contact/{shown['contactId']}").json()
    assert donor["contactReferences"] == [{"source": SOURCE, "id": "48213"}]
    assert donor["contactIndividuals"][0]["contactMethods"][1]["value"] == "480-555-0100"


def test_whose_midnight_it_is_is_an_option(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(midnight_time_zone="UTC")
    virtuous.set_time("2026-07-01T20:00:00Z")
    hand_in(virtuous, gift())
    virtuous.set_time("2026-07-02T00:00:01Z")
    assert len(virtuous.imports()) == 1
    virtuous.set_options(midnight="by_control")
    hand_in(virtuous, gift("D-2"))
    virtuous.advance(3 * 86_400)
    assert len(virtuous.imports()) == 1
    assert len(virtuous.midnight()) == 1


def test_imports_are_per_source_and_contacts_apart(virtuous: VirtuousOrganisation) -> None:
    hand_in(virtuous, gift(), gift("D-2"), gift("D-1", transactionSource="Stripe"))
    assert virtuous.api.post("/Contact/Transaction", json=CONTACT).content == b""
    found = [(each["kind"], each["source"], len(each["rows"])) for each in virtuous.midnight()]
    assert found == [("contact", SOURCE, 1), ("gift", SOURCE, 2), ("gift", "Stripe", 1)]


def test_an_import_can_be_had_at_once_but_not_run(virtuous: VirtuousOrganisation) -> None:
    body = {"transactionSource": SOURCE, "transactions": [gift(transactionSource=None)], "createImport": "true"}
    sent = body | {"importName": "July", "batch": "RD 7", "defaultGiftType": "Cash"}
    answer = virtuous.api.post("/v2/Gift/Transactions", json=sent)
    assert (answer.status_code, answer.content, status(virtuous)) == (200, b"", 404)
    (found,) = virtuous.imports()
    assert (found["name"], virtuous.held()) == ("July", [])
    virtuous.run_import(found["id"])
    assert (made(virtuous)["batch"], made(virtuous)["giftType"]) == ("RD 7", "Credit")


def test_a_repeated_transaction_id(virtuous: VirtuousOrganisation) -> None:
    hand_in(virtuous, gift())
    again = virtuous.api.post("/v2/Gift/Transaction", json=gift(amount="60.00"))
    assert (again.status_code, "already exists" in again.json()["message"]) == (400, True)
    virtuous.midnight()
    assert virtuous.api.post("/v2/Gift/Transaction", json=gift()).status_code == 400
    virtuous.run_everything()
    virtuous.set_options(repeated_transaction_text="Duplicate transaction")
    assert virtuous.api.post("/v2/Gift/Transaction", json=gift()).json() == {"message": "Duplicate transaction"}
    virtuous.set_options(repeated_transaction="ignored")
    hand_in(virtuous, gift())
    assert (virtuous.held(), len(virtuous.state()["gifts"])) == ([], 1)


def test_a_new_transaction_id_makes_a_second_gift(virtuous: VirtuousOrganisation) -> None:
    hand_in(virtuous, gift("try-1"), gift("try-2"), gift(None), gift(None))
    virtuous.run_everything()
    assert len(virtuous.state()["gifts"]) == 4
    assert len(virtuous.state()["contacts"]) == 1, "later rows find the contact that the first one made"


def test_a_batch_with_a_repeated_id_is_refused_as_a_whole(virtuous: VirtuousOrganisation) -> None:
    body = {"transactionSource": SOURCE, "transactions": [gift("A"), gift("B"), gift("A")]}
    assert virtuous.api.post("/v2/Gift/Transactions", json=body).status_code == 400
    assert virtuous.held() == []


@pytest.mark.parametrize("path", ["/v2/Gift/Transactions", "/Contact/Batch"])
def test_batches_may_have_a_limit(virtuous: VirtuousOrganisation, path: str) -> None:
    virtuous.set_options(batch_limit=1)
    rows = [gift("A"), gift("B")] if "Gift" in path else [CONTACT, CONTACT]
    body = {"transactionSource": SOURCE, "referenceSource": SOURCE, "transactions": rows, "contacts": rows}
    assert virtuous.api.post(path, json=body).status_code == 400


def test_designations_under_another_name_are_lost(virtuous: VirtuousOrganisation) -> None:
    other = [{"projectCode": "SCH", "amountDesignated": "50.00"}]
    lost = {name: value for name, value in gift().items() if name != "designations"} | {"giftDesignations": other}
    hand_in(virtuous, lost)
    virtuous.run_everything()
    assert made(virtuous)["giftDesignations"] == [], "undesignated, and nobody was told"
    virtuous.set_options(designation_keys="both")
    hand_in(virtuous, lost | {"transactionId": "D-2"})
    virtuous.run_everything()
    assert made(virtuous, "D-2")["giftDesignations"][0]["projectCode"] == "SCH"


@pytest.mark.parametrize("share", [{"code": "sch"}, {"name": "scholarships"}, {"id": "ID"}])
def test_a_project_is_named_by_code_name_or_id(virtuous: VirtuousOrganisation, share: Json) -> None:
    named = {key: virtuous.project("SCH") if value == "ID" else value for key, value in share.items()}
    hand_in(virtuous, gift(designations=[{**named, "amountDesignated": "50"}]))
    virtuous.run_everything()
    assert made(virtuous)["giftDesignations"][0]["projectId"] == virtuous.project("SCH")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"amount": "fifty"}, "amount"),
        ({"amount": "-50.00"}, "amount"),
        ({"giftDate": "soon"}, "giftDate"),
        ({"giftType": "Barter"}, "giftType"),
        ({"giftType": "Electronic Funds Transfer"}, "giftType"),
        ({"segment": "NONE"}, "segment"),
        ({"frequency": "Daily"}, "frequency"),
        ({"designations": [{"code": "NONE", "amountDesignated": "50"}]}, "designations"),
        ({"designations": [{"code": "GEN", "amountDesignated": "49.99"}]}, "designation sum"),
        ({"contact": DONOR | {"type": "Martian"}}, "contact type"),
        ({"contact": DONOR | {"emailType": "Email"}}, "email type"),
    ],
)
def test_a_bad_row_waits_until_a_person_corrects_it(virtuous: VirtuousOrganisation, wrong: Json, error: str) -> None:
    hand_in(virtuous, gift(**wrong))
    assert buckets(virtuous) == [{"Update Needed": 1}]
    assert error in only_row(virtuous)["errors"]
    assert virtuous.run_everything()[0]["left"] == 1
    assert status(virtuous) == 404
    virtuous.decide(only_row(virtuous)["id"], changes=gift(segment=None, frequency=None))
    virtuous.run_everything()
    assert status(virtuous) == 200


def test_the_sum_may_be_checked_at_once(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(designation_sum="refused")
    wrong = gift(designations=[{"code": "GEN", "amountDesignated": "49.99"}])
    assert virtuous.api.post("/v2/Gift/Transaction", json=wrong).status_code == 400


@pytest.mark.parametrize(
    ("word", "sent", "bucket"),
    [
        ("EFT", "EFT", "Ready for Import"),
        ("Electronic Funds Transfer", "EFT", "Update Needed"),
        ("both", "Electronic Funds Transfer", "Ready for Import"),
    ],
)
def test_the_word_for_bank_transfers(virtuous: VirtuousOrganisation, word: str, sent: str, bucket: str) -> None:
    virtuous.set_options(eft_word=word)
    hand_in(virtuous, gift(giftType=sent))
    assert buckets(virtuous) == [{bucket: 1}]


@pytest.mark.parametrize(("rule", "ready"), [("either", ["", "OneTime"]), ("omitted", [""]), ("required", ["OneTime"])])
def test_the_frequency_of_one_time_gifts(virtuous: VirtuousOrganisation, rule: str, ready: list[str]) -> None:
    virtuous.set_options(one_time_frequency=rule)
    for word in ("", "OneTime"):
        hand_in(virtuous, gift(f"D-{word}", frequency=word))
    (found,) = virtuous.midnight()
    assert [row["body"]["frequency"] for row in found["rows"] if row["bucket"] == "Ready for Import"] == ready


@pytest.mark.parametrize("missing", [{"firstname": ""}, {"lastname": None}])
def test_nameless_donors_are_rejected(virtuous: VirtuousOrganisation, missing: Json) -> None:
    sent = gift(contact=DONOR | missing)
    assert virtuous.api.post("/v2/Gift/Transaction", json=sent).status_code == 400
    hand_in(virtuous, gift("whole name", contact=DONOR | missing | {"name": "Anonymous"}))
    virtuous.set_options(nameless_transaction="at_import")
    hand_in(virtuous, gift("nobody", contact={"email": "x@example.org"}))
    waiting = [row["errors"] for found in virtuous.midnight() for row in found["rows"]]
    assert waiting == [[], ["name"]]


@pytest.mark.parametrize("path", ["/v2/Gift/Transaction", "/Contact/Transaction"])
def test_what_is_not_taken_at_all(virtuous: VirtuousOrganisation, path: str) -> None:
    assert virtuous.api.post(path, json=None).json() == {"message": "The argument cannot be null"}
    assert virtuous.api.post(path, json={"firstName": "Ada", "lastName": "Lane"}).status_code == 400
    wrong = virtuous.api.post(path, json=gift(tags="x", email=["a"], isPrivate="maybe", customFields=3))
    assert wrong.json()["message"] == "The request is invalid."


def test_discarded_rows_never_become_gifts(virtuous: VirtuousOrganisation) -> None:
    hand_in(virtuous, gift())
    (found,) = virtuous.midnight()
    virtuous.discard(found["id"])
    assert virtuous.run_import(found["id"])["gifts"] == 0
    assert status(virtuous) == 404
    hand_in(virtuous, gift())


def test_a_gift_made_meanwhile_by_another_way_is_not_made_twice(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    hand_in(virtuous, gift())
    virtuous.staff_gift(ada, 50, transactionSource=SOURCE, transactionId="D-1")
    counts = virtuous.run_everything()
    assert (counts[0]["gifts"], counts[0]["left"]) == (0, 1)
    assert only_row(virtuous)["errors"] == ["transactionId"]


def test_card_segment_tags_and_custom_fields_arrive(virtuous: VirtuousOrganisation) -> None:
    virtuous.custom_field("Receipt Status", "Gift")
    more: Json = {
        "segment": "gala26",
        "creditCardType": "Visa",
        "notes": "Hello",
        "customFields": {"Receipt Status": True},
    }
    hand_in(virtuous, gift(contact=DONOR | {"tags": "Online; Newsletter"}, giftType="noncash", **more))
    virtuous.run_everything()
    shown = made(virtuous)
    assert (shown["segmentCode"], shown["notes"], shown["giftType"]) == ("GALA26", "Hello", "Non-Cash")
    assert shown["customFields"][0]["value"] == "True"
    assert virtuous.api.get(f"/Contact/{shown['contactId']}").json()["tags"] == ["Online", "Newsletter"]


@pytest.mark.parametrize("date", ["2026-07-01", "7/1/2026", "7.1.2026", "2026-07-01T23:00:00-07:00"])
def test_dates_in_several_spellings(virtuous: VirtuousOrganisation, date: str) -> None:
    hand_in(virtuous, gift(giftDate=date))
    virtuous.run_everything()
    assert made(virtuous)["giftDate"] == "2026-07-01T00:00:00"
