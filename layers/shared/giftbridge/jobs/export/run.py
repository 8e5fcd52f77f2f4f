"""A day's manifest per connection in S3: ids, states, counts and checksums, no donor data."""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

from giftbridge.domain.contact import Side
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import App, Step
from giftbridge.jobs.step import Progress
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import OUTCOMES, Run


def plan_day(app: App, day: date | None = None) -> int:
    """Make the export of a UTC day (yesterday) due work of every connection; answers how many there are."""
    chosen = day or (app.now() - timedelta(days=1)).date()
    planned = 0
    for connection in app.connections.everywhere():
        app.inbox.put(_work(connection, chosen.isoformat(), app.now()))
        ring(app, connection.account, "exports")
        planned += 1
    return planned


def export_day(step: Step, batch: list[Work]) -> Progress:
    """Write one connection's manifest; the same day written twice is the same object."""
    work = batch[0]
    app = step.app
    connection = app.connections.get(work.organisation, work.connection)
    manifest = manifest_of(app, connection, work.subject)
    body = json.dumps(manifest, indent=1, sort_keys=True).encode()
    app.exports.put(
        f"manifests/{connection.platform}/{connection.organisation}/{connection.id}/{work.subject}.json", body
    )
    return Progress()


def manifest_of(app: App, connection: Connection, day: str) -> dict[str, Any]:
    """The runs of one UTC day with their counters and records; `sha256` is over the canonical JSON of `runs`."""
    runs = [_run(app, run) for run in app.runs.latest(connection.id, 500) if run.queued_at.date().isoformat() == day]
    text = json.dumps(runs, sort_keys=True, separators=(",", ":"))
    return {
        "v": 1,
        "connection": connection.id,
        "account": connection.account,
        "day": day,
        "runs": runs,
        "sums": {name: sum(run["crm"][name] + run["platform"][name] for run in runs) for name in OUTCOMES},
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def _run(app: App, run: Run) -> dict[str, Any]:
    sides = {str(side): {name: run.count(side, name) for name in ("read", *OUTCOMES)} for side in Side}
    records = [
        {name: item[name] for name in ("kind", "side", "record_id", "other_id", "outcome", "code")}
        for item in app.runs.lines(run.id)
    ]  # fmt: skip
    return {
        "id": run.id,
        "kind": run.kind,
        "mode": run.mode,
        "state": run.state,
        "started_by": run.started_by,
        **sides,
        "records": records,
    }


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
