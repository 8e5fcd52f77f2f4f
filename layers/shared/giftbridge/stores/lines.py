"""Lines of the sync log as pages read them: not many more than a page needs, by one call or two."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, NamedTuple

from giftbridge.domain.contact import Side
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import Dynamo

READ_AT_ONCE: Final = 2000
"""Lines that a filter looks through by one call, at most; DynamoDB itself stops at 1 MB."""
MARGIN: Final = 1.25
"""As lines that fit do not stand evenly."""


class LineKey(NamedTuple):
    """Where a line stands; `side` is the one written to."""

    run: str
    kind: str
    side: Side
    record: str

    @property
    def key(self) -> dict[str, str]:
        """In the table."""
        return {"pk": f"LINES#{self.run}", "sk": f"{self.kind}#{self.side}#{self.record}"}


@dataclass(frozen=True, slots=True)
class Lines:
    """Reads over the runs table."""

    db: Dynamo
    table: str

    def page(
        self, run: str, after: str, outcome: str, limit: int, code: str = "", share: float = 0.0
    ) -> tuple[list[Item], str]:
        """Up to `limit` lines behind the sort key `after`, and where to go on; empty at the end.

        With an outcome or a code there may be fewer, though more lines follow that were not looked at yet. `share`:
        how many of the run's lines should fit. As many are read as should do, and once more where they do not.
        """
        asked: dict[str, Any] = {name: text for name, text in (("outcome", outcome), ("code", code)) if text}
        if not asked:
            return self._look(run, after, limit, asked)
        likely = min(READ_AT_ONCE, ceil(limit / share * MARGIN)) if share else READ_AT_ONCE
        items, last = self._look(run, after, likely, asked)
        if last and len(items) < limit and likely < READ_AT_ONCE:
            further, last = self._look(run, last, READ_AT_ONCE, asked)
            items += further
        if len(items) > limit:
            return items[:limit], str(items[limit - 1]["sk"])
        return items, last

    def _look(self, run: str, after: str, number: int, asked: Mapping[str, Any]) -> tuple[list[Item], str]:
        return self.db.page(
            self.table, "#pk = :pk AND #sk > :after", limit=number,
            only=" AND ".join(f"#{name} = :{name}" for name in asked), pk=f"LINES#{run}", after=after or " ", **asked,
        )  # fmt: skip

    def of(self, keys: Iterable[LineKey]) -> dict[LineKey, Item]:
        """Lines by their keys; what does not exist is left out."""
        wanted = {(one.key["pk"], one.key["sk"]): one for one in keys}
        found = self.db.get_many(self.table, [one.key for one in wanted.values()])
        return {wanted[item["pk"], item["sk"]]: item for item in found}
