"""How the list of gifts is asked for."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from giftbridge.errors import Reject, Retry
from tests.connectors.contract import NOW, Bench
from tests.connectors.wegive.case import CASE, EMPTY, GIFT, GUESTS_GIFT, answered


def test_every_gift_of_a_page_is_listed_with_its_day() -> None:
    page = Bench("wegive", CASE).connector.gift_changes("")
    assert [seen.id for seen in page.rows] == [GIFT, GUESTS_GIFT]
    assert page.rows[0].occurred_at == datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    assert not page.more


def started_at(headers: dict[str, str], settings: dict[str, Any] | None = None) -> str:
    """What the window asks for that follows an answer with these headers."""
    bench = Bench("wegive", CASE, settings=settings or {})
    bench.troubles[0] = lambda request: httpx.Response(200, json=CASE.answer(request).json(), headers=headers)
    connector = bench.connector
    connector.gift_changes(connector.gift_changes("").cursor)
    return bench.sent[-1].url.params["updated_at[start]"]


def test_a_window_begins_by_the_vendors_clock_and_overlaps() -> None:
    assert started_at({"Date": "Sun, 01 Mar 2026 09:00:00 GMT"}) == "2026-03-01T08:55:00Z"
    assert started_at({"Date": "Sun, 01 Mar 2026 09:00:00 GMT"}, {"range_precision": "days"}) == "2026-03-01"
    assert started_at({"Date": "Sun, 01 Mar 2026 09:00:00 GMT"}, {"overlap_seconds": 60}) == "2026-03-01T08:59:00Z"


def test_a_vendors_clock_that_is_ahead_is_not_followed() -> None:
    assert started_at({"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}) == "2026-03-01T11:55:00Z"


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_our_clock_counts_an_hour_less_where_the_vendor_tells_none(headers: dict[str, str]) -> None:
    assert NOW.isoformat() == "2026-03-01T12:00:00+00:00"
    assert started_at(headers) == "2026-03-01T10:55:00Z"


def test_a_list_that_is_not_sorted_as_asked_is_not_believed() -> None:
    rows = list(reversed(CASE.fixture("transactions.json")["data"]))
    bench = Bench("wegive", CASE, troubles={0: answered({"data": rows, "meta": {"total": 2}})})
    with pytest.raises(Retry) as failed:
        bench.connector.gift_changes("")
    assert failed.value.code == "order_ignored"


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        ({}, {"sort[id]": "asc", "is_test": "0"}),
        ({"range_encoding": "json"}, {"sort": '{"id": "asc"}', "is_test": "0"}),
        ({"test_filter": ""}, {"sort[id]": "asc"}),
    ],
)
def test_how_a_question_is_put_is_a_setting(settings: dict[str, Any], asked: dict[str, str]) -> None:
    bench = Bench("wegive", CASE, settings=settings)
    bench.connector.gift_changes("")
    shared = {"view": "all", "type": "both", "page": "1", "count": "200"}
    assert dict(bench.sent[0].url.params) == shared | asked


def test_paths_may_do_without_dashboard() -> None:
    bench = Bench("wegive", CASE, settings={"dashboard_paths": False})
    bench.troubles[0] = answered(EMPTY)
    bench.connector.gift_changes("")
    assert bench.sent[0].url.path == "/api/transactions"


def test_a_refused_question_is_told_in_our_words() -> None:
    body = {"message": "The sort field must be an array for ada.lane@example.org."}
    bench = Bench("wegive", CASE, troubles={0: lambda _: httpx.Response(422, json=body)})
    with pytest.raises(Reject) as refused:
        bench.connector.gift_changes("")
    assert refused.value.code == "query_refused"
    assert "ada" not in str(refused.value)
