"""Running an import: only now contacts and gifts are made, and only now subscribers hear of them."""

from __future__ import annotations

from typing import Any, Literal

from local.sandbox.virtuous import gifts, records, recurring
from local.sandbox.virtuous.announce import announce
from local.sandbox.virtuous.call import Call
from local.sandbox.virtuous.donor import donor_of
from local.sandbox.virtuous.import_contacts import make_contact, take_over
from local.sandbox.virtuous.matching import (
    MATCH_NEEDED,
    READY,
    UPDATE_NEEDED,
    designated,
    gift_type,
    judge,
    parse_amount,
    recurs,
)
from local.sandbox.virtuous.organisation import Import, Organisation, Row
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import day_text, parse_day

Json = dict[str, Any]
OnMatch = Literal["first", "new", "leave"]
OnUpdate = Literal["incoming", "existing", "leave"]


class Run:
    """One press of the run button: what the person does about rows in doubt, and what came of it."""

    def __init__(self, call: Call, on_match: OnMatch, on_update: OnUpdate) -> None:
        self._call = call
        self._on_match = on_match
        self._on_update = on_update
        self._created: dict[int, Record] = {}
        self._updated: dict[int, Record] = {}
        self._gifts: list[Record] = []

    def run(self, found: Import, rows: list[int] | None = None) -> Json:
        """Import the open rows (or some of them) that can be; tell subscribers; count what was made."""
        for row in found.rows:
            if row.state == "open" and (rows is None or row.id in rows):
                self._import(row)
        organisation, actor = self._call.organisation, self._call.actor
        announce(organisation, "ContactCreate", list(self._created.values()), actor)
        updated = [contact for key, contact in self._updated.items() if key not in self._created]
        announce(organisation, "ContactUpdate", updated, actor)
        announce(organisation, "GiftCreate", self._gifts, actor)
        left = sum(row.state == "open" for row in found.rows)
        return {"contacts": len(self._created), "updated": len(updated), "gifts": len(self._gifts), "left": left}

    def _import(self, row: Row) -> None:
        """One row; it is judged anew, as an earlier row may have made the contact."""
        organisation = self._call.organisation
        judge(organisation, row)
        if not self._settle(row) or self._is_repeated(row):
            return
        donor = donor_of(row)
        contact = organisation.contacts.get(row.contact)
        if contact is None:
            contact = make_contact(self._call, donor)
            self._created[contact.id] = contact
            row.made["contact"] = contact.id
        elif take_over(self._call, contact, donor, incoming=row.take == "incoming"):
            self._updated[contact.id] = contact
        row.contact = contact.id
        if row.kind == "gift":
            gift = make_gift(self._call, contact, row)
            self._gifts.append(gift)
            row.made["gift"] = gift.id
        row.state = "done"

    def _settle(self, row: Row) -> bool:
        """Do about a row in doubt what the person does about such rows; is it ready now."""
        organisation = self._call.organisation
        if row.decided or row.errors:
            return row.bucket == READY
        if row.bucket == MATCH_NEEDED:
            if self._on_match == "leave":
                return False
            row.contact = row.candidates[0] if self._on_match == "first" else None
            row.decided = self._on_match == "new" or row.contact in organisation.contacts.rows
            judge(organisation, row)
        if row.reasons and self._on_update == "leave":
            row.decided = False
            return False
        if row.reasons:
            row.decided, row.take = True, self._on_update
            judge(organisation, row)
        return row.bucket == READY

    def _is_repeated(self, row: Row) -> bool:
        """Whether a gift with the row's ids was made meanwhile, by another way."""
        identifier = row.body.get("transactionId")
        if row.kind != "gift" or not identifier:
            return False
        table = self._call.organisation.gifts
        if self._call.organisation.by_transaction(table, row.source, identifier) is None:
            return False
        row.errors, row.bucket = ["transactionId"], UPDATE_NEEDED
        return True


def make_gift(call: Call, contact: Record, row: Row) -> Record:
    """The gift of a row whose contact is known."""
    organisation, body = call.organisation, row.body
    segment = organisation.segment(body["segment"]) if body.get("segment") else None
    plain = ("currencyCode", "exchangeRate", "batch", "notes", "tribute", "cashAccountingCode", "checkNumber",
             "creditCardType", "isPrivate", "contactIndividualId", "transactionId")  # fmt: skip
    values: Json = {name: body[name] for name in plain if body.get(name) is not None}
    values |= {
        "transactionSource": row.source,
        "giftType": gift_type(organisation, body["giftType"]),
        "giftDate": _day(body["giftDate"]),
        "receiptDate": _day(body.get("receiptDate")),
        "amount": float(parse_amount(body["amount"]) or 0),
        "segmentId": segment.id if segment else None,
        "isTaxDeductible": body.get("isTaxDeductible") is not False,
        "giftDesignations": _shares(organisation, body),
        "customFields": records.custom_values(organisation, "Gift", body.get("customFields")),
        "commitment": _commitment(call, contact, row),
    }
    return gifts.add_gift(call, contact, values)


def _shares(organisation: Organisation, body: Json) -> list[Json]:
    """Without any designation the gift is undesignated; nobody is told."""
    shares = []
    for sent in body.get("designations") or ():
        project = designated(organisation, sent)
        assert project is not None, "a row with an unknown project is not ready"
        amount = float(parse_amount(sent.get("amountDesignated")) or 0)
        shares.append({"id": organisation.new_row_id(), "projectId": project.id, "amountDesignated": amount})
    return shares


def _commitment(call: Call, contact: Record, row: Row) -> int | None:
    """The commitment a gift pays: found by `recurringGiftTransactionId`, or made by the first with a frequency."""
    body, organisation = row.body, call.organisation
    key = body.get("recurringGiftTransactionId")
    known = _linked(organisation, row.source, key) if key else None
    update = known is not None and body.get("recurringGiftTransactionUpdate") and recurs(body)
    if known is not None and update and call.options.recurring_update == "updates":
        call.change(organisation.recurring, known, _terms(organisation, body))
    elif recurs(body) and (known is None or update):
        own = {"transactionSource": row.source, "transactionId": key or body.get("transactionId")}
        known = recurring.add_commitment(call, contact, _terms(organisation, body) | own)
    if known is not None and body.get("cancelDate"):
        call.change(organisation.recurring, known, {"cancelled": organisation.now()})
    return known.id if known else None


def _linked(organisation: Organisation, source: str, key: str) -> Record | None:
    """Two readings of the key: the commitment's transaction id, or its id in the CRM."""
    if organisation.options.recurring_link == "commitment_id":
        return organisation.recurring.get(int(key)) if key.isdecimal() else None
    return organisation.by_transaction(organisation.recurring, source, key)


def _terms(organisation: Organisation, body: Json) -> Json:
    return {
        "startDate": _day(body["giftDate"]),
        "amount": float(parse_amount(body["amount"]) or 0),
        "frequency": body["frequency"].strip().capitalize(),
        "designations": _shares(organisation, body),
    }


def _day(text: str | None) -> str | None:
    day = parse_day(text or "")
    return day_text(day) if day else None
