"""The contract on gifts that a CRM's staff imports from a file by hand, and what all such files have in common."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol, runtime_checkable

from giftbridge.connectors.base import Purposes
from giftbridge.domain.contact import Contact
from giftbridge.domain.gift import Designation, Gift
from giftbridge.errors import Reject

DATES: Final[Mapping[str, str]] = {"mm/dd/yyyy": "%m/%d/%Y", "yyyy-mm-dd": "%Y-%m-%d"}
"""How an import reads a day, by the words of the setting `import_dates`."""


@dataclass(frozen=True, slots=True)
class ImportGift:
    """A gift for an import file. Designations hold the CRM's ids; `contact_id` is empty for whom it does not know."""

    reference: str
    gift: Gift
    contact_id: str
    donor: Contact


@runtime_checkable
class TakesImports(Protocol):
    """A CRM whose staff can import gifts, each with its donor, from a file."""

    def import_table(self, gifts: Sequence[ImportGift], purposes: Purposes) -> list[list[str]]:
        """The file's header and rows, a row for each fund of a gift. Makes no call. Raises `Reject`."""


def parts(one: ImportGift) -> Iterator[tuple[str, Designation]]:
    """Each part with the reference of its row: the gift's, numbered where there are several."""
    several = len(one.gift.designations) > 1
    for number, part in enumerate(one.gift.designations, 1):
        yield (f"{one.reference}-{number}" if several else one.reference), part


def table(rows: Iterable[Mapping[str, str]], columns: Mapping[str, str]) -> list[list[str]]:
    """Header and rows, in the order of `columns` (name -> heading); a column without a heading is left out."""
    wanted = [name for name, heading in columns.items() if heading]
    return [[columns[name] for name in wanted], *([row[name] for name in wanted] for row in rows)]


def donor_cells(donor: Contact) -> dict[str, str]:
    """Who gave, under our own names."""
    address = donor.address
    return {
        "first_name": donor.first_name, "last_name": donor.last_name, "organisation_name": donor.organisation_name,
        "email": donor.email, "phone": donor.phone, "street": address.street.replace("\n", ", "), "city": address.city,
        "state": address.state, "postal_code": address.postal_code, "country": address.country,
    }  # fmt: skip


def money(cents: int) -> str:
    """In whole units with two decimals (2550 -> "25.50")."""
    return f"{cents // 100}.{cents % 100:02d}"


def day(gift: Gift, zone: str, written: str) -> str:
    """The organisation's calendar day, as the import reads it."""
    local: date = gift.local_date(zone)
    return local.strftime(DATES[written])


def name_of(kind: str, chosen: str, names: Mapping[str, str]) -> str:
    """What a fund, campaign or appeal is called; empty for none. Raises `Reject` where the CRM has it no more."""
    if chosen and chosen not in names:
        raise Reject(f"The CRM has no active {kind} with the id {chosen}. Choose another one.", code=f"{kind}_unknown")
    return names.get(chosen, "")
