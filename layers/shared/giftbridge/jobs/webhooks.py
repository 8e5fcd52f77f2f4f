"""Webhook addresses: opened, re-keyed with several live secrets for a while, closed.

A connection has one whose secret a person is shown, `Connection.hook`, and those that `registering` opens and tells
the vendor of, `Connection.hooks`.
"""

import base64
import os
from dataclasses import dataclass, replace

from giftbridge.aws.vault import token
from giftbridge.connectors import registry
from giftbridge.connectors.manifest import Manifest
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict
from giftbridge.jobs.context import App
from giftbridge.jobs.hooks import HookSecrets
from giftbridge.recipes import system_settings
from giftbridge.stores.connections import Connection
from giftbridge.stores.doors import Hook
from giftbridge.stores.dynamo import ConditionFailed

SECRET_BYTES = 32
MOST_SECRETS = 5
"""That count at once: the one in use, and those that were made during a rotation and lost."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """An address after a change of its secrets; `secret` is shown once, empty where none was made."""

    hook: str
    secret: str
    live: int


def address(base: str, hook: Hook) -> str:
    """Where it is called, below our own address."""
    return f"{base.rstrip('/')}/webhooks/{hook.system}/{hook.id}"


def is_shown(manifest: Manifest) -> bool:
    """Whether a person carries address and secret to the system: it signs, and takes no registration by API."""
    scheme = manifest.webhook
    return scheme is not None and scheme.kind == "signature" and "registers_webhooks" not in manifest.capabilities


def new_hook(app: App, connection: Connection) -> tuple[Hook, str]:
    """An address that is not stored yet, and its secret as its holder needs it."""
    sealed, shown = _new_secret(app, connection)
    hook = Hook(token(18), connection.platform, connection.owner, connection.id, connection.account, (sealed,))
    return signing_as_set(hook, connection), shown


def new_own_hook(app: App, connection: Connection, system: str, side: Side, event: str) -> Hook:
    """The same for an address that we tell the system of ourselves; with a secret where the system signs."""
    scheme = registry.manifest(system).webhook
    sealed = (new_text_secret(app, connection),) if scheme and scheme.kind == "signature" else ()
    if not sealed:
        HookSecrets(app.vault, app.connections).ready()
    hook = Hook(token(18), system, connection.owner, connection.id, connection.account, sealed, str(side), event)
    return signing_as_set(hook, connection)


def new_text_secret(app: App, connection: Connection) -> bytes:
    """Sealed, of a secret that is a text: its characters are the key."""
    return HookSecrets(app.vault, app.connections).seal(connection.owner, connection.id, token().encode())


def signing_as_set(hook: Hook, connection: Connection) -> Hook:
    """As the connection's settings say that the system signs, where its manifest leaves that open."""
    own = system_settings(connection.platform, connection.crm, connection.settings, hook.system)
    chosen = {**registry.manifest(hook.system).settings, **own}
    header, encoding = str(chosen.get("signature_header", "")), str(chosen.get("signature_encoding", ""))
    return replace(hook, header=header.lower(), encoding=encoding)


def follow_settings(app: App, connection: Connection) -> None:
    """After the settings were changed: intake reads nothing but the address."""
    for hook_id in filter(None, (connection.hook, *connection.hooks.values())):
        standing = app.connections.hook(hook_id)
        if standing and (fresh := signing_as_set(standing, connection)) != standing:
            _keep(app, fresh, standing)


def rotate(app: App, connection: Connection) -> Rekeyed:
    """A further secret beside those that count, or the address itself where there was none. Raises `Conflict`."""
    standing = app.connections.hook(connection.hook) if connection.hook else None
    if standing is None:
        return _open(app, connection)
    sealed, shown = _new_secret(app, connection)
    return _add_secret(app, standing, sealed, shown)


def rotate_own(app: App, connection: Connection, side: Side) -> Rekeyed:
    """A further secret of an address that the vendor was told of by us; nobody is shown it. Raises `Conflict`."""
    standing = _own(app, connection, side)
    return _add_secret(app, standing, new_text_secret(app, connection), "")


def finish_rotation(app: App, connection: Connection, side: Side | None = None) -> Rekeyed:
    """Only the newest secret counts from here on. Raises `Conflict` where there is no address."""
    standing = app.connections.hook(connection.hook) if connection.hook else None
    if side is not None:
        standing = _own(app, connection, side)
    if standing is None:
        raise _no_webhook()
    fresh = replace(standing, secrets=standing.secrets[:1])
    _keep(app, fresh, standing)
    return Rekeyed(fresh.id, "", 1)


def _own(app: App, connection: Connection, side: Side) -> Hook:
    hook_id = connection.hooks.get(str(side))
    standing = app.connections.hook(hook_id) if hook_id else None
    if standing is None or not standing.secrets:
        raise _no_webhook()
    return standing


def _add_secret(app: App, standing: Hook, sealed: bytes, shown: str) -> Rekeyed:
    """All of them count until the rotation is finished: which one the system signs with is not known before."""
    if len(standing.secrets) >= MOST_SECRETS:
        raise Conflict(f"{MOST_SECRETS} secrets count already. End the former ones first.", code="too_many_secrets")
    fresh = replace(standing, secrets=(sealed, *standing.secrets))
    _keep(app, fresh, standing)
    return Rekeyed(fresh.id, shown, len(fresh.secrets))


def _open(app: App, connection: Connection) -> Rekeyed:
    manifest = registry.manifest(connection.platform)
    if not is_shown(manifest):
        raise Conflict(f"{manifest.title} sends no webhooks.", code="no_webhook")
    hook, shown = new_hook(app, connection)
    opened = app.connections.change_op(connection, "#hook = :none", {"none": ""}, hook=hook.id)
    try:
        app.connections.db.transact([opened, app.connections.keep_hook_op(hook)])
    except ConditionFailed:
        raise _overtaken() from None
    return Rekeyed(hook.id, shown, 1)


def _keep(app: App, fresh: Hook, standing: Hook) -> None:
    try:
        app.connections.db.write(app.connections.keep_hook_op(fresh, standing))
    except ConditionFailed:
        raise _overtaken() from None


def _no_webhook() -> Conflict:
    return Conflict("This connection has no webhook address.", code="no_webhook")


def _overtaken() -> Conflict:
    return Conflict("The secrets were changed meanwhile. Look, then try again.", code="overtaken")


def _new_secret(app: App, connection: Connection) -> tuple[bytes, str]:
    secret = os.urandom(SECRET_BYTES)
    sealed = HookSecrets(app.vault, app.connections).seal(connection.owner, connection.id, secret)
    return sealed, f"whsec_{base64.b64encode(secret).decode()}"
