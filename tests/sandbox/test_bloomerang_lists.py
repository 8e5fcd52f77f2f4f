"""Lists: envelope, paging, filters, order, and the edges that are options."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.bloomerang import BloomerangDatabase

NOON = "2026-03-01T12:00:00Z"


def ids(database: BloomerangDatabase, path: str = "/constituents", **query: Any) -> list[int]:
    answer = database.api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [row["Id"] for row in answer.json()["Results"]]


def made_at(database: BloomerangDatabase, moment: str, name: str) -> int:
    database.set_time(moment)
    body = {"Type": "Individual", "FirstName": name, "LastName": "Lopez"}
    return int(database.api.post("/constituent", json=body).json()["Id"])


@pytest.fixture
def three(bloomerang: BloomerangDatabase) -> list[int]:
    bloomerang.freeze()
    moments = ("2026-03-01T11:59:59Z", NOON, "2026-03-01T12:00:01Z")
    return [made_at(bloomerang, moment, "Ada") for moment in moments]


def test_envelope_counts_all_and_the_filtered(bloomerang: BloomerangDatabase) -> None:
    bloomerang.seed(7, organizations=3)
    page = bloomerang.api.get("/constituents", params={"type": "Organization", "skip": 1, "take": 1}).json()
    results = page.pop("Results")
    assert page == {"Total": 10, "TotalFiltered": 3, "Start": 1, "ResultCount": 1}
    assert [row["Type"] for row in results] == ["Organization"]


def test_default_take_is_50(bloomerang: BloomerangDatabase) -> None:
    bloomerang.seed(60)
    assert len(ids(bloomerang)) == 50
    assert len(ids(bloomerang, skip=50)) == 10


def test_take_over_50_is_refused_or_clamped(bloomerang: BloomerangDatabase) -> None:
    bloomerang.seed(60)
    assert bloomerang.api.get("/constituents?take=51").status_code == 400
    bloomerang.set_options(take_over_50="clamp")
    assert len(ids(bloomerang, take=51)) == 50


@pytest.mark.parametrize(
    "query",
    [
        "take=0",
        "skip=-1",
        "take=x",
        "take=²",
        "orderBy=Name",
        "orderDirection=asc",
        "lastModified=soon",
        "type=Person",
        "id=1,2",
    ],
)
def test_illegal_values_are_refused(bloomerang: BloomerangDatabase, query: str) -> None:
    assert bloomerang.api.get(f"/constituents?{query}").status_code == 400


def test_an_undeclared_parameter_is_refused_or_ignored(bloomerang: BloomerangDatabase) -> None:
    assert bloomerang.api.get("/constituents?modifiedSince=x").status_code == 400
    assert bloomerang.api.get("/phones", params={"lastModified": NOON}).status_code == 400
    bloomerang.set_options(unknown_query="ignore")
    assert bloomerang.api.get("/constituents?modifiedSince=x").status_code == 200


def test_ids_are_joined_by_pipes_and_unknown_ones_left_out(bloomerang: BloomerangDatabase, three: list[int]) -> None:
    assert ids(bloomerang, id=f"{three[2]}|{three[0]}|99") == [three[0], three[2]]
    assert bloomerang.api.get(f"/constituents?id={three[0]}&id={three[1]}").status_code == 400


def test_last_modified_is_exclusive_or_inclusive(bloomerang: BloomerangDatabase, three: list[int]) -> None:
    assert ids(bloomerang, lastModified=NOON) == three[2:]
    bloomerang.set_options(last_modified_edge="inclusive")
    assert ids(bloomerang, lastModified=NOON) == three[1:]


@pytest.mark.parametrize("text", ["2026-03-01", "2026-03-01T06:59:59-05:00", "2026-03-01T11:59:59.5Z"])
def test_last_modified_takes_iso_forms(bloomerang: BloomerangDatabase, three: list[int], text: str) -> None:
    assert three[1] in ids(bloomerang, lastModified=text)


def test_order_by_stamp_in_both_directions(bloomerang: BloomerangDatabase, three: list[int]) -> None:
    first, second, third = three
    bloomerang.set_time("2026-03-02T00:00:00Z")
    bloomerang.api.put(f"/constituent/{first}", json={"JobTitle": "Baker"})
    assert ids(bloomerang, orderBy="LastModifiedDate") == [second, third, first]
    assert ids(bloomerang, orderBy="LastModifiedDate", orderDirection="Desc") == [first, third, second]
    assert ids(bloomerang, orderBy="CreatedDate") == three
    assert ids(bloomerang, lastModified=NOON) == [first, third]
    assert ids(bloomerang, lastModified=NOON, orderBy="LastModifiedDate") == [third, first]
    assert ids(bloomerang, lastModified=NOON, orderBy="LastModifiedDate", orderDirection="Desc", skip=1) == [third]


def test_stamps_are_utc_with_whole_seconds(bloomerang: BloomerangDatabase, three: list[int]) -> None:
    trail = bloomerang.api.get(f"/constituent/{three[1]}").json()["AuditTrail"]
    assert trail["CreatedDate"] == trail["LastModifiedDate"] == NOON


@pytest.mark.parametrize("mode", ["page_drop", "page_repeat", "page_swap"])
def test_hostile_paging_spoils_the_edge_of_a_page(bloomerang: BloomerangDatabase, mode: str) -> None:
    people = bloomerang.seed(12)["people"]
    bloomerang.fault(mode, path="/v2/constituents", count=1)
    first, second = ids(bloomerang, take=5), ids(bloomerang, take=5, skip=5)
    spoilt = {
        "page_drop": people[6:10],
        "page_repeat": [people[4], *people[5:9]],
        "page_swap": [people[4], *people[6:10]],
    }
    assert first == people[:5]
    assert second == spoilt[mode]
    assert ids(bloomerang, take=5, skip=5) == people[5:10]


def gift(database: BloomerangDatabase, account: int, **changes: Any) -> int:
    row = {"Type": "Donation", "Amount": 10, "FundId": database.fund(), **changes.pop("row", {})}
    body = {"AccountId": account, "Date": "2026-01-01", "Amount": 10, "Method": "Cash", "Designations": [row]}
    answer = database.api.post("/transaction", json=body | changes)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["Id"])


def test_gifts_come_latest_first_and_can_be_filtered(bloomerang: BloomerangDatabase) -> None:
    one, two = bloomerang.seed(2)["people"]
    early = gift(bloomerang, one, Date="2026-01-01")
    late = gift(bloomerang, two, Date="2026-02-01")
    assert ids(bloomerang, "/transactions") == [late, early]
    assert ids(bloomerang, "/transactions", accountId=one) == [early]
    assert ids(bloomerang, "/transactions", accountId=f"{one}|{two}", orderDirection="Asc") == [early, late]
    assert ids(bloomerang, "/transactions", type="Donation", minAmount=5, maxAmount=10.5) == [late, early]
    assert ids(bloomerang, "/transactions", minAmount=10.01) == []
    assert bloomerang.api.get("/transactions?orderBy=Id").status_code == 400


@pytest.mark.parametrize("choice", ["honoured", "ignored", "refused"])
def test_whether_gifts_take_last_modified_is_an_option(bloomerang: BloomerangDatabase, choice: str) -> None:
    bloomerang.set_options(transactions_last_modified=choice)
    gift(bloomerang, bloomerang.seed(1)["people"][0])
    answer = bloomerang.api.get("/transactions", params={"lastModified": "2099-01-01T00:00:00Z"})
    assert answer.status_code == (400 if choice == "refused" else 200)
    if choice != "refused":
        assert answer.json()["TotalFiltered"] == (0 if choice == "honoured" else 1)


def test_gifts_and_people_are_found_by_custom_field(bloomerang: BloomerangDatabase) -> None:
    field = bloomerang.custom_field("External id")
    person = bloomerang.seed(1)["people"][0]
    values = {"CustomValues": [{"FieldId": field, "Value": "don_1"}]}
    wanted = gift(bloomerang, person, row=values)
    gift(bloomerang, person)
    query = {"customFieldId": field, "customFieldValue": "don_1"}
    assert ids(bloomerang, "/transactions", **query) == [wanted]
    assert ids(bloomerang, "/transactions", **(query | {"customFieldValue": "don_2"})) == []
    assert bloomerang.api.get(f"/transactions?customFieldId={field}").status_code == 400
    bloomerang.set_options(transactions_custom_field="ignored")
    assert len(ids(bloomerang, "/transactions", **query)) == 2


def test_custom_field_lookup_follows_updates(bloomerang: BloomerangDatabase) -> None:
    field = bloomerang.custom_field("Platform id", "Constituent")
    person = bloomerang.seed(1)["people"][0]
    for value in ("old", "new"):
        bloomerang.api.put(f"/constituent/{person}", json={"CustomValues": [{"FieldId": field, "Value": value}]})
    assert ids(bloomerang, customFieldId=field, customFieldValue="old") == []
    assert ids(bloomerang, customFieldId=field, customFieldValue="new") == [person]


def test_new_gifts_and_people_reach_lists_after_the_lag(bloomerang: BloomerangDatabase) -> None:
    bloomerang.freeze()
    bloomerang.set_options(transaction_list_lag=30, constituent_list_lag=10)
    person = made_at(bloomerang, NOON, "Ada")
    late = gift(bloomerang, person)
    assert bloomerang.api.get(f"/transaction/{late}").status_code == 200
    assert (ids(bloomerang), ids(bloomerang, "/transactions", accountId=person)) == ([], [])
    bloomerang.advance(10)
    assert (ids(bloomerang), ids(bloomerang, "/transactions")) == ([person], [])
    bloomerang.advance(20)
    assert ids(bloomerang, "/transactions", accountId=person) == [late]


def test_designations_have_a_list_of_their_own(bloomerang: BloomerangDatabase) -> None:
    wanted = gift(bloomerang, bloomerang.seed(1)["people"][0])
    gift(bloomerang, bloomerang.seed(1, first=1)["people"][0])
    rows = bloomerang.api.get("/transactions/designations", params={"transactionIds": wanted}).json()["Results"]
    assert [row["TransactionId"] for row in rows] == [wanted]
    one = bloomerang.api.get(f"/transactions/designation/{rows[0]['Id']}").json()
    assert one == rows[0]


@pytest.mark.parametrize(
    "path", ["/customFields/Transaction/", "/customValues/Transaction", "/customFieldCategories/Note/"]
)
def test_custom_field_lists_are_bare_arrays(bloomerang: BloomerangDatabase, path: str) -> None:
    bloomerang.custom_field("Colour", pick_type="PickOne", values=["Red"])
    assert isinstance(bloomerang.api.get(path).json(), list)


def test_custom_fields_hide_inactive_ones(bloomerang: BloomerangDatabase) -> None:
    bloomerang.custom_field("Live")
    bloomerang.custom_field("Dead", active=False)
    live = bloomerang.api.get("/customFields/Transaction/").json()
    dead = bloomerang.api.get("/customFields/Transaction/?isActive=false").json()
    assert [field["Name"] for field in [*live, *dead]] == ["Live", "Dead"]
