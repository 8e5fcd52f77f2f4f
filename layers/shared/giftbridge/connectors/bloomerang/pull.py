"""Transactions that somebody recorded in Bloomerang, for a platform that wants to know of them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from pydantic import BaseModel

from giftbridge.connectors.base import Page
from giftbridge.connectors.bloomerang.calls import Calls
from giftbridge.connectors.bloomerang.gifts import Kinds
from giftbridge.connectors.bloomerang.paging import PAGE, stamp_of
from giftbridge.connectors.pulls import CrmGift
from giftbridge.domain.gift import Designation, GiftKind, Method
from giftbridge.domain.money import cents_from_major
from giftbridge.errors import GiftbridgeError, Reject

GIVEN: Final = frozenset({"Donation", "PledgePayment", "RecurringDonationPayment"})
"""Types of designations that are money given; pledges and schedules are promises."""
METHODS: Final[Mapping[str, Method]] = {
    "Cash": "cash", "Check": "check", "CreditCard": "card", "ApplePay": "card", "GooglePay": "card", "Eft": "ach",
    "InKind": "in_kind", "PayPal": "paypal", "Venmo": "venmo",
}  # fmt: skip
EDGE_ROWS: Final = 3
MARK: Final = re.compile(r"\s*\[ref ([^\]]+)\]")


class Cursor(BaseModel):
    """Up to which stamp of the vendor's the list was read; where this round stands, and the newest stamp it saw."""

    since: str = ""
    skip: int = 0
    newest: str = ""


class Pull(Calls):
    """Transactions by change."""

    def crm_gift_changes(self, cursor: str) -> Page[str]:
        """Newest first, down to what was read before: a row that changes meanwhile comes to the front, for next time.

        Rows of the edge come again, as two changes of one second can't be told apart.
        """
        at = Cursor.model_validate_json(cursor) if cursor else None
        skip = max(0, at.skip - EDGE_ROWS) if at else 0
        query = {"orderBy": "LastModifiedDate", "orderDirection": "Desc", "skip": skip, "take": PAGE if at else 1}
        rows = self._fetch("/transactions", query)["Results"]
        newest = max([at.newest or at.since if at else "", *map(stamp_of, rows)])
        if at is None:
            return Page((), Cursor(since=newest or "-").model_dump_json(), False)
        fresh = tuple(str(row["Id"]) for row in rows if stamp_of(row) >= at.since)
        more = len(fresh) == len(rows) == PAGE
        following = Cursor(since=at.since, skip=skip + PAGE, newest=newest) if more else Cursor(since=newest)
        return Page(fresh, following.model_dump_json(), more)

    def crm_gifts(self, ids: Sequence[str]) -> dict[str, CrmGift | GiftbridgeError]:
        """Transactions by id, up to 50 a call."""
        size = self.manifest.limits.read_batch
        found: dict[str, CrmGift | GiftbridgeError] = {}
        for start in range(0, len(ids), size):
            query = {"id": "|".join(ids[start : start + size]), "take": size}
            for raw in self._fetch("/transactions", query)["Results"]:
                if all(row.get("Type") in GIVEN for row in raw.get("Designations", [])):
                    found[str(raw["Id"])] = self._crm_gift(raw)
        return found

    def _crm_gift(self, raw: Mapping[str, Any]) -> CrmGift | GiftbridgeError:
        try:
            return crm_gift(raw, self._gift_options.kinds)
        except Reject as refused:
            return refused


def crm_gift(raw: Mapping[str, Any], kinds: Kinds) -> CrmGift:
    """A transaction in the read shape. Its day is the organisation's already and is not shifted. Pure."""
    rows = raw["Designations"]
    notes = dict.fromkeys(MARK.sub("", row.get("Note") or "").strip() for row in rows)
    return CrmGift(
        id=str(raw["Id"]),
        contact_id=str(raw["AccountId"]),
        day=_day(raw),
        amount=cents_from_major(raw.get("Amount")),
        method=METHODS.get(raw.get("Method") or "", "other"),
        parts=tuple(_part(row) for row in rows),
        kind=_kind(raw, kinds),
        fee=cents_from_major(raw.get("FeeAmount") or 0),
        refunded=raw.get("IsRefunded") == "Yes",
        reference=raw.get("CheckNumber") or "",
        note="; ".join(note for note in notes if note),
        schedule_id=_first(rows, "RecurringDonationId"),
        pledge_id=_first(rows, "PledgeId"),
        marks=tuple(MARK.findall(" ".join(row.get("Note") or "" for row in rows))),
    )


def _day(raw: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(str(raw.get("Date") or "")[:10])
    except ValueError:
        raise Reject("The date of the gift is missing or is none.", code="date_invalid") from None


def _part(row: Mapping[str, Any]) -> Designation:
    fund, campaign, appeal = (str((row.get(name) or {}).get("Id", "")) for name in ("Fund", "Campaign", "Appeal"))
    return Designation(cents_from_major(row.get("Amount")), fund, campaign, appeal)


def _first(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    return next((str(row[name]) for row in rows if row.get(name)), "")


def _kind(raw: Mapping[str, Any], kinds: Kinds) -> GiftKind:
    """By the setting `types`, read backwards; the first that fits."""
    first = raw["Designations"][0]
    told = {f"method:{raw.get('Method')}", f"campaign:{(first.get('Campaign') or {}).get('Id')}"}
    for value in first.get("CustomValues", []):
        chosen = [*value.get("Values", []), *([value["Value"]] if value.get("Value") else [])]
        told |= {f"pick:{value['FieldId']}={one.get('Id')}" for one in chosen}
        told |= {f"field:{value['FieldId']}={one.get('Value')}" for one in chosen}
    return next((kind for kind, mark in kinds.items() if mark in told), "donation")
