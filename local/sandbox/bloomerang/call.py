"""One API call as its handler sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.sandbox.bloomerang.database import Database
from local.sandbox.bloomerang.errors import invalid, not_found
from local.sandbox.bloomerang.options import Options
from local.sandbox.bloomerang.store import Record, Table
from local.sandbox.bloomerang.world import Caller


@dataclass(frozen=True)
class Call:
    """Caller, path values, query and body of one request."""

    caller: Caller
    method: str
    path: str
    values: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def database(self) -> Database:
        """The caller's database."""
        return self.caller.database

    @property
    def options(self) -> Options:
        """The database's options."""
        return self.caller.database.options

    @property
    def who(self) -> str:
        """The name for audit trails."""
        return self.caller.who

    def today(self) -> str:
        """The organisation's calendar date."""
        zone = ZoneInfo(self.database.time_zone)
        return datetime.fromtimestamp(self.database.clock.now(), zone).date().isoformat()

    def record_id(self) -> int:
        """The `{id}` of the path."""
        text = self.values["id"]
        if not text.isdecimal():
            raise invalid(f"The value '{text}' is not valid for id")
        return int(text)

    def record(self, table: Table) -> Record:
        """The record named by the path's `{id}`, or 404 with code 202."""
        return fetch(table, self.record_id())


Handler = Callable[[Call], Any]
"""Serves a call and returns the answer's JSON; raises ApiError."""


def fetch(table: Table, record_id: int) -> Record:
    """A record by id, or 404 with code 202."""
    record = table.get(record_id)
    if record is None:
        raise not_found(table.kind, record_id)
    return record


def deleted(record: Record, kind: str) -> dict[str, Any]:
    """The vendor's answer to a delete."""
    return {"Id": record.id, "Type": kind, "Deleted": True}
