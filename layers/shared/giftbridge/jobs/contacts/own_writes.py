"""An interrupted update may have gone through: what is there then is our own write, not an edit of somebody's."""

from collections.abc import Mapping
from dataclasses import replace

from giftbridge.domain.contact import FIELDS, Side
from giftbridge.domain.merge import Merged
from giftbridge.jobs.contacts.effects import Seen
from giftbridge.jobs.context import Session
from giftbridge.stores.link import Link


def meant(session: Session, pair: Mapping[Side, Seen], merged: Merged) -> dict[str, str]:
    """What an intent remembers of the changes that are written to both sides."""
    found: dict[str, str] = {}
    for side in Side:
        changes = merged.changes(side)
        sent = session.prints.fields(pair[side].record.contact.changed(changes))
        found |= {f"{side}.{field}": sent[field] for field in changes}
    return found


def recognised(link: Link, pair: Mapping[Side, Seen]) -> Link:
    """The link as if both sides had agreed on what an interrupted update has left at one of them.

    The other had it too, as it was taken from there: whatever stands there by now, even what stood there before, is an
    edit.
    """
    intent = link.intent
    if intent is None or not intent.meant:
        return link
    agreed = dict(link.handover.agreed if link.handover else link.base)
    for field in FIELDS:
        for side in Side:
            there = pair[side].prints[field]
            if there and intent.meant.get(f"{side}.{field}") == there:
                agreed[field] = (there, there)
    if link.handover:
        return replace(link, handover=replace(link.handover, agreed=agreed))
    return replace(link, base=agreed)
