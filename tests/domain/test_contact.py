"""The canonical contact."""

from hypothesis import given

from giftbridge.domain.contact import CONSENT_FIELDS, FIELDS, Address, Contact, Side
from tests.domain.strategies import CONTACTS


@given(CONTACTS)
def test_changing_nothing_changes_nothing(contact: Contact) -> None:
    assert contact.changed({}) == contact
    assert contact.changed({field: contact.value(field) for field in FIELDS}) == contact


def test_sides_have_an_opposite() -> None:
    assert [side.other.other for side in Side] == list(Side)
    assert all(side.other is not side for side in Side)


def test_fields_are_those_of_the_contact() -> None:
    assert set(FIELDS) == set(Contact.__slots__) - {"kind"}
    assert set(FIELDS) > CONSENT_FIELDS


def test_how_a_person_is_recognised() -> None:
    assert Contact(first_name="Ada", last_name="Lane", email="a@example.org").label == "Ada Lane"
    assert Contact(last_name="Lane").label == "Lane"
    assert Contact(kind="organisation", organisation_name="Lane & Sons", first_name="Ada").label == "Lane & Sons"
    assert Contact(email="a@example.org").label == "a@example.org"


def test_who_can_be_reached() -> None:
    assert not Contact(first_name="Ada", last_name="Lane").reachable
    assert Contact(phone="1").reachable
    assert Contact(address=Address(street="12 Elm St")).reachable
    assert not Contact(address=Address(country="US")).reachable
