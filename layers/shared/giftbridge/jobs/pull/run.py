"""A look at the CRM's gifts: list what changed, settle each, write them to import files, close.

The work stands for the look as a whole and is due again by itself; the run is its line in the sync log.
"""

import uuid
from typing import Final

from giftbridge.connectors.pulls import TakesGiftFiles, TellsGifts
from giftbridge.domain.cadence import next_interval
from giftbridge.domain.contact import Side
from giftbridge.jobs.contacts.situation import Result
from giftbridge.jobs.context import Session, Step
from giftbridge.jobs.health import working
from giftbridge.jobs.lifecycle import cancel
from giftbridge.jobs.pull import files
from giftbridge.jobs.pull.row import Told, line, settle
from giftbridge.jobs.pull.schedule import wanted
from giftbridge.jobs.session import open_session
from giftbridge.jobs.settling import at_once, settle_all
from giftbridge.jobs.step import Progress
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Line, Run, run_id

BATCH: Final = 25
"""So many gifts are one file and one transaction: a batch that is tried again replaces its own file."""
PART: Final = "part"
OF_THE_GIFT: Final = frozenset({"amount_not_positive", "date_invalid"})
"""Codes of what only an edit of the gift can mend, and that the CRM's list tells."""
BY_HAND: Final = "import_by_hand"


def pull(step: Step, batch: list[Work]) -> Progress:
    """One piece of a look; due again at once, or on the connection's schedule. Switched off, it ends with its run."""
    work = batch[0]
    if not wanted(connection := working(step.app, work)):
        if begun := connection.pull.get("run"):
            cancel(step.app, connection, begun)
        return Progress()
    session = open_session(step, work.organisation, work.connection, work.lane)
    run = _run(session)
    if run.phase == "list":
        _list(session, run)
    elif not _work(session, run, work.attempt):
        _close(session, run)
        return Progress(next_interval(step.app.now(), session.recipe.cadence))
    return Progress(step.app.now())


def _run(session: Session) -> Run:
    """The one under way, or a new one from where the last one ended."""
    app = session.app
    connection = app.connections.get(session.connection.owner, session.connection.id)
    standing = app.runs.get(connection.id, connection.pull.get("run", "")) if connection.pull.get("run") else None
    if standing and not standing.ended:
        return standing
    now = app.now()
    run = Run(
        id=run_id(now, uuid.uuid4().hex), connection=connection.id, organisation=connection.owner,
        account=connection.account, kind="gifts", mode="pull", started_by="schedule", state="running", phase="list",
        queued_at=now, started_at=now, cursors={"crm": connection.pull.get("cursor", ""), PART: "1"},
    )  # fmt: skip
    claimed = app.connections.change_op(
        connection, "#rev = :known", {"known": connection.rev}, pull={**connection.pull, "run": run.id}
    )
    app.runs.db.transact([app.runs.add_op(run), claimed])
    return run


def _list(session: Session, run: Run) -> None:
    """A page of the CRM's gifts onto the list, then the cursor moves."""
    app, at = session.app, run.cursors["crm"]
    page = session.can(Side.CRM, TellsGifts).crm_gift_changes(at)  # type: ignore[type-abstract]
    page.assert_goes_on(at)
    again = () if page.more else _failed_before(session)
    app.runs.plan(run, Side.CRM, {one: {} for one in (*page.rows, *again)}, app.now())
    changes = {"cursors": {**run.cursors, "crm": page.cursor}, "phase": "list" if page.more else "push"}
    session.checkpoint([app.runs.change_op(run, changes)])


def _failed_before(session: Session) -> tuple[str, ...]:
    """What failed in the last look: its donor may make sense by now, which the gift itself does not tell."""
    connection = session.app.connections.get(session.connection.owner, session.connection.id)
    last = connection.pull.get("last", "")
    lines = session.app.runs.lines(last, "failed") if last else ()
    return tuple(each["record_id"] for each in lines if each["code"] not in OF_THE_GIFT)


def _work(session: Session, run: Run, attempt: int) -> bool:
    """Settle some gifts of the list; False where it is empty. Raises what stops the run for now."""
    app = session.app
    ids = [entry["sk"] for entry in app.runs.planned(run.id, Side.CRM, BATCH)]
    if not ids:
        return False
    gifts = session.can(Side.CRM, TellsGifts).crm_gifts(ids)  # type: ignore[type-abstract]
    links = app.links.find(session.connection.id, "gift", Side.CRM, ids)
    told = {one: Told(session, run, one, gifts.get(one), links.get(one)) for one in ids}
    file = f"{run.id}-{run.cursors[PART]}"
    turn = settle_all(
        session,
        ids,
        attempt,
        lambda one: at_once(lambda: settle(told[one], file)),
        lambda one, code, reason: Result("failed", line(told[one], "failed", code, reason)),
    )
    _commit(session, run, file, told, turn.results)
    turn.end()
    return True


def _commit(session: Session, run: Run, file: str, told: dict[str, Told], results: dict[str, Result]) -> None:
    """The file first; then lines, and in one go the links, the list, the counters and the next file's number."""
    if not results:
        return
    app = session.app
    rows = [told[one].row for one in results]
    filed = [row for row in rows if row]
    if filed:
        table = session.can(Side.PLATFORM, TakesGiftFiles).gift_file(filed)  # type: ignore[type-abstract]
        files.keep(app, session.connection, session.keyring, file, files.table_text(table))
    said = [result.line for result in results.values() if result.line]
    app.runs.write_lines(run, [*said, *([_file_line(session, file)] if filed else [])])
    cursors = {**run.cursors, PART: str(int(run.cursors[PART]) + bool(filed))}
    ops = [app.runs.change_op(run, {"cursors": cursors}, _added(results))]
    for one, result in results.items():
        ops += [app.runs.unplan_op(run.id, Side.CRM, one), *result.ops]
    session.checkpoint(ops)


def _added(results: dict[str, Result]) -> dict[str, int]:
    added = {"platform_read": len(results)}
    for result in results.values():
        name = f"platform_{result.outcome}"
        added[name] = added.get(name, 0) + 1
    return added


def _file_line(session: Session, file: str) -> Line:
    """Which file there is, and for how long."""
    note = f"{files.KEPT.days} days long"
    return Line("file", Side.PLATFORM, file, "created", code="import_file", notes=(note,), at=session.app.now())


def _close(session: Session, run: Run) -> None:
    """Keep where the list was read up to; say once that files must be imported by hand."""
    app, connection = session.app, session.connection
    now = app.connections.get(connection.owner, connection.id)
    if now.pull.get("run") == run.id:
        if not now.pull.get("told"):
            app.runs.write_lines(run, [_by_hand(session)])
        kept = {"cursor": run.cursors["crm"], "run": "", "told": "yes", "last": run.id}
        guard = ("#rev = :known", {"known": now.rev})
        ended = app.runs.state_op(run, "done", app.now())
        app.connections.db.transact([app.connections.change_op(now, *guard, pull=kept), ended])
    app.measure("RunsFinished", 1)


def _by_hand(session: Session) -> Line:
    title = session.platform.manifest.title
    text = f"{title}'s API takes no gifts: those of the CRM are put into files, to be imported there by hand."
    return Line("notice", Side.PLATFORM, BY_HAND, "skipped", BY_HAND, text, at=session.app.now())
