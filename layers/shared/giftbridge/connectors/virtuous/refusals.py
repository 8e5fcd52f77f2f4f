"""Virtuous's refusals in words of ours: its own text may quote a donor."""

import re
from collections.abc import Mapping
from typing import Any, Final

KNOWN: Final[tuple[tuple[str, str, str], ...]] = (
    ("permission", "not_permitted", "The API key's permission group does not allow this in Virtuous."),
    ("email address already exists", "email_taken", "Another contact in Virtuous has this e-mail address."),
    ("reference.*already|already.*reference", "reference_taken", "Another contact in Virtuous has our reference."),
    ("reversed already|already.*revers", "already_reversed", "The gift was reversed in Virtuous already."),
    ("transaction.*(already|exist|duplicate)|duplicate", "transaction_repeated", "Virtuous has this transaction."),
    ("first name|last name|needs a name", "name_missing", "Virtuous wants a first and a last name."),
    ("designation", "split_refused", "Virtuous does not take the parts of the gift."),
    ("gift type", "gift_type_unknown", "Virtuous does not know the type of the gift. Check the setting `methods`."),
    ("contact type", "contact_type_unknown", "Virtuous does not know the contact type that is set."),
    ("method type", "method_type_unknown", "Virtuous does not know the type of the e-mail address or phone number."),
    ("project", "fund_unknown", "Virtuous does not know the project."),
    ("segment", "appeal_unknown", "Virtuous does not know the segment."),
    ("parameter|operator", "query_refused", "Virtuous does not take the question as it was put."),
    ("argument cannot be null|request is invalid", "invalid_request", "Virtuous does not take the data as they are."),
)
"""(pattern of the vendor's text, code, ours)"""


def explain(status: int, body: Any) -> tuple[str, str] | None:
    """Code and text; the vendor writes refusals in four ways, and some have no body."""
    told = _message(body)
    for pattern, code, text in KNOWN:
        if re.search(pattern, told, re.IGNORECASE):
            return code, text
    return ("refused", f"Virtuous refused this (HTTP {status}).") if told else None


def _message(body: Any) -> str:
    """`{message, modelState}`, `{error: {code, message}}`, `{error, error_description}`, or a text."""
    if not isinstance(body, Mapping):
        return body if isinstance(body, str) else ""
    inner = body.get("error")
    if isinstance(inner, Mapping):
        return str(inner.get("message") or inner.get("code") or "")
    return str(body.get("message") or body.get("error_description") or inner or "")
