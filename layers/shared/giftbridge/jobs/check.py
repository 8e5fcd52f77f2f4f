"""Checking credentials with a real call before anything is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from giftbridge.connectors import registry
from giftbridge.connectors.base import Identity
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, Disconnected, GiftbridgeError, Invalid, NotFound, Reject
from giftbridge.jobs.context import App
from giftbridge.jobs.session import wire
from giftbridge.stores.connections import Connection

Secrets = Mapping[str, Mapping[str, Any]]
"""System -> its credentials, opened."""

PATHS: Final = {Side.CRM: "credentials", Side.PLATFORM: "platform_credentials"}
KINDS: Final = {"api_key": "API key", "token": "token", "oauth": "authorization", "password": "sign-in"}


@dataclass(frozen=True, slots=True)
class Checked:
    """Who answered on each side."""

    platform: Identity
    crm: Identity


class OpenGate:
    """No rate budget: the account is not known before its first call."""

    def take(self) -> None:
        """One call."""

    def block(self, until: datetime) -> None:
        """The connector raises `Defer` by itself."""

    def observe(self, limit: int, remaining: int, reset: datetime) -> None:
        """A call or two that nobody else is to know of."""


def check(app: App, connection: Connection, secrets: Secrets) -> Checked:
    """Ask both sides who they are. Raises `Invalid` naming each side that is wrong and why, `Retry`, `Defer`."""
    mistakes: list[tuple[str, str]] = []
    found = {side: _identify(app, connection, side, secrets, mistakes) for side in (Side.CRM, Side.PLATFORM)}
    crm, platform = found[Side.CRM], found[Side.PLATFORM]
    if crm is None or platform is None:
        raise Invalid("These credentials can't be used.", mistakes, code="credentials_refused")
    return Checked(platform, crm)


def identify_one(app: App, connection: Connection, side: Side, secret: Mapping[str, Any]) -> Identity:
    """The same for one side alone."""
    mistakes: list[tuple[str, str]] = []
    found = _identify(app, connection, side, {system_of(connection, side): secret}, mistakes)
    if found is None:
        raise Invalid("These credentials can't be used.", mistakes, code="credentials_refused")
    return found


def system_of(connection: Connection, side: Side) -> str:
    """The system on one side."""
    return connection.platform if side is Side.PLATFORM else connection.crm


def _identify(
    app: App, connection: Connection, side: Side, secrets: Secrets, mistakes: list[tuple[str, str]]
) -> Identity | None:
    system = system_of(connection, side)
    try:
        identity = wire(app, connection, system, OpenGate(), secrets[system]).identify()
    except (Disconnected, Reject, NotFound, Conflict) as refused:
        mistakes.append((PATHS[side], _why(system, str(secrets[system].get("kind")), refused)))
        return None
    if side is Side.PLATFORM and identity.database != connection.organisation:
        mistakes.append((PATHS[side], "This token belongs to another organisation."))
        return None
    return identity


def _why(system: str, kind: str, refused: GiftbridgeError) -> str:
    title = registry.manifest(system).title
    if isinstance(refused, Disconnected):
        return f"{title} does not accept this {KINDS[kind]}. Check that all of it was copied and that it is active."
    if isinstance(refused, NotFound):
        return f"{title} does not know this organisation."
    return str(refused)
