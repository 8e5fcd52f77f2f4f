"""Bloomerang for the contract suite: its answers as the vendor's own document describes them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx

from giftbridge.domain.contact import Contact
from tests.connectors.contract import DONOR, Case

STAMPS: Final = {"CreatedDate": "2026-03-01T12:00:00Z", "LastModifiedDate": "2026-03-01T12:00:00Z"}


def stored_constituent(request: httpx.Request) -> Any:
    """What the vendor answers to a create or update: the rows with ids, `FullName` filled in."""
    body = json.loads(request.content)
    rows = {key: {**row, "Id": 91} for key, row in body.items() if key.startswith("Primary")}
    if rows.get("PrimaryAddress", {}).get("State") == "New York":
        rows["PrimaryAddress"]["StateAbbreviation"] = "NY"
    name = " ".join(body[part] for part in ("FirstName", "LastName") if part in body)
    return {"FullName": name, **body, **rows, "Id": 4711, "AccountNumber": 88, "AuditTrail": STAMPS}


def stored_settings(request: httpx.Request) -> Any:
    """The constituent after `updateCommunicationSettings`."""
    body = json.loads(request.content)
    restrictions = body.get("CommunicationRestrictions", {}).get("CommunicationRestrictions", [])
    return {**_constituent(), "CommunicationRestrictions": restrictions}


def stored_transaction(request: httpx.Request) -> Any:
    """What the vendor answers to a gift."""
    body = json.loads(request.content)
    parts = [{"Id": 7101 + place, **part} for place, part in enumerate(body["Designations"])]
    return {**body, "Designations": parts, "Id": 5002, "IsRefunded": "No", "AuditTrail": STAMPS}


def schedule_transaction() -> Any:
    """The transaction of which the schedule is the designation."""
    row = CASE.fixture("schedule.json")
    return {
        "Id": 5201, "AccountId": 1990657, "Date": "2026-01-15", "Amount": row["Amount"], "Method": "None",
        "IsRefunded": "No", "RefundIds": [], "Designations": [row], "AuditTrail": STAMPS,
    }  # fmt: skip


def _constituent() -> dict[str, Any]:
    found: dict[str, Any] = CASE.fixture("constituents.json")["Results"][0]
    return found


def kept(contact: Contact) -> Contact:
    """A person's names or an organisation's one; everything else as given."""
    if contact.kind == "organisation":
        return replace(contact, first_name="", last_name="")
    return replace(contact, organisation_name="")


CASE: Final = Case(
    folder=Path(__file__).parent,
    credentials={
        "api_key": {"kind": "api_key", "api_key": "key-5c1d7e02-bloom"},
        "oauth": {"kind": "oauth", "access_token": "at-77aa-bloom", "refresh_token": "rt-88bb-bloom", "expires_at": ""},
    },
    answers=[
        (r"GET /v2/database", "database.json"),
        (r"GET /v2/user/current", "user.json"),
        (r"GET /v2/constituents", "constituents.json"),
        (r"GET /v2/constituents/search", "search.json"),
        (r"GET /v2/constituent/\d+", lambda _: _constituent()),
        (r"GET /v2/emails", "emails.json"),
        (r"GET /v2/addresses", "addresses.json"),
        (r"POST /v2/constituent", stored_constituent),
        (r"PUT /v2/constituent/\d+", stored_constituent),
        (r"PUT /v2/constituent/\d+/updateCommunicationSettings", stored_settings),
        (r"GET /v2/customFields/(Constituent|Transaction)/", "custom_fields.json"),
        (r"GET /v2/transactions", "transactions.json"),
        (r"GET /v2/households", "households.json"),
        (r"GET /v2/interactions", "interactions.json"),
        (r"POST /v2/interaction", lambda request: {**json.loads(request.content), "Id": 61, "AuditTrail": STAMPS}),
        (r"GET /v2/transactions/designation/7201", "schedule.json"),
        (r"GET /v2/transaction/5201", lambda _: schedule_transaction()),
        (r"GET /v2/transaction/\d+", "transaction.json"),
        (r"(POST|PUT) /v2/transaction(/\d+)?", stored_transaction),
        (r"POST /v2/refund", lambda _: {"Id": 31, "TransactionId": 5001, "Date": "2026-03-01", "Amount": 125.5}),
        (r"GET /v2/(funds|campaigns|appeals)", "funds.json"),
    ],
    contact_id="1990657",
    gift_id="5001",
    schedule_id="7201",
    refusals={
        400: {"ErrorCode": 301, "Message": f"{DONOR.email} of {DONOR.last_name} is not a valid email"},
        401: {"ErrorCode": 109, "Message": "Invalid Credentials"},
        404: {"ErrorCode": 202, "Message": "No constituent with id 1990657 found"},
    },
    keeps=kept,
    searches_by_url=True,
)
