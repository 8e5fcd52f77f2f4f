"""Webhooks: posted one by one in order until they are taken, unsigned, and verified by asking back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sandbox.common.server import ServerThread
from local.sandbox.kindful import KindfulAccount, KindfulSandbox
from tests.sandbox.kindful_words import GIFT, LATER, gifts, give, post

pytest_plugins = ["tests.sandbox.kindful_fixtures"]


@dataclass
class Received:
    """A listener that keeps what it is sent and answers with the next of `statuses` (200 when none is left)."""

    requests: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        self.requests.append((dict(request.headers), json.loads(await request.body())))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    def bodies(self) -> list[Any]:
        return [body for _, body in self.requests]


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def hooked(kindful: KindfulAccount, received: Received) -> Iterator[KindfulAccount]:
    """An account whose events go to `received`."""
    kindful.set_options(webhook_retry_seconds=0.02)
    with ServerThread(Starlette(routes=[Route("/hook", received.take, methods=["POST"])])) as server:
        kindful.set_webhook(f"{server.url}/hook")
        yield kindful
        kindful.set_webhook(None)


def until(done: Callable[[], bool]) -> None:
    for _ in range(300):
        if done():
            return
        time.sleep(0.01)
    raise TimeoutError


def verify(account: KindfulAccount, event: str) -> Any:
    answer = account.api.get("/webhooks/verify_event", params={"id": event})
    return answer.json() if answer.status_code == 200 else answer.status_code


def test_a_gift_is_announced_and_verified(hooked: KindfulAccount, received: Received) -> None:
    ada = hooked.staff_contact(first_name="Ada", last_name="Lane", state="TN", postal="37206", country="US")
    gift = hooked.staff_gift(ada, amount_in_cents=50_000, note="Hello", transaction_type="check")
    until(lambda: len(received.requests) == 1)
    headers, body = received.requests[0]
    assert not any("signature" in name for name in headers)
    assert verify(hooked, body["id"]) == body
    subject = body["data"]["object"]
    assert (subject["id"], subject["amount_in_cents"], subject["note"]) == (gift, 50_000, "Hello")
    assert (subject["currency_code"], subject["refunded"], subject["canceled"]) == ("USD", False, False)
    assert subject["transaction_type"] == {"code": "check", "title": "Check"}
    assert isinstance(subject["created_at"], int)
    person = subject["person"]
    assert (person["id"], person["state"], person["postal_code"]) == (ada, "Tennessee", "37206")
    assert (person["country"], person["external_id"]) == ("United States", None)


def test_a_forged_event_does_not_verify(
    hooked: KindfulAccount, received: Received, kindful_server: KindfulSandbox
) -> None:
    assert hooked.post_webhook({"type": "person.transaction.update", "id": "f0f0"})["answer"] == 200
    assert verify(hooked, received.bodies()[0]["id"]) == 404
    hooked.staff_gift(hooked.staff_contact(first_name="Ada", last_name="Lane"))
    event = hooked.events()[0]["id"]
    other = kindful_server.account()
    assert verify(other, event) == 404
    other.close()


def test_what_happens_to_a_gift_is_announced_in_order(hooked: KindfulAccount, received: Received) -> None:
    gift = hooked.staff_gift(hooked.staff_contact(first_name="Ada", last_name="Lane"))
    hooked.staff("edit_gift", gift, fields={"note": "x"})
    hooked.staff("refund", gift)
    hooked.staff("cancel", gift)
    hooked.staff("delete_gift", gift)
    until(lambda: len(received.requests) == 5)
    assert [body["type"] for body in received.bodies()] == [
        "person.transaction.create",
        *["person.transaction.update"] * 4,
    ]
    versions = [body["data"]["object"]["sync_version"] for body in received.bodies()]
    assert versions == [1, 2, 3, 4, 5]
    last = received.bodies()[-1]["data"]["object"]
    assert (last["refunded"], last["canceled"], last["deleted_at"] is None) == (True, True, False)


def test_a_failing_receiver_holds_everything_up(hooked: KindfulAccount, received: Received) -> None:
    received.statuses = [500, 302, 404]
    ada = hooked.staff_contact(first_name="Ada", last_name="Lane")
    first, second = hooked.staff_gift(ada), hooked.staff_gift(ada)
    until(lambda: len(received.requests) == 5)
    assert [body["data"]["object"]["id"] for body in received.bodies()] == [first] * 4 + [second]
    until(lambda: all(event["delivered"] for event in hooked.events()))
    assert [event["attempts"] for event in hooked.events()] == [[500, 302, 404, 200], [200]]


def test_a_dead_receiver_is_tried_again_and_again(kindful: KindfulAccount) -> None:
    kindful.set_options(webhook_retry_seconds=0.01)
    kindful.set_webhook("http://127.0.0.1:9/hook")
    kindful.staff_gift(kindful.staff_contact(first_name="Ada", last_name="Lane"))
    until(lambda: len(kindful.events()[0]["attempts"]) >= 3)
    assert set(kindful.events()[0]["attempts"]) == {"ConnectError"}
    kindful.set_webhook(None)


def test_an_event_is_repeated(hooked: KindfulAccount, received: Received) -> None:
    hooked.staff_gift(hooked.staff_contact(first_name="Ada", last_name="Lane"))
    until(lambda: len(received.requests) == 1)
    assert hooked.post_webhook(event=hooked.events()[0]["id"])["answer"] == 200
    assert received.bodies()[0] == received.bodies()[1]


@pytest.mark.parametrize(("announced", "count"), [(True, 2), (False, 0)])
def test_imports_are_announced_by_option(
    hooked: KindfulAccount, received: Received, *, announced: bool, count: int
) -> None:
    hooked.set_options(events_of_imports=announced)
    give(hooked, GIFT)
    give(hooked, GIFT | {"was_refunded": "true", "transaction_updated_at": LATER})
    until(lambda: len(received.requests) == count)
    assert [event["what"] for event in hooked.events()] == ["transaction.created", "transaction.refunded"][:count]
    if announced:
        assert received.bodies()[0]["data"]["object"]["external_id"] == "g-1"
        assert received.bodies()[0]["data"]["object"]["person"]["external_id"] == "d-1"


def test_a_gift_tells_its_splits(hooked: KindfulAccount) -> None:
    give(hooked, GIFT)
    part = {"id": "g-1:1", "transaction_id": "g-1", "unit_amount_in_cents": "5000", "quantity": "1", "fund": "Art"}
    body = {"data_format": "split_transaction", "action_type": "create", "data": [part]}
    hooked.api.post("/imports", json=body)
    hooked.run_jobs()
    hooked.staff("edit_gift", gifts(hooked)[0]["id"], fields={"note": "x"})
    splits = hooked.events()[-1]["body"]["data"]["object"]["splits"]
    assert [(row["amount_in_cents"], row["fund"]["name"]) for row in splits] == [(5000, "Art")]


def test_a_body_may_hold_only_what_is_needed_to_ask(hooked: KindfulAccount, received: Received) -> None:
    hooked.set_options(webhook_body="short")
    hooked.staff_gift(hooked.staff_contact(first_name="Ada", last_name="Lane"))
    until(lambda: len(received.requests) == 1)
    assert set(received.bodies()[0]) == {"type", "id", "created_at"}
    assert verify(hooked, received.bodies()[0]["id"])["data"]["object"]["amount_in_cents"] == 2500


@pytest.mark.parametrize(("how", "note"), [("as_it_was", ""), ("as_it_is", "later")])
def test_verifying_tells_then_or_now(hooked: KindfulAccount, how: str, note: str) -> None:
    hooked.set_options(verified_body=how)
    gift = hooked.staff_gift(hooked.staff_contact(first_name="Ada", last_name="Lane"))
    hooked.staff("edit_gift", gift, fields={"note": "later"})
    assert verify(hooked, hooked.events()[0]["id"])["data"]["object"]["note"] == note


def test_other_events_and_other_type_names(hooked: KindfulAccount, received: Received) -> None:
    hooked.staff("announce", what="recurring.removed", fields={"id": 7})
    types = hooked.call("GET", "/options")["event_types"] | {"report.run": "report.ran"}
    hooked.set_options(event_types=types)
    hooked.staff("announce", what="report.run", fields={"id": 8})
    until(lambda: len(received.requests) == 2)
    told = [(body["type"], body["data"]["object"]) for body in received.bodies()]
    assert told == [("person.recurring_transaction.remove", {"id": 7}), ("report.ran", {"id": 8})]
    assert verify(hooked, received.bodies()[1]["id"]) == received.bodies()[1]


def test_a_webhook_has_the_external_ids_of_its_application(hooked: KindfulAccount, received: Received) -> None:
    hooked.set_webhook(hooked.call("GET", "/webhook")["url"], app=KindfulSandbox.client_id)
    partner = hooked.partner()
    post(partner, GIFT, data_format="contact_with_transaction")
    hooked.run_jobs()
    until(lambda: len(received.requests) == 1)
    event = received.bodies()[0]
    assert event["data"]["object"]["external_id"] == "g-1"
    assert partner.get("/webhooks/verify_event", params={"id": event["id"]}).json() == event
    assert verify(hooked, event["id"])["data"]["object"]["external_id"] is None


def test_contacts_are_not_announced(hooked: KindfulAccount) -> None:
    ada = hooked.staff_contact(first_name="Ada", last_name="Lane")
    hooked.staff_edit(ada, city="Nashville")
    assert hooked.events() == []
