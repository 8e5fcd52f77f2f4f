"""What a CRM made of the value it was given: cut short or spelled otherwise, and nobody's edit."""

from giftbridge.domain.contact import Address, Contact, Field


def is_rewritten(field: Field, given: Contact, kept: Contact) -> bool:
    """Whether the value of `kept` is that of `given`, at most cut short or in another spelling."""
    mine, theirs = given.value(field), kept.value(field)
    if isinstance(mine, Address) and isinstance(theirs, Address):
        pairs = ((mine.street, theirs.street), (mine.city, theirs.city), (mine.postal_code, theirs.postal_code))
        return any(their for _, their in pairs) and all(_is_cut(*pair) for pair in pairs)
    if field == "phone":
        return bool(theirs) and _digits(mine).endswith(_digits(theirs))
    return bool(theirs) and _is_cut(str(mine), str(theirs))


def _is_cut(given: str, kept: str) -> bool:
    return _letters(given).startswith(_letters(kept))


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _digits(value: object) -> str:
    return "".join(letter for letter in str(value) if letter.isdigit())
