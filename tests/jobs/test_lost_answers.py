"""The vendor did it but its answer was lost, or what follows failed: one record remains, and everything ends."""

from dataclasses import replace
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from tests.jobs.driving import (
    ADDRESS,
    ann,
    connected,
    constituents,
    contacts,
    ended,
    in_crm,
    let_pass,
    link,
    linked,
    log,
    look_at,
    sync,
    waiting,
    written,
)
from tests.world import Pair, World

CREATE = "POST /v2/constituent"
TELL = "PUT /organisations/{id}/contacts/{id}/crm-ids/bloomerang"


def one_pair(world: World, pair: Pair) -> tuple[dict[str, Any], dict[str, Any]]:
    """The only contact and the only constituent, which are linked."""
    ((contact_id, contact),) = contacts(pair).items()
    ((number, constituent),) = constituents(pair).items()
    assert linked(world, pair) == {contact_id: number}
    return contact, constituent


def outage_after_a_lost_answer(world: World, pair: Pair) -> None:
    """The create gets through, its answer does not; then the CRM's lists are down for eight hours."""
    pair.crm.fault(mode="reset_after", method="POST", path="/v2/constituent", count=1)
    pair.crm.fault(mode="status", status=503, path="/v2/constituents", count=None, after=2)
    run = sync(world, pair, "first")
    let_pass(world, pair, 12, minutes=40)
    assert world.run(pair, run).state == "done"
    pair.crm.clear_faults()


@pytest.mark.parametrize("point", [{}, {"email": "", "phone": "+15125550100"}], ids=["email", "phone_only"])
def test_a_lost_answer_and_an_outage_leave_one_of_each(world: World, point: dict[str, str]) -> None:
    pair = world.connect()
    contact = ann(pair, **point)
    outage_after_a_lost_answer(world, pair)
    run = sync(world, pair)
    let_pass(world, pair, 4)
    let_pass(world, pair, 2, minutes=40)
    ended(world, pair, run)
    assert one_pair(world, pair)[0]["id"] == contact
    assert (pair.crm.calls()[CREATE], written(pair.platform)) == (1, {TELL: 1})
    ended(world, pair, look_at(world, pair, Side.PLATFORM, contact))
    one_pair(world, pair)


@pytest.mark.parametrize("point", [{}, {"email": "", "phone": "+15125550100"}], ids=["email", "phone_only"])
def test_one_that_fails_beside_it_holds_nothing_up(world: World, point: dict[str, str]) -> None:
    """The CRM refuses the second for want of a last name, whatever else goes on."""
    pair = world.connect()
    contact = ann(pair, **point)
    nameless = ann(pair, lastName="", email="later@example.org")
    outage_after_a_lost_answer(world, pair)
    run = sync(world, pair)
    let_pass(world, pair, 4)
    let_pass(world, pair, 2, minutes=40)
    ended(world, pair, run)
    ((number, _),) = constituents(pair).items()
    assert linked(world, pair) == {contact: number}
    assert set(contacts(pair)) == {contact, nameless}
    assert log(world, run).get(("crm", nameless)) == ("failed", "name_missing")


def test_somebody_else_with_the_same_phone_is_not_mistaken_and_goes_over_once_it_is_known(world: World) -> None:
    """A couple: his create got through without an answer, and staff made hers before anybody looked again."""
    pair = world.connect()
    his = ann(pair, firstName="Adam", email="", phone="+15125550100")
    outage_after_a_lost_answer(world, pair)
    phone = {"Type": "Home", "Number": "512-555-0100", "IsPrimary": True}
    hers = in_crm(pair, "Eve", email="", PrimaryPhone=phone)
    sync(world, pair)
    let_pass(world, pair, 4)
    let_pass(world, pair, 2, minutes=40)
    question = link(world, pair, Side.PLATFORM, his).question
    assert question is not None
    assert (question.code, set(question.candidates)) == ("several_created", set(constituents(pair)))
    assert (len(question.candidates), list(contacts(pair)), linked(world, pair)) == (2, [his], {})
    (adam,) = set(question.candidates) - {hers}
    world.app.links.save(replace(link(world, pair, Side.PLATFORM, his), decision=f"match:{adam}"))
    look_at(world, pair, Side.PLATFORM, his)
    let_pass(world, pair, 2, hours=25)
    assert waiting(world, pair) == []
    names = {contact: one["firstName"] for contact, one in contacts(pair).items()}
    assert {number: names[contact] for contact, number in linked(world, pair).items()} == {adam: "Adam", hers: "Eve"}
    assert pair.crm.calls()[CREATE] == 1


def test_an_edit_between_a_lost_answer_and_the_retry_makes_no_second_one_and_goes_over(world: World) -> None:
    pair = world.connect()
    contact = ann(pair, phone="+15125550100")
    pair.crm.fault(mode="reset_after", method="POST", path="/v2/constituent", count=1)
    sync(world, pair, "first")
    pair.platform.edit_contact(contact, email="ann.new@example.org", firstName="Anna")
    let_pass(world, pair, 4)
    run = sync(world, pair)
    let_pass(world, pair, 2)
    ended(world, pair, run)
    seen, person = one_pair(world, pair)
    assert (seen["email"], seen["firstName"]) == ("ann.new@example.org", "Anna")
    assert (person["PrimaryEmail"]["Value"], person["FirstName"]) == ("ann.new@example.org", "Anna")
    assert pair.crm.calls()[CREATE] == 1


@pytest.mark.parametrize("again", [1, 2], ids=["once", "twice"])
def test_an_edit_after_a_lost_answer_wins_over_what_we_wrote_ourselves(world: World, again: int) -> None:
    """What the CRM has then is our own write: no edit of somebody there that could win over the later one."""
    pair = world.connect()
    contact = ann(pair)
    ended(world, pair, sync(world, pair, "first"))
    for number in range(again + 1):
        if number < again:
            pair.crm.fault(mode="reset_after", method="PUT", path="/v2/constituent/*", count=1)
        pair.platform.edit_contact(contact, firstName=f"Ann{'aeiou'[number]}")
        look_at(world, pair, Side.PLATFORM, contact)
    let_pass(world, pair, 6)
    there, here = one_pair(world, pair)
    assert (there["firstName"], here["FirstName"]) == (f"Ann{'aeiou'[again]}",) * 2


@pytest.mark.parametrize("side", list(Side))
def test_an_edit_that_is_undone_after_a_lost_answer_is_undone_on_both_sides(world: World, side: Side) -> None:
    pair = world.connect()
    contact = ann(pair)
    ended(world, pair, sync(world, pair, "first"))
    (number,) = constituents(pair)
    end, path = (pair.platform, "*/contacts/*") if side is Side.CRM else (pair.crm, "/v2/constituent/*")
    end.fault(mode="reset_after", method="PATCH" if side is Side.CRM else "PUT", path=path, count=1)
    for name in ("Anna", "Ann"):
        if side is Side.CRM:
            pair.crm.staff_edit(int(number), FirstName=name)
        else:
            pair.platform.edit_contact(contact, firstName=name)
        look_at(world, pair, side, number if side is Side.CRM else contact)
    let_pass(world, pair, 6)
    there, here = one_pair(world, pair)
    assert (there["firstName"], here["FirstName"]) == ("Ann", "Ann")


def test_a_create_that_the_platform_did_with_older_data_is_a_question_and_no_loop(world: World) -> None:
    pair = world.connect()
    number = in_crm(pair, email="", PrimaryPhone={"Type": "Home", "Number": "512-555-0100", "IsPrimary": True})
    pair.platform.fault(mode="reset_after", method="POST", path="*/contacts", count=1)
    run = sync(world, pair, "first")
    pair.crm.staff_edit(int(number), FirstName="Anna")
    let_pass(world, pair, 4)
    done = ended(world, pair, run)
    assert log(world, done) == {("platform", number): ("failed", "maybe_created")}
    assert link(world, pair, Side.CRM, number).asks
    pair.crm.reset_journal()
    pair.platform.reset_journal()
    let_pass(world, pair, 6)
    assert (pair.crm.calls(), pair.platform.calls()) == ({}, {})
    (contact,) = contacts(pair)
    done = ended(world, pair, sync(world, pair), later=("contact",))
    assert log(world, done)[("crm", contact)] == ("failed", "maybe_ours")
    assert (written(pair.platform), written(pair.crm), len(contacts(pair))) == ({}, {}, 1)
    world.app.links.save(replace(link(world, pair, Side.CRM, number), decision=f"match:{contact}"))
    ended(world, pair, look_at(world, pair, Side.CRM, number), later=("contact",))
    let_pass(world, pair, 2, hours=25)
    assert waiting(world, pair) == []
    seen, person = one_pair(world, pair)
    assert seen["firstName"] == person["FirstName"] == "Anna"


def test_the_platform_is_told_the_crms_id_later_and_nothing_is_created_again(world: World) -> None:
    """The address is cut by the CRM, so it could not be recognised by it."""
    pair = world.connect(street_limit=10)
    contact = ann(pair, email="", address={**ADDRESS, "street1": "1234 Long Winding Road"})
    pair.platform.fault(mode="status", status=503, method="PUT", path="*/crm-ids/*", count=1)
    done = sync(world, pair, "first")
    assert log(world, done) == {("crm", contact): ("created", "")}
    assert one_pair(world, pair)[0]["crmIds"] == {}
    let_pass(world, pair, 4)
    let_pass(world, pair, 2, minutes=6)
    ended(world, pair, done)
    seen, person = one_pair(world, pair)
    assert seen["crmIds"] == {"bloomerang": str(person["Id"])}
    assert seen["address"]["street1"] == "1234 Long Winding Road"
    assert pair.crm.calls()[CREATE] == 1


@pytest.mark.parametrize(("status", "problem"), [(404, "urn:x:not-found"), (409, "urn:x:contact-deleted")])
def test_a_platform_that_does_not_want_to_know_the_crms_id_stops_no_run(
    world: World, status: int, problem: str
) -> None:
    pair = world.connect()
    contact = ann(pair)
    pair.platform.fault(
        mode="status", status=status, method="PUT", path="*/crm-ids/*", count=None, body={"type": problem}
    )
    done = ended(world, pair, sync(world, pair, "first"))
    assert log(world, done) == {("crm", contact): ("created", "")}
    one_pair(world, pair)
    pair.platform.reset_journal()
    let_pass(world, pair, 5, minutes=35)
    assert (written(pair.platform), waiting(world, pair)) == ({}, [])
    ended(world, pair, sync(world, pair))
    assert (pair.crm.calls()[CREATE], connected(world, pair).health) == (1, "healthy")
