"""Working off a run's list: records are settled one by one, and each is counted once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from giftbridge.connectors.base import Acknowledges
from giftbridge.domain.contact import Side
from giftbridge.jobs import confirming
from giftbridge.jobs.contacts import doubt, effects
from giftbridge.jobs.contacts.batch import Batch, link_twins, prepare, situation
from giftbridge.jobs.contacts.pairs import settle
from giftbridge.jobs.contacts.situation import Result, failed
from giftbridge.jobs.context import Session
from giftbridge.jobs.settling import Settling, settle_all
from giftbridge.stores.dynamo import TRANSACTION_SIZE
from giftbridge.stores.runs import Run

BATCH: Final = 50
"""Records looked at together, where the vendor does not take more of them in one write."""


def work_off(session: Session, run: Run, side: Side, attempt: int) -> bool:
    """Settle some records of the list. False where the list is empty. Raises what stops the run for now."""
    size = max(BATCH, session.system(side.other).manifest.limits.write_batch)
    entries = session.app.runs.planned(run.id, side, size)
    if not entries:
        return False
    batch = Batch(session, run, side, entries)
    prepare(batch)
    turn = settle_all(
        session,
        batch.ids,
        attempt,
        lambda one: _settle_one(batch, one),
        lambda one, code, reason: _give_up(batch, one, code, reason),
    )
    checkpoint(session, run, side, turn.results)
    confirming.schedule(session)
    _acknowledge(batch, turn.results)
    turn.end()
    return True


def _acknowledge(batch: Batch, results: Mapping[str, Result]) -> None:
    """A system that wants to be told which changes were dealt with; what failed comes again."""
    system, done = batch.session.system(batch.side), {one for one, got in results.items() if got.outcome != "failed"}
    marks = [entry["m"] for entry in batch.entries if entry["sk"] in done and entry.get("m")]
    if marks and isinstance(system, Acknowledges) and batch.run.mode != "preview":
        system.acknowledge(marks)


def _settle_one(batch: Batch, record_id: str) -> Settling:
    result = yield from _settled(batch, record_id)
    if batch.run.mode == "preview" and batch.side is Side.CRM:  # its pairs were counted from the platform's side
        return replace(result, linked=False)
    return result


def _settled(batch: Batch, record_id: str) -> Settling:
    if record_id in batch.erased:
        return Result("skipped")
    if record_id in batch.twins:
        return link_twins(batch, record_id, batch.twins[record_id])
    return (yield from settle(situation(batch, record_id)))


def _give_up(batch: Batch, record_id: str, code: str, reason: str) -> Result:
    """Told as failed; and looked at again by itself, as an interrupted write may be waiting."""
    if batch.run.mode != "preview":
        link = batch.links.get(record_id)
        if link and link.intent and link.intent.op == "create":
            doubt.note(batch.session, batch.side.other, link)
        effects.again(batch.session, batch.side, record_id, batch.session.app.now() + effects.AGAIN * 6)
    return failed(situation(batch, record_id), code, reason)


def checkpoint(session: Session, run: Run, side: Side, results: dict[str, Result]) -> None:
    """Lines first, then in one go per portion: links, the list, the counters. What was counted is off the list."""
    session.app.runs.write_lines(run, [result.line for result in results.values() if result.line])
    portion: dict[str, Result] = {}
    for record_id, result in results.items():
        if sum(2 + len(one.ops) for one in portion.values()) + len(result.ops) + 4 > TRANSACTION_SIZE:
            _commit(session, run, side, portion)
            portion = {}
        portion[record_id] = result
    _commit(session, run, side, portion)


def _commit(session: Session, run: Run, side: Side, portion: dict[str, Result]) -> None:
    if not portion:
        return
    app = session.app
    ops = [app.runs.change_op(run, {}, _added(side.other, portion))]
    for record_id, result in portion.items():
        ops += [app.runs.unplan_op(run.id, side, record_id), *result.ops]
    session.checkpoint(ops)
    failures = sum(result.outcome == "failed" for result in portion.values())
    if failures:
        app.measure("RecordsFailed", failures)


def _added(to: Side, portion: dict[str, Result]) -> dict[str, int]:
    added: dict[str, int] = {f"{to}_read": len(portion)}
    for result in portion.values():
        for name in (result.outcome, *(["linked"] if result.linked else []), *(["review"] if result.review else [])):
            added[f"{to}_{name}"] = added.get(f"{to}_{name}", 0) + 1
    return added


def settle_contact(session: Session, run: Run, contact_id: str) -> Settling:
    """Bring one platform contact over at once, because a gift waits for it."""
    batch = Batch(session, run, Side.PLATFORM, [{"sk": contact_id}])
    prepare(batch)
    result = yield from _settle_one(batch, contact_id)
    session.app.links.db.transact(result.ops)
    return result
