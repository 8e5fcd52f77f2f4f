"""One trigger of thanks: a gift, or a milestone that it reached, with what is known of its donor.

A trigger is named by the gift's id, or by the donor's id and the milestone's key: so a milestone has one link, whatever
gift reached it, and that link is what says that it has fired.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from giftbridge.connectors.base import RecordsGifts
from giftbridge.connectors.thanks import SendsThanks, TellsGiving
from giftbridge.domain.contact import Side
from giftbridge.domain.giving import Donation, Supporter
from giftbridge.domain.milestones import Reached
from giftbridge.domain.money import spoken
from giftbridge.errors import Park
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.context import Session
from giftbridge.jobs.thanks.settings import Goal, Thanks
from giftbridge.stores.attributes import Item
from giftbridge.stores.link import Link, Question
from giftbridge.stores.runs import Line, Run


@dataclass(frozen=True, slots=True)
class Case:
    """A trigger, the gift it speaks of and its donor as the CRM has them now (None: gone), and its link."""

    session: Session
    run: Run
    thanks: Thanks
    id: str
    link: Link | None
    donation: Donation | None
    donor: Supporter | None
    reached: Reached | None = None
    erased: bool = False

    @property
    def goal(self) -> Goal | None:
        """The milestone as it is set now."""
        goals = (goal for goal in self.thanks.goals.values() if self.reached and goal.milestone.has(self.reached))
        return next(goals, None)

    @property
    def sender(self) -> SendsThanks:
        """The platform."""
        return self.session.can(Side.PLATFORM, SendsThanks)  # type: ignore[type-abstract]

    @property
    def teller(self) -> TellsGiving:
        """The CRM."""
        return self.session.can(Side.CRM, TellsGiving)  # type: ignore[type-abstract]


def trigger_of(contact_id: str, reached: Reached) -> str:
    """The name of a milestone that somebody reached."""
    return f"{contact_id}:{reached.key}"


def is_trigger(name: str) -> bool:
    """Whether a text can be the name of a trigger at all."""
    record_id, colon, milestone = name.partition(":")
    try:
        return bool(record_id) and (not colon or bool(Reached.of(milestone)))
    except ValueError:
        return False


def cases_of(session: Session, run: Run, thanks: Thanks, entries: Sequence[Item]) -> dict[str, Case]:
    """What is listed, each with all that is known of it: some calls for all of them together."""
    teller = session.can(Side.CRM, TellsGiving)  # type: ignore[type-abstract]
    gifts = {entry["sk"]: _gift_of(teller, entry) for entry in entries}
    donations = teller.donations(sorted({one for one in gifts.values() if one}))
    found = {one: donations.get(gift) for one, gift in gifts.items()}
    people = sorted({donation.contact_id for donation in donations.values()})
    donors, links = teller.supporters(people), session.app.links
    standing = links.find(session.connection.id, "gift", Side.CRM, list(gifts))
    marks = {session.prints.identity(Side.CRM, one): one for one in people}
    erased = {marks[mark] for mark in links.erased(session.connection.id, Side.CRM, marks)}
    return {
        one: Case(
            session, run, thanks, one, standing.get(one), given, donors.get(given.contact_id) if given else None,
            _reached(one), bool(given and given.contact_id in erased),
        )
        for one, given in found.items()
    }  # fmt: skip


def _gift_of(teller: TellsGiving, entry: Item) -> str:
    """The gift that a trigger speaks of: itself, the one that reached the milestone, or the donor's latest."""
    contact_id, _, milestone = entry["sk"].partition(":")
    if not milestone:
        return str(entry["sk"])
    if entry.get("gift"):
        return str(entry["gift"])
    given = [one for one in teller.giving(contact_id) if one.counts]
    return max(given, key=lambda one: one.created_at).id if given else ""


def _reached(trigger: str) -> Reached | None:
    milestone = trigger.partition(":")[2]
    return Reached.of(milestone) if milestone else None


def park(case: Case, question: Park) -> Result:
    """Set aside for a person, with the question to answer."""
    links, connection = case.session.app.links, case.session.connection
    # What stands now, not what was read at first: an intent was written since.
    link = links.get(connection.id, "gift", Side.CRM, case.id) or new_link(case)
    asked = Question(question.code, str(question), question.candidates)
    parked = replace(
        link, state="parked", question=asked, decision="", run=case.run.id, outcomes={"platform": "failed"}, intent=None
    )
    told = line(case, "failed", question.code, str(question))
    return Result("failed", told, (links.save_op(parked),), review=True, link=parked)


def new_link(case: Case) -> Link:
    """A link with the trigger's name alone."""
    connection = case.session.connection
    return Link(connection.account, connection.id, "gift", "creating", crm_id=case.id)


def line(
    case: Case, outcome: str, code: str = "", reason: str = "", *, other_id: str = "", retryable: bool = False
) -> Line:
    """The line of the sync log that tells what became of it: the gift's amount and day, and no name."""
    given, session = case.donation, case.session
    crm = session.can(Side.CRM, RecordsGifts)  # type: ignore[type-abstract]
    label = f"{spoken(given.amount, session.recipe.currency)} on {given.day}" if given else ""
    return Line(
        kind="gift",
        side=Side.PLATFORM,
        record_id=case.id,
        outcome=outcome,
        code=code,
        reason=reason,
        other_id=other_id,
        label=session.seal(label),
        url=crm.gift_url(given.contact_id, given.id) if given else "",
        retryable=retryable,
        at=session.app.now(),
    )
