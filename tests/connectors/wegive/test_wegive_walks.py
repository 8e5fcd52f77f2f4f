"""Lists in memory whose rows go, and whose page edges are spoilt, by chance: what stays is seen."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from giftbridge.connectors.wegive import paging
from giftbridge.errors import Retry

MOST = 25
Rows = list[int]


def kept(page: Rows, _before: Rows) -> Rows:
    return page


def dropped(page: Rows, _before: Rows) -> Rows:
    return page[1:]


def repeated(page: Rows, before: Rows) -> Rows:
    return [*before[-1:], *page]


def swapped(page: Rows, before: Rows) -> Rows:
    return [*before[-1:], *page[1:]]


Edge = Callable[[Rows, Rows], Rows]
EDGES: tuple[Edge, ...] = (kept, dropped, repeated, swapped)
"""What a page shows, of its rows and those before it; it is cut to its size afterwards."""


def walked(ask: paging.Ask) -> set[int]:
    """Every id that a walk sees; its place moves with every page."""
    seen, place = set[int](), paging.Place()
    for _ in range(300):
        step = paging.read(place, MOST, ask)
        seen |= {row["id"] for row in step.rows}
        if not step.more:
            return seen
        assert step.place != place, "the list does not go on"
        place = step.place
    pytest.fail("the list has no end")


def listed(rows: Rows, page: int, count: int, edge: Edge, total: bool = True) -> paging.Listed:
    """A page of rows; the first one is never spoilt."""
    first = (page - 1) * count
    shown = rows[first : first + count]
    shown = edge(shown, rows[:first])[:count] if first and shown else shown
    return paging.Listed([{"id": row} for row in shown], len(rows) if total else None, "")


@pytest.mark.parametrize("most", [MOST, 200])
def test_a_page_begins_before_the_last_one_ends_and_leads_on(most: int) -> None:
    for reached in range(paging.EDGE_ROWS + 1, 5000):
        page, count = paging._page_from(reached, most)
        assert count <= most
        assert (page - 1) * count <= reached - paging.EDGE_ROWS
        assert page * count > reached + paging.EDGE_ROWS - 1, "a page that is nearly full leads on"


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("edge", EDGES)
def test_lists_of_every_length_are_seen_whole(edge: Edge, total: bool) -> None:
    for length in range(130):
        rows = list(range(1, length + 1))
        seen = walked(lambda page, count, rows=rows: listed(rows, page, count, edge, total))  # type: ignore[misc]
        assert seen == set(rows), length


class Going:
    """A list of which rows go after each page, by chance; `stays` are the others."""

    def __init__(self, seed: int, edge: Edge) -> None:
        self.chance = random.Random(seed)
        self.rows = list(range(1, self.chance.choice([2, 25, 26, 27, 181, 401])))
        self.stays = set(self.rows)
        self.edge = edge
        self.counts = bool(seed % 3)

    def ask(self, page: int, count: int) -> paging.Listed:
        """A page as the vendor shows it, after which some rows go, mostly few and before its end."""
        told = listed(self.rows, page, count, self.edge, self.counts)
        passed = self.rows[: page * count]
        for row in self.chance.sample(passed, min(len(passed), self.chance.choice([0, 0, 1, 2, 3, 5, 40]))):
            self.rows.remove(row)
            self.stays.discard(row)
        return told


@pytest.mark.parametrize("edge", EDGES)
def test_rows_that_stay_are_seen_whatever_goes(edge: Edge) -> None:
    for seed in range(300):
        going = Going(seed, edge)
        seen = walked(going.ask)
        assert going.stays <= seen, seed


def test_pages_that_are_smaller_than_asked_for_are_no_end() -> None:
    rows = list(range(1, 101))
    with pytest.raises(Retry) as failed:
        walked(lambda page, _count: listed(rows, page, 10, kept))
    assert failed.value.code == "list_breaks_off"


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": "x"}, {"id": "²"}])
def test_a_row_without_an_id_is_no_row(row: dict[str, str]) -> None:
    with pytest.raises(Retry):
        paging.read(paging.Place(), MOST, lambda _page, _count: paging.Listed([row], 1, ""))


def test_the_next_window_begins_where_the_clock_stood_at_the_first_page() -> None:
    moment, asked, rows = datetime(2026, 3, 1, tzinfo=UTC), set[tuple[str, str]](), list(range(1, 80))

    def ask(window: str, since: str, page: int, count: int) -> paging.Listed:
        nonlocal moment
        moment += timedelta(minutes=1)
        asked.add((window, since))
        return paging.Listed(listed(rows, page, count, kept).rows, len(rows), moment.isoformat())

    cursor, rounds = paging.Cursor(), list[str]()
    while len(rounds) < 2:
        step, cursor = paging.next_page(paging.Cursor.parse(str(cursor)), MOST, ask)
        if not step.more:
            rounds.append(cursor.since)
            pages = moment
    first, second = rounds
    assert first == "2026-03-01T00:01:00+00:00"
    assert asked == {("", ""), ("updated_at", first), ("refunded_at", first)}
    assert first < second < pages.isoformat()
