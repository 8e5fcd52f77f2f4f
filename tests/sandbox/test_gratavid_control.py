"""The control side: seeds, time, state file, command line, and the size it has to bear."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.processes import free_port
from local.sandbox.gratavid import GratavidAccount, GratavidControl, GratavidSandbox
from tests.sandbox.gratavid_fixtures import ADA, Listener, choices, create_task, send_note, sent
from tests.sandbox.gratavid_fixtures import gratavid as gratavid
from tests.sandbox.gratavid_fixtures import gratavid_server as gratavid_server
from tests.sandbox.gratavid_fixtures import listener as listener
from tests.sandbox.gratavid_fixtures import listening as listening


def test_a_name_or_key_is_given_once(gratavid_server: GratavidSandbox, gratavid: GratavidAccount) -> None:
    wrongs: list[dict[str, Any]] = [{"name": gratavid.name}, {"api_key": gratavid.api_key}, {"colour": "red"}]
    for wrong in wrongs:
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            gratavid_server.account(**wrong)


def test_unknown_accounts_options_and_actions_are_refused(
    gratavid_server: GratavidSandbox, gratavid: GratavidAccount
) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        gratavid_server.open("nobody")
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        gratavid.set_options(copies=0)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        gratavid.call("GET", "/nothing")
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        gratavid.watch("nothing")
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        gratavid.unsubscribe("nobody@example.org")
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        gratavid.subscribe("noteOpened", "http://127.0.0.1:9/hook")
    create_task(gratavid)
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        gratavid.edit_contact(ADA["email"], birthday="1990-01-01")


def test_the_control_is_not_in_the_journal(gratavid: GratavidAccount) -> None:
    create_task(gratavid)
    gratavid.seed(2)
    gratavid.state()
    assert gratavid.calls() == {"POST /api/integrationsEndpoint": 1}
    assert gratavid.journal()[0]["body"]["comments"] == "Ada gave $100"


def test_seeds_give_the_same_people_every_time(gratavid_server: GratavidSandbox, gratavid: GratavidAccount) -> None:
    other = gratavid_server.account()
    gratavid.seed(20)
    other.seed(15)
    other.seed(5, first=15, custom_ids=None)
    first, second = gratavid.contacts(), other.contacts()
    assert [row["email"] for row in first] == [row["email"] for row in second]
    assert [row["customUserId"] for row in first] == [str(1001 + index) for index in range(20)]
    assert {row["customUserId"] for row in second[15:]} == {""}
    assert all(row["email"].endswith(("@example.org", "@example.com")) for row in first)
    other.close()


def test_a_contact_that_staff_readdress_is_found_by_its_new_address(gratavid: GratavidAccount) -> None:
    create_task(gratavid)
    gratavid.edit_contact(ADA["email"], email="ada.byron@example.org")
    create_task(gratavid, email="Ada.Byron@example.org")
    assert [row["email"] for row in gratavid.contacts()] == ["ada.byron@example.org"]
    create_task(gratavid)
    assert len(gratavid.contacts()) == 2


def test_time_can_be_set_moved_and_frozen(gratavid: GratavidAccount) -> None:
    gratavid.set_time("2026-03-01T12:00:00Z")
    gratavid.freeze()
    create_task(gratavid)
    gratavid.advance(90)
    create_task(gratavid)
    first, second = gratavid.tasks()
    assert (second["at"] - first["at"], gratavid.journal()[1]["at"]) == (90, "2026-03-01T12:01:30Z")


def test_500_watches_are_told(gratavid: GratavidAccount, listener: Listener) -> None:
    gratavid.subscribe("noteWatched", listener.url("noteWatched"))
    gratavid.set_options(parallel=8)
    sends = gratavid.seed(500, note=gratavid.note())["sends"]
    few, many = _seconds_to_tell(gratavid, sends[:100]), _seconds_to_tell(gratavid, sends[100:])
    assert many < 12 * few, "four times the watches"
    assert len({taken.body["contact_customUserId"] for taken in listener.taken}) == 500


def _seconds_to_tell(account: GratavidAccount, sends: list[str]) -> float:
    started = time.monotonic()
    account.watch(*sends)
    assert {row["state"] for row in account.notifications()} == {"delivered"}
    return time.monotonic() - started


def test_calls_stay_fast_among_20000_contacts(gratavid: GratavidAccount) -> None:
    gratavid.seed(20_000, note=gratavid.note())
    note = gratavid.note()
    spent = []
    for _ in range(5):
        started = time.perf_counter()
        assert send_note(gratavid, noteId=note).status_code == 200
        spent.append(time.perf_counter() - started)
    assert min(spent) < 0.05


def test_state_survives_a_restart(tmp_path: Path, listener: Listener) -> None:
    file = tmp_path / "gratavid.json"
    with GratavidSandbox(state_file=file) as server:
        account = server.account("kept", api_key="the-key", hold=True, send_delay=3600)
        account.subscribe("reply", listener.url("reply"))
        account.set_options(send_delay=0)
        account.reply(sent(account), text="held")
        account.set_options(hold=False, delay=60)
        account.reply(account.sends()[0]["id"], text="on its way")
        account.set_options(send_delay=3600, delay=0)
        late = sent(account)
        create_task(account)
        account.fault("status", count=1)
        account.add_key("the-other")
        account.revoke_key("the-other")
        before = account.state()
    with GratavidSandbox(state_file=file) as server:
        account = server.open("kept")
        after = account.state()
        assert [row["state"] for row in after["notifications"]] == ["held", "lost"]
        assert {**after, "notifications": []} == {**before, "notifications": []}
        assert create_task(account).status_code == 500
        assert create_task(account).status_code == 200
        assert httpx.get(f"{server.url}/api/manageIntegrations?apiKey=the-other").status_code == 401
        assert (len(account.contacts()), len({row["id"] for row in account.tasks()})) == (1, 2)
        account.advance(3600)
        assert [row["state"] for row in account.sends() if row["id"] == late] == ["sent"]
        account.release()
        account.notifications()
        assert [taken.body["replyText"] for taken in listener.taken] == ["held"]


def test_accounts_can_be_forgotten(tmp_path: Path) -> None:
    with GratavidSandbox(state_file=tmp_path / "gratavid.json") as server:
        one, two = server.account("one"), server.account("two")
        one.call("DELETE", "")
        assert choices(one, "getUsers").status_code == 401
        assert choices(two, "getUsers").status_code == 200
        assert [row["name"] for row in server.server.call("GET", "/accounts")] == ["two"]
        server.server.call("POST", "/reset")
        assert server.server.call("GET", "/health") == {"status": "ok", "accounts": 0}


def test_it_runs_from_the_command_line(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "state.json"
    command = [sys.executable, "-m", "local.sandbox.gratavid", "--port", str(port), "--state-file", str(file)]
    process = subprocess.Popen(command)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_sandbox/health")
        control = GratavidControl(f"http://127.0.0.1:{port}")
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
