"""Who made an edit on the platform decides whether it is sent; what is left alone is neither sent later nor lost."""

from typing import Any

import pytest

from giftbridge.domain.contact import Side
from tests.jobs.driving import ann, constituents, contacts, ended, link, linked, log, look_at, sync
from tests.world import Pair, World

ALONE = ("skipped", "origin_ignored")


@pytest.fixture
def pair(world: World) -> Pair:
    """Edits by programs are not sent; Ann and Cy are linked."""
    made = world.connect({"ignored_origins": ["api"]}, "declined", system="raisedonors")
    ann(made, phone="+13035550101")
    ann(made, firstName="Cy", email="cy@example.org")
    sync(world, made)
    return made


def of(pair: Pair, email: str) -> tuple[str, str]:
    """(contact, constituent) with an address."""
    contact = next(one for one, row in contacts(pair).items() if row.get("email") == email)
    found = [one for one, row in constituents(pair).items() if (row["PrimaryEmail"] or {}).get("Value") == email]
    return contact, found[0] if found else ""


def test_F13_an_edit_by_a_program_is_left_alone_and_told_once(world: World, pair: Pair) -> None:
    contact, constituent = of(pair, "ann@example.org")
    pair.platform.edit_contact(contact, origin="api", lastName="Program")
    run = ended(world, pair, sync(world, pair))
    assert constituents(pair)[constituent]["LastName"] == "Lee"
    assert log(world, run) == {("crm", contact): ALONE}
    assert log(world, ended(world, pair, sync(world, pair))) == {}, "told once"


@pytest.mark.parametrize("origin", ["admin", "donor"])
def test_F13_a_later_edit_by_a_person_sends_all_that_differs(world: World, pair: Pair, origin: str) -> None:
    contact, constituent = of(pair, "ann@example.org")
    pair.platform.edit_contact(contact, origin="api", lastName="Program")
    sync(world, pair)
    pair.platform.edit_contact(contact, origin=origin, phone="+13035550177")
    ended(world, pair, sync(world, pair))
    row = constituents(pair)[constituent]
    assert (row["LastName"], row["PrimaryPhone"]["Number"][-4:]) == ("Program", "0177")


def test_F13_an_edit_in_the_crm_does_not_take_a_programs_edit_along(world: World, pair: Pair) -> None:
    contact, constituent = of(pair, "ann@example.org")
    pair.platform.edit_contact(contact, origin="api", lastName="Program")
    sync(world, pair)
    for name in ("Anna", "Anne"):  # our own writes to the platform make us its latest editor
        pair.crm.staff_edit(int(constituent), FirstName=name)
        ended(world, pair, sync(world, pair))
        row = contacts(pair)[contact]
        assert (row["firstName"], row["lastName"], row["updatedBy"]["origin"]) == (name, "Program", "integration")
        assert constituents(pair)[constituent]["LastName"] == "Lee"
    pair.platform.edit_contact(contact, origin="donor", phone="+13035550177")
    ended(world, pair, sync(world, pair))
    assert constituents(pair)[constituent]["LastName"] == "Program", "left alone is not lost"
    assert link(world, pair, Side.PLATFORM, contact).aside == {}


def test_F13_the_crms_edit_of_the_same_field_wins(world: World, pair: Pair) -> None:
    contact, constituent = of(pair, "ann@example.org")
    pair.platform.edit_contact(contact, origin="api", lastName="Program")
    pair.crm.staff_edit(int(constituent), LastName="Staff")
    ended(world, pair, sync(world, pair))
    assert (contacts(pair)[contact]["lastName"], constituents(pair)[constituent]["LastName"]) == ("Staff", "Staff")


def test_F13_an_opt_out_counts_whoever_made_it(world: World, pair: Pair) -> None:
    contact, constituent = of(pair, "ann@example.org")
    pair.platform.edit_contact(contact, origin="api", doNotCall=True, lastName="Program")
    ended(world, pair, sync(world, pair))
    row = constituents(pair)[constituent]
    assert (row["LastName"], row["CommunicationRestrictions"]) == ("Lee", ["DoNotCall"])


def test_F13_who_was_made_by_a_program_is_brought_over_once_a_person_edits_them(world: World, pair: Pair) -> None:
    made: Any = pair.platform.add_contact(origin="api", firstName="Bo", lastName="Chen", email="bo@example.org")
    run = ended(world, pair, sync(world, pair))
    assert (of(pair, "bo@example.org")[1], log(world, run)) == ("", {("crm", made["id"]): ALONE})
    assert log(world, ended(world, pair, sync(world, pair))) == {}, "told once"
    pair.platform.edit_contact(made["id"], origin="admin", lastName="Chan")
    ended(world, pair, sync(world, pair))
    assert of(pair, "bo@example.org")[1]


def test_F13_a_first_sync_asks_for_no_edits(world: World) -> None:
    pair = world.connect({"ignored_origins": ["api"]}, system="raisedonors")
    made: Any = pair.platform.add_contact(origin="api", firstName="Bo", lastName="Chen", email="bo@example.org")
    sync(world, pair, "first")
    assert list(linked(world, pair)) == [made["id"]]


def test_F13_a_record_that_is_looked_at_again_is_left_alone_as_well(world: World, pair: Pair) -> None:
    contact, constituent = of(pair, "ann@example.org")
    pair.platform.edit_contact(contact, origin="api", lastName="Program")
    run = ended(world, pair, look_at(world, pair, Side.PLATFORM, contact))
    assert (log(world, run), constituents(pair)[constituent]["LastName"]) == ({("crm", contact): ALONE}, "Lee")
