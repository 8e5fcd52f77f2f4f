"""Virtuous's queries: conditions in a POST, the place of the page in the URL. What can be asked for is asked first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from giftbridge.connectors.http import Api
from giftbridge.connectors.virtuous.paging import Asked, Listed, Raw
from giftbridge.errors import Retry

FULL: Final = "/api/Contact/Query/FullContact"
SHORT: Final = "/api/Contact/Query"
FULL_GIFTS: Final = "/api/Gift/Query/FullGift"
MOST: Final = 1000
"""Rows a page; the vendor's own default of 10 would cut lists silently."""
ID: Final = "Contact Id"
EMAIL: Final = "Email Address"
CHANGED_AT: Final = "Last Modified DateTime UTC"
CHANGED_ON: Final = "Last Modified Date"
DAY: Final = timedelta(days=1)

Condition = Mapping[str, Any]


def is_(parameter: str, value: str) -> Condition:
    """A parameter has a value."""
    return {"parameter": parameter, "operator": "Is", "value": value}


def is_in(parameter: str, values: Sequence[str]) -> Condition:
    """A parameter has one of some values."""
    return {"parameter": parameter, "operator": "In", "values": list(values)}


@dataclass(frozen=True, slots=True)
class Queries:
    """Queries of one connection."""

    api: Api
    _known: dict[str, frozenset[str]] = field(default_factory=dict)

    def takes(self, parameter: str, operator: str) -> bool:
        """Whether contacts can be asked for by a parameter: they differ between organisations. Asked for once."""
        if not self._known:
            options = rows_of(self.api.get("/api/Contact/QueryOptions", needs="options")["options"])
            self._known.update({str(row.get("parameter")): _operators(row) for row in options})
        return operator in self._known.get(parameter, frozenset())

    def page(
        self,
        path: str,
        conditions: Sequence[Condition],
        *,
        skip: int = 0,
        take: int = MOST,
        sort: str = "Id",
        **more: bool,
    ) -> Listed:
        """One page, by id unless another order is named. Raises `Retry` where the answer is no list."""
        groups = [{"conditions": list(conditions)}] if conditions else []
        body = {"groups": groups, "sortBy": sort, "descending": sort != "Id", **more}
        return self.ask(path, body, skip, take)

    def ask(self, path: str, body: Mapping[str, Any], skip: int, take: int) -> Listed:
        """A page of any list that is asked for by a POST."""
        query = {"skip": skip, "take": take}
        answer = self.api.call("POST", path, params=query, json=dict(body), needs="list", reads=True).body
        rows, total = rows_of(answer["list"]), answer.get("total")
        return Listed(rows, total if isinstance(total, int) else skip + len(rows))

    def all(self, path: str, body: Mapping[str, Any]) -> Iterator[Raw]:
        """A whole list. Raises `Retry` where it breaks off."""
        read = 0
        while True:
            listed = self.ask(path, body, read, MOST)
            yield from listed.rows
            read += len(listed.rows)
            if read >= listed.total:
                return
            if not listed.rows:
                raise Retry("Virtuous's list breaks off before its end.", code="list_breaks_off")

    def changed(self, asked: Asked) -> Listed:
        """Contacts by change, to the second where that can be asked for, else by days with one more at the beginning.

        Archived ones are among them where they can be told from the others.
        """
        exact = self.takes(CHANGED_AT, "OnOrAfter")
        conditions = []
        if asked.since:
            value = asked.since.strftime("%Y-%m-%dT%H:%M:%S") if exact else (asked.since - DAY).date().isoformat()
            parameter = CHANGED_AT if exact else CHANGED_ON
            conditions = [{"parameter": parameter, "operator": "OnOrAfter", "value": value}]
        sort = (CHANGED_AT if exact else CHANGED_ON) if asked.newest_first else "Id"
        shown = {"includeArchived": self.takes(ID, "In")}
        return self.page(FULL, conditions, skip=asked.skip, take=asked.take, sort=sort, **shown)

    def unarchived(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of some contacts are not archived: no record says it of itself."""
        if not ids or not self.takes(ID, "In"):
            return frozenset(ids)
        listed = self.page(SHORT, [is_in(ID, ids)], take=max(len(ids), 1), includeArchived=False)
        return frozenset(str(row.get("id")) for row in listed.rows)


def rows_of(value: Any) -> list[Raw]:
    """A list of objects. Raises `Retry` for anything else."""
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise Retry("Virtuous sent an answer that is no list.", code="garbled")
    return value


def _operators(row: Raw) -> frozenset[str]:
    return frozenset(str(one.get("operator")) for one in rows_of(row.get("operatorOptions")))
