"""RaiseDonors over the Platform API: online donations."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from giftbridge.connectors.base import GiftSeen, Page
from giftbridge.connectors.platform_api.client import PlatformApi
from giftbridge.connectors.raisedonors import mapping, models
from giftbridge.domain.gift import Gift
from giftbridge.domain.project import Project
from giftbridge.errors import GiftbridgeError, Reject


class RaiseDonors(PlatformApi):
    """Donors as every platform has its contacts; donations."""

    def gift_changes(self, cursor: str) -> Page[GiftSeen]:
        """New, changed and refunded donations, in every state."""
        page = self.feed("/donations", cursor)
        return Page(tuple(map(mapping.seen, page["items"])), page["nextCursor"], page["hasMore"])

    def project_changes(self, cursor: str) -> Page[Project]:
        """What a donation may be for; a row that makes no sense is passed over."""
        page = self.feed("/projects", cursor)
        rows = (mapping.project(row) for row in page["items"])
        return Page(tuple(row for row in rows if row), page["nextCursor"], page["hasMore"])

    def gifts(self, ids: Sequence[str]) -> dict[str, Gift | GiftbridgeError]:
        """Donations by id."""
        return {row["id"]: _gift(row) for row in self.by_ids("/donations", ids)}


def _gift(raw: Mapping[str, Any]) -> Gift | GiftbridgeError:
    try:
        return mapping.gift(models.Donation.model_validate(raw))
    except ValidationError:
        return Reject("The platform's donation is not in the agreed form.", code="gift_malformed")
    except Reject as refused:
        return refused


CONNECTOR: Final = RaiseDonors
