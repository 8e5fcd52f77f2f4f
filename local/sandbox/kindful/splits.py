"""`split_transaction` jobs: parts of a gift for several funds, which must add up to it exactly."""

from __future__ import annotations

from typing import Any

from local.sandbox.kindful.columns import BadRow, cents, text
from local.sandbox.kindful.imports import empty_gift
from local.sandbox.kindful.matching import campaign_of, find_item, fund_of
from local.sandbox.kindful.records import Link, Record
from local.sandbox.kindful.run import JobRun, Row


def run_splits(run: JobRun, rows: list[Row]) -> None:
    """Split gifts; the rows of a gift are taken together, those of an unknown gift are dropped without a word."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(text(row.get("transaction_id")) or "", []).append(row)
    verdicts = {key: _verdict(run, key, group) for key, group in groups.items()}
    run.each(rows, lambda row: _take(run, row, verdicts[text(row.get("transaction_id")) or ""]))


def _verdict(run: JobRun, key: str, rows: list[Row]) -> Record | str:
    """The gift to split, or why its rows are dropped."""
    parent = find_item(run, "transaction", key or None)
    if parent is None or parent.deleted is not None:
        return "unknown"
    try:
        total = sum(_amount(row) for row in rows)
    except BadRow:
        return "mismatch"
    if total != parent.data["amount_in_cents"] and run.options.split_sum_mismatch == "notify":
        return "mismatch"
    return parent


def _take(run: JobRun, row: Row, parent: Record | str) -> dict[str, str]:
    if parent == "unknown":
        return {"split": "dropped"}
    if isinstance(parent, str):
        raise BadRow("The quantity and unit amounts do not add up to the transaction")
    sent = text(row.get("id"))
    if sent is None:
        raise BadRow("id is required")
    found = run.account.linked(run.app, "transaction", sent)
    if found is not None:
        return {"split": _again(run, row, parent, found)}
    data = empty_gift() | {"transaction_time": parent.data["transaction_time"]} | _split_data(run, row, parent)
    split = run.account.transactions.add(data, run.account.now())
    run.app.links["transaction"].put(split.id, Link(sent, split.version))
    run.account.bump(parent, parent.updated)
    return {"split": run.created("Split Transaction")}


def _again(run: JobRun, row: Row, parent: Record, found: Record) -> str:
    """A split that is there already is left alone; any other record with this id is an overlap."""
    if found.data.get("parent_id") != parent.id:
        run.notify(row, "The id overlaps with an existing transaction")
        return "dropped"
    if run.action == "create" or run.options.split_update == "ignored":
        return "ignored"
    run.account.transactions.change(found, _split_data(run, row, parent))
    run.account.bump(found)
    return run.updated("Split Transaction")


def _split_data(run: JobRun, row: Row, parent: Record) -> dict[str, Any]:
    return {
        "parent_id": parent.id,
        "contact_id": parent.data["contact_id"],
        "amount_in_cents": _amount(row),
        "campaign_id": campaign_of(run, row, required=False),
        "fund_id": fund_of(run, row),
    }


def _amount(row: Row) -> int:
    quantity = row.get("quantity", "1")
    return cents("unit_amount_in_cents", row.get("unit_amount_in_cents")) * cents("quantity", quantity)
