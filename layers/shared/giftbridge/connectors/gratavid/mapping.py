"""Thanks out, engagement in. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic import ValidationError

from giftbridge.connectors.gratavid.models import Choice, Notification
from giftbridge.connectors.thanks import Engagement, EngagementKind, Thanked, ThanksWrite
from giftbridge.errors import Reject

EVENTS: Final[Mapping[str, EngagementKind]] = {
    "taskSent": "task_sent", "reply": "reply", "noteWatched": "watch", "unsubscribe": "unsubscribe",
    "stopText": "stop_text",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """What the vendor leaves open."""

    text_opt_in: str
    text_opt_out: str
    comments_length: int


def task_body(write: ThanksWrite, options: Options) -> dict[str, str]:
    """Body of `createTask`."""
    text = write.text
    if len(text) > options.comments_length:
        text = f"{text[: options.comments_length - 1]}…"
    return _filled({**_person(write.donor, options), "comments": text, "assignedTo": write.assigned_to})


def note_body(write: ThanksWrite, options: Options) -> dict[str, str]:
    """Body of `sendNote`."""
    return _filled({**_person(write.donor, options), "noteId": write.note})


def _person(donor: Thanked, options: Options) -> dict[str, str]:
    return {
        "email": donor.email,
        "firstName": donor.first_name,
        "lastName": donor.last_name,
        "customUserId": donor.account_number,
        "cellNumber": donor.phone,
        "textOptIn": options.text_opt_in if donor.may_text else options.text_opt_out,
    }


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    """Without blanks: an empty text may clear what stands there."""
    return {name: text for name, text in fields.items() if text}


def choices(rows: Any) -> dict[str, str]:
    """Id -> label of what `getUsers` or `getNotes` lists."""
    found = [Choice.model_validate(row) for row in rows if isinstance(row, Mapping)]
    return {one.id: one.label or one.id for one in found if one.id}


def engagement(event: str, body: bytes) -> Engagement:
    """A notification, as JSON or as a form: how it is encoded is not documented. Raises `Reject`."""
    try:
        told = Notification.model_validate(_fields(body))
    except (ValidationError, UnicodeDecodeError, RecursionError):
        raise Reject("The notification is not in the known form.", code="notification_malformed") from None
    if event not in EVENTS:
        raise Reject("Nothing is known of this kind of notification.", code="notification_unknown")
    return Engagement(
        kind=EVENTS[event],
        account_number=told.contact_customUserId.strip(),
        email=told.contact_email.strip(),
        note_title=told.noteTitle.strip(),
        note_url=told.noteURL.strip(),
        reply=told.replyText.strip(),
        reply_video=told.replyVideoSrc.strip(),
    )


def _fields(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return dict(parse_qsl(body.decode(), keep_blank_values=True)) or None
