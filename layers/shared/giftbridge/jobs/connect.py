"""Connecting a platform's organisation with a CRM's database: both sides are checked, then all is stored in one go."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from giftbridge.connectors import registry
from giftbridge.connectors.manifest import names
from giftbridge.domain.cadence import next_interval
from giftbridge.errors import Conflict, Invalid
from giftbridge.jobs import configure, registering, settings_form, tokens, webhooks
from giftbridge.jobs.check import Checked, Secrets, check
from giftbridge.jobs.context import App
from giftbridge.jobs.gifts import missed, watch
from giftbridge.jobs.projects import run as projects
from giftbridge.jobs.pull import schedule as pull
from giftbridge.jobs.thanks import settings as thanks
from giftbridge.jobs.thanks import watch as thanking
from giftbridge.jobs.token_work import next_refresh
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.doors import Hook
from giftbridge.stores.dynamo import ConditionFailed, Op
from giftbridge.stores.inbox import Work
from giftbridge.stores.remembered import Kind

CLAIM: Final = 1
"""Place of the claim among the writes of a connection."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection that has just been made. `hook_secret` is shown once; empty where the platform sends no webhooks."""

    connection: Connection
    hook_secret: str


def draft(platform: str, organisation: str, crm: str, settings: Mapping[str, Any]) -> Connection:
    """A connection that is to be. Raises `Invalid` for a CRM there is none of and for settings without sense."""
    mistakes = [] if _is_crm(crm) else [("crm", "There is no such CRM.")]
    if not mistakes:
        mistakes = settings_form.mistakes_in_form(settings, platform, crm)
    if not mistakes:
        mistakes = thanks.mistakes(settings)
    if mistakes:
        raise Invalid("This connection can't be made.", mistakes)
    return Connection(
        id=uuid.uuid4().hex[:20], platform=platform, organisation=organisation, crm=crm, account="",
        settings=configure.merged({}, settings),
    )  # fmt: skip


def connect(app: App, planned: Connection, secrets: Secrets) -> Connected:
    """Check and store. Raises `Invalid` (nothing is stored), `Conflict` where the same two are connected already."""
    checked = check(app, planned, secrets)
    identified = _identified(app, planned, checked)
    _refuse_if_connected(app, identified)
    configure.refuse_unknown_purposes(app, identified, secrets)
    return establish(app, identified, secrets)


def connect_by_consent(app: App, planned: Connection, secrets: Secrets) -> Connection:
    """The same after a consent, where nobody can be shown a webhook's secret."""
    identified = _identified(app, planned, check(app, planned, secrets))
    _refuse_if_connected(app, identified)
    return _store(app, identified, secrets, None)


def establish(app: App, connection: Connection, secrets: Secrets) -> Connected:
    """Store a connection that was checked, with a webhook address of its own where its platform has webhooks."""
    if not webhooks.is_shown(registry.manifest(connection.platform)):
        return Connected(_store(app, connection, secrets, None), "")
    hook, secret = webhooks.new_hook(app, connection)
    return Connected(_store(app, connection, secrets, hook), secret)


def asks_first_sync(connection: Connection) -> bool:
    """Whether a person is to be asked if the existing contacts shall be brought over."""
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    return chosen.backfill and chosen.contacts and connection.first_sync == "unasked"


def cadence_work(app: App, connection: Connection) -> Work:
    """The schedule of a connection; at once where nobody is asked about a first sync."""
    chosen = recipe(connection.platform, connection.crm, connection.settings)
    due = next_interval(app.now(), chosen.cadence) if chosen.backfill else app.now()
    return _work(connection, "cadence", due)


def token_work(app: App, connection: Connection) -> Work:
    """Keeping its tokens alive."""
    return _work(connection, "token", next_refresh(app, connection))


def _is_crm(name: str) -> bool:
    return name in names() and registry.manifest(name).role == "crm"


def _identified(app: App, planned: Connection, checked: Checked) -> Connection:
    """With what both sides told; under the former id and position where the same two were connected before."""
    account = f"{planned.crm}:{checked.crm.database}"
    claim = app.connections.claimed(planned.owner, account)
    former = app.connections.former(planned.owner, claim[0]) if claim and not claim[1] else None
    base = replace(former, status="active", settings=planned.settings) if former else planned
    return replace(
        base, account=account, name=checked.crm.name, demo=checked.crm.demo, connected_by=checked.crm.connected_by,
        health="healthy", health_reason="", created_at=app.now(), settings=_localised(base, checked),
    )  # fmt: skip


def _localised(connection: Connection, checked: Checked) -> dict[str, Any]:
    """Zone and currency, where nobody chose, are the platform's, else the CRM's."""
    told: dict[str, str] = {}
    for identity in (checked.crm, checked.platform):
        told |= _usable({"time_zone": identity.time_zone, "currency": identity.currency})
    return {**told, **connection.settings}


def _usable(told: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if value and not settings_form.wrong(name, value)}


def _refuse_if_connected(app: App, connection: Connection) -> None:
    claim = app.connections.claimed(connection.owner, connection.account)
    if claim and claim[1]:
        raise Conflict(
            f"This database is connected with this organisation already, as {claim[0]}.",
            code="already_connected",
            ids=claim[:1],
        )


def _store(app: App, connection: Connection, secrets: Secrets, hook: Hook | None) -> Connection:
    connection = replace(connection, hook=hook.id if hook else "")
    ops: list[Op] = [
        app.connections.save_op(connection),
        app.connections.claim_op(connection),
        app.accounts.join(connection.account, connection.owner, connection.id),
        app.connections.register_op(connection),
        app.inbox.put_op(cadence_work(app, connection)),
        *(app.inbox.put_op(work) for work in watch.standing_work(app, connection)),
        *(app.inbox.put_op(work) for work in missed.standing_work(app, connection)),
        *(app.inbox.put_op(work) for work in projects.standing_work(app, connection)),
        *(app.inbox.put_op(work) for work in thanking.standing_work(app, connection)),
        *(app.inbox.put_op(work) for work in registering.standing_work(app, connection)),
        *(app.inbox.put_op(work) for work in pull.standing_work(app, connection)),
        *(app.connections.keep_credentials_op(connection, system, tokens.seal(app, connection, system, secret), 1)
          for system, secret in secrets.items()),
    ]  # fmt: skip
    if hook:
        ops.append(app.connections.keep_hook_op(hook))
    if any(tokens.is_renewable(secret) for secret in secrets.values()):
        ops.append(app.inbox.put_op(token_work(app, connection)))
    try:
        app.connections.db.transact(ops)
    except ConditionFailed as failed:
        if failed.index == CLAIM:
            _refuse_if_connected(app, connection)
        raise Conflict("The connection was changed meanwhile. Try again.", code="overtaken") from None
    return app.connections.get(connection.owner, connection.id)


def _work(connection: Connection, kind: Kind, due: Any) -> Work:
    return Work(
        account=connection.account, queue="contacts", kind=kind, id=connection.id, organisation=connection.owner,
        connection=connection.id, lane="edits", next_due=due,
    )  # fmt: skip
