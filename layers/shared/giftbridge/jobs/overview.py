"""What people see of a connection, and never a secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from giftbridge.jobs import configure, connect
from giftbridge.jobs.context import App
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import ASKED
from giftbridge.stores.runs import Run


@dataclass(frozen=True, slots=True)
class Overview:
    """A connection with what else is known of it now."""

    connection: Connection
    ask_first_sync: bool
    next_sync_at: datetime | None
    active_run: Run | None
    open_questions: int


def overview(app: App, connection: Connection) -> Overview:
    """Look it all up."""
    return Overview(
        connection=connection,
        ask_first_sync=connect.asks_first_sync(connection),
        next_sync_at=_next_sync(connection, configure.schedule_of(app, connection)),
        active_run=app.runs.get(connection.id, connection.active_run) if connection.active_run else None,
        open_questions=open_questions(app, connection),
    )


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list of connections tells of one."""

    connection: Connection
    ask_first_sync: bool
    next_sync_at: datetime | None
    active_run: Run | None


def glances(app: App, connections: Sequence[Connection]) -> list[Glance]:
    """Look them all up, by one call for some dozens."""
    schedules = [configure.schedule_key(one) for one in connections]
    works, runs = app.lookups.works_and_runs(schedules, [(one.id, one.active_run or "-") for one in connections])
    return [
        Glance(one, connect.asks_first_sync(one), _next_sync(one, schedule), run)
        for one, schedule, run in zip(connections, works, runs, strict=True)
    ]


def _next_sync(connection: Connection, schedule: Work | None) -> datetime | None:
    syncs = connection.first_sync in ("done", "declined") and connection.status == "active"
    return schedule.next_due if schedule and syncs else None


def open_questions(app: App, connection: Connection) -> int:
    """How many records wait for a person's answer."""
    questions = (app.links.questions(connection.account, kind, connection.id) for kind in ASKED)
    return sum(1 for keys in questions for _ in keys)
