"""The vendor's paths under `/api` and who serves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local.sandbox.wegive import writes
from local.sandbox.wegive.errors import ApiError, no_method, no_route, not_found
from local.sandbox.wegive.funds import allocation_rows, show_allocation
from local.sandbox.wegive.lists import ListSpec, list_page, page_of_rows, shown
from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.query import read_query
from local.sandbox.wegive.resources import SPECS
from local.sandbox.wegive.store import Data

BASE = "/api"
DASHBOARD = "dashboard"
ALLOCATIONS = "fund-allocations"
Write = Callable[[Organisation, Data, int], Any]

WRITES: dict[tuple[str, str], Write] = {
    ("POST", "donors/find-or-create"): writes.find_or_create,
    ("POST", "tags"): writes.create_tag,
    ("PUT", "tags/{id}"): writes.update_tag,
    ("POST", "tags/{id}/trigger-tagging"): writes.trigger_tagging,
    ("POST", "model-tag-donors"): writes.tag_donors,
    ("DELETE", "model-archive"): writes.archive,
    ("PUT", "model-restore"): writes.restore,
    ("POST", "model-resync"): writes.resync,
    ("POST", "virtual-terminal/generate-url"): writes.virtual_terminal,
}
# The one path that is not under /dashboard.
SUBSCRIBE = "communication-lists/{id}/subscribe"


def serve(organisation: Organisation, method: str, path: str, pairs: Iterable[tuple[str, str]], body: Data) -> Any:
    """Serve a call of an organisation's key; the answer's JSON. Raises ApiError."""
    bare = path[len(BASE) :].strip("/").split("/")
    pattern, row_id = _pattern(bare)
    if pattern == SUBSCRIBE:
        return _only("POST", method, path, lambda: writes.subscribe(organisation, body, row_id))
    parts = _below_dashboard(organisation, bare, path)
    if parts[0] in organisation.options.forbidden:
        raise ApiError(403, "This action is unauthorized.")
    pattern, row_id = _pattern(parts)
    write = WRITES.get((method, pattern))
    if write is not None:
        return write(organisation, body, row_id)
    read = _reader(organisation, parts, path, pairs)
    writable = [declared for declared, known in WRITES if known == pattern]
    if read is None and not writable:
        raise no_route(path)
    if read is None or method not in {"GET", "HEAD"}:
        raise no_method(method, path, ", ".join([*(["GET", "HEAD"] if read else []), *writable]))
    return read()


def _below_dashboard(organisation: Organisation, parts: list[str], path: str) -> list[str]:
    """The parts after `/dashboard`, which the vendor's mapping pages leave out (served by option)."""
    if parts[0] == DASHBOARD and len(parts) > 1:
        return parts[1:]
    if organisation.options.bare_paths:
        return [parts[0].replace("_", "-"), *parts[1:]]
    raise no_route(path)


def _pattern(parts: list[str]) -> tuple[str, int]:
    """The path with its number read as `{id}`, and the number."""
    numbers = [int(part) for part in parts if part.isdecimal()]
    return "/".join("{id}" if part.isdecimal() else part for part in parts), numbers[0] if numbers else 0


def _reader(
    organisation: Organisation, parts: list[str], path: str, pairs: Iterable[tuple[str, str]]
) -> Callable[[], Any] | None:
    """What a GET of these parts does; None where the vendor has no such path."""
    if parts == [ALLOCATIONS]:
        return lambda: _allocations(organisation, pairs)
    spec = SPECS.get(parts[0])
    if spec is None or len(parts) > 2:
        return None
    if len(parts) == 1:
        return lambda: _list(organisation, spec, path, pairs)
    return lambda: _detail(organisation, spec, parts[1])


def _list(organisation: Organisation, spec: ListSpec, path: str, pairs: Iterable[tuple[str, str]]) -> Data:
    query = read_query(pairs)
    if spec.resource == "transactions":
        query.setdefault("type", organisation.options.default_type)
    return list_page(organisation, spec, query, path)


def _detail(organisation: Organisation, spec: ListSpec, text: str) -> Data:
    table = organisation.tables[spec.resource]
    row = table.get(int(text)) if text.isdecimal() else None
    hidden = row is not None and row.deleted is not None and organisation.options.archived_detail == "not_found"
    if row is None or hidden:
        raise not_found(f"App\\Models\\{table.model}", text)
    answer = shown(spec.detail, organisation, row)
    if spec.resource == "payouts":
        return answer
    more: Data = {"donor_accounts": [], "donor_users": []} if spec.resource == "pledges" else {}
    return {"data": answer} | more


def _allocations(organisation: Organisation, pairs: Iterable[tuple[str, str]]) -> Data:
    """Every part of every gift, newest gift first; a row does not name its gift."""
    gifts = sorted((gift for gift in organisation.transactions if gift.deleted is None), key=lambda gift: -gift.id)
    rows = [row for gift in gifts for row in allocation_rows(organisation, gift.data)]
    return page_of_rows(organisation, rows, read_query(pairs), lambda row: show_allocation(organisation, row))


def _only(declared: str, method: str, path: str, work: Callable[[], Any]) -> Any:
    if method != declared:
        raise no_method(method, path, declared)
    return work()
