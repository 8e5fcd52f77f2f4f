"""Opening a connection: its credentials, its connectors, its account's key."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from giftbridge.aws.vault import Keyring
from giftbridge.connectors import registry
from giftbridge.connectors.base import Connector, WritesContacts
from giftbridge.connectors.http import Gate
from giftbridge.domain.contact import Side
from giftbridge.domain.fingerprint import Fingerprinter
from giftbridge.errors import Disconnected, Paused
from giftbridge.jobs import tokens
from giftbridge.jobs.budget import AccountGate, Rate
from giftbridge.jobs.context import App, Session, Step
from giftbridge.recipes import Recipe, recipe, system_settings
from giftbridge.stores.accounts import Fence
from giftbridge.stores.connections import Connection

KEYRING_KEPT: Final = timedelta(minutes=5)


def open_session(step: Step, organisation: str, connection_id: str, lane: str) -> Session:
    """The connection ready for work, once a step. Raises `NotFound`, `Disconnected`."""
    session = step.sessions.get(connection_id)
    if session is None:
        session = step.sessions[connection_id] = _open(step, step.app.connections.get(organisation, connection_id))
    for gate in session.gates:
        gate.lane = lane
    return session


def close_sessions(step: Step) -> None:
    """Return what the step's grants left over."""
    for session in step.sessions.values():
        for gate in session.gates:
            gate.close()


def _open(step: Step, connection: Connection) -> Session:
    if connection.status == "paused":
        raise Paused("The connection is paused.")
    if connection.health != "healthy":
        raise Disconnected("The connection waits to be reconnected.", system=connection.crm)
    return _build(step, connection)


@contextmanager
def session_for_person(app: App, connection: Connection) -> Iterator[Session]:
    """The connection ready for what a person waits for: outside of any step, also while it is paused."""
    fence = Fence(connection.account, "people", 0)
    step = Step(app, fence, app.clock.monotonic() + app.settings.step_seconds)
    session = step.sessions[connection.id] = _build(step, connection)
    for gate in session.gates:
        gate.lane = "webhooks"
    try:
        yield session
    finally:
        close_sessions(step)


def _build(step: Step, connection: Connection) -> Session:
    app = step.app
    keyring = account_keyring(app, connection.account)
    gates = (
        gate_of(app, connection, connection.platform, connection.owner),
        gate_of(app, connection, connection.crm, connection.account),
    )
    platform, crm = (
        wire(app, connection, system, gate, tokens.usable(app, connection, system))
        for system, gate in zip((connection.platform, connection.crm), gates, strict=True)
    )
    chosen = _within_abilities(recipe(connection.platform, connection.crm, connection.settings), platform, crm)
    return Session(
        app=app,
        step=step,
        connection=connection,
        recipe=chosen,
        platform=platform,
        crm=crm,
        gates=gates,
        keyring=keyring,
        prints=Fingerprinter(keyring.fingerprints, chosen.region),
    )


def _within_abilities(chosen: Recipe, platform: Connector, crm: Connector) -> Recipe:
    """Nothing is to flow to a system that takes no changes, or whose staff imports them by hand."""
    systems = {Side.PLATFORM: platform, Side.CRM: crm}
    closed = frozenset(side for side, system in systems.items() if not isinstance(system, WritesContacts))
    by_hand = {Side.CRM} if chosen.import_by_hand else set()
    return replace(chosen, policy=replace(chosen.policy, closed=closed | by_hand))


def wire(app: App, connection: Connection, system: str, gate: Gate, credentials: Mapping[str, Any]) -> Connector:
    """One connector of a connection, stored or still to be, with the credentials given."""
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    settings = {
        "time_zone": chosen.time_zone, "region": chosen.region, **own_settings(connection, system),
        "organisation": connection.organisation,
    }  # fmt: skip
    return registry.connect(system, registry.Wiring(credentials, app.client, gate, app.now, settings))


def gate_of(app: App, connection: Connection, system: str, account: str) -> AccountGate:
    """The rate budget that this connection's calls to `system` draw on."""
    return AccountGate(app, account, rate_of(connection, system))


def own_settings(connection: Connection, system: str) -> Mapping[str, Any]:
    """What is set for one system of a connection, by its pair or by itself."""
    return system_settings(connection.platform, connection.crm, connection.settings, system)


def rate_of(connection: Connection, system: str) -> Rate:
    """How many calls a connection may make to a system."""
    manifest, settings = registry.manifest(system), own_settings(connection, system)
    per_hour = int(settings.get("calls_per_hour") or 0) or manifest.limits.calls_per_hour
    scale = per_hour / manifest.limits.calls_per_hour
    return Rate(per_hour, max(1, int(manifest.limits.burst * scale)))


def account_keyring(app: App, account: str) -> Keyring:
    """The account's data key, made on first use."""
    context = {"account": account}
    wrapped = app.accounts.wrapped_key(account)
    if wrapped is None:
        _, fresh = app.vault.new_key("fingerprints", context)
        wrapped = app.accounts.keep_wrapped_key(account, fresh)
    return Keyring(app.vault.unwrap("fingerprints", context, wrapped))


def kept_keyring(app: App, account: str) -> Keyring:
    """`account_keyring`, kept in this process for some minutes: for pages, of which a person opens many."""
    now = app.now()
    keyring = app.keyrings.find([account], now).get(account)
    if keyring is None:
        keyring = account_keyring(app, account)
        app.keyrings.keep({account: keyring}, now + KEYRING_KEPT)
    return keyring
