"""The platform's records in SQLite: in memory, or in a file that survives a restart."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

Row = dict[str, Any]

_SCHEMA = """
create table if not exists organisations (id text primary key, settings text not null) without rowid;
create table if not exists records (
    organisation text, kind text, id text, grp text, stamp text, email text, body text,
    primary key (organisation, kind, id)
) without rowid;
create index if not exists feed on records (organisation, kind, grp, stamp, id);
create index if not exists email on records (organisation, kind, email) where email is not null;
create table if not exists numbers (organisation text, kind text, last integer, primary key (organisation, kind));
create table if not exists answers (
    organisation text, key text, request text, created real, status integer, etag text, body blob,
    primary key (organisation, key)
) without rowid;
"""


class Place(NamedTuple):
    """A position in a change feed: an `updatedAt` stamp and an id."""

    stamp: str
    id: str


class Feed(NamedTuple):
    """One change feed: the records of a kind and a group, perhaps only those in one state."""

    kind: str
    group: str = ""
    status: str | None = None


@dataclass(frozen=True)
class KeptAnswer:
    """The answer remembered for an idempotency key, with a digest of the request it belongs to."""

    request: str
    status: int
    etag: str | None
    body: bytes


class Store:
    """Records by organisation, kind and id, with their change feeds in the order (stamp, id)."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = off")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the changes made within, or none of them."""
        self._db.execute("begin")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    # organisations

    def save_organisation(self, identifier: str, settings: Row) -> None:
        """Keep an organisation's settings."""
        self._db.execute("replace into organisations values (?, ?)", (identifier, json.dumps(settings)))

    def organisations(self) -> list[Row]:
        """The settings of every organisation."""
        return [json.loads(text) for (text,) in self._db.execute("select settings from organisations")]

    def remove_organisation(self, identifier: str) -> None:
        """Forget an organisation with all it has."""
        self._db.execute("delete from organisations where id = ?", (identifier,))
        for table in ("records", "numbers", "answers"):
            self._db.execute(f"delete from {table} where organisation = ?", (identifier,))

    def last_stamp(self, organisation: str) -> str:
        """The latest stamp of the organisation's records, or an empty text."""
        query = "select max(stamp) from records where organisation = ?"
        return self._db.execute(query, (organisation,)).fetchone()[0] or ""

    # records

    def next_id(self, organisation: str, kind: str, first: int) -> str:
        """The next number of a kind, beginning with `first`."""
        self._db.execute(
            "insert into numbers values (?, ?, ?) on conflict do update set last = last + 1",
            (organisation, kind, first),
        )
        query = "select last from numbers where organisation = ? and kind = ?"
        return str(self._db.execute(query, (organisation, kind)).fetchone()[0])

    def put(self, organisation: str, kind: str, row: Row, stamp: str, group: str = "") -> None:
        """Insert or replace a record and move it to its place in the feed."""
        email = row.get("email")
        values = (organisation, kind, row["id"], group, stamp, str(email).lower() if email else None, json.dumps(row))
        self._db.execute("replace into records values (?, ?, ?, ?, ?, ?, ?)", values)

    def get(self, organisation: str, kind: str, identifier: str) -> Row | None:
        """One record."""
        query = "select body from records where organisation = ? and kind = ? and id = ?"
        found = self._db.execute(query, (organisation, kind, identifier)).fetchone()
        return json.loads(found[0]) if found else None

    def chosen(self, organisation: str, kind: str, ids: Iterable[str]) -> list[Row]:
        """The records of these ids that exist, in the feed's order."""
        wanted = list(dict.fromkeys(ids))
        marks = ",".join("?" * len(wanted))
        query = f"select body from records where organisation = ? and kind = ? and id in ({marks}) order by stamp, id"
        return self._rows(query, organisation, kind, *wanted)

    def with_email(self, organisation: str, email: str) -> list[Row]:
        """The contacts with exactly this address, in any case."""
        query = "select body from records where organisation = ? and kind = 'contacts' and email = ? order by stamp, id"
        return self._rows(query, organisation, email.lower())

    def every(self, organisation: str, kind: str, group: str | None = None) -> list[Row]:
        """All records of a kind in the feed's order, of all groups or of one."""
        query = (
            "select body from records where organisation = ? and kind = ? and grp = ifnull(?, grp) order by stamp, id"
        )
        return self._rows(query, organisation, kind, group)

    def page(self, organisation: str, feed: Feed, start: Place, size: int) -> list[tuple[Place, Row]]:
        """Up to `size` records of a feed from a place on, the place included."""
        return self._walk(organisation, feed, start, size, "(stamp, id) >= (?, ?) order by stamp, id")

    def before(self, organisation: str, feed: Feed, start: Place, size: int) -> list[tuple[Place, Row]]:
        """Up to `size` records of a feed that come just before a place, nearest first."""
        return self._walk(organisation, feed, start, size, "(stamp, id) < (?, ?) order by stamp desc, id desc")

    def _walk(self, organisation: str, feed: Feed, start: Place, size: int, order: str) -> list[tuple[Place, Row]]:
        in_state = "" if feed.status is None else "and json_extract(body, '$.status') = ?"
        query = (
            f"select stamp, id, body from records where organisation = ? and kind = ? and grp = ? {in_state}"
            f" and {order} limit ?"
        )
        state = () if feed.status is None else (feed.status,)
        found = self._db.execute(query, (organisation, feed.kind, feed.group, *state, *start, size))
        return [(Place(stamp, identifier), json.loads(body)) for stamp, identifier, body in found]

    def _rows(self, query: str, *values: object) -> list[Row]:
        return [json.loads(text) for (text,) in self._db.execute(query, values)]

    # answers kept for idempotency keys

    def answer(self, organisation: str, key: str, since: float) -> KeptAnswer | None:
        """The answer kept for a key, unless it is older than `since` (seconds since 1970)."""
        query = "select request, status, etag, body from answers where organisation = ? and key = ? and created >= ?"
        found = self._db.execute(query, (organisation, key, since)).fetchone()
        return KeptAnswer(*found) if found else None

    def keep_answer(self, organisation: str, key: str, now: float, answer: KeptAnswer) -> None:
        """Keep an answer for a key."""
        values = (organisation, key, answer.request, now, answer.status, answer.etag, answer.body)
        self._db.execute("replace into answers values (?, ?, ?, ?, ?, ?, ?)", values)
