"""Funds: every cent arrives, once per fund, and never at nobody."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain.gift import Designation, Gift, GiftStatus
from giftbridge.domain.routing import Purpose, Purposes, Routing
from giftbridge.errors import Reject

KNOWN = Purposes(
    {"11": "General", "12": "Food", "13": "Water"},
    appeals={"a1": "Spring", "SPRING26": "Spring"},
    codes={"WATER": "13"},
)
CODES = st.sampled_from(["", "GEN", "FOOD", "GONE", "11"])
PARTS = st.lists(st.builds(Designation, amount=st.integers(1, 10**7), fund=CODES), min_size=1, max_size=25)
MAPS = st.dictionaries(st.sampled_from(["GEN", "FOOD"]), st.sampled_from(["12", "13", "99"]))


def gift(parts: list[Designation]) -> Gift:
    return Gift(
        id="txn_1", contact_id="c_1", amount=sum(part.amount for part in parts), currency="USD",
        status=GiftStatus.SUCCEEDED, method="card", occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
        designations=tuple(parts), event_id="e_1",
    )  # fmt: skip


@given(PARTS, MAPS)
def test_F34_the_sum_is_kept_to_the_cent_with_one_part_a_fund(
    parts: list[Designation], funds: Mapping[str, str]
) -> None:
    routed = Routing(default=Purpose(fund="11"), funds=funds).route(gift(parts), KNOWN)
    assert sum(part.amount for part in routed.designations) == sum(part.amount for part in parts)
    assert len({part.fund for part in routed.designations}) == len(routed.designations)
    assert {part.fund for part in routed.designations} <= set(KNOWN.funds)


@given(PARTS)
def test_F34_an_unknown_fund_goes_to_the_default(parts: list[Designation]) -> None:
    routed = Routing(default=Purpose(fund="12")).route(gift(parts), KNOWN)
    named = sum(part.amount for part in parts if part.fund == "11")
    assert sum(part.amount for part in routed.designations if part.fund == "11") == named
    assert sum(part.amount for part in routed.designations if part.fund == "12") == gift(parts).amount - named


@given(PARTS)
def test_F34_without_any_fund_a_gift_is_refused(parts: list[Designation]) -> None:
    if all(part.fund == "11" for part in parts):
        return
    with pytest.raises(Reject) as refused:
        Routing().route(gift(parts), KNOWN)
    assert refused.value.code == "fund_missing"


def test_F31_what_a_person_chose_beats_map_event_and_default() -> None:
    routing = Routing(Purpose("11", "c1", "a1"), {"e_1": Purpose("12", "c2", "a2")}, {"GEN": "13"})
    parts = [Designation(100, "GEN"), Designation(50)]
    assert routing.route(gift(parts), KNOWN).designations == (
        Designation(100, "13", "c2", "a2"), Designation(50, "12", "c2", "a2"),
    )  # fmt: skip
    chosen = routing.route(gift(parts), KNOWN, Purpose(fund="11", appeal="a9"))
    assert chosen.designations == (Designation(150, "11", "c2", "a9"),)


def test_F34_an_events_own_purpose_fills_its_gaps_from_the_default() -> None:
    routing = Routing(Purpose("11", "c1", "a1"), {"e_1": Purpose(campaign="c2")})
    assert routing.route(gift([Designation(100)]), KNOWN).designations == (Designation(100, "11", "c2", "a1"),)


def test_F38_a_fund_is_known_by_its_code_too_and_the_map_comes_first() -> None:
    parts = [Designation(100, "WATER"), Designation(50, "FOOD")]
    assert Routing(funds={"FOOD": "12"}).route(gift(parts), KNOWN).designations == (
        Designation(100, "13"),
        Designation(50, "12"),
    )
    assert Routing(funds={"WATER": "11"}).route(gift(parts[:1]), KNOWN).designations == (Designation(100, "11"),)


def test_F38_the_platforms_source_code_is_an_appeal_where_the_crm_has_it_and_a_note_where_not() -> None:
    routing = Routing(default=Purpose(fund="11", appeal="a1"))
    known = routing.route(gift([Designation(100, "11", appeal="SPRING26")]), KNOWN)
    assert (known.designations[0].appeal, known.note) == ("SPRING26", "")
    strange = replace(gift([Designation(100, "11", appeal="WEB"), Designation(50, "12", appeal="WEB")]), note="Thanks")
    routed = routing.route(strange, KNOWN)
    assert ({part.appeal for part in routed.designations}, routed.note) == ({"a1"}, "Thanks; source WEB")
