"""Notifications of Gratavid: one form for all events, without a type, an id or a time; only the address tells which.

They are declared as JSON; a form, and JSON that calls itself text, are read as well.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from giftbridge.errors import Reject

WHO: Final = ("contact_customUserId", "contact_email")
MOST_FIELDS: Final = 100


def sameness(body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
    """What two notifications of one event have in common if they are the same: whom, which note, which words.

    Raises `Reject` for what names nobody.
    """
    told = fields(body)
    who = next((told[name] for name in WHO if told.get(name)), "")
    return (who.casefold(), told.get("noteURL", ""), told.get("replyText", ""))


def fields(body: bytes) -> dict[str, str]:
    """A notification's fields as texts, blank ones left out. Raises `Reject` for what is none."""
    try:
        text = body.decode()
        sent = json.loads(text) if text.lstrip().startswith("{") else dict(parse_qsl(text, max_num_fields=MOST_FIELDS))
    except (ValueError, RecursionError):
        raise _malformed() from None
    told = {name: str(value).strip() for name, value in sent.items() if _is_plain(value) and str(value).strip()}
    if not any(told.get(name) for name in WHO):
        raise _malformed()
    return told


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _malformed() -> Reject:
    return Reject("The body is not a notification about anybody.", code="webhook_malformed")
