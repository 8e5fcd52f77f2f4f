"""The sandbox for tests: a server in a thread, and a handle on each of its databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from local.sandbox.bloomerang.app import build_app
from local.sandbox.bloomerang.world import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, World
from local.sandbox.common.remote import ServerControl, TenantControl
from local.sandbox.common.server import InThread

API_PATH = "/v2"


class BloomerangControl(ServerControl):
    """The control calls of a running sandbox server at `url`, in this process or another."""

    client_id = DEFAULT_CLIENT_ID
    client_secret = DEFAULT_CLIENT_SECRET

    @property
    def authorize_url(self) -> str:
        """The consent page."""
        return f"{self.url}/authorize/"

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.url}{API_PATH}/oauth/token"

    def database(
        self,
        name: str | None = None,
        *,
        api_key: str | None = None,
        flavor: str = "Demo",
        time_zone: str = "America/New_York",
        reference: dict[str, Any] | None = None,
        **options: Any,
    ) -> BloomerangDatabase:
        """A new database; keyword arguments beyond the named ones are its `Options`."""
        chosen = name or f"database-{next(self._numbers)}"
        body = {"name": chosen, "flavor": flavor, "time_zone": time_zone, "options": options}
        body |= {"api_key": api_key} if api_key else {}
        body |= {"reference": reference} if reference else {}
        self.server.call("POST", "/databases", json=body)
        return self.open(chosen)

    def open(self, name: str) -> BloomerangDatabase:
        """A handle on a database that exists."""
        database = BloomerangDatabase(self.url, name)
        self._open.append(database)
        return database

    def consent(self, database: str, *, allow: bool = True, scope: str | None = None) -> None:
        """Let the consent page answer by itself from now on."""
        body = {"database": database, "allow": allow, "scope": scope}
        self.server.call("PUT", "/oauth/consent", json=body)

    def ask_again(self) -> None:
        """Let the consent page show itself again."""
        self.server.call("DELETE", "/oauth/consent")

    def register(self, client_id: str, client_secret: str, redirect_uri: str | None = None) -> None:
        """Register an OAuth application."""
        body = {"client_id": client_id, "client_secret": client_secret, "redirect_uri": redirect_uri}
        self.server.call("POST", "/oauth/clients", json=body)


class BloomerangDatabase(TenantControl):
    """One database of a sandbox: its control calls and a plain API client for tests."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(url, f"/_sandbox/databases/{name}")
        self.url = url
        self.name = name
        self.summary: dict[str, Any] = self._summary()
        self.api_key: str = self.summary["api_keys"][0]
        self.api = httpx.Client(base_url=url + API_PATH, headers={"X-API-KEY": self.api_key}, timeout=30.0)

    @property
    def id(self) -> str:
        """The database's own id, as `GET /database` tells it."""
        return str(self.summary["id"])

    def _summary(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self.call("GET", "")
        except httpx.HTTPError:
            super().close()
            raise
        return found

    def fund(self, name: str = "Unrestricted") -> int:
        """A fund's id."""
        return int(self.call("GET", "")["funds"][name])

    def custom_field(self, name: str, kind: str = "Transaction", **plan: Any) -> int:
        """Make a custom field as the customer would; returns its id."""
        return int(self.call("POST", "/custom-fields", json={"type": kind, "name": name, **plan})["Id"])

    def seed(self, people: int = 0, **plan: Any) -> dict[str, list[int]]:
        """Store made-up records (`PeoplePlan`); returns the ids by kind."""
        made: dict[str, list[int]] = self.call("POST", "/seed", json={"people": people, **plan})
        return made

    def state(self) -> dict[str, Any]:
        """Every record in its read shape, by kind."""
        found: dict[str, Any] = self.call("GET", "/state")
        return found

    def set_options(self, **changes: Any) -> None:
        """Change options."""
        self.call("POST", "/options", json=changes)

    def staff_edit(self, constituent: int, **fields: Any) -> dict[str, Any]:
        """Staff edits a constituent (write-shaped fields)."""
        edited: dict[str, Any] = self._staff(action="edit", constituent=constituent, fields=fields)
        return edited

    def staff_merge(self, winner: int, loser: int) -> None:
        """Staff merges two constituents."""
        self._staff(action="merge", constituent=winner, loser=loser)

    def staff_delete(self, constituent: int, *, with_gifts: bool = False) -> None:
        """Staff deletes a constituent."""
        self._staff(action="delete", constituent=constituent, with_gifts=with_gifts)

    def staff_add_email(self, constituent: int, value: str, *, primary: bool = False) -> dict[str, Any]:
        """Staff adds an e-mail address."""
        row: dict[str, Any] = self._staff(action="add_email", constituent=constituent, value=value, primary=primary)
        return row

    def staff_call(self, method: str, path: str, body: Any = None) -> Any:
        """Staff does anything the API can do (path without `/v2`); not in the journal."""
        return self._staff(action="call", method=method, path=path, body=body)

    def add_key(self, key: str, name: str = "Sandbox", user: str = "Avery Admin") -> None:
        """Make a further private key."""
        self.call("POST", "/keys", json={"key": key, "name": name, "user": user})

    def revoke_key(self, key: str | None = None) -> None:
        """Deactivate a private key."""
        self.call("POST", "/access", json={"api_key": key or self.api_key})

    def restore_key(self, key: str | None = None) -> None:
        """Activate a private key again."""
        self.call("POST", "/access", json={"api_key": key or self.api_key, "active": True})

    def revoke_grants(self) -> None:
        """Take every OAuth grant away."""
        self.call("POST", "/access", json={"grants": True})

    def close(self) -> None:
        """Close the connections."""
        self.api.close()
        super().close()

    def _staff(self, **action: Any) -> Any:
        return self.call("POST", "/staff", json=action)


class BloomerangSandbox(InThread, BloomerangControl):
    """A sandbox server in a thread, for `with`; state is kept in `state_file` when one is given."""

    def __init__(self, port: int = 0, state_file: Path | None = None) -> None:
        super().__init__(build_app(World(), state_file), port)
