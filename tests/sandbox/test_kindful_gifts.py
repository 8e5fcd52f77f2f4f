"""Gifts by import, what they create by accident, refunds, splits, and the other things that ride beside a contact."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.kindful import KindfulAccount
from tests.sandbox.kindful_words import ADA, EARLY, GIFT, LATER, NOON, contacts, done, gifts, give, outcomes

pytest_plugins = ["tests.sandbox.kindful_fixtures"]
SPLITS = [
    {"id": "g-1:1", "transaction_id": "g-1", "unit_amount_in_cents": "2000", "quantity": "2", "fund": "Art"},
    {"id": "g-1:2", "transaction_id": "g-1", "unit_amount_in_cents": "1000", "quantity": "1", "fund": "Music"},
]


def only(account: KindfulAccount) -> dict[str, Any]:
    found = gifts(account)
    assert len(found) == 1
    return found[0]


def split(account: KindfulAccount, *rows: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    return done(account, *rows, data_format="split_transaction", **({"action_type": "create"} | envelope))


def splits(account: KindfulAccount) -> list[dict[str, Any]]:
    return [row["data"] for row in account.state()["transaction"] if "parent_id" in row["data"]]


def test_a_gift_and_its_contact(kindful: KindfulAccount) -> None:
    row = GIFT | {"transaction_note": "Thanks", "non_tax_deductible_amount_in_cents": "1500", "check_num": "17"}
    job = give(kindful, row | {"is_donation": "false", "acknowledged": "true"})
    assert (job["stats"]["Contact"], job["stats"]["Transaction"], job["stats"]["Campaign"]) == (1, 1, 1)
    gift = only(kindful)
    assert gift["contact_id"] == contacts(kindful)[0]["id"]
    assert (gift["external_id"], gift["amount_in_cents"], gift["note"]) == ("g-1", 5000, "Thanks")
    assert (gift["non_tax_deduct_amount_in_cents"], gift["check_num"], gift["currency"]) == (1500, "17", "usd")
    assert (gift["is_donation"], gift["acknowledged"], gift["was_refunded"]) == (False, True, False)
    assert (gift["transaction_time"], gift["transaction_type"]) == ("2026-03-01T12:00:00Z", "credit")


def test_sending_a_gift_again_is_harmless_with_its_id(kindful: KindfulAccount) -> None:
    for action in ("create", "update", "create"):
        give(kindful, GIFT, action_type=action)
    assert len(gifts(kindful)) == 1


def test_sending_a_gift_again_without_an_id_doubles_it(kindful: KindfulAccount) -> None:
    bare = {name: value for name, value in GIFT.items() if name != "transaction_id"}
    for _ in range(2):
        give(kindful, bare)
    assert len(gifts(kindful)) == 2
    assert len({row["external_id"] for row in gifts(kindful)} - {None}) == 2


def test_contact_and_gift_go_by_their_own_times(kindful: KindfulAccount) -> None:
    give(kindful, GIFT | {"updated_at": NOON})
    give(kindful, GIFT | {"first_name": "Bea", "transaction_updated_at": LATER, "amount_in_cents": 7000})
    assert outcomes(kindful) == [{"id": "d-1", "contact": "ignored", "transaction": "updated"}]
    assert (only(kindful)["amount_in_cents"], contacts(kindful)[0]["first_name"]) == (7000, "Ada")


def test_update_exceptions_may_leave_gifts_alone(kindful: KindfulAccount) -> None:
    give(kindful, GIFT)
    newer = GIFT | {"amount_in_cents": 1, "transaction_updated_at": LATER}
    give(kindful, newer, update_exceptions={"transaction": "create"})
    assert only(kindful)["amount_in_cents"] == 5000


@pytest.mark.parametrize(("sent", "refunded"), [(LATER, True), (EARLY, False), (None, False)])
def test_a_refund_is_the_same_row_with_a_newer_time(kindful: KindfulAccount, sent: Any, *, refunded: bool) -> None:
    give(kindful, GIFT)
    give(kindful, GIFT | {"was_refunded": "true", "transaction_updated_at": sent})
    assert only(kindful)["was_refunded"] is refunded


def test_refunds_may_not_be_taken_by_import(kindful: KindfulAccount) -> None:
    kindful.set_options(refund_by_import="ignored")
    give(kindful, GIFT)
    give(kindful, GIFT | {"was_refunded": "true", "transaction_updated_at": LATER})
    assert only(kindful)["was_refunded"] is False


def test_booleans_are_texts(kindful: KindfulAccount) -> None:
    kindful.set_options(real_booleans="ignored")
    give(kindful, GIFT | {"is_donation": False, "acknowledged": "true"})
    assert (only(kindful)["is_donation"], only(kindful)["acknowledged"]) == (True, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_in_cents": "50.00"},
        {"amount_in_cents": None},
        {"amount_in_cents": 50.0},
        {"transaction_time": "yesterday"},
        {"transaction_time": None},
        {"campaign": None, "campaign_id": None},
        {"non_tax_deductible_amount_in_cents": "1.5"},
    ],
)
def test_a_bad_gift_is_dropped_and_its_contact_stays(kindful: KindfulAccount, wrong: dict[str, Any]) -> None:
    job = give(kindful, GIFT | wrong)
    assert (job["status"], job["notifications"]["count"], job["stats"]["Contact"]) == ("complete", 1, 1)
    assert gifts(kindful) == []


@pytest.mark.parametrize("wrong", [{"transaction_time": "yesterday"}, {"amount_in_cents": "1.5"}])
def test_a_bad_update_leaves_the_gift_alone(kindful: KindfulAccount, wrong: dict[str, Any]) -> None:
    give(kindful, GIFT)
    job = give(kindful, GIFT | {"transaction_note": "x", "transaction_updated_at": LATER} | wrong)
    assert (job["status"], job["notifications"]["count"]) == ("complete", 1)
    assert (only(kindful)["note"], only(kindful)["transaction_time"]) == (None, "2026-03-01T12:00:00Z")


def test_a_missing_or_unknown_type_is_a_check(kindful: KindfulAccount) -> None:
    give(kindful, GIFT | {"transaction_type": None}, GIFT | {"transaction_id": "g-2", "transaction_type": "card"})
    assert [row["transaction_type"] for row in gifts(kindful)] == ["check", "check"]
    kindful.set_options(missing_transaction_type="none", unknown_transaction_type="kept")
    give(kindful, GIFT | {"transaction_id": "3", "transaction_type": ""})
    give(kindful, GIFT | {"transaction_id": "4", "transaction_type": "card"})
    assert [row["transaction_type"] for row in gifts(kindful)[2:]] == [None, "card"]
    kindful.set_options(unknown_transaction_type="bad_row")
    assert give(kindful, GIFT | {"transaction_id": "5", "transaction_type": "card"})["notifications"]["count"] == 1


def test_times_may_be_numbers(kindful: KindfulAccount) -> None:
    give(kindful, GIFT | {"transaction_time": 1_772_366_400})
    assert only(kindful)["transaction_time"] == "2026-03-01T12:00:00Z"


def test_a_gift_of_kindfuls_own_is_updated_by_its_id(kindful: KindfulAccount) -> None:
    gift = kindful.staff_gift(kindful.staff_contact(first_name="Ada", last_name="Lane"))
    late = {"transaction_id": str(gift), "transaction_updated_at": "2026-03-05 00:00:00 UTC", "transaction_note": "x"}
    give(kindful, GIFT | late, match_by={"transaction": "id", "contact": "first_name_last_name"})
    assert (only(kindful)["note"], only(kindful)["external_id"]) == ("x", None)


@pytest.mark.parametrize("how", ["external_id", "id"])
def test_an_unknown_campaign_is_created_by_accident(kindful: KindfulAccount, how: str) -> None:
    known = kindful.summary["campaigns"]["General"]
    rows = [GIFT | {"transaction_id": str(number), "campaign_id": "84999", "campaign": "General"} for number in (1, 2)]
    job = give(kindful, *rows, match_by={"campaign": how})
    assert job["stats"]["Campaign"] == (1 if how == "external_id" else 2)
    assert known not in {row["campaign_id"] for row in gifts(kindful)}
    assert [row["name"] for row in kindful.api.get("/campaigns").json()].count("General") == job["stats"][
        "Campaign"
    ] + 1


def test_campaigns_are_found_by_name_or_id(kindful: KindfulAccount) -> None:
    known = kindful.summary["campaigns"]["General"]
    give(kindful, GIFT | {"campaign": "GENERAL"}, match_by={"campaign": "name"})
    give(kindful, GIFT | {"transaction_id": "g-2", "campaign_id": str(known)}, match_by={"campaign": "id"})
    assert [row["campaign_id"] for row in gifts(kindful)] == [known, known]


def test_a_name_alone_is_its_own_external_id(kindful: KindfulAccount) -> None:
    rows = [GIFT | {"transaction_id": str(number), "campaign_id": None, "campaign": "Gala"} for number in (1, 2)]
    assert give(kindful, *rows)["stats"]["Campaign"] == 1
    assert kindful.api.get("/campaigns").json()[-1]["external_id"] == "Gala"


def test_the_campaigns_column_has_two_names(kindful: KindfulAccount) -> None:
    row = GIFT | {"campaign": None, "campaign_id": None, "campaign_name": "Gala"}
    assert give(kindful, row)["notifications"]["count"] == 1
    kindful.set_options(campaign_column="campaign_name")
    assert give(kindful, row)["stats"]["Campaign"] == 1


def test_funds_are_created_left_out_or_refused(kindful: KindfulAccount) -> None:
    row = GIFT | {"fund": "Art", "fund_id": "f-1"}
    assert give(kindful, row)["stats"]["Fund"] == 1
    kindful.set_options(unknown_fund="none")
    give(kindful, row | {"transaction_id": "g-2", "fund_id": "f-2"})
    assert gifts(kindful)[1]["fund_id"] is None
    kindful.set_options(unknown_fund="bad_row")
    assert give(kindful, row | {"transaction_id": "g-3", "fund_id": "f-2"})["notifications"]["count"] == 1
    assert give(kindful, row | {"transaction_id": "g-4"})["stats"]["Transaction"] == 1


def test_funds_by_name_may_not_work_yet(kindful: KindfulAccount) -> None:
    general = kindful.summary["funds"]["General"]
    give(kindful, GIFT | {"fund": "general"}, match_by={"fund": "name"})
    assert only(kindful)["fund_id"] == general
    kindful.set_options(fund_by_name="ignored")
    give(kindful, GIFT | {"transaction_id": "g-2", "fund": "general"}, match_by={"fund": "name"})
    assert gifts(kindful)[1]["fund_id"] not in {general, None}


def test_an_ignored_row_makes_no_campaign(kindful: KindfulAccount) -> None:
    give(kindful, GIFT)
    job = give(kindful, GIFT | {"campaign_id": "c-2", "transaction_updated_at": EARLY})
    assert job["stats"]["Campaign"] == 0


def test_a_gift_is_split_across_funds(kindful: KindfulAccount) -> None:
    give(kindful, GIFT)
    assert split(kindful, *SPLITS)["notifications"]["count"] == 0
    assert [row["amount_in_cents"] for row in splits(kindful)] == [4000, 1000]
    names = {row["id"]: row["name"] for row in kindful.api.get("/funds").json()}
    assert [names[row["fund_id"]] for row in splits(kindful)] == ["Art", "Music"]
    assert only(kindful)["amount_in_cents"] == 5000


def test_the_parent_may_be_queued_just_before(kindful: KindfulAccount) -> None:
    body = {"data_format": "contact_with_transaction", "action_type": "create", "data": [GIFT]}
    kindful.api.post("/imports", json=body)
    split(kindful, *SPLITS)
    assert len(splits(kindful)) == 2


def test_splits_of_an_unknown_gift_vanish(kindful: KindfulAccount) -> None:
    job = split(kindful, *SPLITS)
    assert (job["status"], job["notifications"]["count"], splits(kindful)) == ("complete", 0, [])


def test_splits_must_add_up(kindful: KindfulAccount) -> None:
    give(kindful, GIFT)
    assert split(kindful, SPLITS[0])["notifications"]["count"] == 1
    assert splits(kindful) == []
    kindful.set_options(split_sum_mismatch="accept")
    split(kindful, SPLITS[0])
    assert len(splits(kindful)) == 1


def test_a_split_shares_the_ids_of_gifts(kindful: KindfulAccount) -> None:
    give(kindful, GIFT, GIFT | {"transaction_id": "g-2"})
    job = split(kindful, SPLITS[0] | {"id": "g-2"}, SPLITS[1])
    assert (job["notifications"]["count"], len(splits(kindful))) == (1, 1)
    assert "overlaps" in job["notifications"]["results"][0]["message"]


def test_splits_sent_again(kindful: KindfulAccount) -> None:
    give(kindful, GIFT)
    split(kindful, *SPLITS)
    assert split(kindful, *SPLITS)["notifications"]["count"] == 0
    turned = [SPLITS[0] | {"unit_amount_in_cents": "500"}, SPLITS[1] | {"unit_amount_in_cents": "4000"}]
    split(kindful, *turned, action_type="update")
    assert [row["amount_in_cents"] for row in splits(kindful)] == [4000, 1000]
    kindful.set_options(split_update="replaces")
    split(kindful, *turned, action_type="update")
    assert [row["amount_in_cents"] for row in splits(kindful)] == [1000, 4000]


def test_a_gift_of_kindfuls_own_is_split_by_its_id(kindful: KindfulAccount) -> None:
    gift = kindful.staff_gift(kindful.staff_contact(first_name="Ada", last_name="Lane"), amount_in_cents=5000)
    rows = [row | {"transaction_id": str(gift)} for row in SPLITS]
    split(kindful, *rows)
    assert splits(kindful) == []
    split(kindful, *rows, match_by={"transaction": "id"})
    assert [row["parent_id"] for row in splits(kindful)] == [gift, gift]


@pytest.mark.parametrize(
    ("option", "text"), [("message", "m"), ("note_body", "b"), ("message_body", "y"), ("any", "m")]
)
def test_notes(kindful: KindfulAccount, option: str, text: str) -> None:
    kindful.set_options(note_text_column=option)
    note = {"note_id": "n-1", "note_time": NOON, "note_type": "Sent Email", "note_subject": "Thanks"}
    texts = {"message": "m", "note_body": "b", "message_body": "y"}
    for _ in range(2):
        done(kindful, ADA | note | texts, data_format="contact_with_note", action_type="create")
    stored = kindful.state()["note"]
    assert [(row["data"]["body"], row["data"]["note_type"]) for row in stored] == [(text, "Sent Email")]


@pytest.mark.parametrize("kind", ["pledge", "soft_credit", "non_cash_gift"])
def test_other_things_beside_a_contact(kindful: KindfulAccount, kind: str) -> None:
    row = ADA | {f"{kind}_id": "x-1", f"{kind}_time": NOON, f"{kind}_updated_at": NOON, "amount_in_cents": "900"}
    first = done(kindful, row, data_format=f"contact_with_{kind}")
    assert first["stats"][kind.replace("_", " ").title()] == 1
    done(kindful, row | {"amount_in_cents": "1", f"{kind}_updated_at": EARLY}, data_format=f"contact_with_{kind}")
    done(kindful, row | {f"{kind}_note": "n", f"{kind}_updated_at": LATER}, data_format=f"contact_with_{kind}")
    stored = kindful.state()[kind]
    assert [(found["data"]["amount_in_cents"], found["data"]["note"]) for found in stored] == [(900, "n")]
    missing = done(kindful, row | {f"{kind}_id": "x-2", f"{kind}_time": None}, data_format=f"contact_with_{kind}")
    assert missing["notifications"]["count"] == 1


def test_a_cause_team_row_is_a_contact(kindful: KindfulAccount) -> None:
    assert done(kindful, ADA | {"cause": "Run"}, data_format="contact_with_cause_team")["stats"]["Contact"] == 1
