"""Gifts in the columns of Bloomerang's import. Pure.

An import makes no new values, so funds, campaigns and appeals go by the names that Bloomerang has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from giftbridge.connectors.base import Purposes
from giftbridge.connectors.imports import ImportGift, day, donor_cells, money, name_of, parts, table
from giftbridge.domain.gift import Designation


@dataclass(frozen=True, slots=True)
class FileOptions:
    """A connection's choices for import files."""

    columns: Mapping[str, str]
    words: Mapping[str, str]
    """Bloomerang's method in its API -> in its import."""
    methods: Mapping[str, str]
    dates: str
    zone: str


def import_table(gifts: Sequence[ImportGift], purposes: Purposes, options: FileOptions) -> list[list[str]]:
    """Header and rows. Raises `Reject` for a purpose that Bloomerang has no more."""
    return table((row for one in gifts for row in _rows(one, purposes, options)), options.columns)


def _rows(one: ImportGift, purposes: Purposes, options: FileOptions) -> Iterator[dict[str, str]]:
    gift = one.gift
    method = options.methods.get(gift.method, "None")
    for number, (reference, part) in enumerate(parts(one)):
        yield {
            "account_number": one.contact_id,
            **donor_cells(one.donor),
            "date": day(gift, options.zone, options.dates),
            "amount": money(part.amount),
            "fee": money(gift.fee) if gift.fee and not number else "",
            "method": options.words.get(method, method),
            "check_number": gift.check_number,
            **_purpose(part, purposes),
            "note": " ".join(text for text in (gift.note, f"[ref {reference}]") if text),
        }


def _purpose(part: Designation, purposes: Purposes) -> dict[str, str]:
    return {
        "fund": name_of("fund", part.fund, purposes.funds),
        "campaign": name_of("campaign", part.campaign, purposes.campaigns),
        "appeal": name_of("appeal", part.appeal, purposes.appeals),
    }
