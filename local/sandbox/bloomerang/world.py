"""All databases of one sandbox server, and who may use them: private keys and OAuth grants."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from local.sandbox.bloomerang.database import ApiKey, Database
from local.sandbox.bloomerang.options import Options
from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import FaultPlan
from local.sandbox.common.journal import Journal

SCOPES = ("ViewOnly", "Standard", "StandardEditFinancialData", "OrgAdmin")
DEFAULT_CLIENT_ID = "sandbox-client"
DEFAULT_CLIENT_SECRET = "sandbox-client-secret"


@dataclass
class OAuthClient:
    """A registered application; `redirect_uri` None accepts any."""

    client_id: str
    client_secret: str
    redirect_uri: str | None = None


@dataclass
class Grant:
    """One consent: its tokens, and the code that starts it until it is used. Expiry in database seconds."""

    client_id: str
    database: str
    scope: str
    code: str = ""
    code_used: bool = False
    redirect_uri: str = ""
    challenge: str = ""
    challenge_method: str = ""
    access: dict[str, float] = field(default_factory=dict)
    refresh: str = ""
    old_refresh: list[str] = field(default_factory=list)
    revoked: bool = False


@dataclass
class Consent:
    """The answer given without a page, when a test asks for that."""

    database: str
    allow: bool = True
    scope: str | None = None


@dataclass(frozen=True)
class Caller:
    """Who calls: the database and the name that goes into audit trails."""

    database: Database
    who: str
    user: str
    scope: str


class World:
    """The state of a sandbox server; itself the tenant of requests that name no database."""

    def __init__(self) -> None:
        self.databases: dict[str, Database] = {}
        self.clients = {DEFAULT_CLIENT_ID: OAuthClient(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)}
        self.grants: list[Grant] = []
        self.consent: Consent | None = None
        self.faults = FaultPlan()
        self.journal = Journal()
        self.clock = Clock()
        self._changes = 0

    @property
    def version(self) -> int:
        """Moves with every change."""
        return self._changes + sum(database.version for database in self.databases.values())

    def changed(self) -> None:
        """Note a change that no table sees."""
        self._changes += 1

    def create(self, name: str, options: Options, *, flavor: str, time_zone: str, keys: Iterable[ApiKey]) -> Database:
        """A new database; ValueError when the name or a key is taken."""
        if name in self.databases:
            raise ValueError(f"there is a database {name} already")
        if any(self.by_key(key.key) for key in keys):
            raise ValueError("the key belongs to another database")
        database = Database(name, 10_001 + 7 * len(self.databases), options, flavor, time_zone)
        database.keys = {key.key: key for key in keys}
        self.databases[name] = database
        self.changed()
        return database

    def by_key(self, key: str) -> tuple[Database, ApiKey] | None:
        """The database of a private key, whether or not the key is still active."""
        for database in self.databases.values():
            if key in database.keys:
                return database, database.keys[key]
        return None

    def by_access_token(self, token: str) -> tuple[Database, Grant] | None:
        """The database and grant of an access token, good or not."""
        for grant in self.grants:
            if token in grant.access:
                return self.databases[grant.database], grant
        return None

    def caller(self, key: str | None, token: str | None) -> Caller | None:
        """Who a key or an access token speaks for; None when it is good for nothing (any more)."""
        if key is not None:
            return _key_caller(self.by_key(key))
        found = self.by_access_token(token or "")
        if found is None:
            return None
        database, grant = found
        if grant.revoked or grant.access[token or ""] <= database.clock.now():
            return None
        return Caller(database, f"{grant.client_id}-Avery Admin", "Avery Admin", grant.scope)

    def tenant_of(self, key: str | None, token: str | None) -> Database | None:
        """The database a request names, even with credentials that are no longer good."""
        found = self.by_key(key) if key is not None else self.by_access_token(token or "")
        return found[0] if found else None

    def dump(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "databases": [database.dump() for database in self.databases.values()],
            "clients": [asdict(client) for client in self.clients.values()],
            "grants": [asdict(grant) for grant in self.grants],
            "consent": asdict(self.consent) if self.consent else None,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.databases = {row["name"]: Database.load(row) for row in state["databases"]}
        self.clients = {row["client_id"]: OAuthClient(**row) for row in state["clients"]}
        self.grants = [Grant(**row) for row in state["grants"]]
        self.consent = Consent(**state["consent"]) if state["consent"] else None


def _key_caller(found: tuple[Database, ApiKey] | None) -> Caller | None:
    if found is None or not found[1].active:
        return None
    database, key = found
    return Caller(database, f"{key.name}-{key.user}", key.user, "OrgAdmin")


def new_secret() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(24)
