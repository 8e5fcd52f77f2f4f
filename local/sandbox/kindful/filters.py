"""The words of a query: which records it means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from local.sandbox.kindful.account import Account, App
from local.sandbox.kindful.errors import broken
from local.sandbox.kindful.records import Record
from local.sandbox.kindful.run import kindful_id

Test = Callable[[Record], bool]
_NEAR = {5: 5, 25: 4, 100: 3}
"""Miles up to which a postal code has to agree in so many digits (Kindful knows the map, the sandbox does not)."""


class Filters:
    """Reads the filters of one kind of record for one application."""

    def __init__(self, account: Account, app: App, kind: str) -> None:
        self._account = account
        self._links = app.links[kind]
        self._kind = kind
        self._words: dict[str, Test] = {"linked": self._linked, "not_linked": self._unlinked, "changed": self._changed}
        self._named: dict[str, Callable[[Any], Test]] = {"or": self._any, "and": self._all, "not": self._none}
        if kind == "contact":
            self._named |= {"by_group_id": _in_groups, "has_email": _has_email, "near_postal": _near}
        else:
            self._named |= {"campaign_id": _of_campaign, "after": self._after, "before": self._before}

    def read(self, query: Any) -> Test:
        """The test of a whole query; how its entries combine is an option of the account."""
        return self._any(query) if self._account.options.top_level == "or" else self._all(query)

    def _entry(self, entry: Any) -> Test:
        if isinstance(entry, str) and entry in self._words:
            return self._words[entry]
        if isinstance(entry, dict) and entry and all(name in self._named for name in entry):
            tests = [self._named[name](value) for name, value in entry.items()]
            return lambda record: all(test(record) for test in tests)
        raise broken("The query is not valid")

    def _all(self, entries: Any) -> Test:
        tests = [self._entry(entry) for entry in _listed(entries)]
        return lambda record: all(test(record) for test in tests)

    def _any(self, entries: Any) -> Test:
        tests = [self._entry(entry) for entry in _listed(entries)]
        return lambda record: any(test(record) for test in tests)

    def _none(self, entries: Any) -> Test:
        test = self._any(entries)
        return lambda record: not test(record)

    def _linked(self, record: Record) -> bool:
        return self._links.of(record.id) is not None

    def _unlinked(self, record: Record) -> bool:
        return self._links.of(record.id) is None

    def _changed(self, record: Record) -> bool:
        link = self._links.of(record.id)
        return link is not None and link.version != record.version

    def _after(self, value: Any) -> Test:
        start = _day(value)
        if self._account.options.after_edge == "exclusive":
            start += timedelta(days=1)
        return lambda record: bool(record.data["transaction_time"] >= start.timestamp())

    def _before(self, value: Any) -> Test:
        end = _day(value)
        return lambda record: bool(record.data["transaction_time"] < end.timestamp())


def _listed(entries: Any) -> list[Any]:
    if not isinstance(entries, list):
        raise broken("The query is not a list")
    return entries


def _day(value: Any) -> datetime:
    try:
        return datetime.strptime(str(value).replace("/", "-"), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise broken("The date is not valid") from error


def _ids(value: Any) -> set[int | None]:
    return {kindful_id(entry) for entry in (value if isinstance(value, list) else [value])}


def _in_groups(value: Any) -> Test:
    wanted = _ids(value)
    return lambda record: not wanted.isdisjoint(record.extra.get("groups", ()))


def _of_campaign(value: Any) -> Test:
    wanted = _ids(value)
    return lambda record: record.data.get("campaign_id") in wanted


def _has_email(value: Any) -> Test:
    if value not in ("Yes", "No"):
        raise broken("has_email is Yes or No")
    return lambda record: bool(record.data.get("email")) is (value == "Yes")


def _near(value: Any) -> Test:
    if not isinstance(value, list) or len(value) != 2 or kindful_id(value[1]) is None:
        raise broken("near_postal takes a postal code and miles")
    code, miles = str(value[0]), kindful_id(value[1]) or 0
    digits = next((digits for reach, digits in _NEAR.items() if miles <= reach), 2)
    return lambda record: (record.data.get("postal") or "").startswith(code[:digits])
