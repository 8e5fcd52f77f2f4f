"""Bodies and steps that the tests of the Virtuous sandbox share, and a listener for its webhooks."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.sandbox.virtuous import VirtuousOrganisation

Json = dict[str, Any]
SECRET = "webhook-secret"
SOURCE = "RaiseDonors"
ADDRESS = {"address1": "1 Test St", "city": "Tempe", "state": "AZ", "postal": "85281", "country": "US"}
DONOR: Json = {
    "referenceId": "48213",
    "type": "Household",
    "firstname": "Ada",
    "lastname": "Lane",
    "emailType": "Home Email",
    "email": "ada@example.org",
    "phoneType": "Mobile Phone",
    "phone": "480-555-0100",
    "address": ADDRESS,
}


@dataclass
class Received:
    """A listener that keeps what it is sent and answers with the next of `statuses` (200 when none is left).

    It takes the next of `waits` (seconds) before that.
    """

    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        self.requests.append((dict(request.headers), await request.body()))
        await asyncio.sleep(self.waits.pop(0) if self.waits else 0)
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    def events(self) -> list[Any]:
        return [json.loads(body) for _, body in self.requests]


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so, 5 s at most."""
    for _ in range(500):
        if done():
            return
        time.sleep(0.01)
    raise TimeoutError


def settled(organisation: VirtuousOrganisation, count: int) -> list[Json]:
    """The deliveries, once `count` of them are not pending any more."""
    until(lambda: sum(row["state"] != "pending" for row in organisation.deliveries()) >= count)
    return organisation.deliveries()


def household(first: str = "Ada", last: str = "Lane", email: str | None = "ada@example.org", **more: Any) -> Json:
    """The body of a direct create."""
    methods = [{"type": "Home Email", "value": email, "isOptedIn": True, "isPrimary": True}] if email else []
    person = {"firstName": first, "lastName": last, "isPrimary": True, "contactMethods": methods}
    return {"contactType": "Household", "name": f"{first} {last}", "contactIndividuals": [person], **more}


def make(organisation: VirtuousOrganisation, first: str = "Ada", **more: Any) -> Json:
    """A contact made directly."""
    more = {"email": f"{first.lower()}@example.org"} | more
    answer = organisation.api.post("/Contact", json=household(first, **more))
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


def gift(transaction: str | None = "D-1", **changes: Any) -> Json:
    """The body of a gift transaction."""
    share = {"code": "GEN", "amountDesignated": "50.00"}
    body: Json = {"transactionSource": SOURCE, "transactionId": transaction, "contact": DONOR}
    body |= {"giftDate": "7/1/2026", "giftType": "Credit", "amount": "50.00", "designations": [share]}
    return body | changes


def hand_in(organisation: VirtuousOrganisation, *transactions: Json) -> None:
    """Hand in gift transactions, all of them accepted."""
    for body in transactions:
        answer = organisation.api.post("/v2/Gift/Transaction", json=body)
        assert (answer.status_code, answer.content) == (200, b""), answer.text


def subscribe(organisation: VirtuousOrganisation, hook: str, **toggles: Any) -> int:
    """A subscription to contact and gift events; its id."""
    names = ("contactCreate", "contactUpdate", "giftCreate", "giftUpdate", "giftDelete")
    body = {"payloadUrl": hook, "secret": SECRET, "active": True} | dict.fromkeys(names, True)
    made = organisation.api.post("/Webhook", json=body | toggles)
    assert made.status_code == 200, made.text
    return int(made.json()["id"])
