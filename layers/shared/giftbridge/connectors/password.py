"""OAuth 2 password grant: a user's name and password for tokens, once; requests shaped and answers read by oauthlib.

The password goes into one request and nowhere else: neither errors nor the tokens that are kept hold it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from oauthlib.common import urldecode
from oauthlib.oauth2 import LegacyApplicationClient, OAuth2Error

from giftbridge.connectors.manifest import Manifest, Password
from giftbridge.errors import ConfigError, Conflict, Disconnected, Reject, Retry
from giftbridge.settings import vendor_override

REFUSALS: Final = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied"})
SINGLE_SIGN_ON: Final = ("single sign", "sso", "saml")
CODE: Final = ("code", "otp", "two-factor", "verification")
LATE: Final = ("expired", "too late", "no longer valid")


@dataclass(frozen=True, slots=True)
class SignIn:
    """One vendor's token endpoint."""

    manifest: Manifest
    client: httpx.Client

    @property
    def endpoint(self) -> Password:
        """The manifest's. Raises `ConfigError` for a system without it."""
        if self.manifest.password is None:
            raise ConfigError(f"{self.manifest.name} takes no password")
        return self.manifest.password

    def exchange(self, username: str, password: str, code: str, now: datetime) -> dict[str, Any]:
        """Credentials for a password.

        Raises `Conflict` (`code_required`) where the vendor sent the user a code, `Reject` with the reason where it
        refuses, `Retry` where nobody answers.
        """
        more = {"otp": code} if code else {}
        body = self._client.prepare_request_body(username, password, **more)
        answer = self._post(body)
        if answer.status_code == httpx.codes.ACCEPTED:
            raise _code_required(self.manifest.title, again=bool(code))
        try:
            return self._token(answer, now)
        except OAuth2Error as error:
            if error.error not in REFUSALS:
                raise self._garbled() from None
            raise _refused(self.manifest.title, str(error.description or "").lower(), code) from None

    def refresh(self, refresh_token: str, now: datetime) -> dict[str, Any]:
        """New credentials; the old refresh token may be dead from here on. Raises `Disconnected`, `Retry`."""
        answer = self._post(self._client.prepare_refresh_body(refresh_token=refresh_token))
        try:
            fresh = self._token(answer, now)
        except OAuth2Error as error:
            if error.error not in REFUSALS:
                raise self._garbled() from None
            why = f"{self.manifest.title} no longer takes this sign-in."
            raise Disconnected(why, system=self.manifest.name, final=True) from None
        return {**fresh, "refresh_token": fresh["refresh_token"] or refresh_token}

    def _post(self, body: str) -> httpx.Response:
        url = vendor_override(self.manifest.name, "token") or self.endpoint.token_url
        try:
            answer = self.client.post(url, data=dict(urldecode(body)), follow_redirects=False)
        except httpx.TransportError:
            raise Retry(f"{self.manifest.title} can't be reached.", doubt=True, code="unreachable") from None
        if answer.status_code >= 500 or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            code = f"http_{answer.status_code}"
            raise Retry(f"{self.manifest.title} has a problem of its own.", doubt=True, code=code)
        return answer

    def _token(self, answer: httpx.Response, now: datetime) -> dict[str, Any]:
        try:
            token = self._client.parse_request_body_response(answer.text)
            lifetime = token.get("expires_in")
            return {
                "kind": "password",
                "access_token": token["access_token"],
                "refresh_token": token.get("refresh_token") or "",
                "expires_at": (now + timedelta(seconds=int(lifetime))).isoformat() if lifetime else "",
            }
        except (ValueError, TypeError, AttributeError, KeyError):  # oauthlib expects a JSON object
            raise self._garbled() from None

    def _garbled(self) -> Retry:
        return Retry(f"{self.manifest.title} sent an answer that is no token.", doubt=True, code="garbled")

    @property
    def _client(self) -> LegacyApplicationClient:
        return LegacyApplicationClient("")


def _code_required(title: str, *, again: bool) -> Conflict:
    sent = f"{title} has sent this user a code. Repeat the call with it as `code`."
    why = f"The code was wrong or too late, and another was sent. {sent}" if again else sent
    return Conflict(why, code="code_required")


def _refused(title: str, told: str, code: str) -> Reject:
    """The vendor's texts are not published, so that they are searched for words, and not repeated."""
    if any(word in told for word in SINGLE_SIGN_ON):
        why = f"This user signs in to {title} with single sign-on, so that it has no password there. Use an API key."
        return Reject(why, code="single_sign_on")
    if code and any(word in told for word in CODE):
        late = any(word in told for word in LATE)
        what = "came too late" if late else "is wrong"
        why = f"The code {what}. Call without a code, and {title} sends another."
        return Reject(why, code="code_late" if late else "code_refused")
    if code:
        why = f"{title} does not accept this user name, password and code. Call without a code, and it sends another."
        return Reject(why, code="password_refused")
    why = f"{title} does not accept this user name and password. Whoever signs in with single sign-on needs an API key."
    return Reject(why, code="password_refused")
