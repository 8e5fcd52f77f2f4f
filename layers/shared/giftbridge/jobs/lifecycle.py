"""What a person does with a connection: first sync, sync now, pause, resume, reconnect, remove."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Literal

from giftbridge.connectors import registry
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, Disconnected, GiftbridgeError, Invalid, NotFound
from giftbridge.jobs import configure, connect, forget, health, registering, status, tokens
from giftbridge.jobs.bell import ring
from giftbridge.jobs.check import PATHS, check, system_of
from giftbridge.jobs.contacts import daily
from giftbridge.jobs.contacts import run as contacts
from giftbridge.jobs.context import App
from giftbridge.jobs.gifts import watch
from giftbridge.jobs.thanks import watch as thanking
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed, Op
from giftbridge.stores.runs import Mode, Run

QUEUES: Final = ("contacts", "gifts", "exports")
TRIES: Final = 5


def assert_working(connection: Connection) -> None:
    """Raises `Conflict` where the connection is paused, `Disconnected` where it waits to be reconnected."""
    if connection.status == "paused":
        raise Conflict("The connection is paused. Resume it first.", code="paused")
    if connection.health != "healthy":
        raise Disconnected("The connection waits to be reconnected.", system=connection.crm)


def answer_first_sync(app: App, connection: Connection, yes: bool, actor: str) -> Run:
    """Bring over what there is, or (no) only note where both sides stand, so that changes from now on go over.

    Who said no may say yes later. Raises `Conflict` where it was answered otherwise.
    """
    assert_working(connection)
    stated = registry.manifest(connection.platform)
    if "reads_contacts" not in stated.capabilities:
        raise Conflict(f"{stated.title} has no contacts to sync.", code="contacts_off")
    if connection.first_sync != "unasked" and not (yes and connection.first_sync == "declined"):
        raise Conflict("This was answered before.", code="answered")
    return contacts.start(app, connection, "first" if yes else "baseline", actor)


def sync_now(app: App, connection: Connection, mode: Mode, actor: str) -> Run:
    """A run of changes, or a preview. Where contacts are not synced it is one of gifts, if they go by themselves.

    Raises `Conflict` where a run is under way.
    """
    assert_working(connection)
    if not recipe(connection.platform, connection.crm, connection.settings).contacts:
        run = _looked(app, connection, actor) if mode == "changes" else None
        if run is None:
            thanks = "sends_thanks" in registry.manifest(connection.platform).capabilities
            what = "new gifts are not thanked for" if thanks else "contacts are not synced"
            raise Conflict(f"The settings say that {what}.", code="contacts_off")
        return run
    if mode == "changes" and connection.first_sync == "unasked":
        raise Conflict("Say first whether the existing contacts shall be synced.", code="first_sync_unasked")
    if mode == "changes":
        _look(app, connection, actor)
    return contacts.start(app, connection, mode, actor)


def pause(app: App, connection: Connection) -> Connection:
    """Nothing is done for it until it is resumed; what comes in waits. Its tokens are kept alive."""
    return app.connections.change(connection, status="paused")


def resume(app: App, connection: Connection, actor: str) -> Connection:
    """Go on with what waited, and read what changed meanwhile."""
    resumed = app.connections.change(connection, status="active")
    health.wake(app, resumed)
    _catch_up(app, resumed, actor)
    _catch_up_gifts(app, resumed, actor)
    return app.connections.get(resumed.owner, resumed.id)


def reconnect(app: App, connection: Connection, given: Mapping[str, Mapping[str, Any]]) -> Connection:
    """New credentials for one side or both, of the same database and organisation; links and settings stay.

    Raises `Invalid`: nothing is stored then.
    """
    secrets = {one: given.get(one) or _standing(app, connection, one) for one in (connection.platform, connection.crm)}
    checked = check(app, connection, secrets)
    if f"{connection.crm}:{checked.crm.database}" != connection.account:
        why = "These credentials belong to another database. Connect that one as a connection of its own."
        raise Invalid("These credentials can't be used.", [(PATHS[Side.CRM], why)], code="other_database")
    for system, secret in given.items():
        _replace_credentials(app, connection, system, secret)
    told = {"name": checked.crm.name, "demo": checked.crm.demo, "connected_by": checked.crm.connected_by}
    healthy = app.connections.turn_healthy(connection, **told)
    if healthy.status == "active":
        health.wake(app, healthy)
        _hasten(app, healthy)
        _catch_up_gifts(app, healthy, "schedule")
    registering.start(app, healthy)
    if any(tokens.is_renewable(secret) for secret in given.values()):
        app.inbox.put(connect.token_work(app, healthy))
    return healthy


def remove(app: App, connection: Connection, links: Literal["keep", "erase"]) -> bool:
    """Destroy credentials and all that waits; answers whether the vendor was told to revoke its tokens."""
    status.show_disconnected(app, connection)
    left = registering.withdraw(app, connection)
    revoked = _revoke(app, connection)
    erasing = [] if links == "keep" else [app.inbox.put_op(forget.work_for(app, connection))]
    app.connections.db.transact([*_removal_ops(app, connection, left, keep=links == "keep"), *erasing])
    _finish_works(app, connection)
    if connection.active_run:
        cancel(app, connection, connection.active_run)
    if connection.pull.get("run"):
        cancel(app, connection, connection.pull["run"])
    if erasing:
        ring(app, connection.account, "contacts")
    return revoked


def cancel(app: App, connection: Connection, run_id: str) -> None:
    """Stop a run where it is."""
    run = app.runs.get(connection.id, run_id)
    if run and not run.ended:
        app.runs.set_state(run, "cancelled", app.now())


def _removal_ops(app: App, connection: Connection, left: Mapping[str, Any], *, keep: bool) -> list[Op]:
    """`left` stands at a vendor still: kept with the links, so that a later connection takes it up."""
    store = app.connections
    hooks = filter(None, (connection.hook, *connection.hooks.values()))
    ended = {"hook": "", "hooks": {}, "registrations": dict(left), "active_run": "", "active_gift_run": ""}
    return [
        store.change_op(connection, status="removed", **ended) if keep else store.forget_op(connection),
        store.unmark_op(connection),
        store.release_op(connection, keep=keep),
        store.unregister_op(connection),
        *app.accounts.leave_ops(connection.account, connection.id, keep=keep),
        *(store.drop_credentials_op(connection, system_of(connection, side)) for side in Side),
        *(store.drop_hook_op(hook) for hook in hooks),
    ]


def _finish_works(app: App, connection: Connection) -> None:
    for queue in QUEUES:
        for work in app.inbox.waiting(connection.account, queue):
            if work.connection == connection.id and work.kind != "forget":
                app.inbox.drop(work)
                if work.kind in ("run", "thanking"):
                    cancel(app, connection, work.subject)


def _catch_up(app: App, connection: Connection, actor: str) -> None:
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    if connection.health != "healthy" or not chosen.contacts or connection.first_sync not in ("done", "declined"):
        return
    try:
        contacts.start(app, connection, "changes", actor, daily.side_to_catch_up(connection))
    except Conflict:  # one is under way: it goes on by itself
        return


def _catch_up_gifts(app: App, connection: Connection, actor: str) -> None:
    if not daily.waits(connection):
        _look(app, connection, actor)


def _look(app: App, connection: Connection, actor: str) -> None:
    with suppress(Conflict):  # a look that is under way goes on by itself
        _looked(app, connection, actor)


def _looked(app: App, connection: Connection, actor: str) -> Run | None:
    """A look at gifts, whichever side they go from."""
    return watch.look(app, connection, actor) or thanking.look(app, connection, actor)


def _hasten(app: App, connection: Connection) -> None:
    """The schedule is due now: it reads what changed meanwhile."""
    schedule = configure.schedule_of(app, connection)
    if schedule:
        app.inbox.postpone(schedule, app.now(), attempt=0)
        ring(app, connection.account, "contacts")


def _standing(app: App, connection: Connection, system: str) -> dict[str, Any]:
    try:
        return tokens.usable(app, connection, system)
    except Disconnected:
        side = Side.PLATFORM if system == connection.platform else Side.CRM
        title = registry.manifest(system).title
        why = f"{title} no longer accepts what is stored. Give new credentials for it too."
        raise Invalid("These credentials can't be used.", [(PATHS[side], why)], code="credentials_refused") from None


def _replace_credentials(app: App, connection: Connection, system: str, secret: Mapping[str, Any]) -> None:
    """The version goes on, so that a worker that rotates the old set right now can't put it back."""
    envelope = tokens.seal(app, connection, system, secret)
    for _ in range(TRIES):
        try:
            version = app.connections.credentials(connection, system).version + 1
        except NotFound:
            version = 1
        try:
            app.connections.db.write(app.connections.keep_credentials_op(connection, system, envelope, version))
        except ConditionFailed:
            continue
        return
    raise Conflict("The credentials are being changed all the time. Try again.", code="overtaken")


def _revoke(app: App, connection: Connection) -> bool:
    """Tell the vendor where it can be told; a vendor that is out of reach does not keep a connection alive."""
    told = False
    for side in Side:
        system = system_of(connection, side)
        oauth = registry.manifest(system).oauth
        if oauth is None or not oauth.revoke_url:
            continue
        try:
            told = tokens.revoke(app, connection, system) or told
        except GiftbridgeError:
            app.measure("RevocationsFailed", 1)
    return told
