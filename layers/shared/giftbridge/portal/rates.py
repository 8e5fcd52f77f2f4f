"""How fast an operator has things done again."""

from typing import Final

USUAL: Final = "10"
SLOWEST, FASTEST = 0.1, 500.0
"""Pieces of work, or messages, a second."""
WRONG: Final = f"Give a number between {SLOWEST:g} and {FASTEST:g}."


def rate_of(typed: str) -> float | None:
    """What was typed, as a rate; None for what is none, or none of ours."""
    try:
        rate = float(typed)
    except ValueError:
        return None
    return rate if SLOWEST <= rate <= FASTEST else None
