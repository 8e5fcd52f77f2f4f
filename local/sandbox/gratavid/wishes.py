"""What the control calls take."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.gratavid.notifications import Order
from local.sandbox.gratavid.options import Options


class Wish(BaseModel):
    """What a control call asks for; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class NewAccount(Wish):
    """An account to create, with its users' names and its notes' titles; without `api_key` one is made up."""

    name: str
    api_key: str | None = None
    users: list[str] = Field(default_factory=lambda: ["Avery Admin", "Robin Video"])
    notes: list[str] = Field(default_factory=lambda: ["Thank you", "Happy anniversary"])
    options: Options = Field(default_factory=Options)


class DonorAction(Wish):
    """What donors do: watch or reply to `sends` (ids), or take back a consent (`contact`: id or address)."""

    action: Literal["watch", "reply", "unsubscribe", "stop_text"]
    sends: list[str] = Field(default_factory=list)
    contact: str = ""
    percent: int = Field(100, ge=0, le=100)
    text: str = ""
    video: str = ""


class StaffAction(Wish):
    """What staff do; which fields count goes by `action`. `title` is a note's title or a user's name."""

    action: Literal[
        "send_task", "delete_task", "send_note", "edit_contact", "add_note", "archive_note", "add_user", "remove_user"
    ]
    task: str = ""
    note: str = ""
    user: str = ""
    contact: str = ""
    title: str = ""
    fields: dict[str, str] = Field(default_factory=dict)


class Seed(Wish):
    """People `first` to `first + people` of a seed as contacts; `note` (an id): it was sent to each of them.

    `custom_ids`: their customUserId counts from this number on; None leaves it empty.
    """

    seed: str | int = "donors"
    first: int = 0
    people: int = 0
    custom_ids: int | None = 1001
    note: str = ""


class Key(Wish):
    """A key to add, to revoke, or to make good again."""

    key: str
    active: bool = True


class NewSubscription(Wish):
    """A subscription made in Gratavid's own pages."""

    event: Literal["taskSent", "reply", "noteWatched", "unsubscribe", "stopText"]
    url: str


class Release(Wish):
    """Held notifications (`numbers`, None: all) to post in an order, each `copies` times."""

    numbers: list[int] | None = None
    order: Order = "as_made"
    copies: int = Field(1, ge=1)
    seed: str = "order"


class HandMade(Wish):
    """A notification with any body, to the address of a subscription (its id)."""

    subscription: int
    body: str
    content_type: str = "application/json"
