"""A day's manifest per connection in S3: ids, references, states, counts, sums and checksums, no donor data."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from tempfile import TemporaryFile

from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import LABEL_KEPT, App, Step
from giftbridge.jobs.export import files, manifest
from giftbridge.jobs.step import Progress
from giftbridge.stores.connections import Connection
from giftbridge.stores.import_files import ImportFile
from giftbridge.stores.inbox import Work


def plan_day(app: App, day: date | None = None) -> int:
    """Make the export of a UTC day (yesterday) due work of every connection; answers how many there are."""
    chosen = day or (app.now() - timedelta(days=1)).date()
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
    filed = files.write_files(app, connection, day)
    key = f"manifests/{connection.platform}/{connection.organisation}/{connection.id}/{day}.json"
    if app.now().date() - day < LABEL_KEPT or not app.exports.has(key):  # an older one has amounts that expired here
        _write(app, connection, day, filed, key)
    return Progress()


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
