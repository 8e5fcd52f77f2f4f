"""Canonical spellings: two values that mean the same compare equal on both sides.

`VERSION` is part of every stored fingerprint: raise it when a spelling rule changes, and links rebase silently.
"""

import json
import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from giftbridge.domain.contact import Address, Contact, Field

VERSION: Final = 1


def text(value: str) -> str:
    """NFC, one space between words, none around, no control characters."""
    printable = "".join(" " if unicodedata.category(c) == "Cc" else c for c in unicodedata.normalize("NFC", value))
    return " ".join(printable.split())


@lru_cache(maxsize=4096)
def email(value: str) -> str:
    """Lower-cased, as people and CRMs compare addresses; empty for what can't be one."""
    candidate = text(value).casefold()
    try:
        return validate_email(candidate, check_deliverability=False, test_environment=True).normalized.casefold()
    except EmailNotValidError:
        return ""


@lru_cache(maxsize=4096)
def phone(value: str, region: str = "US") -> str:
    """E.164 (with `;ext=` where there is one) where the number can be parsed, else its digits; empty without any."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return "".join(c for c in value if c.isdigit())
    spelled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{spelled};ext={number.extension}" if number.extension else spelled


def address(value: Address) -> str:
    """One comparable string; the country defaults to US, as both CRMs and platforms leave it out at home."""
    if not value:
        return ""
    parts = (value.street, value.city, value.state, value.postal_code, value.country or "US")
    return json.dumps([text(part).casefold() for part in parts], ensure_ascii=False)


def canonical(contact: Contact, field: Field, region: str = "US") -> str:
    """The comparable spelling of one field; an empty string means: no value."""
    value = contact.value(field)
    if isinstance(value, Address):
        return address(value)
    if isinstance(value, bool):
        return "yes" if value else ""
    if field == "email":
        return email(value)
    if field == "phone":
        return phone(value, region)
    return text(value)


def unusable(contact: Contact) -> tuple[Field, ...]:
    """Contact points that are none: an impossible e-mail address, a phone number without a digit."""
    points: tuple[Field, ...] = ("email", "phone")
    return tuple(point for point in points if contact.value(point) and not canonical(contact, point))
