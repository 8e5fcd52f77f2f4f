"""What a person has chosen of the gifts to send, as it was typed, and what there is to choose from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from giftbridge.connectors.base import Purposes
from giftbridge.domain.routing import Purpose
from giftbridge.errors import Defer, Disconnected, GiftbridgeError
from giftbridge.jobs.choosing import matching
from giftbridge.jobs.send import Order
from giftbridge.jobs.settings_form import LISTS
from giftbridge.portal.visit import Visit, whole

MOST: Final = 100
"""Gifts that are sent at once."""
LONGEST_ID: Final = 128
OPTIONS: Final = 50
"""Funds, campaigns or appeals that are offered at once."""
CONFIRMS: Final[Mapping[str, str]] = {"unreconciled": "confirm_unreconciled", "other_choices": "confirm_changes"}
"""What wants a confirmation -> the field that gives it."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form as it was sent, or an empty one. `listed` are gifts that it showed, ticked or not."""

    ids: tuple[str, ...]
    listed: tuple[str, ...]
    text: str
    purpose: Purpose
    searched: Mapping[str, str]
    confirmed: frozenset[str]
    event: str
    cursor: str
    skip: int
    page: int
    fresh: bool

    @classmethod
    def of(cls, here: Visit) -> "Form":
        """From what was typed, or from the address of a page."""
        known = {name: here.given(name) or here.query.get(name, "") for name in ("event", "cursor", "skip", "page")}
        ticked = here.typed.get("page_gift" if here.given("all") else "gift", ())
        text = here.given("ids")
        ids = tuple(dict.fromkeys([*ticked, *(one for one in re.split(r"[\s,;]+", text) if one)]))
        return cls(
            ids=ids,
            listed=tuple(dict.fromkeys([*here.typed.get("listed", ()), *ids])),
            text=text,
            purpose=Purpose(*(here.given(kind) for kind in LISTS)),
            searched=dict(zip(LISTS, [one.strip() for one in here.typed.get("q", ())], strict=False)),
            confirmed=frozenset(name for name in CONFIRMS.values() if here.given(name)),
            event=known["event"],
            cursor=known["cursor"],
            skip=whole(known["skip"]),
            page=max(1, whole(known["page"])),
            fresh=bool(here.given("fresh")),
        )

    @property
    def order(self) -> Order:
        """As the job takes it."""
        return Order(
            self.ids,
            self.purpose,
            confirm_unreconciled="confirm_unreconciled" in self.confirmed,
            confirm_changes="confirm_changes" in self.confirmed,
        )

    @property
    def mistake(self) -> str:
        """What is wrong with the choice of gifts; empty for nothing."""
        if not self.ids:
            return "Choose at least one gift."
        if len(self.ids) > MOST:
            return f"At most {MOST} gifts are sent at once; these are {len(self.ids)}."
        if any(len(one) > LONGEST_ID or not one.strip(".") for one in self.ids):
            return f"An id has at most {LONGEST_ID} characters, and not dots alone."
        return ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the CRM's lists, as far as it is offered: id -> name; None where it could not be read."""

    kind: str
    chosen: str
    searched: str = ""
    options: Mapping[str, str] | None = None
    found: int = 0

    @classmethod
    def of(cls, kind: str, chosen: str, searched: str, known: Purposes | None) -> "Choice":
        """Those whose name or id holds what was searched for, at most `OPTIONS`; what is chosen stays."""
        if known is None:
            return cls(kind, chosen, searched)
        entries: Mapping[str, str] = getattr(known, LISTS[kind])
        fits = matching(entries, searched)
        offered = dict(sorted(fits.items(), key=lambda one: one[1].casefold())[:OPTIONS])
        if chosen and chosen not in offered:
            offered[chosen] = entries.get(chosen, "Unknown")
        return cls(kind, chosen, searched, offered, len(fits))

    @property
    def more(self) -> bool:
        """Whether there are more than are offered."""
        return self.found > OPTIONS


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a system can't be read now, and when to try again (UTC), if that is known."""

    text: str
    until: datetime | None
    reconnect: bool

    @classmethod
    def of(cls, raised: GiftbridgeError) -> "Trouble":
        """From what reading raised."""
        return cls(str(raised), raised.until if isinstance(raised, Defer) else None, isinstance(raised, Disconnected))
