"""Lists: envelope, paging, windows, order, and the edges that are options."""

from __future__ import annotations

from typing import Any

import pytest

from local.sandbox.wegive import WeGiveOrganisation
from tests.sandbox.wegive_calls import ids, page

pytest_plugins = ["tests.sandbox.wegive_fixtures"]

NOON = "2026-03-01T12:00:00Z"
MOMENTS = ("2026-03-01T11:59:59Z", NOON, "2026-03-01T12:00:01Z")


def gift_at(organisation: WeGiveOrganisation, moment: str, **gift: Any) -> int:
    organisation.set_time(moment)
    return organisation.give(**gift)


@pytest.fixture
def three(wegive: WeGiveOrganisation) -> list[int]:
    wegive.freeze()
    return [gift_at(wegive, moment) for moment in MOMENTS]


def test_the_envelope(wegive: WeGiveOrganisation) -> None:
    wegive.seed(60)
    body = page(wegive, "donors", page=3)
    assert len(body.pop("data")) == 10
    meta = {"total": 60, "current_page": 3, "last_page": 3, "per_page": 25, "from": 51, "to": 60}
    assert body == {"search_mode": False, "pagination": True, "sort": True, "meta": meta}
    assert page(wegive, "donors", search="nobody")["search_mode"] is True


def test_an_empty_list_goes_from_1_to_0(wegive: WeGiveOrganisation) -> None:
    body = page(wegive, "transactions")
    assert body["data"] == []
    assert body["meta"] == {"total": 0, "current_page": 1, "last_page": 1, "per_page": 25, "from": 1, "to": 0}


def test_a_page_after_the_last_is_empty(wegive: WeGiveOrganisation) -> None:
    wegive.seed(3)
    body = page(wegive, "donors", page=2)
    assert (body["data"], body["meta"]["total"], body["meta"]["last_page"]) == ([], 3, 1)


def test_total_may_be_text(wegive: WeGiveOrganisation) -> None:
    wegive.set_options(total="text")
    assert page(wegive, "donors")["meta"]["total"] == "0"


def test_at_most_200_rows_a_page(wegive: WeGiveOrganisation) -> None:
    wegive.seed(210)
    assert len(ids(wegive, "donors", count=200)) == 200
    answer = wegive.api.get("/dashboard/donors?count=201")
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"count": ["The count field must be no greater than 200."]}
    wegive.set_options(count_over_200="clamped")
    assert len(ids(wegive, "donors", count=500)) == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("count=many", "count"),
        ("page=x", "page"),
        ("view=deleted", "view"),
        ("type=gift", "type"),
        ("updated_at[start]=soon", "updated_at"),
        ("updated_at=2026-01-01", "updated_at"),
        ('updated_at={"start":"2026-01-01"}', "updated_at"),
        ('sort={"date":"desc"}', "sort"),
        ("sort[id]=up", "sort.id"),
        ("status[]=success", "status"),
        ("amount[start]=much", "amount"),
    ],
)
def test_illegal_values_are_refused_by_field(wegive: WeGiveOrganisation, query: str, field: str) -> None:
    answer = wegive.api.get(f"/dashboard/transactions?{query}")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert answer.json()["message"] == answer.json()["errors"][field][0]


def test_several_mistakes_are_counted_in_the_message(wegive: WeGiveOrganisation) -> None:
    answer = wegive.api.get("/dashboard/transactions?view=x&type=y").json()
    assert answer["message"].endswith("is invalid. (and 1 more error)")
    assert set(answer["errors"]) == {"view", "type"}


def test_undeclared_parameters_are_ignored_or_refused(wegive: WeGiveOrganisation) -> None:
    wegive.seed(3)
    window = {"updated_at[start]": "2099-01-01"}
    assert len(ids(wegive, "donors", **window)) == 3
    assert len(ids(wegive, "donors", **{"sort[updated_at]": "asc"})) == 3
    wegive.set_options(unknown_query="refused")
    assert wegive.api.get("/dashboard/donors", params=window).status_code == 422
    assert wegive.api.get("/dashboard/donors?page=1&count=5&view=all&sort[id]=asc").status_code == 200


@pytest.mark.parametrize(
    ("start", "end", "places"),
    [("exclusive", "exclusive", []), ("inclusive", "exclusive", [1]), ("inclusive", "inclusive", [1, 2])],
)
def test_the_edges_of_a_window_are_options(
    wegive: WeGiveOrganisation, three: list[int], start: str, end: str, places: list[int]
) -> None:
    wegive.set_options(range_start=start, range_end=end, default_order="oldest_first")
    window = {"updated_at[start]": MOMENTS[1], "updated_at[end]": MOMENTS[2]}
    assert ids(wegive, **window) == [three[place] for place in places]


@pytest.mark.parametrize("text", ["2026-03-01 11:59:59", "2026-03-01T06:59:59-05:00", "2026-03-01T11:59:59.000000Z"])
def test_moments_are_utc_without_an_offset(wegive: WeGiveOrganisation, three: list[int], text: str) -> None:
    assert sorted(ids(wegive, **{"updated_at[start]": text})) == three[1:]


def test_a_plus_sign_left_bare_in_the_url_spoils_the_moment(wegive: WeGiveOrganisation, three: list[int]) -> None:
    bare = wegive.api.get("/dashboard/transactions?updated_at[start]=2026-03-01T12:00:00+00:00")
    encoded = wegive.api.get("/dashboard/transactions?updated_at[start]=2026-03-01T12:00:00%2B00:00")
    assert (bare.status_code, encoded.status_code) == (422, 200)
    assert [row["id"] for row in encoded.json()["data"]] == three[2:]
    wegive.set_options(bad_date="server_error")
    assert wegive.api.get("/dashboard/transactions?updated_at[start]=soon").status_code == 500


def test_a_window_may_be_widened_to_whole_days(wegive: WeGiveOrganisation, three: list[int]) -> None:
    window = {"updated_at[start]": "2026-03-01T23:00:00Z", "updated_at[end]": "2026-03-01T23:30:00Z"}
    assert ids(wegive, **window) == []
    wegive.set_options(range_precision="days")
    assert sorted(ids(wegive, **window)) == three


def test_a_bare_date_as_the_end(wegive: WeGiveOrganisation, three: list[int]) -> None:
    window = {"updated_at[start]": "2026-03-01", "updated_at[end]": "2026-03-01"}
    assert ids(wegive, **window) == []
    wegive.set_options(date_only_end="end_of_day")
    assert sorted(ids(wegive, **window)) == three


def test_every_stamp_has_its_window(wegive: WeGiveOrganisation) -> None:
    wegive.freeze()
    gift = gift_at(wegive, "2026-03-01T00:00:00Z", source_type="bank")
    other = gift_at(wegive, "2026-03-02T00:00:00Z", source_type="bank")
    wegive.set_time("2026-03-03T00:00:00Z")
    wegive.settle(gift)
    wegive.settle(other, outcome="failed")
    wegive.set_time("2026-03-04T00:00:00Z")
    wegive.refund(gift)

    def found(name: str, day: int) -> list[int]:
        span = {f"{name}[start]": f"2026-03-0{day - 1}T12:00:00Z", f"{name}[end]": f"2026-03-0{day}T12:00:00Z"}
        return ids(wegive, **span)

    assert found("created", 2) == found("initiated_at", 2) == [other]
    assert (found("succeeded_at", 3), found("failed_at", 3), found("refunded_at", 4)) == ([gift], [other], [gift])
    assert found("updated_at", 3) == [other, gift]


def test_objects_as_json_text_are_an_option(wegive: WeGiveOrganisation, three: list[int]) -> None:
    as_json: dict[str, Any] = {"updated_at": '{"start": "2026-03-01T12:00:00Z", "end": null}'}
    brackets = {"updated_at[start]": NOON}
    wegive.set_options(object_encoding="json")
    assert ids(wegive, **as_json) == three[2:]
    assert wegive.api.get("/dashboard/transactions", params=brackets).status_code == 422
    wegive.set_options(object_encoding="both")
    assert ids(wegive, **as_json) == ids(wegive, **brackets) == three[2:]
    wegive.set_options(object_encoding="brackets", wrong_object="ignored")
    assert sorted(ids(wegive, **as_json)) == three


def test_order_is_newest_first_unless_asked(wegive: WeGiveOrganisation, three: list[int]) -> None:
    assert ids(wegive) == three[::-1]
    assert ids(wegive, **{"sort[id]": "asc"}) == ids(wegive, **{"sort[created]": "ASC"}) == three
    wegive.set_options(default_order="oldest_first")
    assert ids(wegive) == three
    assert ids(wegive, **{"sort[id]": "desc"}) == three[::-1]


def test_sorting_by_amount_fund_and_donor(wegive: WeGiveOrganisation) -> None:
    zoe, ada = wegive.donor(first_name="Zoe"), wegive.donor(first_name="Ada")
    building = wegive.fund_id("Building")
    gifts = [wegive.give(zoe, amount=300), wegive.give(ada, amount=500), wegive.give(ada, amount=400, fund=building)]
    assert ids(wegive, **{"sort[amount]": "desc"}) == [gifts[1], gifts[2], gifts[0]]
    assert ids(wegive, **{"sort[designation]": "asc"})[0] == gifts[2]
    assert ids(wegive, **{"sort[donor]": "asc", "sort[id]": "asc"}) == [gifts[1], gifts[2], gifts[0]]


def test_without_a_sort_pages_may_not_fit_together(wegive: WeGiveOrganisation) -> None:
    gifts = wegive.seed(1, gifts=30)["gifts"]
    wegive.set_options(default_order="unstable")
    loose = [row for number in (1, 2, 3) for row in ids(wegive, count=10, page=number)]
    tight = [row for number in (1, 2, 3) for row in ids(wegive, count=10, page=number, **{"sort[id]": "asc"})]
    assert len(set(loose)) < 30
    assert tight == gifts


def test_archived_rows_need_view(wegive: WeGiveOrganisation) -> None:
    first, second = wegive.give(), wegive.give()
    wegive.archive("transactions", first)
    assert ids(wegive) == ids(wegive, view="active") == [second]
    assert ids(wegive, view="archived") == [first]
    assert sorted(ids(wegive, view="all")) == [first, second]
    assert page(wegive, "transactions", view="archived")["data"][0]["deleted_at"] is not None
    assert wegive.api.get(f"/dashboard/transactions/{first}").status_code == 404
    wegive.set_options(archived_detail="shown")
    assert wegive.api.get(f"/dashboard/transactions/{first}").status_code == 200
    wegive.restore("transactions", first)
    assert sorted(ids(wegive)) == [first, second]


@pytest.mark.parametrize("mode", ["page_drop", "page_repeat", "page_swap"])
def test_hostile_paging_spoils_the_edge_of_a_page(wegive: WeGiveOrganisation, mode: str) -> None:
    people = wegive.seed(12)["people"]
    wegive.fault(mode, path="/api/dashboard/donors", after=1)
    query: dict[str, Any] = {"count": 5, "sort[id]": "asc"}
    first, second = ids(wegive, "donors", **query), ids(wegive, "donors", page=2, **query)
    spoilt = {
        "page_drop": people[6:10],
        "page_repeat": [people[4], *people[5:9]],
        "page_swap": [people[4], *people[6:10]],
    }
    assert (first, second) == (people[:5], spoilt[mode])
    assert ids(wegive, "donors", page=2, **query) == people[5:10]


def test_data_that_moves_between_two_pages(wegive: WeGiveOrganisation) -> None:
    wegive.freeze()
    gifts = wegive.seed(1, gifts=6, seconds_apart=1)["gifts"]
    wegive.fault("page_insert", path="/api/dashboard/transactions")
    assert ids(wegive, count=3) == gifts[:2:-1]
    assert ids(wegive, count=3, page=2) == [gifts[3], gifts[2], gifts[1]]
    wegive.fault("page_archive", path="/api/dashboard/transactions")
    assert ids(wegive, count=3, **{"sort[id]": "asc"}) == gifts[:3]
    assert ids(wegive, count=3, page=2, **{"sort[id]": "asc"})[:2] == gifts[4:6]


def test_an_edited_row_leaves_a_closed_window_and_the_next_page_skips_one(wegive: WeGiveOrganisation) -> None:
    wegive.set_time(NOON)
    gifts = wegive.seed(1, gifts=6, seconds_apart=1)["gifts"]
    wegive.advance(3600)
    wegive.fault("page_touch", path="/api/dashboard/transactions")
    query: dict[str, Any] = {"count": 3, "sort[id]": "asc", "updated_at[end]": "2026-03-01T12:30:00Z"}
    assert ids(wegive, **query) == gifts[:3]
    assert ids(wegive, page=2, **query) == gifts[4:]
    assert ids(wegive, **{"updated_at[start]": "2026-03-01T12:30:00Z"}) == gifts[:1]
