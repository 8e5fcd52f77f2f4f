"""Handbid for the contract suite: a platform that answers as docs/platform-api.yaml says."""

import json
from pathlib import Path
from typing import Any, Final

import httpx

from giftbridge.connectors.notice import Notice
from tests.connectors.contract import Case

FOLDER: Final = Path(__file__).parent
ORGANISATION: Final = "/organisations/org_1"
PROBLEM: Final = "urn:platform-api:problem:"


def stored_contact(request: httpx.Request) -> Any:
    """A contact as the platform stores it; a patch changes the one of the fixtures, key by key."""
    body = json.loads(request.content)
    found = _contact()
    if request.method == "POST":
        found = {key: found[key] for key in ("createdAt", "updatedAt", "crmIds", "status")}
        body = {"emailOptOut": False, "doNotCall": False, "doNotMail": False, **body}
    return {**_merged(found, body), "id": "c_1", "version": 2, "updatedBy": {"origin": "integration"}}


def found_contacts(request: httpx.Request) -> Any:
    """Those with the address of a search."""
    wanted = json.loads(request.content)["email"].strip().lower()
    return {"items": [row for row in CASE.fixture("contacts.json")["items"] if row.get("email") == wanted]}


def _contact() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "fixtures" / "contacts.json").read_text(encoding="utf-8"))["items"][0]
    return found


def _merged(standing: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396: key by key, null takes away."""
    merged = dict(standing)
    for key, value in patch.items():
        merged[key] = _merged(merged.get(key, {}), value) if isinstance(value, dict) else value
    return {key: value for key, value in merged.items() if value is not None}


CASE: Final = Case(
    folder=FOLDER,
    credentials={"token": {"kind": "token", "token": "tok-2f6b-handbid"}},
    answers=[
        (rf"GET {ORGANISATION}", "organisation.json"),
        (rf"GET {ORGANISATION}/contacts", "contacts.json"),
        (rf"POST {ORGANISATION}/contacts/search", found_contacts),
        (rf"(POST|PATCH) {ORGANISATION}/contacts(/c_1)?", stored_contact),
        (rf"PUT {ORGANISATION}/contacts/c_1/crm-ids/\w+", lambda _: _contact()),
        (rf"POST {ORGANISATION}/contacts/c_1/activity", lambda r: {"id": "act_1", **json.loads(r.content)}),
        (rf"GET {ORGANISATION}/events", "events.json"),
        (rf"GET {ORGANISATION}/events/e_1", "event.json"),
        (rf"GET {ORGANISATION}/(events/e_1/)?transactions", "transactions.json"),
        (rf"GET {ORGANISATION}/receipts", "receipts.json"),
        (rf"GET {ORGANISATION}/refunds", "refunds.json"),
    ],
    contact_id="c_1",
    event_id="e_1",
    gift_id="txn_1",
    reads=[rf"POST {ORGANISATION}/contacts/search"],
    refusals={
        400: {"type": f"{PROBLEM}bad-request", "title": "Bad request", "status": 400, "detail": "ada.lane@example.org"},
        401: {"type": f"{PROBLEM}unauthorized", "title": "Unauthorized", "status": 401},
        404: {"type": f"{PROBLEM}not-found", "title": "Not found", "status": 404},
        409: {"type": f"{PROBLEM}email-exists", "title": "Exists", "status": 409, "detail": "ada.lane@example.org"},
        422: {"type": f"{PROBLEM}invalid", "title": "Invalid", "status": 422, "detail": "Lane is no phone"},
    },
    webhook=(
        (FOLDER / "fixtures" / "webhook.json").read_bytes(),
        {"webhook-id": "msg_1", "webhook-timestamp": "1772366400", "webhook-signature": "v1,c2ln"},
        [Notice("msg_1", "event.reconciled", "e_1")],
    ),
)
