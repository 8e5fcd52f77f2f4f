"""Delivering events to subscribers: signed, batched, repeated until taken, in no promised order."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import httpx

from local.sandbox.common.clock import utc_text
from local.sandbox.virtuous.options import Options
from local.sandbox.virtuous.organisation import Event, Organisation
from local.sandbox.virtuous.store import Record

KEPT_DELIVERIES = 50_000
Variant = Literal["valid", "forged", "altered", "unsigned", "stale", "oversized", "not_json"]
"""How a hand-made delivery differs from an honest one."""


@dataclass
class Delivery:
    """One event on its way to one subscription, with the HTTP status (or the error) of each attempt."""

    id: str
    webhook: int
    url: str
    event: str
    body: str
    headers: dict[str, str]
    state: Literal["pending", "delivered", "given_up"] = "pending"
    attempts: list[int | str] = field(default_factory=list)

    def dump(self) -> dict[str, Any]:
        """The delivery as JSON values."""
        return asdict(self)


class Courier:
    """Delivers the events of every organisation in the background of the server's loop."""

    def __init__(self) -> None:
        self._deliveries: dict[str, deque[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: dict[str, itertools.count[int]] = {}
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Courier:
        self._http = httpx.AsyncClient(follow_redirects=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    def deliveries(self, organisation: Organisation) -> deque[Delivery]:
        """What was sent for an organisation, oldest first."""
        return self._deliveries.setdefault(organisation.name, deque(maxlen=KEPT_DELIVERIES))

    def forget(self, organisation: Organisation) -> None:
        """Forget what was sent for an organisation that is removed."""
        self._deliveries.pop(organisation.name, None)

    def collect(self, organisation: Organisation) -> None:
        """Send what has happened; a subscription that is not active misses it for good."""
        events, organisation.outbox = organisation.outbox, []
        for event in events:
            for webhook in organisation.webhooks:
                if webhook.data["active"] and webhook.data[_toggle(event.name)]:
                    for models in _batches(event, organisation.options):
                        self._send_later(organisation, webhook, event, models)

    async def send(self, url: str, headers: dict[str, str], body: str, timeout_seconds: float) -> int | str:
        """POST once; the answer's status, or the name of the error."""
        assert self._http is not None, "the courier was not started"
        try:
            answer = await self._http.post(url, content=body.encode(), headers=headers, timeout=timeout_seconds)
        except httpx.HTTPError as error:
            return type(error).__name__
        return answer.status_code

    def _send_later(
        self, organisation: Organisation, webhook: Record, event: Event, models: list[dict[str, Any]]
    ) -> None:
        options = organisation.options
        body = json.dumps(envelope(organisation, event, models), separators=(",", ":"))
        headers = signed(options, webhook.data["secret"], body)
        for _ in range(options.webhook_copies):
            delivery = Delivery(uuid.uuid4().hex, webhook.id, webhook.data["payloadUrl"], event.name, body, headers)
            self.deliveries(organisation).append(delivery)
            task = asyncio.get_running_loop().create_task(self._deliver(options, delivery, self._wait(organisation)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _wait(self, organisation: Organisation) -> float:
        waits = organisation.options.webhook_delays or [0.0]
        turn = next(self._turns.setdefault(organisation.name, itertools.count()))
        return waits[turn % len(waits)]

    async def _deliver(self, options: Options, delivery: Delivery, wait: float) -> None:
        for pause in (wait, *options.webhook_retry_seconds):
            await asyncio.sleep(pause)
            outcome = await self.send(delivery.url, delivery.headers, delivery.body, options.webhook_timeout_seconds)
            delivery.attempts.append(outcome)
            if isinstance(outcome, int) and 200 <= outcome < 300:
                delivery.state = "delivered"
                return
        delivery.state = "given_up"


def envelope(organisation: Organisation, event: Event, models: list[dict[str, Any]]) -> dict[str, Any]:
    """The body of a delivery: the record itself, or `models` when there are several."""
    frame: dict[str, Any] = {
        "event": event.name,
        "eventId": str(uuid.uuid4()),
        "eventDateTimeUtc": utc_text(event.at),
        "organization": {"id": organisation.number, "name": organisation.title},
        "organizationUser": {"id": event.actor.id, "emailAddress": event.actor.email},
    }
    if len(models) == 1:
        return {**models[0], **frame}
    kind = organisation.options.batch_event_ids
    if kind == "each":
        models = [{**model, "eventId": str(uuid.uuid4())} for model in models]
    if kind != "envelope":
        del frame["eventId"]
    return {**frame, "models": models}


def signed(options: Options, secret: str | None, body: str) -> dict[str, str]:
    """A delivery's headers; without a secret there is no signature."""
    headers = {"content-type": "application/json; charset=utf-8"}
    if secret:
        digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()
        text = digest.hex() if options.signature_encoding == "hex" else base64.b64encode(digest).decode()
        headers[options.signature_header] = text
    return headers


def hand_made(
    options: Options, secret: str | None, body: str, variant: Variant, size: int
) -> tuple[dict[str, str], str]:
    """Headers and body of a delivery that is wrong in one way; `size` is its length in bytes when oversized."""
    if variant == "oversized":
        body = body.ljust(size)
    if variant == "not_json":
        body = body[:-1]
    headers = signed(options, f"not-{secret}" if variant == "forged" else secret, body)
    if variant == "altered":
        body = body[:-1] + " }"
    if variant == "unsigned":
        headers.pop(options.signature_header, None)
    return headers, body


def _toggle(event: str) -> str:
    """The subscription's switch for an event: camelCase for the payload's PascalCase."""
    return event[0].lower() + event[1:]


def _batches(event: Event, options: Options) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(event.models), options.webhook_batch):
        yield event.models[start : start + options.webhook_batch]
