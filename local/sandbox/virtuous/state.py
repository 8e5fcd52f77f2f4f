"""The whole of an organisation in read shapes, for comparing end states."""

from __future__ import annotations

from typing import Any

from local.sandbox.virtuous.gift_views import show_commitment, show_gift, show_project, show_segment
from local.sandbox.virtuous.imports import show_import, show_row
from local.sandbox.virtuous.organisation import Organisation
from local.sandbox.virtuous.views import show_address, show_contact


def whole_state(organisation: Organisation) -> dict[str, Any]:
    """Every record by kind in order of its id, archived ones too, and what waits to be imported."""
    return {
        "contacts": [show_contact(organisation, row) for row in organisation.contacts],
        "addresses": [{"contactId": row.parent, **show_address(row)} for row in organisation.addresses],
        "gifts": [show_gift(organisation, row) for row in organisation.gifts],
        "recurring": [show_commitment(organisation, row) for row in organisation.recurring],
        "projects": [show_project(organisation, row) for row in organisation.projects],
        "segments": [show_segment(row) for row in organisation.segments],
        "webhooks": [{"id": row.id, **row.data} for row in organisation.webhooks],
        "held": [show_row(row) for row in organisation.held],
        "imports": [show_import(found) for found in organisation.imports.values()],
    }
