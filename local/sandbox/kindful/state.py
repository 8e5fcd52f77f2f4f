"""What a test may see of an account beyond what the API tells."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from local.sandbox.kindful.account import Account, App
from local.sandbox.kindful.api import integration
from local.sandbox.kindful.records import Table


def summary(account: Account) -> dict[str, Any]:
    """What a test needs to know of a new account."""
    return {
        "name": account.name,
        "id": account.number,
        "tokens": list(account.tokens),
        "campaigns": _named(account.tables["campaign"]),
        "funds": _named(account.tables["fund"]),
        "groups": _named(account.tables["group"]),
        "custom_fields": _named(account.tables["custom_field"]),
        "counts": {kind: len(table) for kind, table in account.tables.items()},
    }


def whole_state(account: Account) -> dict[str, Any]:
    """Every record by kind as it is stored, and what each application knows and has done."""
    kinds = {kind: [asdict(record) for record in table] for kind, table in account.tables.items()}
    return kinds | {
        "forwards": {str(loser): winner for loser, winner in account.forwards.items()},
        "apps": {app.id: _app(account, app) for app in account.apps.values()},
        "pending_updates": [asdict(update) for update in account.pending],
        "paused": account.paused,
    }


def _app(account: Account, app: App) -> dict[str, Any]:
    return {
        "links": {kind: book.dump() for kind, book in app.links.items()},
        "jobs": [{"id": job.id, "status": job.status} for job in app.jobs],
        "integration": integration(account, app),
    }


def _named(table: Table) -> dict[str, int]:
    return {record.data["name"]: record.id for record in table}
