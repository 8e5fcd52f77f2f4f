"""A day's manifest per connection in S3: ids, references, states, counts, sums and checksums, no donor data."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from tempfile import TemporaryFile
from typing import Final

from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import LABEL_KEPT, App, Step
from giftbridge.jobs.export import files, manifest
from giftbridge.jobs.step import Progress
from giftbridge.stores.connections import Connection
from giftbridge.stores.import_files import ImportFile
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import began

DAY: Final = timedelta(days=1)


def plan_day(app: App, day: date | None = None) -> int:
    """Make the export of a UTC day (yesterday) due work of every connection; answers how many there are."""
    chosen = day or app.now().date() - DAY
    planned = 0
    for connection in app.connections.everywhere():
        plan(app, connection, chosen)
        planned += 1
    return planned


def plan(app: App, connection: Connection, day: date) -> None:
    """The same for one connection."""
    app.inbox.put(_work(connection, day.isoformat(), app.now()))
    ring(app, connection.account, "exports")


def export_day(step: Step, batch: list[Work]) -> Progress:
    """Write one connection's import files and manifest; the same day written twice is the same object."""
    work, app = batch[0], step.app
    connection = app.connections.get(work.organisation, work.connection)
    day = date.fromisoformat(work.subject)
    if day == app.now().date() - DAY:
        for earlier in _left_behind(app, connection, day):
            plan(app, connection, earlier)
    filed = files.write_files(app, connection, day)
    key = f"manifests/{connection.platform}/{connection.organisation}/{connection.id}/{day}.json"
    if app.now().date() - day < LABEL_KEPT or not app.exports.has(key):  # an older one has amounts that expired here
        _write(app, connection, day, filed, key)
    return Progress()


def _left_behind(app: App, connection: Connection, day: date) -> list[date]:
    """Days before this one whose export was missed, or is not the last word: a run of theirs has ended since."""
    first, last = day - LABEL_KEPT, day - DAY
    files_there = app.imports.between(connection.id, first.isoformat(), last.isoformat())
    morning = datetime.combine(day, time(), UTC)
    runs = app.runs.of_days(connection.id, first, last)
    missed = {date.fromisoformat(one.name[:10]) for one in files_there if one.written_at is None}
    return sorted(missed | {began(one.id).date() for one in runs if one.ended_at and one.ended_at >= morning})


def _write(app: App, connection: Connection, day: date, filed: Sequence[ImportFile], key: str) -> None:
    with TemporaryFile() as body:
        manifest.write(app, connection, day, filed, body)
        body.seek(0)
        app.exports.put(key, body)


def _work(connection: Connection, day: str, due: datetime) -> Work:
    return Work(
        account=connection.account,
        queue="exports",
        kind="export",
        id=day,
        organisation=connection.owner,
        connection=connection.id,
        lane="bulk",
        next_due=due,
        subject=day,
    )
