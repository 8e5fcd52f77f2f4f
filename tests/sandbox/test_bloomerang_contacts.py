"""E-mails, phones and addresses as rows of their own."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.bloomerang import BloomerangDatabase

ROWS: dict[str, dict[str, Any]] = {
    "email": {"Type": "Home", "Value": "second@example.org"},
    "phone": {"Type": "Work", "Number": "5555550111"},
    "address": {"Type": "Work", "Street": "2 Oak Ave", "Country": "US"},
}
PLURAL = {"email": "/emails", "phone": "/phones", "address": "/addresses"}


@pytest.fixture
def person(bloomerang: BloomerangDatabase) -> int:
    bloomerang.freeze()
    made = bloomerang.seed(1, without_email=0, without_phone=0, without_address=0)["people"][0]
    bloomerang.advance(3600)
    return made


def modified(database: BloomerangDatabase, person: int) -> str:
    return str(database.api.get(f"/constituent/{person}").json()["AuditTrail"]["LastModifiedDate"])


@pytest.mark.parametrize("kind", list(ROWS))
def test_rows_are_created_listed_changed_and_deleted(bloomerang: BloomerangDatabase, person: int, kind: str) -> None:
    made = bloomerang.api.post(f"/{kind}", json=ROWS[kind] | {"AccountId": person}).json()
    assert (made["AccountId"], made["IsPrimary"]) == (person, False)
    rows = bloomerang.api.get(PLURAL[kind], params={"constituent": person}).json()["Results"]
    assert [row["IsPrimary"] for row in rows] == [True, False]
    changed = bloomerang.api.put(f"/{kind}/{made['Id']}", json=ROWS[kind] | {"IsPrimary": True}).json()
    assert changed["IsPrimary"] is True
    by_id = bloomerang.api.get(PLURAL[kind], params={"id": f"{rows[0]['Id']}|{made['Id']}"}).json()["Results"]
    assert [row["IsPrimary"] for row in by_id] == [False, True]
    gone = bloomerang.api.delete(f"/{kind}/{made['Id']}").json()
    assert gone == {"Id": made["Id"], "Type": kind.title(), "Deleted": True}
    left = bloomerang.api.get(PLURAL[kind], params={"constituent": person}).json()["Results"]
    assert [row["IsPrimary"] for row in left] == [True]


def test_a_deleted_primary_row_has_no_successor_by_option(bloomerang: BloomerangDatabase, person: int) -> None:
    bloomerang.set_options(primary_after_delete="none")
    bloomerang.api.post("/email", json=ROWS["email"] | {"AccountId": person})
    first = bloomerang.api.get("/emails", params={"constituent": person}).json()["Results"][0]
    bloomerang.api.delete(f"/email/{first['Id']}")
    assert "PrimaryEmail" not in bloomerang.api.get(f"/constituent/{person}").json()


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("email", "Type"),
        ("email", "Value"),
        ("phone", "Type"),
        ("phone", "Number"),
        ("address", "Type"),
        ("address", "Country"),
    ],
)
def test_required_fields(bloomerang: BloomerangDatabase, person: int, kind: str, missing: str) -> None:
    body = {name: value for name, value in ROWS[kind].items() if name != missing} | {"AccountId": person}
    assert bloomerang.api.post(f"/{kind}", json=body).json()["Message"] == f"{missing} is a required field"


def test_rows_belong_to_somebody(bloomerang: BloomerangDatabase, person: int) -> None:
    assert bloomerang.api.post("/email", json=ROWS["email"]).status_code == 400
    assert bloomerang.api.post("/email", json=ROWS["email"] | {"AccountId": 5}).json()["ErrorCode"] == 202
    row = bloomerang.api.get("/emails").json()["Results"][0]
    moved = bloomerang.api.put(f"/email/{row['Id']}", json={"AccountId": person + 1})
    assert moved.status_code == 400


def test_a_read_shaped_row_is_refused(bloomerang: BloomerangDatabase, person: int) -> None:
    row = bloomerang.api.get("/emails", params={"constituent": person}).json()["Results"][0]
    assert "AuditTrail" in row
    assert bloomerang.api.put(f"/email/{row['Id']}", json=row).status_code == 400


@pytest.mark.parametrize("bumps", [True, False])
def test_a_row_change_bumps_the_constituent_by_option(
    bloomerang: BloomerangDatabase, person: int, *, bumps: bool
) -> None:
    bloomerang.set_options(child_changes_bump=bumps)
    before = modified(bloomerang, person)
    bloomerang.api.post("/email", json=ROWS["email"] | {"AccountId": person})
    assert (modified(bloomerang, person) != before) is bumps


def test_a_move_abroad_leaves_nothing_of_the_old_place(bloomerang: BloomerangDatabase, person: int) -> None:
    row = bloomerang.api.get("/addresses", params={"constituent": person}).json()["Results"][0]
    abroad = {"Street": "1 Rue Haute\nParis", "Country": "France"}
    moved = bloomerang.api.put(f"/address/{row['Id']}", json=abroad).json()
    assert {"City", "State", "PostalCode", "StateAbbreviation"}.isdisjoint(moved)


def test_rows_put_replaces_by_option(bloomerang: BloomerangDatabase, person: int) -> None:
    row = bloomerang.api.get("/phones", params={"constituent": person}).json()["Results"][0]
    bloomerang.api.put(f"/phone/{row['Id']}", json={"Extension": "9"})
    bloomerang.set_options(put="replace")
    assert bloomerang.api.put(f"/phone/{row['Id']}", json={"Extension": "8"}).status_code == 400
    fresh = bloomerang.api.put(f"/phone/{row['Id']}", json={"Type": "Home", "Number": "5555550122"}).json()
    assert "Extension" not in fresh
