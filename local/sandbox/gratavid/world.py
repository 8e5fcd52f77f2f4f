"""All accounts of one sandbox server, and whose a key is."""

from __future__ import annotations

import secrets
from typing import Any

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.courier import Courier
from local.sandbox.gratavid.options import Options


class World:
    """The state of a sandbox server; itself the tenant of requests whose key is nobody's.

    `options` say how those are refused.
    """

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.options = Options()
        self.courier = Courier()
        self.faults = FaultPlan()
        self.journal = Journal()
        self.clock = Clock()
        self._changes = 0

    @property
    def version(self) -> int:
        """Moves with every change."""
        return self._changes + sum(account.version for account in self.accounts.values())

    def changed(self) -> None:
        """Note a change of the server itself."""
        self._changes += 1

    def create(self, name: str, key: str | None, options: Options) -> Account:
        """A new account, with a key made up where none is given; ValueError when the name or the key is taken."""
        if name in self.accounts:
            raise ValueError(f"there is an account {name} already")
        if key is not None and self.by_key(key):
            raise ValueError("the key belongs to another account")
        account = Account(name, options, self.courier)
        account.keys[key or secrets.token_urlsafe(24)] = True
        self.accounts[name] = account
        self.changed()
        return account

    def remove(self, name: str) -> None:
        """Forget an account; KeyError when there is none."""
        removed = self.accounts.pop(name)
        self._changes += removed.version + 1

    def by_key(self, key: str) -> Account | None:
        """The account of a key, whether or not the key is still good."""
        return next((account for account in self.accounts.values() if key in account.keys), None)

    def dump(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "options": self.options.model_dump(),
            "accounts": [account.dump() for account in self.accounts.values()],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.options = Options.model_validate(state["options"])
        self.accounts = {row["name"]: Account.load(row, self.courier) for row in state["accounts"]}
