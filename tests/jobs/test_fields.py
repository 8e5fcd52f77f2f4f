"""Values of a contact: what is taken away on one side goes on the other too; a country keeps its everyday name."""

from typing import Any

import pytest

from giftbridge.domain.contact import Side
from tests.jobs.driving import ADDRESS, ann, constituents, contacts, ended, in_crm, let_pass, log, sync, written
from tests.world import Pair, World

EXTENDED = "(512) 555-0100 ext 12"


def only(pair: Pair) -> dict[str, Any]:
    """The one constituent."""
    (person,) = constituents(pair).values()
    return person


def rests(world: World, pair: Pair) -> None:
    """A further run finds nothing to write on either side."""
    let_pass(world, pair)
    pair.crm.reset_journal()
    pair.platform.reset_journal()
    ended(world, pair, sync(world, pair))
    assert (written(pair.crm), written(pair.platform)) == ({}, {})


@pytest.mark.parametrize("put", ["merge", "replace"])
def test_parts_of_an_address_that_are_gone_do_not_stay_behind(world: World, put: str) -> None:
    pair = world.connect(put=put)
    contact = ann(pair, address={**ADDRESS, "street2": "Apt 4"})
    sync(world, pair, "first")
    assert only(pair)["PrimaryAddress"]["StateAbbreviation"] == "TX"
    bare = {"street1": "10 High St", "street2": None, "city": "Chicago", "state": None, "postalCode": None}
    pair.platform.edit_contact(contact, address=bare)
    let_pass(world, pair)
    done = ended(world, pair, sync(world, pair))
    assert log(world, done) == {("crm", contact): ("updated", "")}
    row = only(pair)["PrimaryAddress"]
    assert (row["Street"], row["City"]) == ("10 High St", "Chicago")
    assert not any(row.get(part) for part in ("State", "StateAbbreviation", "PostalCode"))
    assert only(pair)["PrimaryEmail"]["Value"] == "ann@example.org"
    rests(world, pair)


@pytest.mark.parametrize("put", ["merge", "replace"])
def test_an_address_that_moves_abroad_leaves_nothing_of_the_old_one(world: World, put: str) -> None:
    pair = world.connect(put=put)
    contact = ann(pair, address=ADDRESS)
    sync(world, pair, "first")
    abroad = {"street1": "10 High St", "city": "Toronto", "state": "ON", "postalCode": None, "country": "CA"}
    pair.platform.edit_contact(contact, address=abroad)
    let_pass(world, pair)
    ended(world, pair, sync(world, pair))
    row = only(pair)["PrimaryAddress"]
    assert (row["Street"], row["Country"], row["CountryCode"]) == ("10 High St, Toronto ON", "Canada", "CA")
    assert not any(row.get(part) for part in ("City", "State", "StateAbbreviation", "PostalCode"))
    rests(world, pair)


@pytest.mark.parametrize("put", ["merge", "replace"])
def test_an_extension_that_is_gone_does_not_stay_behind(world: World, put: str) -> None:
    pair = world.connect(put=put)
    phone = {"Type": "Home", "Number": "512-555-0100", "Extension": "12", "IsPrimary": True}
    number = in_crm(pair, PrimaryPhone=phone)
    sync(world, pair, "first")
    ((contact, seen),) = contacts(pair).items()
    assert seen["phone"].endswith("12")
    pair.platform.edit_contact(contact, phone="+15125550199")
    let_pass(world, pair)
    done = ended(world, pair, sync(world, pair))
    assert log(world, done) == {("crm", contact): ("updated", "")}
    row = constituents(pair)[number]["PrimaryPhone"]
    assert (row["Number"], row.get("Extension", "")) == ("(512) 555-0199", "")
    assert contacts(pair)[contact]["phone"] == "+15125550199"
    rests(world, pair)


def test_an_extension_comes_over_beside_the_number(world: World) -> None:
    pair = world.connect()
    contact = ann(pair, phone=EXTENDED)
    sync(world, pair, "first")
    assert contacts(pair)[contact]["phone"] == EXTENDED
    assert "12" in only(pair)["PrimaryPhone"].get("Extension", only(pair)["PrimaryPhone"]["Number"])
    rests(world, pair)


@pytest.mark.parametrize("accepts", ["refuse_parts", "accept"])
def test_the_united_kingdom_is_called_so(world: World, accepts: str) -> None:
    pair = world.connect(international_addresses=accepts)
    london = {"street1": "10 High St", "city": "London", "postalCode": "W1A 1AA", "country": "GB"}
    contact = ann(pair, address=london)
    done = ended(world, pair, sync(world, pair, "first"))
    assert log(world, done) == {("crm", contact): ("created", "")}
    row = only(pair)["PrimaryAddress"]
    assert (row["Country"], row["CountryCode"]) == ("United Kingdom", "GB")
    assert "London" in (row.get("City") or row["Street"])
    rests(world, pair)
    assert contacts(pair)[contact]["address"] == london


def test_the_united_kingdom_of_the_crm_is_gb_on_the_platform(world: World) -> None:
    pair = world.connect()
    address = {"Type": "Home", "Street": "10 High St\nLondon W1A 1AA", "Country": "United Kingdom", "IsPrimary": True}
    number = in_crm(pair, PrimaryAddress=address)
    done = ended(world, pair, sync(world, pair, "first"))
    assert log(world, done) == {("platform", number): ("created", "")}
    (contact,) = contacts(pair).values()
    assert contact["address"]["country"] == "GB"
    rests(world, pair)
    assert world.counts(world.latest(pair), Side.CRM).get("updated", 0) == 0
