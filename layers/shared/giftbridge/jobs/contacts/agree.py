"""Two linked records: merged, written where something is missing, and remembered."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from giftbridge.connectors.base import Confirms, Submitted
from giftbridge.domain import normalise
from giftbridge.domain.contact import FIELDS, Record, Side
from giftbridge.domain.merge import Base, Merged, Version, merge
from giftbridge.errors import Reject
from giftbridge.jobs.contacts import activity, effects, handover, origins, own_writes
from giftbridge.jobs.contacts.effects import Seen
from giftbridge.jobs.contacts.situation import Result, Situation, line, mark
from giftbridge.jobs.context import Session
from giftbridge.jobs.intent import intend, wait_for_live
from giftbridge.jobs.settling import Settling
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Line, Outcome


def known_base(at: Situation, link: Link) -> Base | None:
    """What both sides last agreed on. Fingerprints of another spelling are replaced where the record is unchanged."""
    agreed = link.handover.agreed if link.handover else link.base
    if not agreed:
        return None
    sides = {Side.PLATFORM: 0, Side.CRM: 1}
    prints = {side: {field: agreed.get(field, ("", ""))[place] for field in FIELDS} for side, place in sides.items()}
    if link.spelling != normalise.VERSION:
        for side, record in ((at.side, at.record), (at.other, at.others.get(link.id(at.other)))):
            if record and link.raw.get(str(side)) == at.session.prints.raw(record.raw):
                prints[side] = at.session.prints.fields(record.contact)
    return Base(prints[Side.PLATFORM], prints[Side.CRM])


def agree(at: Situation, link: Link, record: Record, other: Record) -> Settling:
    """Merge both, write what is missing on either side, remember what both have now."""
    if other.problem:
        raise Reject(other.problem, code="unreadable")
    platform, crm = (record, other) if at.side is Side.PLATFORM else (other, record)
    link = origins.noted(at.session, handover.read_back(at.session, link, platform, crm), platform)
    if known_base(at, link) is None and (platform.unread or crm.unread):
        return _join(at, link)
    pair = _pair(at.session, link, platform, crm)
    link = own_writes.recognised(link, pair)
    base = known_base(at, link)
    versions = {side: Version(one.record.contact, one.prints, _foreign_stamp(link, side, one.record))
                for side, one in pair.items()}  # fmt: skip
    merged = merge(versions[Side.PLATFORM], versions[Side.CRM], base, at.session.recipe.policy)
    intended = set(link.intent.detail.split()) if link.intent and link.intent.op == "update" else set()
    outcomes = {str(side): _outcome(merged, side, intended) for side in Side}
    if not merged.to_crm and origins.news(link, at.link):
        outcomes["crm"] = "skipped"
    if at.dry:
        return Result(outcomes[str(at.other)])
    if merged.to_crm or merged.to_platform:
        return (yield from _write_both(at, link, pair, merged, outcomes))
    return _remember(at, link, pair, merged, outcomes)


def _pair(session: Session, link: Link, platform: Record, crm: Record) -> dict[Side, Seen]:
    """Both as they count; of one that can't be read, what follows from the other."""
    pair = {side: Seen(one, handover.seen(session, side, one, link))
            for side, one in ((Side.PLATFORM, platform), (Side.CRM, crm))}  # fmt: skip
    for side, one in pair.items():
        if one.record.unread:
            other = pair[side.other]
            contact = handover.inferred(one.prints, other.record.contact, other.prints)
            pair[side] = replace(one, record=replace(one.record, contact=contact))
    return pair


def _join(at: Situation, link: Link) -> Result:
    """Who is who is known, but one side can't be read now: they are compared when its list shows it."""
    if at.dry:
        return Result("unchanged")
    done = replace(link, state="linked", base={}, raw={}, intent=None, question=None, decision="")
    done = mark(at, done, {str(side): "unchanged" for side in Side})
    links = at.session.app.links
    if not link.is_joined:
        links.db.transact(links.join_ops(done, _rival(at, link)))
        return Result("unchanged", link=done.joined())
    return Result("unchanged", ops=(links.save_op(done),), link=done)


def _write_both(
    at: Situation, link: Link, pair: dict[Side, Seen], merged: Merged, outcomes: Mapping[str, Outcome]
) -> Settling:
    session, app, shown = at.session, at.session.app, pair[Side.CRM].record
    wait_for_live(session, link)
    if not link.is_joined:
        claimed = replace(link, state="linked", question=None, decision="", intent=None)
        app.links.db.transact(app.links.join_ops(claimed, _rival(at, link)))
        link = claimed.joined()
    sides = " ".join(side for side, outcome in outcomes.items() if outcome == "updated")
    reference = effects.reference_of(session, Side.CRM, link)
    detail = f"{sides} {activity.described(merged.to_platform)}".strip()
    meant = own_writes.meant(session, pair, merged)
    link = intend(session, link, "update", Side.CRM, reference, at.run.id, detail, meant)
    stamps: dict[Side, datetime | None] = {}
    for side in _order(session):
        if changes := merged.changes(side):
            pair[side], answer = yield from effects.change(session, side, pair[side], changes, link)
            stamps[side] = pair[side].record.stamp
            if isinstance(answer, Submitted):
                link = effects.hand_over(session, link, answer, at.run.id, outcomes[str(side)])
    activity.show(session, link)
    agreed = handover.seen_since(session, effects.agreed(session, link, pair), shown)
    done = mark(at, effects.tell(session, agreed), outcomes, stamps)
    notes = _notes(at, link, merged)
    said = line(at, outcomes[str(at.other)], link=done, conflicts=merged.conflicts, notes=notes)
    app.links.db.transact([app.links.save_op(done), app.runs.line_op(at.run, said)])
    return Result(outcomes[str(at.other)], said, link=done.stored())


def _order(session: Session) -> tuple[Side, Side]:
    """Which side is written first: what a CRM takes in later goes last, so that nothing can be refused after it."""
    return (Side.PLATFORM, Side.CRM) if isinstance(session.crm, Confirms) else (Side.CRM, Side.PLATFORM)


def _remember(
    at: Situation, link: Link, pair: Mapping[Side, Seen], merged: Merged, outcomes: Mapping[str, Outcome]
) -> Result:
    """Nothing to write at a vendor. A new link is stored at once, so that nobody else of the batch takes the other;
    one that was there goes with the checkpoint."""
    links = at.session.app.links
    activity.show(at.session, link)
    agreed = handover.seen_since(at.session, effects.agreed(at.session, link, pair), pair[Side.CRM].record)
    done = mark(at, agreed, outcomes)
    if not link.is_joined:
        links.db.transact(links.join_ops(done, _rival(at, link)))
        done = done.joined()
    told = effects.tell(at.session, done)
    ops = (links.save_op(told),) if link.is_joined or told is not done else ()
    return Result(outcomes[str(at.other)], _said(at, told, merged, outcomes), ops, link=told)


def _said(at: Situation, link: Link, merged: Merged, outcomes: Mapping[str, Outcome]) -> Line | None:
    """What the log tells of a record at which nothing was written, if there is anything to tell."""
    outcome, notes = outcomes[str(at.other)], _notes(at, link, merged)
    code, why = (origins.CODE, origins.TOLD) if outcome == "skipped" else ("", "")
    return line(at, outcome, code, why, link=link, notes=notes) if notes else None


def _rival(at: Situation, link: Link) -> Link | None:
    """A half-made link on the other record's side, which this one takes in."""
    return at.rivals.get(link.id(at.other))


def _outcome(merged: Merged, side: Side, intended: set[str]) -> Outcome:
    return "updated" if merged.changes(side) or str(side) in intended else "unchanged"


def _foreign_stamp(link: Link, side: Side, record: Record) -> datetime | None:
    """The stamp of somebody's edit; one that our own write left tells nothing."""
    ours = link.stamps.get(str(side), "")
    return None if record.stamp is None or record.stamp.isoformat() == ours else record.stamp


def _notes(at: Situation, link: Link, merged: Merged) -> tuple[str, ...]:
    closed = at.session.recipe.policy.closed
    why = "one system takes no changes" if closed else "the settings do not let it go over"
    withheld = (f"{name} changed, but {why}" for name in merged.withheld)
    aside = (f"{name} was changed on the platform by a program, and stays there"
             for name in origins.news(link, at.link))  # fmt: skip
    return (*withheld, *aside, *at.left_out)
