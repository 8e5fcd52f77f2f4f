"""From holding to review: what was handed in becomes imports at midnight, one per source, and waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from local.sandbox.virtuous.matching import judge
from local.sandbox.virtuous.organisation import Import, Organisation, Row
from local.sandbox.virtuous.text import local_day, next_midnight


def catch_up(organisation: Organisation) -> None:
    """Bundle what a midnight has passed over since it was handed in."""
    if not organisation.held or organisation.options.midnight != "by_clock":
        return
    now = organisation.now()
    due = [row for row in organisation.held if due_at(organisation, row) <= now]
    _bundle_all(organisation, due, {row.id: due_at(organisation, row) for row in due})


def midnight(organisation: Organisation) -> list[Import]:
    """Bundle everything held now, whatever the clock says."""
    due, now = list(organisation.held), organisation.now()
    return _bundle_all(organisation, due, {row.id: now for row in due})


def due_at(organisation: Organisation, row: Row) -> float:
    """The midnight after a row was handed in; in whose time zone is not known, hence an option."""
    return next_midnight(row.held_at, organisation.options.midnight_time_zone or organisation.time_zone)


def bundle(organisation: Organisation, rows: list[Row], at: float, name: str | None = None) -> Import:
    """One import of rows of one source and kind, each judged and put into its bucket."""
    kind, source = rows[0].kind, rows[0].source
    day = local_day(at, organisation.time_zone).isoformat()
    made = Import(organisation.new_row_id(), name or f"{source} {kind}s {day}", kind, source, at, rows)
    organisation.imports[made.id] = made
    for row in rows:
        judge(organisation, row)
    return made


def find_row(organisation: Organisation, row_id: int) -> Row:
    """A row of any import; KeyError when there is none."""
    for found in organisation.imports.values():
        for row in found.rows:
            if row.id == row_id:
                return row
    raise KeyError(row_id)


def show_import(found: Import) -> dict[str, Any]:
    """An import as the people who review it see it."""
    buckets: dict[str, int] = {}
    for row in found.rows:
        if row.state == "open":
            buckets[row.bucket] = buckets.get(row.bucket, 0) + 1
    return {
        "id": found.id,
        "name": found.name,
        "kind": found.kind,
        "source": found.source,
        "created": found.created,
        "state": "review" if buckets else "done",
        "buckets": buckets,
        "rows": [show_row(row) for row in found.rows],
    }


def show_row(row: Row) -> dict[str, Any]:
    """A held or imported row."""
    return {
        "id": row.id,
        "state": row.state,
        "bucket": row.bucket,
        "reasons": row.reasons,
        "errors": row.errors,
        "candidates": row.candidates,
        "contact": row.contact,
        "made": row.made,
        "body": row.body,
    }


def _bundle_all(organisation: Organisation, due: list[Row], moments: dict[int, float]) -> list[Import]:
    def key(row: Row) -> tuple[float, str, str]:
        # Contacts come first, so that a person who runs the imports in order makes them before their gifts.
        return moments[row.id], row.kind, row.source.casefold()

    taken = {row.id for row in due}
    organisation.held = [row for row in organisation.held if row.id not in taken]
    bundles: Iterable[tuple[Any, Iterable[Row]]] = groupby(sorted(due, key=key), key=key)
    return [bundle(organisation, list(rows), at) for (at, _, _), rows in bundles]
