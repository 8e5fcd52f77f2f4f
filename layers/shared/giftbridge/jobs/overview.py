"""What people see of a connection, and never a secret."""

from dataclasses import dataclass
from datetime import datetime

from giftbridge.jobs import configure, connect
from giftbridge.jobs.context import App
from giftbridge.stores.connections import Connection
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
    schedule = configure.schedule_of(app, connection)
    syncs = connection.first_sync in ("done", "declined") and connection.status == "active"
    return Overview(
        connection=connection,
        ask_first_sync=connect.asks_first_sync(connection),
        next_sync_at=schedule.next_due if schedule and syncs else None,
        active_run=app.runs.get(connection.id, connection.active_run) if connection.active_run else None,
        open_questions=open_questions(app, connection),
    )


def open_questions(app: App, connection: Connection) -> int:
    """How many records wait for a person's answer."""
    questions = (app.links.questions(connection.account, kind, connection.id) for kind in ASKED)
    return sum(1 for keys in questions for _ in keys)
