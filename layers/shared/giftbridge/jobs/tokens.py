"""Credentials in use: opened for a step, refreshed before they expire by exactly one worker.

The rotated token is stored before it is used. A worker killed between the vendor's rotation and that write leaves the
old token: it is tried once more, and if the vendor no longer takes it the connection asks to be reconnected.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from giftbridge.connectors import registry
from giftbridge.connectors.oauth import Flow, Registration
from giftbridge.connectors.password import SignIn
from giftbridge.errors import Defer, Disconnected, NotFound
from giftbridge.jobs.context import App
from giftbridge.stores.connections import Connection, Credentials
from giftbridge.stores.dynamo import ConditionFailed

REFRESH_AHEAD: Final = timedelta(minutes=5)
LEASE: Final = timedelta(seconds=60)
RENEWABLE: Final = frozenset({"oauth", "password"})
"""Kinds of credentials that are tokens with an end."""


def context(connection: Connection, system: str) -> dict[str, str]:
    """What a connection's secrets are bound to: nobody else's row opens with it."""
    return {"organisation": connection.owner, "connection": connection.id, "provider": system}


def seal(app: App, connection: Connection, system: str, credentials: Mapping[str, Any]) -> Any:
    """The envelope of a connection's credentials."""
    return app.vault.seal("credentials", context(connection, system), credentials)


def usable(app: App, connection: Connection, system: str) -> dict[str, Any]:
    """Credentials that work now. Raises `Disconnected` where there are none, `Defer` while another refreshes."""
    try:
        stored = app.connections.credentials(connection, system)
    except NotFound:
        stored = None
    return opened(app, connection, system, stored)


def opened(app: App, connection: Connection, system: str, stored: Credentials | None) -> dict[str, Any]:
    """The same of a set that was read already."""
    if stored is None:
        raise Disconnected("The connection has no credentials.", system=system, final=True)
    secret = app.vault.open("credentials", context(connection, system), stored.envelope)
    if not is_renewable(secret) or not _expires_within(secret, app.now(), REFRESH_AHEAD):
        return secret
    return refresh(app, connection, system, stored, secret)


def refresh(
    app: App, connection: Connection, system: str, stored: Credentials, secret: dict[str, Any], *, refused: bool = False
) -> dict[str, Any]:
    """Rotate now, or use what another worker just rotated; what the vendor refused is not used again meanwhile."""
    now = app.now()
    if not app.connections.lease_refresh(connection, system, stored, now, now + LEASE):
        return _of_the_other(app, connection, system, stored, None if refused else secret)
    fresh = _renewer(app, system, secret).refresh(str(secret["refresh_token"]), now)
    envelope = seal(app, connection, system, fresh)
    try:
        app.connections.db.write(app.connections.keep_credentials_op(connection, system, envelope, stored.version + 1))
    except ConditionFailed:  # reconnected by a person meanwhile: theirs are newer
        return usable(app, connection, system)
    return fresh


def renew(app: App, connection: Connection, system: str) -> bool:
    """Rotate tokens that the vendor refused; False where there are none. Raises `Disconnected`, `Retry`, `Defer`."""
    stored = app.connections.credentials(connection, system)
    secret = app.vault.open("credentials", context(connection, system), stored.envelope)
    if not is_renewable(secret):
        return False
    refresh(app, connection, system, stored, secret, refused=True)
    return True


def keep_alive(app: App, connection: Connection) -> None:
    """Refresh an idle connection, long before the vendor forgets it."""
    for system in (connection.platform, connection.crm):
        renew(app, connection, system)


def revoke(app: App, connection: Connection, system: str) -> bool:
    """Tell the vendor that a connection's tokens are void; False where it has none that could be revoked."""
    stored = app.connections.credentials(connection, system)
    secret = app.vault.open("credentials", context(connection, system), stored.envelope)
    if secret.get("kind") != "oauth":
        return False
    flow(app, system).revoke(str(secret["refresh_token"] or secret["access_token"]))
    return True


def flow(app: App, system: str, redirect_uri: str = "") -> Flow:
    """The vendor's OAuth flow with the operator's registration. Raises `NotFound` where there is none."""
    client = app.vault.open("oauth", {"provider": system}, app.connections.oauth_client(system))
    registration = Registration(str(client["client_id"]), str(client["client_secret"]), redirect_uri)
    return Flow(registry.manifest(system), registration, app.client)


def sign_in(app: App, system: str) -> SignIn:
    """The vendor's exchange of a user's password."""
    return SignIn(registry.manifest(system), app.client)


def is_renewable(secret: Mapping[str, Any]) -> bool:
    """Whether these credentials are tokens that end and can be rotated."""
    return secret.get("kind") in RENEWABLE


def _renewer(app: App, system: str, secret: Mapping[str, Any]) -> Flow | SignIn:
    return sign_in(app, system) if secret["kind"] == "password" else flow(app, system)


def _of_the_other(
    app: App, connection: Connection, system: str, seen: Credentials, secret: dict[str, Any] | None
) -> dict[str, Any]:
    now = app.now()
    stored = app.connections.credentials(connection, system)
    if stored.version != seen.version:
        return app.vault.open("credentials", context(connection, system), stored.envelope)
    if secret is not None and not _expires_within(secret, now, timedelta()):
        return secret
    raise Defer("Another worker refreshes the token.", until=stored.lease_until or now + LEASE, code="token_lease")


def _expires_within(secret: Mapping[str, Any], now: datetime, margin: timedelta) -> bool:
    expires = str(secret.get("expires_at") or "")
    return bool(expires) and datetime.fromisoformat(expires) - now <= margin
