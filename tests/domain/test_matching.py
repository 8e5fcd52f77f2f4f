"""Who is who: blank never matches, and two people are never guessed between."""

from hypothesis import given
from hypothesis import strategies as st

from giftbridge.domain.contact import Contact
from giftbridge.domain.fingerprint import Fingerprinter
from giftbridge.domain.matching import match_by_email
from tests.domain.strategies import PEOPLE

IDS = st.sets(st.sampled_from(["1", "2", "3", "17"]), max_size=3)
PRINTS = Fingerprinter(b"k" * 32)


@given(IDS, IDS)
def test_a_blank_address_matches_nobody(own: set[str], other: set[str]) -> None:
    assert match_by_email("", own, other).verdict == "none"
    assert match_by_email("", own, other).candidates == ()


@given(IDS, IDS)
def test_two_people_on_either_side_are_ambiguous(own: set[str], other: set[str]) -> None:
    match = match_by_email("print", own, other)
    if len(own) > 1 or len(other) > 1:
        assert match.verdict == "ambiguous"
        assert match.candidates == tuple(sorted(other))
    else:
        assert match.verdict == ("one" if other else "none")
        assert match.candidates == tuple(other)


@given(PEOPLE)
def test_what_can_be_no_address_has_no_print(person: Contact) -> None:
    assert PRINTS.email(person) == "" or person.email.count("@") == 1
