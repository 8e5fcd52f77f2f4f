"""A request as the HTTP API hands it on (payload 2.0)."""

from typing import Any


def method(event: dict[str, Any]) -> str:
    """Such as `GET`; empty where the event is none of HTTP."""
    return str(event.get("requestContext", {}).get("http", {}).get("method", ""))


def headers(event: dict[str, Any]) -> dict[str, str]:
    """By their names in lower case."""
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}
