"""Virtuous for the contract suite: a household of two, a foundation, one merged away, a gift."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx

from giftbridge.connectors.notice import Notice
from giftbridge.domain.contact import Contact
from tests.connectors.contract import DONOR, NOW, Case

STAMPS: Final = {"createDateTimeUtc": "2026-03-01T12:00:00.017", "modifiedDateTimeUtc": "2026-03-01T12:00:00.03"}
NAMES: Final = {"US": "United States"}
ADA: Final = "501"
GIFT: Final = "38241"


def body_of(request: httpx.Request) -> dict[str, Any]:
    """What was sent."""
    body: dict[str, Any] = json.loads(request.content)
    return body


def ada() -> dict[str, Any]:
    """The household."""
    found: dict[str, Any] = CASE.fixture("contacts.json")["list"][0]
    return found


def methods(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Contact methods with ids."""
    return [{"id": 7100 + place, **row, **STAMPS} for place, row in enumerate(rows)]


def stored_contact(request: httpx.Request) -> dict[str, Any]:
    """A new contact as it is read: the reference in a list, the address on its own, states and countries by name."""
    body = body_of(request)
    people = [
        {"id": 910, "contactId": 600, **person, "contactMethods": methods(person.get("contactMethods", []))}
        for person in body.pop("contactIndividuals", [])
    ]
    rows = [
        {"id": 810, **row, "state": row.get("stateCode"), "country": NAMES[row["countryCode"]]}
        for row in body.pop("contactAddresses", [])
    ]
    reference = {"source": body.pop("referenceSource"), "id": body.pop("referenceId")}
    shared = {"contactIndividuals": people, "contactReferences": [reference], "address": rows[0] if rows else None}
    return {"id": 600, "mergedIntoContactId": None, **body, **shared, **STAMPS}


def stored_person(request: httpx.Request) -> dict[str, Any]:
    """A changed person."""
    return {**ada()["contactIndividuals"][0], **body_of(request), **STAMPS}


def stored_row(request: httpx.Request) -> dict[str, Any]:
    """A contact method or an address that was changed or is new."""
    last = request.url.path.rpartition("/")[2]
    body = body_of(request)
    return {"id": int(last) if last.isdecimal() else 7200, "isPrimary": body.pop("setAsPrimary"), **body, **STAMPS}


def kept(contact: Contact) -> Contact:
    """A person's names or an organisation's one; consent where there is something to consent to; no word on mail."""
    organisation = contact.kind == "organisation"
    return replace(
        contact,
        first_name="" if organisation else contact.first_name,
        last_name="" if organisation else contact.last_name,
        organisation_name=contact.organisation_name if organisation else "",
        email_opt_out=contact.email_opt_out and bool(contact.email),
        do_not_call=contact.do_not_call and bool(contact.phone),
        do_not_mail=False,
    )


TOLD: Final = {
    "event": "GiftUpdate", "eventId": "0d0c8a3e", "eventDateTimeUtc": "2026-03-01T12:00:00Z",
    "organization": {"id": 12, "name": "Lane Foundation"},
    "organizationUser": {"id": 3, "emailAddress": "staff@example.org"},
    "gift": {"id": 7, "contactId": 501, "amount": 125.5, "modifiedDateTimeUtc": "2026-03-01T11:59:58"},
}  # fmt: skip
CASE: Final = Case(
    folder=Path(__file__).parent,
    credentials={
        "api_key": {"kind": "api_key", "api_key": "v_made-up-key-of-virtuous"},
        "password": {"kind": "password", "access_token": "at-61ee-virtuous", "refresh_token": "rt-72ff-virtuous"},
    },
    answers=[
        (r"GET /api/Organization/Current", "organization.json"),
        (r"GET /api/Contact/QueryOptions", "query_options.json"),
        (r"POST /api/Contact/Query/FullContact", "contacts.json"),
        (r"POST /api/Contact/Query", lambda _: {"list": [{"id": 501}, {"id": 502}], "total": 2}),
        (r"GET /api/Contact/(Find|\d+)", lambda _: ada()),
        (r"POST /api/Contact", stored_contact),
        (r"PUT /api/Contact/\d+", lambda request: {**ada(), **body_of(request)}),
        (r"(POST|PUT) /api/ContactIndividual(/\d+)?", stored_person),
        (r"(POST|PUT) /api/Contact(Method|Address)(/\d+)?", stored_row),
        (r"POST /api/Contact/Batch", lambda _: None),
        (r"POST /api/v2/Gift/Transactions?", lambda _: None),
        (r"GET /api/Gift/(Giftbridge/gb-3f1c9a|\d+)", "gift.json"),
        (r"PUT /api/Gift/\d+", "gift.json"),
        (r"POST /api/Gift/Query/FullGift", lambda _: {"list": [], "total": 0}),
        (r"POST /api/Gift/ReversingTransaction", "gift.json"),
        (r"POST /api/Project/Query", "projects.json"),
        (r"POST /api/Project", lambda request: {"id": 190, "projectCode": None, **body_of(request)}),
        (r"PATCH /api/Project", lambda _: None),
        (r"POST /api/Segment/Search", "segments.json"),
    ],
    contact_id=ADA,
    gift_id=GIFT,
    tickets=("contact|Giftbridge|gb-1", "gift|Giftbridge|gb-3f1c9a"),
    refusals={
        400: {
            "message": f"{DONOR.last_name}, {DONOR.email}, can't be taken.",
            "modelState": {"contact.email": [f"{DONOR.email} is wrong."]},
        },
        401: "Authorization has been denied for this request.",
    },
    keeps=kept,
    webhook=(
        json.dumps(TOLD).encode(),
        {"x-virtuous-signature": "c2ln"},
        [Notice("0d0c8a3e:7:2026-03-01T11:59:58", "crm.gift.changed", "7", NOW)],
    ),
    reads=[r"POST /api/(Contact|Gift|Project)/Query(/Full\w+)?", r"POST /api/(Segment|Contact)/Search"],
)
