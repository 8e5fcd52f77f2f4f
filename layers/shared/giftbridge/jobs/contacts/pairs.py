"""Bringing one contact and its counterpart to agree."""

from dataclasses import replace

from giftbridge.domain.contact import Record
from giftbridge.errors import Conflict, NotFound, Park, Reject, Removed
from giftbridge.jobs.contacts import effects, origins
from giftbridge.jobs.contacts.agree import agree
from giftbridge.jobs.contacts.create import ERASED, create, match
from giftbridge.jobs.contacts.lost import gone, inherit, lost
from giftbridge.jobs.contacts.situation import Result, Situation, failed, line, park
from giftbridge.jobs.contacts.survey import WHOLE
from giftbridge.jobs.settling import Settling
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Line, Outcome


def settle(at: Situation) -> Settling:
    """Do what this record needs. Raises `Defer`, `Retry`, `Disconnected`; everything else becomes a result."""
    try:
        return (yield from _settle(at))
    except Removed:
        raise
    except (Reject, NotFound, Conflict) as refused:
        return Result("skipped") if refused.code == ERASED else failed(at, refused.code, str(refused))
    except Park as question:
        return park(at, question)


def _settle(at: Situation) -> Settling:
    link = at.link
    if link and link.run == at.run.id and link.intent is None and str(at.other) in link.outcomes:
        return _settled_before(at, link)
    if link and link.decision == "ignore":
        return Result("skipped", link=link)
    if at.record is None:
        return gone(at)
    joined = link if link and link.platform_id and link.crm_id else None
    _assert_readable(at.record, joined)
    if link and link.state == "alias":
        return Result("unchanged", link=link)
    if joined:
        return (yield from _joined(at, joined, at.record))
    return (yield from _unlinked(at, at.record))


def _assert_readable(record: Record, joined: Link | None) -> None:
    """Raises `Reject` where nothing is known of a record that a person or another job asks to look at."""
    if record.unread and not joined:
        text = "Its system can't be asked about one contact. It is looked at again by the next synchronisation."
        raise Reject(text, code="listed_only")
    if record.problem:
        raise Reject(record.problem, code="unreadable")


def _joined(at: Situation, link: Link, record: Record) -> Settling:
    other = at.others.get(link.id(at.other))
    if other is None:
        return (yield from lost(at, link, record))
    if other.unread and link.asks and link.question:  # nothing tells that it is there again
        raise Park(link.question.text, candidates=link.question.candidates, code=link.question.code)
    return (yield from agree(at, link, record, other))


def _settled_before(at: Situation, link: Link) -> Result:
    """By this run, as the counterpart of another record or before a crash."""
    told = effects.tell(at.session, link)
    ops = () if told is link else (at.session.app.links.save_op(told),)
    outcome: Outcome = link.outcomes[str(at.other)]  # type: ignore[assignment]
    return Result(outcome, _line_of_counterpart(at, link, outcome), ops, link=told)


def _line_of_counterpart(at: Situation, link: Link, outcome: Outcome) -> Line | None:
    """That the turn of the counterpart changed this record's other side too; the line of that turn has the name."""
    runs, run = at.session.app.runs, at.run.id
    if outcome != "updated" or runs.line(run, "contact", at.other, at.id):
        return None
    first = runs.line(run, "contact", at.side, link.id(at.other)) or {}
    return replace(line(at, outcome, link=link), label=first.get("label"))


def _unlinked(at: Situation, record: Record) -> Settling:
    decision = at.link.decision if at.link else ""
    asked = at.link.question if at.link else None
    if asked and asked.code in effects.UNSURE and not decision:
        raise Park(asked.text, candidates=asked.candidates, code=asked.code)
    if decision.startswith("match:"):
        return (yield from match(at, record, decision.removeprefix("match:")))
    if at.link is None and _stays(at, record):
        return Result("skipped", line(at, "skipped", origins.CODE, origins.TOLD))
    if decision == "create" or (at.link and at.link.state == "creating"):
        return (yield from create(at, record))
    return (yield from _matched(at, record))


def _matched(at: Situation, record: Record) -> Settling:
    found = at.match
    if found.verdict == "ambiguous":
        shared = "one reference" if found.by_reference else "this e-mail address"
        code = "review_shared_reference" if found.by_reference else "review_shared_email"
        raise Park(f"Several contacts share {shared}.", candidates=found.candidates, code=code)
    if found.verdict == "one":
        return (yield from match(at, record, found.candidates[0]))
    if found.verdict == "taken" and (inherited := (yield from inherit(at, record))) is not None:
        return inherited
    if found.verdict == "taken" and found.by_reference:
        text = "The contact that its reference names is linked to somebody else."
        raise Park(text, candidates=found.candidates, code="review_taken")
    return (yield from create(at, record))


def _stays(at: Situation, record: Record) -> bool:
    """Whether nobody whose edits count has edited it; a first sync and a gift ask for more than edits."""
    of_edits = at.run.mode not in WHOLE and at.run.kind != "gifts"
    return of_edits and origins.is_left_alone(at.session, at.side, record)
