"""Donors: find-or-create and its unknowns, shapes, households, tags, merging and archiving."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.wegive import WeGiveOrganisation
from tests.sandbox.wegive_calls import ids, one, page

pytest_plugins = ["tests.sandbox.wegive_fixtures"]

ADA: dict[str, Any] = {"type": "individual", "email": "ada@example.org", "first_name": "Ada", "last_name": "Lane"}


def find(organisation: WeGiveOrganisation, **fields: Any) -> httpx.Response:
    return organisation.api.post("/dashboard/donors/find-or-create", json=ADA | fields)


def found(organisation: WeGiveOrganisation, **fields: Any) -> int:
    answer = find(organisation, **fields)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["data"]["id"])


def test_a_donor_is_made_once_and_then_found(wegive: WeGiveOrganisation) -> None:
    answer = find(
        wegive, phone="+15125550100", address={"address_1": "1 Elm St", "city": "Austin"}, nickname="A"
    ).json()
    shown = answer["data"]
    assert (shown["name"], shown["email_1"], shown["mobile_phone"]) == ("Ada Lane", "ada@example.org", "+15125550100")
    assert (shown["mailing_address"]["readable_string"], shown["preferred_email_value"]) == (
        "1 Elm St, Austin",
        "ada@example.org",
    )
    assert "nickname" not in shown
    assert found(wegive, email="ADA@example.org", first_name="Eve") == shown["id"]
    assert one(wegive, "donors", shown["id"])["first_name"] == "Ada"
    assert len(ids(wegive, "donors")) == 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"type": None}, ["type"]),
        ({"type": "household"}, ["type"]),
        ({"email": ""}, ["email"]),
        ({"email": "ada"}, ["email"]),
        ({"email": None, "type": None}, ["type", "email"]),
        ({"first_name": 5}, ["first_name"]),
        ({"address": "1 Elm St"}, ["address"]),
    ],
)
def test_what_find_or_create_refuses(wegive: WeGiveOrganisation, fields: dict[str, Any], wrong: list[str]) -> None:
    answer = find(wegive, **fields)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, wrong)
    assert ids(wegive, "donors") == []


def test_a_body_that_is_no_json_lacks_everything(wegive: WeGiveOrganisation) -> None:
    answer = wegive.api.post("/dashboard/donors/find-or-create", content=b"{type")
    assert (answer.status_code, set(answer.json()["errors"])) == (422, {"type", "email"})


def test_whether_other_addresses_find_is_an_option(wegive: WeGiveOrganisation) -> None:
    first = wegive.donor(email_1="a@example.org", email_2="ada@example.org")
    assert found(wegive) == first
    wegive.set_options(find_email="first")
    assert found(wegive) != first


def test_whether_the_type_counts_is_an_option(wegive: WeGiveOrganisation) -> None:
    person = found(wegive)
    assert found(wegive, type="company") == person
    wegive.set_options(find_type="must_match")
    assert found(wegive, type="company") != person


def test_whether_archived_donors_are_found_is_an_option(wegive: WeGiveOrganisation) -> None:
    first = found(wegive)
    wegive.archive("donors", first)
    wegive.set_options(find_archived="finds")
    assert found(wegive) == first
    wegive.set_options(find_archived="creates")
    assert found(wegive) != first


@pytest.mark.parametrize(
    ("option", "name", "phone"),
    [("never", "Ada", None), ("fills_blanks", "Ada", "+15125550100"), ("overwrites", "Eve", "+15125550100")],
)
def test_whether_finding_edits_is_an_option(
    wegive: WeGiveOrganisation, option: str, name: str, phone: str | None
) -> None:
    wegive.set_options(find_updates=option)
    donor = found(wegive)
    found(wegive, first_name="Eve", phone="+15125550100")
    shown = one(wegive, "donors", donor)
    assert (shown["first_name"], shown["mobile_phone"]) == (name, phone)


def test_an_edited_address_is_found_and_the_old_one_is_not(wegive: WeGiveOrganisation) -> None:
    donor = found(wegive)
    wegive.edit_donor(donor, email_1="new@example.org")
    assert found(wegive, email="new@example.org") == donor
    assert found(wegive) != donor


def test_a_repeated_request_after_a_lost_answer_finds(wegive: WeGiveOrganisation) -> None:
    wegive.fault("reset_after", method="POST")
    with pytest.raises(httpx.TransportError):
        find(wegive)
    found(wegive)
    assert len(ids(wegive, "donors")) == 1


def test_the_list_row_has_no_last_name(wegive: WeGiveOrganisation) -> None:
    address = {"address_1": "1 Elm St", "address_2": "Apt 5", "city": "Austin", "state": "TX", "zip": "78701"}
    donor = wegive.donor(first_name="Ada", last_name="Lane", mailing_address=address | {"country": "US"})
    shown = page(wegive, "donors")["data"][0]
    assert ("last_name" in shown, shown["first_name"], shown["name"]) == (False, "Ada", "Ada Lane")
    assert shown["mailingAddress"] == "1 Elm St, Apt 5, Austin, TX 78701, US"
    assert shown["mailing_address_object"]["zip"] == "78701"
    assert one(wegive, "donors", donor)["last_name"] == "Lane"


def test_an_edited_donor_is_in_no_window(wegive: WeGiveOrganisation) -> None:
    wegive.freeze()
    wegive.set_time("2026-03-01T00:00:00Z")
    donor = found(wegive)
    gift = wegive.give(donor)
    wegive.set_time("2026-03-05T00:00:00Z")
    wegive.edit_donor(donor, email_1="new@example.org")
    since = {"updated_at[start]": "2026-03-04T00:00:00Z"}
    assert ids(wegive, **since) == []
    assert ids(wegive, "donors", **since) == [donor]
    assert ids(wegive, "donors", **{"created_at[start]": "2026-03-04T00:00:00Z"}) == []
    assert page(wegive, "transactions", donor_id=donor)["data"][0]["owner"]["email_1"] == "new@example.org"
    assert one(wegive, "transactions", gift)["updated_at"] == "2026-03-01T00:00:00.000000Z"


def test_filters_of_donors(wegive: WeGiveOrganisation) -> None:
    ada, firm = found(wegive), wegive.donor(type="company", company="Lane & Co.", crm_ids={"bloomerang_id": "9"})
    wegive.edit_donor(ada, do_not_contact=True)
    wegive.schedule(ada)
    wegive.give(firm, amount=900)
    assert (ids(wegive, "donors", type="company"), ids(wegive, "donors", type="recurring")) == ([firm], [ada])
    assert ids(wegive, "donors", email_1="ADA@example.org") == ids(wegive, "donors", recurring="1") == [ada]
    assert (ids(wegive, "donors", do_not_contact="1"), ids(wegive, "donors", crm_id="9")) == ([ada], [firm])
    assert ids(wegive, "donors", **{"total_given[start]": "899"}) == [firm]
    assert ids(wegive, "donors", **{"donated_at[start]": "2020-01-01"}) == [firm]
    assert ids(wegive, "donors", **{"sort[total_given]": "desc"}) == [firm, ada]


def test_totals_count_successful_gifts_only(wegive: WeGiveOrganisation) -> None:
    donor = found(wegive)
    wegive.give(donor, amount=500)
    for more in ({"status": "failed"}, {"status": "refunded"}, {"is_test": True}, {"source_type": "bank"}):
        wegive.give(donor, amount=900, **more)
    assert page(wegive, "donors")["data"][0]["total_given"] == 500
    assert one(wegive, "donors", donor)["donor_details"]["total_given_count"] == 1


def test_merged_donors(wegive: WeGiveOrganisation) -> None:
    winner, loser = found(wegive), found(wegive, email="b@example.org")
    gift = wegive.give(loser)
    wegive.act("merge-donors", winner=winner, loser=loser)
    assert page(wegive, "transactions")["data"][0]["owner"]["id"] == winner
    assert one(wegive, "transactions", gift)["donor_id"] == winner
    assert (ids(wegive, "donors"), ids(wegive, "donors", view="archived")) == ([winner], [loser])
    assert wegive.api.get(f"/dashboard/donors/{loser}").status_code == 404
    with pytest.raises(httpx.HTTPStatusError):
        wegive.act("merge-donors", winner=winner, loser=winner)


def test_households_and_their_gifts(wegive: WeGiveOrganisation) -> None:
    made = wegive.seed(2, households=1, gifts=2)
    home = page(wegive, "households")["data"][0]
    assert [member["id"] for member in home["members"]] == made["people"]
    assert ids(wegive, household_id=home["id"]) == made["gifts"][::-1]
    assert one(wegive, "donors", made["people"][0])["households"][0]["id"] == home["id"]


def test_tags(wegive: WeGiveOrganisation) -> None:
    donor = found(wegive)
    tag = wegive.api.post("/dashboard/tags", json={"name": "Synced"}).json()["data"]["id"]
    body: dict[str, Any] = {"model_type": "donor", "all": False, "ids": [str(donor)], "tags": [str(tag)]}
    assert wegive.api.post("/dashboard/model-tag-donors", json=body).status_code == 200
    assert one(wegive, "donors", donor)["tags"] == [{"id": tag, "name": "Synced"}]
    assert (ids(wegive, "donors", tag=tag), page(wegive, "tags")["data"][0]["supporters"]) == ([donor], 1)
    assert wegive.api.put(f"/dashboard/tags/{tag}", json={"name": "Bridge"}).json()["data"]["name"] == "Bridge"
    wegive.api.post("/dashboard/model-tag-donors", json=body | {"untag": True})
    assert ids(wegive, "donors", tag=tag) == []
    assert wegive.api.post("/dashboard/tags", json={}).status_code == 422
    assert wegive.api.put("/dashboard/tags/5", json={"name": "x"}).status_code == 404


def test_models_are_archived_restored_and_resynced(wegive: WeGiveOrganisation) -> None:
    donor, other = found(wegive), found(wegive, email="b@example.org")
    body = {"model_type": "donor", "all": False, "ids": [str(donor)]}
    assert wegive.api.request("DELETE", "/dashboard/model-archive", json=body).status_code == 200
    assert ids(wegive, "donors") == [other]
    assert wegive.api.put("/dashboard/model-restore", json=body).status_code == 200
    assert wegive.api.post("/dashboard/model-resync", json=body).json() == {}
    assert (wegive.state()["resyncs"], len(ids(wegive, "donors"))) == ([body], 2)
    wrong = wegive.api.put("/dashboard/model-restore", json=body | {"model_type": "spaceship"})
    assert (wrong.status_code, wrong.json()) == (500, {"message": "Class not found"})


def test_subscribing_finds_or_creates(wegive: WeGiveOrganisation) -> None:
    row = int(wegive.act("plain", resource="communication-lists", fields={"name": "Newsletter"})["id"])
    assert wegive.api.post(f"/communication-lists/{row}/subscribe", json=ADA).json() == {"success": True}
    assert wegive.api.post("/communication-lists/5/subscribe", json=ADA).status_code == 404
    ada, other = ids(wegive, "donors")[0], wegive.donor(first_name="Ben")
    assert page(wegive, "communication-lists")["data"][0]["name"] == "Newsletter"
    asked = {"communication_list[id]": row}
    assert ids(wegive, "donors", **asked) == [ada]
    assert ids(wegive, "donors", **asked, **{"communication_list[subscribed]": 0}) == [other]


def test_the_virtual_terminal_gives_a_page_for_people(wegive: WeGiveOrganisation) -> None:
    body = {"designation_id": str(wegive.fund_id()), "amount": 50}
    answer = wegive.api.post("/dashboard/virtual-terminal/generate-url", json=body)
    assert answer.json()["url"].startswith("https://giving.example.org/")
    wegive.set_options(virtual_terminal=False)
    answer = wegive.api.post("/dashboard/virtual-terminal/generate-url", json=body)
    assert (answer.status_code, answer.json()) == (404, {"error": "Virtual terminal login not found"})
    assert ids(wegive) == []
