"""Bloomerang's API v2 with one connection's credentials."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from giftbridge.connectors.base import (
    ContactWrite,
    Done,
    GiftWrite,
    Identity,
    Page,
    Purposes,
    Recalled,
    RefundWrite,
    Written,
)  # fmt: skip
from giftbridge.connectors.bloomerang import files, gifts, mapping, paging, search
from giftbridge.connectors.bloomerang.calls import each
from giftbridge.connectors.bloomerang.giving import Giving
from giftbridge.connectors.bloomerang.models import Transaction
from giftbridge.connectors.bloomerang.pull import Pull
from giftbridge.connectors.bloomerang.schedules import Schedules
from giftbridge.connectors.imports import ImportGift
from giftbridge.connectors.manifest import Manifest
from giftbridge.connectors.registry import Wiring
from giftbridge.domain.contact import CONSENT_FIELDS, Record
from giftbridge.domain.zones import time_zone
from giftbridge.errors import NotFound, Reject

CRM: Final = "https://crm.bloomerang.co"


class Bloomerang(Schedules, Pull, Giving):
    """Reads and writes contacts, records gifts and schedules, tells of them and keeps interactions."""

    def __init__(self, manifest: Manifest, wiring: Wiring) -> None:
        super().__init__(manifest, wiring)
        self._fold: mapping.Fold = "folded" if self._option("international_address") == "folded" else "structured"

    def identify(self) -> Identity:
        """The database and the user behind the key."""
        database, user = self._api.get("/database", needs="Id"), self._api.get("/user/current", needs="Id")
        return Identity(
            database=str(database["Id"]),
            name=database.get("Name") or "",
            demo=database.get("Flavor") == "Demo",
            connected_by=user.get("Name") or "",
            time_zone=time_zone((user.get("UserTimeZone") or {}).get("Id") or ""),
        )

    # -- contacts, read

    def contact_changes(self, cursor: str) -> Page[Record]:
        """Changed constituents, each with all we read of it."""
        step = paging.next_page(paging.Cursor.parse(cursor), self._fetch, self._option("child_changes") == "poll")
        rows = [mapping.readable(raw) for raw in step.constituents]
        if step.touched:
            rows += self.contacts([str(number) for number in step.touched]).values()
        return Page(tuple(rows), str(step.cursor), step.more, step.total)

    def contacts(self, ids: Sequence[str]) -> dict[str, Record]:
        """Constituents by id; those merged away or deleted are left out."""
        size = self.manifest.limits.read_batch
        found: dict[str, Record] = {}
        for start in range(0, len(ids), size):
            query = {"id": "|".join(ids[start : start + size]), "take": size}
            found |= {str(raw["Id"]): mapping.readable(raw) for raw in self._fetch("/constituents", query)["Results"]}
        return found

    def contacts_by_email(self, email: str) -> list[Record]:
        """Everybody with exactly this address, primary or not."""
        return [mapping.readable(raw) for raw in search.by_email(self._fetch, email)]

    def successor(self, contact_id: str) -> str:
        """There is no feed of merges; a merged id may still answer with its survivor."""
        try:
            return str(self._api.get(f"/constituent/{contact_id}", needs="Id")["Id"])
        except NotFound:
            return ""

    def contact_url(self, contact_id: str) -> str:
        """The profile page."""
        return f"{CRM}/Constituent/{contact_id}/Profile"

    # -- contacts, written

    def write_contacts(self, batch: Sequence[ContactWrite]) -> list[Written]:
        """One call each; consent has an endpoint of its own and costs a second one."""
        return [each(self._write_contact, write) for write in batch]

    def _write_contact(self, write: ContactWrite) -> Written:
        try:
            return self._put_contact(write, self._fold)
        except Reject as refused:
            if refused.code != "international_address" or self._option("international_address") != "auto":
                raise
            self._fold = "folded"
            return self._put_contact(write, self._fold)

    def _put_contact(self, write: ContactWrite, fold: mapping.Fold) -> Done:
        if write.current is None:
            return self._created(write, fold)
        raw = _raw(write.current)
        answered = raw
        if write.changed - CONSENT_FIELDS:
            body = mapping.update_body(write.contact, raw, fold, write.changed, self._pick_types("Constituent", raw))
            answered = self._api.call("PUT", f"/constituent/{write.current.id}", json=body, needs="Id").body
        if write.changed & CONSENT_FIELDS:
            answered = self._tighten(write, raw) or answered
        return Done(write.current.id, mapping.record(answered) if answered is not raw else None)

    def _created(self, write: ContactWrite, fold: mapping.Fold) -> Done:
        field = int(self._option("constituent_field_id"))
        reference = (field, write.reference.value) if field else None
        body = mapping.create_body(write.contact, fold, reference)
        answered = self._api.call("POST", "/constituent", json=body, needs="Id").body
        return Done(str(answered["Id"]), mapping.record(answered))

    def _tighten(self, write: ContactWrite, raw: Mapping[str, Any]) -> dict[str, Any] | None:
        """Consent, only ever stricter; `PUT /constituent` can't change it."""
        reason = str(self._option("email_opt_out_reason"))
        number = int(raw["Id"])
        body: dict[str, Any] = {"Id": number}
        if write.changed & {"do_not_call", "do_not_mail"}:
            words = mapping.restricted(write.contact, raw.get("CommunicationRestrictions", []))
            body["CommunicationRestrictions"] = {"UpdateReason": reason, "CommunicationRestrictions": words}
        if "email_opt_out" in write.changed:
            body["EmailInterests"] = {
                "UpdateReason": reason,
                "EmailInterestType": "OptedOut",
                "CustomEmailInterestIds": [],
            }
        answered = self._api.call("PUT", f"/constituent/{number}/updateCommunicationSettings", json=body).body
        return answered if isinstance(answered, dict) and "Type" in answered else None

    def recall_contact(self, write: ContactWrite) -> list[Recalled]:
        """By our custom field where there is one, else all that were created since."""
        field = int(self._option("constituent_field_id"))
        if field:
            query = {"customFieldId": field, "customFieldValue": write.reference.value, "take": 50}
            return [Recalled(mapping.readable(raw), True) for raw in self._fetch("/constituents", query)["Results"]]
        since = write.reference.since - timedelta(seconds=self.manifest.limits.clock_skew_seconds)
        made = paging.created_since(self._fetch, since, "/constituents", {})
        return [Recalled(mapping.readable(raw), False) for raw in made]

    # -- gifts

    def write_gifts(self, batch: Sequence[GiftWrite]) -> list[Written]:
        """One call each to record; two to correct."""
        return [each(self._write_gift, write) for write in batch]

    def _write_gift(self, write: GiftWrite) -> Written:
        if not write.current_id:
            body = gifts.create_body(write, self._gift_options)
            return Done(str(self._api.call("POST", "/transaction", json=body, needs="Id").body["Id"]))
        raw = self._api.get(f"/transaction/{write.current_id}", needs="Designations")
        body = gifts.update_body(raw, write, self._gift_pick_types(raw))
        self._api.call("PUT", f"/transaction/{write.current_id}", json=body)
        return Done(write.current_id)

    def recall_gift(self, write: GiftWrite) -> list[str]:
        """By our custom field where there is one, else this constituent's recent gifts are scanned for our note."""
        if self._gift_options.field_id:
            query = {
                "customFieldId": self._gift_options.field_id,
                "customFieldValue": write.reference.value,
                "take": 50,
            }
            return [str(raw["Id"]) for raw in self._fetch("/transactions", query)["Results"]]
        since = write.reference.since - timedelta(seconds=self.manifest.limits.clock_skew_seconds)
        made = paging.created_since(self._fetch, since, "/transactions", {"accountId": write.contact_id})
        sign = gifts.mark(write.reference.value)
        found = [Transaction.model_validate(raw) for raw in made]
        return [str(one.Id) for one in found if any(sign in part.Note for part in one.Designations)]

    def write_refund(self, write: RefundWrite) -> Written:
        """`POST /refund` takes back a whole gift (`RunProcessorRefund` defaults to true: always sent as false)."""
        return each(self._explain_partial if write.partial else self._refund, write)

    def _refund(self, write: RefundWrite) -> Done:
        raw = self._api.get(f"/transaction/{write.gift_id}", needs="Id")
        if Transaction.model_validate(raw).IsRefunded != "Yes":
            note = " ".join(part for part in (write.refund.reason, gifts.mark(write.reference.value)) if part)
            body = {
                "TransactionId": int(write.gift_id),
                "Date": self._day(write).isoformat(),
                "Note": note,
                "RunProcessorRefund": False,
            }
            self._api.call("POST", "/refund", json=body)
        return Done(write.gift_id)

    def _explain_partial(self, write: RefundWrite) -> Done:
        raw = self._api.get(f"/transaction/{write.gift_id}", needs="Designations")
        types = self._gift_pick_types(raw)
        body = gifts.partial_refund_body(raw, write.refund, self._day(write), write.reference.value, types)
        if body:
            self._api.call("PUT", f"/transaction/{write.gift_id}", json=body)
        return Done(write.gift_id)

    def _day(self, write: RefundWrite) -> date:
        """The organisation's calendar day of the refund."""
        moment = write.refund.occurred_at or self._wiring.now()
        return moment.astimezone(ZoneInfo(self._gift_options.zone)).date()

    def purposes(self) -> Purposes:
        """Active funds, campaigns and appeals."""
        return Purposes(self._names("/funds"), self._names("/campaigns"), self._names("/appeals"))

    def gift_url(self, contact_id: str, gift_id: str) -> str:
        """The transaction's page."""
        return f"{CRM}/Constituent/{contact_id}/Transaction/Edit/{gift_id}"

    def import_table(self, gifts: Sequence[ImportGift], purposes: Purposes) -> list[list[str]]:
        """In the columns of the setting `import_columns`."""
        options = files.FileOptions(
            columns=self._option("import_columns"),
            words=self._option("import_words"),
            methods=self._option("methods"),
            dates=self._option("import_dates"),
            zone=self._gift_options.zone,
        )
        return files.import_table(gifts, purposes, options)

    # -- shared

    def _names(self, path: str) -> dict[str, str]:
        names: dict[str, str] = {}
        while True:
            rows = self._fetch(path, {"isActive": "true", "skip": len(names), "take": paging.PAGE})["Results"]
            fresh = {str(row["Id"]): row["Name"] for row in rows if str(row["Id"]) not in names}
            names |= fresh
            if len(rows) < paging.PAGE or not fresh:
                return names


def _raw(record: Record) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(record.raw)
    return raw


CONNECTOR: Final = Bloomerang
