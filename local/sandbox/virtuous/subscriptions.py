"""Webhook subscriptions: made, read by id, replaced and switched. There is no list: a lost id is lost."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from local.sandbox.virtuous.binding import bind
from local.sandbox.virtuous.call import EMPTY, Call, Empty, truth
from local.sandbox.virtuous.errors import refused
from local.sandbox.virtuous.shapes import TOGGLES, WEBHOOK
from local.sandbox.virtuous.store import Record

Json = dict[str, Any]
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def create(call: Call) -> Json:
    """`POST /Webhook`."""
    return _show(call.add(call.organisation.webhooks, _read(call)))


def get(call: Call) -> Json:
    """`GET /Webhook/{id}`: the secret in clear."""
    return _show(call.record(call.organisation.webhooks))


def update(call: Call) -> Json:
    """`PUT /Webhook/{id}`: a toggle that is left out is off."""
    webhook = call.record(call.organisation.webhooks)
    call.change(call.organisation.webhooks, webhook, _read(call))
    return _show(webhook)


def set_active(call: Call) -> Json:
    """`PUT /Webhook/{id}/Active?active=`."""
    webhook = call.record(call.organisation.webhooks)
    call.change(call.organisation.webhooks, webhook, {"active": truth(call, "active")})
    return _show(webhook)


def delete(call: Call) -> Empty:
    """`DELETE /Webhook/{id}`."""
    call.organisation.webhooks.remove(call.record(call.organisation.webhooks))
    return EMPTY


def _read(call: Call) -> Json:
    body = bind(WEBHOOK, call.body, "webhook")
    url = urlsplit(body.get("payloadUrl") or "")
    # The vendor wants HTTPS; a receiver on the same machine, as in tests, is let off.
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
        raise refused("The payload URL must use HTTPS.")
    flags = {name: bool(body.get(name)) for name in (*TOGGLES, "active")}
    return {"payloadUrl": body["payloadUrl"], "secret": body.get("secret"), **flags}


def _show(webhook: Record) -> Json:
    return {"id": webhook.id, **webhook.data}
