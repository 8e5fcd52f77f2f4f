"""WeGive's dashboard API with one organisation's key. Everything here reads, but for `find_or_create_donor`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from pydantic import ValidationError

from giftbridge.connectors.base import GiftSeen, Identity, Page
from giftbridge.connectors.http import Api
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.pulls import FileGift
from giftbridge.connectors.registry import Wiring
from giftbridge.connectors.wegive import files, mapping, paging, plans
from giftbridge.connectors.wegive.mapping import CONSENT
from giftbridge.connectors.wegive.models import Fund, Plan, Transaction
from giftbridge.connectors.wegive.values import Options
from giftbridge.domain import normalise
from giftbridge.domain.contact import Contact, Record
from giftbridge.domain.gift import Gift, Schedule
from giftbridge.errors import Disconnected, GiftbridgeError, NotFound, Reject, Retry

DONORS: Final = 25
"""Donors a page: each costs a call of its own, as the list lacks the last name."""
UNSURE: Final = timedelta(hours=1)
"""How far our clock may be ahead of the vendor's, where it does not tell its own."""
BY_ID: Final = {"id": "asc"}

Row = Mapping[str, Any]


def explain(status: int, _body: Any) -> tuple[str, str] | None:
    """A refused question: the vendor's words may repeat what was asked for."""
    return ("query_refused", "WeGive does not take the question as it was put.") if status == 422 else None


class WeGive:
    """Reads donors, gifts and schedules; finds or creates donors."""

    def __init__(self, manifest: Manifest, wiring: Wiring) -> None:
        self.manifest = manifest
        self._wiring = wiring
        key = str(wiring.credentials.get("api_key", ""))  # a bar is part of it
        # What we ask for is all that a key is for, so one that may not read it is as good as none.
        self._api = Api(
            manifest.name, manifest.title, wiring.base_url(manifest), wiring.client, wiring.gate, wiring.now,
            {"Authorization": f"Bearer {key}", "Accept": "application/json"}, {403: Disconnected}, explain,
        )  # fmt: skip

    def _option(self, name: str) -> Any:
        return self._wiring.option(self.manifest, name)

    def identify(self) -> Identity:
        """The organisation that any gift or donor names; no call asks for it. Raises `Reject` where there is none."""
        gift = self._list("transactions", {"view": "all", "type": "both"}, 1, 1).rows
        donor = self._list("donors", {"view": "all"}, 1, 1).rows
        receiver = gift[0].get("destination") if gift else None
        named = receiver if isinstance(receiver, Mapping) and receiver.get("type") == "organization" else {}
        number = (donor[0].get("organization_id") if donor else None) or named.get("id")
        if not number:
            text = "Nobody can tell whose key this is before there is a donor or a gift."
            raise Reject(text, code="organisation_unknown")
        return Identity(str(number), str(named.get("name") or f"WeGive organisation {number}"))

    # -- donors

    def contact_changes(self, cursor: str) -> Page[Record]:
        """All donors in the order of ids, again and again: the list can't be asked for changes."""
        place = paging.Place.parse(cursor)
        step = paging.read(place, DONORS, lambda page, count: self._list("donors", {"view": "all"}, page, count))
        fresh = {str(row["id"]): row for row in step.rows if paging.number(row) > place.highest}
        rows = [self._of_row(one, row) for one, row in fresh.items()]
        return Page(tuple(rows), str(step.place if step.more else paging.Place()), step.more, step.total)

    def contacts(self, ids: Sequence[str]) -> dict[str, Record]:
        """Donors by id, one call each; archived ones are left out."""
        found = {one: self._donor(one) for one in ids}
        return {one: record for one, record in found.items() if record is not None}

    def contacts_by_email(self, email: str) -> list[Record]:
        """By the first address, which has a filter, and by the search, which may find the others."""
        wanted = normalise.email(email)
        if not wanted:
            return []
        found: dict[str, Row] = {}
        for name in ("email_1", "search"):
            rows = self._all("donors", {"view": "active", name: wanted})
            found |= {str(row["id"]): row for row in rows if wanted in _addresses(row)}
        records = [self._of_row(one, row) for one, row in found.items()]
        return [record for record in records if not record.deleted]

    def successor(self, contact_id: str) -> str:
        """Its own id while it is there: who was merged into whom is not told."""
        return contact_id if self._donor(contact_id) else ""

    def contact_url(self, contact_id: str) -> str:
        """Unknown: the vendor's documents name no page of a donor."""
        return ""

    def find_or_create_donor(self, contact: Contact) -> str:
        """By e-mail address; what WeGive finds it leaves as it is. How it takes an address is not documented."""
        names = {"first_name": contact.first_name, "last_name": contact.last_name, "phone": contact.phone}
        kind = "company" if contact.kind == "organisation" else "individual"
        body = {"type": kind, "email": contact.email, **{name: value for name, value in names.items() if value}}
        answer = self._api.call("POST", f"{self._path('donors')}/find-or-create", json=body, needs="data")
        donor = str(_object(answer.body["data"]).get("id") or "")
        if not donor:
            raise Retry("WeGive sent a donor without an id.", doubt=True, code="garbled")
        return donor

    def _of_row(self, donor_id: str, row: Row) -> Record:
        """The whole donor of a list's row; one that is archived, or goes at this moment, is deleted."""
        consent = {CONSENT: row[CONSENT]} if CONSENT in row else {}
        found = None if row.get("deleted_at") else self._donor(donor_id, consent)
        return found or Record(donor_id, Contact(), None, "", deleted=True)

    def _donor(self, donor_id: str, listed: Row | None = None) -> Record | None:
        """A donor alone, with what only the list tells for sure."""
        raw = self._one("donors", donor_id)
        if raw is None or raw.get("deleted_at"):
            return None
        try:
            return mapping.record({**raw, **(listed or {}), "id": donor_id})
        except ValidationError:
            text = "WeGive's donor is not in the form that its API documents."
            return Record(donor_id, Contact(), None, "", problem=text)

    # -- gifts

    def gift_changes(self, cursor: str) -> Page[GiftSeen]:
        """All gifts the first time, later those whose change or refund has a new stamp; in every state."""
        step, following = paging.next_page(
            paging.Cursor.parse(cursor), self.manifest.limits.page_size, self._gifts_since
        )
        seen = {str(row["id"]): mapping.seen(row) for row in step.rows}
        return Page(tuple(seen.values()), str(following), step.more, None if following.part else step.total)

    def _gifts_since(self, window: str, since: str, page: int, count: int) -> paging.Listed:
        """Gifts of both kinds, archived ones included and tests not, in a window without an end."""
        query: dict[str, Any] = {"view": "all", "type": "both"}
        if self._option("test_filter"):
            query["is_test"] = self._option("test_filter")
        if window:
            start = datetime.fromisoformat(since) - timedelta(seconds=int(self._option("overlap_seconds")))
            days = self._option("range_precision") == "days"
            query[window] = {"start": start.strftime("%Y-%m-%d" if days else "%Y-%m-%dT%H:%M:%SZ")}
        return self._list("transactions", query, page, count)

    def gifts(self, ids: Sequence[str]) -> dict[str, Gift | GiftbridgeError]:
        """Gifts by id, one call each, and one for the codes of their funds; what is unknown is left out."""
        found = {one: raw for one in ids if (raw := self._one("transactions", one)) is not None}
        funds = self._funds() if found else {}
        return {one: self._gift(one, raw, funds) for one, raw in found.items()}

    def _gift(self, gift_id: str, raw: Row, funds: Mapping[str, Fund]) -> Gift | GiftbridgeError:
        try:
            return mapping.gift(gift_id, Transaction.model_validate(raw), funds, self._gift_options())
        except ValidationError:
            return Reject("WeGive's gift is not in the form that its API documents.", code="gift_malformed")
        except Reject as refused:
            return refused

    def _gift_options(self) -> Options:
        return Options(
            amounts=self._option("amounts"),
            covered_fee=self._option("covered_fee"),
            processing_is_success=self._option("processing_is_success"),
            default_currency=self._option("default_currency"),
            anonymous_note=self._option("anonymous_note"),
            frequencies=self._option("frequencies"),
            kinds=self._option("kinds"),
        )

    def schedules(self, cursor: str) -> Page[Schedule]:
        """All recurring donations in the order of ids, cancelled ones too; those that make no sense are left out."""
        place, size = paging.Place.parse(cursor), self.manifest.limits.page_size
        listed = paging.read(
            place, size, lambda page, count: self._list("scheduled-donations", {"view": "all"}, page, count)
        )
        found = [self._schedule(row) for row in listed.rows]
        rows = tuple(one for one in found if one)
        return Page(rows, str(listed.place if listed.more else paging.Place()), listed.more, listed.total)

    def _schedule(self, row: Row) -> Schedule | None:
        try:
            return plans.schedule(Plan.model_validate(row), self._gift_options())
        except (ValidationError, Reject):
            return None

    def gift_file(self, gifts: Sequence[FileGift]) -> list[list[str]]:
        """In the columns of the setting `import_columns`."""
        return files.table(gifts, self._option("import_columns"))

    def _funds(self) -> dict[str, Fund]:
        """Every fund, archived ones included: a gift with a single fund does not tell its code."""
        return {str(row["id"]): Fund.model_validate(row) for row in self._all("funds", {"view": "all"})}

    # -- shared

    def _one(self, resource: str, row_id: str) -> Row | None:
        """A single record; None where there is none."""
        if not (row_id.isascii() and row_id.isdecimal()):
            return None
        try:
            data = self._api.get(f"{self._path(resource)}/{row_id}", needs="data")["data"]
        except NotFound:
            return None
        return _object(data)

    def _all(self, resource: str, query: Row) -> Iterable[Row]:
        """A whole list."""
        place, more = paging.Place(), True
        while more:
            step = paging.read(
                place, self.manifest.limits.page_size, lambda page, count: self._list(resource, query, page, count)
            )
            yield from step.rows
            place, more = step.place, step.more

    def _list(self, resource: str, query: Row, page: int, count: int) -> paging.Listed:
        """A page of a list in the order of ids, in the vendor's envelope. Raises `Retry` where it is none."""
        asked = self._written({**query, "sort": BY_ID, "count": count, "page": page})
        answer = self._api.call("GET", self._path(resource), params=asked, needs="data")
        rows, meta = answer.body["data"], answer.body.get("meta")
        if not isinstance(rows, list):
            raise Retry("WeGive sent an answer that is no list.", code="garbled")
        total = str(meta.get("total")) if isinstance(meta, Mapping) else ""
        return paging.Listed(
            [_object(row) for row in rows], int(total) if total.isdecimal() else None, self._clock(answer.headers)
        )

    def _written(self, query: Row) -> dict[str, Any]:
        """Ranges and orders are objects; how they stand in a URL is not documented."""
        if self._option("range_encoding") == "json":
            return {name: json.dumps(one) if isinstance(one, dict) else one for name, one in query.items()}
        written: dict[str, Any] = {}
        for name, one in query.items():
            written |= {f"{name}[{key}]": part for key, part in one.items()} if isinstance(one, dict) else {name: one}
        return written

    def _path(self, resource: str) -> str:
        return f"/dashboard/{resource}" if self._option("dashboard_paths") else f"/{resource}"

    def _clock(self, headers: Mapping[str, str]) -> str:
        """The vendor's clock. Ours may be ahead of it: where it tells none we take an hour less.

        One that is ahead of ours is not followed: what begins too early is only read twice.
        """
        now = self._wiring.now()
        try:
            told = parsedate_to_datetime(headers.get("date", ""))
            return min(told if told.tzinfo else told.replace(tzinfo=UTC), now).astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            return (now - UNSURE).isoformat()


def _object(data: Any) -> Row:
    if not isinstance(data, Mapping):
        raise Retry("WeGive sent a record that is none.", code="garbled")
    return data


def _addresses(row: Row) -> set[str]:
    return {normalise.email(str(row.get(name) or "")) for name in ("email_1", "email_2", "email_3")}


CONNECTOR: Final = WeGive
