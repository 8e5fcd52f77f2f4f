"""The canonical contact, as every connector reads and writes it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

Field = Literal[
    "first_name", "last_name", "organisation_name", "email", "phone", "address",
    "email_opt_out", "do_not_call", "do_not_mail",
]  # fmt: skip
FIELDS: Final[tuple[Field, ...]] = (
    "first_name", "last_name", "organisation_name", "email", "phone", "address",
    "email_opt_out", "do_not_call", "do_not_mail",
)  # fmt: skip
CONSENT_FIELDS: Final[frozenset[Field]] = frozenset({"email_opt_out", "do_not_call", "do_not_mail"})


class Side(StrEnum):
    """One of the two systems of a connection."""

    PLATFORM = "platform"
    CRM = "crm"

    @property
    def other(self) -> "Side":
        """The side opposite."""
        return Side.CRM if self is Side.PLATFORM else Side.PLATFORM


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is ISO 3166 alpha-2, `state` an abbreviation where the country has them."""

    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    def __bool__(self) -> bool:
        return bool(self.street or self.city or self.postal_code)

    def __str__(self) -> str:
        """On one line, as people read it."""
        parts = (self.street, self.city, f"{self.state} {self.postal_code}".strip(), self.country)
        return ", ".join(part for part in parts if part) if self else ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or an organisation. An empty string or address means: not known."""

    kind: Literal["person", "organisation"] = "person"
    first_name: str = ""
    last_name: str = ""
    organisation_name: str = ""
    email: str = ""
    phone: str = ""
    address: Address = Address()
    email_opt_out: bool = False
    do_not_call: bool = False
    do_not_mail: bool = False

    @property
    def label(self) -> str:
        """How a person recognises this contact; personal data, sealed wherever it is kept."""
        return self.organisation_name or f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def reachable(self) -> bool:
        """Whether there is any contact point at all."""
        return bool(self.email or self.phone or self.address)

    def value(self, field: Field) -> str | bool | Address:
        """The value of one field."""
        value: str | bool | Address = getattr(self, field)
        return value

    def changed(self, changes: "Changes") -> "Contact":
        """A copy with `changes` applied."""
        return replace(self, **changes)  # type: ignore[arg-type]


Changes = dict[Field, str | bool | Address]


@dataclass(frozen=True, slots=True)
class Record:
    """A contact as one side has it now.

    `stamp` is the vendor's own time of the last change (UTC) where it tells one; `raw` is whatever the vendor sent,
    for the connector's use and for the fingerprint of the whole record.
    """

    id: str
    contact: Contact
    stamp: datetime | None
    raw: str
    deleted: bool = False
    origin: str = ""
    """Who made the latest edit, where the platform tells: admin, donor, api, or `integration`, which is us."""
    counterpart: str = ""
    """The reference that the CRM's record carries of its contact on the platform, where it carries one of ours."""
    inactive: bool = False
    """Deceased or inactive: synced where it is linked, never created at the other side."""
    problem: str = ""
    """Why it can't be read, for a person; then the contact is empty."""
    mark: str = ""
    """What `acknowledge` is told once this version was dealt with, where a system wants that."""
    unread: bool = False
    """It is there, but what it holds is not known: its system can't be asked about one record."""
