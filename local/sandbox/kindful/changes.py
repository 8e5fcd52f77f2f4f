"""Applying what a row or somebody in the office changes about a record."""

from __future__ import annotations

from local.sandbox.kindful.account import Account, App, Change, PendingUpdate
from local.sandbox.kindful.events import announce
from local.sandbox.kindful.records import Record


def apply(account: Account, update: PendingUpdate) -> bool:
    """Apply an update; whether anything changed. A record that is gone by now stays gone."""
    record = account.record(update.kind, update.record_id)
    if record is None or record.deleted is not None:
        return False
    was_refunded = bool(record.data.get("was_refunded"))
    changed = alter(account, update.kind, record, update.change)
    if changed or account.options.unchanged_update_bumps:
        account.bump(record, max(record.updated, update.change.updated))
        _follow(account.app(update.app), update.kind, record, account.options.import_moves_link)
        if update.kind == "transaction" and account.options.events_of_imports:
            refunded = bool(record.data["was_refunded"]) and not was_refunded
            announce(account, "transaction.refunded" if refunded else "transaction.updated", record)
    else:
        record.updated = max(record.updated, update.change.updated)
    return changed


def alter(account: Account, kind: str, record: Record, change: Change) -> bool:
    """Put a change into a record without counting it; whether it differs from before."""
    before = (dict(record.data), dict(record.extra))
    account.tables[kind].change(record, change.data)
    groups = set(record.extra.get("groups", []))
    for group, wanted in change.groups.items():
        (groups.add if wanted else groups.discard)(int(group))
    if groups or "groups" in record.extra:
        record.extra["groups"] = sorted(groups)
    if change.custom:
        record.extra["custom"] = {**record.extra.get("custom", {}), **change.custom}
    if change.metadata:
        record.extra["metadata"] = {**record.extra.get("metadata", {}), **change.metadata}
    return before != (record.data, record.extra)


def apply_due(account: Account) -> None:
    """Apply the queued updates whose time has come, in order."""
    if not account.pending:
        return
    now = account.clock.now()
    due = [update for update in account.pending if update.due <= now]
    account.pending = [update for update in account.pending if update.due > now]
    for update in due:
        apply(account, update)


def _follow(app: App, kind: str, record: Record, policy: str) -> None:
    link = app.links[kind].of(record.id)
    if link is not None and policy == "always":
        link.version = record.version
