"""What each kind of record can be asked for in a query: display names with spaces, as the vendor's UI has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from local.sandbox.virtuous.organisation import Organisation, is_email, is_phone
from local.sandbox.virtuous.store import Record
from local.sandbox.virtuous.views import primary_address, tag_names

ParameterType = Literal["Int", "String", "Date", "Moment", "Decimal", "Boolean", "List"]
Read = Callable[[Organisation, Record], Any]


@dataclass(frozen=True)
class Parameter:
    """One thing that can be asked for. `read` gives a value, None, or a list of values; a Date's is `YYYY-MM-DD`
    text or a stamp in seconds (taken as a day), a Moment's a stamp."""

    name: str
    type: ParameterType
    read: Read
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """The parameters of one kind of record, and the custom fields that join them."""

    parameters: tuple[Parameter, ...]
    custom_kind: str | None = None

    def known(self, organisation: Organisation) -> dict[str, Parameter]:
        """The parameters of an organisation by name in lower case."""
        own = [found for found in self.parameters if _offered(found, self, organisation)]
        own += [
            Parameter(field.display_name or field.name, "String", _custom(field.name))
            for field in organisation.custom_fields
            if field.kind == self.custom_kind
        ]
        return {found.name.lower(): found for found in own}


def _offered(parameter: Parameter, family: Family, organisation: Organisation) -> bool:
    is_moment = parameter.name == "Last Modified DateTime UTC"
    return organisation.options.contact_modified_moment or not (family is CONTACTS and is_moment)


def _custom(name: str) -> Read:
    return lambda _organisation, record: record.data["customFields"].get(name)


def _field(name: str) -> Read:
    return lambda _organisation, record: record.data[name]


def _stamps() -> tuple[Parameter, ...]:
    return (
        Parameter("Create Date", "Date", lambda _organisation, record: record.created),
        Parameter("Last Modified Date", "Date", lambda _organisation, record: record.modified),
        Parameter("Create DateTime UTC", "Moment", lambda _organisation, record: record.created),
        Parameter("Last Modified DateTime UTC", "Moment", lambda _organisation, record: record.modified),
    )


def _person(name: str) -> Read:
    """A field of a contact's people."""
    return lambda organisation, contact: [row.data[name] for row in organisation.individuals.children(contact.id)]


def _values(fits: Callable[[str], bool]) -> Read:
    """The contact methods of a kind, of a contact's people or of one person."""

    def read(organisation: Organisation, record: Record) -> list[str]:
        is_person = "isSecondary" in record.data
        people = [record] if is_person else organisation.individuals.children(record.id)
        return [
            row.data["value"]
            for person in people
            for row in organisation.methods.children(person.id)
            if fits(row.data["type"]) and not row.data["archived"]
        ]

    return read


def _address(name: str) -> Read:
    """A field of a contact's primary address."""

    def read(organisation: Organisation, contact: Record) -> Any:
        address = primary_address(organisation, contact)
        return address.data[name] if address else None

    return read


def _segment_code(organisation: Organisation, gift: Record) -> Any:
    segment = organisation.segments.get(gift.data["segmentId"])
    return segment.data["code"] if segment else None


def _project_code(organisation: Organisation, gift: Record) -> list[Any]:
    rows = gift.data["giftDesignations"]
    return [organisation.projects.rows[row["projectId"]].data["projectCode"] for row in rows]


_GIFT_TYPES = (
    "Cash", "Check", "Credit", "Cryptocoin", "Electronic Funds Transfer", "Non-Cash", "Other",
    "Qualified Charitable Distribution", "Reversing Transaction", "Stock",
)  # fmt: skip
_EMAIL, _PHONE = _values(is_email), _values(is_phone)

CONTACTS = Family(
    (
        Parameter("Contact Id", "Int", lambda _organisation, contact: contact.id),
        *_stamps(),
        Parameter("Contact Name", "String", _field("name")),
        Parameter("First Name", "String", _person("firstName")),
        Parameter("Last Name", "String", _person("lastName")),
        Parameter("Email Address", "String", _EMAIL),
        Parameter("Phone", "String", _PHONE),
        Parameter("Contact Type", "List", _field("contactType")),
        Parameter("Tags", "List", lambda organisation, contact: tag_names(organisation, contact.id)),
        Parameter("Is Private", "Boolean", _field("isPrivate")),
        Parameter("Address 1", "String", _address("address1")),
        Parameter("City", "String", _address("city")),
        Parameter("State", "String", _address("state")),
        Parameter("Postal", "String", _address("postal")),
    ),
    "Contact",
)
INDIVIDUALS = Family(
    (
        Parameter("Individual Id", "Int", lambda _organisation, person: person.id),
        Parameter("Contact Id", "Int", lambda _organisation, person: person.parent),
        *_stamps(),
        Parameter("First Name", "String", _field("firstName")),
        Parameter("Last Name", "String", _field("lastName")),
        Parameter("Email Address", "String", _EMAIL),
        Parameter("Phone", "String", _PHONE),
    ),
    "ContactIndividual",
)
GIFTS = Family(
    (
        Parameter("Gift Id", "Int", lambda _organisation, gift: gift.id),
        Parameter("Transaction Source", "String", _field("transactionSource")),
        Parameter("Transaction Id", "String", _field("transactionId")),
        *_stamps(),
        Parameter(
            "Gift Type",
            "List",
            _field("giftType"),
            _GIFT_TYPES,
        ),
        Parameter("Gift Date", "Date", lambda _organisation, gift: gift.data["giftDate"][:10]),
        Parameter("Amount", "Decimal", _field("amount")),
        Parameter("Currency Code", "String", _field("currencyCode")),
        Parameter("Batch", "String", _field("batch")),
        Parameter("Receipt Date", "Date", lambda _organisation, gift: (gift.data["receiptDate"] or "")[:10] or None),
        Parameter("Check Number", "String", _field("checkNumber")),
        Parameter("Segment Code", "String", _segment_code),
        Parameter("Project Id", "Int", lambda _o, gift: [row["projectId"] for row in gift.data["giftDesignations"]]),
        Parameter("Project Code", "String", _project_code),
        Parameter("Contact Id", "Int", lambda _organisation, gift: gift.parent),
        Parameter(
            "Contact Archived",
            "Boolean",
            lambda organisation, gift: organisation.contacts.rows[gift.parent].data["isArchived"],
        ),
    ),
    "Gift",
)
PROJECTS = Family(
    (
        Parameter("Project Id", "Int", lambda _organisation, project: project.id),
        *_stamps(),
        Parameter("Project Name", "String", _field("name")),
        Parameter("Project Code", "String", _field("projectCode")),
        Parameter("Is Active", "Boolean", _field("isActive")),
        Parameter("Is Available Online", "Boolean", _field("isAvailableOnline")),
    ),
    "Project",
)
RECURRING = Family(
    (
        Parameter("Recurring Gift Id", "Int", lambda _organisation, row: row.id),
        Parameter("Contact Id", "Int", lambda _organisation, row: row.parent),
        *_stamps(),
        Parameter("Transaction Source", "String", _field("transactionSource")),
        Parameter("Transaction Id", "String", _field("transactionId")),
        Parameter("Amount", "Decimal", _field("amount")),
        Parameter("Frequency", "List", _field("frequency")),
    ),
    "RecurringGift",
)
