"""A donor's schedule in the CRM: created before its first payment, once; amount and end follow.

A schedule with another frequency or start is another one: the old ends, and the next payment brings the new. Its
reference names both, so an interrupted create is recognised by what it created. Where the platform tells no start, it
begins with the first payment that came over and the frequency alone makes it another.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from giftbridge.connectors.base import Done, Reference, Written
from giftbridge.connectors.commitments import KeepsSchedules, ListsSchedules, ScheduleWrite
from giftbridge.domain.contact import Side
from giftbridge.domain.gift import Gift, Schedule
from giftbridge.errors import Defer, Disconnected, GiftbridgeError, NotFound, Park, Reject, Retry
from giftbridge.jobs import intent
from giftbridge.jobs.context import Session
from giftbridge.jobs.gifts.case import Case
from giftbridge.jobs.intent import reference_in, take_back, wait_for_live
from giftbridge.stores.dynamo import Op
from giftbridge.stores.link import Link
from giftbridge.stores.runs import Line, Run

PHASE: Final = "schedules"
PLACE: Final = "schedules"
"""Among the run's cursors: how far the platform's list of schedules was read; empty once it was read to its end."""
BEGUN: Final = "start"
"""In a schedule's base: the start that the CRM was told, in plain, where the platform tells none."""


def keep_schedule(case: Case, crm: KeepsSchedules, gift: Gift, schedule: Schedule, contact_id: str) -> str:
    """The CRM's id of the schedule, which is there afterwards as the platform has it. Raises `Reject`, `Park`."""
    session, run = case.session, case.run
    link = _link(session, schedule.id)
    wait_for_live(session, link)
    if not link.crm_id or _rhythm(session, schedule) != link.base.get("rhythm", ("",))[0]:
        return _begin_anew(session, run, crm, link, ScheduleWrite(_mark(session, schedule), schedule, contact_id, gift))
    if _differs(session, link, schedule):
        _change(session, run, crm, link, schedule)
    return link.crm_id


def as_begun(session: Session, gift: Gift) -> Gift:
    """The gift with the start that the CRM was told, where the platform tells none: so an earlier payment shows."""
    schedule = gift.schedule
    if schedule is None or schedule.start_told:
        return gift
    begun, _ = _link(session, schedule.id).base.get(BEGUN, ("", ""))
    start = datetime.fromisoformat(begun) if begun else schedule.start
    return replace(gift, schedule=replace(schedule, start=start))


def begin(session: Session, run: Run) -> bool:
    """After the gifts of a look: whether there are schedules whose amount or end may have changed."""
    able = isinstance(session.platform, ListsSchedules) and isinstance(session.crm, KeepsSchedules)
    if run.mode != "changes" or session.recipe.import_by_hand or not able or PLACE in run.cursors:
        return False
    there = session.app.links.listed(session.connection.account, "schedule", session.connection.id)
    if next(there, None) is None:
        return False
    session.checkpoint([session.app.runs.change_op(run, {"phase": PHASE})])
    return True


def follow(session: Session, run: Run) -> None:
    """A page of the platform's schedules: those that the CRM has get their amount and end."""
    lister = session.can(Side.PLATFORM, ListsSchedules)  # type: ignore[type-abstract]
    crm = session.can(Side.CRM, KeepsSchedules)  # type: ignore[type-abstract]
    at = run.cursors.get(PLACE, "")
    page = lister.schedules(at)
    page.assert_goes_on(at)
    links = session.app.links.find(session.connection.id, "schedule", Side.PLATFORM, [one.id for one in page.rows])
    for schedule in page.rows:
        link = links.get(schedule.id)
        if link and link.crm_id and _differs(session, link, schedule):
            _follow_one(session, run, crm, link, schedule)
    cursors = {**run.cursors, PLACE: page.cursor if page.more else ""}
    session.checkpoint([session.app.runs.change_op(run, {"cursors": cursors, "phase": PHASE if page.more else "push"})])


def _follow_one(session: Session, run: Run, crm: KeepsSchedules, link: Link, schedule: Schedule) -> None:
    """A refusal is told, and stops no other."""
    try:
        _change(session, run, crm, link, schedule)
    except Reject as refused:
        said = _line(session, link, "failed", refused)
        session.app.runs.db.transact(
            [session.app.runs.line_op(run, said), session.app.runs.change_op(run, {}, _counted("failed"))]
        )


def _link(session: Session, schedule_id: str) -> Link:
    connection = session.connection
    found = session.app.links.get(connection.id, "schedule", Side.PLATFORM, schedule_id)
    return found or Link(connection.account, connection.id, "schedule", "creating", platform_id=schedule_id)


def _mark(session: Session, schedule: Schedule) -> Reference:
    connection = session.connection
    start = [f"{schedule.start:%Y%m%d}"] if schedule.start_told else []
    parts = (connection.platform, connection.organisation, "schedule", schedule.id, schedule.frequency, *start)
    return Reference("-".join(parts), session.app.now())


def _rhythm(session: Session, schedule: Schedule) -> str:
    """What makes it another schedule when it changes."""
    start = f"{schedule.start:%Y-%m-%d}" if schedule.start_told else ""
    return session.prints.of("rhythm", f"{schedule.frequency}|{start}")


def _terms(session: Session, schedule: Schedule) -> dict[str, tuple[str, str]]:
    end = schedule.end.isoformat() if schedule.end else ""
    told = {
        "rhythm": _rhythm(session, schedule),
        "amount": session.prints.of("amount", str(schedule.amount)),
        "end": session.prints.of("end", end),
        **({} if schedule.start_told else {BEGUN: schedule.start.isoformat()}),
    }
    return {name: (value, "") for name, value in told.items()}


def _differs(session: Session, link: Link, schedule: Schedule) -> bool:
    """Whether amount or end are other than the CRM was told."""
    now = _terms(session, schedule)
    return any(link.base.get(name) != now[name] for name in ("amount", "end"))


def _begin_anew(session: Session, run: Run, crm: KeepsSchedules, link: Link, write: ScheduleWrite) -> str:
    """Under one intent: end what was before, then create, unless an interrupted try has."""
    found = _left(session, crm, link, write)
    intended = intent.intend(session, link, "create", Side.CRM, write.reference.value, run.id)
    write = replace(write, reference=reference_in(intended))
    try:
        if link.crm_id and link.crm_id != found:
            _expect(crm.end_schedule(link.crm_id, session.app.now()), gone_is_fine=True)
        made = found or _expect(crm.write_schedule(write))
    except (Defer, Disconnected, Reject, Retry) as error:
        if not (isinstance(error, Retry) and error.doubt):
            take_back(session, intended, link)
        raise
    done = replace(intended, state="linked", crm_id=made, intent=None, base=_terms(session, write.schedule))
    _store(session, run, done, former=link.crm_id)
    return made


def _left(session: Session, crm: KeepsSchedules, link: Link, write: ScheduleWrite) -> str:
    """What an interrupted create left; one of a rhythm that is out of date by now is ended. Raises `Park`."""
    before = link.intent
    if before is None or before.op != "create":
        return ""
    found = crm.recall_schedule(replace(write, reference=Reference(before.reference, before.since)))
    if before.reference != write.reference.value:
        for one in found:
            _expect(crm.end_schedule(one, session.app.now()), gone_is_fine=True)
        return ""
    if len(found) > 1:
        raise Park("The CRM holds several schedules with this reference.", code="several_schedules")
    return found[0] if found else ""


def _change(session: Session, run: Run, crm: KeepsSchedules, link: Link, schedule: Schedule) -> None:
    """Amount and end, which may be told twice."""
    wait_for_live(session, link)
    mark = link.intent.reference if link.intent else _mark(session, schedule).value
    intended = intent.intend(session, link, "update", Side.CRM, mark, run.id)
    try:
        _expect(crm.write_schedule(ScheduleWrite(reference_in(intended), schedule, current_id=link.crm_id)))
    except (Defer, Disconnected, Reject):
        take_back(session, intended, link)
        raise
    terms = {**link.base, **{name: _terms(session, schedule)[name] for name in ("amount", "end")}}
    _store(session, run, replace(intended, intent=None, base=terms), former=link.crm_id)


def _expect(answer: Written, *, gone_is_fine: bool = False) -> str:
    """The id. A refusal is raised as `Reject`."""
    if gone_is_fine and isinstance(answer, NotFound):
        return ""
    if isinstance(answer, GiftbridgeError):
        raise Reject.of(answer)
    if not isinstance(answer, Done):
        raise AssertionError("a schedule is kept or refused")
    return answer.id


def _store(session: Session, run: Run, link: Link, former: str) -> None:
    """The link, the line that tells it and its count, together."""
    app, outcome = session.app, "updated" if former == link.crm_id else "created"
    link = replace(link, run=run.id, outcomes={"crm": outcome})
    ops: list[Op] = [app.links.save_op(link)] if former == link.crm_id else _joined(session, link, former)
    said = _line(session, link, outcome)
    app.links.db.transact([*ops, app.runs.line_op(run, said), app.runs.change_op(run, {}, _counted(outcome))])


def _joined(session: Session, link: Link, former: str) -> list[Op]:
    links = session.app.links
    return links.move_ops(link, former) if former else links.join_ops(link)


def _counted(outcome: str) -> dict[str, int]:
    return {"crm_read": 1, f"crm_{outcome}": 1}


def _line(session: Session, link: Link, outcome: str, refused: Reject | None = None) -> Line:
    return Line(
        kind="schedule",
        side=Side.CRM,
        record_id=link.platform_id,
        outcome=outcome,
        code=refused.code if refused else "",
        reason=str(refused) if refused else "",
        other_id=link.crm_id,
        at=session.app.now(),
    )
