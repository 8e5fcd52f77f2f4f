"""The portal's door: static files, the way in and out, and what every form must carry; the rest is the pages'."""

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from giftbridge.api import http
from giftbridge.api.cookies import held
from giftbridge.api.desk import public_base
from giftbridge.api.problems import status_of
from giftbridge.errors import GiftbridgeError, NotFound, Retry
from giftbridge.jobs import portal
from giftbridge.jobs.context import App
from giftbridge.logs import logger, told
from giftbridge.portal import (
    connections,
    drift,
    letters,
    log,
    operations,
    render,
    review,
    settings,
    transactions,
    webhooks,
)
from giftbridge.portal.visit import FORM_ID, FORM_TOKEN, OURS, Visit, redirect

PREFIX: Final = "/portal"
COOKIE: Final = "__Host-giftbridge_portal"
ATTRIBUTES: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"
MOST_FIELDS: Final = 1000
SECRETS: Final = frozenset({"api_key", "password", "code", "token"})
"""Fields that are never put into a page again."""
ASKS: Final = "/transactions/choose"
"""Where a form leads that asks for a page and does nothing."""
SUBJECT: Final = re.compile(r"/c/([0-9a-f]{20})(?:/log/(\d{8}T\d{12}-[0-9a-f]{8}))?(?:/|$)")

site = APIGatewayHttpResolver()
PAGES: Final = (connections, log, review, transactions, operations, letters, drift, webhooks, settings)
for pages in PAGES:
    site.include_router(pages.router, PREFIX)


@site.exception_handler(GiftbridgeError)  # type: ignore[untyped-decorator]
def _expected(error: GiftbridgeError) -> Response[str]:
    visit: Visit = site.context["visit"]
    back = _page_of(visit.path) if visit.typed else ""
    return visit.page("error.html", status_of(error), error=error, missing=isinstance(error, NotFound), back=back)


@site.exception_handler(NotFoundError)  # type: ignore[untyped-decorator]
def _nowhere(_: NotFoundError) -> Response[str]:
    visit: Visit = site.context["visit"]
    return visit.page("error.html", 404, error=NotFound("There is no such page."), missing=True, back="")


@site.exception_handler(Exception)  # type: ignore[untyped-decorator]
def _bug(error: Exception) -> Response[str]:
    visit: Visit = site.context["visit"]
    logger.error("page failed", extra=told(error))
    visit.app.measure("Bugs", 1)
    return visit.page("broken.html", 500)


def handle(app: App, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of a browser, and log it without what it holds."""
    path = str(event.get("rawPath", "")).removeprefix(PREFIX).rstrip("/")
    subject = SUBJECT.match(path)
    if subject:
        logger.append_keys(connection=subject[1], run=subject[2])
    answer = _answer(app, event, context, path, (subject[1], subject[2] or "") if subject else ("", ""))
    logger.info("page", extra={"method": http.method(event), "status": answer["statusCode"]})
    return answer


def _answer(app: App, event: dict[str, Any], context: Any, path: str, about: tuple[str, str]) -> dict[str, Any]:
    base = public_base(app, event)
    root = urlsplit(base).path + PREFIX
    if path.startswith("/static/"):
        return _plain(
            render.static(path.rpartition("/")[2]) or render.outside("outside.html", root, 404, why="nowhere")
        )
    if path == "/enter":
        return _plain(_enter(app, event, root))
    typed = _typed(event) if http.method(event) == "POST" else {}
    if typed and not _is_from_here(base, event):
        return _plain(render.outside("outside.html", root, 403, why="forged"))
    arrival = portal.arrive(app, held(event.get("cookies") or [], COOKIE), *about)
    if arrival is None:
        return _plain(_no_session(root, path, typed))
    known = Visit(
        app,
        arrival,
        base,
        root,
        path,
        event.get("queryStringParameters") or {},
        typed,
        "hx-request" in http.headers(event),
    )
    refused = _refused(known) if typed else None
    if refused is not None:
        return _plain(refused)
    if path == "/leave" and typed:
        portal.leave(app, known.visitor)
        return _plain(redirect(f"{root}/left", f"{COOKIE}=; {ATTRIBUTES}; Max-Age=0"))
    site.append_context(visit=known)  # type: ignore[no-untyped-call]
    answer = site.resolve({**event, "rawPath": f"{PREFIX}{path}"}, context)
    if typed:
        _settle(known, answer)
    return answer


def _enter(app: App, event: dict[str, Any], root: str) -> Response[str]:
    try:
        cookie = portal.enter(app, (event.get("queryStringParameters") or {}).get("link", ""))
    except portal.LinkRefused as refused:
        return render.outside("outside.html", root, 410 if refused.why != "unknown" else 404, why=f"link_{refused.why}")
    kept = f"{COOKIE}={cookie}; {ATTRIBUTES}; Max-Age={int(portal.SESSION_VALID.total_seconds())}"
    return redirect(root, kept)


def _no_session(root: str, path: str, typed: Mapping[str, Sequence[str]]) -> Response[str]:
    """What was typed stays in the page that says so, to be sent again once there is a session."""
    if typed:
        return render.outside("ended.html", root, 401, action=f"{root}{path}", kept=_kept(typed), secret=_secret(typed))
    return render.outside(
        "outside.html", root, 200 if path == "/left" else 401, why="left" if path == "/left" else "ended"
    )


def _refused(visit: Visit) -> Response[str] | None:
    """What stops a form of ours: it came from another session, or a second time."""
    given = visit.given(FORM_TOKEN)
    if not hmac.compare_digest(given.encode(), visit.visitor.form_token.encode()):
        return visit.page(
            "confirm.html",
            409,
            action=f"{visit.root}{visit.path}",
            kept=_kept(visit.typed),
            secret=_secret(visit.typed),
        )
    led_to = portal.sent_before(visit.app, visit.visitor, visit.given(FORM_ID))
    if led_to is not None:
        return redirect(led_to or f"{visit.root}{_page_of(visit.path)}?done=again")
    return None


def _settle(visit: Visit, answer: Mapping[str, Any]) -> None:
    """Remember that a form did something, or with a bug may have; what was refused may be sent again.

    Where that can't be remembered the answer counts all the same: nobody works on the form a second time.
    """
    status, form = answer["statusCode"], visit.given(FORM_ID)
    refused = status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.INTERNAL_SERVER_ERROR
    with suppress(Retry):
        if refused or visit.path.endswith(ASKS):
            portal.did_nothing(visit.app, visit.visitor, form)
        else:
            portal.done(visit.app, visit.visitor, form, answer["headers"].get("Location", ""))


def _is_from_here(base: str, event: dict[str, Any]) -> bool:
    """Browsers say where a form comes from; who says nothing is held to the form's token alone.

    This is asked before anything else: what another site made up is not even shown, as its reader might send it on.
    """
    headers = http.headers(event)
    origin = headers.get("origin", "")
    ours = urlsplit(base)
    here = origin in ("", f"{ours.scheme}://{ours.netloc}")
    return here and headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _page_of(path: str) -> str:
    """A form is sent to its page's address and one word more."""
    return path.rpartition("/")[0]


def _kept(typed: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, each in typed.items() if name not in OURS and name not in SECRETS for value in each]


def _secret(typed: Mapping[str, Sequence[str]]) -> list[str]:
    return [name for name in typed if name in SECRETS]


def _typed(event: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    body = event.get("body") or ""
    text = base64.b64decode(body).decode("utf-8", "replace") if event.get("isBase64Encoded") else body
    found: dict[str, tuple[str, ...]] = {"": ()}
    try:
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS):
            found[name] = (*found.get(name, ()), value)
    except ValueError:  # more fields than any form of ours has
        return found
    return found


def _plain(response: Response[str]) -> dict[str, Any]:
    headers = {name: str(value) for name, value in response.headers.items()}
    cookie = headers.pop("Set-Cookie", "")
    return {
        "statusCode": response.status_code, "headers": {"Content-Type": response.content_type, **headers},
        "cookies": [cookie] if cookie else [], "body": response.body, "isBase64Encoded": False,
    }  # fmt: skip
