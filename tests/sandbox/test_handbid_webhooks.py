"""Events of the Handbid sandbox are really delivered, signed as in Standard Webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sandbox.common.server import ServerThread
from local.sandbox.handbid import HandbidSandbox, OrganisationControl
from local.sandbox.handbid.checked import contract
from local.sandbox.handbid.webhooks import new_secret

SECRET, NEXT_SECRET = new_secret(), new_secret()
ITEMS = [{"name": "Dinner", "price": 90}]


@dataclass
class Received:
    """A listener that keeps what it is sent and answers with the next of `statuses` (200 when none is left)."""

    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        self.requests.append((dict(request.headers), await request.body()))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    def events(self) -> list[Any]:
        return [json.loads(body) for _, body in self.requests]


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def hook(received: Received) -> Iterator[str]:
    with ServerThread(Starlette(routes=[Route("/hook", received.take, methods=["POST"])])) as server:
        yield f"{server.url}/hook"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[HandbidSandbox]:
    with HandbidSandbox() as running:
        yield running


@pytest.fixture
def org(sandbox: HandbidSandbox, hook: str) -> OrganisationControl:
    webhook = {"url": hook, "secrets": [SECRET], "retry_seconds": [0.02, 0.02]}
    return sandbox.organisation(webhook=webhook)


def until(done: Callable[[], bool]) -> None:
    for _ in range(500):
        if done():
            return
        time.sleep(0.01)
    raise TimeoutError


def settled(org: OrganisationControl, count: int) -> list[Any]:
    """The deliveries, once `count` of them are not pending any more."""
    until(lambda: sum(row["state"] != "pending" for row in org.deliveries()) >= count)
    return org.deliveries()


def verified(headers: dict[str, str], body: bytes, secret: str = SECRET) -> Any:
    return Webhook(secret).verify(body, headers)


def test_a_reconciled_event_is_announced_once(org: OrganisationControl, received: Received) -> None:
    event = org.hold_auction(status="closed")["event"]["id"]
    org.set_event_status(event, "reconcile")
    reconciled = org.set_event_status(event, "reconciled")
    org.set_event_status(event, "reconciled")
    assert [row["state"] for row in settled(org, 1)] == ["delivered"]
    headers, body = received.requests[0]
    assert verified(headers, body)["data"] == {"organisationId": org.id, "eventId": event}
    assert list(contract().webhook_mistakes("event.reconciled", headers, body)) == []
    assert reconciled["reconciledAt"] <= reconciled["updatedAt"]


def test_a_refund_is_announced(org: OrganisationControl, received: Received) -> None:
    ada = org.add_contact(firstName="Ada")["id"]
    payment = org.hold_auction(receipts=[{"contactId": ada, "items": ITEMS}])["transactions"][0]["id"]
    org.refund(payment, 100)
    settled(org, 1)
    assert received.events()[0]["data"] == {"organisationId": org.id, "transactionId": payment}
    assert list(contract().webhook_mistakes("transaction.refunded", *received.requests[0])) == []


def test_contact_edits_are_announced_when_switched_on(org: OrganisationControl, received: Received) -> None:
    contact = org.add_contact(firstName="Ada")["id"]
    org.set(webhook={"types": ["contact.updated"]})
    org.edit_contact(contact, firstName="Bea")
    org.edit_contact(contact, firstName="Bea")
    url, headers = f"{org.url}/contacts/{contact}", org.headers | {"Idempotency-Key": "key-00000001"}
    httpx.patch(url, headers=headers, json={"firstName": "Cleo"}).raise_for_status()
    org.delete_contacts(contact)
    assert len(settled(org, 3)) == 3
    assert {row["data"]["contactId"] for row in received.events()} == {contact}
    assert list(contract().webhook_mistakes("contact.updated", *received.requests[0])) == []


def test_an_event_is_repeated_until_it_is_taken(org: OrganisationControl, received: Received) -> None:
    received.statuses = [500, 302]
    org.hold_auction(status="reconciled")
    delivery = settled(org, 1)[0]
    assert (delivery["state"], delivery["attempts"]) == ("delivered", [500, 302, 200])
    assert {headers["webhook-id"] for headers, _ in received.requests} == {delivery["id"]}


def test_an_event_nobody_takes_is_given_up(org: OrganisationControl) -> None:
    org.set(webhook={"url": "http://127.0.0.1:9/hook"})
    org.hold_auction(status="reconciled")
    delivery = settled(org, 1)[0]
    assert (delivery["state"], delivery["attempts"]) == ("given_up", ["ConnectError"] * 3)


def test_both_secrets_sign_while_they_are_rotated(org: OrganisationControl, received: Received) -> None:
    org.set(webhook={"secrets": [SECRET, NEXT_SECRET]})
    org.hold_auction(status="reconciled")
    settled(org, 1)
    headers, body = received.requests[0]
    assert verified(headers, body) == verified(headers, body, NEXT_SECRET)
    only = org.hand_made_event("event.reconciled", "501", "last_secret", send=False)["request"]
    with pytest.raises(WebhookVerificationError):
        verified(only["headers"], only["body"].encode())


@pytest.mark.parametrize("variant", ["forged", "altered", "unsigned", "stale", "future"])
def test_a_dishonest_request_does_not_verify(org: OrganisationControl, received: Received, variant: str) -> None:
    answer = org.hand_made_event("contact.updated", "1001", variant)
    assert answer["answer"] == 200
    with pytest.raises(WebhookVerificationError):
        verified(*received.requests[0])


def test_requests_that_are_honest_and_hard_to_take(org: OrganisationControl, received: Received) -> None:
    org.hand_made_event("contact.updated", "1001", "oversized", size=70_000)
    org.hand_made_event("contact.updated", "1001", "not_json")
    (headers, large), (_, broken) = received.requests
    assert len(large) == 70_000
    assert verified(headers, large)["data"]["contactId"] == "1001"
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)


def test_a_request_can_be_had_without_being_sent(org: OrganisationControl, received: Received, hook: str) -> None:
    made = org.hand_made_event("contact.updated", "1001", id="msg_1", send=False)
    assert (made["answer"], received.requests, made["request"]["url"]) == (None, [], hook)
    assert made["request"]["headers"]["webhook-id"] == "msg_1"
    assert verified(made["request"]["headers"], made["request"]["body"].encode())["type"] == "contact.updated"


def test_a_delivery_is_replayed_as_it_was(org: OrganisationControl, received: Received) -> None:
    org.hold_auction(status="reconciled")
    delivery = settled(org, 1)[0]
    assert org.replay(delivery["id"])["answer"] == 200
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    first, again = ([headers[name] for name in names] + [body] for headers, body in received.requests)
    assert first == again
