"""Cookies of a browser, as the HTTP API passes them on."""

from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie


def held(cookies: Sequence[str], name: str) -> str:
    """What the cookie of this name holds; browsers send others too, some of them malformed."""
    for cookie in cookies:
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(cookie)
        except CookieError:
            continue
        if name in jar:
            return jar[name].value
    return ""
