"""Every organisation the sandbox serves."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.handbid.organisation import Organisation, Settings
from local.sandbox.handbid.problems import not_found
from local.sandbox.handbid.store import Store
from local.sandbox.handbid.webhooks import Courier


class Shared:
    """Faults and journal of requests that name no organisation."""

    def __init__(self) -> None:
        self.faults = FaultPlan()
        self.journal = Journal()
        self.clock = Clock()


class World:
    """The organisations by id, with one store and one courier for all of them."""

    def __init__(self, state_file: Path | None = None) -> None:
        self.store = Store(state_file)
        self.courier = Courier()
        self.shared = Shared()
        self.organisations = {
            settings["id"]: Organisation(Settings.model_validate(settings), self.store)
            for settings in self.store.organisations()
        }

    def close(self) -> None:
        """Keep what is only in memory and close the store."""
        for organisation in self.organisations.values():
            organisation.save()
        self.store.close()

    def found(self, values: dict[str, Any]) -> Organisation:
        """Make an organisation; id and token are made up where they are missing. Raises ValueError when taken."""
        number = len(self.organisations) + 1
        while f"org-{number}" in self.organisations:
            number += 1
        settings = Settings.model_validate(
            {"id": f"org-{number}", "name": "Paws Rescue", "token": f"hb_{secrets.token_urlsafe(24)}", **values}
        )
        if settings.id in self.organisations:
            raise ValueError("the id is taken")
        organisation = self.organisations[settings.id] = Organisation(settings, self.store)
        organisation.save()
        return organisation

    def get(self, identifier: str) -> Organisation:
        """One organisation; raises ProblemError 404."""
        found = self.organisations.get(identifier)
        if found is None:
            raise not_found("organisation")
        return found

    def remove(self, identifier: str) -> None:
        """Forget an organisation; raises ProblemError 404."""
        self.courier.forget(self.get(identifier))
        del self.organisations[identifier]
        self.store.remove_organisation(identifier)

    def by_token(self, token: str) -> Organisation | None:
        """The organisation a token opens, unless it was revoked."""
        for organisation in self.organisations.values():
            settings = organisation.settings
            if not settings.revoked and secrets.compare_digest(settings.token.encode(), token.encode()):
                return organisation
        return None
