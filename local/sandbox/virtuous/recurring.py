"""Recurring gifts: commitments, made here or by the first imported gift of a series."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous import records
from local.sandbox.virtuous.binding import bind
from local.sandbox.virtuous.call import Call, fetch, page, paging
from local.sandbox.virtuous.errors import invalid_request, refused
from local.sandbox.virtuous.gift_views import show_commitment
from local.sandbox.virtuous.shapes import RECURRING_CANCEL, RECURRING_CREATE, RECURRING_UPDATE
from local.sandbox.virtuous.store import Record

Json = dict[str, Any]
FREQUENCIES = ("Weekly", "Bimonthly", "Monthly", "Quarterly", "Semiannually", "Annually", "Biennially")
_COMMITMENT: Json = {
    "transactionSource": None, "transactionId": None, "startDate": None, "amount": 0.0, "frequency": "Monthly",
    "anticipatedEndDate": None, "cancelled": None, "segmentId": None, "automatedPayments": False,
    "trackPayments": True, "isPrivate": False, "nextExpectedPaymentDate": None, "designations": [],
    "customFields": {}, "cancelReason": None,
}  # fmt: skip


def add_commitment(call: Call, contact: Record, values: Json) -> Record:
    """Store a commitment of a contact; `values` are as stored."""
    data = _COMMITMENT | {name: value for name, value in values.items() if name in _COMMITMENT and value is not None}
    return call.add(call.organisation.recurring, data, contact.id)


def get(call: Call) -> Json:
    """`GET /RecurringGift/{id}`."""
    return show_commitment(call.organisation, call.record(call.organisation.recurring))


def of_contact(call: Call) -> Json:
    """`GET /RecurringGift/ByContact/{id}`."""
    contact = call.record(call.organisation.contacts)
    rows = call.organisation.recurring.children(contact.id)
    return page(rows, paging(call), lambda row: show_commitment(call.organisation, row))


def create(call: Call) -> Json:
    """`POST /RecurringGift`: the integration's own ids are not in this body, though they are in the answer."""
    body = bind(RECURRING_CREATE, call.body, "recurringGift")
    contact = fetch(call.organisation.contacts, body.get("contactId"))
    commitment = add_commitment(call, contact, _checked(call, body))
    return show_commitment(call.organisation, commitment)


def update(call: Call) -> Json:
    """`PUT /RecurringGift/{id}`: what is left out loses its value."""
    commitment = call.record(call.organisation.recurring)
    body = bind(RECURRING_UPDATE, call.body, "recurringGift")
    values = records.written(call, RECURRING_UPDATE, body, {"isPrivate": False, "designations": []})
    kept = {name: commitment.data[name] for name in ("amount", "frequency", "startDate")}
    checked = _checked(call, (kept if call.options.put == "patch" else {}) | values)
    changes = {name: value for name, value in checked.items() if name in _COMMITMENT}
    call.change(call.organisation.recurring, commitment, changes)
    return show_commitment(call.organisation, commitment)


def cancel(call: Call) -> Json:
    """`PUT /RecurringGift/Cancel/{id}`."""
    commitment = call.record(call.organisation.recurring)
    body = bind(RECURRING_CANCEL, call.body or {}, "cancel")
    changes = {"cancelled": call.organisation.now(), "cancelReason": body.get("cancelReason")}
    call.change(call.organisation.recurring, commitment, changes)
    return show_commitment(call.organisation, commitment)


def _checked(call: Call, body: Json) -> Json:
    missing = [f"recurringGift.{name}" for name in ("startDate", "frequency", "amount") if body.get(name) is None]
    if missing:
        raise invalid_request(missing)
    if body["frequency"] not in FREQUENCIES:
        raise refused(f"'{body['frequency']}' is not a valid frequency.")
    shares = body.get("designations") or []
    if any(call.organisation.projects.get(row.get("projectId")) is None for row in shares):
        raise refused("The project was not found.")
    custom = records.custom_values(call.organisation, "RecurringGift", body.get("customFields"))
    return body | {"designations": shares, "customFields": custom}
