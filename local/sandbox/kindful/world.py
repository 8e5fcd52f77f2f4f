"""All accounts of one sandbox server, and who may use them: customers' tokens and partners' OAuth grants."""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from local.sandbox.common.clock import Clock
from local.sandbox.common.faults import FaultPlan
from local.sandbox.common.journal import Journal
from local.sandbox.kindful.account import CUSTOMER_APP, Account, App
from local.sandbox.kindful.errors import ApiError, unauthorized
from local.sandbox.kindful.options import Options

Family = Literal["customer", "partner"]
SCOPES = ("basic", "data_add", "data_append", "data_query")
ALL_SCOPES = frozenset(SCOPES)
DEFAULT_CLIENT_ID = "sandbox-client"
DEFAULT_CLIENT_SECRET = "sandbox-client-secret"
_HEADER = re.compile(r'(?:Token token="(?P<token>[^"]+)"|Bearer (?P<bearer>\S+))')


@dataclass
class OAuthClient:
    """A partner's registered application; `redirect_uri` None accepts any."""

    client_id: str
    client_secret: str
    redirect_uri: str | None = None


@dataclass
class Grant:
    """One consent. `access` holds, for each access token, when it was issued and when it was last used."""

    client_id: str
    account: str
    scope: str
    code: str = ""
    code_at: float = 0.0
    code_used: bool = False
    redirect_uri: str = ""
    challenge: str = ""
    access: dict[str, list[float]] = field(default_factory=dict)
    refresh: str = ""
    revoked: bool = False


@dataclass
class Consent:
    """The answer given without a page, when a test asks for that."""

    account: str
    allow: bool = True
    scope: str | None = None


@dataclass(frozen=True)
class Credential:
    """What a request brought along: a customer's security token, or a partner's access token."""

    family: Family
    value: str


@dataclass(frozen=True)
class Caller:
    """Who calls: account, application, what it may do, and the path family it came by."""

    account: Account
    app: App
    scopes: frozenset[str]
    family: Family
    grant: Grant | None = None


class World:
    """The state of a sandbox server; itself the tenant of requests that name no account."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.clients = {DEFAULT_CLIENT_ID: OAuthClient(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)}
        self.grants: list[Grant] = []
        self.consent: Consent | None = None
        self.unknown_status = 401
        self.faults = FaultPlan()
        self.journal = Journal()
        self.clock = Clock()
        self._changes = 0

    @property
    def version(self) -> int:
        """Moves with every change."""
        return self._changes + sum(account.version for account in self.accounts.values())

    def changed(self) -> None:
        """Note a change that no account sees."""
        self._changes += 1

    def create(self, name: str, token: str, options: Options, time_zone: str) -> Account:
        """A new account; ValueError when its name or token is taken."""
        if name in self.accounts:
            raise ValueError(f"there is an account {name} already")
        if self.by_token(token):
            raise ValueError("the token belongs to another account")
        account = Account(name, 3_001 + 11 * len(self.accounts), options, time_zone)
        account.tokens[token] = True
        self.accounts[name] = account
        self.changed()
        return account

    def by_token(self, token: str) -> Account | None:
        """The account of a customer's token, whether or not it is still active."""
        return next((account for account in self.accounts.values() if token in account.tokens), None)

    def by_access_token(self, token: str) -> Grant | None:
        """The grant of an access token, good or not."""
        return next((grant for grant in self.grants if token in grant.access), None)

    def tenant_of(self, credential: Credential | None) -> Account | None:
        """The account a request names, even with a credential that is no longer good."""
        if credential is None:
            return None
        if credential.family == "customer":
            return self.by_token(credential.value)
        grant = self.by_access_token(credential.value)
        return self.accounts.get(grant.account) if grant else None

    def caller(self, credential: Credential | None, family: Family, path: str = "") -> Caller:
        """Who a credential speaks for on a path family; ApiError 401, or 404 where that is how it is told."""
        account = self.tenant_of(credential)
        if credential is None or account is None:
            raise unauthorized(self.unknown_status)
        if credential.family != family and not _crosses(account, credential):
            raise unauthorized(self.unknown_status)
        if credential.family == "customer":
            if not account.tokens[credential.value]:
                raise _revoked(account, path)
            return Caller(account, account.app(CUSTOMER_APP), ALL_SCOPES, family)
        grant = self.by_access_token(credential.value)
        assert grant is not None
        if not _is_alive(account, grant, credential.value):
            raise _revoked(account, path)
        return Caller(account, account.app(grant.client_id), frozenset(grant.scope.split()), family, grant)

    def dump(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {
            "accounts": [account.dump() for account in self.accounts.values()],
            "clients": [asdict(client) for client in self.clients.values()],
            "grants": [asdict(grant) for grant in self.grants],
            "consent": asdict(self.consent) if self.consent else None,
            "unknown_status": self.unknown_status,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `dump` gave."""
        self.accounts = {row["name"]: Account.load(row) for row in state["accounts"]}
        self.clients = {row["client_id"]: OAuthClient(**row) for row in state["clients"]}
        self.grants = [Grant(**row) for row in state["grants"]]
        self.consent = Consent(**state["consent"]) if state["consent"] else None
        self.unknown_status = state["unknown_status"]


def credential_of(header: str | None) -> Credential | None:
    """`Token token="..."` or `Bearer ...`, to the letter."""
    found = _HEADER.fullmatch(header or "")
    if found is None:
        return None
    if found["token"] is not None:
        return Credential("customer", found["token"])
    return Credential("partner", found["bearer"])


def new_secret() -> str:
    """A token nobody can guess."""
    return secrets.token_hex(24)


def _revoked(account: Account, path: str) -> ApiError:
    """The page on import statuses, and only that, says that bad credentials are a missing page there."""
    asks_a_job = path.startswith("/imports/") and path != "/imports/stats"
    return unauthorized(account.options.revoked_job_status if asks_a_job else account.options.revoked_status)


def _crosses(account: Account, credential: Credential) -> bool:
    """Whether a credential is taken on the other one's paths.

    One public client sends a partner's token to the customers' paths, and some pages of the vendor's for customers
    show the partners' paths.
    """
    options = account.options
    crosses = {"partner": options.bearer_on_customer_path, "customer": options.token_on_partner_path}
    return crosses[credential.family] == "accepted"


def _is_alive(account: Account, grant: Grant, token: str) -> bool:
    now, options = account.clock.now(), account.options
    issued, used = grant.access[token]
    if grant.revoked:
        return False
    if options.access_token_seconds is not None and now >= issued + options.access_token_seconds:
        return False
    if options.idle_token_seconds is not None and now >= used + options.idle_token_seconds:
        return False
    grant.access[token][1] = now
    return True
