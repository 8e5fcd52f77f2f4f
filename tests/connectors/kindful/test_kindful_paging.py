"""Queries while their tokens die and their rows move: whoever is there is seen, in the end."""

import re
from typing import Any

import pytest

from giftbridge.connectors.kindful import mapping, paging
from giftbridge.errors import Retry
from tests.connectors.kindful.bridge import Bridge

pytest_plugins = ["tests.sandbox.kindful_fixtures"]

PEOPLE = 130
QUERY = "/api/v1/contacts/query"


def everybody(bridge: Bridge) -> set[str]:
    return {f"k{row['id']}" for row in bridge.account.state()["contact"]}


@pytest.mark.parametrize("top_level", ["and", "or"])
@pytest.mark.parametrize("way", ["snapshot", "live"])
def test_all_pages_are_read_whatever_the_top_of_a_query_means(bridge: Bridge, top_level: str, way: str) -> None:
    bridge.account.set_options(top_level=top_level, paging=way)
    bridge.account.seed(people=PEOPLE)
    assert set(bridge.listed()) == everybody(bridge)
    assert bridge.account.count("POST", QUERY) == 3
    assert set(bridge.listed("changes")) == everybody(bridge), "none of them was acknowledged"


@pytest.mark.parametrize("columns", ["used", "all"])
def test_only_the_columns_that_are_used_are_asked_for(bridge: Bridge, columns: str) -> None:
    bridge.account.seed(people=3)
    bridge.connector = bridge.connected(columns=columns)
    seen = bridge.listed()
    assert all(one.contact.last_name for one in seen.values())
    asked = bridge.account.journal("POST", QUERY)[0]["body"]["columns"]
    assert asked == {"contact": list(mapping.COLUMNS) if columns == "used" else ["all"]}


@pytest.mark.parametrize("told", ["404", "500", "empty"])
@pytest.mark.parametrize("dies_after", [1, 2])
def test_a_query_whose_token_died_is_asked_again(bridge: Bridge, told: str, dies_after: int) -> None:
    bridge.account.set_options(dead_token=told)
    bridge.account.seed(people=PEOPLE)
    cursor, seen = "", set[str]()
    for page in range(1, 10):
        found = bridge.connector.contact_changes(cursor)
        seen |= {row.id for row in found.rows}
        cursor = found.cursor
        if not found.more:
            break
        if page == dies_after:
            bridge.pass_time(301)
    assert (seen, cursor) == (everybody(bridge), "changes")
    assert bridge.account.count("POST", QUERY) == 4 + dies_after, "one refused, and the pages once more"


def test_an_outage_amid_pages_is_tried_again_from_the_same_place(bridge: Bridge) -> None:
    bridge.account.seed(people=PEOPLE)
    first = bridge.connector.contact_changes("")
    bridge.account.fault("status", path=QUERY, status=503)
    with pytest.raises(Retry):
        bridge.connector.contact_changes(first.cursor)
    assert {*bridge.listed(first.cursor), *(row.id for row in first.rows)} == everybody(bridge)


def test_who_slips_out_of_a_moving_list_is_in_the_next(bridge: Bridge) -> None:
    bridge.account.set_options(paging="live", deleted_in_queries=False)
    people = bridge.account.seed(people=PEOPLE)["people"]
    first = bridge.connector.contact_changes("")
    for gone in people[:5]:
        bridge.account.staff("delete_contact", gone)
    seen = {row.id for row in first.rows} | set(bridge.listed(first.cursor))
    missed = everybody(bridge) - seen
    assert len(missed) == 5
    assert missed <= set(bridge.listed("changes"))


def test_acknowledging_while_a_list_moves_loses_nobody(bridge: Bridge) -> None:
    bridge.account.set_options(paging="live")
    bridge.account.seed(people=PEOPLE)
    seen, cursor = set[str](), "changes"
    for _ in range(20):
        page = bridge.connector.contact_changes(cursor)
        seen |= {row.id for row in page.rows}
        bridge.connector.acknowledge([row.mark for row in page.rows])
        bridge.account.run_jobs()
        cursor = page.cursor
    assert seen == everybody(bridge)
    assert bridge.listed("changes") == {}


def test_a_contact_in_no_form_that_is_known_stops_no_other(bridge: Bridge) -> None:
    good = {"id": 7, "first_name": "Ada", "last_name": "Lane", "updated_at": "1772407800"}
    bad = mapping.readable({**good, "id": 8, "updated_at": "the day before"})
    assert (bad.id, bad.contact.last_name, bool(bad.problem)) == ("k8", "", True)
    assert mapping.readable(good).stamp == mapping.readable({**good, "updated_at": "2026-03-01 23:30:00 UTC"}).stamp


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        (None, False),
        ("", False),
        (True, False),
        ("yes", False),
        (False, True),
        ("false", True),
        ("No", True),
        (0, True),
    ],
)
def test_only_a_plain_no_is_an_opt_out(said: Any, refused: bool) -> None:
    assert mapping.readable({"id": 7, "email_opt_in": said}).contact.email_opt_out is refused


@pytest.mark.parametrize("cursor", ["changes", "all:2:tok_1", "changes:1:tok:2"])
def test_places_survive(cursor: str) -> None:
    assert str(paging.Place.parse(cursor)) == cursor


def test_an_end_is_told_in_several_ways() -> None:
    def more(answer: dict[str, Any], rows: int = 1) -> bool:
        given = {"page": 1, "query_token": "tok_1", "results": [{"id": 1}] * rows, **answer}
        return paging.step(lambda _: given, {"query": []}).more

    assert more({"has_more": True})
    assert not more({"has_more": False}, rows=50)
    assert more({"_links": {"next": {"href": "/api/v1/contacts/query?query_token=tok_1"}}})
    assert not more({"_links": {}}, rows=50)
    assert more({}, rows=50)
    assert not more({}, rows=49)


def test_marks_are_short_and_tell_first_links_from_others(bridge: Bridge) -> None:
    bridge.account.seed(people=1)
    (record,) = bridge.listed().values()
    assert re.fullmatch(r"\d+:1:new", record.mark)
    assert mapping.Seen.parse("12:3:set:a:b").external_id == "a:b"
