"""What the control calls take."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from local.sandbox.handbid.organisation import Origin
from local.sandbox.handbid.webhooks import Variant

OVERSIZE_BYTES = 300_000


class Wish(BaseModel):
    """What a control call asks for; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class NewContact(Wish):
    """A contact made by somebody."""

    fields: dict[str, Any]
    origin: Origin = "admin"


class Crowd(Wish):
    """People `start` to `start + count` of a seed, stamped `step_ms` apart."""

    seed: str = "people"
    start: int = 0
    count: int
    step_ms: int = 1


class Edit(Wish):
    """The same merge patch for some contacts, made by somebody."""

    ids: list[str]
    patch: dict[str, Any]
    origin: Origin = "admin"


class Deletion(Wish):
    """Contacts deleted by somebody."""

    ids: list[str]
    origin: Origin = "admin"


class RefundWish(Wish):
    """A refund in cents; None = all that is left."""

    amount: int | None = None
    reason: str | None = None


class RawRow(Wish):
    """A record put in as it is."""

    kind: str
    row: dict[str, Any]


class BadData(Wish):
    """One of `bad_data.CASES`."""

    case: str
    event: str | None = None
    contact: str | None = None


class HandMade(Wish):
    """An event request made by hand; `subject` is the contact's, event's or transaction's id, `id` the event's."""

    type: str
    subject: str
    variant: Variant = "valid"
    id: str | None = None
    body: str | None = None
    size: int = OVERSIZE_BYTES
    send: bool = True
