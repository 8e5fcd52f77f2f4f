"""Credentials as people give them, and as they are kept: by kind."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from giftbridge.connectors import registry
from giftbridge.errors import Invalid
from giftbridge.jobs.context import App
from giftbridge.jobs.signing_in import sign_in

PLATFORM_KINDS: Final = ("token", "api_key")
"""What a platform may be connected by; either is given as its token."""


def of_platform(platform: str, given: str) -> Mapping[str, str]:
    """What a platform is called with, under the name that its connector has for it. Raises `Invalid`."""
    _assert_takes(platform, PLATFORM_KINDS, "platform_credentials")
    kind = next(one for one in PLATFORM_KINDS if one in registry.manifest(platform).credentials)
    return {"kind": kind, kind: given}


def by_key(crm: str, key: str) -> Mapping[str, str]:
    """A CRM's key. Raises `Invalid` where it has none."""
    _assert_takes(crm, ("api_key",), "credentials")
    return {"kind": "api_key", "api_key": key}


def by_sign_in(app: App, crm: str, username: str, password: str, code: str) -> Mapping[str, Any]:
    """The tokens for a CRM user's name and password, which are forgotten. Raises `Invalid`, `Conflict`."""
    _assert_takes(crm, ("password",), "credentials")
    return sign_in(app, crm, username, password, code)


def _assert_takes(system: str, kinds: Sequence[str], path: str) -> None:
    manifest = registry.manifest(system)
    if not set(kinds) & set(manifest.credentials):
        ways = " or ".join(manifest.credentials)
        raise Invalid("This can't be connected so.", [(path, f"{manifest.title} is connected by {ways}.")])
