"""People, contact methods and addresses, each through its own path."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_help import ADDRESS, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]

Json = dict[str, Any]


def read(organisation: VirtuousOrganisation, contact: int) -> Json:
    found: Json = organisation.api.get(f"/Contact/{contact}").json()
    return found


def methods(organisation: VirtuousOrganisation, contact: int) -> list[tuple[str, bool]]:
    rows = read(organisation, contact)["contactIndividuals"][0]["contactMethods"]
    return [(row["value"], row["isPrimary"]) for row in rows]


def test_a_second_person(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    rows = [{"type": "Home Email", "value": "tom@example.org", "isOptedIn": True, "isPrimary": True}]
    body = {"contactId": ada, "firstName": "Tom", "lastName": "Lane", "contactMethods": rows, "setAsSecondary": True}
    tom = virtuous.api.post("/ContactIndividual", json=body).json()
    assert (tom["isPrimary"], tom["isSecondary"], tom["canBePrimary"]) == (False, True, True)
    listed = virtuous.api.get(f"/ContactIndividual/ByContact/{ada}").json()
    assert [row["firstName"] for row in listed] == ["Ada", "Tom"]
    found = virtuous.api.get("/ContactIndividual/Find", params={"email": "tom@example.org"}).json()
    assert found["id"] == tom["id"]
    assert virtuous.api.get("/Contact/Find", params={"email": "tom@example.org"}).json()["id"] == ada
    assert read(virtuous, ada)["preferredAddresseeName"] == "Ada & Tom Lane"


def test_another_person_becomes_primary(virtuous: VirtuousOrganisation) -> None:
    contact = make(virtuous)
    ada, body = contact["contactIndividuals"][0]["id"], {"firstName": "Tom", "lastName": "Lane"}
    tom = virtuous.api.post("/ContactIndividual", json=body | {"contactId": contact["id"]}).json()["id"]
    virtuous.api.put(f"/ContactIndividual/{tom}", json=body | {"setAsPrimary": True})
    primary = {row["id"]: row["isPrimary"] for row in read(virtuous, contact["id"])["contactIndividuals"]}
    assert primary == {ada: False, tom: True}
    virtuous.api.put(f"/ContactIndividual/{ada}", json={"firstName": "Ada", "lastName": "Lane", "isPrimary": True})
    assert not virtuous.api.get(f"/ContactIndividual/{ada}").json()["isPrimary"], "`isPrimary` is for reading"


def test_put_of_a_person_takes_away_what_is_left_out(virtuous: VirtuousOrganisation) -> None:
    person = make(virtuous)["contactIndividuals"][0]
    full = {"firstName": "Ada", "lastName": "Lane", "gender": "Female", "birthMonth": 9, "birthDay": 4}
    shown = virtuous.api.put(f"/ContactIndividual/{person['id']}", json=full | {"birthYear": "1980"}).json()
    assert (shown["gender"], shown["birthDate"]) == ("Female", "9/4/1980")
    left = virtuous.api.put(f"/ContactIndividual/{person['id']}", json={"firstName": "Ada", "lastName": "Ray"}).json()
    assert (left["lastName"], left["gender"], left["birthDate"]) == ("Ray", None, "")
    assert left["contactMethods"] == person["contactMethods"]
    assert virtuous.api.put(f"/ContactIndividual/{person['id']}", json={"firstName": "Ada"}).status_code == 400
    virtuous.set_options(put="patch")
    kept = virtuous.api.put(f"/ContactIndividual/{person['id']}", json={"firstName": "Adele"}).json()
    assert (kept["firstName"], kept["lastName"]) == ("Adele", "Ray")


def test_the_last_person_stays(virtuous: VirtuousOrganisation) -> None:
    contact = make(virtuous)
    ada = contact["contactIndividuals"][0]["id"]
    assert virtuous.api.delete(f"/ContactIndividual/{ada}").status_code == 400
    body = {"contactId": contact["id"], "firstName": "Tom", "lastName": "Lane"}
    virtuous.api.post("/ContactIndividual", json=body)
    gone = virtuous.api.delete(f"/ContactIndividual/{ada}")
    assert (gone.status_code, gone.content) == (200, b"")
    (tom,) = read(virtuous, contact["id"])["contactIndividuals"]
    assert (tom["firstName"], tom["isPrimary"]) == ("Tom", True)


def test_a_new_primary_email_leaves_the_old_one(virtuous: VirtuousOrganisation) -> None:
    contact = make(virtuous)
    person = contact["contactIndividuals"][0]["id"]
    body = {"contactIndividualId": person, "type": "work email", "value": "ada@example.com", "isOptedIn": True}
    added = virtuous.api.post("/ContactMethod", json=body | {"setAsPrimary": True}).json()
    assert (added["type"], added["isPrimary"], added["canBePrimary"]) == ("Work Email", True, False)
    assert methods(virtuous, contact["id"]) == [("ada@example.org", False), ("ada@example.com", True)]
    phone = body | {"type": "Mobile Phone", "value": "480-555-0100"}
    assert virtuous.api.post("/ContactMethod", json=phone).json()["isPrimary"], "the first of its kind"


def test_put_of_a_method_opts_out_when_it_forgets_to_opt_in(virtuous: VirtuousOrganisation) -> None:
    method = make(virtuous)["contactIndividuals"][0]["contactMethods"][0]
    path = f"/ContactMethod/{method['id']}"
    left = virtuous.api.put(path, json={"type": "Home Email", "value": "ada.lane@example.org"}).json()
    assert (left["value"], left["isOptedIn"], left["isPrimary"]) == ("ada.lane@example.org", False, True)
    assert virtuous.api.put(path, json={"value": "ada@example.org"}).status_code == 400
    assert virtuous.api.put(path, json={"type": "Pigeon", "value": "Ada"}).status_code == 400
    assert virtuous.api.get(path).json()["value"] == "ada.lane@example.org"


@pytest.mark.parametrize(("rule", "primary"), [("promote", True), ("none", False)])
@pytest.mark.parametrize(("verb", "path"), [("DELETE", "ContactMethod/{}"), ("PUT", "ContactMethod/Archive/{}")])
def test_when_the_primary_email_goes(
    virtuous: VirtuousOrganisation, rule: str, primary: bool, verb: str, path: str
) -> None:
    virtuous.set_options(primary_after_delete=rule)
    contact = make(virtuous)
    person = contact["contactIndividuals"][0]
    body = {"contactIndividualId": person["id"], "type": "Work Email", "value": "ada@example.com"}
    virtuous.api.post("/ContactMethod", json=body)
    gone = virtuous.api.request(verb, f"/{path.format(person['contactMethods'][0]['id'])}")
    assert (gone.status_code, gone.content) == (200, b"")
    assert methods(virtuous, contact["id"]) == [("ada@example.com", primary)]


def test_method_types(virtuous: VirtuousOrganisation) -> None:
    types = virtuous.api.get("/ContactMethod/Types").json()
    assert {"Home Email", "Mobile Phone", "Other Phone"} <= set(types)


def test_addresses_beside_the_primary_one_are_read_elsewhere(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    first = virtuous.api.post("/ContactAddress", json={"contactId": ada, **ADDRESS}).json()
    assert (first["state"], first["country"], first["isPrimary"]) == ("AZ", "United States", True)
    lake = {"contactId": ada, "label": "Lake", "address1": "2 Lake Rd", "startMonth": 6, "endMonth": 8}
    second = virtuous.api.post("/ContactAddress", json=lake).json()
    assert (second["isPrimary"], second["canBePrimary"], second["startMonth"]) == (False, True, 6)
    assert read(virtuous, ada)["address"]["id"] == first["id"]
    listed = virtuous.api.get(f"/ContactAddress/ByContact/{ada}").json()
    assert [row["id"] for row in listed] == [first["id"], second["id"]]
    moved = virtuous.api.put(f"/ContactAddress/{second['id']}", json={"address1": "3 Lake Rd", "setAsPrimary": True})
    assert (moved.json()["label"], moved.json()["startMonth"]) == (None, None)
    assert read(virtuous, ada)["address"]["address1"] == "3 Lake Rd"


def test_an_archived_address_is_not_the_contacts(virtuous: VirtuousOrganisation) -> None:
    ada = make(virtuous)["id"]
    home = virtuous.api.post("/ContactAddress", json={"contactId": ada, **ADDRESS}).json()["id"]
    virtuous.api.put(f"/ContactAddress/Archive/{home}")
    assert read(virtuous, ada)["address"] is None
    assert virtuous.api.get(f"/ContactAddress/{home}").status_code == 200
    virtuous.api.put(f"/ContactAddress/Unarchive/{home}")
    assert len(virtuous.api.get(f"/ContactAddress/ByContact/{ada}").json()) == 1


@pytest.mark.parametrize(("bumps", "same"), [(True, False), (False, True)])
def test_a_change_of_a_part_may_stamp_the_contact(virtuous: VirtuousOrganisation, bumps: bool, same: bool) -> None:
    virtuous.set_options(child_changes_bump=bumps)
    contact = make(virtuous)
    virtuous.advance(60)
    virtuous.api.post("/ContactAddress", json={"contactId": contact["id"], **ADDRESS})
    left = read(virtuous, contact["id"])
    assert (left["modifiedDateTimeUtc"] == contact["modifiedDateTimeUtc"]) is same


def test_a_part_of_nobody(virtuous: VirtuousOrganisation) -> None:
    assert virtuous.api.post("/ContactAddress", json=ADDRESS).status_code == 400
    assert virtuous.api.post("/ContactAddress", json={"contactId": 42, **ADDRESS}).status_code == 404
    assert virtuous.api.get("/ContactIndividual/ByContact/42").status_code == 404
