"""Telling vendors where to call us: work of kind `hook`, so that a crash leaves work that does it later.

Before a vendor is asked, `Connection.registrations` says so; its answer replaces that. Who finds a question without an
answer asks again and then has what the first one may have left taken away, so that none is left double.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from giftbridge.connectors import registry
from giftbridge.connectors.notice import RegistersWebhooks
from giftbridge.domain.contact import Side
from giftbridge.errors import ConfigError, Conflict, GiftbridgeError, NotFound, Reject, Removed
from giftbridge.jobs.bell import ring
from giftbridge.jobs.check import system_of
from giftbridge.jobs.context import App, Session, Step
from giftbridge.jobs.hooks import HookSecrets
from giftbridge.jobs.session import open_session, session_for_person
from giftbridge.jobs.step import Progress
from giftbridge.jobs.webhooks import Rekeyed, address, finish_rotation, is_shown, new_own_hook, rotate_own
from giftbridge.stores.connections import Connection
from giftbridge.stores.doors import Hook
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.inbox import Work


def standing_work(app: App, connection: Connection) -> list[Work]:
    """What opens a connection's own addresses and tells the vendors; none where no system of it calls them."""
    if not any(_names(connection)):
        return []
    return [
        Work(
            account=connection.account, queue="contacts", kind="hook", id=connection.id, organisation=connection.owner,
            connection=connection.id, lane="webhooks", next_due=app.now(),
        )
    ]  # fmt: skip


def start(app: App, connection: Connection) -> None:
    """Register, or bring what is registered up to date."""
    for work in standing_work(app, connection):
        app.inbox.put(work)
        ring(app, work.account, work.queue)


def rotate(app: App, connection: Connection, *, finish: bool) -> Rekeyed:
    """Another secret of the CRM's address, which the CRM is then told; or only the newest from here on.

    Raises `Conflict` while the CRM is still to be told of the last one: it signs with the one before.
    """
    if any(app.inbox.get(work) for work in standing_work(app, connection)):
        raise Conflict("The CRM is still being told of the last secret. Try again in a minute.", code="not_told_yet")
    if finish:
        return finish_rotation(app, connection, Side.CRM)
    done = rotate_own(app, connection, Side.CRM)
    start(app, connection)
    return done


def keep_registered(step: Step, batch: list[Work]) -> Progress:
    """Every address of a connection opened, and known to its vendor."""
    work = batch[0]
    session = open_session(step, work.organisation, work.connection, work.lane)
    for name, side, event in _names(session.connection):
        hook = _opened(session.app, work, name, side, event)
        if isinstance(session.system(side), RegistersWebhooks):
            _register(session, work, name, side, hook)
    return Progress()


def withdraw(app: App, connection: Connection) -> dict[str, Mapping[str, Any]]:
    """Before a connection is removed: what could not be taken back at its vendor, so that it can be taken up again."""
    left = dict(connection.registrations)
    if not left:
        return left
    try:
        with session_for_person(app, connection) as session:
            for name, registration in connection.registrations.items():
                _unregister(session, name, registration)
                del left[name]
    except GiftbridgeError:  # a vendor that is out of reach does not keep a connection alive; the address is closed
        app.measure("UnregistrationsFailed", len(left))
    return left


def _names(connection: Connection) -> Iterator[tuple[str, Side, str]]:
    """(name, side, event) of each address that no person carries to its system."""
    for side in Side:
        manifest = registry.manifest(system_of(connection, side))
        if manifest.webhook is None or (side is Side.PLATFORM and is_shown(manifest)):
            continue
        for event in manifest.webhook.events or ("",):
            yield (f"{side}.{event}" if event else str(side)), side, event


def _opened(app: App, work: Work, name: str, side: Side, event: str) -> Hook:
    connection = app.connections.get(work.organisation, work.connection)
    standing = app.connections.hook(connection.hooks[name]) if name in connection.hooks else None
    if standing is not None:
        return standing
    hook = new_own_hook(app, connection, system_of(connection, side), side, event)
    named = app.connections.change_op(
        connection, "#rev = :rev", {"rev": connection.rev}, hooks={**connection.hooks, name: hook.id}
    )
    app.connections.db.transact([named, app.connections.keep_hook_op(hook)])
    return hook


def _register(session: Session, work: Work, name: str, side: Side, hook: Hook) -> None:
    app, vendor = session.app, session.can(side, RegistersWebhooks)  # type: ignore[type-abstract]
    url = address(_base(app), hook)
    was = app.connections.get(work.organisation, work.connection).registrations.get(name, {})
    if was.get("url") == url and not was["id"] and not was["asked"]:
        return  # it stands, and the vendor gave it no id by which it could be changed
    if was and not was["id"] and not was["asked"]:
        with suppress(NotFound, Reject, Conflict):
            vendor.unregister("", hook.event)
    known = str(was.get("id", ""))
    _note(app, work, name, {"id": known, "url": url, "asked": True})
    secret = HookSecrets(app.vault, app.connections).open(hook)[:1]
    registration = vendor.register(url, secret[0].decode() if secret else "", known, hook.event)
    if was.get("asked") and not known:
        vendor.drop_strays(url, registration)
    try:
        _note(app, work, name, {"id": registration, "url": url, "asked": False})
    except Removed:
        vendor.unregister(registration, hook.event)
        raise


def _unregister(session: Session, name: str, registration: Mapping[str, Any]) -> None:
    side, _, event = name.partition(".")
    vendor = session.can(Side(side), RegistersWebhooks)  # type: ignore[type-abstract]
    with suppress(NotFound):
        vendor.unregister(str(registration["id"]), event)


def _note(app: App, work: Work, name: str, registration: Mapping[str, Any]) -> None:
    """Written by this queue's worker alone. Raises `Removed`."""
    connection = app.connections.get(work.organisation, work.connection)
    lives = ("#status <> :removed", {"removed": "removed"})
    registrations = {**connection.registrations, name: registration}
    try:
        app.connections.db.write(app.connections.change_op(connection, *lives, registrations=registrations))
    except ConditionFailed:
        raise Removed("The connection was removed.") from None


def _base(app: App) -> str:
    if not app.settings.public_url:
        raise ConfigError("PUBLIC_URL is not set: a vendor can't be told where to call")
    return app.settings.public_url
