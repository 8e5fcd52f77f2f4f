"""A run of what is new since the last look: one at a time of a connection, each from where the last one ended."""

from contextlib import suppress

from giftbridge.domain.contact import Side
from giftbridge.jobs.context import App, Session
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed, Op
from giftbridge.stores.runs import Run


def claim_op(app: App, connection: Connection, run: Run) -> Op:
    """Makes it the run under way; its write raises `ConditionFailed` where there is one."""
    free = ("attribute_not_exists(#active_gift_run) OR #active_gift_run = :none", {"none": ""})
    return app.connections.change_op(connection, *free, active_gift_run=run.id)


def close(session: Session, run: Run, side: Side) -> None:
    """Keep where that side's list was read up to, and let the next run begin."""
    app = session.app
    if run.mode == "changes":
        kept = {"gift_cursor": run.cursors[side.value], "active_gift_run": ""}
        guard = ("#active_gift_run = :run", {"run": run.id})  # repeated after a crash, it undoes nothing
        with suppress(ConditionFailed):
            app.connections.db.write(app.connections.change_op(session.connection, *guard, **kept))
    app.runs.set_state(run, "done", app.now())
    app.measure("RunsFinished", 1)
