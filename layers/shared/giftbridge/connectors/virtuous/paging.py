"""Which contacts changed: all of them first, then those whose stamp is not older than the newest one of the last round.

Pages are read in the order of ids, where an edit moves nothing. Each begins with the last row of the one before: where
that is gone, rows before it went, and the round is read again from its beginning. The next round begins at the newest
stamp that stood before this one's first page was read, so that what changes while pages are read comes again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from giftbridge.connectors.virtuous.models import moment
from giftbridge.errors import Retry

EDGE_ROWS: Final = 1
OVERLAP: Final = timedelta(seconds=1)
"""Whether a window includes its edge is not documented, nor to which part of a second it is exact."""
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

Raw = Mapping[str, Any]


class Cursor(BaseModel):
    """Where the reader stands: stamps of the vendor's (this round's, the next one's), rows read, the highest id."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: str = ""
    until: str = ""
    reached: int = 0
    highest: int = 0

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """From what `__str__` wrote; an empty text starts from the beginning."""
        return cls.model_validate_json(text) if text else cls()

    def __str__(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Listed:
    """A page as the vendor sent it, and how many rows there are in all."""

    rows: Sequence[Raw]
    total: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A page to read: contacts changed at or after `since` (None: all), by id or the last changed one first."""

    since: datetime | None
    skip: int
    take: int
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Rows that are news, and where to go on."""

    rows: Sequence[Raw]
    cursor: Cursor
    more: bool
    total: int | None = None


Ask = Callable[[Asked], Listed]


def next_page(cursor: Cursor, take: int, ask: Ask) -> Step:
    """Read one page. A round of several pages first learns where the next one is to begin."""
    if not cursor.since and not cursor.until:
        cursor = cursor.model_copy(update={"until": _newest_stamp(ask, None)})
    window = since(cursor)
    start = max(0, cursor.reached - EDGE_ROWS)
    listed = ask(Asked(window, start, take))
    ids = [number(row) for row in listed.rows]
    if ids != sorted(ids):
        raise Retry("Virtuous does not sort a list as it was asked to.", code="order_ignored")
    if start and (not ids or ids[0] > cursor.highest):
        return Step((), Cursor(since=cursor.since, until=cursor.until), True, listed.total)
    return _after(cursor, start, listed, window, ask)


def _after(cursor: Cursor, start: int, listed: Listed, window: datetime | None, ask: Ask) -> Step:
    """What a page that is in its place leads to. Raises `Retry` where the list breaks off."""
    rows = [row for row in listed.rows if window is None or (stamp(row) or window) >= window]
    reached = start + len(listed.rows)
    if reached >= listed.total:
        until = cursor.until or _latest([cursor.since, *(str(row.get("modifiedDateTimeUtc") or "") for row in rows)])
        return Step(rows, Cursor(since=until), False, listed.total)
    if reached <= cursor.reached:
        raise Retry("Virtuous's list breaks off before its end.", code="list_breaks_off")
    if not cursor.until:
        return Step(rows, Cursor(since=cursor.since, until=_newest_stamp(ask, window) or cursor.since), True)
    highest = number(listed.rows[-1])
    return Step(rows, cursor.model_copy(update={"reached": reached, "highest": highest}), True, listed.total)


def since(cursor: Cursor) -> datetime | None:
    """Where a round begins, a little before the newest stamp of the last one."""
    begun = moment(cursor.since)
    return begun - OVERLAP if begun else None


def _newest_stamp(ask: Ask, window: datetime | None) -> str:
    """The newest stamp there is now. Where the vendor does not sort by it, it is any: older, so nothing is lost."""
    listed = ask(Asked(window, 0, 1, newest_first=True))
    return str(listed.rows[0].get("modifiedDateTimeUtc") or "") if listed.rows else ""


def _latest(stamps: Sequence[str]) -> str:
    return max(stamps, key=lambda text: moment(text) or LONG_AGO)


def stamp(row: Raw) -> datetime | None:
    """When a row says that it was changed. Raises `Retry` for what is no time."""
    try:
        return moment(row.get("modifiedDateTimeUtc"))
    except ValueError:
        raise Retry("Virtuous sent a contact with a time that is none.", code="garbled") from None


def number(row: Raw) -> int:
    """A row's id. Raises `Retry` for a row without one."""
    found = row.get("id")
    if not isinstance(found, int):
        raise Retry("Virtuous sent a list with a row that has no id.", code="garbled")
    return found
