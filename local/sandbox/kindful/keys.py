"""What records are found by besides their ids: e-mails, names, whose gift it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any


def folded(value: Any) -> str:
    """A text for comparing: without case and outer blanks."""
    return "" if value is None else str(value).strip().casefold()


def _contact_keys(data: dict[str, Any]) -> Iterator[Hashable]:
    email, company = folded(data.get("email")), folded(data.get("company_name"))
    first, last = folded(data.get("first_name")), folded(data.get("last_name"))
    if email:
        yield "email", email
    if first or last:
        yield "name", first, last
    if company:
        yield "company", company


def _name_key(data: dict[str, Any]) -> Iterator[Hashable]:
    yield "name", folded(data.get("name"))


def _transaction_keys(data: dict[str, Any]) -> Iterator[Hashable]:
    yield "contact", data.get("contact_id")
    if data.get("parent_id") is not None:
        yield "parent", data["parent_id"]


def no_keys(_data: dict[str, Any]) -> Iterator[Hashable]:
    """For records that are found by their id alone."""
    return iter(())


KEYS = {
    "contact": _contact_keys,
    "transaction": _transaction_keys,
    "campaign": _name_key,
    "fund": _name_key,
    "group": _name_key,
    "custom_field": _name_key,
}
"""The words a record of each kind is found by."""
