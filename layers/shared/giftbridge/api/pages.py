"""The few pages a person sees while consenting: plain, accessible, escaped, without a script and without a secret."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from string import Template
from typing import Any, Final

from giftbridge.connectors import registry
from giftbridge.jobs.oauth import Refused
from giftbridge.stores.connections import Connection

STYLE: Final = (
    "body{font:1.125rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:36rem;margin:4rem auto;"
    "padding:0 1rem}h1{font-size:1.5rem}strong{font-weight:600}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#1a1a1a}}"
)
PAGE: Final = Template(
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><title>$title</title>'
    f"<style>{STYLE}</style></head><body><main><h1>$title</h1>$body</main></body></html>"
)
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
AGAIN: Final = "Ask for a new link where you got this one."


@dataclass(frozen=True, slots=True)
class Text:
    """Status, title and paragraphs of a page."""

    status: HTTPStatus
    title: str
    paragraphs: tuple[str, ...]


REFUSALS: Final[Mapping[Refused, Text]] = {
    "ticket_unknown": Text(HTTPStatus.NOT_FOUND, "This link is not valid", ("It may have been copied in part.", AGAIN)),
    "ticket_used": Text(HTTPStatus.GONE, "This link was used already", ("A link works once.", AGAIN)),
    "ticket_late": Text(HTTPStatus.GONE, "This link has expired", ("A link is good for ten minutes.", AGAIN)),
    "state_unknown": Text(
        HTTPStatus.BAD_REQUEST,
        "This answer belongs to no request",
        ("Nobody here asked for it, so nothing was connected.", AGAIN),
    ),
    "state_used": Text(
        HTTPStatus.CONFLICT,
        "This answer was used already",
        ("An answer counts once. If you have just connected, that stands; nothing was changed now.",),
    ),
    "state_late": Text(HTTPStatus.GONE, "This took too long", ("After ten minutes an answer no longer counts.", AGAIN)),
    "wrong_browser": Text(
        HTTPStatus.FORBIDDEN,
        "This is not the browser that began",
        ("Connecting must end in the browser in which the link was opened, with cookies allowed.", AGAIN),
    ),
    "denied": Text(
        HTTPStatus.FORBIDDEN, "Access was not allowed", ("You said no, so nothing was connected and nothing stored.",)
    ),
    "vendor_error": Text(HTTPStatus.BAD_GATEWAY, "The other side reported an error", ("Nothing was connected.", AGAIN)),
    "refused": Text(
        HTTPStatus.BAD_GATEWAY, "The other side did not confirm", ("It refused the authorization it gave.", AGAIN)
    ),
    "unreachable": Text(
        HTTPStatus.SERVICE_UNAVAILABLE, "The other side can't be reached", ("Nothing was connected. Try later.", AGAIN)
    ),
    "unusable": Text(HTTPStatus.UNPROCESSABLE_ENTITY, "This can't be connected", ("Nothing was changed.",)),
    "already_connected": Text(HTTPStatus.CONFLICT, "This is connected already", ("Nothing was changed.",)),
    "gone": Text(HTTPStatus.GONE, "The connection was removed", ("There is nothing to reconnect any more.",)),
    "not_set_up": Text(
        HTTPStatus.CONFLICT, "This is not set up yet", ("The operator has to register with the vendor first.",)
    ),
}


def refusal(code: Refused, detail: str = "") -> dict[str, Any]:
    """The page of a refusal."""
    text = REFUSALS[code]
    return page(text.status, text.title, [detail, *text.paragraphs] if detail else text.paragraphs)


def connected(connection: Connection) -> dict[str, Any]:
    """Whose database it is, and whether it is a demo."""
    title = registry.manifest(connection.crm).title
    lines = [f"{title}: <strong>{escape(connection.name)}</strong>"]
    if connection.demo:
        lines.append("This is a demo database.")
    if connection.connected_by:
        lines.append(f"Connected by {escape(connection.connected_by)}.")
    body = "".join(f"<p>{line}</p>" for line in [*lines, "You can close this window."])
    return _answer(HTTPStatus.OK, "Connected", body)


def broken() -> dict[str, Any]:
    """Something that must not happen."""
    return page(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here", ("It was written down.", AGAIN))


def page(status: HTTPStatus, title: str, paragraphs: Sequence[str]) -> dict[str, Any]:
    """A page of plain text."""
    return _answer(status, title, "".join(f"<p>{escape(text)}</p>" for text in paragraphs))


def _answer(status: HTTPStatus, title: str, body: str) -> dict[str, Any]:
    html = PAGE.substitute(title=escape(title), body=body)
    return {"statusCode": status.value, "headers": dict(HEADERS), "body": html, "isBase64Encoded": False}
