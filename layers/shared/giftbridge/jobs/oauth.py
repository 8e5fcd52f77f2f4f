"""Connecting by OAuth: a one-time link, a consent in that browser, a callback that counts once.

The link's ticket and the state are random, kept under their hash, and consumed by whoever comes first. The state
belongs to the browser that followed the link: its cookie's hash is kept with it.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from giftbridge.aws.vault import token
from giftbridge.connectors import registry
from giftbridge.domain.contact import Side
from giftbridge.errors import Conflict, Defer, Disconnected, Invalid, NotFound, Reject, Retry
from giftbridge.jobs import tokens
from giftbridge.jobs.check import identify_one
from giftbridge.jobs.connect import connect_by_consent
from giftbridge.jobs.context import App
from giftbridge.jobs.lifecycle import reconnect
from giftbridge.stores.attributes import Item
from giftbridge.stores.connections import Connection
from giftbridge.stores.doors import Taken, digest

VALID: Final = timedelta(minutes=10)
CALLBACK: Final = "/oauth/callback"

Refused = Literal[
    "ticket_unknown", "ticket_used", "ticket_late", "state_unknown", "state_used", "state_late", "wrong_browser",
    "denied", "vendor_error", "refused", "unreachable", "unusable", "already_connected", "gone", "not_set_up",
]  # fmt: skip
TICKET: Final[dict[Taken, Refused]] = {"unknown": "ticket_unknown", "used": "ticket_used", "late": "ticket_late"}
STATE: Final[dict[Taken, Refused]] = {"unknown": "state_unknown", "used": "state_used", "late": "state_late"}


class OAuthRefused(Exception):
    """Why a browser is sent away; `detail` is fit for a person."""

    def __init__(self, code: Refused, detail: str = "") -> None:
        super().__init__(code)
        self.code: Refused = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Ticket:
    """A one-time link's secret, until when it is good, and for which connection."""

    secret: str
    expires_at: datetime
    connection: str

    def url(self, base: str) -> str:
        """Where a browser goes with it; `base` is our public address."""
        return f"{base}/oauth/start?ticket={self.secret}"


@dataclass(frozen=True, slots=True)
class Consent:
    """Where the browser goes, and the cookie that makes the attempt its own."""

    url: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the vendor sent the browser back with."""

    state: str
    code: str
    error: str


def offer(app: App, planned: Connection, platform_secret: dict[str, Any]) -> Ticket:
    """A ticket for a new connection; the platform's side is checked at once. Raises `Invalid`, `Conflict`."""
    _assert_possible(app, planned.crm)
    identify_one(app, planned, Side.PLATFORM, platform_secret)
    sealed = tokens.seal(app, planned, planned.platform, platform_secret)
    return _keep(app, planned, {"settings": dict(planned.settings), "platform_secret": dict(sealed)})


def offer_again(app: App, connection: Connection) -> Ticket:
    """A ticket to reconnect under the same links. Raises `Conflict`."""
    _assert_possible(app, connection.crm)
    return _keep(app, connection, {"again": True})


def begin(app: App, ticket: str, base: str) -> Consent:
    """Consume the ticket and start an attempt. Raises `OAuthRefused`. `base` is our public address."""
    taken, data = app.connections.take_once("ticket", ticket, app.now()) if ticket else ("unknown", {})
    if taken != "taken":
        raise OAuthRefused(TICKET[taken])
    redirect_uri = base + CALLBACK
    try:
        flow = tokens.flow(app, data["crm"], redirect_uri)
    except NotFound:
        raise OAuthRefused("not_set_up") from None
    verifier, state, nonce = flow.new_verifier(), token(), token()
    sealed = dict(app.vault.seal("oauth", _context(data), {"verifier": verifier})) if verifier else None
    attempt = {**data, "redirect_uri": redirect_uri, "nonce": digest(nonce), "verifier": sealed}
    app.connections.keep_once("state", state, attempt, app.now() + VALID)
    return Consent(flow.consent_url(state, verifier), nonce)


def finish(app: App, answer: Answer, nonce: str) -> Connection:
    """Take the vendor's answer, once, in time and from the same browser. Raises `OAuthRefused`."""
    taken, data = app.connections.take_once("state", answer.state, app.now()) if answer.state else ("unknown", {})
    if taken != "taken":
        raise OAuthRefused(STATE[taken])
    if not nonce or not hmac.compare_digest(digest(nonce), data["nonce"]):
        raise OAuthRefused("wrong_browser")
    if answer.error or not answer.code:
        raise OAuthRefused("denied" if answer.error == "access_denied" else "vendor_error")
    try:
        return _connect(app, data, answer.code)
    except (Disconnected, Reject, Conflict, Retry, Defer, NotFound) as error:
        raise _told(error) from None


def _connect(app: App, data: Item, code: str) -> Connection:
    flow = tokens.flow(app, data["crm"], data["redirect_uri"])
    verifier = app.vault.open("oauth", _context(data), data["verifier"])["verifier"] if data.get("verifier") else ""
    secret = flow.exchange(code, str(verifier), app.now())
    planned = Connection(data["connection"], data["platform"], data["organisation"], data["crm"], "")
    if data.get("again"):
        return reconnect(app, app.connections.get(planned.owner, planned.id), {planned.crm: secret})
    sealed = data["platform_secret"]
    opened = app.vault.open("credentials", tokens.context(planned, planned.platform), sealed)
    secrets = {planned.crm: secret, planned.platform: opened}
    return connect_by_consent(app, replace(planned, settings=data["settings"]), secrets)


def _told(error: Exception) -> OAuthRefused:
    if isinstance(error, Invalid):
        return OAuthRefused("unusable", " ".join(why for _, why in error.mistakes))
    if isinstance(error, Conflict):
        return OAuthRefused("already_connected", str(error))
    if isinstance(error, NotFound):
        return OAuthRefused("gone")
    return OAuthRefused("unreachable" if isinstance(error, Retry | Defer) else "refused")


def _assert_possible(app: App, system: str) -> None:
    manifest = registry.manifest(system)
    if manifest.oauth is None:
        raise Invalid("This can't be connected so.", [("crm", f"{manifest.title} is connected by other credentials.")])
    try:
        app.connections.oauth_client(system)
    except NotFound:
        why = f"The operator has not registered with {manifest.title} yet."
        raise Conflict(why, code="not_set_up") from None


def _keep(app: App, connection: Connection, data: Item) -> Ticket:
    secret, until = token(), app.now() + VALID
    names = {"connection": connection.id, "platform": connection.platform, "organisation": connection.organisation}
    app.connections.keep_once("ticket", secret, {**names, "crm": connection.crm, **data}, until)
    return Ticket(secret, until, connection.id)


def _context(data: Item) -> dict[str, str]:
    return {"use": "verifier", "connection": data["connection"]}
