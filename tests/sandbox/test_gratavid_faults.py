"""What goes wrong on the wire; nothing can be looked up afterwards, so only the account knows what was done."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from local.sandbox.gratavid import GratavidAccount
from tests.sandbox.gratavid_fixtures import ADA, ENDPOINT, Listener, choices, create_task, send_note
from tests.sandbox.gratavid_fixtures import gratavid as gratavid
from tests.sandbox.gratavid_fixtures import gratavid_server as gratavid_server
from tests.sandbox.gratavid_fixtures import hooked as hooked
from tests.sandbox.gratavid_fixtures import listener as listener
from tests.sandbox.gratavid_fixtures import listening as listening


def send_hurriedly(account: GratavidAccount) -> None:
    body = ADA | {"noteId": account.note()}
    with pytest.raises(httpx.ReadTimeout):
        account.api.put(ENDPOINT, params={"event": "sendNote"}, json=body, timeout=0.1)


def test_429_with_and_without_retry_after(gratavid: GratavidAccount) -> None:
    gratavid.fault("status", status=429, retry_after=7, body={"message": "Slow down"})
    answer = create_task(gratavid)
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()) == (429, "7", {"message": "Slow down"})
    gratavid.fault("status", status=429)
    assert "Retry-After" not in create_task(gratavid).headers
    assert gratavid.tasks() == []


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(("effect", "left"), [("none", 0), ("now", 1)])
def test_500_with_or_without_the_effect(gratavid: GratavidAccount, effect: str, left: int) -> None:
    gratavid.fault("status", status=500, effect=effect, method="PUT", path=ENDPOINT)
    assert send_note(gratavid).status_code == 500
    assert len(gratavid.sends()) == left


@pytest.mark.parametrize(("mode", "left"), [("reset_before", 0), ("reset_after", 1)])
def test_a_connection_cut_before_or_after_the_effect(gratavid: GratavidAccount, mode: str, left: int) -> None:
    gratavid.fault(mode, method="PUT")
    with pytest.raises(httpx.TransportError):
        send_note(gratavid)
    assert len(gratavid.sends(ADA["email"])) == left
    send_note(gratavid)
    assert len(gratavid.sends(ADA["email"])) == left + 1
    assert [entry["status"] for entry in gratavid.journal("PUT")] == [0, 200]


def test_a_slow_answer_whose_note_was_sent_at_once(gratavid: GratavidAccount) -> None:
    gratavid.fault("slow", seconds=0.3, method="PUT")
    send_hurriedly(gratavid)
    assert len(gratavid.sends()) == 1


def test_a_slow_answer_whose_note_is_sent_late(gratavid: GratavidAccount) -> None:
    gratavid.fault("slow", seconds=0.5, effect="late", method="PUT")
    send_hurriedly(gratavid)
    assert gratavid.sends() == []
    until(lambda: len(gratavid.sends()) == 1)


def test_an_answer_that_cannot_be_read(gratavid: GratavidAccount) -> None:
    for mode in ("truncated", "html", "invalid_json"):
        gratavid.fault(mode, effect="now")
    with pytest.raises(httpx.RemoteProtocolError):
        create_task(gratavid)
    page, half = create_task(gratavid), create_task(gratavid)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
    with pytest.raises(ValueError, match=r"."):
        half.json()
    assert len(gratavid.tasks()) == 3


def test_rules_go_by_verb_and_path(gratavid: GratavidAccount) -> None:
    gratavid.fault("status", method="PUT", path=ENDPOINT, count=None)
    assert (send_note(gratavid).status_code, create_task(gratavid).status_code) == (500, 200)
    gratavid.fault("status", status=503, path="/api/manageIntegrations", after=1)
    assert [choices(gratavid, "getNotes").status_code for _ in range(3)] == [200, 503, 200]
    gratavid.clear_faults()
    assert send_note(gratavid).status_code == 200


def test_a_notification_may_come_before_the_answer(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(send_note_fires_task_sent=True)
    hooked.fault("slow", seconds=0.8, method="PUT")
    send_hurriedly(hooked)
    hooked.notifications()
    unanswered = [entry["status"] for entry in hooked.journal("PUT")]
    assert ([taken.path for taken in listener.taken], unanswered) == (["/hooks/taskSent"], [0])
