"""Handbid over the Platform API: auctions, their payments and receipts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from pydantic import ValidationError

from giftbridge.connectors.base import Page
from giftbridge.connectors.events import Event
from giftbridge.connectors.handbid import mapping, models
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.platform_api.client import PlatformApi
from giftbridge.connectors.registry import Wiring
from giftbridge.domain.gift import Gift
from giftbridge.errors import GiftbridgeError, NotFound, Reject


class Handbid(PlatformApi):
    """Contacts as every platform has them; events and gifts of auctions."""

    def __init__(self, manifest: Manifest, wiring: Wiring) -> None:
        super().__init__(manifest, wiring)
        self._events: dict[str, Event] = {}

    def event(self, event_id: str) -> Event:
        """An auction, read once."""
        if event_id not in self._events:
            seen = models.Event.model_validate(self.api.get(f"/events/{quote(event_id, safe='')}", needs="id"))
            self._events[event_id] = mapping.event(seen)
        return self._events[event_id]

    def events(self, cursor: str) -> Page[Event]:
        """A page of auctions in the order of their changes."""
        page = self.feed("/events", cursor)
        found = (_event(row) for row in page["items"])
        return Page(tuple(one for one in found if one), page["nextCursor"], page["hasMore"])

    def refunded_gifts(self, cursor: str) -> Page[str]:
        """Ids of transactions, by their refunds; those of donations are not Handbid's."""
        page = self.feed("/refunds", cursor)
        found = (row.get("transactionId") for row in page["items"])
        return Page(tuple(one for one in found if isinstance(one, str) and one), page["nextCursor"], page["hasMore"])

    def event_gifts(self, event_id: str, cursor: str) -> Page[str]:
        """Ids of the auction's transactions."""
        page = self.feed(f"/events/{quote(event_id, safe='')}/transactions", cursor)
        return Page(tuple(row["id"] for row in page["items"]), page["nextCursor"], page["hasMore"])

    def gifts(self, ids: Sequence[str]) -> dict[str, Gift | GiftbridgeError]:
        """Transactions with what their receipt tells: items and whether it was e-mailed."""
        raw = self.by_ids("/transactions", ids)
        wanted = sorted({row["receiptId"] for row in raw if row.get("receiptId")})
        receipts = {row["id"]: row for row in self.by_ids("/receipts", wanted)}
        return {row["id"]: self._gift(row, receipts.get(row.get("receiptId", ""))) for row in raw}

    def _gift(self, raw: Mapping[str, Any], receipt: Mapping[str, Any] | None) -> Gift | GiftbridgeError:
        try:
            seen = models.Transaction.model_validate(raw)
            paper = models.Receipt.model_validate(receipt) if receipt else None
            return mapping.gift(seen, paper, self.event(seen.eventId).name if seen.eventId else "")
        except ValidationError:
            return Reject("The platform's transaction is not in the agreed form.", code="gift_malformed")
        except (Reject, NotFound) as refused:
            return refused


def _event(raw: Mapping[str, Any]) -> Event | None:
    try:
        return mapping.event(models.Event.model_validate(raw))
    except ValidationError:
        return None


CONNECTOR: Final = Handbid
