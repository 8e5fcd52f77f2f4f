"""Money given back after the CRM has the gift: told once, each part with its own amount."""

from dataclasses import replace
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import review
from giftbridge.stores.link import Question
from tests.jobs.driving import connected, constituents, let_pass, link, linked, log, written
from tests.jobs.test_gifts import crm_gifts, paid, push
from tests.world import Pair, World


@pytest.fixture
def sent(world: World) -> tuple[Pair, str, list[str]]:
    """Two gifts of two donors that went over: the pair, the event, the gifts."""
    pair = world.connect(first_sync="declined")
    ids = pair.platform.seed_people(2)
    auction = pair.platform.hold_auction(receipts=[paid(one, 9000) for one in ids])
    pair.platform.set_event_status(auction["event"]["id"], "reconciled")
    push(world, pair, auction["event"]["id"])
    return pair, auction["event"]["id"], [one["id"] for one in auction["transactions"]]


def in_crm(world: World, pair: Pair, gift: str) -> dict[str, Any]:
    """The gift as the CRM has it."""
    number = link(world, pair, Side.PLATFORM, gift, "gift").crm_id
    (found,) = [one for one in crm_gifts(pair) if str(one["Id"]) == number]
    return found


def note(world: World, pair: Pair, gift: str) -> str:
    """What the CRM's note says."""
    return str(in_crm(world, pair, gift)["Designations"][0]["Note"])


def test_a_refund_of_a_gift_that_the_crm_no_longer_has_fails_alone(
    world: World, sent: tuple[Pair, str, list[str]]
) -> None:
    pair, event, (gone, kept) = sent
    pair.crm.staff_call("DELETE", f"/transaction/{in_crm(world, pair, gone)['Id']}")
    pair.platform.refund(gone)
    pair.platform.refund(kept)
    done = push(world, pair, event)
    assert log(world, done)[("crm", gone)][0] == "failed"
    assert log(world, done)[("crm", kept)] == ("updated", "")
    assert world.counts(done, Side.CRM) == {"read": 2, "failed": 1, "updated": 1}
    assert [one["IsRefunded"] for one in crm_gifts(pair)] == ["Yes"]
    assert link(world, pair, Side.PLATFORM, gone, "gift").intent is None
    pair.crm.reset_journal()
    let_pass(world, pair, 3)
    assert written(pair.crm) == {}


@pytest.mark.parametrize("cents", [None, 1500], ids=["whole", "partial"])
def test_a_refund_needs_no_link_of_the_donor(
    world: World, sent: tuple[Pair, str, list[str]], cents: int | None
) -> None:
    pair, event, (gift, _) = sent
    app, ids = world.app, list(linked(world, pair))
    app.links.forget(app.links.find(pair.connection.id, "contact", Side.PLATFORM, ids).values())
    pair.platform.refund(gift, cents, "broken")
    pair.crm.reset_journal()
    done = push(world, pair, event)
    assert log(world, done)[("crm", gift)] == ("updated", "")
    assert in_crm(world, pair, gift)["IsRefunded"] == ("No" if cents else "Yes")
    assert (len(crm_gifts(pair)), len(constituents(pair))) == (2, 2)
    assert "POST /v2/constituent" not in pair.crm.calls()


@pytest.mark.parametrize("cents", [None, 1500], ids=["whole", "partial"])
def test_a_gift_that_a_person_has_found_is_refunded_at_once(
    world: World, sent: tuple[Pair, str, list[str]], cents: int | None
) -> None:
    pair, _, (gift, _) = sent
    links, known = world.app.links, link(world, pair, Side.PLATFORM, gift, "gift")
    links.db.transact(links.drop_ops(known))
    asked = Question("several_recorded", "The CRM holds several gifts with this reference.", (known.crm_id,))
    links.save(replace(known, state="parked", crm_id="", question=asked, rev=0, run="", outcomes={}, base={}))
    pair.platform.refund(gift, cents, "broken")
    review.answer(world.app, connected(world, pair), "gift", Side.PLATFORM, gift, f"match:{known.crm_id}", "tester")
    world.pump()
    assert in_crm(world, pair, gift)["IsRefunded"] == ("No" if cents else "Yes")
    assert ("Partially refunded 15.00" in note(world, pair, gift)) is bool(cents)


def test_every_part_is_told_with_its_own_amount_and_then_the_whole(
    world: World, sent: tuple[Pair, str, list[str]]
) -> None:
    pair, event, (gift, _) = sent
    for number, cents in enumerate((1000, 1500, 2000), start=1):
        pair.platform.refund(gift, cents, "broken")
        let_pass(world, pair)
        done = push(world, pair, event)
        assert log(world, done) == {("crm", gift): ("updated", "")}
        told = [f"Partially refunded {amount:.2f} on" for amount in (10, 15, 20)[:number]]
        assert [note(world, pair, gift).count(words) for words in told] == [1] * number
        assert note(world, pair, gift).count("Partially refunded") == number
        assert in_crm(world, pair, gift)["IsRefunded"] == "No"
    pair.platform.refund(gift, None, "all of it")
    let_pass(world, pair)
    push(world, pair, event)
    assert in_crm(world, pair, gift)["IsRefunded"] == "Yes"
    assert note(world, pair, gift).count("Partially refunded") == 3
    pair.crm.reset_journal()
    push(world, pair, event)
    assert written(pair.crm) == {}


def test_two_parts_given_back_between_two_runs_are_both_told(world: World, sent: tuple[Pair, str, list[str]]) -> None:
    pair, event, (gift, _) = sent
    pair.platform.refund(gift, 1000, "broken")
    pair.platform.refund(gift, 1500, "late")
    push(world, pair, event)
    text = note(world, pair, gift)
    assert [text.count(words) for words in ("Partially refunded 10.00", "Partially refunded 15.00")] == [1, 1]


def test_parts_that_make_up_the_whole_take_the_gift_back(world: World, sent: tuple[Pair, str, list[str]]) -> None:
    pair, event, (gift, other) = sent
    pair.platform.refund(gift, 4000, "one")
    pair.platform.refund(gift, 5000, "two")
    push(world, pair, event)
    assert in_crm(world, pair, gift)["IsRefunded"] == "Yes"
    assert in_crm(world, pair, other)["IsRefunded"] == "No"
