"""From templates to pages: what they may use, and the headers that keep them safe."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from giftbridge.domain.money import spoken
from giftbridge.portal import words
from giftbridge.recipes import recipe
from giftbridge.stores.connections import Connection

if TYPE_CHECKING:
    from giftbridge.portal.visit import Visit

HERE: Final = Path(__file__).parent
HTML: Final = "text/html; charset=utf-8"
SAFETY: Final[Mapping[str, str]] = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
STATIC: Final[Mapping[str, str]] = {
    "portal.css": "text/css; charset=utf-8",
    "htmx-2.0.11.min.js": "text/javascript; charset=utf-8",
    "once.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
FOR_EVER: Final = "public, max-age=31536000, immutable"


def page(template: str, visit: "Visit", status: int = 200, **shown: Any) -> Response[str]:
    """A page for somebody who may see it."""
    return _rendered(template, visit.root, status, visit=visit, url=visit.url, form_id=token_urlsafe, **shown)


def outside(template: str, root: str, status: int, **shown: Any) -> Response[str]:
    """A page for somebody who has no session."""
    return _rendered(template, root, status, visit=None, **shown)


def _rendered(template: str, root: str, status: int, **shown: Any) -> Response[str]:
    files = f"{root}/static/{version()}"
    html = _environment().get_template(template).render(static=lambda name: f"{files}/{name}", **shown)
    return Response(status, HTML, html, {**SAFETY, "Cache-Control": "no-store"})


def static(name: str) -> Response[str] | None:
    """A file of ours; None where there is none."""
    if name not in STATIC:
        return None
    return Response(200, STATIC[name], _static_text(name), {**SAFETY, "Cache-Control": FOR_EVER})


@cache
def version() -> str:
    """Changes with the static files, so that browsers may keep them for ever."""
    return hashlib.sha256("".join(map(_static_text, STATIC)).encode()).hexdigest()[:12]


@cache
def _static_text(name: str) -> str:
    return (HERE / "static" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {"when": when, "money": spoken, "number": "{:,}".format, "word": words.word}
    made.globals |= {"title": words.title, "tone": words.tone, "flash": words.flash, "zone_of": zone_of}
    return made


def zone_of(connection: Connection) -> str:
    """The time zone of a connection's organisation."""
    return recipe(connection.platform, connection.crm, connection.settings).time_zone


def when(moment: datetime | None, zone: str) -> Markup | str:
    """A moment (UTC) by the organisation's clocks."""
    if moment is None:
        return "—"
    local = moment.astimezone(ZoneInfo(zone))
    return Markup('<time datetime="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), f"{local:%b} {local.day}, {local:%Y, %H:%M} {local:%Z}"
    )
