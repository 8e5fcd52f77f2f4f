"""The books of a soak: what was lost, came twice or came out wrong is found, and what is explained is not counted."""

from dataclasses import replace
from typing import Literal

import pytest

from local.soak.accountant import Case, Row, account, allowed
from local.soak.held import Held, HeldGift, HeldPerson
from local.soak.ledger import Edit, Gift, Ledger, Someone
from local.soak.plan import Pair

HANDBID: Pair = ("handbid", "bloomerang")
ADA, BO = (f"{name}@example.org" for name in ("ada", "bo"))


def ledger() -> Ledger:
    """Ada of the platform, Bo of the CRM; Ada's phone was edited; three gifts of hers, one failed, one refunded."""
    ada = Someone(0, ADA, "platform", {"platform": "p0"}, {"phone": [Edit("platform", "+12125550101")]})
    gifts = [
        Gift(1, 0, 0, "g1", due=True),
        Gift(2, 0, 1, "g2", due=False),
        Gift(3, 0, 1, "g3", due=True, refunded=True),
    ]
    return Ledger({0: ada, 1: Someone(1, BO, "crm", {"crm": "c1"})}, {gift.number: gift for gift in gifts})


def held() -> Held:
    """What both sides hold when all went well."""
    crm = [HeldPerson("c0", ADA, "Lane", "2125550101"), HeldPerson("c1", BO, "Chen", "")]
    gifts = [HeldGift(1_001, ADA, {"10": 1_001}, 0), HeldGift(1_003, ADA, {"11": 1_003}, 1)]
    return Held(crm, [replace(one, id=f"p{one.id}") for one in crm], gifts)


def rows(held: Held, pair: Pair = HANDBID, kept: Ledger | None = None, **said: dict[str, str]) -> dict[str, Row]:
    codes = {"questions": said.get("questions", {}), "reasons": said.get("reasons", {})}
    return {row.kind: row for row in account(Case(pair, kept or ledger(), held, funds=["10", "11"], **codes))}


def test_when_all_went_well_all_came_out_and_nothing_is_to_be_explained() -> None:
    made = rows(held())
    assert {kind: (row.went_in, row.came_out) for kind, row in made.items()} == {
        "contacts in the CRM": (2, 2), "contacts on the platform": (2, 2), "edited fields": (1, 1),
        "gifts": (2, 2), "gifts that failed": (1, 1), "refunds": (1, 1),
    }  # fmt: skip
    assert [row.differences for row in made.values() if row.differences] == []


def test_a_lost_gift_is_lost_and_named_by_its_id() -> None:
    made = rows(replace(held(), gifts=held().gifts[1:]))["gifts"]
    assert (made.lost, made.differences) == (1, ["gifts g1: 0 times"])


def test_a_gift_that_is_there_twice_is_found() -> None:
    made = rows(replace(held(), gifts=[*held().gifts, held().gifts[0]]))["gifts"]
    assert (made.twice, made.differences) == (1, ["gifts g1: 2 times"])


@pytest.mark.parametrize("changed", [{"email": BO}, {"funds": {"11": 1_001}}, {"funds": {"10": 1_000}}])
def test_a_gift_of_somebody_else_or_for_another_fund_is_wrong(changed: dict[str, object]) -> None:
    made = rows(replace(held(), gifts=[replace(held().gifts[0], **changed), held().gifts[1]]))["gifts"]  # type: ignore[arg-type]
    assert (made.wrong, made.came_out, made.differences) == (1, 1, ["gifts g1: wrong"])


def test_a_gift_that_failed_and_one_that_nobody_gave_must_not_be_there() -> None:
    extra = [HeldGift(1_002, ADA, {"11": 1_002}, 0), HeldGift(7, ADA, {"10": 7}, 0)]
    made = rows(replace(held(), gifts=[*held().gifts, *extra]))
    assert made["gifts that failed"].differences == ["gifts that failed g2: wrong"]
    assert made["gifts"].differences == ["gifts of 7 cents: nobody did this"]


@pytest.mark.parametrize(("back", "found"), [(0, "refunds g3: 0 times"), (2, "refunds g3: 2 times")])
def test_a_refund_that_is_missing_or_there_twice_is_found(back: int, found: str) -> None:
    first, second = held().gifts
    assert rows(replace(held(), gifts=[first, replace(second, refunds=back)]))["refunds"].differences == [found]


def test_a_refund_that_nobody_made_is_found() -> None:
    first, second = held().gifts
    made = rows(replace(held(), gifts=[replace(first, refunds=1), second]))["refunds"]
    assert made.differences == ["refunds g1: nobody did this"]


def test_an_open_question_explains_what_is_missing_but_not_what_is_there_twice() -> None:
    none = replace(held(), gifts=held().gifts[1:])
    made = rows(none, questions={"g1": "maybe_sent"})["gifts"]
    assert (made.explained, made.lost, made.differences) == ({"maybe_sent": 1}, 0, [])
    twice = replace(held(), gifts=[*held().gifts, held().gifts[0]])
    assert rows(twice, questions={"g1": "maybe_sent"})["gifts"].twice == 1


def test_who_was_refunded_before_it_was_sent_may_stay_out_but_nobody_else() -> None:
    said = {"g1": "refunded_before", "g3": "refunded_before"}
    made = rows(replace(held(), gifts=[]), reasons=said)
    assert made["gifts"].explained == {"refunded_before": 1}
    assert made["gifts"].differences == ["gifts g1: 0 times"]


def test_a_contact_that_is_missing_or_there_twice_is_found_at_each_side() -> None:
    one = held()
    made = rows(replace(one, crm_people=one.crm_people * 2, platform_people=one.platform_people[:1]))
    assert made["contacts in the CRM"].twice == 2
    assert made["contacts on the platform"].differences == ["contacts on the platform 1: 0 times"]


def test_a_contact_that_nobody_made_is_found() -> None:
    stranger = HeldPerson("c9", "ada@example.com", "Lane", "")
    made = rows(replace(held(), crm_people=[*held().crm_people, stranger]))["contacts in the CRM"]
    assert made.differences == ["contacts in the CRM c9: nobody did this"]


@pytest.mark.parametrize("side", ["crm_people", "platform_people"])
def test_an_edit_that_did_not_arrive_is_found(side: str) -> None:
    people = [replace(one, phone="2125550100") for one in getattr(held(), side)]
    made = rows(replace(held(), **{side: people}))["edited fields"]
    assert made.differences == ["edited fields 0 phone, the sides differ: wrong"]


@pytest.mark.parametrize(
    ("side", "seconds", "explained", "wrong"),
    [("crm", 5.0, {"overtaken": 1}, 0), ("crm", 500.0, {}, 1), ("platform", 5.0, {}, 1)],
)
def test_an_edit_that_met_the_other_sides_on_its_way_is_told_apart_from_a_lost_one(
    side: Literal["platform", "crm"], seconds: float, explained: dict[str, int], wrong: int
) -> None:
    kept, number = ledger(), "+12125550101"
    kept.people[0].edits["phone"] = [Edit("platform", number), Edit(side, "+12125550102", seconds)]
    made = rows(held(), kept=kept)["edited fields"]
    assert (made.went_in, made.came_out, made.explained, made.wrong) == (1, 0, explained, wrong)


def test_an_edit_of_the_crm_that_wins_may_have_met_another_on_its_way_too() -> None:
    """Both sides edit at once while an earlier one waits for a person who runs imports: that one comes in last."""
    kept, number = ledger(), "+12125550101"
    both = [Edit("crm", "+12125550102", 5.0), Edit("platform", "+12125550103", 5.1)]
    kept.people[0].edits["phone"] = [Edit("platform", number), *both]
    assert rows(held(), kept=kept)["edited fields"].explained == {"overtaken": 1}
    long_ago, later = Edit("platform", number, -500.0), Edit("platform", "+12125550104", 500.0)
    for edits in ([long_ago, *both], [Edit("platform", number), *both, later]):
        kept.people[0].edits["phone"] = edits
        assert rows(held(), kept=kept)["edited fields"].wrong == 1


@pytest.mark.parametrize(
    ("edits", "values"),
    [("p1", {"1"}), ("c1", {"1"}), ("p1 c2", {"2"}), ("c1 p2", {"1", "2"}), ("c1 c2 p3", {"2", "3"})],
)
def test_the_crm_wins_what_is_too_close_to_tell_and_an_older_edit_never(edits: str, values: set[str]) -> None:
    sides = {"p": "platform", "c": "crm"}
    made = [Edit(sides[one[0]], one[1]) for one in edits.split()]  # type: ignore[arg-type]
    assert allowed(Someone(0, ADA, "both", edits={"last": made}), "last") == values


def test_thanks_are_at_most_once_and_those_in_doubt_are_questions() -> None:
    kept = ledger()
    kept.people[1].left = True
    kept.gifts[9] = Gift(9, 1, 0, "g9", due=True)
    made = rows(Held(thanks=[1_001, 1_001, 1_003]), ("gratavid", "bloomerang"), kept, questions={"g2": "maybe_thanked"})
    row = made["thanks"]
    assert (row.went_in, row.came_out, row.twice) == (4, 1, 1)
    assert row.explained == {"maybe_thanked": 1, "opted_out": 1}
    assert made["consent taken back"].lost == 1, "who left is not opted out in the CRM"


def test_each_interaction_is_there_as_often_as_it_happened() -> None:
    kept = Ledger()
    kept.told.update({"reply": 2, "watched": 1, "sent": 1})
    told = ["reply", "watched", "watched", "unasked"]
    made = rows(Held(interactions=told), ("gratavid", "bloomerang"), kept)["interactions"]
    assert (made.went_in, made.came_out, made.twice, made.lost, made.wrong) == (4, 1, 1, 2, 1)
    assert made.differences[-1] == "interactions unasked: nobody did this"


def test_donors_of_gifts_are_there_once_and_others_are_not() -> None:
    made = rows(held(), ("wegive", "bloomerang"))["donors"]
    assert (made.came_out, made.differences) == (1, ["donors 1: nobody did this"])
