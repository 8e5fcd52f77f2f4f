"""`/contacts/query` and `/transactions/query`: pages of at most 50, by a token that dies after idle minutes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from local.sandbox.kindful.errors import ApiError, broken
from local.sandbox.kindful.filters import Filters, Test
from local.sandbox.kindful.records import Record
from local.sandbox.kindful.run import kindful_id
from local.sandbox.kindful.views import Row, Viewer

MAX_PAGE = 50
_MODELS = {
    "contact": {"contact"},
    "transaction": {"transaction", "campaign", "fund", "designation", "contact", "contact_custom_field"},
}
_EMPTY: Row = {"page": 1, "query_token": None, "results": [], "has_more": False}


@dataclass
class Cursor:
    """A query that is being paged through: its rows (frozen or asked anew for each page) and its last use."""

    app: str
    kind: str
    test: Test
    per_page: int
    columns: dict[str, Any]
    custom_fields: list[Record]
    ids: list[int]
    page: int = 0
    used: float = 0.0


def query(viewer: Viewer, kind: str, body: dict[str, Any]) -> Row:
    """Answer a query's first page, or by `query_token` the next one."""
    account = viewer.account
    token = body.get("query_token")
    if token is None:
        token = f"tok_{secrets.token_hex(8)}"
        account.cursors[token] = _new_cursor(viewer, kind, body)
    cursor: Cursor | None = account.cursors.get(str(token))
    if cursor is None or _is_dead(viewer, cursor, kind):
        return _dead(viewer)
    cursor.page, cursor.used = cursor.page + 1, account.clock.now()
    found = _ids(viewer, cursor) if account.options.paging == "live" else cursor.ids
    start, end = (cursor.page - 1) * cursor.per_page, cursor.page * cursor.per_page
    records = [record for found_id in found[start:end] if (record := account.tables[kind].get(found_id))]
    more = end < len(found)
    answer = {"page": cursor.page, "query_token": token, "has_more": more}
    answer["results"] = [_show(viewer, cursor, record) for record in records]
    href = f"{viewer.base}/{kind}s/query?query_token={token}"
    return answer | {"_links": {"next": {"href": href}} if more else {}}


def _new_cursor(viewer: Viewer, kind: str, body: dict[str, Any]) -> Cursor:
    if "query" not in body:
        raise broken("query is required")
    per_page = kindful_id(body.get("per_page", MAX_PAGE)) or MAX_PAGE
    cursor = Cursor(
        app=viewer.app.id,
        kind=kind,
        test=Filters(viewer.account, viewer.app, kind).read(body["query"]),
        per_page=min(per_page, MAX_PAGE),
        columns=_columns(kind, body.get("columns")),
        custom_fields=_custom_fields(
            viewer, body.get("custom_fields" if kind == "contact" else "contact_custom_fields")
        ),
        ids=[],
        used=viewer.account.clock.now(),
    )
    cursor.ids = _ids(viewer, cursor)
    return cursor


def _columns(kind: str, sent: Any) -> dict[str, Any]:
    if sent is None:
        return {}
    if not isinstance(sent, dict) or not set(sent) <= _MODELS[kind]:
        raise broken("columns names an unknown model")
    return sent


def _custom_fields(viewer: Viewer, sent: Any) -> list[Record]:
    """`["all"]`, `["linked"]` or ids."""
    if not isinstance(sent, list) or not sent:
        return []
    fields = list(viewer.account.tables["custom_field"])
    if sent == ["all"]:
        return fields
    if sent == ["linked"]:
        return [field for field in fields if viewer.app.links["custom_field"].of(field.id)]
    wanted = {kindful_id(entry) for entry in sent}
    return [field for field in fields if field.id in wanted]


def _ids(viewer: Viewer, cursor: Cursor) -> list[int]:
    options = viewer.account.options
    return [
        record.id
        for record in viewer.account.tables[cursor.kind]
        if (record.deleted is None or options.deleted_in_queries)
        and (record.data.get("parent_id") is None or options.splits_in_queries)
        and cursor.test(record)
    ]


def _is_dead(viewer: Viewer, cursor: Cursor, kind: str) -> bool:
    idle = viewer.account.clock.now() - cursor.used
    return cursor.app != viewer.app.id or cursor.kind != kind or idle > viewer.account.options.token_idle_seconds


def _dead(viewer: Viewer) -> Row:
    how = viewer.account.options.dead_token
    if how == "empty":
        return dict(_EMPTY)
    raise ApiError(int(how), "The query_token is not valid")


def _show(viewer: Viewer, cursor: Cursor, record: Record) -> Row:
    whole = viewer.contact(record) if cursor.kind == "contact" else viewer.transaction(record)
    row = _only(whole, cursor.columns.get(cursor.kind, ["all"])) | viewer.marks(cursor.kind, record)
    if cursor.kind == "contact":
        return row | _custom(viewer, cursor, record)
    return row | _joined(viewer, cursor, record)


def _joined(viewer: Viewer, cursor: Cursor, record: Record) -> Row:
    """The campaign, fund and contact of a transaction, where columns of them were asked for."""
    account, found = viewer.account, {}
    for model, show in (("campaign", viewer.campaign), ("fund", viewer.fund), ("contact", viewer.contact)):
        other = account.record(model, record.data.get(f"{model}_id")) if model in cursor.columns else None
        if other is not None:
            found[model] = _only(show(other), cursor.columns[model]) | viewer.marks(model, other)
    if "contact" in found and (contact := account.record("contact", record.data.get("contact_id"))):
        found["contact"] |= _custom(viewer, cursor, contact)
    return found


def _custom(viewer: Viewer, cursor: Cursor, contact: Record) -> Row:
    return {"custom_fields": viewer.custom_fields(contact, cursor.custom_fields)} if cursor.custom_fields else {}


def _only(row: Row, columns: Any) -> Row:
    if columns == ["all"] or not isinstance(columns, list):
        return row
    return {name: row[name] for name in columns if isinstance(name, str) and name in row}
