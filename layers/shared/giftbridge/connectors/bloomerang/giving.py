"""Telling what was given, and keeping what donors do with thanks: neither lists by change but in order of creation."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationError

from giftbridge.connectors.base import Done, Page, Written
from giftbridge.connectors.bloomerang import gifts, mapping, paging, search
from giftbridge.connectors.bloomerang.calls import Calls
from giftbridge.connectors.bloomerang.models import Constituent, Given, Interaction, Transaction
from giftbridge.connectors.bloomerang.paging import EDGE_ROWS, PAGE
from giftbridge.connectors.thanks import InteractionWrite
from giftbridge.domain.contact import Contact
from giftbridge.domain.giving import Donation, Supporter
from giftbridge.domain.money import cents_from_major
from giftbridge.errors import Conflict, NotFound, Reject, Retry

MONEY: Final = frozenset({"Donation", "PledgePayment", "RecurringDonationPayment"})
"""Kinds of designation that are money; a pledge and a recurring donation are promises of it."""
OUR_MARK: Final = re.compile(r"\s*\[ref [^\]]*\]")


class Cursor(BaseModel):
    """Where the reader of new transactions stands; the list is read newest first, from `stamp` on."""

    stamp: str = ""
    newest: str = ""
    skip: int = 0
    edge: list[int] = Field(default_factory=list)
    """The last rows that were read: if none of them is on the next page, rows before it were deleted."""
    known: list[int] = Field(default_factory=list)
    """Rows around `stamp` that were told already."""
    told: list[int] = Field(default_factory=list)
    """Rows around `newest`, which will be known the next time."""

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """From what `__str__` wrote; an empty text has read nothing."""
        return cls.model_validate_json(text) if text else cls()

    def __str__(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


class Giving(Calls):
    """The part of the connector that tells of gifts and keeps interactions."""

    # -- what was given

    def giving_changes(self, cursor: str, since: datetime) -> Page[str]:
        """New transactions by the vendor's stamp of creation; a new one may show in lists only after a while."""
        place = Cursor.parse(cursor)
        start = max(0, place.skip - EDGE_ROWS)
        page = self._fetch("/transactions", {"skip": start, "take": PAGE, **NEWEST_FIRST})
        rows = [(int(row["Id"]), _created(row)) for row in page["Results"]]
        if place.edge and not {number for number, _ in rows} & set(place.edge):
            return Page((), str(place.model_copy(update={"skip": 0, "edge": []})), True)
        floor = max(self._reach_back(place.stamp), since.replace(microsecond=0))
        fresh = [(number, made) for number, made in rows if made >= floor]
        more = len(fresh) == len(rows) and start + len(rows) < page["TotalFiltered"]
        following = self._followed(place, rows, start + len(rows), more)
        return Page(tuple(str(number) for number, _ in fresh if number not in place.known), str(following), more)

    def _followed(self, place: Cursor, rows: Sequence[tuple[int, datetime]], reached: int, more: bool) -> Cursor:
        newest = max([place.newest or place.stamp, *(made.isoformat() for _, made in rows)])
        around = self._reach_back(newest)
        told = [number for number, made in rows if made >= around]
        if more:
            edge = [number for number, _ in rows[-EDGE_ROWS:]]
            told = sorted({*place.told, *told})
            return place.model_copy(update={"newest": newest, "skip": reached, "edge": edge, "told": told})
        return Cursor(stamp=newest, known=sorted({*place.told, *told}))

    def _reach_back(self, stamp: str) -> datetime:
        """From where on rows may still turn up."""
        if not stamp:
            return datetime.min.replace(tzinfo=UTC)
        lag = timedelta(seconds=int(self._option("lookup_lag_seconds")))
        return datetime.fromisoformat(stamp) - lag - paging.OVERLAP

    def donations(self, ids: Sequence[str]) -> dict[str, Donation]:
        """Transactions by id, 50 a call."""
        rows = self._by_ids("/transactions", ids)
        return {str(row["Id"]): donation for row in rows if (donation := _donation(row))}

    def giving(self, contact_id: str) -> list[Donation]:
        """All transactions of a constituent, oldest first: a new one moves nothing. Pages overlap by a few rows."""
        found: dict[str, Donation] = {}
        skip = 0
        if not _is_number(contact_id):
            return []
        while True:
            page = self._fetch("/transactions", {"accountId": contact_id, "skip": skip, "take": PAGE, **OLDEST_FIRST})
            rows = page["Results"]
            found |= {str(row["Id"]): one for row in rows if (one := _donation(row))}
            reached = skip + len(rows)
            if not rows or reached >= page["TotalFiltered"]:
                return list(found.values())
            skip = max(skip + 1, reached - EDGE_ROWS)

    def supporters(self, ids: Sequence[str]) -> dict[str, Supporter]:
        """Constituents by id; what is none may be a household."""
        found = {str(row["Id"]): _supporter(row) for row in self._by_ids("/constituents", ids)}
        rest = [one for one in ids if one not in found]
        homes = self._by_ids("/households", rest) if rest else []
        return found | {str(row["Id"]): _household(row) for row in homes}

    def _by_ids(self, path: str, ids: Sequence[str]) -> Iterable[dict[str, Any]]:
        ids = [one for one in ids if _is_number(one)]
        for start in range(0, len(ids), PAGE):
            yield from self._fetch(path, {"id": "|".join(ids[start : start + PAGE]), "take": PAGE})["Results"]

    # -- interactions

    def constituent_by_account_number(self, number: str) -> str:
        """The vendor's search is fuzzy and mixes households: the number itself is compared."""
        if not _is_number(number):
            return ""
        rows = search.found(self._fetch, number)
        found = [Constituent.model_validate(row) for row in rows if str(row.get("AccountNumber")) == number]
        people = {one.Id for one in found if one.Type in ("Individual", "Organization")}
        return str(people.pop()) if len(people) == 1 and len(found) == 1 else ""

    def log_interaction(self, write: InteractionWrite) -> Written:
        """On the organisation's calendar day; our reference stands at the end of the note."""
        zone = ZoneInfo(str(self._wiring.settings.get("time_zone", "UTC")))
        sign = gifts.mark(write.reference.value)
        text = write.text[: int(self._option("note_length"))]
        body = {
            "AccountId": int(write.contact_id),
            "Date": write.at.astimezone(zone).date().isoformat(),
            "Channel": self._option("interaction_channels").get(write.kind, "Other"),
            "Purpose": self._option("interaction_purpose"),
            "Subject": write.subject[:100],
            "IsInbound": write.inbound,
            "Note": " ".join(part for part in (text, sign) if part),
        }
        try:
            return Done(str(self._api.call("POST", "/interaction", json=body, needs="Id").body["Id"]))
        except (Reject, NotFound, Conflict) as refused:
            return refused

    def recall_interaction(self, write: InteractionWrite) -> list[str]:
        """This constituent's recent interactions are scanned for our mark."""
        since = write.reference.since - timedelta(seconds=self.manifest.limits.clock_skew_seconds)
        made = paging.created_since(self._fetch, since, "/interactions", {"constituent": write.contact_id})
        found = [Interaction.model_validate(row) for row in made]
        sign = gifts.mark(write.reference.value)
        return [str(one.Id) for one in found if sign in one.Note]


NEWEST_FIRST: Final = {"orderBy": "CreatedDate", "orderDirection": "Desc"}
OLDEST_FIRST: Final = {"orderBy": "CreatedDate", "orderDirection": "Asc"}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _created(row: Mapping[str, Any]) -> datetime:
    made = Transaction.model_validate(row).AuditTrail.CreatedDate
    if made is None:
        raise Retry("Bloomerang's transaction does not tell when it was made.", code="garbled")
    return made


def _donation(row: Mapping[str, Any]) -> Donation | None:
    """A transaction as far as a thank-you may know it: nothing of how it was paid. None where it makes no sense."""
    try:
        seen = Given.model_validate(row)
        amount, day = cents_from_major(seen.Amount), date.fromisoformat(seen.Date)
    except (ValidationError, ValueError, Reject):
        return None
    notes = [OUR_MARK.sub("", part.Note).strip() for part in seen.Designations]
    return Donation(
        id=str(seen.Id),
        contact_id=str(seen.AccountId),
        amount=amount,
        day=day,
        created_at=_created(row),
        comment="; ".join(dict.fromkeys(note for note in notes if note)),
        real=any(part.Type in MONEY for part in seen.Designations),
        refunded=seen.IsRefunded == "Yes",
    )


def _supporter(row: Mapping[str, Any]) -> Supporter:
    seen = Constituent.model_validate(row)
    return Supporter(
        id=str(seen.Id),
        contact=mapping.record(row).contact,
        account_number=str(seen.AccountNumber or ""),
        informal_name=seen.InformalName,
        deceased=seen.Status == "Deceased",
    )


def _household(row: Mapping[str, Any]) -> Supporter:
    return Supporter(id=str(row["Id"]), contact=Contact(), household=True)
