"""Gifts that exist: read, made directly, changed, deleted and reversed. What is imported is in `imports`."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous import records
from local.sandbox.virtuous.announce import announce
from local.sandbox.virtuous.binding import bind, bind_rows
from local.sandbox.virtuous.call import EMPTY, Call, Empty, fetch, page, paging, truth
from local.sandbox.virtuous.errors import invalid_request, not_found, refused
from local.sandbox.virtuous.gift_views import show_gift, show_gift_row
from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.shapes import GIFT_CREATE, GIFT_PATCH, GIFT_UPDATE, REVERSAL
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import day_text, local_day

Json = dict[str, Any]
REVERSING = "Reversing Transaction"
GIFT_TYPES = (
    "Cash", "Check", "Credit", "Cryptocoin", "Electronic Funds Transfer", "Non-Cash", "Other", "Paypal",
    "Qualified Charitable Distribution", "Stock",
)  # fmt: skip
BULK_LIMIT = 100
_GIFT: Json = {
    "transactionSource": None, "transactionId": None, "giftType": "Other", "giftDate": "", "amount": 0.0,
    "currencyCode": None, "exchangeRate": None, "batch": None, "segmentId": None, "mediaOutletId": None,
    "grantId": None, "notes": None, "tribute": None, "tributeId": None, "tributeType": None, "receiptDate": None,
    "contactPassthroughId": None, "contactIndividualId": None, "cashAccountingCode": None, "giftAskId": None,
    "contactMembershipId": None, "giftDesignations": [], "commitment": None, "isPrivate": False,
    "isTaxDeductible": True, "customFields": {}, "checkNumber": None, "creditCardType": None, "reverses": None,
}  # fmt: skip
_SORTS = {"giftdate": "giftDate", "amount": "amount", "batch": "batch"}


def add_gift(call: Call, contact: Record, values: Json) -> Record:
    """Store a gift of a contact; `values` are as stored."""
    data = _GIFT | {name: value for name, value in values.items() if name in _GIFT}
    return call.add(call.organisation.gifts, data, contact.id)


def get(call: Call) -> Json:
    """`GET /Gift/{id}`."""
    return show_gift(call.organisation, call.record(call.organisation.gifts))


def by_transaction(call: Call) -> Json:
    """`GET /Gift/{source}/{id}`: 404 until the gift really exists, however long ago it was handed in."""
    organisation = call.organisation
    gift = organisation.by_transaction(organisation.gifts, call.values["source"], call.values["transaction"])
    if gift is None:
        raise not_found()
    return show_gift(organisation, gift)


def of_contact(call: Call) -> Json:
    """`GET /Gift/ByContact/{id}`: abbreviated rows."""
    contact = call.record(call.organisation.contacts)
    rows = call.organisation.gifts.children(contact.id)
    sort = _SORTS.get(call.query.get("sortby", "").lower())
    if sort:
        rows.sort(key=lambda gift: (gift.data[sort] or 0 if sort == "amount" else str(gift.data[sort]), gift.id))
    if truth(call, "descending"):
        rows.reverse()
    return page(rows, paging(call), lambda gift: show_gift_row(call.organisation, gift))


def create(call: Call) -> Json:
    """`POST /Gift`: at once and onto one contact, without any matching."""
    gift = _make(call, bind(GIFT_CREATE, call.body, "gift"))
    announce(call.organisation, "GiftCreate", [gift], call.actor)
    return show_gift(call.organisation, gift)


def create_many(call: Call) -> list[Json]:
    """`POST /Gift/Bulk`: up to 100."""
    bodies = bind_rows(GIFT_CREATE, call.body, "gifts")
    if len(bodies) > BULK_LIMIT:
        raise refused(f"No more than {BULK_LIMIT} gifts can be created at a time.")
    made = [_make(call, body) for body in bodies]
    for gift in made:
        announce(call.organisation, "GiftCreate", [gift], call.actor)
    return [show_gift(call.organisation, gift) for gift in made]


def update(call: Call) -> Json:
    """`PUT /Gift/{id}`: the full model, else what is left out loses its value."""
    gift = call.record(call.organisation.gifts)
    body = bind(GIFT_UPDATE, call.body, "gift")
    return change(call, gift, records.written(call, GIFT_UPDATE, body, {"isPrivate": False, "isTaxDeductible": False}))


def change(call: Call, gift: Record, values: Json) -> Json:
    """Set write-shaped values of a gift and tell subscribers."""
    whole = {name: gift.data[name] for name in ("giftType", "giftDate", "amount")} | values
    _check(call.organisation, whole)
    changes = {name: value for name, value in values.items() if name in _GIFT}
    if "giftDesignations" in values:
        changes["giftDesignations"] = _shares(call, gift.data["giftDesignations"], values["giftDesignations"])
        _check_sum(changes["giftDesignations"], whole["amount"])
    if "customFields" in values:
        changes["customFields"] = records.custom_values(call.organisation, "Gift", values["customFields"])
    if "tributeDescription" in values:
        changes["tribute"] = values["tributeDescription"]
    if "recurringGiftPayments" in values and values["recurringGiftPayments"] is None:
        changes["commitment"] = None
    call.change(call.organisation.gifts, gift, changes)
    announce(call.organisation, "GiftUpdate", [gift], call.actor)
    return show_gift(call.organisation, gift)


def patch(call: Call) -> Empty:
    """`PATCH /Gift`: a list, and only what is sent is changed."""
    for body in bind_rows(GIFT_PATCH, call.body, "gifts"):
        gift = fetch(call.organisation.gifts, body.get("id"))
        changes: Json = {name: body[name] for name in ("segmentId", "notes") if name in body}
        if "receiptDateUtc" in body:
            changes["receiptDate"] = body["receiptDateUtc"]
        if body.get("customFields"):
            sent = records.custom_values(call.organisation, "Gift", body["customFields"])
            changes["customFields"] = gift.data["customFields"] | sent
        call.change(call.organisation.gifts, gift, changes)
        announce(call.organisation, "GiftUpdate", [gift], call.actor)
    return EMPTY


def delete(call: Call) -> Empty:
    """`DELETE /Gift/{id}`: gone with its history; its transaction id is free again."""
    gift = call.record(call.organisation.gifts)
    announce(call.organisation, "GiftDelete", [gift], call.actor)
    call.organisation.gifts.remove(gift)
    return EMPTY


def reverse(call: Call) -> Json:
    """`POST /Gift/ReversingTransaction`: the whole gift, negated; there are no partial reversals."""
    body = bind(REVERSAL, call.body, "reversingTransaction")
    organisation = call.organisation
    gift = organisation.gifts.get(body.get("reversedGiftId"))
    if gift is None:
        raise refused("The gift to reverse was not found.")
    again = call.options.second_reversal == "refused" and any(
        other.data["reverses"] == gift.id for other in organisation.gifts.children(gift.parent)
    )
    if again or gift.data["giftType"] == REVERSING:
        raise refused("The gift was reversed already.")
    today = day_text(local_day(organisation.now(), organisation.time_zone))
    negated = [
        {**row, "id": organisation.new_row_id(), "amountDesignated": -row["amountDesignated"]}
        for row in gift.data["giftDesignations"]
    ]
    own = {
        "transactionSource": None,
        "transactionId": None,
        "giftType": REVERSING,
        "giftDate": body.get("giftDate") or today,
        "amount": -gift.data["amount"],
        "notes": body.get("notes"),
        "giftDesignations": negated,
        "reverses": gift.id,
        "commitment": None,
        "customFields": {},
    }
    reversal = add_gift(call, organisation.contacts.rows[gift.parent], gift.data | own)
    announce(organisation, "GiftCreate", [reversal], call.actor)
    return show_gift(organisation, reversal)


def non_cash_types(call: Call) -> Json:
    """`GET /Gift/NonCashGiftTypes`."""
    rows = [{"id": 1, "name": "Vehicle", "isEnabled": True}, {"id": 2, "name": "Auction Item", "isEnabled": True}]
    return page(rows, paging(call), dict)


def _make(call: Call, body: Json) -> Record:
    organisation = call.organisation
    contact = organisation.contacts.get(body.get("contactId"))
    if contact is None:
        raise refused("The contact was not found.")
    _check(organisation, body)
    source, identifier = body.get("transactionSource"), body.get("transactionId")
    if source and identifier and organisation.by_transaction(organisation.gifts, source, identifier):
        raise refused(call.options.repeated_transaction_text)
    shares = _shares(call, [], body.get("giftDesignations"))
    _check_sum(shares, body["amount"])
    own = {
        "giftDesignations": shares,
        "customFields": records.custom_values(organisation, "Gift", body.get("customFields")),
        "tribute": body.get("tributeDescription"),
        "isTaxDeductible": body.get("isTaxDeductible") is not False,
    }
    return add_gift(call, contact, body | own)


def _check(organisation: Organisation, body: Json) -> None:
    missing = [f"gift.{name}" for name in ("giftType", "giftDate", "amount") if body.get(name) is None]
    if missing:
        raise invalid_request(missing)
    if body["giftType"] not in (*GIFT_TYPES, REVERSING):
        raise refused(f"'{body['giftType']}' is not a valid gift type.")
    if body.get("segmentId") is not None and organisation.segments.get(body["segmentId"]) is None:
        raise refused("The segment was not found.")


def _shares(call: Call, kept: list[Json], sent: list[Json] | None) -> list[Json]:
    """Designations after the rows of a body; a row whose `state` is no word of the organisation changes nothing.

    Two sources print two sets of words: Add, Update, Delete, Ignore and Added, Updated, Deleted.
    """
    if sent is None:
        return []
    shares = {row["projectId"]: row for row in kept}
    for row in sent:
        state = _state(call, row.get("state"), new=not kept)
        project = call.organisation.projects.get(row.get("projectId"))
        if state and project is None:
            raise refused("The project was not found.")
        if project is not None and state in {"add", "update"}:
            own = shares.get(project.id, {"id": call.organisation.new_row_id(), "projectId": project.id})
            shares[project.id] = {**own, "amountDesignated": row.get("amount") or 0.0}
        elif project is not None and state == "delete":
            shares.pop(project.id, None)
    return list(shares.values())


def _state(call: Call, word: str | None, *, new: bool) -> str | None:
    words = {"Add": ("add", "update", "delete"), "Added": ("added", "updated", "deleted")}
    if not word:
        return "add" if new else None
    for spelling, known in words.items():
        if word.lower() in known and call.options.state_words in {spelling, "both"}:
            return words["Add"][known.index(word.lower())]
    return None


def _check_sum(shares: list[Json], amount: float) -> None:
    if shares and round(sum(row["amountDesignated"] for row in shares) - amount, 2):
        raise refused("The sum of the designations does not equal the amount of the gift.")
