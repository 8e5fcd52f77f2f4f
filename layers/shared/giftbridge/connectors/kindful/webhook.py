"""Kindful signs nothing: a webhook names an event, and what that was, Kindful says when asked (`verify_event`)."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from giftbridge.connectors.notice import Notice
from giftbridge.errors import NotFound, Reject, Retry

EVENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
OF_A_GIFT: Final = frozenset({"id", "amount_in_cents", "transaction_type"})
"""What the object of an event has if it is a transaction: of the events' types only one is published."""


def notices(body: bytes, headers: Mapping[str, str]) -> list[Notice]:
    """The event that is to be asked about. Raises `Reject` where none is named."""
    try:
        event_id = json.loads(body)["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        event_id = None
    if not isinstance(event_id, str) or not EVENT_ID.fullmatch(event_id):
        raise Reject("The webhook names no event.", code="webhook_malformed")
    return [Notice(event_id, "event.unverified", event_id)]


def told(event_id: str, answer: Any) -> list[Notice]:
    """What Kindful's answer says of an event: a gift under its external id, else under `k` and Kindful's own.

    Raises `NotFound` where the answer is about another event, `Retry` where it breaks off.
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("data"), Mapping):
        raise Retry("Kindful sent an answer that is no event.", code="garbled")
    if answer.get("id") != event_id:
        raise NotFound("Kindful knows no such event.")
    subject = answer["data"].get("object")
    if not isinstance(subject, Mapping) or not subject.keys() >= OF_A_GIFT:
        return []
    gift_id = str(subject.get("external_id") or f"k{subject['id']}")
    return [Notice(f"{event_id}:{gift_id}:{subject.get('sync_version') or ''}", "crm.gift.changed", gift_id)]
