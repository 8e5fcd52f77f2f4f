"""A run of thanks from start to end: list what was given, thank for each, close."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from giftbridge.connectors.thanks import TellsGiving
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, NotFound
from giftbridge.jobs.bell import ring
from giftbridge.jobs.changes import claim_op, close
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.contacts.walk import checkpoint
from giftbridge.jobs.context import App, Session, Step
from giftbridge.jobs.session import open_session
from giftbridge.jobs.settling import at_once, settle_all
from giftbridge.jobs.step import Progress
from giftbridge.jobs.thanks.case import cases_of, is_trigger, line
from giftbridge.jobs.thanks.settings import Thanks, thanks_of
from giftbridge.jobs.thanks.settle import settle
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed, Op
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Mode, Run, run_id

BATCH: Final = 25


def settings_of(connection: Connection) -> Thanks:
    """What a connection does about thanks."""
    return thanks_of(connection.settings, connection.created_at or datetime.max.replace(tzinfo=UTC))


def start_changes(app: App, connection: Connection, started_by: str) -> Run:
    """A run of what was given since the last look. Raises `Conflict` where one is under way."""
    run = replace(_new(app, connection, "changes", started_by, "list"), cursors={"crm": connection.gift_cursor})
    op = claim_op(app, connection, run)
    try:
        return _start(app, connection, run, op)
    except ConditionFailed:
        raise Conflict("A run of thanks of this connection is under way.", code="run_active") from None


def start_records(app: App, connection: Connection, ids: Sequence[str], started_by: str) -> Run:
    """A run of chosen triggers: gifts, or milestones that were reached. Raises `NotFound` for a name that is none."""
    if not all(map(is_trigger, ids)):
        raise NotFound("There is no such gift or milestone.")
    run = _new(app, connection, "records", started_by, "push")
    app.runs.plan(run, Side.CRM, {one: {} for one in ids}, app.now())
    return _start(app, connection, run)


def advance(step: Step, batch: list[Work]) -> Progress:
    """One piece of a run."""
    work = batch[0]
    run = step.app.runs.get(work.connection, work.subject)
    if run is None or run.ended:
        return Progress()
    session = open_session(step, work.organisation, work.connection, work.lane)
    if run.state == "queued":
        step.app.runs.set_state(run, "running", step.app.now())
    if run.phase == "list":
        _list(session, run)
    elif not _push(session, run, work.attempt):
        close(session, run, Side.CRM)
        return Progress()
    return Progress(step.app.now())


def _list(session: Session, run: Run) -> None:
    """A page of what was given onto the list, then the cursor moves."""
    app, cursor = session.app, run.cursors.get("crm", "")
    since = settings_of(session.connection).since.get("new_donation", app.now())
    page = session.can(Side.CRM, TellsGiving).giving_changes(cursor, since)  # type: ignore[type-abstract]
    app.runs.plan(run, Side.CRM, {one: {} for one in page.rows}, app.now())
    page.assert_goes_on(cursor)
    changes = {"cursors": {**run.cursors, "crm": page.cursor}, "phase": "list" if page.more else "push"}
    session.checkpoint([app.runs.change_op(run, changes)])


def _push(session: Session, run: Run, attempt: int) -> bool:
    """Settle some of the list; False where it is empty. Raises what stops the run for now."""
    entries = session.app.runs.planned(run.id, Side.CRM, BATCH)
    if not entries:
        return False
    cases = cases_of(session, run, settings_of(session.connection), entries)
    turn = settle_all(
        session,
        list(cases),
        attempt,
        lambda one: at_once(lambda: settle(cases[one])),
        lambda one, code, reason: Result("failed", line(cases[one], "failed", code, reason, retryable=True)),
    )
    checkpoint(session, run, Side.CRM, turn.results)
    turn.end()
    return True


def _new(app: App, connection: Connection, mode: Mode, started_by: str, phase: str) -> Run:
    now = app.now()
    return Run(
        id=run_id(now, uuid.uuid4().hex), connection=connection.id, organisation=connection.owner,
        account=connection.account, kind="thanks", mode=mode, started_by=started_by, state="queued", phase=phase,
        queued_at=now,
    )  # fmt: skip


def _start(app: App, connection: Connection, run: Run, *more: Op) -> Run:
    work = Work(
        account=connection.account, queue="gifts", kind="thanking", id=run.id, organisation=connection.owner,
        connection=connection.id, lane="gifts", next_due=app.now(), subject=run.id,
    )  # fmt: skip
    app.runs.db.transact([app.runs.add_op(run), app.inbox.put_op(work), *more])
    ring(app, connection.account, "gifts")
    return run
