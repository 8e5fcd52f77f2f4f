"""No changed constituent is ever missed, whatever moves while pages are read."""

import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from giftbridge.connectors.bloomerang import paging
from tests.connectors.bloomerang.vendor_lists import Edges, Reader, VendorLists

EDGES: tuple[Edges, ...] = ("kept", "dropped", "repeated", "swapped")
THOROUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def reader_of(vendor: VendorLists, poll_children: bool = True) -> Reader:
    def next_page(cursor: str) -> tuple[str, bool, list[dict[str, Any]], list[int]]:
        step = paging.next_page(paging.Cursor.parse(cursor), vendor.fetch, poll_children)
        return str(step.cursor), step.more, step.constituents, step.touched

    return Reader(vendor, next_page)


def walked(people: int, **switches: Any) -> tuple[VendorLists, Reader]:
    """A reader that has seen everybody."""
    vendor = VendorLists(**switches)
    for number in range(1, people + 1):
        vendor.add(number)
    reader = reader_of(vendor)
    reader.drain(at_most=2 * people // 50 + 10)
    vendor.second += 10
    return vendor, reader


def settle(vendor: VendorLists, reader: Reader) -> None:
    """Nobody changes anything any more, and the reader reads to the end."""
    vendor.meanwhile = lambda: None
    vendor.second += 10
    reader.drain(at_most=len(vendor.people) + 50)
    reader.drain(at_most=len(vendor.people) + 50)


@pytest.mark.parametrize("people", [0, 1, 49, 50, 51, 100, 151])
@pytest.mark.parametrize("edges", EDGES)
def test_a_walk_sees_everybody(people: int, edges: Edges) -> None:
    _, reader = walked(people, edges=edges)
    assert len(reader.known) == people


@pytest.mark.parametrize("gone", [1, 3, 4, 20, 50])
def test_a_walk_misses_nobody_when_others_are_deleted_meanwhile(gone: int) -> None:
    vendor = VendorLists()
    for number in range(1, 181):
        vendor.add(number)
    doomed = iter(range(1, gone + 1))

    def delete_some() -> None:
        if vendor.calls >= 2:
            for number in doomed:
                vendor.delete(number)

    vendor.meanwhile = delete_some
    reader = reader_of(vendor)
    reader.drain(at_most=60)
    assert reader.missed() == {}


def test_a_quiet_delta_is_one_page_a_list() -> None:
    vendor, reader = walked(120)
    reader.drain(at_most=20)
    calls = vendor.calls
    reader.drain(at_most=20)
    assert vendor.calls - calls <= 2 * (1 + len(paging.CHILD_LISTS)), "people of the last second may come once more"


@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("ties_descend", [True, False])
@pytest.mark.parametrize("flood", [50, 51, 140])
def test_a_second_may_hold_more_changes_than_a_page(
    edges: Edges, inclusive: bool, ties_descend: bool, flood: int
) -> None:
    vendor, reader = walked(150, edges=edges, inclusive=inclusive, ties_descend=ties_descend)
    for number in range(1, flood + 1):
        vendor.edit(number)
    reader.drain(at_most=60)
    assert reader.missed() == {}


@pytest.mark.parametrize("ties_descend", [True, False])
def test_rows_of_a_flood_that_our_own_writes_move_hide_no_others(ties_descend: bool) -> None:
    vendor, reader = walked(200, ties_descend=ties_descend)
    for number in range(1, 181):
        vendor.edit(number)
    vendor.second += 5
    written: set[int] = set()

    def write_what_was_read() -> None:
        for number in sorted(set(reader.known) - written)[:50]:
            written.add(number)
            vendor.edit(number)

    reader.known.clear()
    vendor.meanwhile = write_what_was_read
    reader.drain(at_most=100)
    settle(vendor, reader)
    assert {number: seen for number, seen in reader.missed().items() if number <= 180} == {}


@pytest.mark.parametrize("ties_descend", [True, False])
def test_deletions_in_a_flood_hide_no_others(ties_descend: bool) -> None:
    vendor, reader = walked(200, ties_descend=ties_descend)
    for number in range(1, 181):
        vendor.edit(number)
    doomed = iter([10, 11, 12, 13, 14, 170, 171, 172, 173, 174])

    def delete_some() -> None:
        for _ in range(5):
            vendor.delete(next(doomed, 0))

    vendor.meanwhile = delete_some
    reader.drain(at_most=60)
    settle(vendor, reader)
    assert reader.missed() == {}


@pytest.mark.parametrize("bumps", [True, False])
@pytest.mark.parametrize("edges", EDGES)
def test_changed_contact_rows_are_followed_to_their_constituent(bumps: bool, edges: Edges) -> None:
    vendor, reader = walked(180, bumps=bumps, edges=edges)
    for number in range(1, 170):
        vendor.edit_email(number)
    settle(vendor, reader)
    assert reader.missed() == {}


def test_contact_rows_are_not_polled_where_the_constituent_tells() -> None:
    vendor = VendorLists()
    vendor.add(1)
    reader = reader_of(vendor, poll_children=False)
    reader.drain(at_most=3)
    calls = vendor.calls
    reader.drain(at_most=1)
    assert vendor.calls == calls + 1


def test_an_empty_database_is_left_at_once_and_its_first_person_is_seen() -> None:
    vendor, reader = walked(0)
    vendor.add(7)
    settle(vendor, reader)
    assert reader.missed() == {}


class Turmoil:
    """People who edit, import, merge and delete between pages, by a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.vendor = VendorLists(
            inclusive=self.random.random() < 0.5,
            bumps=self.random.random() < 0.5,
            edges=self.random.choice(EDGES),
            ties_descend=self.random.random() < 0.5,
        )
        for number in range(1, self.random.choice([3, 60, 160]) + 1):
            self.vendor.second += self.random.choice([0, 0, 0, 1])
            self.vendor.add(number)
        self.vendor.meanwhile = self.happen

    def happen(self) -> None:
        """A few things at once."""
        for _ in range(self.random.choice([0, 0, 1, 2, 5])):
            self.random.choice(
                [self._tick, self._edit, self._edit, self._email, self._add, self._delete, self._flood]
            )()

    def _someone(self) -> int:
        return self.random.choice(sorted(self.vendor.people) or [0])

    def _tick(self) -> None:
        self.vendor.second += self.random.choice([1, 2, 60])

    def _edit(self) -> None:
        self.vendor.edit(self._someone())

    def _email(self) -> None:
        self.vendor.edit_email(self._someone())

    def _add(self) -> None:
        self.vendor.add(max(self.vendor.versions, default=0) + 1)

    def _delete(self) -> None:
        self.vendor.delete(self._someone())

    def _flood(self) -> None:
        people = sorted(self.vendor.people)
        for number in self.random.sample(people, self.random.randint(0, len(people))):
            self.vendor.edit(number)


@THOROUGH
@given(st.integers(min_value=0, max_value=10**9))
def test_no_changed_row_is_missed_in_any_turmoil(seed: int) -> None:
    turmoil = Turmoil(seed)
    reader = reader_of(turmoil.vendor)
    for _ in range(turmoil.random.randint(1, 25)):
        reader.page()
    settle(turmoil.vendor, reader)
    assert reader.missed() == {}


@THOROUGH
@given(st.integers(min_value=0, max_value=10**9))
def test_reading_ends_however_much_happens_before_it(seed: int) -> None:
    turmoil = Turmoil(seed)
    reader = reader_of(turmoil.vendor)
    for _ in range(5):
        turmoil.happen()
        reader.page()
    turmoil.vendor.meanwhile = lambda: None
    reader.drain(at_most=3 * len(turmoil.vendor.people) // (paging.PAGE - paging.EDGE_ROWS) + 15)


def test_created_since_stops_at_the_first_older_row() -> None:
    vendor = VendorLists()
    for number in range(1, 121):
        vendor.second = number
        vendor.add(number)
    since = datetime.fromisoformat(vendor.row(40)["AuditTrail"]["CreatedDate"])
    found = paging.created_since(vendor.fetch, since, "/constituents", {})
    assert [row["Id"] for row in found] == list(range(120, 39, -1))
    assert vendor.calls == 2
