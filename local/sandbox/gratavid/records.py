"""What an account holds. Ids are opaque texts, as the connector declares them; times are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

CONTACT_FIELDS = ("firstName", "lastName", "customUserId", "customAccountId", "cellNumber")
"""Texts of a contact that createTask and sendNote may set, besides its address and its consent."""

EVENTS = ("taskSent", "reply", "noteWatched", "unsubscribe", "stopText")
"""What can be subscribed to, in the connector's words."""

SendState = Literal["queued", "sent", "skipped"]


@dataclass
class User:
    """Somebody of the organisation who records videos."""

    id: str
    label: str
    active: bool = True


@dataclass
class Note:
    """A video message; `listed`: it is offered by getNotes (a task's own video is not)."""

    id: str
    title: str
    listed: bool = True


@dataclass
class Contact:
    """A donor, keyed by e-mail. `textOptIn` None: nobody ever said."""

    id: str
    email: str
    firstName: str = ""
    lastName: str = ""
    customUserId: str = ""
    customAccountId: str = ""
    cellNumber: str = ""
    textOptIn: bool | None = None
    unsubscribed: bool = False
    stopped: bool = False


@dataclass
class Task:
    """A to-do for staff: record a video for this contact and send it."""

    id: str
    contact: str
    comments: str
    assignedTo: str
    at: float
    state: Literal["open", "sent", "deleted"] = "open"


@dataclass
class Send:
    """One delivery of a note to a contact; `skipped`: taken, but the donor never gets it."""

    id: str
    note: str
    contact: str
    task: str
    url: str
    at: float
    due: float
    channels: list[str]
    state: SendState = "queued"
    watched: int = 0
    replies: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Subscription:
    """An address that hears of one event."""

    id: int
    event: str
    url: str
    at: float


@dataclass
class Notification:
    """One body for one address. `lost`: the sandbox ended before it was posted.

    `number`, `event` and `about` (the send's or the contact's id) are the sandbox's own: the body names none of them.
    `attempts` holds the HTTP status (or the error's name) of each try.
    """

    number: int
    event: str
    about: str
    subscription: int
    url: str
    content_type: str
    body: str
    at: float
    state: Literal["held", "pending", "delivered", "failed", "lost"] = "pending"
    attempts: list[int | str] = field(default_factory=list)
