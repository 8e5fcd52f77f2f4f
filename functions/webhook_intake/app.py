"""Webhook intake: an HTTP API request in, 202 or a problem out."""

import base64
import json
from typing import Any

from giftbridge import bootstrap
from giftbridge.jobs.intake import Refusal
from giftbridge.logs import entry_point, logger


@entry_point
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer 202 for what is kept (again or for the first time), a problem document for what is refused."""
    path = event.get("pathParameters") or {}
    provider, hook = path.get("provider", ""), path.get("hook", "")
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    try:
        made = bootstrap.intake().receive(provider, hook, headers, _body(event))
    except Refusal as refusal:
        names = sorted(headers) if refusal.code == "unsigned" else []  # not every vendor says where its signature is
        logger.warning("webhook refused", extra={"provider": provider, "code": refusal.code, "headers": names})
        return _answer(refusal.status, {"type": refusal.code, "title": str(refusal), "status": refusal.status})
    logger.info("webhook kept", extra={"provider": provider, "made": made})
    return _answer(202, {"accepted": made})


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise Refusal(400, "body_encoding", "The body is not what it says.") from None


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    kind = "application/json" if status < 300 else "application/problem+json"
    return {"statusCode": status, "headers": {"content-type": kind}, "body": json.dumps(body)}
