"""What a vendor refuses: told once, taken back, tried again when somebody asks; and answers that outlive a refusal."""

from dataclasses import replace

import pytest

from giftbridge.domain.contact import Side
from tests.jobs.driving import (
    ADDRESS,
    ann,
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

PUT = "PUT /v2/constituent/{id}"


def test_a_matched_pair_whose_first_write_is_refused_is_linked_and_told(world: World) -> None:
    """The CRM's own walk meets the pair next: it must find no intent that nobody ends."""
    pair = world.connect()
    number = in_crm(pair)
    contact = ann(pair, address={**ADDRESS, "state": "Texass"})
    done = ended(world, pair, sync(world, pair, "first"))
    assert log(world, done)[("crm", contact)] == ("failed", "state_unknown")
    assert set(log(world, done).values()) == {("failed", "state_unknown")}
    assert "PrimaryAddress" not in constituents(pair)[number]
    assert (linked(world, pair), len(constituents(pair)), len(contacts(pair))) == ({contact: number}, 1, 1)
    pair.crm.reset_journal()
    let_pass(world, pair, 4, minutes=40)
    assert written(pair.crm) == {}
    pair.platform.edit_contact(contact, address=ADDRESS)
    done = ended(world, pair, sync(world, pair))
    assert log(world, done) == {("crm", contact): ("updated", "")}
    assert constituents(pair)[number]["PrimaryAddress"]["City"] == "Austin"
    assert pair.crm.calls()[PUT] == 1


def two_share_her_address(world: World, pair: Pair) -> tuple[str, str, str]:
    """Ann is asked about: the ids of both candidates and hers."""
    both = in_crm(pair), in_crm(pair, "Bob")
    contact = ann(pair, phone="+15125550100")
    done = ended(world, pair, sync(world, pair, "first"))
    assert set(log(world, done).values()) == {("failed", "review_shared_email")}
    world.advance(pair, hours=1)
    return (*both, contact)


def decide(world: World, pair: Pair, contact: str, decision: str) -> None:
    """A person answers."""
    world.app.links.save(replace(link(world, pair, Side.PLATFORM, contact), decision=decision))


def test_an_answer_that_names_one_of_them_takes_in_the_question_on_the_other_side(world: World) -> None:
    pair = world.connect()
    first, second, contact = two_share_her_address(world, pair)
    assert link(world, pair, Side.CRM, first).asks
    decide(world, pair, contact, f"match:{first}")
    run = look_at(world, pair, Side.PLATFORM, contact)
    let_pass(world, pair, 2)
    done = ended(world, pair, run)
    assert log(world, done) == {("crm", contact): ("updated", "")}
    assert linked(world, pair) == {contact: first}
    assert link(world, pair, Side.CRM, first).platform_id == contact
    assert link(world, pair, Side.CRM, second).asks
    assert constituents(pair)[first]["PrimaryPhone"]["Number"] == "(512) 555-0100"
    assert (len(constituents(pair)), len(contacts(pair))) == (2, 1)


@pytest.mark.parametrize(
    "fault", [{"status": 429, "retry_after": "30"}, {"status": 503}, {"status": 400}], ids=["429", "503", "400"]
)
def test_the_answer_to_create_outlives_what_goes_wrong_with_it(world: World, fault: dict[str, object]) -> None:
    pair = world.connect()
    first, second, contact = two_share_her_address(world, pair)
    decide(world, pair, contact, "create")
    pair.crm.fault(mode="status", method="POST", path="/v2/constituent", count=1, **fault)
    run = look_at(world, pair, Side.PLATFORM, contact)
    let_pass(world, pair, 4)
    done = ended(world, pair, run)
    if fault["status"] == 400:
        assert log(world, done)[("crm", contact)][0] == "failed"
        assert link(world, pair, Side.PLATFORM, contact).decision == "create"
        done = ended(world, pair, look_at(world, pair, Side.PLATFORM, contact))
    assert log(world, done) == {("crm", contact): ("created", "")}
    (third,) = set(constituents(pair)) - {first, second}
    assert linked(world, pair) == {contact: third}
    assert pair.crm.calls()["POST /v2/constituent"] == 2


def test_what_the_crm_refuses_to_create_leaves_no_trace_but_its_line(world: World) -> None:
    pair = world.connect()
    contact = ann(pair, lastName="")
    done = ended(world, pair, sync(world, pair, "first"))
    assert log(world, done) == {("crm", contact): ("failed", "name_missing")}
    assert world.app.links.get(pair.connection.id, "contact", Side.PLATFORM, contact) is None
    let_pass(world, pair, 3)
    assert (constituents(pair), waiting(world, pair)) == ({}, [])
    pair.platform.edit_contact(contact, lastName="Lee")
    done = ended(world, pair, sync(world, pair))
    assert log(world, done) == {("crm", contact): ("created", "")}
