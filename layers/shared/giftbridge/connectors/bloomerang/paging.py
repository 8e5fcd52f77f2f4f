"""Which constituents changed: a full walk by id, then deltas by the vendor's own stamps.

Nothing here trusts page edges. Pages are read in the order of ids, where an edit moves nothing: each begins a few rows
before the end of the last one, and one that shows none of those steps back, as rows before it were deleted. A walk that
saw fewer rows than the vendor counts is walked again with other edges.
Whether `lastModified` includes its edge is not documented, so windows overlap by a second.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, Field

from giftbridge.connectors.bloomerang.models import Constituent, Email

PAGE: Final = 50
EDGE_ROWS: Final = 3
KNOWN_ROWS: Final = 2
OVERLAP: Final = timedelta(seconds=1)
CHILD_LISTS: Final = ("/emails", "/addresses")

Fetch = Callable[[str, Mapping[str, Any]], Any]


class Cursor(BaseModel):
    """Where the reader stands. `stamps` are the vendor's, one per list."""

    walked: bool = False
    skip: int = 0
    seen: int = 0
    total: int = 0
    highest: int = 0
    again: bool = False
    stamps: dict[str, str] = Field(default_factory=dict)
    part: int = 0
    newest: str = ""
    just_read: dict[int, str] = Field(default_factory=dict)
    """Constituents of the last page and their stamps: contact rows that changed no later need no second look."""

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """From what `__str__` wrote; an empty text starts from the beginning."""
        return cls.model_validate_json(text) if text else cls()

    def __str__(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Step:
    """One page: raw constituents, ids of constituents whose contact rows changed, and where to go on."""

    cursor: Cursor
    more: bool
    constituents: list[dict[str, Any]] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)
    total: int | None = None


def next_page(cursor: Cursor, fetch: Fetch, poll_children: bool) -> Step:
    """Read one page of the walk or of the delta."""
    if not cursor.walked:
        return _walk(cursor, fetch)
    if cursor.part == 0:
        return _delta(cursor, fetch, poll_children)
    return _children(cursor, fetch)


def _walk(cursor: Cursor, fetch: Fetch) -> Step:
    if not cursor.highest and not cursor.again:
        cursor = cursor.model_copy(update={"stamps": _starting_stamps(fetch)})
    step = _by_id(cursor, fetch, "")
    if step.more:
        return step
    if step.cursor.seen < (step.total or 0) and not cursor.again:
        return Step(Cursor(again=True, stamps=cursor.stamps), True, step.constituents, total=step.total)
    return Step(Cursor(walked=True, stamps=cursor.stamps), False, step.constituents, total=step.total)


def _by_id(cursor: Cursor, fetch: Fetch, window: str) -> Step:
    """The next page in order of ids. Two rows known already at its beginning prove that none between was left out."""
    start = max(0, cursor.skip - EDGE_ROWS)
    take = PAGE // 2 if cursor.again and not start else PAGE
    query = {"skip": start, "take": take, "orderBy": "Id", "orderDirection": "Asc"}
    page = fetch("/constituents", query | _since(window))
    rows, total = page["Results"], page["TotalFiltered"]
    fresh = {row["Id"] for row in rows if row["Id"] > cursor.highest}
    if start and len(rows) - len(fresh) < KNOWN_ROWS:
        return Step(cursor.model_copy(update={"skip": max(0, start - PAGE // 2)}), True, total=total)
    reached = start + len(rows)
    moved = {"skip": reached, "seen": cursor.seen + len(fresh), "highest": max(fresh, default=cursor.highest)}
    return Step(cursor.model_copy(update=moved), _goes_on(cursor, start, rows, total), rows, total=total)


def _goes_on(cursor: Cursor, start: int, rows: list[Any], total: int) -> bool:
    """Whether there is another page. A full one that repeated a row at its beginning may have lost its last."""
    reached = start + len(rows)
    return cursor.skip < reached and (reached < total or (start > 0 and len(rows) == PAGE))


def _starting_stamps(fetch: Fetch) -> dict[str, str]:
    """The newest stamp before the walk: where the first delta begins."""
    newest = fetch("/constituents", {"take": 1, "orderBy": "LastModifiedDate", "orderDirection": "Desc"})["Results"]
    if not newest:
        return {}
    stamp = newest[0]["AuditTrail"]["LastModifiedDate"]
    return dict.fromkeys(("/constituents", *CHILD_LISTS), stamp)


def _delta(cursor: Cursor, fetch: Fetch, poll_children: bool) -> Step:
    """Rows of the edge come again: two edits of one second can't be told apart, so none is left out.

    The newest rows come first: they tell where the next delta begins, and mostly are all there is.
    """
    window = cursor.stamps.get("/constituents", "")
    if cursor.newest:
        step = _by_id(cursor, fetch, window)
        return step if step.more else _constituents_done(cursor, cursor.newest, step.constituents, poll_children)
    query: dict[str, Any] = {"skip": 0, "take": PAGE, "orderBy": "LastModifiedDate", "orderDirection": "Desc"}
    page = fetch("/constituents", query | _since(window))
    rows = page["Results"]
    newest = max([window, *map(stamp_of, rows)])
    if len(rows) < page["TotalFiltered"]:
        return Step(cursor.model_copy(update={"newest": newest}), True, rows)
    return _constituents_done(cursor, newest, rows, poll_children)


def _constituents_done(cursor: Cursor, newest: str, rows: list[dict[str, Any]], poll_children: bool) -> Step:
    following = Cursor(walked=True, stamps={**cursor.stamps, "/constituents": newest})
    if poll_children:
        read = {row["Id"]: stamp_of(row) for row in rows}
        following = following.model_copy(update={"part": 1, "just_read": read})
    return Step(following, poll_children, rows)


def _children(cursor: Cursor, fetch: Fetch) -> Step:
    """E-mails and addresses have lists by change but no order: read under a fixed window, back where rows went."""
    path = CHILD_LISTS[cursor.part - 1]
    window = cursor.stamps.get(path, "")
    start = max(0, cursor.skip - EDGE_ROWS)
    page = fetch(path, {"skip": start, "take": PAGE} | _since(window))
    rows, total = page["Results"], page["TotalFiltered"]
    touched = sorted({row["AccountId"] for row in rows if stamp_of(row) > cursor.just_read.get(row["AccountId"], "")})
    # What the list of constituents has shown, read before, is past for this one too.
    newest = cursor.newest or max([window, cursor.stamps.get("/constituents", ""), *map(stamp_of, rows)])
    reached, lost = start + len(rows), max(0, cursor.total - total) if start else 0
    if lost or _goes_on(cursor, start, rows, total):
        moved = {"newest": newest, "total": total, "skip": max(0, reached - lost)}
        return Step(cursor.model_copy(update=moved), True, touched=touched)
    last = cursor.part == len(CHILD_LISTS)
    following = Cursor(
        walked=True,
        stamps={**cursor.stamps, path: newest},
        part=0 if last else cursor.part + 1,
        just_read={} if last else cursor.just_read,
    )
    return Step(following, not last, touched=touched)


def created_since(fetch: Fetch, since: datetime, path: str, query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a list that were created at or after `since` (vendor's stamps), newest first."""
    found: list[dict[str, Any]] = []
    skip = 0
    while True:
        page = fetch(path, {"skip": skip, "take": PAGE, "orderBy": "CreatedDate", "orderDirection": "Desc", **query})
        rows = page["Results"]
        recent = [row for row in rows if (Email.model_validate(row).AuditTrail.CreatedDate or since) >= since]
        found += recent
        skip += len(rows)
        if len(recent) < len(rows) or not rows or skip >= page["TotalFiltered"]:
            return found


def _since(stamp: str) -> dict[str, str]:
    return {"lastModified": _minus(stamp)} if stamp else {}


def _minus(stamp: str) -> str:
    if not stamp:
        return ""
    moment = datetime.fromisoformat(stamp) - OVERLAP
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_of(row: Mapping[str, Any]) -> str:
    """When a row was last changed, as the vendor wrote it; such texts sort by time."""
    return str((row.get("AuditTrail") or {}).get("LastModifiedDate") or "")


def is_person(row: Mapping[str, Any]) -> bool:
    """Whether a search result is a constituent at all; households are mixed in."""
    return Constituent.model_validate(row).Type in ("Individual", "Organization")
