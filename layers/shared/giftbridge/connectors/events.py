"""Platforms whose gifts belong to fundraising events and go once an event is reconciled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from giftbridge.connectors.base import Page


@dataclass(frozen=True, slots=True)
class Event:
    """A fundraising event of a platform (Handbid: an auction)."""

    id: str
    name: str
    reconciled: bool
    time_zone: str = ""
    starts: datetime | None = None
    reconciled_at: datetime | None = None
    """Or when it was changed last, in UTC; None where that is not told."""


@runtime_checkable
class HoldsEvents(Protocol):
    """A platform whose gifts belong to events and go once an event is reconciled."""

    def event(self, event_id: str) -> Event:
        """Raises `NotFound`."""

    def event_gifts(self, event_id: str, cursor: str) -> Page[str]:
        """Ids of the event's gifts, whatever their status."""


@runtime_checkable
class ListsEvents(Protocol):
    """A platform that holds events and can list them: for a person to choose from, and as webhooks can be lost."""

    def events(self, cursor: str) -> Page[Event]:
        """Events changed since `cursor` (empty: all there are), each at least once; a row without sense is left out."""


@runtime_checkable
class ListsRefunds(Protocol):
    """A platform that tells of refunds by webhooks, and lists them too, as those can be lost."""

    def refunded_gifts(self, cursor: str) -> Page[str]:
        """Ids of gifts of which money was given back since `cursor` (empty: ever), each at least once."""
