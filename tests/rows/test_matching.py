"""Who is who: by id, then by e-mail, else a new record; what fits two people waits for a person."""

from typing import Any

import pytest

from tests.rows.conftest import Site, sums
from tests.rows.people import answer, crm_by_email, crm_email, edit_row, in_crm, on_platform, questions

SHARED = "family@example.org"


def test_F16_by_id_even_when_the_address_changed_to_somebody_elses_old_one(synced: Site) -> None:
    one = on_platform(synced, "Ada Lane", email="ada@example.org")
    synced.sync()
    (before,) = synced.constituents()
    synced.platform.edit_contact(one, email="lane@example.org")
    on_platform(synced, "Berta Lane", email="ada@example.org", phone="+13035550102")
    run = synced.sync()
    assert (run["counts"]["crm"]["updated"], run["counts"]["crm"]["created"]) == (1, 1)
    rows = crm_by_email(synced)
    assert str(rows["lane@example.org"]["Id"]) == before
    assert rows["ada@example.org"]["FirstName"] == "Berta"


def test_F16_by_email_whatever_its_case_and_a_second_address_counts(synced: Site) -> None:
    first = in_crm(synced, "Ada Lane", "Ada.Lane@Example.org")
    second = in_crm(synced, "Berta Lane", "berta@example.org")
    synced.crm.staff_add_email(int(second), "b.lane@example.org")
    synced.crm.call("GET", "/state")
    on_platform(synced, "Ada Lane", email="ada.lane@example.org", phone="+13035550101")
    on_platform(synced, "Berta Lane", email="B.Lane@example.org", phone="+13035550102")
    run = synced.sync()
    sums(run)
    assert run["counts"]["crm"]["created"] == run["counts"]["platform"]["created"] == 0
    assert set(synced.constituents()) == {first, second}
    assert len(synced.contacts()) == 2


def test_F16_else_created_and_blank_never_matches(connected: Site) -> None:
    in_crm(connected, "Ada Lane", phone="3035550101")
    in_crm(connected, "Berta Lane", phone="3035550102")
    on_platform(connected, "Carla Lane", phone="+13035550103")
    on_platform(connected, "Dora Lane", email="  ", phone="+13035550104")
    on_platform(connected, "Eva Lane", email="not an address", phone="+13035550105")
    run = connected.first_sync()
    sums(run)
    assert run["counts"]["platform"]["created"] == 2
    assert questions(connected) == []
    names = sorted(row["FirstName"] for row in connected.constituents().values())
    assert set(names) >= {"Ada", "Berta", "Carla", "Dora"}
    assert len(names) == len(set(names))


@pytest.fixture
def parked(connected: Site) -> Site:
    """Two constituents share the address of one contact; the first sync has asked."""
    in_crm(connected, "Ada Lane", SHARED, "3035550101")
    in_crm(connected, "Berta Lane", SHARED, "3035550102")
    on_platform(connected, "Ada Lane", email=SHARED, phone="+13035550101")
    run = connected.first_sync()
    sums(run)
    assert run["counts"]["crm"]["review"] == 1
    assert len(connected.constituents()) == 2
    assert len(connected.contacts()) == 1
    return connected


def of_the_platform(site: Site) -> dict[str, Any]:
    """The question about the contact; the constituents' own are the same one from the other side."""
    (question,) = [one for one in questions(site) if one["side"] == "platform"]
    return dict(question)


def test_F16_what_matches_two_people_is_parked_and_asked_about(parked: Site) -> None:
    question = of_the_platform(parked)
    assert question["code"] == "review_shared_email"
    assert set(question["candidates"]) == set(parked.constituents())
    assert set(question["answers"]) == {"match", "create", "ignore", "retry"}
    assert question["label"] == "Ada Lane"
    parked.sync()
    assert len(parked.constituents()) == 2, "it is never guessed, however often it is looked at"


def test_F16_answered_by_match_to_this_one(parked: Site) -> None:
    berta = next(one for one, row in parked.constituents().items() if row["FirstName"] == "Berta")
    run = answer(parked, of_the_platform(parked), f"match:{berta}")
    assert run["state"] == "done"
    assert len(parked.constituents()) == 2
    (contact,) = parked.contacts().values()
    parked.platform.edit_contact(contact["id"], lastName="Lane-Fox")
    parked.sync()
    assert parked.constituents()[berta]["LastName"] == "Lane-Fox"


def test_F16_answered_by_create_new(parked: Site) -> None:
    before = set(parked.constituents())
    run = answer(parked, of_the_platform(parked), "create")
    assert run["counts"]["crm"]["created"] == 1
    (made,) = set(parked.constituents()) - before
    assert crm_email(parked.constituents()[made]) == SHARED


def test_F16_answered_by_do_not_sync(parked: Site) -> None:
    before = parked.constituents()
    assert answer(parked, of_the_platform(parked), "ignore") is None
    (contact,) = parked.contacts()
    parked.platform.edit_contact(contact, lastName="Elsewhere")
    parked.sync()
    assert parked.constituents() == before
    assert contact not in {one["id"] for one in questions(parked)}


def test_F16_answered_by_try_again_after_staff_set_it_right(parked: Site) -> None:
    question = of_the_platform(parked)
    answer(parked, question, "retry")
    assert of_the_platform(parked)["code"] == "review_shared_email", "nothing is different yet"
    berta = next(one for one, row in parked.constituents().items() if row["FirstName"] == "Berta")
    edit_row(parked, berta, "PrimaryEmail", Value="berta@example.org")
    run = answer(parked, of_the_platform(parked), "retry")
    assert run["counts"]["crm"]["failed"] == 0
    (contact,) = [one for one in parked.contacts().values() if one["firstName"] == "Ada"]
    parked.platform.edit_contact(contact["id"], lastName="Lane-Fox")
    parked.sync()
    assert crm_by_email(parked)[SHARED]["LastName"] == "Lane-Fox"
    assert len(parked.constituents()) == 2
