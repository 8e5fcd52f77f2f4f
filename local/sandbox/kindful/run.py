"""One job while it runs: its envelope, its counters, and what becomes of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from local.sandbox.kindful.account import Account, App, Change, Job, PendingUpdate
from local.sandbox.kindful.changes import apply
from local.sandbox.kindful.columns import BadRow, text
from local.sandbox.kindful.options import Options
from local.sandbox.kindful.records import Link, Record

MAX_ROWS = 100
Row = dict[str, Any]
_MATCHES = {
    "contact": {
        "external_id",
        "id",
        "first_name_last_name",
        "first_name_last_name_email",
        "email",
        "company_name",
        "company_name_email",
    },
    "transaction": {"external_id", "id"},
    "campaign": {"external_id", "id", "name"},
    "fund": {"external_id", "id", "name"},
    "group": {"id", "name"},
    "custom_field": {"external_id", "id", "name"},
}


class StopJob(Exception):
    """The job ends here, with this status and message; what its rows did so far stays."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class JobRun:
    """A running job of an application."""

    def __init__(self, account: Account, app: App, job: Job) -> None:
        self.account = account
        self.app = app
        self.job = job
        self.options: Options = account.options
        self.action = _one_of(job.body.get("action_type", "create"), {"create", "update"}, "action_type")
        self.match_by = _match_by(job.body.get("match_by"))

    def action_for(self, model: str) -> str:
        """The action on one kind of record: that of the job, unless `update_exceptions` says another one."""
        exceptions = self.job.body.get("update_exceptions")
        return str(exceptions.get(model, self.action)) if isinstance(exceptions, dict) else self.action

    def rows(self) -> list[Row]:
        """The rows to work on, those of consolidated jobs included; StopJob when they cannot be loaded."""
        bodies = [self.job.body, *self.job.absorbed]
        return [row for body in bodies for row in read_rows(body, self.options)]

    def each(self, rows: list[Row], work: Callable[[Row], dict[str, str]]) -> None:
        """Work on every row and keep its outcome; a bad row goes by option."""
        for number, row in enumerate(rows, 1):
            try:
                outcome = work(row)
            except BadRow as problem:
                outcome = {"row": "dropped"}
                self._bad(number, row, str(problem))
            self.job.outcomes.append({"id": row.get("id"), **outcome})

    def created(self, label: str) -> str:
        """Count a new record."""
        if self.options.counted_stats:
            self.job.stats[label] = self.job.stats.get(label, 0) + 1
        return "created"

    def updated(self, label: str) -> str:
        """Count an update."""
        if self.options.counted_stats:
            self.job.update_stats[label] = self.job.update_stats.get(label, 0) + 1
        return "updated"

    def notify(self, row: Row, message: str, number: int | None = None) -> None:
        """Put something into the job's notifications. The form of their elements is not documented."""
        if self.options.notification_shape == "text":
            self.job.notifications.append(message)
        else:
            self.job.notifications.append({"row": number, "id": row.get("id"), "message": message})

    def stamp(self, row_time: int | None) -> int:
        """The last-modified time an import leaves behind."""
        return self.account.now() if row_time is None or self.options.import_stamp == "clock" else row_time

    def fresh(self, kind: str, record: Record, row_time: int | None) -> bool:
        """Whether a row may update a record: applied and queued changes must not be newer. No time, no update."""
        if row_time is None:
            return False
        queued = [update.change.updated for update in self.account.pending if _is_of(update, kind, record)]
        latest = max([record.updated, *queued])
        return row_time > latest or (row_time == latest and self.options.equal_update_time == "updated")

    def link(self, kind: str, record: Record, external_id: str, *, new: bool) -> None:
        """Keep a row's id as this application's name for a record."""
        book = self.app.links[kind]
        known = book.of(record.id)
        if not new and self.account.linked(self.app, kind, external_id) is record:
            return
        if known is not None and self.options.matched_other_id == "keep":
            return
        version = record.version if new and self.options.import_moves_link != "never" else 0
        book.put(record.id, Link(external_id, known.version if known else version))

    def update(self, kind: str, record: Record, change: Change) -> None:
        """Apply a change of an existing record, at once or after the account's lag."""
        update = PendingUpdate(self.app.id, kind, record.id, 0.0, change)
        if not self.options.update_lag_seconds:
            apply(self.account, update)
            return
        update.due = self.account.clock.now() + self.options.update_lag_seconds
        self.account.pending.append(update)

    def _bad(self, number: int, row: Row, message: str) -> None:
        if self.options.bad_row == "fail_job":
            raise StopJob("error", message)
        if self.options.bad_row == "notify":
            self.notify(row, message, number)


def read_rows(body: dict[str, Any], options: Options) -> list[Row]:
    """The rows of a body, at most 100; StopJob `load_failed` when they cannot be had."""
    if any(body.get(name) for name in ("data_url", "compression", "encrypted")):
        raise StopJob("load_failed", "data_url, compression and encryption are not played by this sandbox")
    kind, data = body.get("data_type", "json"), body.get("data")
    if kind == "csv" and isinstance(data, str) and not data.startswith("\ufeff"):
        data = list(csv.DictReader(io.StringIO(data)))
    elif kind != "json" or not isinstance(data, list):
        raise StopJob("load_failed", "The data is not of the data_type")
    if not all(isinstance(row, dict) for row in data):
        raise StopJob("load_failed", "A row is not an object")
    if len(data) > MAX_ROWS and options.over_100_rows != "truncate":
        raise StopJob("load_failed", f"No more than {MAX_ROWS} rows are allowed")
    return data[:MAX_ROWS]


def kindful_id(value: Any) -> int | None:
    """A Kindful id, sent as a number or as digits."""
    sent = text(value)
    return int(sent) if sent and sent.isdecimal() else None


def _match_by(sent: Any) -> dict[str, str]:
    if sent is None:
        return {}
    if not isinstance(sent, dict):
        raise StopJob("setup_failed", "match_by is not an object")
    for model, option in sent.items():
        _one_of(option, _MATCHES.get(model, set()), f"match_by for {model}")
    return sent


def _one_of(value: Any, allowed: set[str], name: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise StopJob("setup_failed", f"{name} is not valid")
    return value


def _is_of(update: PendingUpdate, kind: str, record: Record) -> bool:
    return update.kind == kind and update.record_id == record.id
