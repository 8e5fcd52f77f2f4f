"""Lists: filters, order, paging by page number, and the edges that are options or hostile moods."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.sandbox.wegive.errors import invalid, must_be, spoken
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.query import Query, count_of, moments, numbers, object_of, page_of, text_of
from local.sandbox.wegive.store import Data, Row, Table

Filter = Callable[[Organisation, Row, str], bool]
Value = Callable[[Organisation, Row], Any]
Test = Callable[[Row], bool]
VIEWS = ("all", "active", "archived")
DIRECTIONS = {"asc", "desc", "ASC", "DESC"}


@dataclass(frozen=True)
class ListSpec:
    """How one resource is listed: what may be asked, and how a row is shown there and on its own.

    `choices` are the legal words of some filters; `stamps` and `amounts` are ranges asked as `{start, end}`,
    `objects` other questions of several parts; `ended` says what the view of that name holds;
    `timeless` is false where an answer changes by the clock alone.
    """

    resource: str
    row: Callable[[Organisation, Row], Data]
    detail: Callable[[Organisation, Row], Data]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stamps: Mapping[str, Value] = field(default_factory=dict)
    amounts: Mapping[str, Value] = field(default_factory=dict)
    sorts: Mapping[str, Value] = field(default_factory=dict)
    objects: Mapping[str, Callable[[Organisation, Row, dict[str, str]], bool]] = field(default_factory=dict)
    views: tuple[str, ...] = VIEWS
    ended: Callable[[Organisation, Row], bool] | None = None
    timeless: bool = True

    @property
    def declared(self) -> set[str]:
        """The query parameters the vendor declares, and the paging that every list's envelope speaks of."""
        named = {*self.filters, *self.choices, *self.stamps, *self.amounts, *self.objects, "page", "count"}
        return named | ({"sort"} if self.sorts else set()) | ({"view"} if self.views else set())


def column(name: str) -> Filter:
    """A filter that compares a column's text."""

    def test(_organisation: Organisation, row: Row, text: str) -> bool:
        value = row.data.get(name)
        return value is not None and str(value).casefold() == text.casefold()

    return test


def list_page(organisation: Organisation, spec: ListSpec, query: Query, path: str) -> Data:
    """One page in the vendor's envelope; data that moves afterwards has moved when this returns."""
    _check(organisation, spec, query)
    page, count = page_of(query), count_of(query, organisation.options)
    ids = _matching(organisation, spec, query, page)
    first = (page - 1) * count
    fault = organisation.page_fault("GET", path)
    chosen = _spoilt(fault.mode if fault else "", ids, first, count)
    table = organisation.tables[spec.resource]
    rows = [shown(spec.row, organisation, table.rows[row_id]) for row_id in chosen]
    answer = _envelope(organisation, spec, query, rows) | {"meta": _meta(organisation, len(ids), page, count, rows)}
    if fault and chosen:
        _move(organisation, spec.resource, fault.mode, table.rows[chosen[0]])
    return answer


def page_of_rows(organisation: Organisation, rows: list[Data], query: Query, show: Callable[[Data], Data]) -> Data:
    """One page of rows that are in no table, in the vendor's envelope; nothing but paging can be asked."""
    page, count = page_of(query), count_of(query, organisation.options)
    chosen = [show(row) for row in rows[(page - 1) * count : page * count]]
    envelope = {"data": chosen, "search_mode": False, "pagination": True, "sort": False}
    return envelope | {"meta": _meta(organisation, len(rows), page, count, chosen)}


def shown(show: Callable[[Organisation, Row], Data], organisation: Organisation, row: Row) -> Data:
    """A row's answer, with what a test has spoilt in it."""
    answer = show(organisation, row)
    spoilt = row.data.get("_spoilt")
    return answer | spoilt if spoilt else answer


def _envelope(organisation: Organisation, spec: ListSpec, query: Query, rows: list[Data]) -> Data:
    return {"data": rows, "search_mode": "search" in query, "pagination": True, "sort": bool(spec.sorts)}


def _meta(organisation: Organisation, total: int, page: int, count: int, rows: list[Data]) -> Data:
    first = (page - 1) * count + 1
    return {
        "total": str(total) if organisation.options.total == "text" else total,
        "current_page": page,
        "last_page": max(1, -(-total // count)),
        "per_page": count,
        "from": first,
        "to": first + len(rows) - 1,
    }


def _check(organisation: Organisation, spec: ListSpec, query: Query) -> None:
    errors: dict[str, list[str]] = {}
    if organisation.options.unknown_query == "refused":
        errors |= {name: [f"The {spoken(name)} field is prohibited."] for name in set(query) - spec.declared}
    legal = {**spec.choices, **({"view": spec.views} if spec.views else {})}
    for name, words in legal.items():
        text = text_of(query, name)
        if text is not None and text not in words:
            errors[name] = [f"The selected {spoken(name)} is invalid."]
    if errors:
        raise invalid(errors)


def _matching(organisation: Organisation, spec: ListSpec, query: Query, page: int) -> list[int]:
    """The ids asked for in order; the same question before the next change is answered from memory."""
    options = organisation.options
    asked = {name: value for name, value in query.items() if name not in {"page", "count"}}
    unstable = page if options.default_order == "unstable" else 0
    question = (spec.resource, repr(sorted(asked.items())), options.model_dump_json(), organisation.version, unstable)
    found = organisation.pages.get(question) if spec.timeless else None
    if found is None:
        found = _select(organisation, spec, asked, page)
        if len(organisation.pages) > 32:
            organisation.pages.clear()
        organisation.pages[question] = found
    return found


def _select(organisation: Organisation, spec: ListSpec, query: Query, page: int) -> list[int]:
    tests = list(_tests(organisation, spec, query))
    table = organisation.tables[spec.resource]
    rows = [row for row in table if all(test(row) for test in tests)]
    _order(organisation, spec, query, rows, page)
    return [row.id for row in rows]


def _tests(organisation: Organisation, spec: ListSpec, query: Query) -> Iterator[Test]:
    view = text_of(query, "view") or "active"
    if view == "ended" and spec.ended is not None:
        yield lambda row, ended=spec.ended: ended(organisation, row)  # type: ignore[misc]
    elif spec.views:
        yield _view_test(view, text_of(query, "status"))
    yield from _object_tests(organisation, spec, query)
    for name, test in spec.filters.items():
        text = text_of(query, name)
        if text is not None:
            yield lambda row, test=test, text=text: test(organisation, row, text)  # type: ignore[misc]


def _object_tests(organisation: Organisation, spec: ListSpec, query: Query) -> Iterator[Test]:
    options = organisation.options
    for name, test in spec.objects.items():
        asked = object_of(query, name, options)
        if asked:
            yield lambda row, test=test, asked=asked: test(organisation, row, asked)  # type: ignore[misc]
    for kind, read in ((spec.stamps, moments), (spec.amounts, numbers)):
        for name, value in kind.items():
            asked = object_of(query, name, options)
            if asked:
                span = read(name, asked, options)
                yield lambda row, span=span, value=value: span.holds(value(organisation, row))  # type: ignore[misc]


def _view_test(view: str, status: str | None) -> Test:
    """Archived rows need `view`; only asking for cancelled ones by status shows them without it."""
    if view in {"all", "both"} or (status == "cancelled" and view == "active"):
        return lambda row: True
    return lambda row: (row.deleted is not None) == (view == "archived")


def _order(organisation: Organisation, spec: ListSpec, query: Query, rows: list[Row], page: int) -> None:
    match organisation.options.default_order:
        case "newest_first":
            rows.sort(key=lambda row: row.id, reverse=True)
        case "oldest_first":
            rows.sort(key=lambda row: row.id)
        case "unstable":
            rows.sort(key=lambda row: zlib.crc32(f"{row.id}/{page}".encode()))
    if not spec.sorts:
        return
    asked = object_of(query, "sort", organisation.options)
    for name, direction in reversed(asked.items()):
        if name in spec.sorts:
            if direction not in DIRECTIONS:
                raise must_be(f"sort.{name}", "asc or desc")
            rows.sort(key=_sort_key(organisation, spec.sorts[name]), reverse=direction.lower() == "desc")


def _sort_key(organisation: Organisation, value: Value) -> Callable[[Row], Any]:
    def key(row: Row) -> Any:
        found = value(organisation, row)
        return (found is not None, found if found is not None else 0)

    return key


def _spoilt(mode: str, ids: list[int], first: int, count: int) -> list[int]:
    """The page's ids, spoilt at its first edge when a hostile paging rule hits."""
    page = ids[first : first + count]
    if first == 0 or not page:
        return page
    match mode:
        case "page_drop":
            return page[1:]
        case "page_repeat":
            return [ids[first - 1], *page][:count]
        case "page_swap":
            return [ids[first - 1], *page[1:]]
    return page


def _move(organisation: Organisation, resource: str, mode: str, row: Row) -> None:
    """What happens at the vendor just after a page was read: its first row is edited, archived or doubled."""
    table: Table = organisation.tables[resource]
    match mode:
        case "page_touch":
            table.edit(row, {}, organisation.now())
        case "page_archive":
            table.archive(row, organisation.now(), organisation.now())
        case "page_insert":
            organisation.add(resource, copy.deepcopy(row.data))
