"""Import files as a spreadsheet reads them; and pledges, which are not guessed."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.connectors.commitments import PledgeSeen
from giftbridge.domain.gift import Designation, Gift, GiftStatus, Pledge, Schedule
from giftbridge.jobs.gifts.commitment import chosen_pledge
from giftbridge.jobs.pull.files import FORMULAS, table_text
from giftbridge.jobs.pull.recognise import FOUND, mark
from giftbridge.stores.connections import Connection

GIFT = Gift(
    id="1", contact_id="2", amount=2_500, currency="USD", status=GiftStatus.SUCCEEDED, method="card",
    occurred_at=datetime(2026, 3, 1, tzinfo=UTC), designations=(Designation(2_500),), pledge=Pledge("9", 100_000),
)  # fmt: skip


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0"])
def test_F37_no_cell_is_a_formula(cell: str) -> None:
    (row,) = csv.reader(io.StringIO(table_text([[cell]]), newline=""))
    assert row == [f"'{cell}"]


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=2)
    )
)
def test_F37_every_other_cell_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(table_text(rows), newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]
    assert not [cell for row in read for cell in row if cell.startswith(FORMULAS)]


def test_F36_a_pledge_is_linked_only_where_it_can_be_no_other() -> None:
    pledge = Pledge("9", 100_000)
    fits, other, paid = (
        PledgeSeen("1", 100_000, 50_000),
        PledgeSeen("2", 90_000, 90_000),
        PledgeSeen("3", 100_000, 2_499),
    )
    assert chosen_pledge([other, fits, paid], GIFT, pledge) == "1"
    assert chosen_pledge([fits, replace(fits, id="4")], GIFT, pledge) == ""
    assert chosen_pledge([other, paid], GIFT, pledge) == ""


def test_F36_a_schedule_says_in_words_how_often_it_is_paid() -> None:
    monthly = Schedule("1", "monthly", 1, GIFT.occurred_at)
    assert monthly.words == "recurring monthly"
    assert replace(monthly, frequency="every_two_weeks").words == "recurring every two weeks"
    assert replace(monthly, frequency="other").words == "recurring"


def test_F37_the_mark_of_a_pulled_gift_is_found_in_a_note() -> None:
    connection = Connection("c1", "p", "7", "b", "b:1234")
    found = FOUND.search(f"Thank you [{mark(connection, '5001')}]; more")
    assert found is not None
    assert found.groups() == ("b:1234", "5001")
