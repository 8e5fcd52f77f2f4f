"""OAuth 2 authorization code flow with a vendor's manifest; requests are shaped and answers read by oauthlib."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from oauthlib.common import urldecode
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from giftbridge.connectors.manifest import Manifest, OAuth
from giftbridge.errors import ConfigError, Disconnected, Retry
from giftbridge.settings import vendor_override

REFUSALS: Final = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied"})


@dataclass(frozen=True, slots=True)
class Registration:
    """What the vendor gave the operator, and the address it knows for us."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One vendor's flow for one registration."""

    manifest: Manifest
    registration: Registration
    client: httpx.Client

    @property
    def endpoints(self) -> OAuth:
        """The manifest's. Raises `ConfigError` for a system without OAuth."""
        if self.manifest.oauth is None:
            raise ConfigError(f"{self.manifest.name} has no OAuth")
        return self.manifest.oauth

    def new_verifier(self) -> str:
        """A PKCE verifier where the vendor takes one, else nothing."""
        return str(self._client.create_code_verifier(64)) if self.endpoints.pkce else ""

    def consent_url(self, state: str, verifier: str) -> str:
        """Where the browser is sent."""
        known, client = self.endpoints.authorize_url, self._client
        challenge = client.create_code_challenge(verifier, "S256") if verifier else None
        made = str(
            client.prepare_request_uri(
                known,
                redirect_uri=self.registration.redirect_uri,
                scope=self.endpoints.scope or None,
                state=state,
                code_challenge=challenge,
                code_challenge_method="S256" if challenge else None,
            )
        )
        # Put in afterwards: oauthlib insists on https, which a sandbox on this computer does not speak.
        return made.replace(known, vendor_override(self.manifest.name, "authorize") or known, 1)

    def exchange(self, code: str, verifier: str, now: datetime) -> dict[str, Any]:
        """Credentials for a code. Raises `Disconnected` where it is refused, `Retry` where nobody answers."""
        body = self._client.prepare_request_body(
            code, redirect_uri=self.registration.redirect_uri, include_client_id=False, code_verifier=verifier or None
        )
        return self._token(body, now)

    def refresh(self, refresh_token: str, now: datetime) -> dict[str, Any]:
        """New credentials; the old refresh token may be dead from here on."""
        fresh = self._token(self._client.prepare_refresh_body(refresh_token=refresh_token), now)
        return {**fresh, "refresh_token": fresh["refresh_token"] or refresh_token}

    def revoke(self, token: str) -> None:
        """Make a token void at the vendor (RFC 7009). Raises `Retry` where that did not work."""
        who = (self.registration.client_id, self.registration.client_secret)
        try:
            response = self.client.post(self.endpoints.revoke_url, data={"token": token}, auth=who)
        except httpx.TransportError:
            raise Retry(f"{self.manifest.title} can't be reached.", code="unreachable") from None
        if response.status_code != httpx.codes.OK:
            raise Retry(f"{self.manifest.title} did not revoke the token.", code=f"http_{response.status_code}")

    def _token(self, body: str, now: datetime) -> dict[str, Any]:
        title = self.manifest.title
        try:
            response = self._post(body)
            if response.status_code >= 500:
                raise Retry(f"{title} has a problem of its own.", doubt=True, code=f"http_{response.status_code}")
            token = self._client.parse_request_body_response(response.text)
        except OAuth2Error as error:
            if error.error not in REFUSALS:
                raise Retry(f"{title} sent an answer that is no token.", doubt=True, code="garbled") from None
            raise Disconnected(f"{title} refused the authorization.", system=self.manifest.name, final=True) from None
        except (httpx.TransportError, ValueError, TypeError, AttributeError):  # oauthlib expects a JSON object
            raise Retry(f"{title} can't be reached.", doubt=True, code="unreachable") from None
        lifetime = token.get("expires_in")
        return {
            "kind": "oauth",
            "access_token": token["access_token"],
            "refresh_token": token.get("refresh_token") or "",
            "expires_at": (now + timedelta(seconds=int(lifetime))).isoformat() if lifetime else "",
        }

    def _post(self, body: str) -> httpx.Response:
        url = vendor_override(self.manifest.name, "token") or self.endpoints.token_url
        form, known = dict(urldecode(body)), self.registration
        if self.endpoints.client_auth == "body":
            told = {"client_id": known.client_id, "client_secret": known.client_secret}
            return self.client.post(url, data={**form, **told}, follow_redirects=False)
        return self.client.post(url, data=form, auth=(known.client_id, known.client_secret), follow_redirects=False)

    @property
    def _client(self) -> WebApplicationClient:
        return WebApplicationClient(self.registration.client_id)
