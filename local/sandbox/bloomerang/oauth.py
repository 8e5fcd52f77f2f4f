"""OAuth 2.0: the consent page and the token endpoint, with the unknowns as options of the database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Coroutine
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from local.sandbox.bloomerang.options import Options
from local.sandbox.bloomerang.world import SCOPES, Consent, Grant, OAuthClient, World, new_secret

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]
_ASKED = ("client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")


class OAuthError(Exception):
    """A refused token request (`error` as in RFC 6749)."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


def routes(world: World) -> list[Route]:
    """The consent page (several spellings of its path are in use) and the token endpoint."""
    pages = _Pages(world)
    spellings = ("/authorize", "/authorize/", "/Authorize", "/Authorize/")
    return [
        *(Route(path, pages.ask, methods=["GET"]) for path in spellings),
        Route("/authorize/decision", pages.decide, methods=["POST"]),
        Route("/v2/oauth/token", _Tokens(world).token, methods=["POST"]),
    ]


class _Pages:
    def __init__(self, world: World) -> None:
        self._world = world

    async def ask(self, request: Request) -> Response:
        """`GET /authorize/`: an error page, the consent page, or at once the answer a test has set."""
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        wrong = self._wrong(asked, request.query_params.get("response_type", ""))
        if wrong:
            return HTMLResponse(f"<h1>Authorization error</h1><p>{escape(wrong)}</p>", 400)
        if self._world.consent is not None:
            return self._answer(asked, self._world.consent)
        return HTMLResponse(_page(asked, list(self._world.databases)))

    async def decide(self, request: Request) -> Response:
        """The consent page's form."""
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        asked = {name: form.get(name, "") for name in _ASKED}
        wrong = self._wrong(asked, "code")
        if wrong or form.get("database") not in self._world.databases:
            return HTMLResponse(f"<h1>Authorization error</h1><p>{escape(wrong or 'no database')}</p>", 400)
        return self._answer(asked, Consent(form["database"], form.get("decision") == "allow"))

    def _wrong(self, asked: dict[str, str], response_type: str) -> str:
        client = self._world.clients.get(asked["client_id"])
        if client is None:
            return "client_id is not known"
        if not _redirect_allowed(client, asked["redirect_uri"]):
            return "redirect_uri is not registered"
        if response_type != "code" or not asked["state"]:
            return "response_type must be code, and state is required"
        if asked["scope"] and asked["scope"] not in SCOPES:
            return "scope is not known"
        return ""

    def _answer(self, asked: dict[str, str], consent: Consent) -> Response:
        target = asked["redirect_uri"] or self._world.clients[asked["client_id"]].redirect_uri or ""
        if not consent.allow:
            return _redirect(target, {"error": "access_denied", "state": asked["state"]})
        scope = consent.scope or asked["scope"] or "OrgAdmin"
        grant = Grant(asked["client_id"], consent.database, scope, code=new_secret())
        grant.redirect_uri = asked["redirect_uri"]
        grant.challenge = asked["code_challenge"]
        grant.challenge_method = asked["code_challenge_method"] or "plain"
        self._world.grants.append(grant)
        self._world.changed()
        return _redirect(target, {"code": grant.code, "state": asked["state"]})


class _Tokens:
    def __init__(self, world: World) -> None:
        self._world = world

    async def token(self, request: Request) -> Response:
        """`POST /v2/oauth/token`."""
        try:
            fields = _fields(await request.body(), request.headers.get("content-type", ""))
            return JSONResponse(self._exchange(request, fields), headers={"Cache-Control": "no-store"})
        except OAuthError as error:
            return JSONResponse({"error": error.error}, error.status)

    def _exchange(self, request: Request, fields: dict[str, str]) -> dict[str, Any]:
        kind = fields.get("grant_type")
        if kind not in {"authorization_code", "refresh_token"}:
            raise OAuthError("unsupported_grant_type")
        grant = self._by_code(fields) if kind == "authorization_code" else self._by_refresh(fields)
        options = self._world.databases[grant.database].options
        _check_body(options, request.headers.get("content-type", ""))
        self._check_client(request, fields, grant, options)
        if kind == "authorization_code":
            _check_code(grant, fields, options)
            grant.code_used = True
        return issue_tokens(self._world, grant)

    def _by_code(self, fields: dict[str, str]) -> Grant:
        for grant in self._world.grants:
            if grant.code and grant.code == fields.get("code"):
                if grant.code_used or grant.revoked:
                    raise OAuthError("invalid_grant")
                return grant
        raise OAuthError("invalid_grant")

    def _by_refresh(self, fields: dict[str, str]) -> Grant:
        token = fields.get("refresh_token")
        for grant in self._world.grants:
            if token and not grant.revoked and token == grant.refresh:
                return grant
            if token in grant.old_refresh and not grant.revoked:
                return self._reused(grant)
        raise OAuthError("invalid_grant")

    def _reused(self, grant: Grant) -> Grant:
        """What happens when a refresh token that was rotated away comes again."""
        policy = self._world.databases[grant.database].options.old_refresh_token
        if policy == "usable":
            return grant
        if policy == "revokes":
            grant.revoked = True
            self._world.changed()
        raise OAuthError("invalid_grant")

    def _check_client(self, request: Request, fields: dict[str, str], grant: Grant, options: Options) -> None:
        basic = _basic(request.headers.get("authorization", ""))
        given = {"basic": basic, "body": (fields.get("client_id", ""), fields.get("client_secret", ""))}
        ways = ("basic", "body") if options.token_auth == "both" else (options.token_auth,)
        client = self._world.clients.get(grant.client_id)
        if client is None or all(given[way] != (client.client_id, client.client_secret) for way in ways):
            raise OAuthError("invalid_client", 401)


def issue_tokens(world: World, grant: Grant) -> dict[str, Any]:
    """New tokens for a grant; by option the refresh token rotates."""
    database = world.databases[grant.database]
    options, access = database.options, new_secret()
    grant.access[access] = database.clock.now() + options.access_token_seconds
    if not grant.refresh or options.refresh_rotation == "rotates":
        grant.old_refresh += [grant.refresh] if grant.refresh else []
        grant.refresh = new_secret()
    world.changed()
    answer = {"access_token": access, "refresh_token": grant.refresh, "token_type": "bearer"}
    return answer | ({"expires_in": options.access_token_seconds} if options.expires_in == "sent" else {})


def _check_body(options: Options, content_type: str) -> None:
    sent = "json" if "json" in content_type else "form"
    if options.token_body not in {sent, "both"}:
        raise OAuthError("invalid_request")


def _check_code(grant: Grant, fields: dict[str, str], options: Options) -> None:
    if grant.redirect_uri != fields.get("redirect_uri", ""):
        raise OAuthError("invalid_grant")
    if options.pkce == "ignored" or (options.pkce == "optional" and not grant.challenge):
        return
    verifier = fields.get("code_verifier", "")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    proof = digest if grant.challenge_method == "S256" else verifier
    if not grant.challenge or proof != grant.challenge:
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
    """The registered address, its query apart; never one with a fragment."""
    if not uri:
        return client.redirect_uri is not None
    if urlsplit(uri).fragment:
        return False
    return client.redirect_uri is None or uri.split("?")[0] == client.redirect_uri.split("?")[0]


def _redirect(target: str, values: dict[str, str]) -> Response:
    joiner = "&" if urlsplit(target).query else "?"
    return RedirectResponse(f"{target}{joiner}{urlencode(values)}", 302)


def _page(asked: dict[str, str], databases: list[str]) -> str:
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.items())
    choice = "".join(f"<option>{escape(name)}</option>" for name in databases)
    return (
        "<!DOCTYPE html><html><head><title>Bloomerang sandbox</title></head><body>"
        f"<h1>Allow access?</h1><p>{escape(asked['client_id'])} asks for "
        f"{escape(asked['scope'] or 'the highest allowed scope')}.</p>"
        f'<form method="post" action="/authorize/decision">{hidden}'
        f'<label>Database <select name="database">{choice}</select></label>'
        '<button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="deny">Deny</button></form></body></html>'
    )
