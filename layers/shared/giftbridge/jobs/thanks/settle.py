"""Thanking for one trigger, once. The platform can't be asked afterwards: what may have been sent is never sent again
by itself."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from giftbridge.connectors.base import Done, Written
from giftbridge.connectors.thanks import Thanked, ThanksWrite
from giftbridge.domain import normalise
from giftbridge.domain.contact import Side
from giftbridge.domain.giving import Donation, Supporter
from giftbridge.domain.milestones import reached
from giftbridge.domain.money import spoken
from giftbridge.errors import Conflict, Defer, Disconnected, GiftbridgeError, NotFound, Park, Reject, Removed, Retry
from giftbridge.jobs import intent
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.thanks.case import Case, line, new_link, park, trigger_of
from giftbridge.jobs.thanks.settings import Action
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.link import Link

MAYBE: Final = "maybe_thanked"
GONE: Final = ("gift_gone", "The CRM no longer has this gift.")


def settle(case: Case) -> Result:
    """Do what this trigger needs. Raises `Defer`, `Retry`, `Disconnected`; everything else becomes a result."""
    try:
        return _settle(case)
    except Removed:
        raise
    except (Reject, NotFound, Conflict) as refused:
        return Result("failed", line(case, "failed", refused.code, str(refused), retryable=True), link=case.link)
    except Park as question:
        return park(case, question)


def _settle(case: Case) -> Result:
    link = case.link
    if link and (link.intent or link.state != "parked"):
        return _found(case, link)
    if link and link.decision != "create":
        return _unanswered(case, link)
    why = _skipped(case)
    if why or case.donation is None or case.donor is None:
        return _told(case, *(why or GONE))
    _plan_milestones(case, case.donation)
    return _thank(case, case.donation, case.donor)


def _found(case: Case, link: Link) -> Result:
    """A trigger that was dealt with before, or whose worker died."""
    intent.wait_for_live(case.session, link)
    if link.intent is not None:
        raise _maybe(case)
    told = link.run == case.run.id and "platform" in link.outcomes
    return Result(link.outcomes["platform"] if told else "unchanged", link=link)  # type: ignore[arg-type]


def _unanswered(case: Case, link: Link) -> Result:
    if link.decision == "ignore":
        return _told(case, "ignored", "Somebody decided not to send it.")
    if link.question is None:
        raise Park("Nobody knows any more why this waits.", code=MAYBE)
    raise Park(link.question.text, code=link.question.code)


def _maybe(case: Case) -> Park:
    title = case.session.platform.manifest.title
    return Park(f"It may have been sent already. Look in {title}, then decide.", code=MAYBE)


# -- who is not thanked


def _skipped(case: Case) -> tuple[str, str] | None:
    """(code, reason) where nothing is to be sent."""
    if case.donation is None:
        return GONE
    return _not_for_gift(case, case.donation) or _not_for_donor(case, case.donor)


def _not_for_gift(case: Case, given: Donation) -> tuple[str, str] | None:
    since = case.thanks.since.get("new_donation")
    if since is None:
        return "switched_off", "Thanks for new donations are switched off."
    if given.created_at < since and case.reached is None:
        return "before_switch_on", "It was entered before thanks were switched on."
    if not given.real:
        return "no_gift", "A pledge or a schedule is no gift yet."
    if given.refunded:
        return "refunded", "It was refunded."
    return ("amount_zero", "Its amount is zero.") if given.amount <= 0 else None


def _not_for_donor(case: Case, donor: Supporter | None) -> tuple[str, str] | None:
    if donor is None:
        return "donor_gone", "The CRM no longer has its donor."
    if case.erased:
        return "erased", "The donor was erased."
    if donor.household:
        return "household", "It was given by a household. Assign it to a person in the CRM."
    if donor.deceased:
        return "deceased", "The donor is deceased."
    if not normalise.email(donor.contact.email):
        return "no_email", "The donor has no primary e-mail address."
    return ("opted_out", "The donor wants no e-mail.") if donor.contact.email_opt_out else None


def _told(case: Case, code: str, reason: str) -> Result:
    return Result("skipped", line(case, "skipped", code, reason), link=case.link)


# -- milestones


def _plan_milestones(case: Case, given: Donation) -> None:
    """Put what this gift has reached on the run's list, unless it has fired before. Nothing of the totals is kept."""
    if case.reached is not None or not case.thanks.goals:
        return
    session, gifts = case.session, case.teller.giving(given.contact_id)
    goals = case.thanks.goals.values()
    found = (reached(goal.milestone, gifts, given.day, goal.since) for goal in goals)
    triggers = [trigger_of(given.contact_id, one) for one in found if one]
    fired = session.app.links.find(session.connection.id, "gift", Side.CRM, triggers)
    fresh = {one: {"gift": given.id} for one in triggers if one not in fired}
    session.app.runs.plan(case.run, Side.CRM, fresh, session.app.now())


# -- thanking


def _thank(case: Case, given: Donation, donor: Supporter) -> Result:
    """Under an intent. Raises `Park` where nobody knows whether it was sent."""
    if case.reached and case.goal is None:
        return _told(case, "milestone_gone", "This milestone is no longer set.")
    action = case.goal.action if case.goal else case.thanks.each_gift
    if action.action == "none":
        return Result("skipped", link=case.link)
    _remember(case, donor)
    before = case.link or new_link(case)
    reference = f"{case.session.connection.platform}-{case.session.connection.organisation}-{case.id}"
    intended = intent.intend(case.session, before, "create", Side.PLATFORM, reference, case.run.id)
    try:
        answer = _send(case, action, ThanksWrite(_thanked(case, donor), _text(case, given, donor), action.assigned_to))
    except (Defer, Disconnected, Retry) as error:
        if isinstance(error, Retry) and error.doubt:
            raise _maybe(case) from None
        intent.take_back(case.session, intended, before)
        raise
    if isinstance(answer, GiftbridgeError):
        intent.take_back(case.session, intended, before)
        raise Reject.of(answer)
    return _sent(case, intended, answer.id if isinstance(answer, Done) else "")


def _send(case: Case, action: Action, write: ThanksWrite) -> Written:
    if action.action == "task":
        return case.sender.create_task(write)
    return case.sender.send_note(ThanksWrite(write.donor, note=action.note))


def _sent(case: Case, intended: Link, sent_id: str) -> Result:
    """The link and the line that tells it, together."""
    app = case.session.app
    done = replace(
        intended, state="linked", intent=None, question=None, decision="", detail=sent_id, run=case.run.id,
        outcomes={"platform": "created"},
    )  # fmt: skip
    said = line(case, "created", other_id=sent_id)
    app.links.db.transact([app.links.save_op(done), app.runs.line_op(case.run, said)])
    app.measure("ThanksSent", 1)
    return Result("created", said, link=done.stored())


def _remember(case: Case, donor: Supporter) -> None:
    """Which constituent the platform will speak of by this account number."""
    links, connection = case.session.app.links, case.session.connection
    number = donor.account_number
    if number and links.get(connection.id, "contact", Side.PLATFORM, number) is None:
        known = Link(connection.account, connection.id, "contact", "linked", platform_id=number, crm_id=donor.id)
        with suppress(ConditionFailed):  # known by another number: it is looked up then
            links.db.transact(links.join_ops(known))


def _thanked(case: Case, donor: Supporter) -> Thanked:
    contact = donor.contact
    informal = donor.informal_name if case.thanks.informal else ""
    return Thanked(
        email=contact.email,
        first_name=informal or contact.first_name or contact.organisation_name,
        last_name=contact.last_name,
        phone=contact.phone,
        account_number=donor.account_number,
        may_text=not contact.do_not_call,
    )


def _text(case: Case, given: Donation, donor: Supporter) -> str:
    """What staff reads: who, how much, when, what they said, what they reached. Nothing of how it was paid."""
    currency = case.session.recipe.currency
    parts = [f"Thank {donor.contact.label}: {spoken(given.amount, currency)} on {given.day}."]
    if case.reached:
        parts.append(f"Milestone: {case.reached.told(currency)}.")
    if given.comment:
        parts.append(f"Comment: {given.comment}")
    return " ".join(parts)
