"""Who may see the portal: a link that works once, and the session of the browser that opened it.

Link and session are random secrets, kept under their hash. A session belongs to one organisation, or to an operator.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from giftbridge.aws.vault import Envelope, token
from giftbridge.errors import Removed
from giftbridge.jobs.context import App
from giftbridge.stores.connections import Connection, owner
from giftbridge.stores.doors import Taken
from giftbridge.stores.runs import Run

LINK_VALID: Final = timedelta(minutes=5)
SESSION_VALID: Final = timedelta(hours=8)
LINK: Final = "portal"
FORM: Final = "form"
MOMENTS: Final = timedelta(seconds=3)
"""How long after the first click of a double click is answered the second one may arrive."""
PAUSE_SECONDS: Final = 0.25
PATIENCE: Final = 20
"""How often somebody looks whether a form is still worked on."""


class LinkRefused(Exception):
    """A link that lets nobody in."""

    def __init__(self, why: Taken) -> None:
        super().__init__(why)
        self.why: Taken = why


@dataclass(frozen=True, slots=True)
class Link:
    """The secret of a one-time link, and until when it is good (UTC)."""

    secret: str
    expires_at: datetime

    def url(self, base: str) -> str:
        """Where a browser goes with it; `base` is our public address."""
        return f"{base}/portal/enter?link={self.secret}"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a session belongs to: one organisation's staff, or an operator, who sees every organisation."""

    actor: str
    platform: str = ""
    organisation: str = ""
    operator: bool = False
    platform_secret: Envelope | None = field(default=None, repr=False)
    """The platform's credentials, sealed, for connecting."""
    secret: str = field(default="", repr=False)

    @property
    def owner(self) -> str:
        """The organisation among all platforms'; empty for an operator."""
        return owner(self.platform, self.organisation) if self.organisation else ""

    @property
    def form_token(self) -> str:
        """What each form of this session carries, and nobody else can know."""
        return hmac.new(self.secret.encode(), b"portal form", hashlib.sha256).hexdigest()

    def form_secret(self, form: str) -> str:
        """What one form of this session is claimed under."""
        return f"{self.secret} {form}"

    @property
    def cookie(self) -> str:
        """What the browser keeps. It names the owner so that session and page are read by one call."""
        return f"{base64.urlsafe_b64encode(self.owner.encode()).decode()}.{self.secret}"

    def data(self) -> dict[str, Any]:
        """As it is stored; the secret is not."""
        sealed = dict(self.platform_secret) if self.platform_secret else None
        return {
            "actor": self.actor, "platform": self.platform, "organisation": self.organisation,
            "operator": self.operator, "platform_secret": sealed,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrival:
    """A visitor, and the connection and run that the page is about, as far as there are any of theirs."""

    visitor: Visitor
    connection: Connection | None
    run: Run | None


def invite(app: App, visitor: Visitor) -> Link:
    """A link for one browser and one use."""
    secret, until = token(), app.now() + LINK_VALID
    app.connections.keep_once(LINK, secret, visitor.data(), until)
    return Link(secret, until)


def enter(app: App, link: str) -> str:
    """Consume a link; what the browser's cookie is to hold. Raises `LinkRefused`."""
    taken, data = app.connections.take_once(LINK, link, app.now()) if link else ("unknown", {})
    if taken != "taken":
        raise LinkRefused(taken)
    known = Visitor(**data, secret=token())
    app.connections.keep_portal_session(known.secret, data, app.now() + SESSION_VALID)
    return known.cookie


def arrive(app: App, cookie: str, connection: str = "", run: str = "") -> Arrival | None:
    """Who that is, with what the page is about, by one call; None without a session that is good."""
    who, secret = _said(cookie)
    if not secret:
        return None
    data, standing, found = app.lookups.for_visit(secret, app.now(), who, connection, run)
    if data is None:
        return None
    known = Visitor(**data, secret=secret)
    if known.operator and connection:
        return _of_anybody(app, known, connection, run)
    return Arrival(known, standing, found) if known.owner == who else None


def _of_anybody(app: App, known: Visitor, connection: str, run: str) -> Arrival:
    try:
        standing = app.connections.get(app.connections.owner_of(connection), connection)
    except Removed:
        return Arrival(known, None, None)
    return Arrival(known, standing, app.runs.get(connection, run) if run else None)


def _said(cookie: str) -> tuple[str, str]:
    """(owner, secret) that a cookie claims; empty where it is malformed."""
    owner_said, _, secret = cookie.partition(".")
    try:
        return base64.urlsafe_b64decode(owner_said).decode(), secret
    except (binascii.Error, UnicodeError):
        return "", ""


def leave(app: App, known: Visitor) -> None:
    """End a session."""
    app.connections.drop_portal_session(known.secret)


def sent_before(app: App, known: Visitor, form: str) -> str | None:
    """None where a form is to be worked on now: nobody sent it before, or that did nothing.

    Otherwise where the first time led, if that was moments ago, so that a double click looks like a click; or empty.
    Waits while the first one is still worked on.
    """
    for _ in range(PATIENCE):
        if app.connections.claim_once(FORM, known.form_secret(form), app.now() + SESSION_VALID):
            return None
        became = app.connections.outcome_once(FORM, known.form_secret(form))
        if became:
            return str(became["led_to"]) if app.now().timestamp() - became["at"] < MOMENTS.total_seconds() else ""
        app.clock.sleep(PAUSE_SECONDS)
    return ""


def done(app: App, known: Visitor, form: str, led_to: str) -> None:
    """A form was worked on, which led to a page (empty: to none): it is never again."""
    became = {"led_to": led_to, "at": int(app.now().timestamp())}
    app.connections.settle_once(FORM, known.form_secret(form), became)


def did_nothing(app: App, known: Visitor, form: str) -> None:
    """A form was refused, or only asked for a page: it may be sent again."""
    app.connections.release_once(FORM, known.form_secret(form))


def seal_platform_secret(app: App, platform: str, organisation: str, secret: Mapping[str, Any]) -> Envelope:
    """The platform's credentials, for a session of this organisation alone."""
    return app.vault.seal("credentials", _context(owner(platform, organisation)), secret)


def open_platform_secret(app: App, known: Visitor) -> dict[str, Any]:
    """What the platform's backend gave with the link; empty where it gave nothing."""
    if known.platform_secret is None:
        return {}
    return app.vault.open("credentials", _context(known.owner), known.platform_secret)


def _context(who: str) -> dict[str, str]:
    return {"organisation": who, "use": "portal"}
