"""Changing a connection's settings by a merge patch (RFC 7396), and the CRM's own lists to choose from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from giftbridge.connectors import registry
from giftbridge.connectors.base import Purposes, RecordsGifts
from giftbridge.connectors.thanks import SendsThanks, ThanksChoices
from giftbridge.errors import Conflict, Invalid
from giftbridge.jobs import webhooks
from giftbridge.jobs.check import OpenGate, Secrets
from giftbridge.jobs.context import App
from giftbridge.jobs.gifts import missed
from giftbridge.jobs.gifts.purposes import refresh_purposes
from giftbridge.jobs.projects import run as projects
from giftbridge.jobs.pull import schedule as pull
from giftbridge.jobs.session import session_for_person, wire
from giftbridge.jobs.settings_form import mistakes_in_form, mistakes_in_purposes, names_purposes
from giftbridge.jobs.thanks import settings as thanks
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.dynamo import ConditionFailed
from giftbridge.stores.inbox import Work

TRIES: Final = 5


def change(app: App, connection: Connection, patch: Mapping[str, Any]) -> Connection:
    """Apply a merge patch. Raises `Invalid` with every mistake; nothing is changed then."""
    found = mistakes(app, connection, patch)
    if found:
        raise Invalid("These settings can't be used.", found)
    return _save(app, connection, patch)


def mistakes(app: App, connection: Connection, patch: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(path, why) of whatever is wrong with a merge patch; ids of the CRM are looked up there, now."""
    found = mistakes_in_form(patch, connection.platform, connection.crm)
    if names_purposes(patch):
        with session_for_person(app, connection) as session:
            found += mistakes_in_purposes(patch, refresh_purposes(session))
    return found or thanks.mistakes(merged(connection.settings, patch))


def words_of_methods(connection: Connection) -> list[str]:
    """What the method map may lead to: the CRM's words for how a gift was paid."""
    return registry.manifest(connection.crm).checks.get("methods", "").split("|")


def choices(app: App, connection: Connection) -> Purposes:
    """The CRM's funds, campaigns and appeals, read now."""
    with session_for_person(app, connection) as session:
        return refresh_purposes(session)


def thanks_choices(app: App, connection: Connection) -> ThanksChoices:
    """The platform's users and notes, read now. Raises `Conflict` where it does not thank."""
    with session_for_person(app, connection) as session:
        if not isinstance(session.platform, SendsThanks):
            raise Conflict(f"{session.platform.manifest.title} does not thank donors.", code="no_thanks")
        return session.platform.thanks_choices()


def refuse_unknown_purposes(app: App, connection: Connection, secrets: Secrets) -> None:
    """Before a connection is stored. Raises `Invalid`."""
    if not names_purposes(connection.settings):
        return
    crm = wire(app, connection, connection.crm, OpenGate(), secrets[connection.crm])
    known = crm.purposes() if isinstance(crm, RecordsGifts) else Purposes()
    found = mistakes_in_purposes(connection.settings, known)
    if found:
        raise Invalid("These settings can't be used.", found)


def merged(standing: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """`standing` with a merge patch applied: null removes, objects are merged."""
    changed = dict(standing)
    for name, value in patch.items():
        if value is None:
            changed.pop(name, None)
        elif isinstance(value, Mapping):
            inner = changed.get(name)
            changed[name] = merged(inner if isinstance(inner, Mapping) else {}, value)
        else:
            changed[name] = value
    return changed


def _save(app: App, connection: Connection, patch: Mapping[str, Any]) -> Connection:
    for _ in range(TRIES):
        settings = thanks.stamped(connection.settings, merged(connection.settings, patch), app.now())
        changed = replace(connection, settings=settings)
        try:
            saved = app.connections.save(changed)
        except ConditionFailed:
            connection = app.connections.get(connection.owner, connection.id)
            continue
        _reschedule(app, connection, saved)
        webhooks.follow_settings(app, saved)
        return pull.switched(app, connection, saved)
    raise Conflict("The connection is being changed all the time. Try again.", code="overtaken")


def _reschedule(app: App, before: Connection, after: Connection) -> None:
    """A new interval counts from now; a schedule that sleeps goes on sleeping."""
    was, is_now = (recipe(one.platform, one.crm, one.settings) for one in (before, after))
    now = app.now()
    switched_on = is_now.projects and not was.projects
    schedules = (
        (schedule_of(app, after), was.next_run(now), is_now.next_run(now)),
        (watch_of(app, after), was.next_handover(now), is_now.next_handover(now)),
        (missed.work_of(app, after), was.next_handover(now), is_now.next_handover(now)),
        (projects.work_of(app, after), was.next_handover(now), now if switched_on else is_now.next_handover(now)),
    )
    for work, then, due in schedules:
        if work and work.next_due and then != due:
            app.inbox.postpone(work, due, error=work.error)


def schedule_of(app: App, connection: Connection) -> Work | None:
    """The work that stands for a connection's schedule."""
    return app.inbox.get(schedule_key(connection))


def schedule_key(connection: Connection) -> Work:
    """That work, as it is looked up."""
    return Work(
        connection.account, "contacts", "cadence", connection.id, connection.owner, connection.id, "edits", None
    )


def watch_of(app: App, connection: Connection) -> Work | None:
    """The work that looks for new gifts."""
    return app.inbox.get(
        Work(connection.account, "gifts", "watch", connection.id, connection.owner, connection.id, "gifts", None)
    )
