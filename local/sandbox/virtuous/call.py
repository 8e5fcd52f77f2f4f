"""One API call as its handler sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from local.sandbox.virtuous.errors import invalid_request, not_found, refused
from local.sandbox.virtuous.options import Options
from local.sandbox.virtuous.organisation import Actor, Organisation
from local.sandbox.virtuous.store import Record, Table
from local.sandbox.virtuous.world import Caller

DEFAULT_TAKE, MOST_TAKEN = 10, 1000


class Empty:
    """A 200 without a body, as the vendor answers imports, references, archiving and deleting."""


EMPTY: Final = Empty()


@dataclass(frozen=True)
class Call:
    """Caller, path values, query (names in lower case) and body of one request."""

    caller: Caller
    method: str
    values: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def organisation(self) -> Organisation:
        """The caller's organisation."""
        return self.caller.organisation

    @property
    def options(self) -> Options:
        """The organisation's options."""
        return self.caller.organisation.options

    @property
    def actor(self) -> Actor:
        """Who calls."""
        return self.caller.actor

    @property
    def who(self) -> str:
        """The caller's name for stamps."""
        return self.caller.actor.name

    def number(self, name: str = "id") -> int:
        """A number in the path; 404 when it is none."""
        text = self.values[name]
        if not text.isdecimal():
            raise not_found()
        return int(text)

    def record(self, table: Table, name: str = "id") -> Record:
        """The record named by the path, or 404."""
        return fetch(table, self.number(name))

    def add(self, table: Table, data: dict[str, Any], parent: int = 0) -> Record:
        """Store a new record made by the caller now."""
        return table.add(data, self.organisation.now(), self.who, parent)

    def change(self, table: Table, record: Record, changes: dict[str, Any]) -> None:
        """Change a record in the caller's name."""
        table.change(record, changes, self.organisation.now(), self.who)


Handler = Callable[[Call], Any]
"""Serves a call and returns the answer's JSON, or EMPTY; raises ApiError."""


def fetch(table: Table, record_id: int | None) -> Record:
    """A record by id, or 404 without a body."""
    record = table.get(record_id)
    if record is None:
        raise not_found()
    return record


def paging(call: Call, body: dict[str, Any] | None = None) -> tuple[int, int]:
    """`skip` and `take`, from the URL even on a POST (from the body by option); 0 and 10 where not given."""
    sent: dict[str, Any] = {}
    if call.options.paging_place != "url" and body:
        sent |= {name: body[name] for name in ("skip", "take") if body.get(name) is not None}
    if call.options.paging_place != "body":
        sent |= {name: call.query[name] for name in ("skip", "take") if call.query.get(name)}
    skip, take = _number(sent, "skip", 0), _number(sent, "take", DEFAULT_TAKE)
    if take > MOST_TAKEN and call.options.take_over_1000 == "refuse":
        raise refused(f"The max take is {MOST_TAKEN:,}.")
    return skip, min(take, MOST_TAKEN)


def page(rows: list[Any], place: tuple[int, int], show: Callable[[Any], Any]) -> dict[str, Any]:
    """The vendor's list: the rows of one page, and how many there are in all."""
    skip, take = place
    return {"list": [show(row) for row in rows[skip : skip + take]], "total": len(rows)}


def truth(call: Call, name: str) -> bool:
    """A flag in the URL; anything but `true` is false."""
    return call.query.get(name.lower(), "").lower() == "true"


def _number(sent: dict[str, Any], name: str, default: int) -> int:
    value = str(sent.get(name, default))
    if not value.isdecimal():
        raise invalid_request([name])
    return int(value)
