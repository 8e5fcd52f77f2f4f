"""What a webhook of Virtuous says happened: one record, or several as `models`. Put together from public receivers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from giftbridge.connectors.notice import Notice
from giftbridge.errors import Reject

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "ContactCreate": ("crm.contact.changed", "contact"),
    "ContactUpdate": ("crm.contact.changed", "contact"),
    "GiftCreate": ("crm.gift.changed", "gift"),
    "GiftUpdate": ("crm.gift.changed", "gift"),
    "GiftDelete": ("crm.gift.changed", "gift"),
}
"""Event -> kind of notice, and the key of its record. There is no event of a contact that is deleted or merged."""
LONGEST_ID: Final = 100


def notices(body: bytes, headers: Mapping[str, str]) -> list[Notice]:
    """A notice for each record in `body`; events that nobody acts on give none.

    Several records may share one `eventId`, so that a notice's id holds the record's id and time of change as well.
    Raises `Reject` where the body is not JSON or a record has no id.
    """
    sent = _object(body)
    event = sent.get("event")
    if not isinstance(event, str):
        raise _malformed("has no event")
    if event not in KINDS:
        return []
    kind, key = KINDS[event]
    at = _moment(sent.get("eventDateTimeUtc"))
    models = sent["models"] if isinstance(sent.get("models"), list) else [sent]
    return [_notice(model, sent, kind, key, at) for model in models]


def _notice(model: Any, sent: Mapping[str, Any], kind: str, key: str, at: datetime | None) -> Notice:
    if not isinstance(model, Mapping):
        raise _malformed("has a record that is none")
    inner = model.get(key)
    record: Mapping[str, Any] = inner if isinstance(inner, Mapping) else {}
    subject = _id(record.get("id")) or _id(model.get("id"))  # a deleted gift may come without its record
    if not subject:
        raise _malformed("has a record without an id")
    event_id = _text(model.get("eventId")) or _text(sent.get("eventId"))
    event_id = event_id or f"{sent['event']}@{_text(sent.get('eventDateTimeUtc'))}"
    return Notice(f"{event_id}:{subject}:{_text(record.get('modifiedDateTimeUtc'))}", kind, subject, at)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, Mapping):
        raise _malformed("is no JSON object")
    return sent


def _id(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value)


def _text(value: Any) -> str:
    return value[:LONGEST_ID] if isinstance(value, str) else ""


def _moment(value: Any) -> datetime | None:
    """UTC, with or without a Z at its end."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise _malformed("has a time that is none") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _malformed(what: str) -> Reject:
    return Reject(f"The webhook {what}.", code="webhook_malformed")
