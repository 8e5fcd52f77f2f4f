"""The two addresses of the OAuth flow, as a browser sees them."""

from http import HTTPStatus
from typing import Any, Final

from giftbridge.api import pages
from giftbridge.api.cookies import held
from giftbridge.api.desk import public_base
from giftbridge.jobs import oauth
from giftbridge.jobs.context import App

COOKIE: Final = "__Host-giftbridge_oauth"
ATTRIBUTES: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"


def handle(app: App, event: dict[str, Any]) -> dict[str, Any]:
    """Send a browser to the vendor, or take it back."""
    query = event.get("queryStringParameters") or {}
    begins = str(event["rawPath"]).endswith("/oauth/start")
    try:
        return _start(app, event, query) if begins else _callback(app, event, query)
    except oauth.OAuthRefused as refused:
        return pages.refusal(refused.code, refused.detail)


def _start(app: App, event: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
    consent = oauth.begin(app, query.get("ticket", ""), public_base(app, event))
    kept = f"{COOKIE}={consent.nonce}; {ATTRIBUTES}; Max-Age={int(oauth.VALID.total_seconds())}"
    headers = {"Location": consent.url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return {"statusCode": HTTPStatus.FOUND.value, "headers": headers, "cookies": [kept], "body": ""}


def _callback(app: App, event: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
    answer = oauth.Answer(query.get("state", ""), query.get("code", ""), query.get("error", ""))
    connection = oauth.finish(app, answer, held(event.get("cookies") or [], COOKIE))
    return {**pages.connected(connection), "cookies": [f"{COOKIE}=; {ATTRIBUTES}; Max-Age=0"]}
