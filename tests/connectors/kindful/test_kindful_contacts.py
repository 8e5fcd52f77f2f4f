"""Contacts at Kindful: ids, links, rows, and what an import makes of them."""

from dataclasses import replace

import pytest

from giftbridge.connectors.base import Done
from giftbridge.domain.contact import Address, Contact, Record
from giftbridge.errors import Park, Reject
from tests.connectors.kindful.bridge import ADA, BEA, REFERENCE, Bridge, told

pytest_plugins = ["tests.sandbox.kindful_fixtures"]


def unread(contact_id: str) -> Record:
    return Record(contact_id, Contact(), None, "", unread=True)


def listed_afterwards(bridge: Bridge) -> dict[str, Record]:
    return bridge.listed("changes")


# -- creating and changing


def test_a_new_contact_goes_by_our_reference(bridge: Bridge) -> None:
    (answer,) = bridge.create((REFERENCE, ADA))
    assert told(answer).id == REFERENCE
    assert bridge.settle(answer) == [Done(REFERENCE)]
    assert bridge.listed()[REFERENCE].contact == ADA


def test_what_is_told_of_an_import_names_the_job_and_columns_alone(bridge: Bridge) -> None:
    (answer,) = bridge.create((REFERENCE, ADA))
    (job,) = bridge.account.jobs()
    columns = "addr1, city, country, email, first_name, id, last_name, postal, primary_phone, state, updated_at"
    assert told(answer).told == f"job {job['id']}: {columns}"


def test_sending_a_contact_again_makes_no_second_one(bridge: Bridge) -> None:
    answers = [bridge.create((REFERENCE, ADA))[0] for _ in range(3)]
    assert [getattr(done, "id", "") for done in bridge.settle(*answers)] == [REFERENCE] * 3
    assert [one["email"] for one in bridge.contacts()] == [ADA.email]


def test_a_change_goes_to_the_contact_that_kindful_had(bridge: Bridge) -> None:
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane", email=ADA.email)
    bridge.pass_time(60)
    before = bridge.listed()[f"k{number}"]
    assert before.contact == Contact(first_name="Ada", last_name="Lane", email=ADA.email)
    bridge.pass_time(60)
    (done,) = bridge.settle(bridge.update(before, phone="(202) 555-0188"))
    assert isinstance(done, Done)
    assert done.record is not None
    assert done.record.contact == replace(before.contact, phone="(202) 555-0188")
    assert [one["id"] for one in bridge.contacts()] == [number]


def test_a_change_of_a_contact_that_nobody_read_needs_no_names(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    answer = bridge.update(unread(REFERENCE), email="new@example.org")
    assert "first_name" not in answer.told
    (done,) = bridge.settle(answer)
    assert isinstance(done, Done)
    assert done.record is not None
    assert done.record.contact == replace(ADA, email="new@example.org")


def test_a_change_is_not_taken_for_older_than_what_it_changes(bridge: Bridge) -> None:
    bridge.account.set_options(equal_update_time="ignored")
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane", email=ADA.email)
    before = bridge.listed()[f"k{number}"]
    bridge.now = bridge.now.replace(hour=9)  # our clock is behind Kindful's
    (done,) = bridge.settle(bridge.update(before, email="new@example.org"))
    assert isinstance(done, Done)
    assert [one["email"] for one in bridge.contacts()] == ["new@example.org"]


def test_names_go_with_a_change_unless_a_setting_says_otherwise(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    before = bridge.listed()[REFERENCE]
    assert "first_name" in bridge.update(before, email="new@example.org").told
    bridge.connector = bridge.connected(names_in_updates="changed")
    assert "first_name" not in bridge.update(before, email="new@example.org").told


def test_a_contact_without_its_names_is_refused_before_kindful_drops_it(bridge: Bridge) -> None:
    alone, organisation = Contact(first_name="Ada"), Contact(kind="organisation")
    answers = bridge.create(("gb-1", alone), ("gb-2", organisation), ("gb-3", BEA))
    assert [getattr(answer, "code", "") for answer in answers] == ["name_missing", "name_missing", ""]
    assert bridge.settle(answers[2]) == [Done("gb-3")]


def test_an_organisation_has_one_name(bridge: Bridge) -> None:
    bakery = Contact(kind="organisation", organisation_name="Elm Street Bakery", email="office@bakery.example.org")
    bridge.written((REFERENCE, bakery))
    assert bridge.listed()[REFERENCE].contact == bakery


def test_an_address_goes_as_a_whole(bridge: Bridge) -> None:
    bridge.account.set_options(blank_column="clears")
    flat = replace(ADA, address=Address("12 Elm St\nApt 4", "Albany", "NY", "12207-1234", "US"))
    bridge.written((REFERENCE, flat))
    before = bridge.listed()[REFERENCE]
    assert before.contact.address == replace(flat.address, postal_code="12207")
    bridge.pass_time(60)
    moved = Address("3 Main St", "Troy", "NY", "", "US")
    (done,) = bridge.settle(bridge.update(before, address=moved))
    assert isinstance(done, Done)
    assert done.record is not None
    assert done.record.contact.address == moved


def test_countries_are_read_in_both_spellings(bridge: Bridge) -> None:
    bridge.account.staff_contact(first_name="A", last_name="A", addr1="1 High St", country="United Kingdom")
    bridge.account.staff_contact(first_name="B", last_name="B", addr1="1 High St", country="gb")
    bridge.account.staff_contact(first_name="C", last_name="C", addr1="1 High St", country="United States")
    assert [one.contact.address.country for one in bridge.listed().values()] == ["GB", "GB", "US"]


def test_a_batch_keeps_its_order_though_it_goes_as_two_imports(bridge: Bridge) -> None:
    number = bridge.account.staff_contact(first_name="Cy", last_name="Reed")
    bridge.pass_time(60)
    bridge.written((REFERENCE, ADA))
    known = bridge.listed()
    writes = [
        bridge.change(known[f"k{number}"], email="cy@example.org"),
        bridge.change(known[REFERENCE], email="ada@example.org"),
        bridge.change(known[f"k{number}"], phone="(202) 555-0170"),
    ]
    bridge.pass_time(60)
    answers = bridge.connector.write_contacts(writes)
    assert [told(answer).id for answer in answers] == [f"k{number}", REFERENCE, f"k{number}"]
    sent = [entry["body"]["match_by"] for entry in bridge.account.journal("POST", "/api/v1/imports")][-2:]
    assert sent == [{"contact": "external_id"}, {"contact": "id"}]
    bridge.settle(*answers)
    assert {one["email"] for one in bridge.contacts()} == {"cy@example.org", "ada@example.org"}


# -- consent


def test_a_no_to_letters_and_calls_is_a_group_and_one_to_mail_a_column(bridge: Bridge) -> None:
    bridge.written((REFERENCE, replace(ADA, do_not_call=True, email_opt_out=True)))
    bridge.settle(bridge.update(bridge.listed()[REFERENCE], do_not_mail=True))
    state = bridge.account.state()
    names = {group["id"]: group["data"]["name"] for group in state["group"]}
    (contact,) = state["contact"]
    assert {names[one] for one in contact["extra"]["groups"]} == {"Do Not Call", "Do Not Mail"}
    assert bridge.listed()[REFERENCE].contact.email_opt_out


def test_a_yes_is_never_sent(bridge: Bridge) -> None:
    bridge.written((REFERENCE, replace(ADA, email_opt_out=True)))
    before = bridge.listed()[REFERENCE]
    answer = bridge.update(before, email_opt_out=False, email="new@example.org")
    assert "email_opt_in" not in answer.told
    bridge.settle(answer)
    assert bridge.listed()[REFERENCE].contact.email_opt_out


def test_a_no_without_a_place_is_refused_rather_than_lost(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    bridge.connector = bridge.connected(do_not_call_group="")
    (answer,) = bridge.connector.write_contacts([bridge.change(bridge.listed()[REFERENCE], do_not_call=True)])
    assert isinstance(answer, Reject)
    assert answer.code == "no_place"


# -- links


def test_what_was_acknowledged_is_listed_again_only_when_it_changes(bridge: Bridge) -> None:
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane")
    bridge.written((REFERENCE, BEA))
    first = bridge.listed()
    assert set(first) == {f"k{number}", REFERENCE}
    bridge.connector.acknowledge([one.mark for one in first.values()])
    bridge.account.run_jobs()
    assert listed_afterwards(bridge) == {}
    bridge.account.staff_edit(number, email=ADA.email)
    changed = listed_afterwards(bridge)
    assert {name: one.contact.email for name, one in changed.items()} == {f"k{number}": ADA.email}


def test_a_contact_that_changed_again_is_acknowledged_at_its_new_version(bridge: Bridge) -> None:
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane")
    for email in ("one@example.org", "two@example.org"):
        bridge.connector.acknowledge([one.mark for one in listed_afterwards(bridge).values()])
        bridge.account.run_jobs()
        bridge.account.staff_edit(number, email=email)
    bridge.connector.acknowledge([one.mark for one in listed_afterwards(bridge).values()])
    bridge.account.run_jobs()
    assert listed_afterwards(bridge) == {}
    assert [entry["body"]["action_type"] for entry in bridge.account.journal("POST", "/api/v1/contacts/link")] == [
        "create", "update", "update",
    ]  # fmt: skip


@pytest.mark.parametrize("after", ["acknowledging", "a change in between"])
def test_a_first_link_that_sets_no_version_is_made_good_by_the_next(bridge: Bridge, after: str) -> None:
    bridge.account.set_options(link_create="no_version")
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane")
    marks = [one.mark for one in bridge.listed().values()]
    if after != "acknowledging":
        bridge.account.staff_edit(number, email=ADA.email)
    bridge.connector.acknowledge(marks)
    bridge.account.run_jobs()
    again = listed_afterwards(bridge)
    assert list(again) == [f"k{number}"], "its id stays though it is linked now"
    bridge.connector.acknowledge([one.mark for one in again.values()])
    bridge.account.run_jobs()
    assert listed_afterwards(bridge) == {}


def test_an_external_id_that_is_kindfuls_own_means_that_contact(bridge: Bridge) -> None:
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane")
    row = {"id": str(number), "external_id": str(number), "sync_version": "1"}
    bridge.account.api.post("/contacts/link", json={"action_type": "create", "data_type": "json", "data": [row]})
    bridge.account.run_jobs()
    bridge.pass_time(60)
    (record,) = bridge.listed().values()
    assert record.id == f"k{number}"
    bridge.settle(bridge.update(record, email=ADA.email))
    assert [one["email"] for one in bridge.contacts()] == [ADA.email]


def test_the_same_contact_reads_the_same_after_it_was_linked(bridge: Bridge) -> None:
    bridge.account.staff_contact(first_name="Ada", last_name="Lane", email=ADA.email)
    before = bridge.listed()
    bridge.connector.acknowledge([one.mark for one in before.values()])
    bridge.account.run_jobs()
    assert {name: one.raw for name, one in bridge.listed().items()} == {name: one.raw for name, one in before.items()}


def test_more_than_a_hundred_go_in_portions(bridge: Bridge) -> None:
    bridge.account.seed(people=130)
    bridge.connector.acknowledge([one.mark for one in bridge.listed().values()])
    sent = [len(entry["body"]["data"]) for entry in bridge.account.journal("POST", "/api/v1/contacts/link")]
    assert sent == [100, 30]
    bridge.account.run_jobs()
    assert listed_afterwards(bridge) == {}


# -- searching


@pytest.mark.parametrize("key", ["exist", "exists"])
def test_who_has_an_address_is_found_among_the_new_and_changed(bridge: Bridge, key: str) -> None:
    bridge.account.set_options(email_exist_key=key)
    number = bridge.account.staff_contact(first_name="Ada", last_name="Lane", email="Ada.Lane@Example.org")
    bridge.account.staff_contact(first_name="Bea", last_name="Moss", email=BEA.email)
    assert [one.id for one in bridge.connector.contacts_by_email(ADA.email)] == [f"k{number}"]
    assert bridge.connector.contacts_by_email("nobody@example.org") == []


def test_somebody_whom_kindful_lists_nowhere_is_a_question_and_no_new_donor(bridge: Bridge) -> None:
    bridge.written((REFERENCE, ADA))
    with pytest.raises(Park) as asked:
        bridge.connector.contacts_by_email(ADA.email)
    assert asked.value.code == "review_unlisted"
    assert ADA.email not in str(asked.value)
