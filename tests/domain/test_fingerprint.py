"""Fingerprints compare, and tell nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain import normalise
from giftbridge.domain.contact import FIELDS, Contact
from giftbridge.domain.fingerprint import Fingerprinter
from tests.domain.strategies import CONTACTS, WORDS

ONE, OTHER = Fingerprinter(b"1" * 32), Fingerprinter(b"2" * 32)


@given(WORDS)
def test_another_key_is_another_print(value: str) -> None:
    assert ONE.of("email", value) == ONE.of("email", value)
    assert ONE.of("email", value) != OTHER.of("email", value)


@given(
    WORDS, st.lists(st.sampled_from(["email", "first_name", "last_name", "raw"]), min_size=2, max_size=2, unique=True)
)
def test_equal_values_of_different_meaning_are_kept_apart(value: str, purposes: list[str]) -> None:
    assert ONE.of(purposes[0], value) != ONE.of(purposes[1], value)


@given(WORDS, WORDS)
def test_different_values_differ(one: str, other: str) -> None:
    assert (ONE.of("name", one) == ONE.of("name", other)) is (one == other)


@given(CONTACTS)
def test_no_value_is_in_its_print(contact: Contact) -> None:
    for field, mark in ONE.fields(contact).items():
        assert bool(mark) is bool(contact.value(field)) or field in normalise.unusable(contact)
        assert len(mark) in (0, 16)


def test_no_value_has_no_print() -> None:
    assert set(ONE.fields(Contact()).values()) == {""}
    assert ONE.fields(Contact()).keys() == set(FIELDS)
    assert ONE.raw("") == ONE.email(Contact()) == ""


def test_an_address_that_can_be_none_has_no_matching_print() -> None:
    assert ONE.email(Contact(email="ada(at)example")) == ""
    assert ONE.email(Contact(email="Ada@Example.org")) == ONE.email(Contact(email="ada@example.org")) != ""


def test_regions_read_phones_their_own_way() -> None:
    british = Fingerprinter(b"1" * 32, "GB")
    assert (
        british.fields(Contact(phone="020 7946 0958"))["phone"] == ONE.fields(Contact(phone="+442079460958"))["phone"]
    )


def test_a_key_is_not_seen_by_looking() -> None:
    assert "1111" not in repr(ONE)
