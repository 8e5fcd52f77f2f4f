"""The whole of an organisation, for comparing end states."""

from __future__ import annotations

from typing import Any

from local.sandbox.wegive.organisation import Organisation
from local.sandbox.wegive.store import Data, Row


def kept(row: Row) -> Data:
    """A row as the sandbox keeps it: amounts in cents, stamps in seconds since 1970."""
    return {"id": row.id, **row.data, "created": row.created, "updated": row.updated, "deleted": row.deleted}


def whole_state(organisation: Organisation) -> dict[str, Any]:
    """Every row by resource, archived ones too, and the resyncs that were asked for."""
    rows = {name: [kept(row) for row in table] for name, table in organisation.tables.items()}
    return {**rows, "resyncs": organisation.resyncs}
