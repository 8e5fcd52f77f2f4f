"""One gift of a run, with what is known of it already, and the words to tell what became of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from giftbridge.connectors.base import Donor, RecordsGifts, Submitted
from giftbridge.domain.contact import Contact, Side
from giftbridge.domain.gift import Gift
from giftbridge.domain.routing import Purpose
from giftbridge.errors import GiftbridgeError, Park, Reject
from giftbridge.jobs import intent
from giftbridge.jobs.contacts import effects
from giftbridge.jobs.contacts.effects import UNTOLD
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.contacts.walk import settle_contact
from giftbridge.jobs.context import Session
from giftbridge.jobs.gifts.purposes import known_purposes
from giftbridge.jobs.settling import Writing
from giftbridge.stores.link import Link, Operation, Question
from giftbridge.stores.runs import Line, Run

THERE: Final = ("linked", "alias", "submitted")
"""States of a donor whom the CRM has, or has been handed."""


@dataclass(frozen=True, slots=True)
class Case:
    """A gift as the platform has it now (or why not), and its link."""

    session: Session
    run: Run
    id: str
    gift: Gift | GiftbridgeError | None
    link: Link | None
    donor: Contact | None = None
    """Who gave, as the platform has them; read only for a CRM that takes gifts together with their donors."""

    @property
    def chosen(self) -> Purpose | None:
        """What a person chose for it, in a run by hand; what it was set aside with holds until it is answered."""
        choices = choices_of(self.run, self.link)
        return Purpose(**choices) if choices else None

    @property
    def wanted(self) -> bool:
        """Whether a person started just this, rather than an event or the schedule."""
        return self.run.mode in ("chosen", "records") and self.run.started_by not in ("webhook", "schedule")

    @property
    def by_hand(self) -> bool:
        """Whether the CRM's staff imports it, and nothing is written by the API."""
        return self.session.recipe.import_by_hand

    @property
    def writer(self) -> RecordsGifts:
        """The CRM."""
        return self.session.can(Side.CRM, RecordsGifts)  # type: ignore[type-abstract]

    @property
    def reference(self) -> str:
        """Our mark on the gift in the CRM: names the platform's gift, so it is the same on every try."""
        return f"{self.session.connection.platform}-{self.session.connection.organisation}-{self.id}"

    def routed(self, gift: Gift) -> Gift:
        """The gift with the CRM's funds, campaigns and appeals. Raises `Reject`."""
        return self.session.recipe.routing.route(gift, known_purposes(self.session), self.chosen)


@dataclass(frozen=True, slots=True)
class Giver:
    """The donor in the CRM: by id, which is empty while an asynchronous CRM has not confirmed them, and as a person."""

    contact_id: str
    donor: Donor | None = None


def giver_of(case: Case, gift: Gift) -> Writing[Giver]:
    """The donor in the CRM, created first if missing. Raises `Reject` where there can be none."""
    session = case.session
    link = session.app.links.get(session.connection.id, "contact", Side.PLATFORM, gift.contact_id)
    if link is None or link.state not in THERE or link.detail == UNTOLD:
        result = yield from settle_contact(session, case.run, gift.contact_id)
        link = result.link
        if result.outcome in ("failed", "skipped") or link is None or not (link.crm_id or link.awaits):
            reason = result.line.reason if result.line else "It is not synced."
            raise Reject(f"Its donor could not be brought over: {reason}", code="donor_not_synced")
    donor = Donor(effects.reference_of(session, Side.CRM, link), case.donor) if case.donor else None
    return Giver(link.crm_id, donor)


def intend(case: Case, link: Link, operation: Operation, detail: str = "") -> Link:
    """Write down what is about to happen to the gift. Raises `ConditionFailed` where another worker was faster."""
    return intent.intend(case.session, link, operation, Side.CRM, case.reference, case.run.id, detail)


def described(case: Case, gift: Gift, contact_id: str) -> str:
    """What an intent remembers of a routed gift that is sent: whose it is in the CRM, and what it is given to."""
    return f"donor:{contact_id} purpose:{purpose_print(case.session, gift)}"


def sent(link: Link) -> Mapping[str, str]:
    """What a create's intent wrote down, as far as it did."""
    detail = link.intent.detail if link.intent and link.intent.op == "create" else ""
    return dict(part.split(":", 1) for part in detail.split())


def keep(case: Case, link: Link, said: Line) -> Link:
    """The link and the line that tells it, together."""
    app = case.session.app
    ops = app.links.join_ops(link) if link.crm_id and not link.is_joined else [app.links.save_op(link)]
    app.links.db.transact([*ops, app.runs.line_op(case.run, said)])
    return link.joined() if link.crm_id else link.stored()


def hand_over(case: Case, link: Link, answer: Submitted, outcome: str, agreed: Mapping[str, tuple[str, str]]) -> Link:
    """The link once the CRM has taken something for later; `agreed` joins its base when that is confirmed."""
    handed = effects.hand_over(case.session, link, answer, case.run.id, outcome)
    handover = replace(handed.handover, agreed=dict(agreed)) if handed.handover else None
    return replace(handed, state="submitted", handover=handover)


def park(case: Case, question: Park) -> Result:
    """Set aside for a person, with the question to answer."""
    links, connection = case.session.app.links, case.session.connection
    # What stands now, not what was read at first: an intent may have been written since.
    link = links.get(connection.id, "gift", Side.PLATFORM, case.id) or new_link(case)
    asked = Question(question.code, str(question), question.candidates, choices_of(case.run, link))
    parked = replace(
        link, state="parked", question=asked, decision="", run=case.run.id, outcomes={"crm": "failed"}, intent=None
    )
    told = line(case, "failed", question.code, str(question), retryable=True)
    return Result("failed", told, (links.save_op(parked),), review=True, link=parked)


def choices_of(run: Run, link: Link | None) -> Mapping[str, str]:
    """The fund, campaign and appeal of a run by hand, else those that the gift was set aside with."""
    return run.choices or (link.question.choices if link and link.question else {})


def new_link(case: Case) -> Link:
    """A link with the platform's id alone."""
    connection = case.session.connection
    return Link(connection.account, connection.id, "gift", "creating", platform_id=case.id)


def purpose_print(session: Session, gift: Gift) -> str:
    """What a link remembers of a routed gift's fund, campaign and appeal."""
    parts = sorted(f"{part.fund}/{part.campaign}/{part.appeal}/{part.amount}" for part in gift.designations)
    return session.prints.of("purpose", "|".join(parts))


def cents_by_fund(gift: Gift) -> dict[str, int]:
    """What each of the CRM's funds gets of a routed gift."""
    sums: dict[str, int] = {}
    for part in gift.designations:
        sums[part.fund] = sums.get(part.fund, 0) + part.amount
    return sums


def refund_print(session: Session, cents: int) -> str:
    """What a link remembers of the money given back."""
    return session.prints.of("refunded", str(cents))


def line(
    case: Case,
    outcome: str,
    code: str = "",
    reason: str = "",
    *,
    link: Link | None = None,
    url: str = "",
    notes: tuple[str, ...] = (),
    retryable: bool = False,
    recorded: Gift | None = None,
) -> Line:
    """The line of the sync log that tells what became of the gift; `recorded` is what the CRM has of it."""
    gift = case.gift if isinstance(case.gift, Gift) else None
    label = f"{gift.amount / 100:.2f} {gift.currency} on {gift.occurred_at:%Y-%m-%d}" if gift else ""
    return Line(
        kind="gift",
        side=Side.CRM,
        record_id=case.id,
        outcome=outcome,
        code=code,
        reason=reason,
        other_id=link.crm_id if link else "",
        label=case.session.seal(label),
        url=url,
        notes=(*notes, *(link.handed_by(case.run.id) if link else ())),
        retryable=retryable,
        at=case.session.app.now(),
        stage=_stage(link),
        invoice=gift.receipt_id if gift else "",
        money=_money(case.session, recorded) if recorded else None,
    )


def _stage(link: Link | None) -> str:
    if link and link.file:
        return "in_file"
    return "submitted" if link and link.awaits else ""


def _money(session: Session, gift: Gift) -> dict[str, Any] | None:
    """Sealed as the label is: sums are made of it for the books."""
    return session.seal(json.dumps({"cents": gift.amount, "funds": cents_by_fund(gift)}))
