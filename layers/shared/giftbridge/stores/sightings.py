"""Sightings: which ids of a side were seen under one keyed e-mail fingerprint, so that matching needs no calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from giftbridge.domain.contact import Side
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import Dynamo
from giftbridge.stores.versions import VERSION

ENOUGH: Final = 10
"""More under one address make it no less ambiguous."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One record as it was seen: fingerprints of its fields and of the whole, its stamp, the run that saw it."""

    id: str
    email: str
    prints: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""
    stamp: str = ""
    run: str = ""

    def item(self) -> Item:
        """As it is stored within the e-mail's item."""
        return {
            "p": {name: mark for name, mark in self.prints.items() if mark},
            "r": self.raw,
            "s": self.stamp,
            "g": self.run,
        }

    @classmethod
    def of(cls, email: str, record_id: str, item: Item) -> "Sighting":
        """From what `item` stored."""
        return cls(record_id, email, item["p"], item["r"], item["s"], item["g"])


@dataclass(frozen=True, slots=True)
class Sightings:
    """Written from list pages by the one writer of an account, read when matching."""

    db: Dynamo
    table: str

    def note(self, connection: str, side: Side, seen: Iterable[Sighting], *, stamped: bool = True) -> None:
        """Keep what a page showed; records without a usable address are passed over.

        `stamped`: who is seen unchanged is noted anew under the run that saw it; else nothing is written of them.
        """
        by_email: dict[str, dict[str, Item]] = {}
        for one in seen:
            if one.email:
                by_email.setdefault(one.email, {})[one.id] = one.item()
        known = self.find(connection, side, by_email)
        items = []
        for email, fresh in by_email.items():
            standing = {one.id: one.item() for one in known.get(email, ())}
            kept = dict(list({**fresh, **standing, **fresh}.items())[:ENOUGH])
            if kept != standing and (stamped or _without_run(kept) != _without_run(standing)):
                items.append({"pk": _key(connection, side, email), "v": VERSION, "ids": kept})
        self.db.put_many(self.table, items)

    def find(self, connection: str, side: Side, emails: Iterable[str]) -> dict[str, tuple[Sighting, ...]]:
        """Everybody seen under each address."""
        wanted = {_key(connection, side, email): email for email in emails if email}
        items = self.db.get_many(self.table, [{"pk": one} for one in wanted])
        return {
            wanted[item["pk"]]: tuple(Sighting.of(wanted[item["pk"]], one, seen) for one, seen in item["ids"].items())
            for item in items
        }

    def forget(self, connection: str, side: Side, email: str, record_id: str) -> None:
        """This record no longer has this address."""
        standing = self.find(connection, side, [email]).get(email, ())
        kept = {one.id: one.item() for one in standing if one.id != record_id}
        key = {"pk": _key(connection, side, email)}
        if kept:
            self.db.put_many(self.table, [{**key, "v": VERSION, "ids": kept}])
        elif standing:
            self.db.delete_many(self.table, [key])


def _without_run(seen: Mapping[str, Item]) -> dict[str, Item]:
    return {one: {**item, "g": ""} for one, item in seen.items()}


def _key(connection: str, side: Side, email: str) -> str:
    return f"{connection}|seen|{side}|{email}"
