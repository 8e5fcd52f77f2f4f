"""WeGive's import file: for gifts that its API does not take. Pure.

How WeGive's import names its columns is not documented: they are named as its API names the fields of a gift, and the
setting `import_columns` gives others.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from giftbridge.connectors.pulls import FileGift
from giftbridge.domain.gift import GiftKind, Method

SOURCES: Final[Mapping[Method, str]] = {
    "card": "card", "ach": "bank", "cash": "cash", "check": "check", "paypal": "paypal", "venmo": "venmo",
    "crypto": "crypto", "in_kind": "in_kind", "stock": "stock", "wire": "wire",
}  # fmt: skip
CATEGORIES: Final[Mapping[GiftKind, str]] = {
    "donation": "Donation", "in_kind": "InKind", "grant": "Grant", "membership": "Membership", "other": "Other",
}  # fmt: skip


def table(gifts: Sequence[FileGift], columns: Mapping[str, str]) -> list[list[str]]:
    """Header and rows; a column whose heading is empty is left out."""
    wanted = [name for name, heading in columns.items() if heading]
    rows = [_cells(one) for one in gifts]
    return [[columns[name] for name in wanted], *([row[name] for name in wanted] for row in rows)]


def _cells(one: FileGift) -> dict[str, str]:
    """Amounts in cents; the day as it stands in the CRM."""
    gift = one.gift
    single = gift.parts[0].fund if len(gift.parts) == 1 else ""
    split = [f"{part.fund or 'default'}={part.amount}" for part in gift.parts] if len(gift.parts) > 1 else []
    return {
        "id": one.platform_id,
        "custom_import_reference": one.mark,
        "donor_id": one.donor_id,
        "date": gift.day.isoformat(),
        "amount": str(gift.amount),
        "fee_amount": str(gift.fee),
        "currency": one.currency,
        "source_type": SOURCES.get(gift.method, "other"),
        "status": "refunded" if gift.refunded else "success",
        "category": _category(one),
        "fund": single,
        "fund_allocations": ";".join(split),
        "reference": gift.reference,
        "memo": " ".join(part for part in (gift.note, f"[{one.mark}]") if part),
        "scheduled_donation_id": gift.schedule_id,
        "pledge_id": gift.pledge_id,
    }


def _category(one: FileGift) -> str:
    if one.gift.pledge_id:
        return "PledgePayment"
    return "RecurringDonation" if one.gift.schedule_id else CATEGORIES[one.gift.kind]
