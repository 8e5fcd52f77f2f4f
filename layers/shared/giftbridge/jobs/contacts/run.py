"""A contact run from start to end: survey both sides, work off both lists, keep the cursors."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from giftbridge.connectors import registry
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, Defer
from giftbridge.jobs import confirming, status
from giftbridge.jobs.bell import ring
from giftbridge.jobs.contacts import daily, sweep
from giftbridge.jobs.contacts.reading import may_be_gone
from giftbridge.jobs.contacts.survey import BASELINE, survey
from giftbridge.jobs.contacts.walk import work_off
from giftbridge.jobs.context import App, Session, Step
from giftbridge.jobs.health import working
from giftbridge.jobs.session import open_session
from giftbridge.jobs.step import Progress
from giftbridge.recipes import Recipe, recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Mode, Run, began, run_id

SURVEYS: Final = {"survey_crm": (Side.CRM, "survey_platform"), "survey_platform": (Side.PLATFORM, "work_platform")}
WALKS: Final = {"work_platform": (Side.PLATFORM, "work_crm"), "work_crm": (Side.CRM, "close")}
EXPIRED: Final = "It stood still for so long that what it had read has expired. The next one reads it again."
LANES: Final[dict[Mode, str]] = {
    "first": "bulk",
    "baseline": "bulk",
    "preview": "bulk",
    "changes": "edits",
    "records": "webhooks",
    "sweep": "bulk",
}


def start(app: App, connection: Connection, mode: Mode, started_by: str, only: Side | None = None) -> Run:
    """Begin a run of a connection, or of what the CRM has (`only`). Raises `Conflict` where one is under way."""
    now = app.now()
    cursors = dict(connection.cursors) if mode == "changes" else {}
    if only is None:
        cursors[daily.HANDED] = now.isoformat()
    run = replace(_new(app, connection, mode, started_by, "survey_crm", cursors), subject=str(only or ""))
    guard = "attribute_not_exists(#active_run) OR #active_run = :none"
    changes = {"active_run": run.id, **({"first_sync": "started"} if mode in ("first", BASELINE) else {})}
    op = app.connections.change_op(connection, guard, {"none": ""}, **changes)
    ops = [op, app.runs.add_op(run), app.inbox.put_op(_work(run, connection, LANES[mode], now))]
    try:
        app.runs.db.transact(ops)
    except ConditionFailed:
        raise Conflict("A run of this connection is under way.", code="run_active") from None
    ring(app, connection.account, "contacts")
    return run


def start_sweep(app: App, connection: Connection, started_by: str) -> Run:
    """Begin a sweep beside whatever else goes on. Raises `Conflict` where one is under way."""
    last = app.runs.get(connection.id, connection.sweep) if connection.sweep else None
    run = _new(app, connection, "sweep", started_by, sweep.FIRST, {})
    guard = ("attribute_not_exists(#sweep) OR #sweep = :last", {"last": connection.sweep})
    op = app.connections.change_op(connection, *guard, sweep=run.id)
    work = _work(run, connection, LANES["sweep"], app.now())
    try:
        if last and last.state in ("queued", "running"):
            raise ConditionFailed
        app.runs.db.transact([op, app.runs.add_op(run), app.inbox.put_op(work)])
    except ConditionFailed:
        raise Conflict("A sweep of this connection is under way.", code="sweep_active") from None
    ring(app, connection.account, "contacts")
    return run


def start_records(app: App, connection: Connection, side: Side, ids: Sequence[str], started_by: str) -> Run:
    """A run of chosen records: a retry, an answered question."""
    now = app.now()
    run = _new(app, connection, "records", started_by, "work_platform", {})
    app.runs.plan(run, side, {one: {"e": "", "p": {}, "r": ""} for one in ids}, now)
    app.runs.db.transact([app.runs.add_op(run), app.inbox.put_op(_work(run, connection, "webhooks", now))])
    ring(app, connection.account, "contacts")
    return run


def advance(step: Step, batch: list[Work]) -> Progress:
    """One piece of a run."""
    work = batch[0]
    run = step.app.runs.get(work.connection, work.subject)
    if run is None or run.ended:
        return Progress()
    session = open_session(step, work.organisation, work.connection, work.lane)
    if run.state == "queued":
        step.app.runs.set_state(run, "running", step.app.now())
    if run.mode == "sweep":
        return _sweep(session, run)
    if run.phase in SURVEYS:
        side, following = SURVEYS[run.phase]
        survey(session, run, side, "work_platform" if run.subject == side else following)
    elif run.phase in WALKS:
        if not _walk(session, run, work):
            return Progress()
    else:
        close(session, run)
        return Progress()
    return Progress(step.app.now())


def _sweep(session: Session, run: Run) -> Progress:
    """It keeps no cursors and holds nobody up, so nothing but its report is left of it."""
    app = session.app
    if sweep.advance(session, run):
        return Progress(app.now())
    app.runs.set_state(run, "done", app.now())
    return Progress()


def _walk(session: Session, run: Run, work: Work) -> bool:
    """Work off some of a list; False where the run can't know any more what was on it, and ended."""
    side, following = WALKS[run.phase]
    if may_be_gone(session, run):
        _abandon(session, run)
        return False
    if not work_off(session, run, side, work.attempt):
        session.checkpoint([session.app.runs.change_op(run, {"phase": following})])
    return True


def _abandon(session: Session, run: Run) -> None:
    """Keep no cursors: the next run begins where this one did. A first sync is asked about anew."""
    app = session.app
    freed = {"active_run": "", **({"first_sync": "unasked"} if run.mode == "first" else {})}
    with suppress(ConditionFailed):
        app.connections.db.write(
            app.connections.change_op(session.connection, "#active_run = :run", {"run": run.id}, **freed)
        )
    app.runs.set_state(run, "failed", app.now(), EXPIRED)


def close(session: Session, run: Run) -> None:
    """Keep where both sides were read up to, and let the next run begin."""
    app, connection, now = session.app, session.connection, session.app.now()
    kept: dict[str, object] = {"last_run": run.id, "last_sync_at": int(now.timestamp() * 1000)}
    if run.mode in ("first", BASELINE, "changes"):
        kept |= {"cursors": {**run.cursors, **({BASELINE: run.id} if run.mode == BASELINE else {})}}
    if run.mode in ("first", BASELINE):
        status.show_connected(session, run.count(Side.CRM, "read"))
        kept |= {"first_sync": "done" if run.mode == "first" else "declined"}
    if run.mode != "records":
        kept |= {"active_run": ""}
    if run.mode == "preview":
        kept = {"active_run": ""}
    # Repeated after a crash, it must not undo what a later run has kept since.
    guard = ("", None) if run.mode == "records" else ("#active_run = :run", {"run": run.id})
    with suppress(ConditionFailed):
        app.connections.db.write(app.connections.change_op(connection, *guard, **kept))
    app.runs.set_state(run, "done", now)
    app.measure("RunsFinished", 1)


def cadence(step: Step, batch: list[Work]) -> Progress:
    """The schedule of a connection: a run of changes, and when the next is due."""
    work = batch[0]
    app = step.app
    connection = working(app, work)
    confirming.keep_asking(app, connection)
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    _sweep_if_due(app, connection, chosen)
    unasked = connection.first_sync == "unasked" and not chosen.backfill
    only = None if unasked or daily.is_due(connection, chosen, app.now()) else Side.CRM
    if chosen.contacts and (unasked or connection.first_sync in ("done", "declined")):
        try:
            start(app, connection, "baseline" if unasked else "changes", "schedule", only)
        except Conflict:
            raise Defer("A run is under way.", until=chosen.next_run(app.now())) from None
    return Progress(chosen.next_run(app.now()))


def may_sweep(connection: Connection, chosen: Recipe) -> bool:
    """Whether there is anything to compare: both sides were brought together once, or only gifts go over."""
    return not chosen.contacts or connection.first_sync in ("done", "declined")


def lists_both(connection: Connection) -> bool:
    """Whether both systems can list their contacts."""
    manifests = map(registry.manifest, (connection.platform, connection.crm))
    return all("reads_contacts" in one.capabilities for one in manifests)


def _sweep_if_due(app: App, connection: Connection, chosen: Recipe) -> None:
    last = began(connection.sweep) if connection.sweep else connection.created_at
    if not chosen.sweep or last is None or app.now() - last < chosen.sweep:
        return
    if not (may_sweep(connection, chosen) and lists_both(connection)):
        return
    with suppress(Conflict):  # one is under way still
        start_sweep(app, connection, "schedule")


def contact_event(step: Step, batch: list[Work]) -> Progress:
    """Contacts that a webhook names, or that must be looked at again: up to a hundred become one run of records."""
    first = batch[0]
    connection = step.app.connections.get(first.organisation, first.connection)
    if connection.first_sync == "unasked":
        return Progress()  # the first sync will read it
    named: dict[tuple[Side, str], set[str]] = {}
    for work in batch:
        asked = Side(work.data.get("side", "platform")), str(work.data.get("started_by", "webhook"))
        named.setdefault(asked, set()).add(work.subject)
    for (side, started_by), ids in sorted(named.items()):
        if side is Side.PLATFORM and started_by == "webhook" and daily.waits(connection):
            continue
        start_records(step.app, connection, side, sorted(ids), started_by)
    return Progress()


def _new(app: App, connection: Connection, mode: Mode, started_by: str, phase: str, cursors: dict[str, str]) -> Run:
    now = app.now()
    return Run(
        id=run_id(now, uuid.uuid4().hex),
        connection=connection.id,
        organisation=connection.owner,
        account=connection.account,
        kind="contacts",
        mode=mode,
        started_by=started_by,
        state="queued",
        phase=phase,
        queued_at=now,
        cursors=cursors,
    )


def _work(run: Run, connection: Connection, lane: str, now: datetime) -> Work:
    return Work(
        account=connection.account,
        queue="contacts",
        kind="run",
        id=run.id,
        organisation=connection.owner,
        connection=connection.id,
        lane=lane,
        next_due=now,
        subject=run.id,
    )
