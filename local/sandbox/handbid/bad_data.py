"""Records as a platform should not have them, but will."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.sandbox.handbid import contacts
from local.sandbox.handbid.auctions import Item, Payment, Receipt, add_receipt
from local.sandbox.handbid.organisation import Organisation
from local.sandbox.handbid.store import Row

Raw = dict[str, Any]


def make(organisation: Organisation, case: str, event: str | None, contact: str | None) -> Row:
    """Make the bad record of one of the `CASES`; returns it as the Platform API will serve it.

    The cases about payments need an `event`, and a `contact` who paid unless that is what is missing.
    Raises ValueError for an unknown case.
    """
    if case in _CONTACTS:
        return contacts.create(organisation, _CONTACTS[case], "admin")
    if case not in _PAYMENTS:
        raise ValueError(f"unknown case {case}; there are {', '.join(CASES)}")
    payment = _good_payment(organisation, event, contact)
    spoilt = _PAYMENTS[case](payment)
    return organisation.put_raw("transactions", spoilt | {"updatedAt": organisation.stamp()})


def _good_payment(organisation: Organisation, event: str | None, contact: str | None) -> Row:
    if event is None:
        raise ValueError("a bad payment needs an event")
    receipt = Receipt(
        contact_id=contact,
        items=[Item.model_validate({"name": "Signed guitar", "price": "100.00", "value": "80.00"})],
        payments=[Payment()],
    )
    _, payments = add_receipt(organisation, organisation.get("events", event), receipt)
    return payments[0]


def _without(name: str) -> Callable[[Raw], Raw]:
    return lambda payment: {key: value for key, value in payment.items() if key != name}


def _with(**values: Any) -> Callable[[Raw], Raw]:
    return lambda payment: payment | values


_PAYMENTS: dict[str, Callable[[Raw], Raw]] = {
    "no_donor": _without("contactId"),
    "unknown_donor": _with(contactId="no-such-contact"),
    "unknown_receipt": _with(receiptId="no-such-receipt"),
    "zero_amount": _with(amount=0),
    "negative_amount": _with(amount=-2500),
    "three_decimals": _with(amount=100.125),
    "amount_as_text": _with(amount="100.00"),
    "unknown_fund": _with(designations=[{"fundCode": "NO-SUCH-FUND", "amount": 10_000}]),
    "sum_of_funds_off": _with(designations=[{"fundCode": "GEN", "amount": 9_999}]),
    "impossible_date": _with(occurredAt="2026-02-30T12:00:00.000Z"),
    "no_date": _without("occurredAt"),
    "unknown_status": _with(status="disputed"),
    "unknown_method": _with(method="barter"),
    "other_currency": _with(currency="EUR"),
}
_CONTACTS: dict[str, Raw] = {
    "name_only": {"firstName": "Ada", "lastName": "Lane"},
    "no_name": {"email": "nobody@example.org"},
    "long_name": {"firstName": "Ada", "lastName": "Lane" * 75, "email": "long.name@example.org"},
    "emoji_name": {"firstName": "Ada 🎈", "lastName": "Łane‍👩‍🚀", "email": "emoji@example.org"},
    "markup_name": {"firstName": "<b>Ada</b>", "lastName": "=1+1;\"Lane'", "email": "markup@example.org"},
    "two_line_name": {"firstName": "Ada\nMaria", "lastName": "Lane\t", "email": "two.lines@example.org"},
    "bad_email": {"firstName": "Ada", "lastName": "Lane", "email": "ada.lane(at)example"},
    "bad_phone": {"firstName": "Ada", "lastName": "Lane", "phone": "ask my assistant"},
}
CASES = (*_PAYMENTS, *_CONTACTS)
