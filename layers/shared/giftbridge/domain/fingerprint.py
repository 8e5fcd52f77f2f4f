"""Keyed fingerprints: what both sides last had, without keeping it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from giftbridge.domain import normalise
from giftbridge.domain.contact import FIELDS, Contact, Field

Prints = Mapping[Field, str]
"""Field -> fingerprint; a field without a value has the empty fingerprint."""


@dataclass(frozen=True, slots=True)
class Fingerprinter:
    """HMAC-SHA256 under one CRM account's key, cut to 96 bits: enough to compare, useless to look up."""

    key: bytes = dataclass_field(repr=False)
    region: str = "US"

    def of(self, purpose: str, value: str) -> str:
        """Fingerprint of `value`, empty for no value; `purpose` keeps equal values of different meaning apart."""
        if not value:
            return ""
        digest = hmac.new(self.key, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:12]).decode()

    def fields(self, contact: Contact) -> dict[Field, str]:
        """One fingerprint per field, of the canonical spelling, so that both sides compare."""
        return {field: self.of(field, normalise.canonical(contact, field, self.region)) for field in FIELDS}

    def email(self, contact: Contact) -> str:
        """What matches people; empty for a blank or impossible address, which never matches."""
        return self.of("email", normalise.email(contact.email))

    def raw(self, raw: str) -> str:
        """Fingerprint of a whole record as the vendor sent it."""
        return self.of("raw", raw)

    def identity(self, side: str, record_id: str) -> str:
        """What remains of an erased donor."""
        return self.of(f"erased-{side}", record_id)
