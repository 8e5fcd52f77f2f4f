"""What a sweep thinks of one record, from what both lists showed and what its link says. Asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from giftbridge.domain import normalise
from giftbridge.domain.contact import FIELDS, Contact, Field, Side
from giftbridge.domain.fingerprint import Prints
from giftbridge.domain.merge import Base, Version, merge
from giftbridge.jobs.context import Session
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Run, began
from giftbridge.stores.sweeps import Seen

Class = Literal["drift_different", "drift_unconfirmed", "drift_missed", "drift_missing_crm", "drift_missing_platform"]
Settled = Literal["unchanged", "skipped"]
DIFFERENT: Final[Class] = "drift_different"
UNCONFIRMED: Final[Class] = "drift_unconfirmed"
MISSED: Final[Class] = "drift_missed"
MISSING: Final[Mapping[Side, Class]] = {Side.CRM: "drift_missing_crm", Side.PLATFORM: "drift_missing_platform"}
CLASSES: Final[tuple[Class, ...]] = (DIFFERENT, UNCONFIRMED, MISSED, *MISSING.values())
CONTACT: Final = Contact()
"""Lists leave fingerprints only; which fields differ is told by those alone."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What is not as it should be at the other side, unless an edit is under way that explains it."""

    code: Class
    fields: tuple[str, ...] = ()
    other_id: str = ""


def judge(session: Session, run: Run, side: Side, seen: Seen, link: Link | None, other: Seen | None) -> (
    Suspicion | Settled
):  # fmt: skip
    """What the other side lacks of this record: nothing, what is no business of the recipe's, or a suspicion."""
    if seen.rev != (link.rev if link else 0):
        return "unchanged"  # a run has dealt with it since it was listed
    if link is None:
        return _unlinked(session, side, seen)
    if link.state in ("gone", "erased") or link.asks or link.decision == "ignore":
        return "skipped"  # decided, or a question that is open already
    if link.state == "alias":
        return "unchanged"
    if link.state == "submitted" or link.intent:
        return _waiting(session, side, link)
    if not link.id(side.other):
        return _unlinked(session, side, seen)
    if seen.deleted:
        return "skipped"  # told from the other side
    if other is None or other.deleted:
        return _missing(session, run, side, link)
    return _compared(session, side, seen, link, other)


def overdue(session: Session, link: Link) -> bool:
    """Whether something that was begun for a link should long be over."""
    begun = link.intent.since if link.intent else None
    since = begun or (link.handover.at if link.handover else _last_run(link))
    return since is not None and session.app.now() - since > session.recipe.unconfirmed


def _unlinked(session: Session, side: Side, seen: Seen) -> Suspicion | Settled:
    recipe = session.recipe
    if seen.deleted or seen.inactive or seen.unreadable or not recipe.contacts or side.other in recipe.policy.closed:
        return "skipped"
    return Suspicion(MISSING[side.other])


def _waiting(session: Session, side: Side, link: Link) -> Suspicion | Settled:
    """Told once, at the side where it began."""
    if side is link.born and overdue(session, link):
        return Suspicion(UNCONFIRMED, other_id=link.id(side.other))
    return "skipped"


def _missing(session: Session, run: Run, side: Side, link: Link) -> Suspicion | Settled:
    """Where its link is that young, the other side's list may not show it yet."""
    last = _last_run(link)
    if last is not None and last + session.request_patience(side.other) > run.queued_at:
        return "unchanged"
    return Suspicion(MISSING[side.other], other_id=link.id(side.other))


def _compared(session: Session, side: Side, seen: Seen, link: Link, other: Seen) -> Suspicion | Settled:
    if not session.recipe.contacts or seen.unreadable or other.unreadable:
        return "skipped"  # not followed, or told by every run
    fields = differing(session, side, seen, link, other)
    return Suspicion(DIFFERENT, fields, link.id(side.other)) if fields else "unchanged"


def differing(session: Session, side: Side, seen: Seen, link: Link, other: Seen) -> tuple[Field, ...]:
    """Fields that a run would write to the other side: what may not flow there, by the settings, is no difference."""
    sides = {side: seen, side.other: other}
    platform, crm = (Version(CONTACT, sides[one].prints) for one in (Side.PLATFORM, Side.CRM))
    return tuple(merge(platform, crm, _base(link, sides), session.recipe.policy).changes(side.other))


def _base(link: Link, sides: Mapping[Side, Seen]) -> Base | None:
    """What both last agreed on. Fingerprints of another spelling are replaced where the record is unchanged."""
    if not link.base:
        return None
    platform, crm = (_agreed(link, place, side, sides[side]) for place, side in enumerate((Side.PLATFORM, Side.CRM)))
    return Base(platform, crm)


def _agreed(link: Link, place: int, side: Side, seen: Seen) -> Prints:
    if link.spelling != normalise.VERSION and link.raw.get(str(side)) == seen.raw:
        return seen.prints
    return {name: link.base.get(name, ("", ""))[place] for name in FIELDS}


def _last_run(link: Link) -> datetime | None:
    return began(link.run) if link.run else None
