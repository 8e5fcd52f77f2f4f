"""Events: what is announced by webhook, in the words webhooks use (they differ from those of queries and imports)."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from local.sandbox.kindful.account import Account, App, Event
from local.sandbox.kindful.columns import TRANSACTION_TYPES
from local.sandbox.kindful.places import COUNTRIES, STATES
from local.sandbox.kindful.records import Record

_GUIDS = uuid.UUID("9c5f4a8e-0d36-4c0e-9f5e-0a7f1b2c3d4e")


def announce(account: Account, what: str, record: Record) -> Event:
    """Keep an event about a transaction, to be delivered if there is a webhook."""
    return keep(account, what, transaction_object(account, record), record.id)


def keep(account: Account, what: str, subject: dict[str, Any], record_id: int | None = None) -> Event:
    """Keep an event of any kind; `what` is a key of `options.event_types`."""
    body = {
        "type": account.options.event_types[what],
        "id": secrets.token_hex(9),
        "created_at": account.now(),
        "data": {"object": subject},
    }
    event = Event(str(body["id"]), what, body, record_id, delivered=account.webhook_url is None)
    account.events.append(event)
    account.moves += 1
    return event


def verified(account: Account, app: App, event_id: str) -> dict[str, Any] | None:
    """The body `verify_event` answers with; None for an event Kindful never sent."""
    event = next((event for event in account.events if event.id == event_id), None)
    if event is None:
        return None
    record = account.transactions.get(event.record_id)
    if record is None:
        return event.body
    subject = event.body["data"]["object"]
    if account.options.verified_body == "as_it_is":
        subject = transaction_object(account, record)
    return {**event.body, "data": {"object": named_by(account, app, record, subject)}}


def named_by(account: Account, app: App, record: Record, subject: dict[str, Any]) -> dict[str, Any]:
    """A transaction's webhook form with the external ids of one application."""
    campaign, person = subject["campaign"], subject["person"]
    return {
        **subject,
        "external_id": external_id(app, "transaction", record.id),
        "campaign": campaign and {**campaign, "external_id": external_id(app, "campaign", campaign["id"])},
        "person": person and {**person, "external_id": external_id(app, "contact", person["id"])},
    }


def external_id(app: App, kind: str, record_id: int | None) -> str | None:
    """An application's name for a record."""
    link = None if record_id is None else app.links[kind].of(record_id)
    return link.external_id if link else None


def posted_body(account: Account, event: Event) -> dict[str, Any]:
    """What the webhook carries: all that `verify_event` tells, or by option only what is needed to ask."""
    if account.options.webhook_body == "short":
        return {name: event.body[name] for name in ("type", "id", "created_at")}
    record = account.transactions.get(event.record_id)
    if record is None:
        return event.body
    app = account.app(account.webhook_app)
    return {**event.body, "data": {"object": named_by(account, app, record, event.body["data"]["object"])}}


def transaction_object(account: Account, record: Record) -> dict[str, Any]:
    """A transaction in its webhook form, without external ids."""
    data = record.data
    kind = data.get("transaction_type")
    return {
        "id": record.id,
        "amount_in_cents": data["amount_in_cents"],
        "created_at": record.created,
        "updated_at": record.updated,
        "sync_version": record.version,
        "note": data.get("note") or "",
        "check_num": data.get("check_num") or "",
        "is_donation": data["is_donation"],
        "currency_code": (data.get("currency") or "usd").upper(),
        "non_tax_deduct_amount_in_cents": data["non_tax_deduct_amount_in_cents"],
        "recurring_donation_id": None,
        "recurring_donation": None,
        "success": data["success"],
        "canceled": data.get("canceled", False),
        "voided": data.get("voided", False),
        "refunded": data["was_refunded"],
        "deleted_at": record.deleted,
        "transaction_type": {"code": kind, "title": TRANSACTION_TYPES.get(kind or "", kind)},
        "campaign": _campaign(account, data.get("campaign_id")),
        "designation": None,
        "person": _person(account.record("contact", data.get("contact_id"))),
        "pledge": None,
        "product": None,
        "splits": [_split(account, split) for split in account.transactions.find(("parent", record.id))],
        "external_id": None,
        "authorization": None,
        "card_last_four": None,
        "card_type": data.get("card_type"),
    }


def _campaign(account: Account, campaign_id: int | None) -> dict[str, Any] | None:
    record = account.record("campaign", campaign_id)
    if record is None:
        return None
    name = record.data["name"]
    return {
        "id": record.id,
        "name": name,
        "short_name": record.data.get("short_name") or name,
        "deleted_at": None,
        "ancestors": [],
        "external_id": None,
    }


def _person(contact: Record | None) -> dict[str, Any] | None:
    if contact is None:
        return None
    data = contact.data
    spouse = " ".join(filter(None, (data.get("spouse_first"), data.get("spouse_last"))))
    return {
        "id": contact.id,
        "guid": str(uuid.uuid5(_GUIDS, str(contact.id))),
        "email": data.get("email") or "",
        "first_name": data.get("first_name"),
        "last_name": data.get("last_name"),
        "organization_name": data.get("company_name"),
        "phone": data.get("primary_phone"),
        "deleted_at": None,
        "donor_type": donor_type(data),
        "address": data.get("addr1") or "",
        "address2": data.get("addr2") or "",
        "city": data.get("city") or "",
        "state": STATES.get((data.get("state") or "").upper(), data.get("state") or ""),
        "postal_code": data.get("postal") or "",
        "country": COUNTRIES.get((data.get("country") or "US").upper(), data.get("country")),
        "spouse": spouse,
        "spouse_first_name": data.get("spouse_first"),
        "spouse_last_name": data.get("spouse_last"),
        "external_id": None,
    }


def _split(account: Account, split: Record) -> dict[str, Any]:
    fund = account.record("fund", split.data.get("fund_id"))
    return {
        "id": split.id,
        "amount_in_cents": split.data["amount_in_cents"],
        "campaign": _campaign(account, split.data.get("campaign_id")),
        "fund": {"id": fund.id, "name": fund.data["name"]} if fund else None,
    }


def donor_type(data: dict[str, Any]) -> str:
    """`Organization` for what has a company name, else `Person`."""
    return "Organization" if data.get("company_name") else "Person"
