"""A connection's choices, and single values as WeGive writes them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from giftbridge.domain.gift import Frequency, GiftKind
from giftbridge.domain.money import cents
from giftbridge.errors import Reject

WHOLE: Final = re.compile(r"-?[0-9]+")
DECIMAL: Final = re.compile(r"(-?[0-9]+)\.([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Options:
    """A connection's choices for gifts, as the manifest has them."""

    amounts: str = "cents"
    covered_fee: str = "in_amount"
    processing_is_success: bool = False
    default_currency: str = "USD"
    anonymous_note: str = "Anonymous"
    frequencies: Mapping[str, Frequency] = field(default_factory=dict)
    kinds: Mapping[str, GiftKind] = field(default_factory=dict)


def money(value: Any, options: Options) -> int:
    """Cents. Raises `Reject` for what may be in another unit, such as "50.00" where cents are expected."""
    if options.amounts == "decimal":
        found = DECIMAL.fullmatch(value) if isinstance(value, str) else None
        whole = "".join(found.groups()) if found else ""
    else:
        whole = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not WHOLE.fullmatch(whole):
        raise Reject("Nobody can tell whether the amount is in cents.", code="amount_ambiguous")
    return cents(int(whole[:20]))  # a longer one is too large as well


def stamp(value: Any) -> datetime | None:
    """A moment in UTC, which is meant where no zone is told; None for what is none."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
