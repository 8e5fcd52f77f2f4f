"""Finding people: fuzzy search, duplicates, and merge as an upsert."""

from __future__ import annotations

from typing import Any

from local.sandbox.bloomerang import BloomerangDatabase

ADA: dict[str, Any] = {"Type": "Individual", "FirstName": "Ada", "LastName": "Lopez"}
FULL = ADA | {
    "PrimaryEmail": {"Type": "Home", "Value": "Ada@example.org"},
    "PrimaryPhone": {"Type": "Mobile", "Number": "555-555-0100"},
}


def create(database: BloomerangDatabase, **fields: Any) -> dict[str, Any]:
    answer = database.api.post("/constituent", json=fields)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_search_is_fuzzy_and_mixes_households(bloomerang: BloomerangDatabase) -> None:
    made = create(bloomerang, **FULL)
    other = create(bloomerang, **(ADA | {"FirstName": "Adam"}))
    create(bloomerang, **(ADA | {"FirstName": "Bob", "LastName": "Ross"}))
    home = bloomerang.staff_call("GET", "/households")["Total"]
    assert home == 0
    found = bloomerang.api.get("/constituents/search", params={"search": "ada@EXAMPLE.org"}).json()["Results"]
    assert [row["Id"] for row in found] == [made["Id"], other["Id"]]
    bloomerang.seed(2, households=1)
    homes = bloomerang.api.get("/constituents/search", params={"search": "household"}).json()["Results"]
    assert [row["Type"] for row in homes] == ["Household"]
    only = {"search": "household", "type": "Individual"}
    assert bloomerang.api.get("/constituents/search", params=only).json()["TotalFiltered"] == 0


def test_the_search_index_follows_after_its_delay(bloomerang: BloomerangDatabase) -> None:
    bloomerang.freeze()
    bloomerang.set_options(search_delay=60)
    made = create(bloomerang, **ADA)

    def found() -> list[int]:
        rows = bloomerang.api.get("/constituents/search?search=lopez").json()["Results"]
        return [row["Id"] for row in rows]

    assert found() == []
    bloomerang.advance(60)
    assert found() == [made["Id"]]
    bloomerang.api.delete(f"/constituent/{made['Id']}")
    assert found() == []


def test_duplicates_want_name_and_a_contact_point(bloomerang: BloomerangDatabase) -> None:
    made = create(bloomerang, **FULL)
    name = {"firstName": "ADA", "lastName": "lopez"}
    assert bloomerang.api.get("/constituent/duplicates", params=name).status_code == 400
    mail = {"emailAddress": "ada@example.org"}
    assert bloomerang.api.get("/constituent/duplicates", params=mail).status_code == 400
    found = bloomerang.api.get("/constituent/duplicates", params=name | mail).json()
    assert [row["Id"] for row in found["Results"]] == [made["Id"]]
    body = {"Type": "Individual", "FirstName": "Ada", "LastName": "Lopez", "PhoneNumber": "+1 555 555 0100"}
    assert bloomerang.api.post("/constituent/duplicates", json=body).json()["TotalFiltered"] == 1
    miss = body | {"PhoneNumber": "5555550199"}
    assert bloomerang.api.post("/constituent/duplicates", json=miss).json()["TotalFiltered"] == 0


def test_merge_writes_into_a_duplicate_or_creates(bloomerang: BloomerangDatabase) -> None:
    body = ADA | {"PrimaryEmail": {"Type": "Home", "Value": "ada@example.org"}}
    first = bloomerang.api.post("/constituent/merge", json=body).json()
    again = bloomerang.api.post("/constituent/merge", json=body | {"JobTitle": "Chef"}).json()
    assert (again["Id"], again["JobTitle"], len(again["EmailIds"])) == (first["Id"], "Chef", 1)
    other = bloomerang.api.post("/constituent/merge", json=body | {"FirstName": "Eva"}).json()
    assert other["Id"] != first["Id"]


def test_merge_refuses_secondary_rows_and_missing_contacts(bloomerang: BloomerangDatabase) -> None:
    for body in (ADA, FULL | {"SecondaryEmails": []}):
        assert bloomerang.api.post("/constituent/merge", json=body).status_code == 400
