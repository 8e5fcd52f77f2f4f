"""The states and countries configured in every database of the sandbox, with their accepted spellings."""

from __future__ import annotations

_STATES = """\
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas
KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|PR Puerto Rico
RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VI Virgin Islands
VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming
AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific"""
_COUNTRIES = """\
AR Argentina|AU Australia|AT Austria|BE Belgium|BR Brazil|CA Canada|CL Chile|CN China|CO Colombia|CR Costa Rica
CZ Czech Republic|DK Denmark|EG Egypt|FI Finland|FR France|DE Germany|GH Ghana|GR Greece|GT Guatemala|HK Hong Kong
HU Hungary|IN India|ID Indonesia|IE Ireland|IL Israel|IT Italy|JP Japan|KE Kenya|KR South Korea|LU Luxembourg
MX Mexico|NL Netherlands|NZ New Zealand|NG Nigeria|NO Norway|PE Peru|PH Philippines|PL Poland|PT Portugal
RO Romania|SG Singapore|ZA South Africa|ES Spain|SE Sweden|CH Switzerland|TH Thailand|TR Turkey|UA Ukraine
AE United Arab Emirates|GB United Kingdom|US United States|VN Vietnam"""


def _pairs(table: str) -> dict[str, str]:
    entries = table.replace("\n", "|").split("|")
    return {entry[:2]: entry[3:] for entry in entries}


STATE_NAMES = _pairs(_STATES)
COUNTRY_NAMES = _pairs(_COUNTRIES)
_STATE_CODES = {name.casefold(): code for code, name in STATE_NAMES.items()}
_COUNTRY_CODES = {name.casefold(): code for code, name in COUNTRY_NAMES.items()}


def state_code(text: str) -> str | None:
    """The abbreviation of a US state given by name or abbreviation; None when there is no such state."""
    upper = text.strip().upper()
    return upper if upper in STATE_NAMES else _STATE_CODES.get(text.strip().casefold())


def country_code(text: str, us_spellings: list[str]) -> str | None:
    """The ISO code of a configured country; the US goes by `us_spellings` alone, others by name or code."""
    wanted = text.strip()
    if wanted.casefold() in {spelling.casefold() for spelling in us_spellings}:
        return "US"
    code = wanted.upper() if wanted.upper() in COUNTRY_NAMES else _COUNTRY_CODES.get(wanted.casefold())
    return None if code == "US" else code
