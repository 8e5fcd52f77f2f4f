"""Events from the platform to whoever listens, signed as in Standard Webhooks and repeated until taken."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
import uuid
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from standardwebhooks import Webhook

from local.sandbox.handbid.organisation import Organisation, WebhookSettings, timestamp

SUBJECTS = {"contact.updated": "contactId", "event.reconciled": "eventId", "transaction.refunded": "transactionId"}
KEPT_DELIVERIES = 50_000

Variant = Literal[
    "valid", "forged", "altered", "unsigned", "stale", "future", "oversized", "not_json", "first_secret", "last_secret"
]
"""How a hand-made request differs from an honest one; `first_secret` and `last_secret` sign with one secret only."""


@dataclass
class SignedRequest:
    """One POST, ready to be sent."""

    url: str
    headers: dict[str, str]
    body: str


@dataclass
class Delivery:
    """One event on its way, with the HTTP status (or the error) of each attempt."""

    id: str
    type: str
    body: str
    state: Literal["pending", "delivered", "given_up"] = "pending"
    attempts: list[int | str] = field(default_factory=list)
    last_request: SignedRequest | None = None

    def dump(self) -> dict[str, Any]:
        """The delivery as JSON values."""
        return asdict(self)


class Courier:
    """Delivers the events of every organisation in the background of the server's loop."""

    def __init__(self) -> None:
        self._deliveries: dict[str, deque[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
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
        return self._deliveries.setdefault(organisation.id, deque(maxlen=KEPT_DELIVERIES))

    def forget(self, organisation: Organisation) -> None:
        """Forget what was sent for an organisation that is removed."""
        self._deliveries.pop(organisation.id, None)

    def announce(self, organisation: Organisation, kind: str, subject: str) -> None:
        """Send an event if the organisation has a listener for this kind."""
        webhook = organisation.settings.webhook
        if webhook.url is None or kind not in webhook.types:
            return
        delivery = Delivery(new_event_id(), kind, event_body(organisation, kind, subject))
        self.deliveries(organisation).append(delivery)
        task = asyncio.get_running_loop().create_task(self._deliver(organisation, delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def send(self, request: SignedRequest, timeout_seconds: float) -> int | str:
        """POST once; the answer's status, or the name of the error."""
        assert self._http is not None, "the courier was not started"
        try:
            answer = await self._http.post(
                request.url, content=request.body.encode(), headers=request.headers, timeout=timeout_seconds
            )
        except httpx.HTTPError as error:
            return type(error).__name__
        return answer.status_code

    async def _deliver(self, organisation: Organisation, delivery: Delivery) -> None:
        for pause in (0.0, *organisation.settings.webhook.retry_seconds):
            await asyncio.sleep(pause)
            webhook = organisation.settings.webhook
            delivery.last_request = sign(webhook, delivery.id, delivery.body)
            outcome = await self.send(delivery.last_request, webhook.timeout_seconds)
            delivery.attempts.append(outcome)
            if isinstance(outcome, int) and 200 <= outcome < 300:
                delivery.state = "delivered"
                return
        delivery.state = "given_up"


def new_event_id() -> str:
    """An id for a new event."""
    return f"msg_{uuid.uuid4().hex}"


def new_secret() -> str:
    """A fresh signing secret, `whsec_` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def event_body(organisation: Organisation, kind: str, subject: str) -> str:
    """The JSON text of an event; it holds ids only."""
    data = {"organisationId": organisation.id, SUBJECTS[kind]: subject}
    event = {"type": kind, "timestamp": timestamp(organisation.clock.now()), "data": data}
    return json.dumps(event, separators=(",", ":"))


def sign(webhook: WebhookSettings, event_id: str, body: str, seconds_off: float = 0.0) -> SignedRequest:
    """A request signed by every secret; its timestamp is the real time, `seconds_off` from now."""
    moment = datetime.fromtimestamp(int(time.time() + seconds_off), UTC)
    signatures = [Webhook(secret).sign(event_id, moment, body) for secret in webhook.secrets]
    headers = {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    return SignedRequest(webhook.url or "", headers, body)


def hand_made(webhook: WebhookSettings, variant: Variant, event_id: str, body: str, size: int) -> SignedRequest:
    """A request that is wrong in one way; `size` is the body's length in bytes when `oversized`."""
    if variant == "oversized":
        body = body.ljust(size)
    if variant == "not_json":
        body = body[:-1]
    off = {"stale": -3600.0, "future": 3600.0}.get(variant, 0.0)
    request = sign(_with_secrets(webhook, variant), event_id, body, off)
    if variant == "altered":
        request.body = body[:-1] + " }"
    if variant == "unsigned":
        del request.headers["webhook-signature"]
    return request


def _with_secrets(webhook: WebhookSettings, variant: Variant) -> WebhookSettings:
    chosen = {
        "forged": [new_secret()],
        "first_secret": webhook.secrets[:1],
        "last_secret": webhook.secrets[-1:],
    }.get(variant, webhook.secrets)
    return webhook.model_copy(update={"secrets": chosen})
