"""webhookSubscribe and webhookUnsubscribe: one address per event, and answers nobody documented."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.sandbox.gratavid import GratavidAccount
from tests.sandbox.gratavid_fixtures import EVENTS, MANAGE, Listener, sent, subscribe, unsubscribe
from tests.sandbox.gratavid_fixtures import gratavid as gratavid
from tests.sandbox.gratavid_fixtures import gratavid_server as gratavid_server
from tests.sandbox.gratavid_fixtures import listener as listener
from tests.sandbox.gratavid_fixtures import listening as listening

URL = "https://hooks.example.org/secret"


def urls(account: GratavidAccount) -> list[tuple[str, str]]:
    return [(row["event"], row["url"]) for row in account.subscriptions()]


def test_each_event_has_its_subscription(gratavid: GratavidAccount) -> None:
    answers = [subscribe(gratavid, event, f"{URL}/{event}") for event in EVENTS]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"")}
    assert urls(gratavid) == [(event, f"{URL}/{event}") for event in EVENTS]


@pytest.mark.parametrize("event", ["", "noteOpened", "TaskSent", "reply,noteWatched"])
def test_an_event_nobody_knows(gratavid: GratavidAccount, event: str) -> None:
    assert subscribe(gratavid, event, URL).status_code == 400
    assert gratavid.subscriptions() == []


@pytest.mark.parametrize("name", ["webhookEvent", "webhookHookEvent", "webookhookevent"])
@pytest.mark.parametrize("unknown", ["refuse", "ignore"])
def test_the_parameter_is_taken_only_as_it_is_misspelt(gratavid: GratavidAccount, name: str, unknown: str) -> None:
    gratavid.set_options(unknown_query=unknown)
    query = {"event": "webhookSubscribe", name: "reply"}
    assert gratavid.api.post(MANAGE, params=query, json={"webhookURL": URL}).status_code == 400
    assert gratavid.subscriptions() == []


@pytest.mark.parametrize("body", [{}, {"webhookURL": ""}, {"webhookUrl": URL}, {"webhookURL": "hooks"}])
def test_an_address_is_needed(gratavid: GratavidAccount, body: dict[str, Any]) -> None:
    gratavid.set_options(unknown_fields="ignore")
    query = {"event": "webhookSubscribe", "webookHookEvent": "reply"}
    assert gratavid.api.post(MANAGE, params=query, json=body).status_code == 400


@pytest.mark.parametrize(
    ("answer", "body"), [("empty", ""), ("object", "{}"), ("text", "OK")], ids=["empty", "object", "text"]
)
def test_answers_that_say_nothing(gratavid: GratavidAccount, answer: str, body: str) -> None:
    gratavid.set_options(webhook_answer=answer, subscribe_status=201)
    made = subscribe(gratavid, "reply", URL)
    assert (made.status_code, made.text, "location" in made.headers) == (201, body, False)
    number = gratavid.subscriptions()[0]["id"]
    ended = unsubscribe(gratavid, webhookSubscribeId=number, webookHookEvent="reply")
    assert (ended.status_code, ended.text, gratavid.subscriptions()) == (200, body, [])


@pytest.mark.parametrize("place", ["webhookSubscribeId", "id", "data"])
def test_where_a_subscriber_may_find_its_number(gratavid: GratavidAccount, place: str) -> None:
    gratavid.set_options(subscription_id=place)
    answer = subscribe(gratavid, "reply", URL).json()
    number = answer["data"]["id"] if place == "data" else answer[place]
    assert isinstance(number, int)
    assert unsubscribe(gratavid, webhookSubscribeId=number).status_code == 200
    assert gratavid.subscriptions() == []


def test_the_number_may_be_in_the_location(gratavid: GratavidAccount) -> None:
    gratavid.set_options(subscription_id="location")
    subscribe(gratavid, "reply", URL)
    location = httpx.URL(subscribe(gratavid, "noteWatched", URL).headers["Location"])
    assert "apiKey" not in location.params
    assert location.params["webookHookEvent"] == "noteWatched"
    ended = httpx.delete(location.copy_merge_params({"apiKey": gratavid.api_key}))
    assert ended.status_code == 200
    assert urls(gratavid) == [("reply", URL)]


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        ("adds", ["first", "first", "second"]),
        ("keeps", ["first", "second"]),
        ("replaces", ["second"]),
    ],
)
def test_subscribing_again(gratavid: GratavidAccount, listener: Listener, policy: str, left: list[str]) -> None:
    gratavid.set_options(resubscribe=policy)
    for secret in ("first", "first", "second"):
        subscribe(gratavid, "noteWatched", listener.url(secret))
    gratavid.watch(sent(gratavid))
    gratavid.notifications()
    assert [taken.path for taken in listener.taken] == [f"/hooks/{secret}" for secret in left]


@pytest.mark.parametrize(("policy", "status", "left"), [("nothing", 200, 2), ("event", 200, 1), ("refuse", 400, 2)])
def test_unsubscribing_without_a_number(gratavid: GratavidAccount, policy: str, status: int, left: int) -> None:
    gratavid.set_options(unsubscribe_without_id=policy)
    subscribe(gratavid, "reply", URL)
    subscribe(gratavid, "noteWatched", URL)
    assert unsubscribe(gratavid, webookHookEvent="reply").status_code == status
    assert len(gratavid.subscriptions()) == left
    assert unsubscribe(gratavid).status_code == status
    assert len(gratavid.subscriptions()) == left


@pytest.mark.parametrize(("policy", "status"), [("ok", 200), ("refuse", 400)])
def test_unsubscribing_what_is_not_there(gratavid: GratavidAccount, policy: str, status: int) -> None:
    gratavid.set_options(unsubscribe_unknown=policy)
    subscribe(gratavid, "reply", URL)
    number = gratavid.subscriptions()[0]["id"]
    assert unsubscribe(gratavid, webhookSubscribeId=number + 1).status_code == status
    assert unsubscribe(gratavid, webhookSubscribeId=number, webookHookEvent="taskSent").status_code == status
    assert unsubscribe(gratavid, webhookSubscribeId="one").status_code == 400
    assert len(gratavid.subscriptions()) == 1


def test_a_new_subscription_may_be_tried_out_at_once(gratavid: GratavidAccount, listener: Listener) -> None:
    gratavid.set_options(test_notification=True)
    subscribe(gratavid, "reply", listener.url("reply"))
    gratavid.notifications()
    body = listener.taken[0].body
    assert body["contact_email"] == "sample.donor@example.org"
    assert gratavid.contacts() == []


def test_a_subscription_made_by_hand(gratavid: GratavidAccount) -> None:
    number = gratavid.subscribe("reply", URL)
    assert gratavid.subscriptions()[0]["id"] == number
    gratavid.drop_subscriptions()
    assert gratavid.subscriptions() == []
