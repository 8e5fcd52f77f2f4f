"""Canonical spellings: equal means equal, and nothing that people type is a crash."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain import normalise
from giftbridge.domain.contact import FIELDS, Address, Contact
from tests.domain.strategies import ANY_CONTACTS, EMAILS, WORDS

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(ANY_TEXT)
def test_spelling_twice_is_spelling_once(value: str) -> None:
    assert normalise.text(normalise.text(value)) == normalise.text(value)
    assert normalise.email(normalise.email(value)) == normalise.email(value)


@given(ANY_TEXT)
def test_nothing_that_can_be_typed_is_a_crash(value: str) -> None:
    normalise.phone(value)
    normalise.email(value)
    normalise.address(Address(street=value, country=value))


@given(ANY_CONTACTS)
def test_only_a_blank_is_spelled_blank(contact: Contact) -> None:
    for field in FIELDS:
        if not contact.value(field):
            assert normalise.canonical(contact, field) == ""


@given(WORDS, st.sampled_from([" {}", "{} ", "\t{}\r\n", "{}\u00a0", "\u3000{}"]))
def test_blanks_around_and_unicode_forms_do_not_matter(word: str, around: str) -> None:
    assert normalise.text(around.format(word)) == normalise.text(word)
    assert normalise.text(unicodedata.normalize("NFD", word)) == normalise.text(unicodedata.normalize("NFC", word))


@pytest.mark.parametrize("name", ["Ada 🎈", "👩‍🚀 Łane", "李小龙", "Ω" * 300, "<b>Ada</b>", "=1+1"])
def test_names_are_kept_as_they_are(name: str) -> None:
    assert normalise.text(name) == unicodedata.normalize("NFC", name)


def test_control_characters_part_words() -> None:
    assert normalise.text("Ada\nMaria\x00Lane") == "Ada Maria Lane"


@pytest.mark.parametrize(
    "value", ["(202) 555-0143", "202-555-0143", "202.555.0143", "+1 202 555 0143", "12025550143", " 2025550143 "]
)
def test_phones_of_one_number_are_one(value: str) -> None:
    assert normalise.phone(value) == "+12025550143"


@pytest.mark.parametrize(
    ("value", "region", "expected"),
    [
        ("+44 20 7946 0958", "US", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("202-555-0143 ext. 12", "US", "+12025550143;ext=12"),
        ("ask my assistant", "US", ""),
        ("room 7", "US", "7"),
        ("", "US", ""),
    ],
)
def test_phones(value: str, region: str, expected: str) -> None:
    assert normalise.phone(value, region) == expected


@given(EMAILS.filter(normalise.email), st.sampled_from([str.upper, str.title, str.swapcase]))
def test_addresses_compare_without_case(value: str, other: Callable[[str], str]) -> None:
    assert normalise.email(other(value)) == normalise.email(value)


@pytest.mark.parametrize("value", ["", "ada", "ada@", "@example.org", "a b@example.org", "ada@example..org", "x" * 300])
def test_what_can_be_no_address(value: str) -> None:
    assert normalise.email(value) == ""


def test_contact_points_that_are_none() -> None:
    assert normalise.unusable(Contact(email="ada(at)example.org", phone="ask my assistant")) == ("email", "phone")
    assert normalise.unusable(Contact(email="ada@example.org", phone="room 7")) == ()
    assert normalise.unusable(Contact()) == ()


def test_home_needs_no_country() -> None:
    home = Address("12 Elm St", "Albany", "NY", "12207")
    assert normalise.address(home) == normalise.address(Address("12 ELM ST", "ALBANY", "ny", "12207", "US"))
    assert normalise.address(Address(state="NY", country="US")) == "", "a country alone is no address"
