"""Gifts that the CRM has: money given back since, or another purpose chosen by hand."""

from collections.abc import Sequence
from dataclasses import replace

from giftbridge.connectors.base import UNCONFIRMED, Done, GiftWrite, RefundWrite, Submitted, Written
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift, GiftStatus, Refund
from giftbridge.errors import GiftbridgeError, Reject
from giftbridge.jobs.confirming import FOLLOW
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.context import Session
from giftbridge.jobs.gifts.case import (
    Case,
    Giver,
    giver_of,
    hand_over,
    intend,
    keep,
    line,
    purpose_print,
    refund_print,
)
from giftbridge.jobs.intent import reference_in, wait_for_live
from giftbridge.jobs.settling import Settling, Wanted
from giftbridge.stores.link import PULLED, Link
from giftbridge.stores.runs import Outcome


def follow_up(case: Case, gift: Gift, link: Link) -> Settling:
    """Refunds since, or other choices by hand; otherwise the gift is there already and nothing is done."""
    if PULLED in link.base:  # it began in the CRM, which knows best
        return Result("unchanged", link=link)
    other_purpose = purpose_pending(case)
    if link.awaits:
        return _wait(case, link, other_purpose)
    if refund_pending(case):
        return (yield from refund(case, gift, link))
    if other_purpose:
        return (yield from _correct(case, case.routed(gift), link))
    return Result("unchanged", link=link)


def _wait(case: Case, link: Link, other_purpose: bool) -> Result:
    """Nothing can be done to a gift that the CRM has not taken in yet. Raises `Reject` for other choices by hand."""
    if other_purpose:
        raise Reject("The CRM has not taken this gift in yet. Send it again when it is confirmed.", code="unconfirmed")
    if not refund_pending(case):
        return Result("unchanged", link=link)
    text = "It was refunded; the CRM is told as soon as it has taken the gift in."
    waiting = follow_later(case, link)
    return Result("skipped", line(case, "skipped", "unconfirmed", text, link=waiting), link=waiting)


def follow_later(case: Case, link: Link) -> Link:
    """The gift is looked at again when the CRM confirms it."""
    return link if link.detail == FOLLOW else case.session.app.links.save(replace(link, detail=FOLLOW))


def refund_pending(case: Case) -> bool:
    """Whether money was given back that the CRM has not been told of."""
    return isinstance(case.gift, Gift) and case.link is not None and is_untold(case.session, case.gift, case.link)


def is_untold(session: Session, gift: Gift, link: Link) -> bool:
    """Whether money was given back of a gift that the CRM has, and it does not know so."""
    if not gift.refunded or not (link.crm_id or link.awaits):
        return False
    return link.base.get("refunded", ("", ""))[0] != refund_print(session, gift.refunded)


def purpose_pending(case: Case) -> bool:
    """Whether a person chose another fund, campaign or appeal than the CRM was told of."""
    gift, link = case.gift, case.link
    if not isinstance(gift, Gift) or link is None or PULLED in link.base or not case.chosen:
        return False
    return link.base.get("purpose", ("", ""))[0] != purpose_print(case.session, case.routed(gift))


def refund(case: Case, gift: Gift, link: Link) -> Settling:
    """Tell the CRM: the whole gift taken back, or each part with its own explanation."""
    wait_for_live(case.session, link)
    partial = gift.refunded < gift.amount
    giver, routed = Giver(""), gift
    if case.donor:  # a CRM that takes the whole gift once more
        giver, routed = (yield from giver_of(case, gift)), case.routed(gift)
    intended, note = intend(case, link, "refund"), "partly refunded" if partial else "refunded"
    answers: list[Done | Submitted] = []
    parts = _told(gift, partial)
    for place, one in enumerate(parts):
        mark = replace(reference_in(intended), value=f"{case.reference}-refund-{one.id or one.amount}")
        whole = gift.status is GiftStatus.REFUNDED or not partial
        answer = yield Wanted(
            Side.CRM,
            RefundWrite(
                mark, routed, link.crm_id, one, not whole, gift_reference=case.reference,
                contact_id=giver.contact_id, donor=giver.donor,
            ),
        )  # fmt: skip
        if _must_wait(answers, answer):
            before = sum(part.amount for part in parts[:place])
            return _updated(case, replace(intended, detail=FOLLOW), _refunded(case, before), note, answers[-1])
        answers.append(_accepted(case, intended, answer))
    return _updated(case, intended, _refunded(case, gift.refunded), note, answers[-1])


def _must_wait(before: Sequence[Done | Submitted], answer: Written) -> bool:
    """Whether a part is refused only as the CRM has not taken in yet what it was handed for the part before."""
    waits = bool(before) and isinstance(before[-1], Submitted)
    return waits and isinstance(answer, Reject) and answer.code == UNCONFIRMED


def _refunded(case: Case, cents: int) -> dict[str, tuple[str, str]]:
    return {"refunded": (refund_print(case.session, cents), "")}


def _told(gift: Gift, partial: bool) -> tuple[Refund, ...]:
    """Every part by itself; a whole refund as one."""
    if partial:
        return gift.refunds
    last = gift.refunds[-1] if gift.refunds else Refund(gift.id, gift.amount, None)
    return (replace(last, amount=gift.amount),)


def _correct(case: Case, gift: Gift, link: Link) -> Settling:
    wait_for_live(case.session, link)
    giver = (yield from giver_of(case, gift)) if case.donor else Giver("")
    intended = intend(case, link, "update")
    write = GiftWrite(reference_in(intended), gift, giver.contact_id, link.crm_id, giver.donor)
    answer = _accepted(case, intended, (yield Wanted(Side.CRM, write)))
    agreed = {"purpose": (purpose_print(case.session, gift), "")}
    return _updated(case, intended, agreed, "other fund, campaign or appeal", answer)


def _accepted(case: Case, intended: Link, answer: Written) -> Done | Submitted:
    """A refusal takes the intent back. Raises it as `Reject`."""
    if isinstance(answer, GiftbridgeError):
        case.session.app.links.save(replace(intended, intent=None))
        raise Reject.of(answer)
    return answer


def _updated(case: Case, link: Link, agreed: dict[str, tuple[str, str]], note: str, answer: Done | Submitted) -> Result:
    first = link.run == case.run.id and link.outcomes.get("crm") == "created"
    outcome: Outcome = "created" if first else "updated"
    if isinstance(answer, Submitted):
        link = hand_over(case, link, answer, "updated", agreed)  # refused, the gift itself is there
    else:
        link = replace(link, state="linked", base={**link.base, **agreed})
    done = replace(link, intent=None, question=None, decision="", run=case.run.id, outcomes={"crm": outcome})
    recorded = case.routed(case.gift) if first and isinstance(case.gift, Gift) else None
    said = line(case, outcome, link=done, notes=(note,), recorded=recorded)
    return Result(outcome, said, link=keep(case, done, said))
