"""Lists: paging, filters and order, answered from sorted indexes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

from local.sandbox.bloomerang.call import Call
from local.sandbox.bloomerang.custom import asked_word
from local.sandbox.bloomerang.errors import invalid
from local.sandbox.bloomerang.store import Ids, Record, SortKey, Table, sort_value

PAGE_LIMIT = 50
Test = Callable[[Record], bool]
Filter = Callable[[Call, str], Test]
_PAGING = {"skip", "take"}


@dataclass(frozen=True)
class ListSpec:
    """How one list may be asked: its filters, orders and how a row is shown."""

    table: Callable[[Call], Table]
    show: Callable[[Call, Record], dict[str, Any]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    orders: tuple[SortKey, ...] = ()
    default_order: SortKey = "Id"
    default_direction: Literal["Asc", "Desc"] = "Asc"
    last_modified: bool = False
    account_filter: str | None = None
    custom_kind: str | None = None

    def handler(self, call: Call) -> dict[str, Any]:
        """Serve the list."""
        return list_page(call, self)

    def allowed(self) -> set[str]:
        """The query parameters the vendor declares for this list."""
        own = set(self.filters) | {"skip", "take", "id"}
        own |= {"customFieldId", "customFieldValue"} if self.custom_kind else set()
        own |= {"orderBy", "orderDirection"} if self.orders else set()
        own |= {self.account_filter} if self.account_filter else set()
        return own | ({"lastModified"} if self.last_modified else set())


def list_page(call: Call, spec: ListSpec) -> dict[str, Any]:
    """One page in the vendor's envelope."""
    check_query(call, spec.allowed())
    table, (skip, take) = spec.table(call), paging(call)
    ids = _matching(call, table, spec)
    rows = [spec.show(call, table.rows[record_id]) for record_id in _page(call, ids, skip, take)]
    return envelope(len(table), len(ids), skip, rows)


def envelope(total: int, filtered: int, start: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The vendor's paged list."""
    return {"Total": total, "TotalFiltered": filtered, "Start": start, "ResultCount": len(rows), "Results": rows}


def slice_page(call: Call, rows: list[dict[str, Any]], total: int) -> dict[str, Any]:
    """A page out of rows that are already made."""
    skip, take = paging(call)
    return envelope(total, len(rows), skip, rows[skip : skip + take])


def check_query(call: Call, allowed: Iterable[str]) -> None:
    """Refuse query parameters that are not declared, where the database is strict about it."""
    known = {name.casefold() for name in allowed}
    for name in call.query:
        if name.casefold() not in known and call.options.unknown_query == "refuse":
            raise invalid(f"Unknown query parameter '{name}'")


def paging(call: Call) -> tuple[int, int]:
    """`skip` and `take`; a `take` over 50 is refused or clamped by option."""
    skip, take = _number(call, "skip", 0, 0), _number(call, "take", PAGE_LIMIT, 1)
    if take > PAGE_LIMIT and call.options.take_over_50 == "refuse":
        raise invalid(f"The field take must be between 1 and {PAGE_LIMIT}.")
    return skip, min(take, PAGE_LIMIT)


def id_list(text: str, name: str) -> set[int]:
    """Pipe-joined ids."""
    parts = text.split("|")
    if not all(part.isdecimal() for part in parts):
        raise invalid(f"The value '{text}' is not valid for {name}")
    return {int(part) for part in parts}


def choices(legal: Iterable[str], read: Callable[[Record], Iterable[str]]) -> Filter:
    """A pipe-joined filter over words of an enum."""
    words = set(legal)

    def build(_call: Call, text: str) -> Test:
        wanted = set(text.split("|"))
        if not wanted <= words:
            raise invalid(f"The value '{text}' is not valid.")
        return lambda record: not wanted.isdisjoint(read(record))

    return build


def ids_of(read: Callable[[Record], Iterable[int]], name: str) -> Filter:
    """A pipe-joined filter over ids found in a record."""

    def build(_call: Call, text: str) -> Test:
        wanted = id_list(text, name)
        return lambda record: not wanted.isdisjoint(read(record))

    return build


def truth(read: Callable[[Record], bool]) -> Filter:
    """A boolean filter."""

    def build(_call: Call, text: str) -> Test:
        if text.lower() not in {"true", "false"}:
            raise invalid(f"The value '{text}' is not valid.")
        wanted = text.lower() == "true"
        return lambda record: read(record) is wanted

    return build


def parse_moment(text: str) -> float:
    """An ISO date-time (UTC when it has no offset), or a bare date, in seconds since 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"The value '{text}' is not valid for lastModified.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def first_stamp(call: Call, text: str) -> int:
    """The first whole second that `lastModified` lets through."""
    moment = parse_moment(text)
    return math.ceil(moment) if call.options.last_modified_edge == "inclusive" else math.floor(moment) + 1


def _number(call: Call, name: str, default: int, least: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) < least:
        raise invalid(f"The value '{text}' is not valid for {name}.")
    return int(text)


def _matching(call: Call, table: Table, spec: ListSpec) -> Sequence[int]:
    asked = {name: text for name, text in call.query.items() if name not in _PAGING}
    if call.options.transaction_list_lag or call.options.constituent_list_lag:
        return _select(call, table, spec)
    question = (call.path, call.options.model_dump_json() if asked else "", *sorted(asked.items()))
    found = table.cached(question)
    if found is None:
        found = _select(call, table, spec)
        table.cache(question, found)
    return found


def _select(call: Call, table: Table, spec: ListSpec) -> Sequence[int]:
    key, descending = _order(call, spec)
    candidates, ordered_by = _candidates(call, table, spec, key)
    tests = list(_tests(call, spec))
    if isinstance(candidates, Ids):
        whole = ordered_by == key and len(tests) == ("lastModified" in call.query and spec.last_modified)
        if whole and table.visible_from <= call.database.clock.now():
            return candidates.turned() if descending else candidates
    now = call.database.clock.now()
    records = (table.rows[record_id] for record_id in candidates)
    fitting = [record for record in records if record.seen_from <= now and all(test(record) for test in tests)]
    if ordered_by != key:
        fitting.sort(key=lambda record: (sort_value(record, key), record.id))
    ids = [record.id for record in fitting]
    return ids[::-1] if descending else ids


def _candidates(call: Call, table: Table, spec: ListSpec, key: SortKey) -> tuple[Sequence[int], SortKey | None]:
    """The smallest set of ids worth testing, and what they are ordered by (None: nothing useful)."""
    word = asked_word(call, spec.custom_kind) if spec.custom_kind else None
    if word is not None:
        return [record.id for record in table.with_word(word)], None
    if "id" in call.query:
        return [wanted for wanted in id_list(call.query["id"], "id") if wanted in table.rows], None
    if spec.account_filter and spec.account_filter in call.query:
        accounts = id_list(call.query[spec.account_filter], spec.account_filter)
        return [record.id for account in accounts for record in table.of_account(account)], None
    stamp = _stamp(call, spec)
    if stamp is not None:
        return table.since(stamp), "LastModifiedDate"
    return table.ordered(key), key


def _tests(call: Call, spec: ListSpec) -> Iterator[Test]:
    """Every filter as a test: the candidates have passed one of them at most."""
    stamp = _stamp(call, spec)
    if stamp is not None:
        yield lambda record: record.modified >= stamp
    if "id" in call.query:
        wanted = id_list(call.query["id"], "id")
        yield lambda record: record.id in wanted
    if spec.account_filter and spec.account_filter in call.query:
        accounts = id_list(call.query[spec.account_filter], spec.account_filter)
        yield lambda record: record.account in accounts
    for name, build in spec.filters.items():
        if name in call.query:
            yield build(call, call.query[name])


def _stamp(call: Call, spec: ListSpec) -> int | None:
    text = call.query.get("lastModified")
    return first_stamp(call, text) if text is not None and spec.last_modified else None


def _order(call: Call, spec: ListSpec) -> tuple[SortKey, bool]:
    key = call.query.get("orderBy", spec.default_order)
    direction = call.query.get("orderDirection", spec.default_direction)
    if "orderBy" in call.query and key not in spec.orders:
        raise invalid(f"The value '{key}' is not valid for orderBy.")
    if direction not in {"Asc", "Desc"}:
        raise invalid(f"The value '{direction}' is not valid for orderDirection.")
    return cast(SortKey, key), direction == "Desc"


def _page(call: Call, ids: Sequence[int], skip: int, take: int) -> list[int]:
    """The page's ids, spoilt at its first edge when a hostile paging rule hits."""
    page = list(ids[skip : skip + take])
    if skip == 0 or not page:
        return page
    fault = call.database.page_fault(call.method, call.path)
    match fault.mode if fault else "":
        case "page_drop":
            return page[1:]
        case "page_repeat":
            return [ids[skip - 1], *page][:take]
        case "page_swap":
            return [ids[skip - 1], *page[1:]]
    return page
