"""Money is integer cents of one currency inside; decimals exist only at a vendor's edge."""

from decimal import Decimal, InvalidOperation
from typing import Final

from giftbridge.errors import Reject

DIGITS: Final = 15
"""A longer number is a mistake, and arithmetic with it no longer exact."""


def cents(value: object) -> int:
    """A whole number of cents as a vendor gave it. Raises `Reject` for fractions of a cent and for non-numbers.

    A text is none: "100.00" would be a dollar here and a hundred to whoever wrote it.
    """
    if isinstance(value, str):
        raise Reject("The amount is a text, not a number.", code="amount_not_a_number")
    amount = _decimal(value)
    if amount != amount.to_integral_value():
        raise Reject("The amount is not a whole number of cents.", code="amount_fraction")
    return int(amount)


def cents_from_major(value: object) -> int:
    """Cents from major units (`25.5` -> 2550). Raises `Reject` where more than two decimals are given."""
    return cents(_decimal(value) * 100)


def major_from_cents(amount: int) -> float:
    """A JSON number in major units, exact to the cent (2550 -> 25.5)."""
    return float(Decimal(amount) / 100)


def spoken(amount: int, currency: str = "") -> str:
    """An amount as people read it (123450, "USD" -> "1,234.50 USD")."""
    return f"{Decimal(amount) / 100:,.2f} {currency}".strip()


def _decimal(value: object) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise Reject("The amount is not a number.", code="amount_not_a_number") from None
    if not amount.is_finite():
        raise Reject("The amount is not a number.", code="amount_not_a_number")
    if amount.adjusted() >= DIGITS:
        raise Reject("The amount is too large to be true.", code="amount_too_large")
    return amount
