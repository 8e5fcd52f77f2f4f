"""Recording one gift in the CRM, once."""

from dataclasses import replace
from typing import Final

from giftbridge.connectors.base import Confirms, GiftWrite, Submitted
from giftbridge.connectors.events import HoldsEvents
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift, GiftStatus, check
from giftbridge.errors import Conflict, Defer, Disconnected, GiftbridgeError, NotFound, Park, Reject, Removed, Retry
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.gifts import by_hand
from giftbridge.jobs.gifts.case import (
    Case,
    Giver,
    described,
    giver_of,
    hand_over,
    intend,
    keep,
    line,
    new_link,
    park,
    purpose_print,
    refund_print,
    sent,
)
from giftbridge.jobs.gifts.commitment import committed
from giftbridge.jobs.gifts.follow import follow_later, follow_up, purpose_pending, refund_pending
from giftbridge.jobs.intent import as_before, reference_in, take_back, wait_for_live
from giftbridge.jobs.pull.recognise import from_crm
from giftbridge.jobs.settling import Settling, Wanted, Writing
from giftbridge.stores.link import INCOMPLETE, Link
from giftbridge.stores.runs import Outcome

NEVER: Final = frozenset({GiftStatus.FAILED, GiftStatus.CANCELLED})


def settle_gift(case: Case) -> Settling:
    """Do what this gift needs. Raises `Defer`, `Retry`, `Disconnected`; everything else becomes a result."""
    try:
        return (yield from _settle(case))
    except Removed:
        raise
    except (Reject, NotFound, Conflict) as refused:
        return Result("failed", line(case, "failed", refused.code, str(refused), retryable=True), link=case.link)
    except Park as question:
        return park(case, question)


def _settle(case: Case) -> Settling:
    link = case.link
    told = link and link.run == case.run.id and link.intent is None and "crm" in link.outcomes
    if link and told and (link.awaits or not (refund_pending(case) or purpose_pending(case))):
        seen = follow_later(case, link) if refund_pending(case) else link
        return Result(link.outcomes["crm"], link=seen)  # type: ignore[arg-type]
    if case.gift is None:
        raise Reject("The platform no longer knows this transaction.", code="gift_gone")
    if isinstance(case.gift, GiftbridgeError):
        raise Reject(str(case.gift), code=case.gift.code)
    if link and (link.file or (case.by_hand and (link.crm_id or link.awaits))):
        return by_hand.follow_up(case, case.gift, link)
    if link and (link.crm_id or link.awaits) and not _goes_again(case, case.gift, link):
        return (yield from follow_up(case, case.gift, link))
    if link and link.state == "parked" and link.decision != "create":
        return (yield from _answered(case, case.gift, link))
    return (yield from _first_time(case, case.gift))


def _answered(case: Case, gift: Gift, link: Link) -> Settling:
    """A gift that waits for a person is asked about again, never sent by itself."""
    if link.decision == "ignore":
        return Result("skipped", line(case, "skipped", "ignored", "Somebody decided not to send it."), link=link)
    if link.decision.startswith("match:"):
        found = replace(link, crm_id=link.decision.removeprefix("match:"))
        giver = yield from giver_of(case, gift)
        known = _recorded(case, found, case.routed(gift), giver.contact_id, "unchanged")
        return (yield from _with_refunds(case, known, gift))
    if link.question is None:
        raise Park("Nobody knows any more why this gift waits.", code="unknown")
    raise Park(link.question.text, candidates=link.question.candidates, code=link.question.code)


def _first_time(case: Case, gift: Gift) -> Settling:
    if gift.status in NEVER:
        return Result("skipped", line(case, "skipped", "not_successful", "The payment did not succeed."))
    if gift.status is GiftStatus.PROCESSING:
        text = "The payment is still processing; it is looked at again."
        return Result("skipped", line(case, "skipped", "processing", text))
    if not _may_go(case, gift):
        return Result("skipped", line(case, "skipped", "not_reconciled", "Its event is not reconciled yet."))
    if known := from_crm(case, gift):
        return known
    check(gift, case.session.recipe.currency)
    link = case.link or new_link(case)
    wait_for_live(case.session, link)
    if gift.status is GiftStatus.REFUNDED and not link.intent:
        return _refunded_before(case)
    giver = yield from (by_hand.giver_of(case, gift) if case.by_hand else giver_of(case, gift))
    routed = case.routed(gift)
    found = _recalled(case, link, routed, giver)
    if not found and not _may_wait(case, link):
        if gift.status is GiftStatus.REFUNDED:
            return _refunded_before(case)
        if case.by_hand:
            return by_hand.put_in_file(case, link, routed, giver.contact_id)
    made = replace(link, crm_id=found) if found else (yield from _create(case, link, routed, giver))
    return (yield from _with_refunds(case, _recorded(case, made, routed, giver.contact_id), gift))


def _goes_again(case: Case, gift: Gift, link: Link) -> bool:
    """What the CRM has only in part goes whole when a person wants it to, as somebody may have mended it by hand."""
    return INCOMPLETE in link.base and case.wanted and not link.awaits and gift.status is not GiftStatus.REFUNDED


def _may_wait(case: Case, link: Link) -> bool:
    """An interrupted try may have left it where it waits to be taken in, unseen: then it goes again under its id."""
    return link.intent is not None and isinstance(case.session.crm, Confirms)


def _may_go(case: Case, gift: Gift) -> bool:
    """By itself a gift goes only when its event is reconciled; a person may send it before."""
    if case.run.mode in ("reconciled", "chosen") or case.run.started_by != "webhook" or case.run.choices:
        return True
    if not gift.event_id or not case.session.recipe.gifts:
        return False
    return case.session.can(Side.PLATFORM, HoldsEvents).event(gift.event_id).reconciled  # type: ignore[type-abstract]


def _refunded_before(case: Case) -> Result:
    return Result("skipped", line(case, "skipped", "refunded_before", "It was refunded before it was ever sent."))


def _with_refunds(case: Case, result: Result, gift: Gift) -> Settling:
    """A gift that was given back meanwhile says so at once, as one does that was found with another fund."""
    told = replace(case, link=result.link)
    if result.link is None or case.by_hand or not (refund_pending(told) or purpose_pending(told)):
        return result
    if result.link.awaits:
        return replace(result, link=follow_later(told, result.link))
    return (yield from follow_up(told, gift, result.link))


def _create(case: Case, link: Link, gift: Gift, giver: Giver) -> Writing[Link]:
    """Record the gift under an intent. Returns the link with the CRM's id, or with a ticket; not yet stored."""
    promised = committed(case, gift, giver.contact_id)
    intended = intend(case, replace(link, state="creating"), "create", described(case, gift, giver.contact_id))
    former = as_before(case.session, Side.CRM, link)
    try:
        answer = yield Wanted(Side.CRM, promised.write(reference_in(intended), giver.contact_id, giver.donor))
    except (Defer, Disconnected, Retry) as error:
        if not error.doubt:
            take_back(case.session, intended, former)
        raise
    if isinstance(answer, GiftbridgeError):
        take_back(case.session, intended, former)
        raise Reject.of(answer)
    if isinstance(answer, Submitted):
        intended = hand_over(case, intended, answer, "created", {})
    return replace(intended, crm_id=answer.id)


def _write(intended: Link, gift: Gift, giver: Giver) -> GiftWrite:
    return GiftWrite(reference_in(intended), gift, giver.contact_id, donor=giver.donor)


def _recalled(case: Case, link: Link, gift: Gift, giver: Giver) -> str:
    """The CRM's id of what an interrupted try left; empty where nothing was tried, or nothing was left."""
    if link.intent is None:
        return ""
    how = case.session.crm.manifest.recall["gifts"]
    if how == "none" or (how == "key" and case.by_hand):
        raise Park("It may have been sent already; nobody can be asked. Look, then decide.", code="maybe_sent")
    if how != "ask":
        return ""
    write = _write(link, gift, giver)
    _assert_not_elsewhere(case, write, sent(link).get("donor", ""))
    found = case.writer.recall_gift(write)
    if len(found) > 1:
        raise Park("The CRM holds several gifts with this reference.", candidates=tuple(found), code="several_recorded")
    return found[0] if found else ""


def _assert_not_elsewhere(case: Case, write: GiftWrite, donor: str) -> None:
    """Raises `Park` where an interrupted try left the gift at the donor that it had then."""
    if donor in ("", write.contact_id):
        return
    if found := case.writer.recall_gift(replace(write, contact_id=donor)):
        text = "It was recorded for the donor that it had before. Move it in the CRM, then choose it."
        raise Park(text, candidates=tuple(found), code="recorded_elsewhere")


def _recorded(case: Case, link: Link, gift: Gift, contact_id: str, outcome: Outcome = "created") -> Result:
    purpose = sent(link).get("purpose") or purpose_print(case.session, gift)
    done = replace(
        link,
        state="submitted" if link.awaits else "linked",
        intent=None,
        question=None,
        decision="",
        base={"purpose": (purpose, ""), "refunded": (refund_print(case.session, 0), "")},
        run=case.run.id,
        outcomes={"crm": outcome},
    )
    url = case.writer.gift_url(contact_id, done.crm_id) if done.crm_id else ""
    said = line(case, outcome, link=done, url=url, recorded=gift if outcome == "created" else None)
    kept = keep(case, done, said)
    case.session.app.measure("GiftsRecorded", int(not kept.awaits))
    return Result(outcome, said, link=kept)
