"""`POST /Token`: the password grant with its two-factor detour, and refreshing (the vendor has no other flow).

From the vendor's reference: the body is form-encoded, the first call of a two-factor user answers 202 and sends
a code, the second brings it as `otp` in the form. The texts of refusals are not published; by option they tell
the cases apart or do not.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.virtuous.options import Options
from local.sandbox.virtuous.world import Grant, User, World, new_secret

_WRONG = "The user name or password is incorrect."
_FORM = "application/x-www-form-urlencoded"


class TokenError(Exception):
    """A refused token request; `told` is what is said where the cases are told apart."""

    def __init__(self, error: str, told: str = _WRONG, options: Options | None = None) -> None:
        super().__init__(error)
        alike = options is not None and options.token_errors == "alike"
        self.body = {"error": error, "error_description": _WRONG if alike else told}


def routes(world: World) -> list[Route]:
    """The token endpoint, in the spellings in use."""
    tokens = Tokens(world)
    return [Route(path, tokens.token, methods=["POST"]) for path in ("/Token", "/token", "/TOKEN")]


class Tokens:
    """Serves `/Token` for every user of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def token(self, request: Request) -> Response:
        """Answers 200 with tokens, 202 while a code is awaited, or 400 with `error`."""
        try:
            return self._granted(_form(request.headers.get("content-type", ""), await request.body()))
        except TokenError as error:
            return JSONResponse(error.body, 400)
        finally:
            self._world.changed()

    def _granted(self, form: dict[str, str]) -> Response:
        match form.get("grant_type"):
            case "password":
                return self._by_password(form)
            case "refresh_token":
                return self._by_refresh_token(form.get("refresh_token", ""))
        raise TokenError("unsupported_grant_type", "The grant type is not supported.")

    def _by_password(self, form: dict[str, str]) -> Response:
        user = self._world.users.get(form.get("username", "").strip().lower())
        if user is None or user.current not in self._world.organisations or not user.active:
            raise TokenError("invalid_grant")
        options = self._options(user)
        if user.sso:
            raise TokenError("invalid_grant", "This user signs in with single sign-on.", options)
        if not secrets.compare_digest(user.password.encode(), form.get("password", "").encode()):
            raise TokenError("invalid_grant")
        if user.two_factor:
            waiting = self._check_code(user, form.get("otp", ""), options)
            if waiting is not None:
                return waiting
        grant = Grant(user.email)
        self._world.grants.append(grant)
        return self._tokens(user, grant, rotate=True)

    def _check_code(self, user: User, code: str, options: Options) -> Response | None:
        """None when the code is good; else the 202 that asks for one."""
        if not code:
            return self._ask(user, options)
        now = self._world.organisations[user.current].now()
        wrong = not secrets.compare_digest(user.code.encode(), code.encode())
        if not wrong and now < user.code_expires:
            user.code = ""
            return None
        if options.wrong_code == "asks_again":
            return self._ask(user, options)
        told = "The verification code is incorrect." if wrong else "The verification code has expired."
        raise TokenError("invalid_grant", told, options)

    def _ask(self, user: User, options: Options) -> Response:
        user.code = f"{secrets.randbelow(1_000_000):06d}"
        user.code_expires = self._world.organisations[user.current].now() + options.code_seconds
        user.messages.append(f"Your verification code is {user.code}")
        description = "2-step verification code (OTP) sent."
        return JSONResponse({"error": "awaiting_verification", "error_description": description}, 202)

    def _by_refresh_token(self, token: str) -> Response:
        grant = next((found for found in self._world.grants if token in (found.refresh, *found.old_refresh)), None)
        user = self._world.users.get(grant.user) if grant is not None and token else None
        if grant is None or user is None or user.current not in self._world.organisations:
            raise TokenError("invalid_grant", "The refresh token is invalid.")
        options = self._options(user)
        old = token != grant.refresh and options.old_refresh_token == "refused"
        late = grant.refresh_expires <= self._world.organisations[user.current].now()
        if old or late or grant.revoked or not user.active:
            raise TokenError("invalid_grant", "The refresh token is invalid.")
        return self._tokens(user, grant, rotate=options.refresh_rotation == "rotates")

    def _tokens(self, user: User, grant: Grant, *, rotate: bool) -> Response:
        options, now = self._options(user), self._world.organisations[user.current].now()
        access = new_secret()
        grant.access[access] = now + options.access_token_seconds
        if rotate:
            grant.old_refresh += [grant.refresh] if grant.refresh else []
            grant.refresh, grant.refresh_expires = new_secret(), now + options.refresh_token_seconds
        body: dict[str, Any] = {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": options.access_token_seconds,
            "refresh_token": grant.refresh,
            "userName": user.email,
            "twoFactorEnabled": str(user.two_factor),
            ".issued": _http_date(now),
            ".expires": _http_date(now + options.access_token_seconds),
        }
        return JSONResponse(body)

    def _options(self, user: User) -> Options:
        return self._world.organisations[user.current].options


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """Only a form-encoded body has fields: multipart fails although the vendor's collection is set to it."""
    if content_type.partition(";")[0].strip().lower() != _FORM:
        return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _http_date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
