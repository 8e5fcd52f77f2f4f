"""An unsigned webhook of Kindful names an event; what that was is read from the vendor's own answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.connectors.kindful.webhook import notices, told
from giftbridge.connectors.notice import Notice
from giftbridge.errors import NotFound, Reject, Retry

EVENT = "8d1f7ffea6ea3e36b5"
GIFT = {"id": 17948512, "amount_in_cents": 50000, "transaction_type": {"code": "check"}, "sync_version": 1}


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "type": "person.transaction.update", "id": EVENT, "data": {"object": {**GIFT, "external_id": "4000"}}, **changes
    }  # fmt: skip


def test_only_the_events_id_counts_of_what_arrives() -> None:
    body = json.dumps(answer()).encode()
    assert notices(body, {}) == [Notice(EVENT, "event.unverified", EVENT)]
    assert notices(json.dumps({"id": EVENT}).encode(), {}) == notices(body, {})


@pytest.mark.parametrize("event", [None, 7, True, "", "a b", "a/b", "../x", "x" * 65, ["x"]])
def test_an_id_that_could_be_none_is_refused(event: Any) -> None:
    with pytest.raises(Reject):
        notices(json.dumps({"id": event}).encode(), {})


@given(body=st.binary(max_size=100))
def test_nothing_that_arrives_is_a_crash(body: bytes) -> None:
    with pytest.raises(Reject):
        notices(body, {})


def test_a_gift_is_told_by_the_id_that_is_ours_else_by_its_own() -> None:
    assert told(EVENT, answer()) == [Notice(f"{EVENT}:4000:1", "crm.gift.changed", "4000")]
    nobodys = answer(data={"object": {**GIFT, "external_id": None}})
    assert told(EVENT, nobodys) == [Notice(f"{EVENT}:k17948512:1", "crm.gift.changed", "k17948512")]


@pytest.mark.parametrize("subject", [{"id": 1, "report": "x"}, None, [], {"id": 1, "amount_in_cents": 5}])
def test_other_events_give_none(subject: Any) -> None:
    assert told(EVENT, answer(data={"object": subject})) == []


def test_an_answer_about_another_event_counts_for_nothing() -> None:
    with pytest.raises(NotFound):
        told(EVENT, answer(id="another"))


@pytest.mark.parametrize("garbled", [None, [], "x", {"id": EVENT}, {"id": EVENT, "data": 7}])
def test_an_answer_that_breaks_off_is_asked_for_again(garbled: Any) -> None:
    with pytest.raises(Retry):
        told(EVENT, garbled)
