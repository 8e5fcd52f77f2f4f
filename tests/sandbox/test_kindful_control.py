"""The control side: faults on the wire, seeds, journal, state file, command line, and the size it has to bear."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.processes import free_port
from local.sandbox.common.journal import is_read
from local.sandbox.kindful import KindfulAccount, KindfulControl, KindfulSandbox
from tests.sandbox.kindful_words import ADA, GIFT, contacts, gifts, give, post

pytest_plugins = ["tests.sandbox.kindful_fixtures"]
_MADE_AT_CREATION = {"fund", "campaign", "group"}


def test_a_429_with_the_headers_a_test_wants(kindful: KindfulAccount) -> None:
    kindful.fault("status", status=429, retry_after=7, path="/api/v1/imports", method="POST")
    answer = kindful.api.post("/imports", json={"data_format": "contact", "data": [ADA]})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert kindful.jobs() == []


@pytest.mark.parametrize(("mode", "jobs"), [("reset_before", 0), ("reset_after", 1)])
def test_a_connection_that_breaks(kindful: KindfulAccount, mode: str, jobs: int) -> None:
    kindful.fault(mode, method="POST")
    with pytest.raises(httpx.TransportError):
        post(kindful.api, ADA)
    assert len(kindful.jobs()) == jobs


def test_an_answer_that_comes_too_late(kindful: KindfulAccount) -> None:
    kindful.fault("slow", seconds=0.3, method="POST")
    with pytest.raises(httpx.ReadTimeout):
        kindful.api.post("/imports", json={"data_format": "contact", "data": [ADA]}, timeout=0.1)
    assert len(kindful.jobs()) == 1


def test_bodies_that_are_no_json(kindful: KindfulAccount) -> None:
    kindful.fault("truncated")
    kindful.fault("html")
    kindful.fault("invalid_json")
    with pytest.raises(httpx.RemoteProtocolError):
        kindful.api.get("/details")
    html, invalid = kindful.api.get("/details"), kindful.api.get("/details")
    assert (html.status_code, html.headers["content-type"]) == (200, "text/html")
    with pytest.raises(ValueError, match=r"."):
        invalid.json()


def test_a_name_or_token_is_given_once(kindful_server: KindfulSandbox, kindful: KindfulAccount) -> None:
    wrongs: list[dict[str, Any]] = [{"name": kindful.name}, {"token": kindful.token}, {"colour": "red"}]
    for wrong in wrongs:
        with pytest.raises(httpx.HTTPStatusError):
            kindful_server.account(**wrong)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        kindful_server.open("nobody")
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        kindful.set_options(paging="wild")
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        kindful.staff_contact(shoe_size="7")
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        kindful.staff("refund", 1)


def test_seeds_give_the_same_people_every_time(kindful_server: KindfulSandbox) -> None:
    states = []
    for _ in range(2):
        account = kindful_server.account()
        account.freeze()
        account.set_time("2026-01-01T00:00:00Z")
        account.seed(20, organizations=2, gifts=5, shared_emails=3, linked="p")
        state = account.state()
        links = state.pop("apps")["custom-app"]["links"]
        states.append((links, {kind: rows for kind, rows in state.items() if kind not in _MADE_AT_CREATION}))
        account.close()
    assert states[0] == states[1]


def test_a_seed_holds_what_was_asked_for(kindful: KindfulAccount) -> None:
    made = kindful.seed(100, organizations=2, gifts=30, shared_emails=10, without_email=0.1, linked="p")
    assert {kind: len(ids) for kind, ids in made.items()} == {"people": 100, "organizations": 2, "gifts": 30}
    stored = [row["data"] for row in kindful.state()["contact"]]
    mails = [row["email"] for row in stored[:100] if row["email"]]
    assert 80 <= len(mails) <= 95
    assert 1 <= len(mails) - len(set(mails)) <= 10
    assert all("@example." in mail for mail in mails)
    assert contacts(kindful)[7]["external_id"] == "p-7"
    assert (gifts(kindful)[3]["external_id"], gifts(kindful, "changed")) == ("p-gift-3", [])


def test_the_journal_keeps_requests_without_secrets(kindful: KindfulAccount) -> None:
    post(kindful.api, ADA)
    kindful.api.get("/imports/stats?x=1")
    first, second = kindful.journal()
    assert (first["method"], first["path"], first["status"]) == ("POST", "/api/v1/imports", 200)
    assert first["body"]["data"] == [ADA]
    assert "authorization" not in first["headers"]
    assert (second["query"], kindful.count("POST")) == ({"x": "1"}, 1)
    contacts(kindful)
    assert {call: is_read(call) for call in kindful.calls()} == {
        "POST /api/v1/imports": False,
        "GET /api/v1/imports/stats": True,
        "POST /api/v1/contacts/query": True,
    }


def test_jobs_run_by_themselves_in_real_time(kindful_server: KindfulSandbox) -> None:
    account = kindful_server.account(job_wait_seconds=0.05, job_work_seconds=0.05)
    job = post(account.api, ADA)
    time.sleep(0.2)
    assert account.api.get(f"/imports/{job}").json()["status"] == "complete"
    account.close()


def test_a_page_takes_no_longer_than_the_contacts_grow(kindful_server: KindfulSandbox) -> None:
    account = kindful_server.account()
    account.seed(5_000, linked="p")
    small = _seconds_a_page(account)
    account.seed(15_000, linked="q")
    assert _seconds_a_page(account) < 8 * small, "four times the contacts"
    account.close()


def _seconds_a_page(account: KindfulAccount) -> float:
    answer = account.api.post("/contacts/query", json={"query": ["linked"]}).json()
    took = []
    for _ in range(10):
        started = time.perf_counter()
        answer = account.api.post("/contacts/query", json={"query_token": answer["query_token"]}).json()
        took.append(time.perf_counter() - started)
    assert (answer["page"], len(answer["results"])) == (11, 50)
    return min(took)


def test_state_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "kindful.json"
    with KindfulSandbox(state_file=file) as server:
        account = server.account("kept", token="the-token", queue="manual")
        give(account, GIFT)
        account.seed(3, gifts=2)
        account.staff_merge(*(row["id"] for row in contacts(account)[:2]))
        account.set_webhook("http://127.0.0.1:9/hook")
        account.staff_gift(contacts(account)[0]["id"])
        account.set_webhook(None)
        waiting = post(account.api, ADA | {"id": "d-2"})
        bearer = dict(account.partner().headers)["authorization"]
        before, shown = account.state(), contacts(account)
    with KindfulSandbox(state_file=file) as server:
        account = server.open("kept")
        assert account.token == "the-token"
        assert (account.state() == before, contacts(account) == shown) == (True, True)
        assert account.api.get(f"/imports/{waiting}").json()["status"] == "pending"
        assert account.run_jobs() == [waiting]
        event = account.events()[-1]["id"]
        assert account.api.get("/webhooks/verify_event", params={"id": event}).status_code == 200
        found = httpx.get(f"{server.url}/admin/oauth2/api/v1/details", headers={"Authorization": bearer})
        assert found.json()["organization"]["id"] == account.id


def test_reset_forgets_everything() -> None:
    with KindfulSandbox() as server:
        server.account("gone")
        server.server.call("POST", "/reset")
        assert server.server.call("GET", "/health") == {"status": "ok", "accounts": 0}
        assert server.account("gone").state()["contact"] == []


def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "state.json"
    command = [sys.executable, "-m", "local.sandbox.kindful", "--port", str(port), "--state-file", str(file)]
    process = subprocess.Popen(command)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_sandbox/health")
        control = KindfulControl(f"http://127.0.0.1:{port}")
        control.account("cli").seed(2)
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
