"""Gifts of Virtuous: held until midnight, reviewed, run, and only then there; corrected and reversed after that."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from giftbridge.connectors.base import Done, Donor, GiftWrite, Reference, RefundWrite, Submitted, Written
from giftbridge.connectors.virtuous.client import Virtuous
from giftbridge.domain.contact import Contact
from giftbridge.domain.gift import Card, Designation, Gift, GiftStatus, Refund
from giftbridge.errors import Conflict, Defer, Disconnected, GiftbridgeError, Reject, Retry
from local.sandbox.virtuous import VirtuousOrganisation
from tests.connectors.contract import NOW
from tests.connectors.virtuous.conftest import Connect, OpenGate
from tests.sandbox.virtuous_help import SOURCE, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]
pytestmark = pytest.mark.usefixtures("proper")

ADA = Donor("48213", Contact(first_name="Ada", last_name="Lane", email="ada@example.org"))
LATE = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
"""The evening before in Arizona."""


def gift(virtuous: VirtuousOrganisation, *cents: int, **changes: Any) -> Gift:
    """A gift of some cents to the projects of the organisation in turn."""
    codes = ("GEN", "SCH")
    parts = tuple(Designation(one, str(virtuous.project(code))) for one, code in zip(cents, codes, strict=False))
    made = Gift("txn_1", "c_1", sum(cents), "USD", GiftStatus.SUCCEEDED, "card", LATE, parts, card=Card("visa"))
    return replace(made, note="Spring Gala; Signed guitar", **changes)


def write(one: Gift, reference: str = "gb-1", contact_id: object = "", **more: Any) -> GiftWrite:
    """The gift under a reference; from Ada, who is known only where `contact_id` is given."""
    return GiftWrite(Reference(reference, NOW), one, str(contact_id), donor=ADA, **more)


def only(answers: list[Written]) -> Any:
    """The one answer."""
    (answer,) = answers
    return answer


def stored(virtuous: VirtuousOrganisation) -> list[Any]:
    """Every gift that the vendor has."""
    rows: list[Any] = list(virtuous.state()["gifts"])
    return rows


def recorded(connector: Virtuous, virtuous: VirtuousOrganisation, one: Gift, reference: str = "gb-1") -> str:
    """A gift that was handed over, run and confirmed; its id."""
    ticket = only(connector.write_gifts([write(one, reference)])).ticket
    virtuous.run_everything()
    answer = only(connector.confirm([ticket]))
    assert isinstance(answer, Done), answer
    return answer.id


# -- handed over


def test_a_gift_is_there_only_after_a_person_ran_the_import(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector, one = joined(), gift(virtuous, 10000, 2550)
    handed = only(connector.write_gifts([write(one)]))
    assert isinstance(handed, Submitted)
    assert only(connector.confirm([handed.ticket])) == Submitted(handed.ticket)
    (found,) = virtuous.midnight()
    assert found["buckets"] == {"Ready for Import": 1}
    assert only(connector.confirm([handed.ticket])) == Submitted(handed.ticket)
    assert connector.recall_gift(write(one)) == []
    virtuous.run_import(found["id"])
    (row,) = stored(virtuous)
    assert only(connector.confirm([handed.ticket])) == Done(str(row["id"]))
    assert connector.recall_gift(write(one)) == [str(row["id"])]


def test_a_gift_is_recorded_to_the_cent_on_the_organisations_day(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    parts = tuple(replace(part, appeal="GALA26") for part in gift(virtuous, 10000, 2550).designations)
    recorded(joined(), virtuous, gift(virtuous, 10000, 2550, designations=parts))
    (row,) = stored(virtuous)
    shares = {share["projectCode"]: share["amountDesignated"] for share in row["giftDesignations"]}
    assert (row["amount"], shares) == (125.5, {"GEN": 100.0, "SCH": 25.5})
    assert (row["giftDate"], row["giftType"]) == ("2026-03-01T00:00:00", "Credit")
    assert (row["segmentCode"], row["notes"]) == ("GALA26", "Spring Gala; Signed guitar")
    assert (row["transactionSource"], row["transactionId"]) == (SOURCE, "gb-1")
    sent = virtuous.journal("POST", "/api/v2/Gift/Transaction")[0]["body"]
    assert (sent["amount"], sent["creditCardType"]) == ("125.50", "Visa")
    assert [one["amountDesignated"] for one in sent["designations"]] == ["100.00", "25.50"]


def test_a_known_donor_is_named_by_id_alone_so_that_nothing_differs(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    contact = make(virtuous, "Augusta")
    joined().write_gifts([write(gift(virtuous, 5000), contact_id=contact["id"])])
    (found,) = virtuous.midnight()
    assert found["buckets"] == {"Ready for Import": 1}
    virtuous.run_import(found["id"])
    assert [row["contactId"] for row in stored(virtuous)] == [contact["id"]]


@pytest.mark.parametrize(("method", "word"), [("ach", "EFT"), ("check", "Check"), ("in_kind", "NonCash")])
def test_ways_of_payment_have_words_of_their_own(
    joined: Connect, virtuous: VirtuousOrganisation, method: Any, word: str
) -> None:
    recorded(joined(), virtuous, gift(virtuous, 5000, method=method, check_number="77", card=None))
    sent = virtuous.journal("POST", "/api/v2/Gift/Transaction")[0]["body"]
    assert (sent["giftType"], sent["checkNumber"]) == (word, "77")
    assert "creditCardType" not in sent


def test_a_batch_is_one_call_and_asked_about_in_one(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector = joined()
    tickets = [
        one.ticket
        for one in connector.write_gifts([write(gift(virtuous, 1000 + n), f"gb-{n}") for n in range(5)])
        if isinstance(one, Submitted)
    ]
    assert virtuous.calls() == {"POST /api/v2/Gift/Transactions": 1}
    virtuous.run_everything()
    virtuous.reset_journal()
    answers = connector.confirm([*tickets, f"gift|{SOURCE}|unknown"])
    assert [type(answer) for answer in answers] == [Done] * 5 + [Submitted]
    assert virtuous.calls() == {"POST /api/Gift/Query/FullGift": 1}


def test_an_import_may_be_made_at_once(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    joined(create_import=True).write_gifts([write(gift(virtuous, 1000))])
    assert virtuous.held() == []
    (found,) = virtuous.imports()
    assert (found["state"], found["source"]) == ("review", SOURCE)
    assert found["name"].startswith(SOURCE)


@pytest.mark.parametrize("repeated", ["refused", "ignored"])
def test_a_gift_that_is_handed_over_again_is_one_gift(
    joined: Connect, virtuous: VirtuousOrganisation, repeated: str
) -> None:
    virtuous.set_options(repeated_transaction=repeated)
    connector, one = joined(), gift(virtuous, 1000)
    first = only(connector.write_gifts([write(one)]))
    assert only(connector.write_gifts([write(one)])).ticket == first.ticket
    again, other = connector.write_gifts([write(one), write(one, "gb-2")])
    assert isinstance(again, Submitted)
    assert isinstance(other, Submitted)
    virtuous.run_everything()
    assert len(stored(virtuous)) == 2
    answer = only(connector.write_gifts([write(one)]))
    assert isinstance(answer, Done if repeated == "refused" else Submitted)
    virtuous.run_everything()
    assert len(stored(virtuous)) == 2


@pytest.mark.parametrize(("status", "code"), [(429, "rate_limited"), (401, "disconnected"), (503, "http_503")])
def test_what_stops_a_later_gift_leaves_all_in_doubt(
    joined: Connect, virtuous: VirtuousOrganisation, status: int, code: str
) -> None:
    virtuous.set_options(repeated_transaction="refused")
    connector, one = joined(), gift(virtuous, 1000)
    connector.write_gifts([write(one, "gb-0")])
    virtuous.fault("status", method="POST", path="/api/v2/Gift/Transaction", after=1, status=status)
    writes = [write(one, "gb-1"), write(one, "gb-2"), write(one, "gb-0")]
    with pytest.raises((Defer, Disconnected, Retry)) as stopped:
        connector.write_gifts(writes)
    assert (stopped.value.doubt, stopped.value.code) == (True, code)
    assert all(isinstance(answer, Submitted) for answer in connector.write_gifts(writes))
    virtuous.run_everything()
    assert len(stored(virtuous)) == 3


def test_a_gift_that_virtuous_has_is_in_doubt_where_it_cant_be_looked_up(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    virtuous.set_options(repeated_transaction="refused")
    connector, one = joined(), gift(virtuous, 1000)
    connector.write_gifts([write(one)])
    virtuous.fault("status", method="GET", path="/api/Gift/*", status=429)
    with pytest.raises(Defer) as stopped:
        connector.write_gifts([write(one)])
    assert stopped.value.doubt


def test_what_stops_the_first_gift_leaves_nothing_in_doubt(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    virtuous.fault("status", method="POST", path="/api/v2/Gift/Transaction", status=429)
    with pytest.raises(Defer) as stopped:
        joined().write_gifts([write(gift(virtuous, 1000))])
    assert not stopped.value.doubt


def test_what_virtuous_cant_hold_stops_no_other(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    one = gift(virtuous, 1000, 1000)
    appeals = tuple(replace(part, appeal=part.fund) for part in one.designations)
    nowhere = tuple(replace(part, fund="spring") for part in one.designations)
    nameless = Donor("48214", Contact(email="x@example.org"))
    bad = [
        write(replace(one, designations=appeals), "a"), write(replace(one, designations=nowhere), "b"),
        replace(write(one, "c"), donor=nameless), replace(write(one, "d"), donor=None),
    ]  # fmt: skip
    *refused, good = joined().write_gifts([*bad, write(one)])
    codes = [answer.code for answer in refused if isinstance(answer, GiftbridgeError)]
    assert codes == ["too_many_appeals", "fund_unknown", "name_missing", "donor_missing"]
    assert isinstance(good, Submitted)
    assert virtuous.calls() == {"POST /api/v2/Gift/Transaction": 1}


# -- corrected


@pytest.mark.parametrize("put", ["replace", "patch"])
@pytest.mark.parametrize("words", ["Add", "Added"])
def test_a_correction_changes_projects_and_segment_and_nothing_else(
    joined: Connect, virtuous: VirtuousOrganisation, put: str, words: str
) -> None:
    virtuous.set_options(put=put, state_words=words)
    virtuous.custom_field("Table", "Gift")
    connector = joined(designation_states=words)
    gift_id = recorded(connector, virtuous, gift(virtuous, 5000))
    virtuous.staff_edit("gift", int(gift_id), batch="B-7", customFields=[{"name": "Table", "value": "7"}])
    before = stored(virtuous)[0]
    scholarship = Designation(5000, str(virtuous.project("SCH")), appeal="GALA26")
    moved = replace(gift(virtuous, 5000), designations=(scholarship,))
    assert only(connector.write_gifts([write(moved, current_id=gift_id)])) == Done(gift_id)
    after = stored(virtuous)[0]
    shares = [(share["projectCode"], share["amountDesignated"]) for share in after["giftDesignations"]]
    assert (shares, after["segmentCode"]) == ([("SCH", 50.0)], "GALA26")
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"giftDesignations", "segment", "segmentCode", "segmentId", "segmentUrl", "modifiedDateTimeUtc",
                       "modifiedByUser"}  # fmt: skip
    virtuous.reset_journal()
    connector.write_gifts([write(moved, current_id=gift_id)])
    assert virtuous.count("PUT") == 0, "nothing differs any more"


# -- reversed


def refund(one: Gift, number: int, cents: int, *, partial: bool, gift_id: str = "1") -> RefundWrite:
    """The n-th refund of a gift."""
    made = Refund(f"re_{number}", cents, LATE, "duplicate")
    reference = Reference(f"gb-1-refund-re_{number}", NOW)
    return RefundWrite(reference, one, gift_id, made, partial, "gb-1", "", ADA)


def amounts(virtuous: VirtuousOrganisation) -> list[tuple[float, str]]:
    """Amounts and types of all gifts."""
    return [(row["amount"], row["giftType"]) for row in stored(virtuous)]


def test_a_gift_is_reversed_once_and_only_when_it_is_there(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector, one = joined(), gift(virtuous, 5000)
    connector.write_gifts([write(one)])
    early = connector.write_refund(refund(one, 1, 5000, partial=False))
    assert isinstance(early, Reject)
    assert early.code == "gift_not_confirmed"
    gift_id = recorded(connector, virtuous, one)
    for _ in range(2):
        assert connector.write_refund(refund(one, 1, 5000, partial=False, gift_id=gift_id)) == Done(gift_id)
    assert amounts(virtuous) == [(50.0, "Credit"), (-50.0, "Reversing Transaction")]
    assert stored(virtuous)[1]["giftDate"] == "2026-03-01T00:00:00"


def test_a_refund_that_knows_no_reference_asks_for_the_gift(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector, one = joined(), gift(virtuous, 5000)
    gift_id = recorded(connector, virtuous, one)
    bare = replace(refund(one, 1, 5000, partial=False, gift_id=gift_id), gift_reference="")
    assert connector.write_refund(bare) == Done(gift_id)
    assert connector.write_refund(bare) == Done(gift_id)
    assert len(stored(virtuous)) == 2


def test_after_a_part_went_back_a_gift_stands_for_the_rest(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector, one = joined(), gift(virtuous, 10000, 2550)
    recorded(connector, virtuous, one)
    parts = (Refund("re_1", 1000, LATE), Refund("re_2", 2000, LATE))
    given = replace(one, refunds=parts)
    first = connector.write_refund(refund(given, 1, 1000, partial=True))
    assert isinstance(first, Submitted)
    too_early = connector.write_refund(refund(given, 2, 2000, partial=True))
    assert isinstance(too_early, Reject)
    assert too_early.code == "gift_not_confirmed"
    virtuous.run_everything()
    assert isinstance(connector.write_refund(refund(given, 1, 1000, partial=True)), Done), "told again, it is there"
    assert isinstance(connector.write_refund(refund(given, 2, 2000, partial=True)), Submitted)
    virtuous.run_everything()
    assert amounts(virtuous) == [
        (125.5, "Credit"), (-125.5, "Reversing Transaction"), (115.5, "Credit"), (-115.5, "Reversing Transaction"),
        (95.5, "Credit"),
    ]  # fmt: skip
    shares = [share["amountDesignated"] for share in stored(virtuous)[-1]["giftDesignations"]]
    assert round(sum(shares), 2) == 95.5
    whole = replace(given, refunds=(*parts, Refund("re_3", 9550, LATE)), status=GiftStatus.REFUNDED)
    assert isinstance(connector.write_refund(refund(whole, 3, 12550, partial=False)), Done)
    assert sum(amount for amount, _ in amounts(virtuous)) == 0


def shares(row: Any) -> dict[str, float]:
    """What a gift is given to, by the codes of projects."""
    return {share["projectCode"]: share["amountDesignated"] for share in row["giftDesignations"]}


def moved_by_staff(virtuous: VirtuousOrganisation, gift_id: str, **cents: int) -> None:
    """Staff gives a gift to other projects."""
    wanted = {virtuous.project(code): amount / 100 for code, amount in cents.items()}
    gone = [row["projectId"] for row in stored(virtuous)[0]["giftDesignations"] if row["projectId"] not in wanted]
    rows = [{"projectId": key, "amount": amount, "state": "Add"} for key, amount in wanted.items()]
    rows += [{"projectId": key, "amount": 0, "state": "Delete"} for key in gone]
    virtuous.staff_edit("gift", int(gift_id), giftDesignations=rows)


def test_the_rest_stays_where_staff_put_the_gift(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector, one = joined(), gift(virtuous, 5000)
    told = replace(one, designations=(replace(one.designations[0], appeal="GALA26"),))
    moved_by_staff(virtuous, recorded(connector, virtuous, told), SCH=5000)
    unrouted = (Designation(5000, "some-code-of-the-platform"),)
    given = replace(one, refunds=(Refund("re_1", 1000, LATE),), designations=unrouted)
    assert isinstance(connector.write_refund(refund(given, 1, 1000, partial=True)), Submitted)
    virtuous.run_everything()
    rest = stored(virtuous)[-1]
    assert (rest["amount"], shares(rest), rest["segmentCode"]) == (40.0, {"SCH": 40.0}, "GALA26")


def test_the_rest_of_several_projects_adds_up_to_the_cent(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector, one = joined(), gift(virtuous, 10000)
    moved_by_staff(virtuous, recorded(connector, virtuous, one), GEN=3333, SCH=6667)
    given = replace(one, refunds=(Refund("re_1", 1, LATE),))
    assert isinstance(connector.write_refund(refund(given, 1, 1, partial=True)), Submitted)
    virtuous.run_everything()
    assert shares(stored(virtuous)[-1]) == {"GEN": 33.33, "SCH": 66.66}


def test_nothing_is_reversed_where_no_gift_can_stand_for_the_rest(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    connector, one = joined(), gift(virtuous, 5000)
    gift_id = recorded(connector, virtuous, one)
    moved_by_staff(virtuous, gift_id)
    answer = connector.write_refund(
        refund(replace(one, refunds=(Refund("re_1", 1000, LATE),)), 1, 1000, partial=True, gift_id=gift_id)
    )
    assert isinstance(answer, Reject)
    assert answer.code == "split_differs"
    assert amounts(virtuous) == [(50.0, "Credit")]


def test_a_correction_after_a_refund_is_of_what_stands(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector, one = joined(), gift(virtuous, 5000)
    gift_id = recorded(connector, virtuous, one)
    given = replace(one, refunds=(Refund("re_1", 1000, LATE), Refund("re_2", 500, LATE)))
    moved = replace(given, designations=(Designation(5000, str(virtuous.project("SCH")), appeal="GALA26"),))
    for number, cents in ((1, 1000), (2, 500)):
        connector.write_refund(refund(given, number, cents, partial=True))
        if number == 1:
            early = only(connector.write_gifts([write(moved, current_id=gift_id)]))
            assert isinstance(early, Reject)
            assert early.code == "gift_not_confirmed"
        virtuous.run_everything()
    before = stored(virtuous)
    assert only(connector.write_gifts([write(moved, current_id=gift_id)])) == Done(gift_id)
    *others, rest = stored(virtuous)
    assert others == before[:-1]
    assert (rest["amount"], shares(rest), rest["segmentCode"]) == (35.0, {"SCH": 35.0}, "GALA26")
    virtuous.reset_journal()
    assert only(connector.write_gifts([write(moved, current_id=gift_id)])) == Done(gift_id)
    assert virtuous.count("PUT") == 0, "nothing differs any more"


def test_a_correction_of_a_gift_that_was_refunded_but_not_reversed_yet_is_of_the_gift(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    connector, one = joined(), gift(virtuous, 5000)
    gift_id = recorded(connector, virtuous, one)
    given = replace(one, refunds=(Refund("re_1", 1000, LATE),))
    moved = replace(given, designations=(Designation(5000, str(virtuous.project("SCH"))),))
    assert only(connector.write_gifts([write(moved, current_id=gift_id)])) == Done(gift_id)
    assert [shares(row) for row in stored(virtuous)] == [{"SCH": 50.0}]


@pytest.mark.parametrize("in_parts", [False, True])
def test_a_gift_of_which_nothing_stands_is_not_corrected(
    joined: Connect, virtuous: VirtuousOrganisation, in_parts: bool
) -> None:
    connector, one = joined(), gift(virtuous, 5000)
    gift_id = recorded(connector, virtuous, one)
    parts = (Refund("re_1", 1000, LATE), Refund("re_2", 4000, LATE)) if in_parts else (Refund("re_2", 5000, LATE),)
    if in_parts:
        connector.write_refund(refund(replace(one, refunds=parts[:1]), 1, 1000, partial=True))
        virtuous.run_everything()
    whole = replace(one, refunds=parts, status=GiftStatus.REFUNDED)
    assert isinstance(connector.write_refund(refund(whole, 2, 5000, partial=False, gift_id=gift_id)), Done)
    before = stored(virtuous)
    moved = replace(whole, designations=(Designation(5000, str(virtuous.project("SCH"))),))
    answer = only(connector.write_gifts([write(moved, current_id=gift_id)]))
    assert isinstance(answer, Reject)
    assert answer.code == "nothing_stands"
    assert stored(virtuous) == before


def test_two_parts_that_went_back_before_the_crm_heard_of_any(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    """A whole refund in two parts reverses the one gift that there is."""
    connector, one = joined(), gift(virtuous, 5000)
    recorded(connector, virtuous, one)
    whole = replace(one, refunds=(Refund("re_1", 1000, LATE), Refund("re_2", 4000, LATE)))
    assert isinstance(connector.write_refund(refund(whole, 2, 5000, partial=False)), Done)
    assert sum(amount for amount, _ in amounts(virtuous)) == 0


def test_somebody_elses_reversal_of_the_same_sum_is_for_a_person_to_look_at(
    joined: Connect, virtuous: VirtuousOrganisation
) -> None:
    connector, one = joined(), gift(virtuous, 5000)
    gift_id = recorded(connector, virtuous, one)
    virtuous.staff_reverse(int(gift_id))
    answer = connector.write_refund(refund(one, 1, 5000, partial=False, gift_id=gift_id))
    assert isinstance(answer, Conflict)
    assert (answer.code, answer.ids) == ("reversal_unclear", (gift_id,))
    assert len(stored(virtuous)) == 2


# -- what gifts are given to, and how many calls are left


def test_projects_and_segments_can_be_chosen(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    virtuous.staff_edit("project", virtuous.project("SCH"), isActive=False)
    chosen = joined().purposes()
    assert chosen.funds == {str(virtuous.project("GEN")): "General"}
    assert chosen.appeals == {"GALA26": "Gala 2026"}
    assert chosen.campaigns == {}
    virtuous.staff_edit("project", virtuous.project("GEN"), isAvailableOnline=False)
    assert joined().purposes().funds == {}
    assert joined(only_available_projects=False).purposes().funds.keys() == {str(virtuous.project("GEN"))}


def test_the_gate_hears_what_is_left_for_everybody(
    joined: Connect, virtuous: VirtuousOrganisation, gate: OpenGate
) -> None:
    connector = joined()
    connector.successor("1")
    virtuous.spend(500)
    connector.successor("1")
    (limit, before, reset), (_, after, _) = gate.observed
    assert (limit, before - after) == (1500, 501)
    assert reset > datetime.now(UTC)
