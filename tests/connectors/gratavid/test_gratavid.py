"""Gratavid's oddities: refusals nobody documents, keys in URLs, answers without ids, notifications without names."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from giftbridge.connectors.base import Done
from giftbridge.connectors.thanks import Engagement, Thanked, ThanksWrite
from giftbridge.errors import Disconnected, GiftbridgeError, Reject, Retry
from tests.connectors.contract import THANKED, Bench
from tests.connectors.gratavid.case import CASE

TASK = ThanksWrite(THANKED, "Thank Ada: $25", "u_77")


def bench(*troubles: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Bench:
    return Bench("gratavid", CASE, troubles=dict(enumerate(troubles)), settings=settings)


def answering(status: int = 200, body: Any = None, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, json=body, headers=headers)


def sent(write: ThanksWrite, **settings: Any) -> dict[str, str]:
    one = bench(**settings)
    assert one.connector.create_task(write) == Done("t_1")
    found: dict[str, str] = json.loads(one.sent[0].content)
    return found


def test_a_task_as_the_vendor_wants_it() -> None:
    one = bench()
    assert one.connector.create_task(TASK) == Done("t_1")
    (request,) = one.sent
    assert dict(request.url.params) == {
        "apiKey": "gv-made-up-key-1f6e", "source": "microsoftPowerAutomate", "event": "createTask",
    }  # fmt: skip
    assert json.loads(request.content) == {
        "email": "ada.lane@example.org", "firstName": "Ada", "lastName": "Lane", "customUserId": "1219",
        "cellNumber": "(202) 555-0143", "comments": "Thank Ada: $25", "assignedTo": "u_77",
    }  # fmt: skip


def test_a_note_names_no_gift() -> None:
    one = bench()
    assert one.connector.send_note(ThanksWrite(THANKED, note="n_5")) == Done("s_9")
    (request,) = one.sent
    assert request.method == "PUT"
    assert json.loads(request.content)["noteId"] == "n_5"
    assert "comments" not in json.loads(request.content)


def test_blanks_are_never_sent() -> None:
    assert sent(ThanksWrite(Thanked("ada@example.org"), "Thank her")) == {
        "email": "ada@example.org", "comments": "Thank her",
    }  # fmt: skip


def test_settings_say_what_is_not_documented() -> None:
    may, must_not = (
        ThanksWrite(Thanked("a@example.org"), "x"),
        ThanksWrite(Thanked("a@example.org", may_text=False), "x"),
    )
    assert "textOptIn" not in sent(may)
    assert sent(must_not)["textOptIn"] == "false"
    assert sent(may, text_opt_in="yes")["textOptIn"] == "yes"
    assert "textOptIn" not in sent(must_not, text_opt_out="")
    assert sent(ThanksWrite(THANKED, "x" * 30), comments_length=10)["comments"] == "x" * 9 + "…"
    one = bench(source="giftbridge")
    one.connector.identify()
    assert one.sent[0].url.params["source"] == "giftbridge"


def test_who_connects_names_the_organisation() -> None:
    identity = bench().connector.identify()
    assert (identity.database, identity.name) == ("org_1", "Gratavid organisation org_1")


REFUSALS = [
    answering(400, {"message": "Invalid API key"}), answering(403), answering(404), answering(400),
    answering(200, {"message": "Invalid API key"}), answering(200, {"status": "error", "message": "No"}),
    answering(200, {"error": "No"}),
]  # fmt: skip


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_key_that_is_refused_in_any_way_disconnects(refusal: Callable[[httpx.Request], httpx.Response]) -> None:
    for ask in ("identify", "thanks_choices"):
        with pytest.raises(Disconnected):
            getattr(bench(refusal).connector, ask)()
    with pytest.raises(Disconnected):
        bench(refusal, refusal).connector.create_task(TASK)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refused_record_with_a_good_key_is_answered(refusal: Callable[[httpx.Request], httpx.Response]) -> None:
    one = bench(refusal)
    answer = one.connector.create_task(TASK)
    assert isinstance(answer, GiftbridgeError)
    assert "Invalid" not in str(answer)
    assert [request.url.params["event"] for request in one.sent] == ["createTask", "getUsers"]


@pytest.mark.parametrize("body", [{"message": "Task created"}, {"taskId": ""}, {"taskId": None}, {"taskId": {"a": 1}}])
def test_an_answer_without_an_id_leaves_doubt(body: Any) -> None:
    with pytest.raises(Retry) as doubtful:
        bench(answering(200, body)).connector.create_task(TASK)
    assert doubtful.value.doubt


def test_choices_of_any_shape() -> None:
    found = bench().connector.thanks_choices()
    assert found.users == {"u_77": "Avery Admin", "78": "78"}
    assert found.notes == {"n_5": "Thank you"}


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (answering(200, {"webhookSubscribeId": 7}), "7"),
        (answering(201, {"id": "8"}), "8"),
        (answering(200, {"status": "success", "data": {"id": 9}}), "9"),
        (answering(200, {}, location="https://api.gratavid.com/x?webhookSubscribeId=10&source=y"), "10"),
        (answering(200, {"id": "https://elsewhere"}), ""),
        (answering(200, []), ""),
        (lambda _: httpx.Response(200), ""),
        (lambda _: httpx.Response(200, text="OK"), ""),
    ],
)
def test_a_subscription_has_its_number_wherever_it_stands(
    answer: Callable[[httpx.Request], httpx.Response], number: str
) -> None:
    one = bench(answer)
    assert one.connector.register("https://us.invalid/hooks/abc", "", "", "reply") == number
    (request,) = one.sent
    assert request.method == "POST"
    assert request.url.params["webookHookEvent"] == "reply"
    assert json.loads(request.content) == {"webhookURL": "https://us.invalid/hooks/abc"}


@pytest.mark.parametrize(("number", "named"), [("7", {"webhookSubscribeId": "7"}), ("", {})])
def test_unsubscribing(number: str, named: dict[str, str]) -> None:
    one = bench(lambda _: httpx.Response(200, text="OK"))
    one.connector.unregister(number, "reply")
    params = dict(one.sent[0].url.params)
    assert (one.sent[0].method, params.pop("webookHookEvent"), params.pop("event")) == (
        "DELETE", "reply", "webhookUnsubscribe",
    )  # fmt: skip
    assert {name: text for name, text in params.items() if name not in ("apiKey", "source")} == named


@pytest.mark.parametrize(
    ("known", "answered", "ended"), [("7", {"id": 8}, ["7"]), ("7", {"id": 7}, []), ("7", {}, []), ("", {"id": 8}, [])]
)
def test_one_that_stood_is_ended_after_the_new_one_is_made(
    known: str, answered: dict[str, int], ended: list[str]
) -> None:
    one = bench(answering(200, answered))
    one.connector.register("https://us.invalid/hooks/abc", "", known, "reply")
    assert [request.method for request in one.sent] == ["POST", *("DELETE" for _ in ended)]
    assert [request.url.params["webhookSubscribeId"] for request in one.sent[1:]] == ended


def test_a_subscription_that_is_gone_is_no_trouble() -> None:
    bench(answering(400)).connector.unregister("7", "reply")
    with pytest.raises(Disconnected):
        bench(answering(401)).connector.unregister("7", "reply")
    with pytest.raises(Reject):
        bench(answering(400)).connector.register("https://us.invalid", "", "", "reply")


TOLD = Engagement("reply", "1219", "ada@example.org", "Thank you", "https://v/1", "So kind & good", "")


@pytest.mark.parametrize(
    "body",
    [
        (
            b'{"contact_customUserId": 1219, "contact_email": " ada@example.org", "noteTitle": "Thank you",'
            b' "noteURL": "https://v/1", "replyText": "So kind & good", "replyVideoSrc": null, "new": {}}'
        ),
        (
            b"contact_customUserId=1219&contact_email=ada%40example.org&noteTitle=Thank+you&noteURL=https%3A%2F%2Fv%2F1"
            b"&replyText=So+kind+%26+good&replyVideoSrc="
        ),
    ],
)
def test_a_notification_in_any_encoding(body: bytes) -> None:
    assert bench().connector.engagement("reply", body) == TOLD
