"""The Platform API's contacts, both ways, and what all its money has in common. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from giftbridge.connectors.platform_api.models import Contact as Sent
from giftbridge.connectors.platform_api.models import Refund as SentRefund
from giftbridge.domain.contact import Address, Contact, Field, Record
from giftbridge.domain.gift import GiftStatus, Refund, timestamp
from giftbridge.domain.money import cents
from giftbridge.errors import Reject

WIRE: Final[Mapping[Field, str]] = {
    "first_name": "firstName", "last_name": "lastName", "organisation_name": "organizationName", "email": "email",
    "phone": "phone", "address": "address", "email_opt_out": "emailOptOut", "do_not_call": "doNotCall",
    "do_not_mail": "doNotMail",
}  # fmt: skip
ADDRESS_PARTS: Final = ("street1", "street2", "city", "state", "postalCode", "country")
BOOKKEEPING: Final = frozenset({"version", "updatedAt", "updatedBy", "createdAt", "crmIds"})


def record(raw: Mapping[str, Any]) -> Record:
    """A contact as the canonical record; what the platform only keeps books with is not compared."""
    seen = Sent.model_validate(raw)
    comparable = {key: value for key, value in raw.items() if key not in BOOKKEEPING}
    return Record(
        id=seen.id,
        contact=_contact(seen),
        stamp=seen.updatedAt,
        raw=json.dumps(comparable, sort_keys=True),
        deleted=seen.status == "deleted",
        origin=seen.updatedBy.origin,
    )


def readable(raw: Mapping[str, Any]) -> Record:
    """The same; one that is not in the agreed form says so instead of stopping everything."""
    try:
        return record(raw)
    except ValidationError:
        return Record(
            str(raw.get("id", "")), Contact(), None, "", problem="The platform's contact is not in the agreed form."
        )


def _contact(seen: Sent) -> Contact:
    return Contact(
        kind="organisation" if seen.type == "organization" else "person",
        first_name=seen.firstName,
        last_name=seen.lastName,
        organisation_name=seen.organizationName,
        email=seen.email,
        phone=seen.phone,
        address=_address(seen),
        email_opt_out=seen.emailOptOut,
        do_not_call=seen.doNotCall,
        do_not_mail=seen.doNotMail,
    )


def _address(seen: Sent) -> Address:
    if seen.address is None:
        return Address()
    sent = seen.address
    street = ", ".join(part for part in (sent.street1, sent.street2) if part)
    return Address(street, sent.city, sent.state, sent.postalCode, sent.country)


def create_body(contact: Contact) -> dict[str, Any]:
    """Body of `POST contacts`: only what is known."""
    kind = "organization" if contact.kind == "organisation" else "person"
    return {"type": kind, **{WIRE[field]: written(contact.value(field)) for field in WIRE if contact.value(field)}}


def update_body(contact: Contact, changed: frozenset[Field]) -> dict[str, Any]:
    """Body of `PATCH contacts/{id}`: a merge patch of the changed fields."""
    return {WIRE[field]: _patched(contact.value(field)) for field in WIRE if field in changed}


def _patched(value: str | bool | Address) -> Any:
    """An address is merged key by key: what an old one has and the new one lacks is taken away by null."""
    if not isinstance(value, Address):
        return value
    return {**dict.fromkeys(ADDRESS_PARTS), **written(value)}


def written(value: str | bool | Address) -> Any:
    """One value on the wire; of an address what there is."""
    if not isinstance(value, Address):
        return value
    parts = (value.street, "", value.city, value.state, value.postal_code, value.country or "US")
    return {key: part for key, part in zip(ADDRESS_PARTS, parts, strict=True) if part}


def refund(sent: SentRefund) -> Refund:
    """Money given back. Raises `Reject` for an amount or a date that is none."""
    return Refund(sent.id, cents(sent.amount), timestamp(sent.occurredAt) if sent.occurredAt else None, sent.reason)


def status(word: str) -> GiftStatus:
    """Where the money stands. Raises `Reject` for a word that is not known."""
    try:
        return GiftStatus(word)
    except ValueError:
        raise Reject(
            f"The platform calls the state of this gift {word!r}, which is not known.", code="status_unknown"
        ) from None
