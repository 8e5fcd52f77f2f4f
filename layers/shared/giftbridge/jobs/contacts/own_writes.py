"""An interrupted update may have gone through: what is there then is our own write, not an edit of somebody's."""

from collections.abc import Mapping
from dataclasses import replace

from giftbridge.domain.contact import FIELDS, Side
from giftbridge.domain.merge import Merged
from giftbridge.jobs.contacts.effects import Seen
from giftbridge.jobs.context import Session
from giftbridge.stores.link import Link

SIDES = (Side.PLATFORM, Side.CRM)
"""In the order of a base's fingerprints."""


def meant(session: Session, pair: Mapping[Side, Seen], merged: Merged) -> dict[str, str]:
    """What an intent remembers of the changes that are written to both sides."""
    found: dict[str, str] = {}
    for side in SIDES:
        changes = merged.changes(side)
        sent = session.prints.fields(pair[side].record.contact.changed(changes))
        found |= {f"{side}.{field}": sent[field] for field in changes}
    return found


def recognised(link: Link, pair: Mapping[Side, Seen]) -> Link:
    """The link as if both sides had agreed on what an interrupted update has left there."""
    intent = link.intent
    if intent is None or not intent.meant:
        return link
    agreed = dict(link.handover.agreed if link.handover else link.base)
    for field in FIELDS:
        known = agreed.get(field, ("", ""))
        there = [pair[side].prints[field] for side in SIDES]
        ours = [
            bool(mark) and intent.meant.get(f"{side}.{field}") == mark for side, mark in zip(SIDES, there, strict=True)
        ]
        if any(ours):
            agreed[field] = (there[0] if ours[0] else known[0], there[1] if ours[1] else known[1])
    if link.handover:
        return replace(link, handover=replace(link.handover, agreed=agreed))
    return replace(link, base=agreed)
