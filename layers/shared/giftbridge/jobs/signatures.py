"""Whether a webhook is signed by whom it says, over its raw body."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from giftbridge.connectors.manifest import WebhookScheme
from giftbridge.stores.doors import Hook


class Refusal(Exception):
    """An answer other than success: HTTP status, a stable code, and a text for the sender's engineer."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


def is_signed(
    hook: Hook, secrets: Iterable[bytes], scheme: WebhookScheme, headers: Mapping[str, str], body: bytes, now: datetime
) -> bool:
    """Whether any live secret signed the raw body. Raises `Refusal` without a signature or a time that is near."""
    sent = headers.get(hook.header or scheme.signature_header, "")
    stamp = headers.get(scheme.timestamp_header, "") if scheme.timestamp_header else ""
    if not sent or (scheme.id_header and not headers.get(scheme.id_header)):
        raise Refusal(401, "unsigned", "The webhook is not signed.")
    if scheme.timestamp_header and not _near(stamp, now, scheme.tolerance_seconds):
        raise stale()
    signed = scheme.content.format(id=headers.get(scheme.id_header, ""), timestamp=stamp).encode() + body
    encoding = hook.encoding or scheme.encoding
    wanted = [scheme.prefix + _signature(secret, signed, encoding) for secret in secrets]
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in wanted for other in sent.split(" "))


def stale() -> Refusal:
    """What was signed long ago may be sent by anybody who has seen it."""
    return Refusal(401, "stale", "The webhook's time is too far from now.")


def _signature(secret: bytes, signed: bytes, encoding: str) -> str:
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def _near(stamp: str, now: datetime, tolerance: int) -> bool:
    return stamp.isdigit() and abs(now.timestamp() - int(stamp)) <= tolerance
