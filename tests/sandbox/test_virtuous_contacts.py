"""Contacts: found, read, made directly, replaced, archived and merged."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import ADDRESS, SOURCE, household, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]


def find(organisation: VirtuousOrganisation, **query: str) -> httpx.Response:
    return organisation.api.get("/Contact/Find", params=query)


def test_a_direct_create_reads_back_in_another_shape(virtuous: VirtuousOrganisation) -> None:
    nested = {"label": "Home", "address1": "1 Test St", "city": "Tempe", "postal": "85281"}
    address = nested | {"stateCode": "AZ", "countryCode": "US", "isPrimary": True}
    made = make(virtuous, referenceSource=SOURCE, referenceId="48213", contactAddresses=[address])
    assert made["contactReferences"] == [{"source": SOURCE, "id": "48213"}]
    assert (made["address"]["state"], made["address"]["country"]) == ("AZ", "United States")
    assert (made["lifeToDateGiving"], made["lastGiftDate"]) == ("$0", "Unavailable")
    person = made["contactIndividuals"][0]
    assert (person["isPrimary"], person["canBePrimary"], person["contactId"]) == (True, False, made["id"])
    assert person["contactMethods"][0]["value"] == "ada@example.org"
    assert virtuous.api.get(f"/Contact/{made['id']}").json() == made


def test_stamps_are_utc_without_saying_so(virtuous: VirtuousOrganisation) -> None:
    virtuous.freeze()
    virtuous.set_time("2023-11-30T14:20:56.2770Z")
    made = make(virtuous)
    assert made["createDateTimeUtc"] == "2023-11-30T14:20:56.277"
    assert re.fullmatch(r"2023-11-30T14:20:56\.\d{7}", made["contactIndividuals"][0]["modifiedDateTimeUtc"])
    virtuous.set_time("2023-11-30T14:20:56Z")
    assert make(virtuous, "Bea")["createDateTimeUtc"] == "2023-11-30T14:20:56"


def test_nested_addresses_want_codes(virtuous: VirtuousOrganisation) -> None:
    made = make(virtuous, contactAddresses=[ADDRESS])
    assert (made["address"]["city"], made["address"]["state"], made["address"]["country"]) == ("Tempe", None, None)
    virtuous.set_options(nested_address_names="both")
    assert make(virtuous, "Bea", contactAddresses=[ADDRESS])["address"]["state"] == "AZ"


def test_an_email_in_use_is_refused_on_a_direct_create(virtuous: VirtuousOrganisation) -> None:
    make(virtuous)
    refused = virtuous.api.post("/Contact", json=household("Bea", email="ADA@example.org"))
    assert (refused.status_code, "email address already exists" in refused.text) == (400, True)
    virtuous.set_options(duplicate_email="accepted")
    assert make(virtuous, "Bea", email="ada@example.org")["name"] == "Bea Lane"


@pytest.mark.parametrize(
    ("nameless", "statuses"), [("either", [400, 400]), ("both", [200, 400]), ("accepted", [200, 200])]
)
def test_people_without_names(virtuous: VirtuousOrganisation, nameless: str, statuses: list[int]) -> None:
    virtuous.set_options(nameless=nameless)
    bodies = [household(first, last="", email=None) for first in ("Ada", "")]
    assert [virtuous.api.post("/Contact", json=body).status_code for body in bodies] == statuses


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "No Type"},
        {"contactType": "Martian", "name": "X"},
        {"contactType": "Household"},
        {"contactType": "Household", "name": "X", "contactIndividuals": [{"firstName": ["Ada"], "lastName": "X"}]},
    ],
)
def test_contacts_that_are_refused(virtuous: VirtuousOrganisation, wrong: dict[str, Any]) -> None:
    assert virtuous.api.post("/Contact", json=wrong).status_code == 400
    assert virtuous.state()["contacts"] == []


def test_plain_method_types(virtuous: VirtuousOrganisation) -> None:
    body = household()
    body["contactIndividuals"][0]["contactMethods"][0]["type"] = "Email"
    assert virtuous.api.post("/Contact", json=body).status_code == 400
    virtuous.set_options(plain_method_types="accepted")
    shown = virtuous.api.post("/Contact", json=body).json()["contactIndividuals"][0]["contactMethods"][0]
    assert shown["type"] == "Home Email"


def test_finding_by_reference_comes_before_email(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous, referenceSource=SOURCE, referenceId="1")["id"]
    bea = make(virtuous, "Bea")["id"]
    assert find(virtuous, email="BEA@example.org").json()["id"] == bea
    both = find(virtuous, email="bea@example.org", referenceSource=SOURCE, referenceId="1")
    assert both.json()["id"] == ada
    assert virtuous.api.get(f"/Contact/{SOURCE}/1").json()["id"] == ada
    missing = find(virtuous, email="bea@example.org", referenceSource=SOURCE, referenceId="2")
    assert (missing.status_code, missing.content) == (404, b"")
    assert find(virtuous).status_code == 400


def test_an_email_of_several_contacts_finds_one(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(duplicate_email="accepted")
    first, second = (make(virtuous, name, email="we@example.org")["id"] for name in ("Ada", "Bea"))
    assert find(virtuous, email="we@example.org").json()["id"] == first
    virtuous.set_options(email_finds="newest")
    assert find(virtuous, email="we@example.org").json()["id"] == second


@pytest.mark.parametrize(("case", "status"), [("exact", 404), ("ignored", 200)])
def test_the_case_of_a_source(virtuous: VirtuousOrganisation, case: str, status: int) -> None:
    virtuous.set_options(reference_case=case)
    make(virtuous, referenceSource=SOURCE, referenceId="1")
    assert virtuous.api.get(f"/Contact/{SOURCE.lower()}/1").status_code == status


def test_references_are_added_and_removed_with_empty_answers(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    for source in (SOURCE, "Stripe"):
        body = {"contactId": ada, "referenceSource": source, "referenceId": "7"}
        added = virtuous.api.post("/ContactReference", json=body)
        assert (added.status_code, added.content) == (200, b"")
    removed = virtuous.api.delete("/ContactReference/Stripe", params={"referenceId": "7"})
    assert (removed.status_code, removed.content) == (200, b"")
    assert virtuous.api.get(f"/Contact/{ada}").json()["contactReferences"] == [{"source": SOURCE, "id": "7"}]
    assert virtuous.api.delete("/ContactReference/Stripe", params={"referenceId": "7"}).status_code == 404


@pytest.mark.parametrize(
    ("taken", "status", "owners"), [("refused", 400, [1, 0]), ("moves", 200, [0, 1]), ("shared", 200, [1, 1])]
)
def test_a_reference_of_another_contact(
    virtuous: VirtuousOrganisation, taken: str, status: int, owners: list[int]
) -> None:
    virtuous.set_options(reference_taken=taken)
    ada = make(virtuous, referenceSource=SOURCE, referenceId="1")["id"]
    bea = make(virtuous, "Bea")["id"]
    body = {"contactId": bea, "referenceSource": SOURCE, "referenceId": "1"}
    assert virtuous.api.post("/ContactReference", json=body).status_code == status
    found = [virtuous.api.get(f"/Contact/{contact}").json()["contactReferences"] for contact in (ada, bea)]
    assert [len(references) for references in found] == owners


def test_put_takes_away_what_is_left_out(virtuous: VirtuousOrganisation) -> None:
    virtuous.custom_field("Tier", display_name="Donor tier")
    fields = {"Donor tier": "Gold", "Unknown": "lost"}
    ada = make(virtuous, informalName="Addie", website="https://example.org", isPrivate=True, customFields=fields)
    body = {"contactType": "Household", "name": "Ada L."}
    left = virtuous.api.put(f"/Contact/{ada['id']}", json=body).json()
    assert (left["name"], left["informalName"], left["website"], left["isPrivate"]) == ("Ada L.", None, None, False)
    assert ada["customFields"] == [{"name": "Tier", "value": "Gold", "displayName": "Donor tier"}]
    assert left["customFields"] == []
    assert left["contactIndividuals"][0]["contactMethods"] == ada["contactIndividuals"][0]["contactMethods"]
    assert virtuous.api.put(f"/Contact/{ada['id']}", json={"name": "No type"}).status_code == 400


def test_custom_fields_have_another_shape_when_created(virtuous: VirtuousOrganisation) -> None:
    virtuous.custom_field("Tier")
    rows = [{"name": "Tier", "value": "Gold", "displayName": "Tier"}]
    refused = virtuous.api.post("/Contact", json=household(customFields=rows))
    assert refused.json()["modelState"] == {"contact.customFields": ["An error has occurred."]}
    virtuous.set_options(create_custom_fields="both")
    assert make(virtuous, customFields=rows)["customFields"] == rows
    made = make(virtuous, "Bea", customFields={"Tier": True})
    body = {"contactType": "Household", "name": "Bea", "customFields": rows}
    assert made["customFields"][0]["value"] == "True"
    assert virtuous.api.put(f"/Contact/{made['id']}", json=body).json()["customFields"] == rows
    assert virtuous.api.put(f"/Contact/{made['id']}", json=body | {"customFields": {"Tier": "x"}}).status_code == 400


def test_put_may_behave_like_a_patch(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(put="patch", put_answer_stamp="z")
    ada = make(virtuous, website="https://example.org")
    left = virtuous.api.put(f"/Contact/{ada['id']}", json={"informalName": "Addie"}).json()
    assert (left["name"], left["informalName"], left["website"]) == ("Ada Lane", "Addie", "https://example.org")
    assert re.fullmatch(r".*\.\d{7}Z", left["modifiedDateTimeUtc"])


def test_a_put_of_the_read_model_loses_collections_and_changes_no_person(virtuous: VirtuousOrganisation) -> None:
    collections = [{"name": "Pets", "fields": [{"name": "Kind", "value": "Cat"}]}]
    read = make(virtuous, customCollections=collections)
    assert read["customCollections"][0]["customCollectionName"] == "Pets"
    read["contactIndividuals"][0]["firstName"] = "Bea"
    read["contactIndividuals"][0]["contactMethods"][0]["value"] = "bea@example.org"
    left = virtuous.api.put(f"/Contact/{read['id']}", json=read).json()
    assert left["customCollections"] == []
    person = left["contactIndividuals"][0]
    assert (person["firstName"], person["contactMethods"][0]["value"]) == ("Ada", "ada@example.org")


def test_archived_contacts_are_read_but_not_found(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    archived = virtuous.api.put(f"/Contact/Archive/{ada}", json={"archiveReason": "Moved"})
    assert (archived.status_code, archived.content) == (200, b"")
    assert virtuous.api.get(f"/Contact/{ada}").status_code == 200
    assert find(virtuous, email="ada@example.org").status_code == 404
    assert virtuous.api.post("/Contact/Query", json={}).json()["total"] == 0
    assert virtuous.api.post("/Contact/Query", json={"includeArchived": True}).json()["total"] == 1
    virtuous.set_options(archived_found=True)
    assert find(virtuous, email="ada@example.org").status_code == 200
    virtuous.api.put(f"/Contact/Unarchive/{ada}")
    assert virtuous.api.post("/Contact/Query", json={}).json()["total"] == 1


def test_a_merged_contact_names_the_one_it_went_into(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    bea = make(virtuous, "Bea", referenceSource=SOURCE, referenceId="2")["id"]
    gift = virtuous.staff_gift(bea, 20)["id"]
    virtuous.staff_merge(ada, bea)
    loser, winner = (virtuous.api.get(f"/Contact/{contact}").json() for contact in (bea, ada))
    assert (loser["mergedIntoContactId"], winner["mergedIntoContactId"]) == (ada, None)
    assert [person["firstName"] for person in winner["contactIndividuals"]] == ["Ada", "Bea"]
    assert winner["contactReferences"] == [{"source": SOURCE, "id": "2"}]
    assert virtuous.api.get(f"/Gift/{gift}").json()["contactId"] == ada
    assert find(virtuous, email="bea@example.org").json()["id"] == ada


def test_a_reference_may_stay_with_the_merged_contact(virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(merged_references="stay")
    ada = make(virtuous)["id"]
    bea = make(virtuous, "Bea", referenceSource=SOURCE, referenceId="2")["id"]
    virtuous.staff_merge(ada, bea)
    found = virtuous.api.get(f"/Contact/{SOURCE}/2").json()
    assert (found["id"], found["mergedIntoContactId"]) == (bea, ada)


def test_search_finds_people(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)
    make(virtuous, "Bea")
    found = virtuous.api.post("/Contact/Search", json={"search": "ada lane"}).json()
    assert found["total"] == 1
    row = found["list"][0]
    assert (row["id"], row["individualId"]) == (ada["id"], ada["contactIndividuals"][0]["id"])
    assert (row["name"], row["contactName"], row["email"]) == ("Ada Lane", "Ada Lane", "ada@example.org")


def test_contact_types_are_the_organisations_own(virtuous: VirtuousOrganisation) -> None:
    kinds = virtuous.api.get("/Contact/Types").json()
    assert [row["type"] for row in kinds] == ["Household", "Organization", "Foundation"]
    assert {"parentType", "type"} == set(kinds[0])


def test_tags_go_by_id_and_are_read_by_name(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    tag = virtuous.api.get("/Tag").json()["list"][0]
    assert tag["tagName"] == "Newsletter"
    added = virtuous.api.post("/ContactTag", json={"tagId": tag["id"], "contactId": ada}).json()
    assert virtuous.api.get(f"/Contact/{ada}").json()["tags"] == ["Newsletter"]
    assert virtuous.api.get(f"/ContactTag/ByContact/{ada}").json()["list"] == [added]
    assert virtuous.api.get(f"/Contact/ByTag/{tag['id']}").json()["list"][0]["id"] == ada
    virtuous.staff_rename_tag("Newsletter", "Letters")
    assert virtuous.api.get(f"/Contact/{ada}").json()["tags"] == ["Letters"]
    virtuous.api.delete(f"/ContactTag/{added['contactTagId']}")
    assert virtuous.api.get(f"/Contact/{ada}").json()["tags"] == []
