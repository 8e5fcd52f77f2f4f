"""sendNote, and the lists of users and notes."""

from __future__ import annotations

import httpx
import pytest

from local.sandbox.gratavid import GratavidAccount
from tests.sandbox.gratavid_fixtures import ADA, ENDPOINT, choices, create_task, send_note
from tests.sandbox.gratavid_fixtures import gratavid as gratavid
from tests.sandbox.gratavid_fixtures import gratavid_server as gratavid_server

CONSENT = {"cellNumber": "+15055550100", "textOptIn": "true"}


def test_a_note_is_sent_to_a_contact(gratavid: GratavidAccount) -> None:
    answer = send_note(gratavid).json()
    assert sorted(answer) == ["gvSendId", "message", "noteId", "viewInGratavidLink"]
    assert all(isinstance(text, str) and text for text in answer.values())
    send, contact = gratavid.sends()[0], gratavid.contacts()[0]
    assert (send["id"], send["note"], send["state"]) == (answer["gvSendId"], gratavid.note(), "sent")
    assert answer["noteId"] == gratavid.note()
    assert contact == contact | ADA


def test_every_put_sends_once_more(gratavid: GratavidAccount) -> None:
    ids = {send_note(gratavid).json()["gvSendId"] for _ in range(3)}
    assert (len(ids), len(gratavid.sends(ADA["email"])), len(gratavid.contacts())) == (3, 3, 1)


def test_note_and_email_are_needed(gratavid: GratavidAccount) -> None:
    query = {"event": "sendNote"}
    bodies = [{"email": ADA["email"]}, {"noteId": gratavid.note()}, {}]
    assert {gratavid.api.put(ENDPOINT, params=query, json=body).status_code for body in bodies} == {400}
    assert {send_note(gratavid, email="ada at example").status_code, send_note(gratavid, noteId=1).status_code} == {400}
    assert {send_note(gratavid, comments="x").status_code, send_note(gratavid, assignedTo="x").status_code} == {400}
    assert gratavid.sends() == []


def test_users_and_notes_to_choose_from(gratavid: GratavidAccount) -> None:
    users, notes = choices(gratavid, "getUsers").json(), choices(gratavid, "getNotes").json()
    assert (users["status"], notes["status"]) == ("success", "success")
    assert [row["label"] for row in users["data"]] == ["Avery Admin", "Robin Video"]
    assert [row["id"] for row in notes["data"]] == [gratavid.note("Thank you"), gratavid.note("Happy anniversary")]
    for row in users["data"] + notes["data"]:
        assert sorted(row) == ["id", "label", "sample", "value"]
        assert all(isinstance(text, str) for text in row.values())
    gratavid.set_options(status_word="ok")
    assert choices(gratavid, "getUsers").json()["status"] == "ok"


def test_staff_change_the_lists(gratavid: GratavidAccount) -> None:
    fresh = gratavid.staff("add_note", title="Welcome")["id"]
    gratavid.staff("archive_note", note=gratavid.note("Thank you"))
    gratavid.staff("remove_user", user=gratavid.user("Robin Video"))
    gratavid.staff("add_user", title="Sam Studio")
    assert [row["label"] for row in choices(gratavid, "getNotes").json()["data"]] == ["Happy anniversary", "Welcome"]
    assert [row["label"] for row in choices(gratavid, "getUsers").json()["data"]] == ["Avery Admin", "Sam Studio"]
    assert send_note(gratavid, noteId=fresh).status_code == 200


def test_a_note_nobody_knows(gratavid: GratavidAccount) -> None:
    archived = gratavid.note("Happy anniversary")
    gratavid.staff("archive_note", note=archived)
    assert {send_note(gratavid, noteId=note).status_code for note in ("nothing", archived, "Thank you")} == {400}
    gratavid.set_options(unknown_reference="ignore")
    answer = send_note(gratavid, noteId=archived)
    assert answer.status_code == 200
    assert answer.json()["gvSendId"]
    assert gratavid.sends() == []


@pytest.mark.parametrize(
    ("policy", "status", "states"), [("skipped", 200, ["skipped"]), ("sent", 200, ["sent"]), ("refused", 400, [])]
)
def test_a_note_to_somebody_who_unsubscribed(
    gratavid: GratavidAccount, policy: str, status: int, states: list[str]
) -> None:
    create_task(gratavid)
    gratavid.unsubscribe(ADA["email"])
    gratavid.set_options(unsubscribed_contact=policy)
    answer = send_note(gratavid)
    assert (answer.status_code, "gvSendId" in answer.json()) == (status, status == 200)
    assert [send["state"] for send in gratavid.sends()] == states
    if policy == "refused":
        with pytest.raises(httpx.HTTPStatusError, match="422"):
            gratavid.send_note(gratavid.note(), ADA["email"])


def test_texts_go_to_those_who_opted_in(gratavid: GratavidAccount) -> None:
    send_note(gratavid, email="a@example.org", **CONSENT)
    send_note(gratavid, email="b@example.org", textOptIn="false", cellNumber="+15055550100")
    send_note(gratavid, email="c@example.org", textOptIn="true")
    gratavid.stop_text("a@example.org")
    gratavid.send_note(gratavid.note(), "a@example.org")
    channels = [send["channels"] for send in gratavid.sends()]
    assert channels == [["email", "text"], ["email"], ["email"], ["email"]]


def test_a_note_is_taken_now_and_sent_late(gratavid: GratavidAccount) -> None:
    gratavid.freeze()
    gratavid.set_options(send_delay=3600)
    send = send_note(gratavid).json()["gvSendId"]
    assert gratavid.sends()[0]["state"] == "queued"
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        gratavid.watch(send)
    gratavid.advance(3600)
    assert gratavid.sends()[0]["state"] == "sent"


@pytest.mark.parametrize(("policy", "urls"), [("per_note", 1), ("per_send", 2)])
def test_two_sends_of_a_note_may_share_their_url(gratavid: GratavidAccount, policy: str, urls: int) -> None:
    gratavid.set_options(note_url=policy)
    send_note(gratavid)
    send_note(gratavid)
    assert len({send["url"] for send in gratavid.sends()}) == urls
