"""Gifts in columns for Virtuous's Gift and Contact Import. Pure.

Whoever uploads the file says there once which column is what; projects and segments go by their codes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from giftbridge.connectors.base import Purposes
from giftbridge.connectors.imports import ImportGift, day, donor_cells, money, name_of, parts, table
from giftbridge.connectors.virtuous.gifts import segment


@dataclass(frozen=True, slots=True)
class FileOptions:
    """A connection's choices for import files. `source` is the name under which gifts are handed over."""

    columns: Mapping[str, str]
    methods: Mapping[str, str]
    source: str
    dates: str
    zone: str


def import_table(gifts: Sequence[ImportGift], purposes: Purposes, options: FileOptions) -> list[list[str]]:
    """Header and rows. Raises `Reject` for a project that Virtuous has no more, or several segments."""
    return table((row for one in gifts for row in _rows(one, purposes, options)), options.columns)


def _rows(one: ImportGift, purposes: Purposes, options: FileOptions) -> Iterator[dict[str, str]]:
    gift, codes = one.gift, {project: code for code, project in purposes.codes.items()}
    for reference, part in parts(one):
        name = name_of("fund", part.fund, purposes.funds)
        yield {
            "contact_id": one.contact_id,
            **donor_cells(one.donor),
            "transaction_source": options.source,
            "transaction_id": reference,
            "date": day(gift, options.zone, options.dates),
            "gift_type": options.methods.get(gift.method, options.methods["other"]),
            "amount": money(part.amount),
            "currency": gift.currency.upper(),
            "check_number": gift.check_number,
            "project": codes.get(part.fund, name),
            "segment": segment(gift),
            "note": gift.note,
        }
