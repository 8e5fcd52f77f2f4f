"""Who a transaction is from: one form for the two spellings of the import endpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local.sandbox.virtuous.organisation import Row

Json = dict[str, Any]
_ADDRESS = ("address1", "address2", "city", "state", "postal", "country")


@dataclass(frozen=True)
class Donor:
    """A person or an organisation as handed in; empty texts are not given. `source` is the reference's."""

    source: str
    reference: str = ""
    id: int | None = None
    type: str = ""
    name: str = ""
    person: dict[str, str] = field(default_factory=dict)
    email: str = ""
    email_type: str = "Home Email"
    phone: str = ""
    phone_type: str = "Home Phone"
    address: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    births: dict[str, int] = field(default_factory=dict)
    custom: Json = field(default_factory=dict)
    segment: str = ""

    @property
    def first(self) -> str:
        """The first name."""
        return self.person.get("firstName", "")

    @property
    def last(self) -> str:
        """The last name."""
        return self.person.get("lastName", "")

    def missing_names(self) -> int:
        """How many of first and last name are missing; none when there is a whole name."""
        return 0 if self.name else [self.first, self.last].count("")


def donor_of(row: Row) -> Donor:
    """The donor of a held or imported row."""
    return _of_gift(row) if row.kind == "gift" else _of_contact(row)


def gift_donor(source: str, body: Json) -> Donor:
    """The donor of a gift transaction: its reference's source is the transaction's (none is sent)."""
    return _of_gift(Row(0, "gift", source, body, 0.0))


def contact_donor(source: str, body: Json) -> Donor:
    """The person or organisation of a contact transaction."""
    return _of_contact(Row(0, "contact", source, body, 0.0))


def _of_gift(row: Row) -> Donor:
    sent = row.body.get("contact") or {}
    named = {"firstName": "firstname", "middleName": "middlename", "lastName": "lastname"}
    return Donor(
        id=sent.get("id") or None,
        type=_given(sent, "type"),
        person=_person(sent, named),
        address=_texts(sent.get("address") or {}, _ADDRESS),
        **_common(row, sent),
    )


def _of_contact(row: Row) -> Donor:
    sent = row.body
    named = {name: name for name in ("firstName", "middleName", "lastName")}
    return Donor(
        type=_given(sent, "contactType"),
        person=_person(sent, named),
        address=_texts(sent, _ADDRESS),
        custom=sent.get("customFields") or {},
        segment=_given(sent, "originSegmentCode"),
        **_common(row, sent),
    )


def _common(row: Row, sent: Json) -> Json:
    tags = (tag.strip() for tag in _given(sent, "tags").split(";"))
    births = _texts(sent, ("birthMonth", "birthDay", "birthYear"))
    return {
        "source": row.source,
        "reference": _given(sent, "referenceId"),
        "name": _given(sent, "name"),
        "email": _given(sent, "email"),
        "email_type": _given(sent, "emailType") or "Home Email",
        "phone": _given(sent, "phone"),
        "phone_type": _given(sent, "phoneType") or "Home Phone",
        "tags": tuple(tag for tag in tags if tag),
        "births": {name: int(text) for name, text in births.items() if text.isdecimal()},
    }


def _person(sent: Json, named: dict[str, str]) -> dict[str, str]:
    names = {name: _given(sent, key) for name, key in named.items()}
    names |= {"prefix": _given(sent, "title"), "suffix": _given(sent, "suffix"), "gender": _given(sent, "gender")}
    return {name: text for name, text in names.items() if text}


def _texts(sent: Json, names: tuple[str, ...]) -> dict[str, str]:
    return {name: _given(sent, name) for name in names if _given(sent, name)}


def _given(sent: Json, name: str) -> str:
    return str(sent.get(name) or "").strip()
