"""All organisations of one sandbox server, and the keys that open them."""

from __future__ import annotations

import secrets
from typing import Any

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.wegive.options import Options
from local.sandbox.wegive.organisation import ApiKey, Organisation


class World:
    """The state of a sandbox server; itself the tenant of requests that name no organisation."""

    def __init__(self) -> None:
        self.organisations: dict[str, Organisation] = {}
        self.faults = FaultPlan()
        self.journal = Journal()
        self.clock = Clock()
        self.founded = 0
        self._changes = 0
        self._last_token = 100

    @property
    def version(self) -> int:
        """Moves with every change."""
        return self._changes + sum(organisation.version for organisation in self.organisations.values())

    def changed(self) -> None:
        """Note a change that no table sees."""
        self._changes += 1

    def found(self, name: str, options: Options, title: str, key: str | None = None) -> Organisation:
        """A new organisation; ValueError when the name or the key is taken."""
        if name in self.organisations:
            raise ValueError(f"there is an organisation {name} already")
        chosen = key or self.new_key()
        if self.tenant_of(chosen) is not None:
            raise ValueError("the key belongs to another organisation")
        self.founded += 1
        organisation = Organisation(name, self.founded, options, title)
        organisation.keys[chosen] = ApiKey(chosen)
        self.organisations[name] = organisation
        self.changed()
        return organisation

    def new_key(self) -> str:
        """A key as the dashboard makes it: a number, a bar, a secret."""
        self._last_token += 1
        return f"{self._last_token}|{secrets.token_urlsafe(30)}"

    def tenant_of(self, key: str | None) -> Organisation | None:
        """The organisation a key names, even one that is no longer good; only the whole key counts."""
        found = (organisation for organisation in self.organisations.values() if key in organisation.keys)
        return next(found, None)

    def caller(self, key: str | None) -> Organisation | None:
        """The organisation a key opens."""
        organisation = self.tenant_of(key)
        return organisation if organisation and organisation.keys[key or ""].active else None

    def dump(self) -> dict[str, Any]:
        """The state as JSON values."""
        organisations = [organisation.dump() for organisation in self.organisations.values()]
        return {"organisations": organisations, "founded": self.founded, "last_token": self._last_token}

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.organisations = {row["name"]: Organisation.load(row) for row in state["organisations"]}
        self.founded, self._last_token = state["founded"], state["last_token"]
