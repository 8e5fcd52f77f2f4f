"""Notifications: one schema for every event, without the event's name, an id or a time, and unsigned.

A subscriber can only tell events apart by the address that was called.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import urlencode

from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.options import Options
from local.sandbox.gratavid.records import Contact, Notification, Send, Subscription

_CONTACT_FIELDS = ("customUserId", "customAccountId", "email", "firstName", "lastName")
_CONTENT_TYPES = {
    "json": "application/json",
    "json_as_text": "text/plain; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
}
_SAMPLE = Contact("", "sample.donor@example.org", "Sample", "Donor", "12345", "67890")

Order = Literal["as_made", "reversed", "shuffled"]


def announce(
    account: Account, event: str, contact: Contact, send: Send | None, text: str = "", video: str = ""
) -> list[int]:
    """Tell every subscriber of an event; returns the notifications' numbers.

    The contact's fields are those it has now, not those it had when the note was sent. The vendor's help: nothing is
    told of what was sent before the integration was turned on.
    """
    if not account.options.revoked_key_notifies and not any(account.keys.values()):
        return []
    fields = _fields(account, contact, send, {"replyText": text, "replyVideoSrc": video})
    about = send.id if send else contact.id
    told = [row for row in account.subscriptions.values() if row.event == event and _is_told(account, row, send)]
    return dispatch(account, [make(account, row, about, fields) for row in told for _ in range(account.options.copies)])


def sample(account: Account, subscription: Subscription) -> list[int]:
    """A made-up notification for a new subscription, about nobody there is."""
    fields = _fields(account, _SAMPLE, None, {"replyText": "", "replyVideoSrc": ""})
    return dispatch(account, [make(account, subscription, "", fields)])


def make(account: Account, subscription: Subscription, about: str, fields: dict[str, Any]) -> Notification:
    """A notification, not yet on its way."""
    content_type, body = _encoded(account.options, fields)
    return keep(account, subscription, about, content_type, body)


def keep(account: Account, subscription: Subscription, about: str, content_type: str, body: str) -> Notification:
    """A notification with a body that is settled."""
    number = account.number("notification")
    notification = Notification(
        number=number,
        event=subscription.event,
        about=about,
        subscription=subscription.id,
        url=subscription.url,
        content_type=content_type,
        body=body,
        at=account.clock.now(),
        state="held",
    )
    account.notifications[number] = notification
    account.changed()
    return notification


def dispatch(account: Account, notifications: Iterable[Notification], *, held: bool | None = None) -> list[int]:
    """Post notifications, unless they are held back; returns their numbers."""
    numbers = []
    for notification in notifications:
        numbers.append(notification.number)
        if not (account.options.hold if held is None else held):
            account.courier.hand_in(account.name, notification, account.options, _Done(account))
    return numbers


def release(account: Account, numbers: list[int] | None, order: Order, copies: int, seed: str) -> list[int]:
    """Post what is held back (all, or these) in an order, each `copies` times; returns the numbers in that order."""
    held = [row for row in account.notifications.values() if row.state == "held"]
    chosen = [row for row in held if numbers is None or row.number in numbers]
    chosen += [_copy(account, row) for row in chosen for _ in range(copies - 1)]
    if order == "reversed":
        chosen.reverse()
    elif order == "shuffled":
        random.Random(seed).shuffle(chosen)
    return dispatch(account, chosen, held=False)


def replay(account: Account, number: int) -> list[int]:
    """Post a notification once more, the same in every byte; KeyError when there is none."""
    return dispatch(account, [_copy(account, account.notifications[number])], held=False)


class _Done:
    """What follows the last try of a notification."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, notification: Notification) -> None:
        if notification.attempts[-1] == 410 and self._account.options.gone_unsubscribes:
            self._account.subscriptions.pop(notification.subscription, None)
        self._account.changed()


def _copy(account: Account, old: Notification) -> Notification:
    subscription = Subscription(old.subscription, old.event, old.url, old.at)
    return keep(account, subscription, old.about, old.content_type, old.body)


def _is_told(account: Account, subscription: Subscription, send: Send | None) -> bool:
    if send is None or account.options.sent_before_subscription == "notifies":
        return True
    return send.due >= subscription.at


def _fields(account: Account, contact: Contact, send: Send | None, reply: dict[str, str]) -> dict[str, Any]:
    note = {"noteTitle": account.notes[send.note].title if send else "", "noteURL": send.url if send else ""}
    who = {f"contact_{name}": getattr(contact, name) for name in _CONTACT_FIELDS}
    return {**note, **who, **reply}


def _encoded(options: Options, fields: dict[str, Any]) -> tuple[str, str]:
    shown = {name: _shown(options, text) for name, text in fields.items()}
    if options.empty_fields == "omitted":
        shown = {name: text for name, text in shown.items() if text}
    shown |= options.extra_fields
    if options.encoding == "form":
        text = urlencode({name: "" if value is None else value for name, value in shown.items()})
    else:
        text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return _CONTENT_TYPES[options.encoding], text


def _shown(options: Options, text: str) -> str | None:
    return None if options.empty_fields == "null" and not text else text
