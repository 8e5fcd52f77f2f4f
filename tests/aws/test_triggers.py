"""Triggers that were lost: looked at, delivered, given up."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from giftbridge.aws.triggers import UNKNOWN, Triggers
from giftbridge.errors import Conflict
from giftbridge.settings import Settings
from tests.aws.test_services import VALUES
from tests.started import Functions

TICK = {"detail-type": "tick"}
RECONCILED = {
    "detail-type": "event.reconciled", "detail": {"platform": "handbid", "organisation": "42", "event_id": "7"},
}  # fmt: skip


@pytest.fixture
def triggers() -> Iterator[Triggers]:
    """A queue of its own."""
    with mock_aws():
        sqs: Any = boto3.client("sqs", region_name="us-east-1")
        url = sqs.create_queue(QueueName="trigger-dlq")["QueueUrl"]
        settings = Settings.from_environment({**VALUES, "TRIGGER_DLQ_URL": url, "STACK_NAME": "giftbridge-test"})
        yield Triggers(sqs, Functions(), settings)  # type: ignore[arg-type]


def lose(triggers: Triggers, *bodies: object) -> None:
    """Put some where those go that were lost."""
    for body in bodies:
        text = body if isinstance(body, str) else json.dumps(body)
        triggers.queue.send_message(QueueUrl=triggers.settings.trigger_dlq_url, MessageBody=text)


def test_lost_ones_are_counted_and_looked_at_and_stay(triggers: Triggers) -> None:
    assert (triggers.count(), triggers.look()) == (0, [])
    lose(triggers, TICK, RECONCILED)
    for _ in range(2):
        found = triggers.look()
        assert [(one.kind, one.about) for one in found] == [("tick", ""), ("event.reconciled", "handbid:42:7")]
    assert triggers.count() == 2
    assert abs(found[0].lost_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert "handbid" not in repr(found[1]), "what it holds is not told by accident"


def test_no_more_are_read_than_are_asked_for(triggers: Triggers) -> None:
    lose(triggers, *[TICK] * 25)
    assert len(triggers.look(11)) == 20, "as SQS hands them out"
    assert len(triggers.look()) == 25


def test_those_that_are_taken_are_hidden_until_they_are_let_go(triggers: Triggers) -> None:
    lose(triggers, TICK, RECONCILED)
    first, second = triggers.take(60)
    assert triggers.take(60) == []
    triggers.let_go([second])
    assert [one.id for one in triggers.look()] == [second.id]
    triggers.forget(first)
    triggers.let_go([second])
    assert triggers.count() == 1


@pytest.mark.parametrize(
    "body", [RECONCILED, {"version": "1.0", "requestPayload": RECONCILED, "responseContext": {"statusCode": 200}}]
)
def test_F60_one_is_handed_to_its_function_as_it_was_sent_at_first(triggers: Triggers, body: object) -> None:
    lose(triggers, body)
    (one,) = triggers.take(60)
    triggers.deliver(one)
    (call,) = triggers.functions.calls  # type: ignore[attr-defined]
    assert call["FunctionName"] == "giftbridge-test-transaction_push"
    assert call["InvocationType"] == "Event", "tried again by Lambda, and back in the queue if that fails"
    assert json.loads(call["Payload"]) == RECONCILED
    assert triggers.count() == 0


@pytest.mark.parametrize("body", ["no JSON", "[1]", "null", {}, {"detail-type": "other"}, {"requestPayload": None}])
def test_what_is_no_trigger_of_ours_is_shown_and_never_delivered(triggers: Triggers, body: object) -> None:
    lose(triggers, body)
    (one,) = triggers.take(60)
    assert one.kind == UNKNOWN
    with pytest.raises(Conflict, match="Discard it"):
        triggers.deliver(one)
    assert triggers.functions.calls == []  # type: ignore[attr-defined]
    triggers.let_go([one])
    assert triggers.count() == 1


@pytest.mark.parametrize("detail", [None, "text", [], {"event_id": None}])
def test_a_detail_that_names_nothing_is_about_nothing(triggers: Triggers, detail: object) -> None:
    lose(triggers, {"detail-type": "tick", "detail": detail})
    (one,) = triggers.look()
    assert (one.kind, one.about) == ("tick", "")


def test_the_function_is_known_before_the_letter_is_gone(triggers: Triggers) -> None:
    lose(triggers, TICK)
    (one,) = triggers.take(60)

    def refuse(**_: Any) -> None:
        raise ConnectionError

    triggers.functions.invoke = refuse  # type: ignore[assignment,method-assign]
    with pytest.raises(ConnectionError):
        triggers.deliver(one)
    triggers.let_go([one])
    assert triggers.count() == 1


def test_F64_a_daily_export_is_delivered_for_the_day_that_it_meant_whenever_that_is(triggers: Triggers) -> None:
    lose(triggers, {"detail-type": "daily-export"}, {"detail-type": "daily-export", "detail": {"day": "2025-12-31"}})
    found = triggers.take(60)
    yesterday = (found[0].lost_at.date() - timedelta(days=1)).isoformat()
    assert sorted(one.about for one in found) == sorted([yesterday, "2025-12-31"])
    for one in found:
        triggers.deliver(one)
    days = [json.loads(call["Payload"])["detail"]["day"] for call in triggers.functions.calls]  # type: ignore[attr-defined]
    assert sorted(days) == sorted([yesterday, "2025-12-31"])
