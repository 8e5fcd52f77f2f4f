"""The platform shows on a contact what was changed from the CRM, once a change."""

from collections.abc import Collection
from typing import Final

from giftbridge.connectors.base import Annotates
from giftbridge.domain.contact import FIELDS, Field, Side
from giftbridge.errors import Conflict, NotFound, Reject
from giftbridge.jobs.context import Session
from giftbridge.stores.link import Intent, Link

WORDS: Final[dict[Field, str]] = {
    "first_name": "first name", "last_name": "last name", "organisation_name": "name", "email": "e-mail address",
    "phone": "phone number", "address": "address", "email_opt_out": "e-mail opt-out", "do_not_call": "do not call",
    "do_not_mail": "do not mail",
}  # fmt: skip


def described(fields: Collection[Field]) -> str:
    """What an update's intent remembers of the fields that are to change on the platform."""
    return " ".join(f"{Side.PLATFORM}.{field}" for field in FIELDS if field in fields)


def intended(intent: Intent | None) -> list[Field]:
    """The fields that an update's intent wrote down."""
    words = set(intent.detail.split()) if intent and intent.op == "update" else set()
    return [field for field in FIELDS if f"{Side.PLATFORM}.{field}" in words]


def show(session: Session, link: Link) -> None:
    """Tell what the link's intent has changed on the platform; a repeat after a crash says the same once more.

    Raises `Retry` and `Defer` while the platform can't take it; one that refuses it is not asked again.
    """
    fields, platform = intended(link.intent), session.platform
    if not (session.recipe.activity and fields and link.intent and isinstance(platform, Annotates)):
        return
    words = ", ".join(WORDS[field] for field in fields)
    text = f"Changed from {session.crm.manifest.title}: {words}"
    try:
        platform.add_activity(link.platform_id, text, link.intent.since, f"{link.intent.nonce}-activity")
    except (Conflict, NotFound, Reject):
        return
