"""Which job does which kind of work, per queue; and what else may start a worker."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from giftbridge.aws.queue import account_of
from giftbridge.errors import ConfigError, Defer
from giftbridge.jobs import clock, confirming, forget, registering, token_work, verifying
from giftbridge.jobs.contacts import run as contacts
from giftbridge.jobs.context import App
from giftbridge.jobs.export import run as exports
from giftbridge.jobs.gifts import missed, trigger, watch
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.projects import run as projects
from giftbridge.jobs.pull import run as pull
from giftbridge.jobs.step import Handler, run_step
from giftbridge.jobs.thanks import engagement
from giftbridge.jobs.thanks import run as thanks
from giftbridge.jobs.thanks import watch as thanking

HANDLERS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "contacts": {
        "run": contacts.advance,
        "contact": contacts.contact_event,
        "cadence": contacts.cadence,
        "confirm": confirming.confirm,
        "token": token_work.refresh_idle,
        "forget": forget.forget_links,
        "hook": registering.keep_registered,
        "notices": verifying.take_apart,
    },
    "gifts": {
        "run": gifts.advance,
        "reconcile": gifts.reconciled,
        "gift": gifts.gift_due,
        "projects": projects.keep_up,
        "watch": watch.watch,
        "missed": missed.catch_up,
        "confirm": confirming.confirm,
        "thanks": thanking.watch,
        "thanking": thanks.advance,
        "engagement": engagement.notified,
        "notices": verifying.take_apart,
        "verify": verifying.verify,
    },
    "exports": {"export": exports.export_day, "pull": pull.pull},
}


def doorbell(app: App, queue: str, body: str) -> None:
    """One message of a queue. Raises what must fail the message."""
    try:
        account = account_of(body, app.clock)
    except Defer:
        raise ConfigError("a newer version rang; this one leaves the message alone") from None
    run_step(app, account, queue, HANDLERS[queue])


def direct(app: App, queue: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Anything else that starts a worker: the clock, the bus, or a person with a file from `events/`.

    Raises `ConfigError` for an event that nothing is done for.
    """
    kind = event.get("detail-type")
    if kind == "tick":
        return {"rung": clock.tick(app)}
    if kind == "daily-export":
        return {"planned": exports.plan_day(app, _day(event))}
    if kind == "event.reconciled":
        return {"accepted": trigger.event_reconciled(app, _detail(event))}
    if "account" in event:
        doorbell(app, queue, json.dumps(dict(event)))
        return {"account": event["account"]}
    raise ConfigError("nothing is done for this event: it needs Records, a known detail-type, or an account")


def _day(event: Mapping[str, Any]) -> date | None:
    """The day that a person names to have it exported (again)."""
    detail = event.get("detail")
    named = detail.get("day") if isinstance(detail, Mapping) else None
    try:
        return date.fromisoformat(named) if named else None
    except (TypeError, ValueError):
        raise ConfigError("the day to export must be written as 2025-12-31") from None


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise ConfigError("the event has no detail")
    return detail
