"""Finding constituents by e-mail: the vendor's search is fuzzy and mixes households, so every hit is compared here."""

from collections.abc import Mapping
from typing import Any, Final

from giftbridge.connectors.bloomerang.models import Constituent, Email
from giftbridge.connectors.bloomerang.paging import PAGE, Fetch, is_person
from giftbridge.domain import normalise

SEARCHED: Final = 200
"""Hits that are looked at."""


def by_email(fetch: Fetch, email: str) -> list[dict[str, Any]]:
    """Raw constituents that have exactly this address, case aside, primary or not; none have what is no address."""
    wanted = normalise.email(email)
    if not wanted:
        return []
    hits = [raw for raw in found(fetch, email) if is_person(raw)]
    matches = {raw["Id"] for raw in hits if _primary(raw) == wanted} | _by_secondary(fetch, hits, wanted)
    return [raw for raw in hits if raw["Id"] in matches]


def found(fetch: Fetch, text: str) -> list[dict[str, Any]]:
    """What the vendor's search shows for a text, households among it."""
    hits: list[dict[str, Any]] = []
    while True:
        page = fetch("/constituents/search", {"search": text, "skip": len(hits), "take": PAGE})
        hits += page["Results"]
        if len(page["Results"]) < PAGE or len(hits) >= SEARCHED:
            return hits


def _by_secondary(fetch: Fetch, hits: list[dict[str, Any]], wanted: str) -> set[int]:
    numbers = [str(number) for raw in hits for number in _secondary_ids(Constituent.model_validate(raw))]
    owners: set[int] = set()
    for start in range(0, len(numbers), PAGE):
        page = fetch("/emails", {"id": "|".join(numbers[start : start + PAGE]), "take": PAGE})
        rows = [Email.model_validate(row) for row in page["Results"]]
        owners |= {row.AccountId for row in rows if normalise.email(row.Value) == wanted}
    return owners


def _secondary_ids(seen: Constituent) -> list[int]:
    primary = seen.PrimaryEmail.Id if seen.PrimaryEmail else 0
    return [number for number in seen.EmailIds if number != primary]


def _primary(raw: Mapping[str, Any]) -> str:
    return normalise.email((raw.get("PrimaryEmail") or {}).get("Value") or "")
