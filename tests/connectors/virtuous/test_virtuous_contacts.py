"""Contacts of Virtuous, read and written at once."""

from dataclasses import replace
from typing import Any

import pytest

from giftbridge.connectors.base import ContactWrite, Done, Reference
from giftbridge.domain.contact import Address, Contact, Field, Record
from giftbridge.errors import Defer, Reject
from local.sandbox.virtuous import VirtuousOrganisation, VirtuousSandbox
from tests.connectors.contract import DONOR, NOW
from tests.connectors.virtuous.conftest import Connect
from tests.sandbox.virtuous_help import SOURCE, household, make

pytest_plugins = ["tests.sandbox.virtuous_fixtures"]
pytestmark = pytest.mark.usefixtures("proper")

REFERENCE = Reference("gb-1", NOW)
ADA = Contact(
    first_name="Ada", last_name="Lane", email="ada@example.org", phone="480-555-0100",
    address=Address("1 Test St", "Tempe", "AZ", "85281", "US"),
)  # fmt: skip


def done(answers: list[Any]) -> Done:
    (answer,) = answers
    assert isinstance(answer, Done), answer
    return answer


def refusal(answers: list[Any]) -> str:
    (answer,) = answers
    assert isinstance(answer, Reject), answer
    return answer.code


def created(connector: Any, contact: Contact = ADA, reference: str = "gb-1") -> Record:
    """A contact made by the connector, as it answers."""
    record = done(connector.write_contacts([ContactWrite(Reference(reference, NOW), contact)])).record
    assert record is not None
    return record


def read(connector: Any, contact_id: object) -> Record:
    """A contact as the connector reads it now."""
    found: Record = connector.contacts([str(contact_id)])[str(contact_id)]
    return found


def change(connector: Any, record: Record, **changes: Any) -> Contact:
    """Update a contact; it is then what was asked for, as answered and as read."""
    fields: frozenset[Field] = frozenset(changes)  # type: ignore[arg-type]
    wanted = record.contact.changed(changes)  # type: ignore[arg-type]
    answer = done(connector.write_contacts([ContactWrite(REFERENCE, wanted, record, fields)]))
    assert answer.record is not None
    now = read(connector, record.id).contact
    assert answer.record.contact == now
    return now


def raw(virtuous: VirtuousOrganisation, contact_id: object) -> Any:
    """A contact as the vendor has it."""
    return virtuous.staff_call("GET", f"Contact/{contact_id}")


# -- new ones


@pytest.mark.parametrize("contact", [ADA, DONOR])
def test_a_new_contact_is_there_at_once(joined: Connect, virtuous: VirtuousOrganisation, contact: Contact) -> None:
    record = created(joined(), contact)
    assert record.contact == contact == read(joined(), record.id).contact
    assert raw(virtuous, record.id)["contactReferences"] == [{"source": SOURCE, "id": "gb-1"}]


def test_an_organisation_has_a_person_for_its_address(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    trust = Contact(kind="organisation", organisation_name="Lane Trust", email="office@example.org")
    record = created(joined(), trust)
    assert record.contact == trust
    stored = raw(virtuous, record.id)
    (person,) = stored["contactIndividuals"]
    assert (person["firstName"], person["lastName"]) == ("Main", "Contact")
    assert stored["contactType"] == "Organization"


def test_an_address_that_somebody_has_is_refused(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    make(virtuous)
    assert refusal(joined().write_contacts([ContactWrite(REFERENCE, ADA)])) == "email_taken"
    virtuous.set_options(duplicate_email="accepted")
    assert created(joined()).contact.email == ADA.email


def test_each_of_a_batch_is_answered_for_itself(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    make(virtuous)
    tom = Contact(first_name="Tom", last_name="Lane")
    first, second = joined().write_contacts([ContactWrite(REFERENCE, one) for one in (ADA, tom)])
    assert isinstance(first, Reject)
    assert isinstance(second, Done)


def test_what_stops_a_later_create_leaves_all_in_doubt(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    writes = [ContactWrite(Reference(name, NOW), replace(ADA, email=f"{name}@example.org")) for name in ("a", "b")]
    virtuous.fault("status", method="POST", path="/api/Contact", after=1, status=429)
    with pytest.raises(Defer) as stopped:
        joined().write_contacts(writes)
    assert stopped.value.doubt


def test_who_has_no_name_is_refused_before_the_vendor_does(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    nameless = Contact(first_name="Ada", email="ada@example.org")
    assert refusal(joined().write_contacts([ContactWrite(REFERENCE, nameless)])) == "name_missing"
    assert virtuous.count("POST", "/api/Contact") == 0
    named = created(joined(placeholder_name="Unknown"), nameless)
    assert raw(virtuous, named.id)["contactIndividuals"][0]["lastName"] == "Unknown"
    assert named.contact == nameless, "what stands for a name is none"


def test_a_create_whose_answer_was_lost_is_found_by_its_reference(joined: Connect) -> None:
    write = ContactWrite(REFERENCE, ADA)
    assert joined().recall_contact(write) == []
    made = created(joined())
    (recalled,) = joined().recall_contact(write)
    assert recalled.sure
    assert recalled.record.id == made.id


# -- changes


@pytest.fixture(params=["replace", "patch"])
def household_of_two(request: pytest.FixtureRequest, virtuous: VirtuousOrganisation) -> int:
    """A contact with all that an update could lose, where a PUT takes away what is left out, and where not."""
    virtuous.set_options(put=request.param)
    virtuous.custom_field("Shirt", "ContactIndividual")
    virtuous.custom_field("Origin", "Contact")
    person = household()["contactIndividuals"][0] | {"prefix": "Dr", "gender": "Female", "birthMonth": 9, "birthDay": 4}
    person["contactMethods"] += [
        {"type": "Work Email", "value": "ada@work.example.org", "isOptedIn": True},
        {"type": "Mobile Phone", "value": "480-555-0100", "isOptedIn": True},
    ]
    address = {"label": "Home", "address1": "1 Test St", "address2": "Apt 4", "city": "Tempe", "stateCode": "AZ",
               "postal": "85281", "countryCode": "US", "isPrimary": True}  # fmt: skip
    tom = {"firstName": "Tom", "lastName": "Lane"}
    body = household(contactIndividuals=[person, tom], contactAddresses=[address], website="https://lane.example.org")
    made = virtuous.staff_call("POST", "Contact", body)
    virtuous.staff_edit("contact", made["id"], customFields=[{"name": "Origin", "value": "Gala"}], description="Loyal")
    shirt = [{"name": "Shirt", "value": "M"}]
    virtuous.staff_edit("individual", made["contactIndividuals"][0]["id"], customFields=shirt, deceasedDate="12/7/2023")
    return int(made["id"])


def without(value: Any, *left_out: str) -> Any:
    """A record without some of its fields, at any depth, and without stamps."""
    if isinstance(value, list):
        return [without(one, *left_out) for one in value]
    if not isinstance(value, dict):
        return value
    names = {*left_out, "modifiedDateTimeUtc", "modifiedByUser", "formalContactName", "alternateContactName"}
    names |= {"preferredAddresseeName", "preferredSalutationName"}
    return {name: without(one, *left_out) for name, one in value.items() if name not in names}


def test_a_name_is_changed_and_nothing_else(
    joined: Connect, virtuous: VirtuousOrganisation, household_of_two: int
) -> None:
    before = raw(virtuous, household_of_two)
    contact = change(joined(), read(joined(), household_of_two), first_name="Augusta")
    assert (contact.first_name, contact.last_name) == ("Augusta", "Lane")
    assert without(raw(virtuous, household_of_two), "firstName") == without(before, "firstName")


def test_an_address_and_a_number_are_changed_in_place(
    joined: Connect, virtuous: VirtuousOrganisation, household_of_two: int
) -> None:
    before = raw(virtuous, household_of_two)
    connector = joined()
    contact = change(connector, read(connector, household_of_two), email="new@example.org", phone="480-555-0199")
    assert (contact.email, contact.phone) == ("new@example.org", "480-555-0199")
    assert without(raw(virtuous, household_of_two), "value") == without(before, "value")


def test_an_address_that_is_there_already_becomes_the_primary_one(
    joined: Connect, virtuous: VirtuousOrganisation, household_of_two: int
) -> None:
    connector = joined()
    contact = change(connector, read(connector, household_of_two), email="ADA@work.example.org")
    assert contact.email.casefold() == "ada@work.example.org"
    person = raw(virtuous, household_of_two)["contactIndividuals"][0]
    emails = {row["value"]: row["isPrimary"] for row in person["contactMethods"] if "Email" in row["type"]}
    assert emails == {"ada@example.org": False, "ADA@work.example.org": True}


def test_a_new_home_leaves_nothing_of_the_old_one(
    joined: Connect, virtuous: VirtuousOrganisation, household_of_two: int
) -> None:
    connector = joined()
    record = read(connector, household_of_two)
    assert record.contact.address.street == "1 Test St, Apt 4"
    home = Address("7 Oak Ave", "Mesa", "AZ", "", "US")
    assert change(connector, record, address=home).address == home
    stored = raw(virtuous, household_of_two)["address"]
    assert (stored["address2"] or "", stored["postal"] or "", stored["label"]) == ("", "", "Home")
    moved = change(connector, read(connector, household_of_two), address=Address("7 Oak Ave", "Bath", "", "", "GB"))
    assert moved.address.country == "GB"


def test_an_organisations_name_is_changed_and_nothing_else(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    trust = created(joined(), Contact(kind="organisation", organisation_name="Lane Trust"))
    virtuous.staff_edit("contact", int(trust.id), description="Old", website="https://trust.example.org")
    contact = change(joined(), read(joined(), trust.id), organisation_name="Lane Foundation", email="a@example.org")
    assert (contact.organisation_name, contact.email) == ("Lane Foundation", "a@example.org")
    stored = raw(virtuous, trust.id)
    assert (stored["description"], stored["website"]) == ("Old", "https://trust.example.org")


def test_what_a_contact_lacked_is_added(joined: Connect) -> None:
    record = created(joined(), Contact(first_name="Tom", last_name="Lane"))
    filled = change(joined(), record, email=ADA.email, phone=ADA.phone, address=ADA.address)
    assert filled == ADA.changed({"first_name": "Tom"})


def test_consent_is_only_ever_made_stricter(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector = joined()
    record = created(connector, ADA.changed({"email_opt_out": True}))
    assert record.contact.email_opt_out
    assert change(connector, record, email="other@example.org").email_opt_out
    assert change(connector, read(connector, record.id), do_not_call=True).do_not_call
    loose = joined(email_opt_in=False, phone_opt_in=False)
    seen = read(loose, record.id).contact
    assert (seen.email_opt_out, seen.do_not_call) == (False, False)
    change(loose, read(loose, record.id), email="third@example.org")
    assert read(connector, record.id).contact.email_opt_out, "what is not understood is left as it is"


def test_a_change_costs_no_more_than_is_declared(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    record = created(joined())
    virtuous.reset_journal()
    wanted = record.contact.changed({"last_name": "Byron", "email": "byron@example.org"})
    done(joined().write_contacts([ContactWrite(REFERENCE, wanted, record, frozenset({"last_name", "email"}))]))
    assert sum(virtuous.calls().values()) == joined().manifest.limits.calls_per_contact_update


# -- look-ups


def test_everybody_with_an_address_is_found(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    virtuous.set_options(duplicate_email="accepted")
    one = make(virtuous, "Ada")
    tom = {
        "firstName": "Tom",
        "lastName": "Lane",
        "contactMethods": [{"type": "Work Email", "value": "Ada@Example.org"}],
    }
    two = virtuous.staff_call("POST", "Contact", household(email="x@example.org") | {"contactIndividuals": [
        household(email="x@example.org")["contactIndividuals"][0], tom]})  # fmt: skip
    make(virtuous, "Adam", email="adam.ada@example.org")
    found = joined().contacts_by_email("ADA@example.org")
    assert {record.id for record in found} == {str(one["id"]), str(two["id"])}


def test_a_contact_type_of_the_customers_own_is_understood(joined: Connect, virtuous_server: VirtuousSandbox) -> None:
    types = {"Church": "Organization", "Family": "Household"}
    customer = virtuous_server.organisation(set_up={"contact_types": types})
    church = created(joined(customer, organisation_type="Church"), Contact("organisation", organisation_name="St Ada"))
    family = created(joined(customer, person_type="Family"), ADA, "gb-2")
    connector = joined(customer)
    found = connector.contacts([church.id, family.id])
    assert [record.contact.kind for record in found.values()] == ["organisation", "person"]
    assert customer.count("GET", "/api/Contact/Types") == 3, "once for each connector"


def test_a_merged_contact_lives_on_in_another(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector = joined()
    winner, loser = created(connector), created(connector, Contact(first_name="Ada", last_name="Lane"), "gb-2")
    virtuous.staff_merge(int(winner.id), int(loser.id))
    assert connector.successor(loser.id) == winner.id == connector.successor(winner.id)
    assert connector.contacts([winner.id, loser.id]).keys() == {winner.id}
    listed = {record.id: record.deleted for record in connector.contact_changes("").rows}
    assert listed == {winner.id: False, loser.id: True}


def test_an_archived_contact_is_gone(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    connector = joined()
    record = created(connector)
    virtuous.staff_call("PUT", f"Contact/Archive/{record.id}", {})
    assert connector.contacts([record.id]) == {}
    assert connector.successor(record.id) == ""
    assert [row.deleted for row in connector.contact_changes("").rows] == [True]
    virtuous.staff_call("PUT", f"Contact/Unarchive/{record.id}", {})
    assert [row.deleted for row in connector.contact_changes("").rows] == [False]


def test_nobody_is_found_under_an_id_that_is_none(joined: Connect) -> None:
    assert joined().contacts(["", "x", "../1", "999999"]) == {}
    assert joined().successor("999999") == ""


# -- whose key it is


def test_an_organisation_is_known_by_its_first_contact_whatever_becomes_of_it(
    joined: Connect, virtuous: VirtuousOrganisation, virtuous_server: VirtuousSandbox
) -> None:
    with pytest.raises(Reject) as empty:
        joined().identify()
    assert empty.value.code == "organisation_unknown"
    first, second = created(joined()), created(joined(), Contact(first_name="Tom", last_name="Lane"), "gb-2")
    identity = joined().identify()
    assert (identity.name, identity.time_zone) == (virtuous.summary["title"], "America/Phoenix")
    virtuous.staff_merge(int(second.id), int(first.id))
    assert joined().identify() == identity
    other = virtuous_server.organisation(title=virtuous.summary["title"])
    make(other)
    assert joined(other).identify().database != identity.database, "of the same name"


def test_another_users_key_is_one_of_the_same_organisation(joined: Connect, virtuous: VirtuousOrganisation) -> None:
    make(virtuous)
    before = joined().identify()
    virtuous.add_key("another-key", user="Kim Other", email="kim@example.org")
    virtuous.api_key = "another-key"
    assert joined().identify() == before
