"""Who is who: asked of the vendor before anything is created, and never guessed."""

from collections.abc import Iterator
from typing import Any

import pytest

from giftbridge.domain.contact import FIELDS, Side
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.session import session_for_person
from giftbridge.stores.attributes import pack_item
from giftbridge.stores.sightings import Sighting
from tests.jobs.driving import (
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
    written,
)
from tests.world import Pair, World

ITEM_LIMIT = 400 * 1024
"""Bytes of one DynamoDB item."""


def reconciled_gift_of(pair: Pair, contact: str) -> str:
    """An event with one gift; its id."""
    receipt = {"contactId": contact, "items": [{"name": "Quilt", "price": 50.0}], "payments": [{"method": "cash"}]}
    event = str(pair.platform.hold_auction(receipts=[receipt])["event"]["id"])
    pair.platform.set_event_status(event, "reconciled")
    return event


def test_the_donor_of_a_gift_whom_the_crm_has_already_is_not_created_again(world: World) -> None:
    """Nothing was ever surveyed, so only the vendor can know."""
    pair = world.connect(first_sync="declined")
    number, contact = in_crm(pair), ann(pair)
    run = gifts.start_event(world.app, pair.connection, reconciled_gift_of(pair, contact), "tester")
    world.pump()
    done = ended(world, pair, run)
    assert world.counts(done, Side.CRM) == {"read": 1, "created": 1}
    assert (list(constituents(pair)), linked(world, pair)) == ([number], {contact: number})
    (gift,) = pair.crm.state()["transactions"]
    assert (str(gift["AccountId"]), gift["Amount"]) == (number, 50.0)
    assert written(pair.crm) == {"POST /v2/transaction": 1}


def test_a_secondary_address_is_recognised(world: World) -> None:
    pair = world.connect()
    number = in_crm(pair, email="work@example.org")
    pair.crm.staff_add_email(int(number), "ann@example.org")
    contact = ann(pair)
    run = sync(world, pair, "first")
    let_pass(world, pair, 2)
    ended(world, pair, run)
    assert (list(constituents(pair)), list(contacts(pair))) == ([number], [contact])
    assert linked(world, pair) == {contact: number}
    assert "POST /v2/constituent" not in pair.crm.calls()


def test_two_whom_only_the_vendor_knows_are_a_question(world: World) -> None:
    pair = world.connect(first_sync="declined")
    both = {in_crm(pair), in_crm(pair, "Bob")}
    contact = ann(pair)
    done = ended(world, pair, look_at(world, pair, Side.PLATFORM, contact))
    assert log(world, done) == {("crm", contact): ("failed", "review_shared_email")}
    question = link(world, pair, Side.PLATFORM, contact).question
    assert question is not None
    assert set(question.candidates) == both == set(constituents(pair))
    assert written(pair.crm) == {}


def test_a_question_on_the_other_side_is_taken_in_by_whom_the_vendor_names(world: World) -> None:
    pair = world.connect()
    number, other = in_crm(pair), in_crm(pair, "Bob")
    contact, namesake = ann(pair), ann(pair, firstName="Bea")
    ended(world, pair, sync(world, pair, "first"))
    assert link(world, pair, Side.CRM, number).asks
    pair.crm.staff_delete(int(other))
    pair.platform.delete_contacts(namesake)
    done = ended(world, pair, look_at(world, pair, Side.PLATFORM, contact))
    assert log(world, done) in ({}, {("crm", contact): ("unchanged", "")})
    assert (linked(world, pair), list(constituents(pair))) == ({contact: number}, [number])
    assert not link(world, pair, Side.CRM, number).asks


def test_an_impossible_address_matches_nobody(world: World) -> None:
    pair = world.connect()
    number = in_crm(pair, "Carl", "Cole", email="none..none@example.org")
    contact = ann(pair, email="none..none@example.org", phone="+15125550100")
    run = sync(world, pair, "first")
    let_pass(world, pair, 2)
    ended(world, pair, run)
    assert linked(world, pair).get(contact) != number
    assert constituents(pair)[number]["FirstName"] == "Carl"
    assert contacts(pair)[contact]["firstName"] == "Ann"
    assert not [path for path in pair.crm.calls() if "search" in path]


def test_a_search_costs_two_calls_however_many_it_finds(world: World) -> None:
    pair = world.connect(first_sync="declined")
    for number in range(12):
        one = in_crm(pair, f"A{number}", email=f"a{number}@example.org")
        pair.crm.staff_add_email(int(one), f"shared{number}@example.org")
    with session_for_person(world.app, connected(world, pair)) as session:
        crm: Any = session.crm
        assert crm.contacts_by_email("example.org") == []
        assert sum(pair.crm.calls().values()) <= 2
        (found,) = crm.contacts_by_email("shared7@example.org")
    assert found.contact.first_name == "A7"
    assert sum(pair.crm.calls().values()) <= 4


def test_a_namesake_that_was_deleted_is_in_nobodys_way(world: World) -> None:
    pair = world.connect()
    first = ann(pair)
    world.advance(pair, seconds=1)  # the feed shows the last of it again and again, and all who have its stamp
    second = ann(pair)
    done = ended(world, pair, sync(world, pair, "first"))
    assert set(log(world, done).values()) == {("failed", "review_shared_email")}
    pair.platform.delete_contacts(second)
    let_pass(world, pair)
    ended(world, pair, sync(world, pair))
    pair.platform.edit_contact(first, firstName="Anne")
    let_pass(world, pair)
    done = ended(world, pair, sync(world, pair))
    assert log(world, done)[("crm", first)] == ("created", "")
    (person,) = constituents(pair).values()
    assert (person["FirstName"], linked(world, pair)) == ("Anne", {first: str(person["Id"])})
    assert not link(world, pair, Side.PLATFORM, first).asks


def test_a_person_and_an_organisation_are_never_the_same(world: World) -> None:
    pair = world.connect()
    email = {"Type": "Work", "Value": "ann@acme.org", "IsPrimary": True}
    body = {"Type": "Organization", "FullName": "Acme", "PrimaryEmail": email}
    number = str(pair.crm.staff_call("POST", "/constituent", body)["Id"])
    contact = ann(pair, email="ann@acme.org")
    done = ended(world, pair, sync(world, pair, "first"))
    assert log(world, done) == {
        ("crm", contact): ("failed", "review_kind"),
        ("platform", number): ("failed", "review_kind"),
    }
    assert (written(pair.crm), written(pair.platform)) == ({}, {})
    assert (constituents(pair)[number]["FullName"], contacts(pair)[contact].get("organizationName")) == ("Acme", None)
    assert linked(world, pair) == {}


@pytest.mark.parametrize("known", [False, True], ids=["new_to_the_crm", "known_to_the_crm"])
def test_two_equal_new_contacts_at_once_never_become_two_constituents(world: World, known: bool) -> None:
    """Neither was surveyed: they come by webhook, in one batch."""
    pair = world.connect(first_sync="declined")
    numbers = [in_crm(pair)] if known else []
    first, second = ann(pair), ann(pair)
    done = ended(world, pair, look_at(world, pair, Side.PLATFORM, first, second))
    (number,) = constituents(pair)
    assert numbers in ([], [number])
    assert sorted(log(world, done).values())[-1] == ("failed", "review_taken")
    assert linked(world, pair) == {first: number}
    assert pair.crm.calls().get("POST /v2/constituent", 0) == (0 if known else 1)


def test_two_equal_new_contacts_of_a_survey_are_a_question(world: World) -> None:
    pair = world.connect()
    number = in_crm(pair)
    first, second = ann(pair), ann(pair)
    done = ended(world, pair, sync(world, pair, "first"))
    assert set(log(world, done).values()) == {("failed", "review_shared_email")}
    assert (linked(world, pair), list(constituents(pair))) == ({}, [number])
    assert set(contacts(pair)) == {first, second}


def crowd(people: int) -> Iterator[Sighting]:
    """All of them under one placeholder address."""
    prints: dict[str, str] = dict.fromkeys(FIELDS[:6], "A" * 16)
    for number in range(people):
        yield Sighting(str(1_990_000 + number), "e" * 16, prints, "r" * 16, "", "20261122T105750470567-2f7d11bc")


def test_a_placeholder_address_of_thousands_stays_small_and_ambiguous(world: World) -> None:
    pair = world.connect()
    sightings, connection = world.app.sightings, pair.connection.id
    seen = list(crowd(2000))
    for start in range(0, len(seen), 50):
        sightings.note(connection, Side.CRM, seen[start : start + 50])
    kept = sightings.find(connection, Side.CRM, ["e" * 16])["e" * 16]
    assert len(kept) > 1
    assert len(str(pack_item({one.id: one.item() for one in kept}))) < ITEM_LIMIT / 10


def test_a_placeholder_address_that_many_share_is_asked_about_for_each(world: World) -> None:
    pair = world.connect()
    numbers = [in_crm(pair, f"A{number}", email="info@example.org") for number in range(25)]
    contact = ann(pair, email="info@example.org")
    done = ended(world, pair, sync(world, pair, "first"))
    codes = log(world, done)
    assert set(codes.values()) == {("failed", "review_shared_email")}
    assert set(codes) == {("crm", contact), *(("platform", number) for number in numbers)}
    assert (written(pair.crm), written(pair.platform)) == ({}, {})
