"""Countries in the vendor's spelling."""

from functools import cache
from typing import Final

from iso3166 import countries_by_alpha2

HOME: Final = "US"
EVERYDAY: Final = {
    "US": "United States", "GB": "United Kingdom", "KR": "South Korea", "RU": "Russia", "VN": "Vietnam", "IR": "Iran",
    "BO": "Bolivia", "VE": "Venezuela", "TZ": "Tanzania", "TW": "Taiwan", "NL": "Netherlands", "CZ": "Czech Republic",
}  # fmt: skip
"""Where ISO 3166 has a long or uncommon form."""
OTHER_SPELLINGS: Final = {"usa": "US", "united states of america": "US", "great britain": "GB", "england": "GB"}


def country_name(code: str) -> str:
    """The name as the vendor tells it; an address without a country is at home."""
    known = countries_by_alpha2.get(code or HOME)
    return EVERYDAY.get(code or HOME) or (known.apolitical_name if known else code)


def country_code(name: str) -> str:
    """ISO 3166 alpha-2 of a name or a code; what is neither stays as it is."""
    text = name.strip()
    if len(text) == len(HOME) and text.upper() in countries_by_alpha2:
        return text.upper()
    return _codes().get(text.casefold(), text)


@cache
def _codes() -> dict[str, str]:
    long = {country.apolitical_name.casefold(): code for code, country in countries_by_alpha2.items()}
    return {**long, **{name.casefold(): code for code, name in EVERYDAY.items()}, **OTHER_SPELLINGS}
