"""Bloomerang's refusals in words of ours: its own text may quote a donor."""

import re
from collections.abc import Mapping
from typing import Any, Final

KNOWN_REFUSALS: Final[tuple[tuple[str, str, str], ...]] = (
    ("international addresses", "international_address", "Bloomerang takes an address abroad only as one street line."),
    ("full manual|wallet item", "card_details", "Bloomerang wants all card details or none."),
    ("prefix|suffix", "vocabulary", "The prefix or suffix is not among those set up in Bloomerang."),
    ("state", "state_unknown", "Bloomerang does not know the state of the address."),
    ("country", "country_unknown", "Bloomerang does not know the country of the address."),
    ("e-?mail", "email_refused", "Bloomerang refuses the e-mail address."),
    ("phone|number", "phone_refused", "Bloomerang refuses the phone number."),
    ("fund", "fund_unknown", "Bloomerang does not know the fund, or it is inactive."),
    ("campaign", "campaign_unknown", "Bloomerang does not know the campaign."),
    ("appeal", "appeal_unknown", "Bloomerang does not know the appeal."),
)


def explain(status: int, body: Any) -> tuple[str, str] | None:
    """The vendor's refusal in words of ours: its own text may quote a donor."""
    if not isinstance(body, Mapping):
        return None
    message = str(body.get("Message", ""))
    for pattern, code, text in KNOWN_REFUSALS:
        if re.search(pattern, message, re.IGNORECASE):
            return code, text
    number = body.get("ErrorCode")
    return f"bloomerang_{number}", f"Bloomerang refused this (HTTP {status}, code {number})."
