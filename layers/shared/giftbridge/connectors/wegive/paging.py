"""Lists that move while they are read: all donors, all gifts, then gifts by the vendor's stamps.

Pages are numbered by the vendor, so rows that go or come shift all that follow. Every list is read in the order of ids,
where an edit moves nothing, and no page edge is trusted: each page begins a few rows before the end of the last one,
and one that shows none of those steps back, as rows before it are gone. Only the size of a page can move its
beginning, so it is chosen for that.

Windows of changes have no end: a gift that changes again stays within. Rows of a list have no stamps, so the next
window begins where the vendor's own clock stood (the `Date` of its answer) when the first page of this round was read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

from giftbridge.errors import Retry

EDGE_ROWS: Final = 3
KNOWN_ROWS: Final = 2
WHOLE: Final = ("",)
WINDOWS: Final = ("updated_at", "refunded_at")
"""A refund need not move `updated_at`."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page as the vendor sent it; `total` rows in all, if it tells; its clock, or what to take for it."""

    rows: Sequence[Mapping[str, Any]]
    total: int | None
    clock: str


class Place(BaseModel):
    """How far a list was read: rows, and the highest id among them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reached: int = 0
    highest: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """From what `__str__` wrote; an empty text starts from the beginning."""
        return cls.model_validate_json(text) if text else cls()

    def __str__(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


class Cursor(Place):
    """Where the reader of gifts stands. `since` is the vendor's clock of the round before, `until` of this one."""

    since: str = ""
    until: str = ""
    part: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Rows that were read, and where to go on."""

    rows: Sequence[Mapping[str, Any]]
    place: Place
    more: bool
    clock: str = ""
    total: int | None = None


Ask = Callable[[int, int], Listed]
"""(number of the page, rows a page) -> the page."""
AskWindow = Callable[[str, str, int, int], Listed]
"""The same with (stamp of a window or empty, since) before."""


def read(place: Place, most: int, ask: Ask) -> Step:
    """The next page, at most `most` rows. Raises `Retry` where they are not sorted by id or end early."""
    page, count = _page_from(place.reached, most)
    listed = ask(page, count)
    ids = [number(row) for row in listed.rows]
    if ids != sorted(ids):
        raise Retry("WeGive does not sort a list as it was asked to.", code="order_ignored")
    start = (page - 1) * count
    if start and sum(one <= place.highest for one in ids) < KNOWN_ROWS:
        back = Place(reached=max(0, place.reached - most // 2), highest=place.highest)
        return Step((), back, True, listed.clock, listed.total)
    moved = Place(reached=start + len(ids), highest=max(ids, default=place.highest))
    more = not _ends(place, moved, listed.total, len(ids) <= count - EDGE_ROWS)
    return Step(listed.rows, moved, more, listed.clock, listed.total)


def _page_from(reached: int, most: int) -> tuple[int, int]:
    """Number and size of the page that begins some rows before `reached` and leads farthest."""
    if reached <= EDGE_ROWS:
        return 1, most
    before = reached - EDGE_ROWS
    count = max(range(most // 2, most + 1), key=lambda size: (before // size + 1) * size)
    return before // count + 1, count


def _ends(place: Place, moved: Place, total: int | None, short: bool) -> bool:
    """Only a short page ends a list, as a full one may have lost its last row to one that it repeats.

    And only if the vendor counts no more; where it counts nothing, if the page leads nowhere. Raises `Retry` where it
    counts rows that no page shows, such as behind pages smaller than asked for.
    """
    stands = moved.reached <= place.reached
    if not short or total is None:
        return short and stands
    if moved.reached + EDGE_ROWS > total:
        return True
    if stands:
        raise Retry("WeGive's list breaks off before its end.", code="list_breaks_off")
    return False


def next_page(cursor: Cursor, most: int, ask: AskWindow) -> tuple[Step, Cursor]:
    """The next page of all gifts (the first time) or of what changed, and the cursor after it."""
    windows = WINDOWS if cursor.since else WHOLE
    window = windows[cursor.part]
    step = read(cursor, most, lambda page, count: ask(window, cursor.since, page, count))
    until = cursor.until or step.clock
    if step.more:
        at = {"reached": step.place.reached, "highest": step.place.highest, "until": until}
        return step, cursor.model_copy(update=at)
    if cursor.part + 1 < len(windows):
        return Step(step.rows, step.place, True), Cursor(since=cursor.since, until=until, part=cursor.part + 1)
    return step, Cursor(since=until)


def number(row: Mapping[str, Any]) -> int:
    """A row's id. Raises `Retry` for a row without one."""
    text = str(row.get("id"))
    if not (text.isascii() and text.isdecimal()):
        raise Retry("WeGive sent a list with a row that has no id.", code="garbled")
    return int(text)
