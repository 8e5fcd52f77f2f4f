"""Bloomerang's lists as a reader meets them: rows move, vanish and share their second while pages are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

START = datetime(2026, 3, 1, tzinfo=UTC)
Edges = Literal["kept", "dropped", "repeated", "swapped"]
Row = dict[str, Any]


@dataclass
class VendorLists:
    """Constituents and their e-mail rows, with the vendor's open questions as switches."""

    inclusive: bool = True
    """Whether `lastModified` lets its own second through."""
    bumps: bool = True
    """Whether a changed e-mail row moves its constituent's stamp."""
    edges: Edges = "kept"
    """What happens to the first row of a page that is not the first."""
    ties_descend: bool = False
    second: int = 0
    people: dict[int, int] = field(default_factory=dict)
    """Id -> second of the last change."""
    emails: dict[int, tuple[int, int]] = field(default_factory=dict)
    """E-mail row -> (its constituent, second of the last change)."""
    versions: dict[int, int] = field(default_factory=dict)
    calls: int = 0
    meanwhile: Callable[[], None] = lambda: None
    """What others do right after a page has been answered."""

    def add(self, number: int) -> int:
        """A new constituent."""
        self.people[number] = self.second
        self.versions[number] = self.versions.get(number, 0) + 1
        return number

    def edit(self, number: int) -> None:
        """Somebody changes a constituent."""
        if number in self.people:
            self.add(number)

    def edit_email(self, number: int) -> None:
        """Somebody changes a constituent's e-mail row."""
        if number not in self.people:
            return
        self.emails[number] = (number, self.second)
        self.versions[number] += 1
        if self.bumps:
            self.people[number] = self.second

    def delete(self, number: int) -> None:
        """A constituent goes, with its rows."""
        self.people.pop(number, None)
        self.emails.pop(number, None)

    def fetch(self, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """One page, in the vendor's envelope."""
        self.calls += 1
        found = self._people(query) if path == "/constituents" else self._emails(query) if path == "/emails" else []
        skip, take = int(query.get("skip", 0)), int(query.get("take", 50))
        page = self._spoilt(found, skip, take)
        self.meanwhile()
        return {"Total": 10**6, "TotalFiltered": len(found), "ResultCount": len(page), "Results": page}

    def _people(self, query: Mapping[str, Any]) -> list[Row]:
        chosen = [number for number, second in self.people.items() if self._since(query, second)]
        by_id = query.get("orderBy", "Id") == "Id"
        tie = -1 if self.ties_descend else 1
        chosen.sort(key=lambda number: number if by_id else (self.people[number], tie * number))
        if query.get("orderDirection") == "Desc":
            chosen.reverse()
        return [self.row(number) for number in chosen]

    def _emails(self, query: Mapping[str, Any]) -> list[Row]:
        chosen = sorted((number, *both) for number, both in self.emails.items() if self._since(query, both[1]))
        return [{"Id": number, "AccountId": account, **_audit(second)} for number, account, second in chosen]

    def row(self, number: int) -> Row:
        """A constituent as it is now; `FormalName` tells its version."""
        return {"Id": number, "FormalName": str(self.versions[number]), **_audit(self.people[number])}

    def _since(self, query: Mapping[str, Any], second: int) -> bool:
        if "lastModified" not in query:
            return True
        edge = (datetime.fromisoformat(query["lastModified"]) - START).total_seconds()
        return second >= edge if self.inclusive else second > edge

    def _spoilt(self, found: list[Row], skip: int, take: int) -> list[Row]:
        page = found[skip : skip + take]
        if not skip or not page or self.edges == "kept":
            return page
        if self.edges == "dropped":
            return page[1:]
        before = found[skip - 1]
        return [before, *page][:take] if self.edges == "repeated" else [before, *page[1:]]


def _audit(second: int) -> Row:
    stamp = (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"AuditTrail": {"CreatedDate": stamp, "LastModifiedDate": stamp}}


@dataclass
class Reader:
    """Reads page by page as a job does: what a page told is known before the next is asked for."""

    vendor: VendorLists
    next_page: Callable[[str], tuple[str, bool, list[Row], list[int]]]
    cursor: str = ""
    known: dict[int, str] = field(default_factory=dict)

    def page(self) -> bool:
        """Read one page; whether there is more."""
        self.cursor, more, rows, touched = self.next_page(self.cursor)
        self.known |= {row["Id"]: row["FormalName"] for row in rows}
        self.known |= {number: str(self.vendor.versions[number]) for number in touched if number in self.vendor.people}
        return more

    def drain(self, at_most: int) -> None:
        """Read on to the end, which must come."""
        for _ in range(at_most):
            if not self.page():
                return
        raise AssertionError(f"no end after {at_most} pages, at {self.cursor}")

    def missed(self) -> dict[int, tuple[str | None, int]]:
        """Constituents whose last version was never read: (version known, version there is)."""
        versions = self.vendor.versions
        return {
            number: (self.known.get(number), versions[number])
            for number in self.vendor.people
            if self.known.get(number) != str(versions[number])
        }
