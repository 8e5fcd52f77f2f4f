"""Change feeds, look-ups and single records of the Platform API; `CheckedClient` judges every exchange."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.sandbox.handbid import HandbidSandbox, OrganisationControl
from local.sandbox.handbid.checked import CheckedClient
from local.sandbox.handbid.contract import operations


@pytest.fixture(scope="module")
def sandbox() -> Iterator[HandbidSandbox]:
    with HandbidSandbox() as running:
        yield running


@pytest.fixture
def org(sandbox: HandbidSandbox) -> OrganisationControl:
    return sandbox.organisation(name="Paws Rescue", time_zone="America/Denver")


@pytest.fixture
def api(org: OrganisationControl) -> Iterator[CheckedClient]:
    with CheckedClient(base_url=org.url, headers=org.headers) as client:
        yield client


def keyed(key: str, **headers: str) -> dict[str, str]:
    return {"Idempotency-Key": f"the-key-{key}", **headers}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def walk(api: httpx.Client, path: str, limit: int = 100, cursor: str | None = None) -> tuple[list[Any], str]:
    """Every row from a cursor on, and the cursor to keep."""
    rows: list[Any] = []
    more = True
    while more:
        params: dict[str, str | int] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = api.get(path, params=params).json()
        rows += page["items"]
        cursor, more = str(page["nextCursor"]), page["hasMore"]
    return rows, str(cursor)


@pytest.mark.parametrize(
    "query",
    ["page=2", "limit=101", "limit=0", "limit=ten", "cursor=abc", "cursor=e30", "cursor=x&ids=a", "ids=", "email=a@b"],
)
def test_a_wrong_query_is_refused(api: CheckedClient, query: str) -> None:
    assert api.get(f"/contacts?{query}").status_code == 400


def test_a_cursor_of_another_list_is_refused(api: CheckedClient, org: OrganisationControl) -> None:
    org.add_contact(firstName="Ada")
    _, cursor = walk(api, "/contacts")
    assert code(api.get("/projects", params={"cursor": cursor})) == (400, "bad-cursor")


def test_paging_leaves_nothing_out_and_keeps_its_cursor(api: CheckedClient, org: OrganisationControl) -> None:
    ids = org.seed_people(25)
    rows, cursor = walk(api, "/contacts", limit=7)
    assert [row["id"] for row in rows] == ids
    assert [row["updatedAt"] for row in rows] == sorted(row["updatedAt"] for row in rows)
    org.edit_contact(ids[3], firstName="Changed")
    again, _ = walk(api, "/contacts", limit=1, cursor=cursor)
    assert [row["id"] for row in again] == [ids[-1], ids[3]]


def test_a_quiet_poll_repeats_the_last_stamp_only(api: CheckedClient, org: OrganisationControl) -> None:
    org.seed_people(5, step_ms=1)
    equal = org.seed_people(4, start=5, step_ms=0)
    _, cursor = walk(api, "/contacts")
    rows, same = walk(api, "/contacts", cursor=cursor)
    assert ([row["id"] for row in rows], same) == (equal, cursor)


def test_a_row_that_moves_while_paging_is_met_at_the_end(api: CheckedClient, org: OrganisationControl) -> None:
    ids = org.seed_people(6)
    page = api.get("/contacts", params={"limit": 2}).json()
    org.edit_contact(ids[2], firstName="Moved")
    rows, _ = walk(api, "/contacts", limit=2, cursor=page["nextCursor"])
    assert [row["id"] for row in rows] == [*ids[3:], ids[2]]


def test_an_empty_feed_has_a_cursor_too(api: CheckedClient, org: OrganisationControl) -> None:
    rows, cursor = walk(api, "/contacts")
    assert rows == []
    contact = org.add_contact(firstName="Ada")
    assert walk(api, "/contacts", cursor=cursor)[0] == [contact]


def test_contacts_by_ids(api: CheckedClient, org: OrganisationControl) -> None:
    first, second = org.seed_people(2)
    chosen = api.get("/contacts", params={"ids": f"{second},none,{first}"}).json()["items"]
    assert [row["id"] for row in chosen] == [first, second]


def found(api: CheckedClient, email: str) -> list[Any]:
    rows: list[Any] = api.post("/contacts/search", json={"email": email}).json()["items"]
    return rows


def test_contacts_by_email_are_searched_without_a_trace(api: CheckedClient, org: OrganisationControl) -> None:
    org.seed_people(2)
    spouse = org.add_contact(firstName="Bo", email="both@example.org")
    other = org.add_contact(firstName="Jo", email="Both@Example.org")
    gone = org.add_contact(firstName="Mo", email="both@example.org")["id"]
    org.delete_contacts(gone)
    before = org.state()
    assert found(api, " BOTH@example.org") == [spouse, other]
    assert found(api, "both@example.or") == found(api, "oth@example.org") == []
    assert org.state() == before


def test_a_search_tells_a_hundred_contacts_at_most(api: CheckedClient, org: OrganisationControl) -> None:
    ids = org.seed_people(101)
    org.edit_contacts(ids, email="all@example.org")
    assert len(found(api, "all@example.org")) == 100


@pytest.mark.parametrize(
    "body", [{}, [], "a@b.org", {"email": None}, {"email": ""}, {"email": "ada"}, {"email": "a@b.org", "limit": 5},
             {"email": f"{'a' * 250}@b.org"}],
)  # fmt: skip
def test_a_search_for_no_address_is_refused(api: CheckedClient, body: Any) -> None:
    assert code(api.post("/contacts/search", json=body)) == (422, "invalid")


def test_no_address_stands_in_a_url() -> None:
    named = {parameter.name for one in operations() for parameter in one.parameters if parameter.place != "header"}
    assert named == {"org", "id", "crm", "cursor", "limit", "ids", "status"}


def test_a_deleted_contact_is_bare_and_in_the_feed(api: CheckedClient, org: OrganisationControl) -> None:
    ids = org.seed_people(2)
    org.delete_contacts(ids[0])
    rows, _ = walk(api, "/contacts")
    assert [(row["id"], row["status"]) for row in rows] == [(ids[1], "active"), (ids[0], "deleted")]
    assert "email" not in rows[1]
    answer = api.patch(f"/contacts/{ids[0]}", headers=keyed("deleted"), json={"firstName": "Ada"})
    assert code(answer) == (409, "contact-deleted")


def test_auctions_with_payments_and_receipts(api: CheckedClient, org: OrganisationControl) -> None:
    org.seed_people(24)
    auction = org.hold_auction(status="closed", generate={"receipts": 24})
    event = auction["event"]["id"]
    assert api.get(f"/events/{event}").json() == auction["event"]
    assert [row["id"] for row in walk(api, "/events?status=closed")[0]] == [event]
    assert api.get("/events", params={"status": "open"}).json()["items"] == []
    assert walk(api, f"/events/{event}/transactions", limit=10)[0] == auction["transactions"]
    payment, receipt = auction["transactions"][0], auction["receipts"][0]
    assert api.get(f"/transactions/{payment['id']}").json() == payment
    assert api.get("/transactions", params={"ids": f"{payment['id']},none"}).json()["items"] == [payment]
    assert api.get(f"/receipts/{receipt['id']}").json() == receipt
    assert api.get("/receipts", params={"ids": receipt["id"]}).json()["items"] == [receipt]
    assert len(api.get("/refunds").json()["items"]) == 4
    assert code(api.get("/events/none/transactions")) == (404, "not-found")
    assert code(api.get("/transactions")) == (400, "bad-request")


def test_donations_and_projects(api: CheckedClient, org: OrganisationControl) -> None:
    org.seed_people(10)
    projects = [org.put_project(name, f"{name} fund") for name in ("GEN", "WELLS", "FOOD")]
    donations = org.give(generate={"count": 30, "projectCodes": ["GEN", "WELLS", "FOOD"]})
    refunded = org.refund_donation(donations[0]["id"], reason="Duplicate")
    assert walk(api, "/projects", limit=2)[0] == projects
    assert walk(api, "/donations", limit=20)[0] == [*donations[1:], refunded]
    assert api.get(f"/donations/{refunded['id']}").json()["status"] == "refunded"
    assert api.get("/donations", params={"ids": "none"}).json()["items"] == []
    assert api.get("/refunds").json()["items"][0]["donationId"] == refunded["id"]
    assert all(sum(part["amount"] for part in row["projects"]) == row["amount"] for row in donations)
