"""What subscribers are told: the webhook shapes, which differ from REST's, and the queue of events.

Put together from public receivers: contacts have `contactAddresses[]` and `customContactType` where REST has
`address` and the subtype in `contactType`, a gift's custom fields are an object, contact methods can be null.
"""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous.gift_views import CURRENCY, show_gift, show_project
from local.sandbox.virtuous.organisation import Actor, Event, Organisation, is_email
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import shown_day
from local.sandbox.virtuous.views import bare_address, primary_address, show_individual, tag_names

Json = dict[str, Any]


def announce(organisation: Organisation, name: str, records: list[Record], actor: Actor) -> None:
    """Queue an event about records of one kind; it leaves at the end of the call."""
    if not any(webhook.data["active"] for webhook in organisation.webhooks):
        return
    models = [_model(organisation, name, record) for record in records]
    if models:
        organisation.outbox.append(Event(name, models, actor, organisation.now()))


def contact_model(organisation: Organisation, contact: Record) -> Json:
    """A contact in webhook shape."""
    kind = contact.data["contactType"]
    parent = organisation.parent_type(kind) or kind
    addresses = (row for row in organisation.addresses.children(contact.id) if not row.data["archived"])
    model: Json = {
        "id": contact.id,
        "name": contact.data["name"],
        "contactType": parent,
        "customContactType": kind if kind != parent else None,
        "contactAddresses": [bare_address(row) for row in addresses],
        "contactIndividuals": [_person(organisation, row) for row in organisation.individuals.children(contact.id)],
        "tags": tag_names(organisation, contact.id),
        "organizationGroups": [],
    }
    if organisation.options.contact_event_references:
        model["contactReferences"] = [dict(reference) for reference in contact.data["references"]]
    return model


def gift_model(organisation: Organisation, gift: Record) -> Json:
    """A gift in webhook shape."""
    data, contact = gift.data, organisation.contacts.rows[gift.parent]
    shown = show_gift(organisation, gift)
    address = primary_address(organisation, contact)
    kept = ("id", "contactId", "contactName", "giftType", "amount", "segment", "segmentCode", "contactIndividualId",
            "contactPassthroughId", "notes")  # fmt: skip
    model = {name: shown[name] for name in kept} | {
        "contactEmail": _email(organisation, contact),
        "giftDateUtc": data["giftDate"],
        "giftDateFormatted": shown_day(data["giftDate"]),
        "currencyCode": data["currencyCode"] or CURRENCY,
        "checkNumber": data["checkNumber"],
        "state": address.data["state"] if address else None,
        "giftDesignations": [{**row, "giftId": gift.id} for row in shown["giftDesignations"]],
        "customFields": dict(data["customFields"]),
    }
    if organisation.options.gift_event_transaction:
        model |= {name: data[name] for name in ("transactionSource", "transactionId")}
    return model


def _model(organisation: Organisation, name: str, record: Record) -> Json:
    if name == "GiftDelete":
        shape = organisation.options.gift_delete_shape
        whole: Json = {"gift": gift_model(organisation, record)} if shape != "id" else {}
        return whole | ({"id": record.id} if shape != "gift" else {})
    if name.startswith("Gift"):
        return {"gift": gift_model(organisation, record)}
    if name.startswith("Contact"):
        return {"contact": contact_model(organisation, record)}
    return {"project": show_project(organisation, record)}


def _person(organisation: Organisation, person: Record) -> Json:
    shown = show_individual(organisation, person)
    if not shown["contactMethods"] and organisation.options.empty_methods == "null":
        shown["contactMethods"] = None
    return shown


def _email(organisation: Organisation, contact: Record) -> str | None:
    people = organisation.individuals.children(contact.id)
    for person in sorted(people, key=lambda row: not row.data["isPrimary"]):
        for method in organisation.methods.children(person.id):
            if is_email(method.data["type"]) and method.data["isPrimary"] and not method.data["archived"]:
                return str(method.data["value"])
    return None
