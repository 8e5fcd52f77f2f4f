"""Constituents: shapes, names, updates, communication settings, finding and deleting."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.bloomerang import BloomerangDatabase

ADA: dict[str, Any] = {"Type": "Individual", "FirstName": "Ada", "LastName": "Lopez"}
FULL = ADA | {
    "PrimaryEmail": {"Type": "Home", "Value": "Ada@example.org"},
    "PrimaryPhone": {"Type": "Mobile", "Number": "555-555-0100", "Extension": "12"},
    "PrimaryAddress": {
        "Type": "Home",
        "Street": "1 Main St",
        "City": "Austin",
        "State": "TX",
        "PostalCode": "78701",
        "Country": "United States",
    },
}


def create(database: BloomerangDatabase, **fields: Any) -> dict[str, Any]:
    answer = database.api.post("/constituent", json=fields)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def put(database: BloomerangDatabase, constituent: int, **fields: Any) -> dict[str, Any]:
    answer = database.api.put(f"/constituent/{constituent}", json=fields)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def refusal(database: BloomerangDatabase, body: dict[str, Any], path: str = "/constituent") -> tuple[int, int, str]:
    answer = database.api.post(path, json=body)
    return answer.status_code, answer.json()["ErrorCode"], answer.json()["Message"]


def test_a_name_only_person_has_no_empty_keys(bloomerang: BloomerangDatabase) -> None:
    made = create(bloomerang, **ADA)
    absent = {"PrimaryEmail", "PrimaryPhone", "PrimaryAddress", "HouseholdId", "MiddleName", "Birthdate"}
    assert absent.isdisjoint(made)
    assert [made[name] for name in ("Website", "FacebookId", "TwitterId", "LinkedInId", "Gender")] == [""] * 5
    assert (made["EmailIds"], made["PhoneIds"], made["AddressIds"], made["CustomValues"]) == ([], [], [], [])
    assert made["AccountNumber"] != made["Id"]
    assert (made["Status"], made["EmailInterestType"], made["IsInHousehold"]) == ("Active", "All", False)
    assert made["AuditTrail"]["CreatedName"] == "Sandbox-Avery Admin"
    assert None not in made.values()


def test_primary_rows_are_inline_and_reformatted(bloomerang: BloomerangDatabase) -> None:
    made = create(bloomerang, **FULL)
    assert made["PrimaryEmail"]["Value"] == "Ada@example.org"
    assert made["PrimaryPhone"]["Number"] == "(555) 555-0100"
    assert "AuditTrail" not in made["PrimaryPhone"]
    address = made["PrimaryAddress"]
    assert (address["State"], address["StateAbbreviation"], address["CountryCode"]) == ("Texas", "TX", "US")
    assert made["EmailIds"] == [made["PrimaryEmail"]["Id"]]
    assert bloomerang.api.get(f"/constituent/{made['Id']}").json() == made


@pytest.mark.parametrize("name", ["FirstName", "LastName"])
def test_a_person_needs_both_names(bloomerang: BloomerangDatabase, name: str) -> None:
    assert refusal(bloomerang, ADA | {name: " "}) == (400, 301, f"{name} is a required field")
    assert refusal(bloomerang, {key: value for key, value in ADA.items() if key != name})[1] == 301


@pytest.mark.parametrize("value", ["Ada Lopez", None])
def test_full_name_is_refused_on_people_even_null(bloomerang: BloomerangDatabase, value: str | None) -> None:
    assert refusal(bloomerang, ADA | {"FullName": value})[2] == "Cannot set FullName for individuals"
    made = create(bloomerang, **ADA)
    assert bloomerang.api.put(f"/constituent/{made['Id']}", json={"FullName": value}).status_code == 400


def test_an_organisation_needs_its_full_name(bloomerang: BloomerangDatabase) -> None:
    body = {"Type": "Organization"}
    assert refusal(bloomerang, body) == (400, 301, "FullName is a required field")
    assert refusal(bloomerang, body | {"OrganizationName": "Fern Trust"})[0] == 400
    assert create(bloomerang, **body, FullName="Fern Trust")["EnvelopeName"] == "Fern Trust"


@pytest.mark.parametrize(
    "wrong",
    [
        {"Fristname": "Ada"},
        {"Gender": "F"},
        {"Prefix": "Sir"},
        {"Birthdate": "05/01/1980"},
        {"PrimaryEmail": {}},
        {"PrimaryEmail": {"Type": "Home", "Value": ""}},
        {"PrimaryEmail": {"Type": "Home", "Value": "nobody"}},
        {"PrimaryPhone": {"Type": "Home", "Number": ""}},
        {"PrimaryPhone": {"Type": "Pager", "Number": "5555550100"}},
        {"PrimaryAddress": {"Type": "Home", "Country": "US"}},
        {"PrimaryAddress": FULL["PrimaryAddress"] | {"State": "Texaz"}},
        {"PrimaryAddress": FULL["PrimaryAddress"] | {"Country": "USA"}},
        {"PrimaryAddress": FULL["PrimaryAddress"] | {"StateAbbreviation": "TX"}},
        {"HouseholdId": 1},
        {"CustomValues": [{"FieldId": 1, "Value": "x"}]},
    ],
)
def test_wrong_shapes_and_values_are_refused_and_leave_nothing(
    bloomerang: BloomerangDatabase, wrong: dict[str, Any]
) -> None:
    assert refusal(bloomerang, ADA | wrong)[0] in {400, 404}
    state = bloomerang.state()
    assert (state["constituents"], state["emails"], state["addresses"]) == ([], [], [])


def test_a_bad_secondary_row_leaves_nothing(bloomerang: BloomerangDatabase) -> None:
    body = FULL | {"SecondaryEmails": [{"Type": "Home", "Value": "broken"}]}
    assert refusal(bloomerang, body)[0] == 400
    assert bloomerang.state()["emails"] == []


def test_foreign_addresses_are_one_street_block(bloomerang: BloomerangDatabase) -> None:
    toronto = {"Type": "Home", "Street": "1 Queen St", "City": "Toronto", "Country": "Canada"}
    status, _, message = refusal(bloomerang, ADA | {"PrimaryAddress": toronto})
    assert (status, message.startswith("City, State, and PostalCode are not allowed")) == (400, True)
    block = {"Type": "Home", "Street": "1 Queen St\nToronto", "Country": "CA"}
    stored = create(bloomerang, **ADA, PrimaryAddress=block)["PrimaryAddress"]
    assert (stored["Street"], stored["Country"], stored["CountryCode"]) == ("1 Queen St\nToronto", "Canada", "CA")
    bloomerang.set_options(international_addresses="accept")
    assert create(bloomerang, **ADA, PrimaryAddress=toronto)["PrimaryAddress"]["City"] == "Toronto"


@pytest.mark.parametrize(("option", "shown"), [("full", "Texas"), ("abbreviation", "TX"), ("as_sent", "tx")])
def test_how_states_read_is_an_option(bloomerang: BloomerangDatabase, option: str, shown: str) -> None:
    bloomerang.set_options(state_reads=option)
    address = FULL["PrimaryAddress"] | {"State": "tx"}
    assert create(bloomerang, **ADA, PrimaryAddress=address)["PrimaryAddress"]["State"] == shown


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("  Ada   Maria ", "Ada Maria"), ("Ada \N{GRINNING FACE}", "Ada"), ("A" * 130, "A" * 100), ("Zoë", "Zoë")],
)
def test_text_is_tidied_as_a_crm_does(bloomerang: BloomerangDatabase, sent: str, stored: str) -> None:
    assert create(bloomerang, **(ADA | {"FirstName": sent}))["FirstName"] == stored


def test_put_merges_or_replaces(bloomerang: BloomerangDatabase) -> None:
    person = create(bloomerang, **FULL, JobTitle="Baker", MiddleName="B")
    merged = put(bloomerang, person["Id"], JobTitle="Chef")
    assert (merged["JobTitle"], merged["MiddleName"], merged["FirstName"]) == ("Chef", "B", "Ada")
    bloomerang.set_options(put="replace")
    replaced = put(bloomerang, person["Id"], **ADA)
    assert {"JobTitle", "MiddleName"}.isdisjoint(replaced)
    assert replaced["PrimaryEmail"]["Value"] == "Ada@example.org"
    assert bloomerang.api.put(f"/constituent/{person['Id']}", json={"JobTitle": "Chef"}).status_code == 400
    bloomerang.set_options(put_omitted_contacts="removed")
    assert "PrimaryEmail" not in put(bloomerang, person["Id"], **ADA)


def test_put_replace_clears_custom_values(bloomerang: BloomerangDatabase) -> None:
    field = bloomerang.custom_field("Colour", "Constituent")
    person = create(bloomerang, **ADA, CustomValues=[{"FieldId": field, "Value": "red"}])
    assert put(bloomerang, person["Id"], JobTitle="Chef")["CustomValues"] == person["CustomValues"]
    bloomerang.set_options(put="replace")
    assert put(bloomerang, person["Id"], **ADA)["CustomValues"] == []


@pytest.mark.parametrize(("choice", "left"), [("clears", None), ("ignored", "Baker"), ("refused", "Baker")])
def test_null_on_put(bloomerang: BloomerangDatabase, choice: str, left: str | None) -> None:
    bloomerang.set_options(put_null=choice)
    person = create(bloomerang, **ADA, JobTitle="Baker")
    answer = bloomerang.api.put(f"/constituent/{person['Id']}", json={"JobTitle": None})
    assert answer.status_code == (400 if choice == "refused" else 200)
    assert bloomerang.api.get(f"/constituent/{person['Id']}").json().get("JobTitle") == left


def test_empty_text_clears(bloomerang: BloomerangDatabase) -> None:
    person = create(bloomerang, **ADA, JobTitle="Baker")
    assert "JobTitle" not in put(bloomerang, person["Id"], JobTitle="")


def test_primary_email_on_put(bloomerang: BloomerangDatabase) -> None:
    person = create(bloomerang, **FULL)
    row = person["PrimaryEmail"]["Id"]
    edited = put(bloomerang, person["Id"], PrimaryEmail={"Id": row, "Type": "Work", "Value": "a@example.com"})
    assert (edited["PrimaryEmail"]["Id"], edited["PrimaryEmail"]["Type"]) == (row, "Work")
    added = put(bloomerang, person["Id"], PrimaryEmail={"Type": "Home", "Value": "b@example.com"})
    assert added["PrimaryEmail"]["Id"] != row
    assert len(added["EmailIds"]) == 2
    bloomerang.set_options(put_contact_without_id="edits")
    again = put(bloomerang, person["Id"], PrimaryEmail={"Type": "Home", "Value": "c@example.com"})
    assert again["EmailIds"] == added["EmailIds"]
    assert again["PrimaryEmail"]["Value"] == "c@example.com"


@pytest.mark.parametrize("name", ["HouseholdId", "EmailInterestType", "CommunicationRestrictions", "AuditTrail", "Id"])
def test_put_refuses_what_it_does_not_take(bloomerang: BloomerangDatabase, name: str) -> None:
    person = create(bloomerang, **ADA)
    assert bloomerang.api.put(f"/constituent/{person['Id']}", json={name: None}).status_code == 400


def test_communication_settings_need_a_reason(bloomerang: BloomerangDatabase) -> None:
    person = create(bloomerang, **ADA)
    path = f"/constituent/{person['Id']}/updateCommunicationSettings"
    interests = {"EmailInterestType": "OptedOut"}
    assert bloomerang.api.put(path, json={"EmailInterests": interests}).json()["ErrorCode"] == 301
    body = {
        "Id": person["Id"],
        "EmailInterests": interests | {"UpdateReason": "Unsubscribed"},
        "CommunicationRestrictions": {"UpdateReason": "Asked", "CommunicationRestrictions": ["DoNotCall"]},
        "PreferredChannel": {"PreferredCommunicationChannel": "Mail"},
    }
    changed = bloomerang.api.put(path, json=body).json()
    assert changed["EmailInterestType"] == "OptedOut"
    assert changed["EmailInterestsUpdateReason"] == "Unsubscribed"
    assert changed["CommunicationRestrictions"] == ["DoNotCall"]
    assert changed["PreferredCommunicationChannel"] == "Mail"


def test_settings_and_household_at_create(bloomerang: BloomerangDatabase) -> None:
    home = bloomerang.seed(2, households=1)["households"][0]
    made = create(bloomerang, **ADA, HouseholdId=home, EmailInterestType="OptedOut", CommunicationRestrictions=[])
    assert (made["HouseholdId"], made["IsInHousehold"], made["IsHeadOfHousehold"]) == (home, True, False)
    assert made["Id"] in bloomerang.api.get(f"/household/{home}").json()["MemberIds"]


@pytest.mark.parametrize("pick", ["Freeform", "PickOne", "PickMultiple"])
def test_custom_values_are_written_and_read_in_two_shapes(bloomerang: BloomerangDatabase, pick: str) -> None:
    values = [] if pick == "Freeform" else ["x"]
    field = bloomerang.custom_field("Colour", "Constituent", pick_type=pick, values=values)
    picked = bloomerang.call("GET", "")["custom_values"].get("x")
    write = {"Freeform": {"Value": "x"}, "PickOne": {"ValueId": picked}, "PickMultiple": {"ValueIds": [picked]}}
    made = create(bloomerang, **ADA, CustomValues=[{"FieldId": field, **write[pick]}])
    read = made["CustomValues"][0]
    assert (read["Values"][0] if pick == "PickMultiple" else read["Value"])["Value"] == "x"
    back = bloomerang.api.put(f"/constituent/{made['Id']}", json={"CustomValues": made["CustomValues"]})
    assert back.status_code == 400
    cleared: list[dict[str, Any]] = [
        {"FieldId": field, **{name: [] if name == "ValueIds" else None for name in write[pick]}}
    ]
    assert put(bloomerang, made["Id"], CustomValues=cleared)["CustomValues"] == []
    others = [shape for name, shape in write.items() if name != pick]
    for other in others:
        body = {"CustomValues": [{"FieldId": field, **other}]}
        assert bloomerang.api.put(f"/constituent/{made['Id']}", json=body).status_code == 400


def test_required_custom_fields_are_enforced_by_option(bloomerang: BloomerangDatabase) -> None:
    bloomerang.custom_field("Source", "Constituent", required=True)
    create(bloomerang, **ADA)
    bloomerang.set_options(required_custom_fields="enforced")
    assert refusal(bloomerang, ADA) == (400, 301, "Source is a required field")


def test_delete(bloomerang: BloomerangDatabase) -> None:
    made = create(bloomerang, **FULL)
    answer = bloomerang.api.delete(f"/constituent/{made['Id']}")
    assert answer.json() == {"Id": made["Id"], "Type": "Constituent", "Deleted": True}
    assert bloomerang.api.get(f"/constituent/{made['Id']}").status_code == 404
    assert bloomerang.api.get("/emails").json()["Total"] == 0


def test_delete_is_refused_while_there_are_gifts(bloomerang: BloomerangDatabase) -> None:
    person = bloomerang.seed(1, gifts=1)["people"][0]
    answer = bloomerang.api.delete(f"/constituent/{person}")
    expected = {"Message": "Cannot delete constituent because it has transactions.", "ErrorCode": 404}
    assert (answer.status_code, answer.json()) == (400, expected)
