"""Made-up people, the same for everybody who asks with the same seed.

Person ``i`` of a seed never depends on how many people are asked for, so two
sandboxes can hold the same 5,000 donors without talking to each other. Mail
domains are example.org and example.com, phone numbers are in the 555 exchange.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Ada Amara André Anita Astrid Beatriz Benjamin Björn Camille Carlos Chloë Clara Daniel Deborah Dmitri "
    "Eleanor Elías Emeka Esther Fatima François Gabriel Grace Hannah Hugo Inés Isaac Ivy Jasmine Joaquín "
    "José Kofi Laila Leah Léon Lucía Magnus Maria Marisol Mateo Mei Miriam Naomi Nikolai Noémie Oscar "
    "Penelope Priya Quentin Renée Rosa Ruth Samuel Siobhán Sören Tamsin Tomás Ursula Valentina Wendell "
    "Ximena Yusuf Zachary Zoë"
)
LAST_NAMES = _words(
    "Abbott Ålund Anders Baker Barros Bergström Bishop Boateng Brontë Castillo Chen Côté Dalton D'Angelo "
    "Delacroix Díaz Eze Farrow Fernández Fischer Garcia Gómez Greene Haddad Hartley Hughes Ibáñez Ivanov "
    "Jansen Jiménez Kaplan Kowalski Lane Lefèvre Lindqvist Lopez MacLeod Márquez Mbeki Morales Müller Nguyen "
    "Novák Núñez O'Brien Okafor Olsen Ortega Patel Peña Price Quinn Reyes Rossi Sandoval Schäfer Silva "
    "Smith-Lowe Suárez Tanaka Thompson Torres Underhill Vargas Vega Walsh Whitfield Wójcik Yamada Zhou"
)
STREETS = _words(
    "Alder Aspen Bayview Beacon Birch Canal Cedar Chestnut Church Clover College Cypress Elm Fairview Garden "
    "Harbor Hickory Highland Jackson Juniper Lake Laurel Lincoln Linden Madison Magnolia Maple Meadow Mill "
    "Oak Orchard Park Pine Pleasant Prospect River School Spring Sunset Walnut Washington Willow"
)
STREET_KINDS = ("St", "Ave", "Rd", "Ln", "Blvd", "Ct")


class Place(NamedTuple):
    """A city with a postal code and an area code that belong to it."""

    city: str
    state: str
    postal: str
    country: str
    area_code: str


PLACES = tuple(
    Place(*line.split("|"))
    for line in """\
Albuquerque|NM|87102|US|505
Anchorage|AK|99501|US|907
Atlanta|GA|30303|US|404
Austin|TX|78701|US|512
Baltimore|MD|21202|US|410
Boise|ID|83702|US|208
Boston|MA|02108|US|617
Buffalo|NY|14202|US|716
Cañon City|CO|81212|US|719
Charleston|SC|29401|US|843
Chicago|IL|60601|US|312
Columbus|OH|43215|US|614
Denver|CO|80202|US|303
Des Moines|IA|50309|US|515
Honolulu|HI|96813|US|808
Houston|TX|77002|US|713
Indianapolis|IN|46204|US|317
Kansas City|MO|64106|US|816
Lincoln|NE|68508|US|531
Madison|WI|53703|US|608
Memphis|TN|38103|US|901
Minneapolis|MN|55401|US|612
Nashville|TN|37203|US|615
New Orleans|LA|70112|US|504
Omaha|NE|68102|US|402
Philadelphia|PA|19103|US|215
Phoenix|AZ|85004|US|602
Pittsburgh|PA|15222|US|412
Portland|ME|04101|US|207
Portland|OR|97204|US|503
Providence|RI|02903|US|401
Raleigh|NC|27601|US|919
Sacramento|CA|95814|US|916
Salt Lake City|UT|84101|US|801
San José|CA|95113|US|408
Seattle|WA|98101|US|206
Tucson|AZ|85701|US|520
Montréal|QC|H2Y 1C6|CA|514
Toronto|ON|M5H 2N2|CA|416
Vancouver|BC|V6B 1A1|CA|604""".splitlines()
)
LINES_PER_EXCHANGE = 10_000


class Person(NamedTuple):
    """One made-up person; ``phone`` is in E.164, ``country`` in ISO 3166-1 alpha-2."""

    first: str
    last: str
    email: str
    phone: str
    street: str
    city: str
    state: str
    postal: str
    country: str


def people(seed: str | int, n: int) -> Iterator[Person]:
    """Yield the first ``n`` people of a seed; e-mail addresses and phone numbers are unique within it."""
    return (person(seed, index) for index in range(n))


def person(seed: str | int, index: int) -> Person:
    """Return person ``index`` (from 0) of a seed."""
    dice = _Dice(f"{seed}:{index}")
    first, last = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
    place = PLACES[index % len(PLACES)]
    return Person(
        first=first,
        last=last,
        email=_email(first, last, index, dice),
        phone=_phone(place, index),
        street=_street(dice),
        city=place.city,
        state=place.state,
        postal=place.postal,
        country=place.country,
    )


class _Dice:
    """Rolls that follow from a text alone, equal on every Python version."""

    def __init__(self, text: str) -> None:
        self._rest = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=32).digest())

    def roll(self, sides: int) -> int:
        self._rest, rolled = divmod(self._rest, sides)
        return rolled

    def pick(self, choices: Sequence[str]) -> str:
        return choices[self.roll(len(choices))]


def _email(first: str, last: str, index: int, dice: _Dice) -> str:
    domain = dice.pick(("example.org", "example.com"))
    return f"{_ascii_letters(first)}.{_ascii_letters(last)}.{index}@{domain}"


def _ascii_letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char for char in plain if char.isascii() and char.isalpha()).lower()


def _phone(place: Place, index: int) -> str:
    line = (index // len(PLACES)) % LINES_PER_EXCHANGE
    return f"+1{place.area_code}555{line:04d}"


def _street(dice: _Dice) -> str:
    flat = f" Apt {dice.roll(60) + 1}" if dice.roll(8) == 0 else ""
    return f"{dice.roll(9_899) + 100} {dice.pick(STREETS)} {dice.pick(STREET_KINDS)}{flat}"
