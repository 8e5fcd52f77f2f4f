"""A gift run from start to end: list the event's gifts, push each, close."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from giftbridge.connectors.base import Confirms, GiftSeen, ListsGifts, Page, ReadsGifts
from giftbridge.connectors.events import HoldsEvents
from giftbridge.domain.contact import Contact, Side
from giftbridge.domain.gift import Gift, GiftStatus
from giftbridge.errors import Conflict, NotFound, Retry
from giftbridge.jobs import confirming
from giftbridge.jobs.bell import ring
from giftbridge.jobs.changes import claim_op, close
from giftbridge.jobs.contacts.reading import read
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.contacts.walk import checkpoint
from giftbridge.jobs.context import App, Session, Step
from giftbridge.jobs.gifts import schedules
from giftbridge.jobs.gifts.case import Case, line
from giftbridge.jobs.gifts.push import settle_gift
from giftbridge.jobs.session import open_session
from giftbridge.jobs.settling import Settling, settle_all
from giftbridge.jobs.step import Progress
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed, Op
from giftbridge.stores.inbox import Work
from giftbridge.stores.remembered import Kind
from giftbridge.stores.runs import Mode, Run, run_id

BATCH: Final = 25
"""Gifts looked at together, where the CRM does not take more of them in one write."""
LOOK_AGAIN: Final = timedelta(hours=6)
SETTLING: Final = timedelta(seconds=30)
SETTLING_TRIES: Final = 5


def start_event(app: App, connection: Connection, event_id: str, started_by: str) -> Run:
    """A run of all gifts of a reconciled event."""
    return _start(app, connection, _new(app, connection, "reconciled", started_by, "list", event_id, {}))


def start_changes(app: App, connection: Connection, started_by: str) -> Run:
    """A run of gifts that are new since the last look. Raises `Conflict` where one is under way."""
    run = _new(app, connection, "changes", started_by, "list", "", {})
    run = replace(run, cursors={"platform": connection.gift_cursor})
    op = claim_op(app, connection, run)
    try:
        return _start(app, connection, run, op)
    except ConditionFailed:
        raise Conflict("A run of gifts of this connection is under way.", code="run_active") from None


def start_chosen(
    app: App,
    connection: Connection,
    ids: Sequence[str],
    choices: dict[str, str],
    started_by: str,
    mode: Mode = "chosen",
) -> Run:
    """A run of chosen gifts, with a fund, campaign and appeal chosen by a person (or none: `mode` records)."""
    run = _new(app, connection, mode, started_by, "push", "", choices)
    app.runs.plan(run, Side.PLATFORM, {one: {} for one in ids}, app.now())
    return _start(app, connection, run)


def reconciled(step: Step, batch: list[Work]) -> Progress:
    """Somebody says that an event is reconciled: true only if the platform itself says so when asked."""
    work = batch[0]
    session = open_session(step, work.organisation, work.connection, work.lane)
    try:
        event = session.can(Side.PLATFORM, HoldsEvents).event(work.subject)  # type: ignore[type-abstract]
    except NotFound:
        return Progress()
    if event.reconciled and session.recipe.gifts:
        start_event(step.app, session.connection, event.id, work.data.get("started_by", "webhook"))
    elif work.attempt < SETTLING_TRIES:
        raise Retry("The event is not reconciled yet.", after=SETTLING, code="not_reconciled")
    return Progress()


def gift_due(step: Step, batch: list[Work]) -> Progress:
    """Gifts that waited, or that a refund webhook named, as one run."""
    first = batch[0]
    connection = step.app.connections.get(first.organisation, first.connection)
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for work in batch:
        groups.setdefault((str(work.data.get("started_by", "webhook")), _choices(work)), []).append(work.subject)
    for (started_by, choices), ids in groups.items():
        start_chosen(step.app, connection, sorted(ids), dict(choices), started_by, "records")
    return Progress()


def _choices(work: Work) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(dict(work.data.get("choices", {})).items()))


def advance(step: Step, batch: list[Work]) -> Progress:
    """One piece of a gift run."""
    work = batch[0]
    run = step.app.runs.get(work.connection, work.subject)
    if run is None or run.ended:
        return Progress()
    session = open_session(step, work.organisation, work.connection, work.lane)
    if run.state == "queued":
        step.app.runs.set_state(run, "running", step.app.now())
    if run.phase == "list":
        _list(session, run)
    elif run.phase == schedules.PHASE:
        schedules.follow(session, run)
    elif not _push(session, run, work.attempt) and not schedules.begin(session, run):
        close(session, run, Side.PLATFORM)
        return Progress()
    return Progress(step.app.now())


def _list(session: Session, run: Run) -> None:
    """A page of gifts onto the list, then the cursor moves."""
    app = session.app
    cursor = run.cursors.get("platform", "")
    page = _page(session, run, cursor)
    app.runs.plan(run, Side.PLATFORM, {one: {} for one in page.rows}, app.now())
    page.assert_goes_on(cursor)
    changes = {"cursors": {**run.cursors, "platform": page.cursor}, "phase": "list" if page.more else "push"}
    session.checkpoint([app.runs.change_op(run, changes)])


def _page(session: Session, run: Run, cursor: str) -> Page[str]:
    if run.mode == "changes":
        page = session.can(Side.PLATFORM, ListsGifts).gift_changes(cursor)  # type: ignore[type-abstract]
        return Page(_of_now(session, page.rows), page.cursor, page.more)
    return session.can(Side.PLATFORM, HoldsEvents).event_gifts(run.subject, cursor)  # type: ignore[type-abstract]


def _of_now(session: Session, listed: Sequence[GiftSeen]) -> tuple[str, ...]:
    """Without what was given before connecting, as the CRM may have it already, unless we have sent it ourselves."""
    connected = session.connection.created_at
    sent = session.app.links.find(session.connection.id, "gift", Side.PLATFORM, [one.id for one in listed])
    since = connected - session.recipe.policy.skew if connected else None
    return tuple(
        one.id for one in listed if one.id in sent or not since or not one.occurred_at or one.occurred_at >= since
    )


def _push(session: Session, run: Run, attempt: int) -> bool:
    """Settle some gifts of the list; False where it is empty. Raises what stops the run for now."""
    size = max(BATCH, session.crm.manifest.limits.write_batch)
    ids = [entry["sk"] for entry in session.app.runs.planned(run.id, Side.PLATFORM, size)]
    if not ids:
        return False
    gifts = session.can(Side.PLATFORM, ReadsGifts).gifts(ids)  # type: ignore[type-abstract]
    links = session.app.links.find(session.connection.id, "gift", Side.PLATFORM, ids)
    givers = {one: gift.contact_id for one, gift in gifts.items() if isinstance(gift, Gift) and gift.contact_id}
    _confirm_donors(session, set(givers.values()))
    donors = _donors(session, run, givers)
    cases = {one: Case(session, run, one, gifts.get(one), links.get(one), donors.get(one)) for one in ids}
    turn = settle_all(
        session,
        ids,
        attempt,
        lambda one: _settle_one(cases[one]),
        lambda one, code, reason: Result("failed", line(cases[one], "failed", code, reason, retryable=True)),
    )
    checkpoint(session, run, Side.PLATFORM, turn.results)
    confirming.schedule(session)
    turn.end()
    return True


def _confirm_donors(session: Session, givers: Collection[str]) -> None:
    """Ask about donors whom the CRM was handed before, so that a gift of theirs names them by id alone.

    A gift that describes its donor would bring back what staff has changed of them since.
    """
    if not isinstance(session.crm, Confirms):
        return
    links = session.app.links.find(session.connection.id, "contact", Side.PLATFORM, sorted(givers))
    if waiting := [link for link in links.values() if confirming.can_be_there(session, link)]:
        confirming.ask(session, waiting)


def _donors(session: Session, run: Run, givers: Mapping[str, str]) -> dict[str, Contact]:
    """Who gave which gift, for a CRM that takes gifts together with their donors, or a file."""
    if not (isinstance(session.crm, Confirms) or session.recipe.import_by_hand):
        return {}
    people = read(session, run, Side.PLATFORM, sorted(set(givers.values())))
    return {one: people[giver].contact for one, giver in givers.items() if giver in people}


def _settle_one(case: Case) -> Settling:
    result = yield from settle_gift(case)
    _look_again(case)
    return result


def _look_again(case: Case) -> None:
    """A payment that is still processing is due again by itself."""
    if isinstance(case.gift, Gift) and case.gift.status is GiftStatus.PROCESSING:
        later = case.session.app.now() + LOOK_AGAIN
        data = {"started_by": "schedule", "choices": dict(case.run.choices)}
        case.session.app.inbox.put(_work(case.session.connection, "gift", case.id, case.id, later, data))


def _new(
    app: App, connection: Connection, mode: Mode, started_by: str, phase: str, subject: str, choices: dict[str, str]
) -> Run:
    now = app.now()
    return Run(
        id=run_id(now, uuid.uuid4().hex),
        connection=connection.id,
        organisation=connection.owner,
        account=connection.account,
        kind="gifts",
        mode=mode,
        started_by=started_by,
        state="queued",
        phase=phase,
        queued_at=now,
        subject=subject,
        choices=choices,
    )


def _start(app: App, connection: Connection, run: Run, *more: Op) -> Run:
    work = _work(connection, "run", run.id, run.id, app.now())
    app.runs.db.transact([app.runs.add_op(run), app.inbox.put_op(work), *more])
    ring(app, connection.account, "gifts")
    return run


def _work(
    connection: Connection, kind: Kind, work_id: str, subject: str, due: datetime, data: Mapping[str, Any] | None = None
) -> Work:
    return Work(
        account=connection.account,
        queue="gifts",
        kind=kind,
        id=work_id,
        organisation=connection.owner,
        connection=connection.id,
        lane="gifts",
        next_due=due,
        subject=subject,
        data=data or {},
    )
