"""Merged, archived or deleted: the link follows, or a person is asked; nothing is created again, nothing deleted."""

from typing import Any

import pytest

from tests.rows.conftest import Site, sums
from tests.rows.people import answer, in_crm, on_platform, questions, spent


@pytest.fixture
def two(synced: Site) -> Site:
    """Two people on both sides."""
    on_platform(synced, "Ada Lane", email="ada@example.org", phone="+13035550101")
    on_platform(synced, "Berta Lane", email="berta@example.org", phone="+13035550102")
    synced.sync()
    assert len(synced.constituents()) == 2
    return synced


def crm_id(site: Site, first: str) -> str:
    """A constituent by first name."""
    (found,) = [one for one, row in site.constituents().items() if row["FirstName"] == first]
    return found


def contact_of(site: Site, first: str) -> dict[str, Any]:
    """A contact by first name."""
    (found,) = [row for row in site.contacts().values() if row.get("firstName") == first]
    return dict(found)


@pytest.mark.parametrize("edited_there", [True, False], ids=["edited_meanwhile", "not_edited"])
def test_F21_the_link_follows_a_merge_where_the_crm_tells(synced: Site, edited_there: bool) -> None:
    synced.crm.set_options(merged_loser="forwards")
    contact = on_platform(synced, "Ada Lane", email="ada@example.org", phone="+13035550101")
    synced.sync()
    (loser,) = synced.constituents()
    survivor = in_crm(synced, "Ada Lane", "ada@example.org", "303-555-0101")
    synced.crm.staff_merge(int(survivor), int(loser))
    if edited_there:
        synced.platform.edit_contact(contact, lastName="Lane-Fox")
    run = synced.sync()
    sums(run)
    assert questions(synced) == []
    assert len(synced.contacts()) == 1, "nobody new"
    synced.platform.edit_contact(contact, lastName="Lane-Wolf")
    synced.sync()
    assert set(synced.constituents()) == {survivor}
    assert synced.constituents()[survivor]["LastName"] == "Lane-Wolf"


def test_F21_two_that_are_linked_already_become_one_and_its_alias(two: Site) -> None:
    two.crm.set_options(merged_loser="forwards")
    ada, berta = crm_id(two, "Ada"), crm_id(two, "Berta")
    two.crm.staff_merge(int(ada), int(berta))
    two.platform.edit_contact(contact_of(two, "Berta")["id"], phone="+13035550177")
    run = two.sync()
    sums(run)
    assert set(two.constituents()) == {ada}
    assert two.constituents()[ada]["FirstName"] == "Ada", "an alias's fields do not go over"
    assert len(two.contacts()) == 2, "nothing is deleted on the platform"
    receipt = {"contactId": contact_of(two, "Berta")["id"], "items": [{"name": "Quilt", "price": 50.0}]}
    event = two.platform.hold_auction(receipts=[receipt])["event"]["id"]
    two.reconcile(event)
    assert [str(gift["AccountId"]) for gift in two.gifts()] == [ada], "its gifts follow"


def test_F21_where_the_crm_does_not_tell_it_is_matched_again(synced: Site) -> None:
    contact = on_platform(synced, "Ada Lane", email="ada@example.org", phone="+13035550101")
    synced.sync()
    (loser,) = synced.constituents()
    survivor = in_crm(synced, "Ada Lane", "ada@example.org", "303-555-0101")
    synced.crm.staff_merge(int(survivor), int(loser))
    synced.platform.edit_contact(contact, lastName="Lane-Fox")
    synced.sync()
    assert questions(synced) == []
    assert set(synced.constituents()) == {survivor}
    assert synced.constituents()[survivor]["LastName"] == "Lane-Fox"
    assert len(synced.contacts()) == 1


def test_F21_where_nobody_fits_it_is_parked_and_never_created_again(two: Site) -> None:
    two.crm.staff_delete(int(crm_id(two, "Ada")))
    contact = contact_of(two, "Ada")["id"]
    for name in ("Lane-Fox", "Lane-Wolf"):
        two.platform.edit_contact(contact, lastName=name)
        run = two.sync()
        assert run["counts"]["crm"]["created"] == 0
        (question,) = questions(two)
        assert (question["code"], question["id"]) == ("review_gone", contact)
        assert "create" not in question["answers"]
        assert set(two.constituents()) == {crm_id(two, "Berta")}
    assert contact_of(two, "Ada")["status"] == "active"


def test_F21_a_person_says_who_it_is_now(two: Site) -> None:
    two.crm.staff_delete(int(crm_id(two, "Ada")))
    contact = contact_of(two, "Ada")["id"]
    two.platform.edit_contact(contact, lastName="Lane-Fox")
    two.sync()
    other = in_crm(two, "Adelheid Lane", "adelheid@example.org")
    (question,) = questions(two)
    answer(two, question, f"match:{other}")
    assert questions(two) == []
    two.platform.edit_contact(contact, lastName="Lane-Wolf")
    two.sync()
    assert two.constituents()[other]["LastName"] == "Lane-Wolf"
    assert len(two.constituents()) == 2


def test_F21_an_archived_constituent_stays_linked(two: Site) -> None:
    ada = crm_id(two, "Ada")
    two.crm.staff_edit(int(ada), Status="Inactive")
    run = two.sync()
    assert run["counts"]["platform"]["failed"] == 0
    two.platform.edit_contact(contact_of(two, "Ada")["id"], lastName="Lane-Fox")
    two.sync()
    row = two.constituents()[ada]
    assert (row["Status"], row["LastName"]) == ("Inactive", "Lane-Fox")


def test_F21_nothing_is_mass_deleted(connected: Site) -> None:
    ids = connected.platform.seed_people(30)
    connected.first_sync()
    assert len(connected.constituents()) == 30
    connected.platform.delete_contacts(*ids)
    with spent(connected) as calls:
        run = connected.sync()
    sums(run)
    assert len(connected.constituents()) == 30
    assert calls.writes == 0
    assert run["counts"]["crm"]["skipped"] == 30
    for number in list(connected.constituents())[:10]:
        connected.crm.staff_delete(int(number))
    connected.sync()
    assert len(connected.constituents()) == 20
    assert all(row["status"] == "deleted" for row in connected.contacts().values())
