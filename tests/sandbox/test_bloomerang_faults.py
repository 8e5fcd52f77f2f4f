"""Hostile modes: what goes wrong on the wire, and what staff does behind our back."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from local.sandbox.bloomerang import BloomerangDatabase

ADA: dict[str, Any] = {"Type": "Individual", "FirstName": "Ada", "LastName": "Lopez"}


def create(database: BloomerangDatabase, **fields: Any) -> httpx.Response:
    return database.api.post("/constituent", json=ADA | fields)


def count(database: BloomerangDatabase) -> int:
    return len(database.state()["constituents"])


def test_429_with_and_without_retry_after(bloomerang: BloomerangDatabase) -> None:
    bloomerang.fault("status", status=429, retry_after=7, body={"Message": "Slow down", "ErrorCode": 0})
    answer = create(bloomerang)
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["Message"]) == (429, "7", "Slow down")
    bloomerang.fault("status", status=429)
    assert "Retry-After" not in create(bloomerang).headers
    assert (count(bloomerang), create(bloomerang).status_code) == (0, 200)


@pytest.mark.parametrize(("effect", "left"), [("none", 0), ("now", 1)])
def test_500_with_or_without_the_effect(bloomerang: BloomerangDatabase, effect: str, left: int) -> None:
    bloomerang.fault("status", status=500, effect=effect)
    assert create(bloomerang).status_code == 500
    assert count(bloomerang) == left


@pytest.mark.parametrize(("mode", "left"), [("reset_before", 0), ("reset_after", 1)])
def test_a_connection_cut_before_or_after_the_effect(bloomerang: BloomerangDatabase, mode: str, left: int) -> None:
    bloomerang.fault(mode, method="POST")
    with pytest.raises(httpx.TransportError):
        create(bloomerang)
    assert count(bloomerang) == left
    assert bloomerang.journal("POST")[0]["status"] == 0
    assert create(bloomerang).status_code == 200


def test_a_slow_answer_whose_effect_is_at_once(bloomerang: BloomerangDatabase) -> None:
    bloomerang.fault("slow", seconds=0.6, method="POST")
    with pytest.raises(httpx.ReadTimeout):
        bloomerang.api.post("/constituent", json=ADA, timeout=0.2)
    assert count(bloomerang) == 1


def test_a_slow_answer_whose_effect_is_late(bloomerang: BloomerangDatabase) -> None:
    bloomerang.fault("slow", seconds=0.6, effect="late", method="POST")
    with pytest.raises(httpx.ReadTimeout):
        bloomerang.api.post("/constituent", json=ADA, timeout=0.2)
    assert count(bloomerang) == 0
    time.sleep(0.8)
    assert count(bloomerang) == 1


def test_a_truncated_body(bloomerang: BloomerangDatabase) -> None:
    bloomerang.fault("truncated")
    with pytest.raises(httpx.RemoteProtocolError):
        create(bloomerang)
    assert count(bloomerang) == 1


def test_bodies_that_are_no_json(bloomerang: BloomerangDatabase) -> None:
    bloomerang.fault("html")
    bloomerang.fault("html", status=502)
    bloomerang.fault("invalid_json")
    first, second, third = (bloomerang.api.get("/funds") for _ in range(3))
    assert (first.status_code, first.headers["content-type"]) == (200, "text/html")
    assert second.status_code == 502
    with pytest.raises(ValueError, match=r"."):
        third.json()


def test_rules_go_by_method_path_and_count(bloomerang: BloomerangDatabase) -> None:
    bloomerang.fault("status", method="GET", path="/v2/constituent/{id}", after=1, count=2)
    made = create(bloomerang).json()["Id"]
    answers = [bloomerang.api.get(f"/Constituent/{made}/").status_code for _ in range(4)]
    assert answers == [200, 500, 500, 200]
    rule = bloomerang.faults()[0]
    assert (rule["seen"], rule["hits"]) == (4, 2)
    bloomerang.fault("status", path="*", count=None)
    assert {bloomerang.api.get("/funds").status_code for _ in range(5)} == {500}
    bloomerang.clear_faults()
    assert bloomerang.api.get("/funds").status_code == 200


def test_an_unknown_rule_is_refused(bloomerang: BloomerangDatabase) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        bloomerang.call("POST", "/faults", json={"mode": "status", "colour": "red"})


def test_staff_edits_whatever_put_does(bloomerang: BloomerangDatabase) -> None:
    made = create(bloomerang, JobTitle="Baker").json()["Id"]
    bloomerang.set_options(put="replace")
    edited = bloomerang.staff_edit(made, LastName="Byron")
    assert (edited["LastName"], edited["JobTitle"]) == ("Byron", "Baker")
    assert edited["AuditTrail"]["LastModifiedName"] == "Pat Office"
    assert bloomerang.count("PUT") == 0


def test_staff_adds_an_email(bloomerang: BloomerangDatabase) -> None:
    made = create(bloomerang, PrimaryEmail={"Type": "Home", "Value": "a@example.org"}).json()["Id"]
    bloomerang.staff_add_email(made, "b@example.org")
    bloomerang.staff_add_email(made, "c@example.org", primary=True)
    shown = bloomerang.api.get(f"/constituent/{made}").json()
    assert (shown["PrimaryEmail"]["Value"], len(shown["EmailIds"])) == ("c@example.org", 3)


def test_staff_merges_two_constituents(bloomerang: BloomerangDatabase) -> None:
    winner = create(bloomerang, PrimaryEmail={"Type": "Home", "Value": "a@example.org"}).json()["Id"]
    loser = bloomerang.seed(1, gifts=3, without_email=0)["people"][0]
    bloomerang.staff_merge(winner, loser)
    gone = bloomerang.api.get(f"/constituent/{loser}")
    assert (gone.status_code, gone.json()["ErrorCode"]) == (404, 202)
    shown = bloomerang.api.get(f"/constituent/{winner}").json()
    assert (shown["PrimaryEmail"]["Value"], len(shown["EmailIds"])) == ("a@example.org", 2)
    gifts = bloomerang.api.get("/transactions", params={"accountId": winner}).json()
    assert gifts["TotalFiltered"] == 3
    assert bloomerang.state()["forwards"] == {str(loser): winner}
    bloomerang.set_options(merged_loser="forwards")
    assert bloomerang.api.get(f"/constituent/{loser}").json()["Id"] == winner


def test_staff_deletes_with_gifts_only_when_meant(bloomerang: BloomerangDatabase) -> None:
    person = bloomerang.seed(1, gifts=1)["people"][0]
    with pytest.raises(httpx.HTTPStatusError):
        bloomerang.staff_delete(person)
    bloomerang.staff_delete(person, with_gifts=True)
    state = bloomerang.state()
    assert (state["constituents"], state["transactions"]) == ([], [])


def test_staff_does_anything_else_by_the_apis_words(bloomerang: BloomerangDatabase) -> None:
    person = bloomerang.seed(1, gifts=1)["people"][0]
    gift = bloomerang.staff_call("GET", f"/transactions?accountId={person}")["Results"][0]["Id"]
    refund = {"TransactionId": gift, "Date": "2026-08-01", "RunProcessorRefund": False}
    assert bloomerang.staff_call("POST", "/refund", refund)["AuditTrail"]["CreatedName"] == "Pat Office"
    assert bloomerang.journal() == []
