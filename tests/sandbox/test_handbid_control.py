"""What tests can make the Handbid sandbox do: seeds, people's edits, faults, bad data, a restart."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.sandbox.handbid import HandbidControl, HandbidSandbox, OrganisationControl
from local.sandbox.handbid.bad_data import CASES
from local.sandbox.people import people

KEY = {"Idempotency-Key": "key-00000001"}
ADA = {"type": "person", "firstName": "Ada"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[HandbidSandbox]:
    with HandbidSandbox() as running:
        yield running


@pytest.fixture
def org(sandbox: HandbidSandbox) -> OrganisationControl:
    return sandbox.organisation()


@pytest.fixture
def api(org: OrganisationControl) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=org.url, headers=org.headers) as client:
        yield client


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(command: list[str], url: str) -> Iterator[None]:
    """The sandbox as a process of its own, killed at the end."""
    process = subprocess.Popen(command)
    try:
        wait_for(url, process)
        yield
    finally:
        process.kill()
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the sandbox ended"
        with suppress(httpx.ConnectError):
            httpx.get(f"{url}/_sandbox/organisations")
            return
        time.sleep(0.05)
    raise TimeoutError(url)


def contacts(org: OrganisationControl) -> list[Any]:
    return org.state("contacts")["contacts"]


def test_people_are_the_same_whoever_asks() -> None:
    crowd = list(people("gala", 5_000))
    assert list(people("gala", 100)) == crowd[:100]
    assert list(people("other", 100)) != crowd[:100]
    assert len({person.email for person in crowd}) == len({person.phone for person in crowd}) == 5_000
    assert {person.email.partition("@")[2] for person in crowd} == {"example.org", "example.com"}
    assert {person.phone[5:8] for person in crowd} == {"555"}
    assert any(not person.first.isascii() for person in crowd)


def test_a_seed_holds_the_people_of_that_seed(org: OrganisationControl) -> None:
    org.seed_people(20, seed="gala", start=10)
    known = [(row["firstName"], row["lastName"], row["email"], row["phone"]) for row in contacts(org)]
    assert known == [(who.first, who.last, who.email, who.phone) for who in list(people("gala", 30))[10:]]


def test_edits_carry_who_made_them(org: OrganisationControl) -> None:
    contact = org.add_contact(origin="donor", firstName="Ada")
    assert contact["updatedBy"] == {"origin": "donor"}
    assert org.edit_contact(contact["id"], origin="api", firstName="Bea")["updatedBy"] == {"origin": "api"}


def test_a_written_down_receipt_has_handbids_units(org: OrganisationControl) -> None:
    ada = org.add_contact(firstName="Ada")["id"]
    items = [
        {"name": "Dinner", "price": "150.25", "quantity": 2, "value": "120.00", "taxCents": 1202},
        {"name": "Fund-a-need", "price": 50},
    ]
    payments = [{"amount": 20_000}, {"method": "check", "checkNumber": "1188", "amount": 16_252}]
    wish = {"contactId": ada, "items": items, "payments": payments, "emailed": True}
    made = org.hold_auction(receipts=[wish])
    receipt = made["receipts"][0]
    amounts = {name: receipt[name] for name in ("subTotal", "tax", "grandTotal", "amountPaid", "paid")}
    assert amounts == {"subTotal": 35_050, "tax": 1_202, "grandTotal": 36_252, "amountPaid": 36_252, "paid": True}
    dinner = receipt["lineItems"][0]
    assert (dinner["pricePerItem"], dinner["grandTotal"], dinner["tax"]) == (150.25, 312.52, 1202)
    assert [payment["method"] for payment in made["transactions"]] == ["card", "check"]
    assert "emailedAt" in receipt


def test_a_generated_auction_has_every_kind_of_payment_and_exact_sums(org: OrganisationControl) -> None:
    org.seed_people(60)
    made = org.hold_auction(generate={"receipts": 120, "seed": "big"})
    payments = made["transactions"]
    states = Counter(payment["status"] for payment in payments)
    assert set(states) == {"succeeded", "failed", "cancelled", "processing", "refunded", "partially_refunded"}
    assert {payment["method"] for payment in payments} == {"card", "cash", "check", "ach"}
    split = [payment for payment in payments if len(payment["designations"]) == 3]
    assert split
    assert all(sum(part["amount"] for part in payment["designations"]) == payment["amount"] for payment in split)
    for receipt in made["receipts"]:
        dollars = sum(Decimal(str(line["grandTotal"])) for line in receipt["lineItems"])
        assert dollars * 100 == receipt["grandTotal"]


def test_a_later_emailed_receipt_moves_its_payments(org: OrganisationControl) -> None:
    ada = org.add_contact(firstName="Ada")["id"]
    items = [{"name": "Dinner", "price": 90}]
    made = org.hold_auction(receipts=[{"contactId": ada, "items": items}, {"contactId": ada, "items": items}])
    org.advance(60)
    org.email_receipt(made["receipts"][0]["id"])
    rows = org.state("transactions")["transactions"]
    assert [row["id"] for row in rows] == [payment["id"] for payment in reversed(made["transactions"])]


def test_refunds_in_part_and_in_whole(org: OrganisationControl) -> None:
    ada = org.add_contact(firstName="Ada")["id"]
    made = org.hold_auction(receipts=[{"contactId": ada, "items": [{"name": "Dinner", "price": 90}]}])
    payment = made["transactions"][0]["id"]
    assert org.refund(payment, 4_000, "Cold soup")["status"] == "partially_refunded"
    whole = org.refund(payment)
    assert (whole["status"], [refund["amount"] for refund in whole["refunds"]]) == ("refunded", [4_000, 5_000])
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        org.refund(payment)


@pytest.mark.parametrize("case", CASES)
def test_bad_data_is_served_as_it_is(org: OrganisationControl, api: httpx.Client, case: str) -> None:
    ada = org.add_contact(firstName="Ada")["id"]
    event = org.hold_auction()["event"]["id"]
    bad = org.bad_data(case, event, ada)
    kind = "transactions" if "eventId" in bad else "contacts"
    assert api.get(f"/{kind}/{bad['id']}").json() == bad


def test_a_raw_record_stands_where_its_stamp_says(org: OrganisationControl, api: httpx.Client) -> None:
    ids = org.seed_people(2)
    org.put_raw("contacts", id="raw", updatedAt="2020-01-01T00:00:00.000Z", firstName=12)
    assert [row["id"] for row in api.get("/contacts").json()["items"]] == ["raw", *ids]


def test_calls_are_counted_and_kept(org: OrganisationControl, api: httpx.Client) -> None:
    contact = org.add_contact(firstName="Ada")["id"]
    api.get("/contacts", params={"limit": 5})
    api.patch(f"/contacts/{contact}", headers=KEY, json={"firstName": "Bea"})
    assert org.calls() == {
        "GET /organisations/{id}/contacts": 1,
        "PATCH /organisations/{id}/contacts/{id}": 1,
    }
    entry = org.journal("PATCH")[0]
    assert (entry["status"], entry["body"]) == (200, {"firstName": "Bea"})
    assert "authorization" not in entry["headers"]


def test_faults_before_and_after_the_effect(org: OrganisationControl, api: httpx.Client) -> None:
    org.fault("reset_before", method="POST")
    org.fault("reset_after", method="POST")
    for expected in (0, 1):
        with pytest.raises(httpx.TransportError):
            api.post("/contacts", headers=KEY, json=ADA)
        assert len(contacts(org)) == expected
    assert api.post("/contacts", headers=KEY, json=ADA).headers["idempotency-replayed"] == "true"
    assert len(contacts(org)) == 1


def test_faults_that_answer(org: OrganisationControl, api: httpx.Client) -> None:
    org.fault("status", status=429, retry_after=7)
    org.fault("status", status=500, path="*/contacts")
    org.fault("truncated", path="*/contacts")
    limited = api.get("/contacts")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert api.get("/contacts").status_code == 500
    with pytest.raises(httpx.RemoteProtocolError):
        api.get("/contacts")
    assert api.get("/contacts").status_code == 200


def test_a_slow_answer(org: OrganisationControl, api: httpx.Client) -> None:
    org.fault("slow", seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        api.get("/contacts", timeout=0.1)


def test_hostile_paging(org: OrganisationControl, api: httpx.Client) -> None:
    ids = org.seed_people(6)
    org.fault("repeat_rows", after=1, body=2)
    org.fault("stuck_cursor", after=1)
    first = api.get("/contacts", params={"limit": 3}).json()
    second = api.get("/contacts", params={"limit": 3, "cursor": first["nextCursor"]}).json()
    assert [row["id"] for row in second["items"]] == ids[1:6]
    stuck = [api.get("/contacts", params={"cursor": first["nextCursor"]}).json() for _ in range(2)]
    assert (stuck[0]["nextCursor"], stuck[0]["hasMore"]) == (first["nextCursor"], True)
    assert stuck[1]["hasMore"] is False


def test_an_unknown_wish_is_refused(sandbox: HandbidSandbox, org: OrganisationControl) -> None:
    refused = [
        ("/contacts/seed", {"number": 3}),
        ("/bad-data", {"case": "none"}),
        ("/raw", {"kind": "secrets", "row": {"id": "1"}}),
    ]
    for path, body in refused:
        answer = httpx.post(f"{sandbox.url}/_sandbox/organisations/{org.id}{path}", json=body)
        assert answer.status_code == 422
    assert httpx.get(f"{sandbox.url}/_sandbox/organisations/none/state").status_code == 404


def test_a_removed_organisation_leaves_nothing(sandbox: HandbidSandbox) -> None:
    gone = sandbox.organisation(id="short-lived")
    gone.seed_people(3)
    gone.call("DELETE", "")
    assert contacts(sandbox.organisation(id="short-lived")) == []


def test_twenty_thousand_contacts_are_paged_in_milliseconds(org: OrganisationControl, api: httpx.Client) -> None:
    org.seed_people(20_000)
    cursor, seen, took = None, 0, []
    for _ in range(200):
        began = time.perf_counter()
        page = api.get("/contacts", params={"cursor": cursor} if cursor else {}).json()
        took.append(time.perf_counter() - began)
        cursor, seen = page["nextCursor"], seen + len(page["items"])
    assert (seen, page["hasMore"]) == (20_000, False)
    early, late = sorted(took[:50])[25], sorted(took[-50:])[25]
    assert late < 3 * early, "a page deep in the feed costs much more than one at its beginning"


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "handbid.sqlite"
    with HandbidSandbox(state_file=file) as before:
        org = before.organisation(name="Lasting", token="hb_lasting")
        made = httpx.post(f"{org.url}/contacts", headers=org.headers | KEY, json=ADA)
        cursor = httpx.get(f"{org.url}/contacts", headers=org.headers).json()["nextCursor"]
        org.advance(3600)
    with HandbidSandbox(state_file=file) as after:
        org = after.existing(org.id)
        again = httpx.post(f"{org.url}/contacts", headers=org.headers | KEY, json=ADA)
        assert again.content == made.content
        newer = org.add_contact(firstName="Bea")
        rows = httpx.get(f"{org.url}/contacts", headers=org.headers, params={"cursor": cursor}).json()["items"]
        assert [row["id"] for row in rows] == [made.json()["id"], newer["id"]]
        assert newer["createdAt"] > made.json()["createdAt"]


def test_it_runs_as_a_program_and_survives_being_killed(tmp_path: Path, unused_port: int) -> None:
    command = [sys.executable, "-m", "local.sandbox.handbid", "--port", str(unused_port)]
    command += ["--state-file", str(tmp_path / "state.sqlite")]
    url = f"http://127.0.0.1:{unused_port}"
    with program(command, url):
        control = HandbidControl(url)
        ids = control.organisation(id="org-1").seed_people(3)
        control.close()
    with program(command, url):
        control = HandbidControl(url)
        assert [row["id"] for row in contacts(control.existing("org-1"))] == ids
        control.close()
