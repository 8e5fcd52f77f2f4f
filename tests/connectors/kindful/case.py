"""Kindful for the contract suite: its answers as its documents and its clients' code describe them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx

from giftbridge.connectors.kindful.jobs import Ticket
from giftbridge.connectors.notice import Notice
from giftbridge.domain.contact import Contact
from tests.connectors.contract import DONOR, NOW, Case, Respond

JOB: Final = "367cc5b6-982b-49ec-8b3d-416d4f246814"
BASE: Final = r"/(?:admin/oauth2/)?api/v1"
QUEUED: Final = {"id": JOB, "status": "pending"}
READY: Final = {"sync_enabled": True, "message": "ready", "pending_jobs": 0, "pending_updates": 0}


def details(request: httpx.Request) -> Any:
    """A customer's token and a partner's are told the organisation in two forms."""
    return CASE.fixture("details_partner.json" if "/admin/" in request.url.path else "details_customer.json")


def event(event_id: str) -> Any:
    """A webhook's event as Kindful tells it when asked."""
    gift = {"id": 881, "external_id": "gb-3f1c9a", "sync_version": 2, "amount_in_cents": 12550, "transaction_type": {}}
    return {"type": "person.transaction.update", "id": event_id, "data": {"object": gift}}


def imported(requests: Sequence[httpx.Request]) -> list[tuple[str, str | Respond]]:
    """What queries show once these imports are through."""
    rows = [_stored(row, number) for number, row in enumerate(_sent(requests))]
    standing = {row["id"]: row for row in CASE.fixture("contacts.json")["results"]}
    for row in rows:
        standing[row["id"]] = {**standing.get(row["id"], {}), **row}
    answer = {"page": 1, "query_token": "tok_1", "results": list(standing.values()), "has_more": False}
    return [(rf"POST {BASE}/contacts/query", lambda _: answer)]


def _sent(requests: Sequence[httpx.Request]) -> list[dict[str, str]]:
    bodies = [json.loads(request.content) for request in requests]
    return [
        {**row, "matched": body["match_by"]["contact"]}
        for body in bodies
        if body.get("data_format") == "contact"
        for row in body["data"]
    ]


def _stored(row: dict[str, str], number: int) -> dict[str, Any]:
    """A row as a contact: matched by Kindful's id, or made."""
    kept = {column: value for column, value in row.items() if column not in ("id", "matched")}
    if row["matched"] == "id":
        return {**kept, "id": int(row["id"])}
    kind = "Organization" if row.get("company_name") else "Person"
    return {**kept, "id": 5734100 + number, "external_id": row["id"], "sync_version": 1, "donor_type": kind}


def kept(contact: Contact) -> Contact:
    """Kindful has no columns for calls and letters; a postal code of the US has five digits."""
    address = contact.address
    if address.country in ("", "US"):
        address = replace(address, postal_code=address.postal_code[:5])
    told = replace(contact, address=address, do_not_call=False, do_not_mail=False)
    if contact.kind == "organisation":
        return replace(told, first_name="", last_name="")
    return replace(told, organisation_name="")


CASE: Final = Case(
    folder=Path(__file__).parent,
    credentials={
        "api_key": {"kind": "api_key", "api_key": "key-9b20c7-kindful"},
        "oauth": {"kind": "oauth", "access_token": "at-41cc-kindful", "refresh_token": "rt-52dd-kindful"},
    },
    answers=[
        (rf"GET {BASE}/details", details),
        (rf"POST {BASE}/contacts/query", "contacts.json"),
        (rf"GET {BASE}/contacts/email_exist", lambda _: {"exist": True}),
        (rf"POST {BASE}/contacts/link", lambda _: QUEUED),
        (rf"GET {BASE}/imports/stats", lambda _: READY),
        (rf"GET {BASE}/imports/{JOB}", "job.json"),
        (rf"POST {BASE}/imports", lambda _: QUEUED),
        (rf"GET {BASE}/campaigns", "campaigns.json"),
        (rf"GET {BASE}/funds", "funds.json"),
        (rf"POST {BASE}/integrations/status", "integration.json"),
        (rf"GET {BASE}/webhooks/verify_event", lambda request: event(request.url.params["id"])),
    ],
    contact_id="k5734001",
    gift_id="gb-3f1c9a",
    tickets=[
        str(Ticket(JOB, "create", "gb-c_1", int(NOW.timestamp()), made=1)),
        str(Ticket(JOB, "gift", "gb-3f1c9a", int(NOW.timestamp()), made=1, day="2026-03-01")),
    ],
    marks=["5734001:3:new", "5734002:7:set:handbid-42-c17"],
    refusals={
        400: {"error": f"{DONOR.email} of {DONOR.last_name} is not valid"},
        401: {"error": "Not authorized"},
        404: {"error": "Page not Found"},
    },
    keeps=kept,
    webhook=(json.dumps(event("e_1")).encode(), {}, [Notice("e_1", "event.unverified", "e_1")]),
    later=imported,
    reads=[rf"POST {BASE}/(contacts|transactions)/query"],
    searches_by_url=True,
)
