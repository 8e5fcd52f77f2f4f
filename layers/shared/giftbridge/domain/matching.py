"""Who is who: by id, then by e-mail, else nobody. What fits two people is never guessed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Match:
    """The verdict on a record without a link."""

    verdict: Literal["one", "none", "ambiguous", "taken"]
    candidates: tuple[str, ...] = ()
    by_reference: bool = False
    """Whether our own reference says so: then another who has the same e-mail address does not matter."""


def match_by_email(email_print: str, own_side: Collection[str], other_side: Collection[str]) -> Match:
    """Decide from the ids that share one e-mail fingerprint on this side and on the other.

    Blank never matches. Two people on either side who share the address make it ambiguous.
    """
    if not email_print:
        return Match("none")
    if len(own_side) > 1 or len(other_side) > 1:
        return Match("ambiguous", tuple(sorted(other_side)))
    if other_side:
        return Match("one", tuple(other_side))
    return Match("none")


def match_by_reference(named: Collection[str]) -> Match:
    """Decide from the ids of the other side that our reference names for one record. No name never matches."""
    verdict: Literal["one", "none", "ambiguous"] = "one" if len(named) == 1 else "ambiguous" if named else "none"
    return Match(verdict, tuple(sorted(named)), by_reference=True)
