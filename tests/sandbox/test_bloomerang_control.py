"""The control side: seeds, journal, time, state file, isolation, and the size it has to bear."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.processes import free_port
from local.sandbox.bloomerang import BloomerangControl, BloomerangDatabase, BloomerangSandbox

_MADE_AT_CREATION = {"funds", "campaigns", "appeals"}


def test_databases_are_apart(bloomerang_server: BloomerangSandbox, bloomerang: BloomerangDatabase) -> None:
    other = bloomerang_server.database()
    other.seed(3)
    bloomerang.fault("status", count=None)
    assert other.api.get("/constituents").json()["Total"] == 3
    assert bloomerang.api.get("/constituents").status_code == 500
    assert (other.count(), bloomerang.count()) == (1, 1)
    other.close()


def test_a_name_or_key_is_given_once(bloomerang_server: BloomerangSandbox, bloomerang: BloomerangDatabase) -> None:
    wrongs: list[dict[str, Any]] = [{"name": bloomerang.name}, {"api_key": bloomerang.api_key}, {"colour": "red"}]
    for wrong in wrongs:
        with pytest.raises(httpx.HTTPStatusError):
            bloomerang_server.database(**wrong)


def test_unknown_databases_and_options_are_refused(
    bloomerang_server: BloomerangSandbox, bloomerang: BloomerangDatabase
) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        bloomerang_server.open("nobody")
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        bloomerang.set_options(put="patch")


def test_seeds_give_the_same_people_every_time(bloomerang_server: BloomerangSandbox) -> None:
    states = []
    for _ in range(2):
        database = bloomerang_server.database()
        database.freeze()
        database.set_time("2026-01-01T00:00:00Z")
        database.seed(20, organizations=2, households=2, gifts=5, shared_emails=3)
        states.append({kind: rows for kind, rows in database.state().items() if kind not in _MADE_AT_CREATION})
        database.close()
    assert states[0] == states[1]


def test_a_seed_holds_what_was_asked_for(bloomerang: BloomerangDatabase) -> None:
    made = bloomerang.seed(400, organizations=5, households=4, gifts=30, shared_emails=10, without_email=0.1)
    assert {kind: len(ids) for kind, ids in made.items()} == {
        "people": 400,
        "organizations": 5,
        "households": 4,
        "gifts": 30,
    }
    state = bloomerang.state()
    people = state["constituents"][:400]
    mails = [person["PrimaryEmail"]["Value"] for person in people if "PrimaryEmail" in person]
    assert 340 <= len(mails) <= 380
    assert 1 <= len(mails) - len(set(mails)) <= 10
    assert all(mail.endswith((".org", ".com")) and "@example." in mail for mail in mails)
    assert any(not person["FullName"].isascii() for person in people)
    assert all("555-" in row["Number"] for row in state["phones"])
    assert sum(person["IsInHousehold"] for person in people) == 8


def test_the_journal_keeps_requests_for_checking(bloomerang: BloomerangDatabase) -> None:
    bloomerang.set_time("2026-03-01T12:00:00Z")
    bloomerang.freeze()
    body = {"Type": "Organization", "FullName": "Fern Trust"}
    made = bloomerang.api.post("/constituent", json=body, headers={"MethodOrigin": "CRM"}).json()["Id"]
    bloomerang.api.get("/constituents?take=1&skip=0")
    bloomerang.api.get(f"/constituent/{made}")
    first, second, _ = bloomerang.journal()
    assert (first["method"], first["path"], first["status"], first["body"]) == ("POST", "/v2/constituent", 200, body)
    assert first["at"] == "2026-03-01T12:00:00Z"
    assert first["headers"]["methodorigin"] == "CRM"
    assert "x-api-key" not in first["headers"]
    assert second["query"] == {"take": "1", "skip": "0"}
    assert bloomerang.calls() == {
        "POST /v2/constituent": 1,
        "GET /v2/constituents": 1,
        "GET /v2/constituent/{id}": 1,
    }
    assert (bloomerang.count("GET"), bloomerang.count(path="/v2/constituent/{id}")) == (2, 1)
    bloomerang.reset_journal()
    assert bloomerang.journal() == []


def test_time_can_be_set_moved_and_frozen(bloomerang: BloomerangDatabase) -> None:
    bloomerang.set_time("2026-03-01T12:00:00Z")
    bloomerang.freeze()
    bloomerang.advance(90)
    assert bloomerang.call("GET", "/time")["now"] == "2026-03-01T12:01:30Z"
    bloomerang.freeze(frozen=False)
    assert bloomerang.call("GET", "/time")["now"].startswith("2026-03-01T12:01:3")


def test_20000_people_are_made_and_paged_fast(bloomerang_server: BloomerangSandbox) -> None:
    database = bloomerang_server.database()
    started = time.perf_counter()
    people = database.seed(20_000)["people"]
    assert time.perf_counter() - started < 10
    queries: list[dict[str, str | int]] = [
        {"orderBy": "LastModifiedDate", "skip": 19_000},
        {"lastModified": "2020-01-01T00:00:00Z", "orderBy": "LastModifiedDate", "skip": 10_000},
        {"id": "|".join(map(str, people[::400]))},
    ]
    for query in queries:
        spent = min(_seconds(database, query) for _ in range(5))
        assert spent < 0.05, query
    database.close()


def _seconds(database: BloomerangDatabase, query: dict[str, str | int]) -> float:
    started = time.perf_counter()
    assert database.api.get("/constituents", params=query).json()["ResultCount"] == 50
    return time.perf_counter() - started


def test_state_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "bloomerang.json"
    with BloomerangSandbox(state_file=file) as server:
        database = server.database("kept", api_key="the-key", put="replace")
        field = database.custom_field("External id")
        made = database.seed(10, organizations=1, households=1, gifts=4)
        gift = {"AccountId": made["people"][0], "Date": "2026-01-01", "Amount": 5, "Method": "Cash"}
        row = {"Type": "Donation", "Amount": 5, "FundId": database.fund()}
        gift["Designations"] = [row | {"CustomValues": [{"FieldId": field, "Value": "don_1"}]}]
        assert database.api.post("/transaction", json=gift).status_code == 200
        tokens = server.server.call("POST", "/oauth/grant", json={"database": "kept"})
        before = database.state()
    with BloomerangSandbox(state_file=file) as server:
        database = server.open("kept")
        assert database.state() == before
        assert database.call("GET", "/options")["put"] == "replace"
        found = database.api.get(f"/transactions?customFieldId={field}&customFieldValue=don_1").json()
        assert found["TotalFiltered"] == 1
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert httpx.get(f"{server.url}/v2/database", headers=headers).status_code == 200
        fresh = database.api.post("/constituent", json={"Type": "Organization", "FullName": "Fern"}).json()
        assert fresh["Id"] > max(row["Id"] for row in before["constituents"])
        assert database.api.get("/constituents/search?search=fern").json()["TotalFiltered"] == 1


def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "state.json"
    command = [sys.executable, "-m", "local.sandbox.bloomerang", "--port", str(port), "--state-file", str(file)]
    process = subprocess.Popen(command)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_sandbox/health")
        control = BloomerangControl(f"http://127.0.0.1:{port}")
        control.database("cli").seed(2)
        control.close()
    finally:
        process.terminate()
        process.wait(10)
    assert '"cli"' in file.read_text("utf-8")


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the sandbox did not start")
