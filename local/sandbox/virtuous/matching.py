"""The importer's judgement of a row: whose it is, what differs from the CRM, and what is wrong with it.

From the vendor's help centre: every row goes to Match Needed, Update Needed or Ready for Import; any datum of
the contact that differs parks it in Update Needed, a match that is not sure in Match Needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from local.sandbox.virtuous.donor import Donor, donor_of
from local.sandbox.virtuous.organisation import Organisation, Row, is_email, is_phone
from local.sandbox.virtuous.recurring import FREQUENCIES
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.text import country_name, digits, parse_day

Json = dict[str, Any]
MATCH_NEEDED, UPDATE_NEEDED, READY = "Match Needed", "Update Needed", "Ready for Import"
_ONE_TIME = "OneTime"
_WRITE_TYPES = {
    "cash": "Cash", "check": "Check", "credit": "Credit", "noncash": "Non-Cash", "stock": "Stock", "other": "Other",
}  # fmt: skip
_EFT = "Electronic Funds Transfer"


@dataclass(frozen=True)
class Match:
    """Whose a row is: one contact for sure, some candidates, or (neither) somebody new."""

    contact: int | None = None
    candidates: list[int] = field(default_factory=list)


def judge(organisation: Organisation, row: Row) -> None:
    """Match a row (unless a person has decided that) and sort it into its bucket."""
    donor = donor_of(row)
    row.errors = [*_donor_errors(organisation, donor)]
    row.errors += gift_errors(organisation, row.body) if row.kind == "gift" else []
    if not row.decided:
        found = match(organisation, donor)
        row.contact, row.candidates = found.contact, found.candidates
    contact = organisation.contacts.get(row.contact)
    if contact is None and donor.missing_names() == 2:
        row.errors.append("name")
    row.reasons = differences(organisation, contact, donor) if contact is not None else []
    if row.candidates and contact is None and not row.decided:
        row.bucket = MATCH_NEEDED
    elif row.errors or (row.reasons and not row.decided):
        row.bucket = UPDATE_NEEDED
    else:
        row.bucket = READY


def match(organisation: Organisation, donor: Donor) -> Match:
    """By id, then reference, e-mail, phone with last name, street with name, and name alone."""
    if donor.id is not None:
        known = organisation.contacts.get(donor.id)
        return Match(known.id) if known else Match(candidates=[donor.id])
    if donor.reference:
        found = organisation.references(donor.source, donor.reference)
        if found:
            return _one(organisation, found)
    by_email = _owners(organisation, ("value", donor.email.casefold())) if donor.email else []
    if by_email:
        alike = [contact for contact in by_email if _is_named(organisation, contact, donor)]
        return _one(organisation, alike) if len(alike) == 1 else Match(candidates=_ids(by_email))
    return _weaker_match(organisation, donor)


def differences(organisation: Organisation, contact: Record, donor: Donor) -> list[str]:
    """What a transaction says about a contact that the CRM does not."""
    exact = organisation.options.compare == "exact"
    person = person_of(organisation, contact, donor)
    found = [name for name, text in donor.person.items() if person is not None and _differs(person.data[name], text)]
    if donor.name and _differs(contact.data["name"], donor.name):
        found.append("name")
    values = _method_values(organisation, contact)
    if donor.email and donor.email.casefold() not in {value.casefold() for value in values["email"]}:
        found.append("email")
    if donor.phone:
        known = values["phone"] if exact else [digits(value) for value in values["phone"]]
        found += ["phone"] if (donor.phone if exact else digits(donor.phone)) not in known else []
    if donor.address and not any(
        _same_address(row.data, donor.address, exact) for row in organisation.addresses.children(contact.id)
    ):
        found.append("address")
    return found


def person_of(organisation: Organisation, contact: Record, donor: Donor) -> Record | None:
    """The person of a contact whom a transaction means: by e-mail, then first name, then the primary one."""
    people = organisation.individuals.children(contact.id)
    for person in people:
        values = (row.data["value"].casefold() for row in organisation.methods.children(person.id))
        if donor.email and donor.email.casefold() in values:
            return person
    by_name = (row for row in people if donor.first and not _differs(row.data["firstName"], donor.first))
    primary = next((row for row in people if row.data["isPrimary"]), None)
    return next(by_name, primary)


def gift_errors(organisation: Organisation, body: Json) -> list[str]:
    """What keeps a gift row from being imported until a person corrects it."""
    amount = parse_amount(body.get("amount"))
    wrong = ["amount"] if amount is None or amount <= 0 else []
    wrong += ["giftDate"] if parse_day(body.get("giftDate") or "") is None else []
    wrong += ["giftType"] if gift_type(organisation, body.get("giftType") or "") is None else []
    segment = body.get("segment")
    wrong += ["segment"] if segment and organisation.segment(segment) is None else []
    rows = body.get("designations") or []
    wrong += ["designations"] if any(designated(organisation, row) is None for row in rows) else []
    wrong += ["designation sum"] if not sum_fits(body) else []
    wrong += ["frequency"] if _wrong_frequency(organisation, body.get("frequency") or "") else []
    return wrong


def gift_type(organisation: Organisation, word: str) -> str | None:
    """The read word for a transaction's gift type: the two sides spell some of them differently."""
    eft = organisation.options.eft_word
    words = dict(_WRITE_TYPES)
    words |= {name.lower(): _EFT for name in ("EFT", _EFT) if eft in {name, "both"}}
    return words.get(word.strip().lower())


def designated(organisation: Organisation, row: Json) -> Record | None:
    """The project of a transaction's designation, by id, code or name."""
    if row.get("id"):
        return organisation.projects.get(row["id"])
    return organisation.project(code=row.get("code"), name=row.get("name"))


def sum_fits(body: Json) -> bool:
    """Whether the designations, if there are any, add up to the amount."""
    rows = body.get("designations") or []
    parts = [parse_amount(row.get("amountDesignated")) or Decimal(0) for row in rows]
    return not rows or sum(parts) == parse_amount(body.get("amount"))


def parse_amount(text: str | None) -> Decimal | None:
    """An amount handed in as text, with or without `$` and thousands."""
    try:
        amount = Decimal((text or "").replace("$", "").replace(",", "").strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def recurs(body: Json) -> bool:
    """Whether a gift transaction has a frequency that makes a commitment."""
    return (body.get("frequency") or "").strip().capitalize() in FREQUENCIES


def _wrong_frequency(organisation: Organisation, word: str) -> bool:
    rule = organisation.options.one_time_frequency
    if not word:
        return rule == "required"
    if word == _ONE_TIME:
        return rule == "omitted"
    return word.capitalize() not in FREQUENCIES


def _donor_errors(organisation: Organisation, donor: Donor) -> list[str]:
    known = {kind.casefold() for kind in organisation.method_types}
    wrong = ["contact type"] if donor.type and organisation.parent_type(donor.type) is None else []
    wrong += ["email type"] if donor.email and donor.email_type.casefold() not in known else []
    return wrong + (["phone type"] if donor.phone and donor.phone_type.casefold() not in known else [])


def _weaker_match(organisation: Organisation, donor: Donor) -> Match:
    by_phone = _owners(organisation, ("digits", digits(donor.phone))) if digits(donor.phone) else []
    alike = [contact for contact in by_phone if _is_named(organisation, contact, donor)]
    if alike:
        return _one(organisation, alike)
    street = (donor.address.get("address1", "").casefold(), donor.address.get("postal", ""))
    rows = organisation.addresses.with_word(("street", *street)) if street[0] else []
    at_home = {row.parent: organisation.contacts.rows[row.parent] for row in rows}
    alike = [contact for contact in at_home.values() if _is_named(organisation, contact, donor)]
    if alike:
        return _one(organisation, alike)
    namesakes = _namesakes(organisation, donor) if organisation.options.name_alone == "match_needed" else []
    return Match(candidates=_ids(namesakes))


def _namesakes(organisation: Organisation, donor: Donor) -> list[Record]:
    word = ("name", donor.first.casefold(), donor.last.casefold())
    people = organisation.individuals.with_word(word) if donor.first or donor.last else []
    contacts = [organisation.contacts.rows[person.parent] for person in people]
    if not contacts and donor.name:
        contacts = organisation.contacts.with_word(("name", donor.name.casefold()))
    return [contact for contact in contacts if not contact.data["isArchived"]]


def _owners(organisation: Organisation, word: tuple[str, str]) -> list[Record]:
    methods = (row for row in organisation.methods.with_word(word) if not row.data["archived"])
    owners = {owner.id: owner for owner in map(organisation.owner, methods)}
    return [owner for owner in owners.values() if not owner.data["isArchived"]]


def _one(organisation: Organisation, contacts: list[Record]) -> Match:
    """A sure match if there is one contact; a merged one stands for the one it was merged into."""
    if len(contacts) > 1:
        return Match(candidates=_ids(contacts))
    contact = contacts[0]
    while contact.data["mergedIntoContactId"] is not None:
        contact = organisation.contacts.rows[contact.data["mergedIntoContactId"]]
    return Match(contact.id)


def _is_named(organisation: Organisation, contact: Record, donor: Donor) -> bool:
    if donor.last:
        people = organisation.individuals.children(contact.id)
        return any(not _differs(person.data["lastName"], donor.last) for person in people)
    return bool(donor.name) and not _differs(contact.data["name"], donor.name)


def _method_values(organisation: Organisation, contact: Record) -> dict[str, list[str]]:
    people = organisation.individuals.children(contact.id)
    rows = [row for person in people for row in organisation.methods.children(person.id) if not row.data["archived"]]
    return {
        "email": [row.data["value"] for row in rows if is_email(row.data["type"])],
        "phone": [row.data["value"] for row in rows if is_phone(row.data["type"])],
    }


def _same_address(known: Json, sent: dict[str, str], exact: bool) -> bool:
    names = ("address1", "address2", "city", "state", "postal") if exact else ("address1", "postal")
    for name in names:
        mine, theirs = known[name] or "", sent.get(name, "")
        if theirs and (mine != theirs if exact else mine.strip().casefold() != theirs.strip().casefold()):
            return False
    country = country_name(sent.get("country"))
    return not country or country == known["country"]


def _differs(known: str | None, sent: str) -> bool:
    return (known or "").strip().casefold() != sent.strip().casefold()


def _ids(contacts: list[Record]) -> list[int]:
    return sorted({contact.id for contact in contacts})
