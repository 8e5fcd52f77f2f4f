"""OAuth 2.0 of partners' applications: the consent page and the token endpoint, with the unknowns as options."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from local.sandbox.kindful.options import Options
from local.sandbox.kindful.world import SCOPES, Consent, Grant, OAuthClient, World, new_secret

AUTHORIZE_PATH = "/admin/oauth2/authorize"
TOKEN_PATH = "/admin/oauth2/token"
CODE_SECONDS = 600.0
DOCUMENTED_EXPIRES_IN = 2_508_735
"""What the docs' sample says although access tokens are said not to expire."""
_ASKED = ("client_id", "redirect_uri", "state", "scope", "code_challenge")


class OAuthError(Exception):
    """A refused token request (`error` as in RFC 6749)."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


def routes(world: World) -> list[Route]:
    """The consent page, its form, and the token endpoint."""
    pages = _Pages(world)
    return [
        Route(AUTHORIZE_PATH, pages.ask, methods=["GET"]),
        Route(AUTHORIZE_PATH, pages.decide, methods=["POST"]),
        Route(TOKEN_PATH, _Tokens(world).token, methods=["POST"]),
    ]


class _Pages:
    def __init__(self, world: World) -> None:
        self._world = world

    async def ask(self, request: Request) -> Response:
        """An error page, the consent page, or at once the answer a test has set."""
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        wrong = self._wrong(asked, request.query_params.get("response_type", ""))
        if wrong:
            return _error_page(wrong)
        if self._world.consent is not None:
            return self._answer(asked, self._world.consent)
        return HTMLResponse(_page(asked, list(self._world.accounts)))

    async def decide(self, request: Request) -> Response:
        """The consent page's form."""
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        asked = {name: form.get(name, "") for name in _ASKED}
        wrong = self._wrong(asked, "code")
        if wrong or form.get("account") not in self._world.accounts:
            return _error_page(wrong or "no account")
        return self._answer(asked, Consent(form["account"], form.get("decision") == "allow"))

    def _wrong(self, asked: dict[str, str], response_type: str) -> str:
        client = self._world.clients.get(asked["client_id"])
        if client is None:
            return "client_id is not known"
        if not _redirect_allowed(client, asked["redirect_uri"]):
            return "redirect_uri is not registered"
        if response_type != "code":
            return "response_type must be code"
        return "" if set(asked["scope"].split()) <= set(SCOPES) else "scope is not known"

    def _answer(self, asked: dict[str, str], consent: Consent) -> Response:
        account = self._world.accounts[consent.account]
        state = asked["state"] if account.options.oauth_state == "echoed" else ""
        if not consent.allow:
            return _redirect(asked["redirect_uri"], {"error": "access_denied", "state": state})
        scope = consent.scope or asked["scope"] or "basic"
        grant = Grant(asked["client_id"], consent.account, scope, code=new_secret(), code_at=account.clock.now())
        grant.redirect_uri, grant.challenge = asked["redirect_uri"], asked["code_challenge"]
        self._world.grants.append(grant)
        self._world.changed()
        return _redirect(asked["redirect_uri"], {"code": grant.code, "state": state})


class _Tokens:
    def __init__(self, world: World) -> None:
        self._world = world

    async def token(self, request: Request) -> Response:
        """Exchange a code or a refresh token for an access token."""
        try:
            content_type = request.headers.get("content-type", "")
            fields = _fields(await request.body(), content_type)
            return JSONResponse(self._exchange(request, fields, content_type), headers={"Cache-Control": "no-store"})
        except OAuthError as error:
            return JSONResponse({"error": error.error}, error.status)

    def _exchange(self, request: Request, fields: dict[str, str], content_type: str) -> dict[str, Any]:
        kind = fields.get("grant_type")
        if kind not in {"authorization_code", "refresh_token"}:
            raise OAuthError("unsupported_grant_type")
        grant = self._grant("code" if kind == "authorization_code" else "refresh", fields)
        account = self._world.accounts[grant.account]
        if account.options.token_body not in {"json" if "json" in content_type else "form", "both"}:
            raise OAuthError("invalid_request")
        self._check_client(request, fields, grant, account.options)
        if kind == "authorization_code":
            if account.clock.now() > grant.code_at + CODE_SECONDS:
                raise OAuthError("invalid_grant")
            _check_code(grant, fields, account.options)
            grant.code_used = True
        return issue_tokens(self._world, grant)

    def _grant(self, what: str, fields: dict[str, str]) -> Grant:
        sent = fields.get("code" if what == "code" else "refresh_token")
        for grant in self._world.grants:
            if sent and sent == getattr(grant, what) and not grant.revoked and not (what == "code" and grant.code_used):
                return grant
        raise OAuthError("invalid_grant")

    def _check_client(self, request: Request, fields: dict[str, str], grant: Grant, options: Options) -> None:
        given = {
            "basic": _basic(request.headers.get("authorization", "")),
            "body": (fields.get("client_id", ""), fields.get("client_secret", "")),
        }
        ways = ("basic", "body") if options.token_auth == "both" else (options.token_auth,)
        client = self._world.clients.get(grant.client_id)
        if client is None or all(given[way] != (client.client_id, client.client_secret) for way in ways):
            raise OAuthError("invalid_client", 401)


def issue_tokens(world: World, grant: Grant) -> dict[str, Any]:
    """A new access token for a grant; its numbers are sent as text, as in the docs' sample."""
    account = world.accounts[grant.account]
    options, access, now = account.options, new_secret(), account.clock.now()
    grant.access[access] = [now, now]
    if options.refresh_token == "sent" and (not grant.refresh or options.refresh_rotation == "rotates"):
        grant.refresh = new_secret()
    world.changed()
    answer = {
        "access_token": access,
        "token_type": "bearer",
        "expires_in": str(options.access_token_seconds or DOCUMENTED_EXPIRES_IN),
        "scope": grant.scope,
        "created_at": str(int(now)),
    }
    return answer | ({"refresh_token": grant.refresh} if options.refresh_token == "sent" else {})


def _check_code(grant: Grant, fields: dict[str, str], options: Options) -> None:
    if grant.redirect_uri != fields.get("redirect_uri", ""):
        raise OAuthError("invalid_grant")
    if options.pkce == "ignored" or not grant.challenge:
        return
    digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != grant.challenge:
        raise OAuthError("invalid_grant")


def _fields(body: bytes, content_type: str) -> dict[str, str]:
    try:
        pairs = json.loads(body) if "json" in content_type else dict(parse_qsl(body.decode()))
        return {str(name): str(value) for name, value in pairs.items()}
    except (ValueError, AttributeError) as error:
        raise OAuthError("invalid_request") from error


def _basic(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret


def _redirect_allowed(client: OAuthClient, uri: str) -> bool:
    if not uri or urlsplit(uri).fragment:
        return False
    return client.redirect_uri is None or uri == client.redirect_uri


def _redirect(target: str, values: dict[str, str]) -> Response:
    joiner = "&" if urlsplit(target).query else "?"
    sent = {name: value for name, value in values.items() if value}
    return RedirectResponse(f"{target}{joiner}{urlencode(sent)}", 302)


def _error_page(wrong: str) -> Response:
    return HTMLResponse(f"<h1>Authorization error</h1><p>{escape(wrong)}</p>", 400)


def _page(asked: dict[str, str], accounts: list[str]) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.items())
    choice = "".join(f"<option>{escape(name)}</option>" for name in accounts)
    return (
        "<!DOCTYPE html><html><head><title>Kindful sandbox</title></head><body>"
        f"<h1>Authorize?</h1><p>{escape(asked['client_id'])} asks for {escape(asked['scope'] or 'basic')}.</p>"
        f'<form method="post" action="{AUTHORIZE_PATH}">{hidden}'
        f'<label>Organization <select name="account">{choice}</select></label>'
        '<button name="decision" value="allow">Authorize</button>'
        '<button name="decision" value="deny">Deny</button></form></body></html>'
    )
