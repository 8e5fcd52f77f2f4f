"""Sending chosen gifts by hand, with a fund, campaign and appeal; asks before anything that may surprise."""

from collections.abc import Sequence
from dataclasses import dataclass

from giftbridge.connectors import registry
from giftbridge.connectors.base import Purposes, ReadsGifts
from giftbridge.connectors.events import HoldsEvents
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift
from giftbridge.domain.routing import Purpose
from giftbridge.errors import Conflict, GiftbridgeError, Invalid, Reject
from giftbridge.jobs.context import App, Session
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.gifts.case import purpose_print
from giftbridge.jobs.gifts.purposes import known_purposes
from giftbridge.jobs.lifecycle import assert_working
from giftbridge.jobs.session import session_for_person
from giftbridge.jobs.settings_form import LISTS
from giftbridge.stores.connections import Connection
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Run


@dataclass(frozen=True, slots=True)
class Order:
    """What a person chose, and what they have confirmed."""

    ids: tuple[str, ...]
    purpose: Purpose
    confirm_unreconciled: bool = False
    confirm_changes: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The run that sends, if anything is to be sent, and what the CRM has just so already."""

    run: Run | None
    unchanged: tuple[str, ...]


def send(app: App, connection: Connection, order: Order, actor: str) -> Sent:
    """Start it. Raises `Invalid`, and `Conflict` for what wants a confirmation: `unreconciled`, `other_choices`."""
    assert_working(connection)
    stated = registry.manifest(connection.platform)
    if "reads_gifts" not in stated.capabilities:
        raise Conflict(f"{stated.title} has no gifts to send.", code="no_gifts")
    with session_for_person(app, connection) as session:
        known = known_purposes(session)
        found = session.can(Side.PLATFORM, ReadsGifts).gifts(order.ids)  # type: ignore[type-abstract]
        gifts_by_id = _checked(order, found, known)
        _warn_unreconciled(session, order, gifts_by_id)
        same, other = _already_sent(session, order, gifts_by_id, known)
    if other and not order.confirm_changes:
        raise Conflict("These were sent with other choices. Confirm to change them.", code="other_choices", ids=other)
    rest = [one for one in order.ids if one not in same]
    choices = {"fund": order.purpose.fund, "campaign": order.purpose.campaign, "appeal": order.purpose.appeal}
    run = gifts.start_chosen(app, connection, rest, choices, actor) if rest else None
    return Sent(run, tuple(one for one in order.ids if one in same))


def _checked(order: Order, found: dict[str, Gift | GiftbridgeError], known: Purposes) -> dict[str, Gift]:
    mistakes = [
        (kind, f"The CRM has no active {kind} with this id.")
        for kind, lists in LISTS.items()
        if getattr(order.purpose, kind) and getattr(order.purpose, kind) not in getattr(known, lists)
    ]
    for place, one in enumerate(order.ids):
        gift = found.get(one)
        if not isinstance(gift, Gift):
            mistakes.append((f"ids.{place}", str(gift) if gift else "The platform has no such transaction."))
    if mistakes:
        raise Invalid("These gifts can't be sent.", mistakes)
    return {one: gift for one, gift in found.items() if isinstance(gift, Gift)}


def _warn_unreconciled(session: Session, order: Order, found: dict[str, Gift]) -> None:
    if order.confirm_unreconciled:
        return
    events = {gift.event_id for gift in found.values() if gift.event_id}
    holder = session.can(Side.PLATFORM, HoldsEvents) if events else None  # type: ignore[type-abstract]
    early = {event for event in events if holder and not holder.event(event).reconciled}
    ids = [one for one in order.ids if found[one].event_id in early]
    if ids:
        raise Conflict("The event is not reconciled yet: amounts may change.", code="unreconciled", ids=ids)


def _already_sent(
    session: Session, order: Order, found: dict[str, Gift], known: Purposes
) -> tuple[set[str], Sequence[str]]:
    """Ids that the CRM has with just these choices, and ids that it has with others."""
    links = session.app.links.find(session.connection.id, "gift", Side.PLATFORM, order.ids)
    sent = {one: link for one, link in links.items() if link.crm_id and link.state in ("linked", "submitted")}
    same = {one for one, link in sent.items() if _agrees(session, order, found[one], link, known)}
    return same, [one for one in order.ids if one in sent and one not in same]


def _agrees(session: Session, order: Order, gift: Gift, link: Link, known: Purposes) -> bool:
    if order.purpose == Purpose():
        return True
    try:
        routed = session.recipe.routing.route(gift, known, order.purpose)
    except Reject:
        return False
    return link.base.get("purpose", ("", ""))[0] == purpose_print(session, routed)
