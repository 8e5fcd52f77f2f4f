"""Once a day the platform's active projects are compared with the CRM's, by their codes; what differs is written.

A run that was interrupted is gone on with: what has a line in the log was done.
"""

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from giftbridge.connectors import registry
from giftbridge.connectors.projects import KeepsProjects, KeptProject, ListsProjects
from giftbridge.domain.contact import Side
from giftbridge.domain.project import Project
from giftbridge.errors import Conflict, NotFound, Reject
from giftbridge.jobs.context import App, Session, Step
from giftbridge.jobs.gifts.purposes import refresh_purposes
from giftbridge.jobs.health import working
from giftbridge.jobs.session import open_session
from giftbridge.jobs.step import Progress
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Line, Outcome, Run, run_id

DONE: Final = "close"


def standing_work(app: App, connection: Connection) -> list[Work]:
    """What makes a connection compare, once a day; none where one side knows no projects."""
    pairs = ((connection.platform, "lists_projects"), (connection.crm, "keeps_projects"))
    if not all(capability in registry.manifest(system).capabilities for system, capability in pairs):
        return []
    return [replace(_standing(connection), next_due=app.now())]


def work_of(app: App, connection: Connection) -> Work | None:
    """The work that stands for it."""
    return app.inbox.get(_standing(connection))


def keep_up(step: Step, batch: list[Work]) -> Progress:
    """One comparison, where the settings want it, and when the next is due."""
    work = batch[0]
    connection = working(step.app, work)
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    if chosen.projects:
        session = open_session(step, work.organisation, work.connection, work.lane)
        _compare(session, _run_of(session, work))
    return Progress(chosen.next_handover(step.app.now()))


def _run_of(session: Session, work: Work) -> Run:
    """The run that this work has begun and not ended, else a new one, named on the work before anything is done."""
    app, connection = session.app, session.connection
    standing = app.runs.get(connection.id, work.subject) if work.subject else None
    if standing and standing.state == "running":
        return standing
    now = app.now()
    run = Run(
        id=run_id(now, uuid.uuid4().hex), connection=connection.id, organisation=connection.owner,
        account=connection.account, kind="projects", mode="daily", started_by="schedule", state="running",
        phase="compare", queued_at=now, started_at=now,
    )  # fmt: skip
    app.runs.add(run)
    app.inbox.put(replace(work, subject=run.id))
    return run


def _compare(session: Session, run: Run) -> None:
    """What differs is kept in the CRM and told; a run that counted it before its worker died only ends."""
    if run.phase != DONE:
        _count(session, run)
    session.app.runs.set_state(run, "done", session.app.now())
    session.app.measure("RunsFinished", 1)


def _count(session: Session, run: Run) -> None:
    app, keeper = session.app, session.can(Side.CRM, KeepsProjects)  # type: ignore[type-abstract]
    told = {line["record_id"]: line["outcome"] for line in app.runs.lines(run.id)}
    kept = keeper.kept_projects()
    outcomes = [told.get(one.code) or _settle(session, run, keeper, one, kept) for one in _listed(session)]
    counts = Counter(outcomes)
    if counts["created"] + counts["updated"]:
        refresh_purposes(session)
    added = {"crm_read": len(outcomes), **{f"crm_{outcome}": number for outcome, number in counts.items()}}
    session.checkpoint([app.runs.change_op(run, {"phase": DONE}, added)])


def _listed(session: Session) -> Iterator[Project]:
    """The platform's projects, each once, as it is now. Raises `Retry` where the list does not go on."""
    lister = session.can(Side.PLATFORM, ListsProjects)  # type: ignore[type-abstract]
    found: dict[str, Project] = {}
    cursor, more = "", True
    while more:
        page = lister.project_changes(cursor)
        found |= {one.code: one for one in page.rows}
        page.assert_goes_on(cursor)
        cursor, more = page.cursor, page.more
    yield from found.values()


def _settle(
    session: Session, run: Run, keeper: KeepsProjects, project: Project, kept: Mapping[str, KeptProject]
) -> Outcome:
    current = kept.get(project.code)
    if not project.active:
        return "skipped"
    if current and current.project == project:
        return "unchanged"
    try:
        keeper.keep_project(project, current)
    except (Conflict, NotFound, Reject) as refused:
        return _tell(session, run, project, "failed", refused.code, str(refused))
    return _tell(session, run, project, "updated" if current else "created")


def _tell(session: Session, run: Run, project: Project, outcome: Outcome, code: str = "", reason: str = "") -> Outcome:
    """A line of the log; what failed is tried again by the next run."""
    said = Line(
        kind="project", side=Side.CRM, record_id=project.code, outcome=outcome, code=code, reason=reason,
        other_id=project.code, label=session.seal(project.name), at=session.app.now(),
    )  # fmt: skip
    session.app.runs.write_lines(run, [said])
    return outcome


def _standing(connection: Connection) -> Work:
    return Work(
        account=connection.account, queue="gifts", kind="projects", id=connection.id, organisation=connection.owner,
        connection=connection.id, lane="gifts", next_due=None,
    )  # fmt: skip
