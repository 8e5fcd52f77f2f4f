"""All that is known of one contact when its turn comes, and what may become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from giftbridge.connectors.base import ReadsContacts
from giftbridge.domain import normalise
from giftbridge.domain.contact import Record, Side
from giftbridge.domain.matching import Match
from giftbridge.domain.merge import FieldConflict
from giftbridge.errors import Park
from giftbridge.jobs.context import Session
from giftbridge.stores.dynamo import Op
from giftbridge.stores.link import Link, Question
from giftbridge.stores.runs import Line, Outcome, Run

NOBODY: Final = Match("none")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one record: the outcome at the other side, the line that tells it, writes still to be made."""

    outcome: Outcome
    line: Line | None = None
    ops: tuple[Op, ...] = ()
    linked: bool = False
    review: bool = False
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """One record of one side, with its link and those who may be its counterpart."""

    session: Session
    run: Run
    side: Side
    id: str
    record: Record | None
    link: Link | None
    others: Mapping[str, Record] = field(default_factory=dict)
    """Records of the other side that may be the counterpart, by id."""
    rivals: Mapping[str, Link] = field(default_factory=dict)
    """Links that such records have already, by the same id."""
    match: Match = NOBODY

    @property
    def other(self) -> Side:
        """The side written to."""
        return self.side.other

    @property
    def dry(self) -> bool:
        """A preview: nothing is written anywhere but in the log."""
        return self.run.mode == "preview"

    @property
    def label(self) -> str:
        """How staff recognise the record."""
        return self.record.contact.label if self.record else ""

    @property
    def left_out(self) -> tuple[str, ...]:
        """Notes on contact points of the record that are none, and stay where they are."""
        found = normalise.unusable(self.record.contact) if self.record else ()
        return tuple(f"its {field} is not valid and was left out" for field in found)

    def new_link(self) -> Link:
        """A link with this side's id alone."""
        connection = self.session.connection
        ids = {"platform_id": self.id} if self.side is Side.PLATFORM else {"crm_id": self.id}
        return Link(connection.account, connection.id, "contact", "creating", **ids)  # type: ignore[arg-type]


def park(at: Situation, question: Park) -> Result:
    """Set aside for a person, with the question to answer."""
    told = line(at, "failed", question.code, str(question), retryable=True)
    if at.dry:
        return Result("failed", told, review=True)
    # What stands now, not what was read at first: an intent may have been written since.
    links = at.session.app.links
    link = links.get(at.session.connection.id, "contact", at.side, at.id) or at.new_link()
    asked = Question(question.code, str(question), question.candidates)
    parked = mark(
        at, replace(link, state="parked", question=asked, decision="", intent=None), {str(at.other): "failed"}
    )
    return Result("failed", told, (links.save_op(parked),), review=True, link=parked)


def failed(at: Situation, code: str, reason: str) -> Result:
    """This record can't go over; everything else does."""
    return Result("failed", line(at, "failed", code, reason, retryable=True), link=at.link)


def mark(
    at: Situation,
    link: Link,
    outcomes: Mapping[str, str],
    stamps: Mapping[Side, datetime | None] | None = None,
) -> Link:
    """The link with what this run did, and the stamps that our writes left."""
    left = {str(side): stamp.isoformat() for side, stamp in (stamps or {}).items() if stamp}
    return replace(link, run=at.run.id, outcomes=dict(outcomes), stamps={**link.stamps, **left})


def line(
    at: Situation,
    outcome: str,
    code: str = "",
    reason: str = "",
    *,
    link: Link | None = None,
    conflicts: tuple[FieldConflict, ...] = (),
    notes: tuple[str, ...] = (),
    retryable: bool = False,
) -> Line:
    """The line of the sync log that tells it; names and losing values are sealed."""
    session = at.session
    crm_id = link.crm_id if link else (at.id if at.side is Side.CRM else "")
    reader = session.can(Side.CRM, ReadsContacts)  # type: ignore[type-abstract]
    return Line(
        kind="contact",
        side=at.other,
        record_id=at.id,
        outcome=outcome,
        code=code,
        reason=reason,
        other_id=link.id(at.other) if link else "",
        label=session.seal(at.label),
        url=reader.contact_url(crm_id) if crm_id else "",
        conflicts=[
            {"field": one.field, "winner": str(one.winner), "why": one.why, "lost": session.seal(one.lost)}
            for one in conflicts
        ],
        notes=(*notes, *(link.handed_by(at.run.id) if link else ())),
        retryable=retryable,
        at=session.app.now(),
        stage="submitted" if link and link.awaits else "",
    )
