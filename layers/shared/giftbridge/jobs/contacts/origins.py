"""Edits on the platform that are left alone because of who made them, by the recipe's `ignored_origins`.

The platform tells who made the latest edit only. What such an edit changed is set aside on the link: it counts as not
there, so that nothing else sends it, and what both sides agreed on stays as it was, so that the next edit by anybody
else sends all that differs. Our own later writes change nothing about that. Consent is never set aside.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from giftbridge.domain.contact import CONSENT_FIELDS, FIELDS, Record, Side
from giftbridge.domain.fingerprint import Prints
from giftbridge.jobs.context import Session
from giftbridge.stores.link import Link

OURS: Final = "integration"
CODE: Final = "origin_ignored"
TOLD: Final = "Its last edit came through the platform's own interface for programs, and such edits are not sent."


def is_left_alone(session: Session, side: Side, record: Record) -> bool:
    """Whether the latest edit of a record is one that is not sent."""
    return side is Side.PLATFORM and record.origin in session.recipe.ignored_origins


def noted(session: Session, link: Link, platform: Record) -> Link:
    """The link with what is set aside of the platform's record as it is now."""
    aside = _aside(session, link, platform)
    return link if aside == link.aside else replace(link, aside=aside)


def news(link: Link, before: Link | None) -> tuple[str, ...]:
    """Fields that were set aside since."""
    known = before.aside if before else {}
    return tuple(field for field, mark in link.aside.items() if known.get(field) != mark)


def counted(link: Link, prints: Prints, known: Mapping[str, tuple[str, str]]) -> Prints:
    """The platform's fingerprints as they count: what is set aside counts as it was."""
    if not link.aside:
        return prints
    return {field: known.get(field, ("", ""))[0] if link.aside.get(field) == now else now
            for field, now in prints.items()}  # fmt: skip


def _aside(session: Session, link: Link, platform: Record) -> dict[str, str]:
    known = link.handover.agreed if link.handover else link.base
    if platform.unread or not known:
        return dict(link.aside)
    prints = session.prints.fields(platform.contact)
    if is_left_alone(session, Side.PLATFORM, platform):
        fields = (field for field in FIELDS if field not in CONSENT_FIELDS and prints[field])
        return {field: prints[field] for field in fields if prints[field] != known.get(field, ("", ""))[0]}
    if platform.origin == OURS:
        return {field: mark for field, mark in link.aside.items() if prints[field] == mark}  # type: ignore[index]
    return {}
