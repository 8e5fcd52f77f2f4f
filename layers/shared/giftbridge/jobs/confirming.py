"""What was handed to a CRM that takes it in later: asked about until it says what became of it, and told in the log."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from giftbridge.connectors import registry
from giftbridge.connectors.base import Confirms, Done, Submitted, Written
from giftbridge.domain.contact import Record, Side
from giftbridge.errors import GiftbridgeError, Park, Partial
from giftbridge.jobs.bell import ring
from giftbridge.jobs.contacts import effects, handover
from giftbridge.jobs.context import App, Session, Step
from giftbridge.jobs.session import open_session, own_settings
from giftbridge.jobs.step import Progress
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed, Op
from giftbridge.stores.inbox import Inbox, Work
from giftbridge.stores.link import INCOMPLETE, Handover, Link, LinkKind, Question

TOGETHER: Final = 100
"""Tickets asked about at once."""
FOLLOW: Final = "follow"
"""A link's `detail`: something else waits until the CRM has taken this in."""
AGAIN: Final = "again"
"""A link's `detail`: what the CRM ignored was handed over once more."""
LANE: Final = "edits"
LATEST: Final = timedelta(hours=1)
QUEUES: Final[dict[LinkKind, str]] = {"contact": "contacts", "gift": "gifts"}


def schedule(session: Session) -> None:
    """Make sure that what was handed over since the last time is asked about."""
    while session.handed:
        kind = session.handed.pop()
        due = session.app.now() + _pause(session)
        expect(session.app.inbox, session.connection, kind, due, session.app.now())


def expect(inbox: Inbox, connection: Connection, kind: LinkKind, due: datetime, now: datetime) -> None:
    """Ask at `due`, or when it is due before that anyway.

    What is due already may be under way, and have looked before; it stays due, as it would never come if it were put
    off whenever something is handed over.
    """
    work = Work(
        account=connection.account, queue=QUEUES[kind], kind="confirm", id=connection.id, organisation=connection.owner,
        connection=connection.id, lane=LANE, next_due=due,
    )  # fmt: skip
    standing = inbox.get(work)
    if standing is None or standing.next_due is None or standing.next_due > due:
        inbox.put(work)
    elif standing.next_due <= now:
        inbox.put(replace(work, next_due=now))


def hurry(session: Session, kind: LinkKind) -> None:
    """Ask now: something tells that the CRM has taken it in."""
    now = session.app.now()
    expect(session.app.inbox, session.connection, kind, now, now)


def keep_asking(app: App, connection: Connection) -> None:
    """What a crash kept from being asked about is asked about all the same."""
    if "confirms" in registry.manifest(connection.crm).capabilities:
        for kind in QUEUES:
            expect(app.inbox, connection, kind, app.now() + LATEST, app.now())


def confirm(step: Step, batch: list[Work]) -> Progress:
    """Ask about everything of one kind that waits; again later while something does."""
    work = batch[0]
    if work.event:
        return _hurried(step.app, work)
    session = open_session(step, work.organisation, work.connection, work.lane)
    kind: LinkKind = "contact" if work.queue == QUEUES["contact"] else "gift"
    waits = False
    for links in _waiting(session, kind):
        if not step.time_left:
            return Progress(step.app.now())
        waits = not ask(session, links) or waits
    return Progress(step.app.now() + _pause(session) if waits else None)


def ask(session: Session, links: Sequence[Link]) -> bool:
    """Ask the CRM what became of links that await it, and keep the answers; whether none waits any more."""
    answers = session.can(Side.CRM, Confirms).confirm([_handover(link).ticket for link in links])  # type: ignore[type-abstract]
    settled = [_settle(session, link, answer) for link, answer in zip(links, answers, strict=True)]
    return all(settled)


def met(session: Session, link: Link, record: Record) -> Link | None:
    """The link of a contact that was handed over, once the CRM's `record` with its reference was met.

    Nobody has to ask about it any more. None where it shows nothing of what was handed over last.
    """
    if not _settle(session, link, Done(record.id, record)):
        return None
    return session.app.links.get(link.connection, link.kind, Side.PLATFORM, link.platform_id)


def can_be_there(session: Session, link: Link) -> bool:
    """Whether the CRM has had the time that it takes to make what is not known to be there yet."""
    return link.awaits and not link.crm_id and _handover(link).at + _pause(session) <= session.app.now()


def _hurried(app: App, event: Work) -> Progress:
    """A webhook is a reason to ask now: a hundred of them are one round, and where nothing waits there is none."""
    standing = app.inbox.get(replace(event, id=event.connection, lane=LANE))
    if standing and not standing.error and standing.next_due and standing.next_due > app.now():
        app.inbox.postpone(standing, app.now())
    return Progress()


def _waiting(session: Session, kind: LinkKind) -> Iterator[list[Link]]:
    keys = session.app.links.submitted(session.connection.account, kind, session.connection.id)
    while chunk := list(islice(keys, TOGETHER)):
        if links := [link for link in session.app.links.by_keys(chunk) if link.awaits]:
            yield links


def _settle(session: Session, link: Link, answer: Written) -> bool:
    """Whether it no longer waits."""
    try:
        if isinstance(answer, Submitted):
            return _still_waits(session, link, answer)
        if isinstance(answer, GiftbridgeError):
            return _refused(session, link, answer)
        return _confirmed_gift(session, link, answer) if link.kind == "gift" else _confirmed(session, link, answer)
    except ConditionFailed:  # somebody handed over more of it meanwhile
        return False


def _still_waits(session: Session, link: Link, answer: Submitted) -> bool:
    standing = _handover(link)
    if answer.ticket != standing.ticket:
        session.app.links.save(replace(link, handover=replace(standing, ticket=answer.ticket)))
    return False


def _confirmed_gift(session: Session, link: Link, answer: Done) -> bool:
    agreed = {**link.base, **_handover(link).agreed}
    done = replace(link, state="linked", crm_id=link.crm_id or answer.id, detail="", handover=None, base=agreed)
    if link.detail == FOLLOW:  # before the link forgets it: a worker may die in between
        _look_again(session, link)
    _store(session, link, done)
    session.app.measure("GiftsRecorded", int(_handover(link).outcome == "created"))
    return True


def _confirmed(session: Session, link: Link, answer: Done) -> bool:
    """A contact that shows nothing of what was handed over has not been taken in yet, whatever the vendor says."""
    shown = handover.shown(session, link, answer.record)
    if shown == "nothing":
        return False
    base, left = (_handover(link).agreed, None) if shown == "all" else (link.base, replace(_handover(link), ticket=""))
    done = replace(link, state="linked", crm_id=link.crm_id or answer.id, base=base, handover=left, detail="")
    if not (link.is_joined and link.base):
        done = effects.tell(session, effects.untold(session, done))  # first: nobody asks about it again
    _store(session, link, done)
    return True


def _store(session: Session, link: Link, done: Link) -> None:
    app = session.app
    rival = None if link.is_joined else _half_made(session, done)
    ops = [app.links.save_op(done)] if link.is_joined else app.links.join_ops(done, rival)
    app.links.db.transact([*ops, *_told(session, link, "confirmed", other_id=done.crm_id)])


def _half_made(session: Session, done: Link) -> Link | None:
    """A link of the CRM's record alone, such as one that asks a person who this is."""
    found = session.app.links.get(done.connection, done.kind, Side.CRM, done.crm_id)
    return found if found and not found.platform_id else None


def _refused(session: Session, link: Link, answer: GiftbridgeError) -> bool:
    """The CRM did not take it in, or not all of it, or does not tell."""
    app = session.app
    code, reason = answer.code, str(answer)
    told = _told(session, link, "refused", outcome="failed", code=code, reason=reason, retryable=True)
    app.links.db.transact([*_left(session, link, answer), *told])
    app.measure("RecordsFailed", 1)
    return True


def _left(session: Session, link: Link, answer: GiftbridgeError) -> list[Op]:
    """A record that the CRM lacks can be handed over anew, one that it has is as it was.

    A gift that may be there is neither: it is not sent again by itself, and a refund of it must find it.
    """
    links = session.app.links
    if _handover(link).outcome != "created":
        if link.detail == FOLLOW:
            _look_again(session, link)
        left = _handover(link).taken_back()
        return [links.save_op(replace(link, state="linked", handover=left, detail=_next_try(session, link)))]
    if isinstance(answer, Partial):
        return _incomplete(session, link, answer)
    if isinstance(answer, Park) and link.kind == "gift":
        return links.set_aside_ops(_asked(session, link, answer))
    return links.withdraw_ops(link)


def _incomplete(session: Session, link: Link, answer: Partial) -> list[Op]:
    """It is linked, and goes again when a person wants it to."""
    if link.detail == FOLLOW:
        _look_again(session, link)
    base = {name: both for name, both in link.base.items() if name != "purpose"} | {INCOMPLETE: ("yes", "")}
    known = replace(link, state="linked", crm_id=link.crm_id or answer.record_id, detail="", handover=None, base=base)
    return [session.app.links.save_op(known)] if link.is_joined else session.app.links.join_ops(known)


def _asked(session: Session, link: Link, answer: Park) -> Link:
    """A gift of which a person must say whether it is there."""
    handed = _handover(link)
    run = session.app.runs.get(link.connection, handed.run)
    candidates = answer.candidates or ((link.crm_id,) if link.crm_id else ())
    question = Question(answer.code, str(answer), candidates, run.choices if run else {})
    return replace(
        link, state="parked", question=question, decision="", detail="", handover=None, base={}, run=handed.run,
        outcomes={"crm": "failed"},
    )  # fmt: skip


def _next_try(session: Session, link: Link) -> str:
    """A change of a contact that met a newer one is merged and handed over anew, once by itself."""
    if link.kind != "contact" or link.detail == AGAIN:
        return ""
    effects.again(session, Side.PLATFORM, link.platform_id, session.app.now())
    return AGAIN


def _told(session: Session, link: Link, stage: str, **changes: object) -> list[Op]:
    """The line of the log that said that it was handed over; the turn of its counterpart may have told it."""
    run, runs, connection = _handover(link).run, session.app.runs, session.connection.id
    if item := runs.line(run, link.kind, Side.CRM, link.platform_id):
        return runs.restage_ops(connection, item, stage, **changes)
    item = runs.line(run, link.kind, Side.PLATFORM, link.crm_id)
    return runs.restage_ops(connection, item, stage) if item else []


def _look_again(session: Session, link: Link) -> None:
    """What waited for the confirmation, such as a refund, goes now."""
    connection, app = session.connection, session.app
    app.inbox.put(
        Work(
            account=connection.account, queue="gifts", kind="gift", id=link.platform_id, organisation=connection.owner,
            connection=connection.id, lane="gifts", next_due=app.now(), subject=link.platform_id,
            data={"started_by": "schedule"},
        )
    )  # fmt: skip
    ring(app, connection.account, "gifts")


def _pause(session: Session) -> timedelta:
    chosen = own_settings(session.connection, session.connection.crm).get("confirm_seconds")
    return timedelta(seconds=chosen or session.crm.manifest.limits.confirm_seconds)


def _handover(link: Link) -> Handover:
    if link.handover is None:
        raise AssertionError("nothing was handed over")
    return link.handover
