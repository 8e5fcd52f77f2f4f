"""Control: seeding, faults, time, state that survives, and the command line."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.processes import free_port
from local.sandbox.wegive import WeGiveControl, WeGiveOrganisation, WeGiveSandbox
from tests.sandbox.wegive_calls import ids, page

pytest_plugins = ["tests.sandbox.wegive_fixtures"]

GIFTS = "/dashboard/transactions"


def test_seeded_people_are_the_same_everywhere(wegive_server: WeGiveSandbox, wegive: WeGiveOrganisation) -> None:
    other = wegive_server.organisation()
    plan: dict[str, Any] = {"companies": 2, "households": 1, "gifts": 5, "seed": "paws"}
    made = wegive.seed(6, **plan)
    other.seed(6, **plan)
    mails = [[row["email_1"] for row in page(some, "donors")["data"]] for some in (wegive, other)]
    assert mails[0] == mails[1]
    assert all(mail.endswith(("@example.org", "@example.com")) for mail in mails[0] if mail)
    assert [len(made[kind]) for kind in ("people", "companies", "households", "gifts")] == [6, 2, 1, 5]


def test_a_mixed_seed_has_every_kind_of_gift(wegive: WeGiveOrganisation) -> None:
    wegive.seed(4, gifts=18, mixed=True)
    gifts = wegive.state()["transactions"]
    assert {gift["status"] for gift in gifts} == {"success", "processing", "failed", "refunded"}
    assert any(gift["donor_id"] is None for gift in gifts)
    assert any(len(gift["allocations"]) == 3 for gift in gifts)
    assert any(gift["is_test"] for gift in gifts)
    assert any(gift["anonymous"] for gift in gifts)
    assert any(gift["fund_id"] is None for gift in gifts)


def test_seeded_stamps_are_apart_and_end_now(wegive: WeGiveOrganisation) -> None:
    wegive.set_time("2026-03-01T12:00:00Z")
    wegive.freeze()
    wegive.seed(1, gifts=3, seconds_apart=60)
    stamps = [row["created_at"][11:19] for row in page(wegive, "transactions")["data"]]
    assert stamps == ["12:00:00", "11:59:00", "11:58:00"]


def test_shared_addresses(wegive: WeGiveOrganisation) -> None:
    wegive.seed(4, shared_emails=1, without_email=0)
    mails = [row["email_1"] for row in page(wegive, "donors")["data"]]
    assert len(set(mails)) == 3


def test_429_500_and_bodies_that_are_no_json(wegive: WeGiveOrganisation) -> None:
    wegive.fault("status", status=429, retry_after=7, body={"message": "Too Many Attempts."})
    wegive.fault("status", status=500)
    wegive.fault("html", status=502)
    wegive.fault("invalid_json")
    answers = [wegive.api.get(GIFTS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 500, 502, 200]
    assert answers[0].headers["Retry-After"] == "7"
    with pytest.raises(ValueError, match=r"."):
        answers[3].json()
    assert wegive.api.get(GIFTS).json()["data"] == []


def test_a_list_may_be_a_bare_text_as_the_document_says(wegive: WeGiveOrganisation) -> None:
    wegive.fault("status", status=200, body="export started")
    assert wegive.api.get(GIFTS).json() == "export started"
    assert wegive.api.get(GIFTS).json()["data"] == []


def test_cut_slow_and_truncated_answers(wegive: WeGiveOrganisation) -> None:
    wegive.seed(3, gifts=3)
    for mode in ("reset_before", "truncated"):
        wegive.fault(mode)
        with pytest.raises(httpx.TransportError):
            wegive.api.get(GIFTS)
    wegive.fault("slow", seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        wegive.api.get(GIFTS, timeout=0.1)
    assert len(ids(wegive)) == 3


def test_unknown_wishes_and_options_are_refused(wegive: WeGiveOrganisation) -> None:
    for action, wish in (
        ("give", {"amonut": 5}),
        ("give", {"donor": 5}),
        ("dance", {}),
        ("edit", {"resource": "x", "ids": []}),
        ("plain", {"resource": "donors", "fields": {}}),
    ):
        with pytest.raises(httpx.HTTPStatusError):
            wegive.act(action, **wish)
    with pytest.raises(httpx.HTTPStatusError):
        wegive.set_options(colour="red")
    assert wegive.state()["transactions"] == []


def test_an_edit_can_be_silent(wegive: WeGiveOrganisation) -> None:
    gift = wegive.give()
    before = wegive.state()["transactions"][0]["updated"]
    wegive.advance(60)
    wegive.edit_gift(gift, amount=1, silent=True)
    assert wegive.state()["transactions"][0]["updated"] == before
    wegive.edit_gift(gift, amount=2)
    assert wegive.state()["transactions"][0]["updated"] > before


def test_names_and_keys_are_taken_once(wegive_server: WeGiveSandbox) -> None:
    wegive_server.organisation("one", api_key="7|secret")
    with pytest.raises(httpx.HTTPStatusError):
        wegive_server.organisation("one")
    with pytest.raises(httpx.HTTPStatusError):
        wegive_server.organisation("two", api_key="7|secret")


def test_calls_without_a_key_are_the_servers(wegive_server: WeGiveSandbox) -> None:
    before = wegive_server.server.count()
    assert httpx.get(f"{wegive_server.url}/api{GIFTS}").status_code == 401
    assert wegive_server.server.count() == before + 1


def test_lists_stay_quick_with_many_rows(wegive_server: WeGiveSandbox) -> None:
    organisation = wegive_server.organisation()
    organisation.seed(2_000, gifts=3_000)
    query: dict[str, Any] = {"sort[id]": "asc", "count": 200, "page": 7, "updated_at[start]": "2020-01-01"}
    organisation.api.get(GIFTS, params=query)
    started = time.perf_counter()
    assert len(ids(organisation, **query)) == 200
    assert time.perf_counter() - started < 0.5


def test_a_donor_with_very_many_gifts_stays_quick(wegive: WeGiveOrganisation) -> None:
    wegive.seed(1, gifts=2_000)
    started = time.perf_counter()
    assert len(ids(wegive, count=200)) == 200
    assert time.perf_counter() - started < 0.5


def test_state_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "wegive.json"
    with WeGiveSandbox(state_file=file) as server:
        organisation = server.organisation("kept", api_key="5|the-key", amounts="cents_text")
        made = organisation.seed(4, gifts=9, mixed=True, households=1)
        organisation.charge(organisation.schedule(made["people"][0]))
        organisation.fault("status", path="/never")
        before = organisation.state()
    with WeGiveSandbox(state_file=file) as server:
        organisation = server.open("kept")
        assert organisation.state() == before
        assert organisation.call("GET", "/options")["amounts"] == "cents_text"
        assert len(organisation.faults()) == 1
        assert len(ids(organisation)) == 10
        assert organisation.give() > max(gift["id"] for gift in before["transactions"])


def test_reset_forgets_everything() -> None:
    with WeGiveSandbox() as server:
        server.organisation("gone")
        server.server.call("POST", "/reset")
        assert server.server.call("GET", "/health") == {"status": "ok", "organisations": 0}


def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "state.json"
    command = [sys.executable, "-m", "local.sandbox.wegive", "--port", str(port), "--state-file", str(file)]
    process = subprocess.Popen(command)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_sandbox/health")
        control = WeGiveControl(f"http://127.0.0.1:{port}")
        control.organisation("cli").seed(2)
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
