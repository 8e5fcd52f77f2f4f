"""Lists of Virtuous while they move: pages, windows to the second or to the day, archived contacts."""

from collections.abc import Callable
from typing import Any

import pytest

from giftbridge.connectors.base import Page
from giftbridge.connectors.virtuous.client import Virtuous
from giftbridge.connectors.virtuous.paging import Asked, Cursor, Listed, next_page
from giftbridge.domain.contact import Record
from giftbridge.errors import Reject, Retry
from local.sandbox.virtuous import VirtuousOrganisation
from tests.connectors.virtuous.conftest import Connect
from tests.sandbox.virtuous_help import SOURCE, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]
pytestmark = pytest.mark.usefixtures("proper")

FULL = "/api/Contact/Query/FullContact"


def round_of(
    connector: Virtuous, cursor: str = "", between: Callable[[int], Any] = lambda _: None
) -> tuple[list[Record], str]:
    """All pages up to the cursor of the next round; `between` is called after each, with how many there were."""
    rows: list[Record] = []
    for place in range(200):
        page: Page[Record] = connector.contact_changes(cursor)
        rows += page.rows
        assert page.cursor != cursor or not page.more, "the cursor stands"
        cursor = page.cursor
        if not page.more:
            return rows, cursor
        between(place)
    pytest.fail("the round has no end")


def ids(rows: list[Record]) -> set[int]:
    """Who was listed."""
    return {int(record.id) for record in rows}


def test_pages_have_a_thousand_rows_asked_for_in_the_url(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    made = virtuous.seed(people=1005)["people"]
    rows, _ = round_of(joined())
    assert ids(rows) == set(made)
    assert len(rows) == 1006, "a page begins with the last row of the one before"
    asked = [(entry["query"], entry["body"]) for entry in virtuous.journal("POST", FULL)]
    assert [query for query, _ in asked][1:] == [{"skip": "0", "take": "1000"}, {"skip": "999", "take": "1000"}]
    assert not [body for _, body in asked if "skip" in body or "take" in body]


def test_a_poll_shows_what_changed_since(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    made = virtuous.seed(people=5, days_ago=2)["people"]
    _, cursor = round_of(joined())
    _, cursor = round_of(joined(), cursor)
    virtuous.staff_edit("contact", made[1], description="changed")
    virtuous.reset_journal()
    rows, cursor = round_of(joined(), cursor)
    assert made[1] in ids(rows)
    assert virtuous.count("POST", FULL) == 1
    _, cursor = round_of(joined(), cursor)
    rows, _ = round_of(joined(), cursor)
    assert ids(rows) <= {made[1]}, "only the edge comes again"


def test_a_change_of_a_person_or_an_address_is_one_of_the_contact(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    virtuous.seed(people=4, days_ago=1)
    contact = make(virtuous)
    _, cursor = round_of(joined())
    virtuous.advance(60)
    (method,) = contact["contactIndividuals"][0]["contactMethods"]
    virtuous.staff_edit("method", method["id"], value="new@example.org")
    rows, _ = round_of(joined(), cursor)
    assert [record.contact.email for record in rows if int(record.id) == contact["id"]] == ["new@example.org"]


@pytest.mark.parametrize("moment", [True, False])
def test_what_changes_while_pages_are_read_comes_in_this_round_or_the_next(
    joined: Connect, virtuous: VirtuousOrganisation, moment: bool
) -> None:
    virtuous.set_options(contact_modified_moment=moment)
    made = virtuous.seed(people=30, days_ago=5)["people"]
    connector, edited, new = joined(page_rows=7), [], []

    def office(place: int) -> None:
        virtuous.advance(5)
        edited.append(made[place])
        virtuous.staff_edit("contact", made[place], description=f"changed {place}")
        new.append(make(virtuous, f"New{place}")["id"])

    rows, cursor = round_of(connector, between=office)
    assert set(made) <= ids(rows)
    later, cursor = round_of(connector, cursor)
    seen = {(int(row.id), row.raw) for row in [*rows, *later]}
    now = connector.contacts([str(one) for one in [*edited, *new]])
    assert {(int(one), record.raw) for one, record in now.items()} <= seen


def test_a_delta_of_many_pages_comes_whole_and_does_not_come_for_ever(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    made = virtuous.seed(people=20, days_ago=5)["people"]
    connector = joined(page_rows=6)
    _, cursor = round_of(connector)
    virtuous.advance(3600)
    for one in made:
        virtuous.staff_edit("contact", one, description="changed")
        virtuous.advance(5)
    rows, cursor = round_of(connector, cursor)
    assert ids(rows) == set(made)
    rows, _ = round_of(connector, cursor)
    assert ids(rows) == {made[-1]}


def test_changes_by_day_pass_over_what_was_seen(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(contact_modified_moment=False)
    made = virtuous.seed(people=3)["people"]
    _, cursor = round_of(joined())
    virtuous.advance(60)
    virtuous.staff_edit("contact", made[0], description="changed")
    rows, _ = round_of(joined(), cursor)
    assert made[0] in ids(rows)
    (condition,) = virtuous.journal("POST", FULL)[-1]["body"]["groups"][0]["conditions"]
    assert condition["parameter"] == "Last Modified Date"
    assert len(condition["value"]) == len("2026-03-01")
    virtuous.advance(60)
    virtuous.staff_edit("contact", made[1], description="changed")
    _, cursor = round_of(joined(), cursor)
    rows, _ = round_of(joined(), cursor)
    assert ids(rows) == {made[1]}


def test_only_contacts_with_a_reference_of_ours_are_listed_if_so_set(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    ours = virtuous.seed(people=2, source=SOURCE)["people"]
    legacy = virtuous.seed(people=2, first=10, source="Legacy RaiseDonors")["people"]
    others = virtuous.seed(people=2, first=20, source="Stripe")["people"]
    both = {"only_referenced": True, "reference_sources_read": "Raise | legacy raisedonors"}
    assert ids(round_of(joined())[0]) == {*ours, *legacy, *others}
    assert ids(round_of(joined(only_referenced=True))[0]) == set(ours)
    assert ids(round_of(joined(**both))[0]) == {*ours, *legacy}


def test_an_empty_organisation_is_read_to_its_end(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    rows, cursor = round_of(joined())
    assert rows == []
    assert cursor
    made = make(virtuous)
    assert ids(round_of(joined(), cursor)[0]) == {made["id"]}


def test_a_question_that_is_refused_is_told_without_the_vendors_words(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    virtuous.fault(mode="status", status=400, method="POST", path=FULL, body={"message": "ada@example.org is wrong"})
    with pytest.raises(Reject) as refused:
        joined().contact_changes("")
    assert "ada" not in str(refused.value)


# -- lists that can't be made to happen here


def page_of(*numbers: int, total: int | None = None) -> Listed:
    """A page of contacts that never changed."""
    rows = [{"id": number, "modifiedDateTimeUtc": "2026-02-01T00:00:00"} for number in numbers]
    return Listed(rows, len(rows) if total is None else total)


def test_where_rows_went_the_round_begins_anew() -> None:
    at = Cursor(until="2026-02-01T00:00:00", reached=4, highest=4)
    step = next_page(at, 4, lambda _: page_of(6, 7, total=6))
    assert (step.rows, step.cursor, step.more) == ((), Cursor(until="2026-02-01T00:00:00"), True)


@pytest.mark.parametrize(
    ("page", "code"),
    [(page_of(2, 1), "order_ignored"), (page_of(total=3), "list_breaks_off")],
)
def test_a_list_that_makes_no_sense_is_tried_again(page: Listed, code: str) -> None:
    with pytest.raises(Retry) as told:
        next_page(Cursor(since="2026-02-01T00:00:00"), 4, lambda _: page)
    assert told.value.code == code


def test_where_the_newest_row_is_not_told_the_next_round_reads_more_and_loses_nothing() -> None:
    """A vendor that does not sort by change shows an old row: the next round begins there."""

    def ask(asked: Asked) -> Listed:
        return page_of(1) if asked.newest_first else page_of(1, 2, 3)

    assert next_page(Cursor(), 4, ask).cursor == Cursor(since="2026-02-01T00:00:00")
