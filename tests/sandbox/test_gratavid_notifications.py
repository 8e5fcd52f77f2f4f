"""What subscribers are told: nine texts, no event, no id, no time, no signature."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from local.sandbox.gratavid import GratavidAccount
from tests.sandbox.gratavid_fixtures import ADA, Listener, create_task, send_note, sent
from tests.sandbox.gratavid_fixtures import gratavid as gratavid
from tests.sandbox.gratavid_fixtures import gratavid_server as gratavid_server
from tests.sandbox.gratavid_fixtures import hooked as hooked
from tests.sandbox.gratavid_fixtures import listener as listener
from tests.sandbox.gratavid_fixtures import listening as listening

FIELDS = [
    "noteTitle",
    "noteURL",
    "contact_customUserId",
    "contact_customAccountId",
    "contact_email",
    "contact_firstName",
    "contact_lastName",
    "replyText",
    "replyVideoSrc",
]


def paths(listener: Listener) -> list[str]:
    return [taken.path.removeprefix("/hooks/") for taken in listener.taken]


def watched(account: GratavidAccount, listener: Listener) -> Any:
    """The body told of a fresh send that was watched."""
    account.watch(sent(account))
    account.notifications()
    return listener.taken[-1].body


def test_a_reply_in_the_words_of_the_connector(hooked: GratavidAccount, listener: Listener) -> None:
    send = sent(hooked)
    hooked.reply(send, text="So kind! 💐", video="https://video.example.org/1.mp4")
    hooked.notifications()
    taken = listener.taken[0]
    assert taken.headers["content-type"] == "application/json"
    assert list(taken.body) == FIELDS
    assert taken.body == {
        "noteTitle": "Thank you",
        "noteURL": hooked.sends()[0]["url"],
        "contact_customUserId": "1001",
        "contact_customAccountId": "",
        "contact_email": "ada@example.org",
        "contact_firstName": "Ada",
        "contact_lastName": "Lane",
        "replyText": "So kind! 💐",
        "replyVideoSrc": "https://video.example.org/1.mp4",
    }


def test_each_event_goes_to_its_own_address(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.send_task(create_task(hooked).json()["taskId"], "For Ada")
    send = sent(hooked)
    hooked.watch(send)
    hooked.reply(send, text="Thanks")
    hooked.unsubscribe(ADA["email"])
    hooked.stop_text(ADA["email"])
    rows = hooked.notifications()
    assert paths(listener) == ["taskSent", "noteWatched", "reply", "unsubscribe", "stopText"]
    assert [(row["event"], row["state"], row["attempts"]) for row in rows] == [
        (path, "delivered", [200]) for path in paths(listener)
    ]
    assert listener.taken[0].body["noteTitle"] == "For Ada"


def test_nothing_tells_one_notification_from_another(hooked: GratavidAccount, listener: Listener) -> None:
    first, second = sent(hooked), sent(hooked)
    task = create_task(hooked).json()["taskId"]
    for send in (first, second, first):
        hooked.watch(send)
    hooked.advance(60)
    hooked.reply(first)
    hooked.notifications()
    assert (len(listener.taken), len({taken.raw for taken in listener.taken})) == (4, 1)
    told = listener.taken[0].raw.decode()
    assert not any(word in told for word in (first, second, task, "noteWatched", '"reply"'))
    own = set(listener.taken[0].headers) - {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert own == {"content-type", "content-length"}


def test_a_sent_note_fires_task_sent_only_by_option(hooked: GratavidAccount, listener: Listener) -> None:
    send_note(hooked)
    hooked.notifications()
    assert listener.taken == []
    hooked.set_options(send_note_fires_task_sent=True)
    send_note(hooked)
    hooked.notifications()
    assert paths(listener) == ["taskSent"]


def test_a_send_that_is_late_is_told_late(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.freeze()
    hooked.set_options(send_delay=60)
    hooked.send_task(create_task(hooked).json()["taskId"])
    assert (hooked.notifications(), listener.taken) == ([], [])
    hooked.advance(60)
    hooked.notifications()
    assert paths(listener) == ["taskSent"]


def test_a_send_that_is_skipped_is_not_told(hooked: GratavidAccount, listener: Listener) -> None:
    task = create_task(hooked).json()["taskId"]
    hooked.unsubscribe(ADA["email"])
    send = hooked.send_task(task)
    hooked.notifications()
    assert (send["state"], paths(listener)) == ("skipped", ["unsubscribe"])


def test_only_a_whole_watch_is_told(hooked: GratavidAccount, listener: Listener) -> None:
    send = sent(hooked)
    assert hooked.watch(send, percent=99) == []
    assert (hooked.notifications(), hooked.sends()[0]["watched"]) == ([], 0)
    hooked.watch(send)
    hooked.watch(send)
    hooked.notifications()
    assert paths(listener) == ["noteWatched"] * 2
    hooked.set_options(watched_again="once")
    assert hooked.watch(send) == []


def test_what_was_sent_before_the_subscription(gratavid: GratavidAccount, listener: Listener) -> None:
    gratavid.freeze()
    early = sent(gratavid)
    gratavid.advance(1)
    gratavid.subscribe("noteWatched", listener.url("noteWatched"))
    late = sent(gratavid)
    assert (len(gratavid.watch(early)), len(gratavid.watch(late))) == (0, 1)
    gratavid.set_options(sent_before_subscription="notifies")
    assert len(gratavid.watch(early)) == 1


def test_the_contact_is_told_as_it_is_now(hooked: GratavidAccount, listener: Listener) -> None:
    send = sent(hooked, customUserId="")
    hooked.watch(send)
    hooked.edit_contact(ADA["email"], customUserId="1001", email="ada.lane@example.org")
    hooked.watch(send)
    hooked.notifications()
    told = [(taken.body["contact_customUserId"], taken.body["contact_email"]) for taken in listener.taken]
    assert told == [("", "ada@example.org"), ("1001", "ada.lane@example.org")]


def test_consent_is_taken_back(hooked: GratavidAccount, listener: Listener) -> None:
    create_task(hooked, textOptIn="true", cellNumber="+15055550100")
    hooked.unsubscribe(ADA["email"])
    send_note(hooked)
    hooked.set_options(unsubscribed_contact="sent")
    send_note(hooked)
    hooked.stop_text(ADA["email"])
    hooked.set_options(consent_names_note=False)
    hooked.stop_text(ADA["email"])
    hooked.notifications()
    assert [taken.body["noteTitle"] for taken in listener.taken] == ["", "Thank you", ""]
    assert {taken.body["contact_email"] for taken in listener.taken} == {ADA["email"]}
    contact = hooked.contacts()[0]
    assert (contact["unsubscribed"], contact["stopped"], contact["textOptIn"]) == (True, True, False)


@pytest.mark.parametrize(("policy", "told"), [("empty", ""), ("null", None)])
def test_fields_without_a_value(hooked: GratavidAccount, listener: Listener, policy: str, told: str | None) -> None:
    hooked.set_options(empty_fields=policy)
    body = watched(hooked, listener)
    assert list(body) == FIELDS
    assert (body["replyText"], body["contact_customAccountId"]) == (told, told)


def test_fields_left_out_and_fields_added(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(empty_fields="omitted", extra_fields={"replyId": 7})
    body = watched(hooked, listener)
    assert {"replyText", "replyVideoSrc", "contact_customAccountId"}.isdisjoint(body)
    assert body["replyId"] == 7


def test_bodies_that_are_not_sent_as_json(hooked: GratavidAccount, listener: Listener) -> None:
    hooked.set_options(encoding="json_as_text")
    assert watched(hooked, listener)["contact_firstName"] == "Ada"
    hooked.set_options(encoding="form", empty_fields="null")
    hooked.watch(sent(hooked))
    hooked.notifications()
    kinds = [taken.headers["content-type"] for taken in listener.taken]
    assert kinds == ["text/plain; charset=utf-8", "application/x-www-form-urlencoded"]
    form = dict(parse_qsl(listener.taken[1].raw.decode(), keep_blank_values=True))
    assert (list(form), form["contact_firstName"], form["replyText"]) == (FIELDS, "Ada", "")


def test_any_body_can_be_posted_by_hand(gratavid: GratavidAccount, listener: Listener) -> None:
    number = gratavid.subscribe("reply", listener.url("reply"))
    for body in ("{", "[]", "", json.dumps({"replyText": "x" * 300_000})):
        gratavid.post(number, body)
    assert [row["state"] for row in gratavid.notifications()] == ["delivered"] * 4
    assert sorted(len(taken.raw) for taken in listener.taken) == [0, 1, 2, 300_017]
