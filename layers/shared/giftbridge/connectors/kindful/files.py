"""Gifts in the columns of Kindful's import of contacts with transactions. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from giftbridge.connectors.base import Purposes
from giftbridge.connectors.imports import ImportGift, day, donor_cells, money, name_of, parts, table
from giftbridge.connectors.kindful.mapping import kindful_id
from giftbridge.errors import Reject


@dataclass(frozen=True, slots=True)
class FileOptions:
    """A connection's choices for import files."""

    columns: Mapping[str, str]
    words: Mapping[str, str]
    """Kindful's transaction type in its API -> in its import."""
    methods: Mapping[str, str]
    dates: str
    zone: str


def import_table(gifts: Sequence[ImportGift], purposes: Purposes, options: FileOptions) -> list[list[str]]:
    """Header and rows. Raises `Reject` for a gift without a campaign, or with one that Kindful has no more."""
    return table((row for one in gifts for row in _rows(one, purposes, options)), options.columns)


def _rows(one: ImportGift, purposes: Purposes, options: FileOptions) -> Iterator[dict[str, str]]:
    gift = one.gift
    kind = options.methods.get(gift.method, options.methods["other"])
    for reference, part in parts(one):
        if not part.campaign:
            text = "Kindful takes no gift without a campaign. Choose one in the setting default_purpose, then retry."
            raise Reject(text, code="campaign_missing")
        yield {
            "contact_id": kindful_id(one.contact_id),
            **donor_cells(one.donor),
            "transaction_id": reference,
            "date": day(gift, options.zone, options.dates),
            "amount": money(part.amount),
            "transaction_type": options.words.get(kind, kind),
            "check_number": gift.check_number,
            "campaign": name_of("campaign", part.campaign, purposes.campaigns),
            "fund": name_of("fund", part.fund, purposes.funds),
            "note": gift.note,
        }
