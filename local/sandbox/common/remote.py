"""Control of a sandbox's tenant from a test, over HTTP (the same for a thread and for a process)."""

from __future__ import annotations

import itertools
import ssl
from datetime import datetime
from typing import Any

import httpx

# The sandboxes speak plain HTTP: one bare context for all clients saves each of them 40 ms of reading certificates.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def plain_client(url: str, timeout: float = 30.0, **options: Any) -> httpx.Client:
    """A client for a sandbox at `url` (plain HTTP only); other options are those of `httpx.Client`."""
    return httpx.Client(base_url=url, timeout=timeout, verify=NO_TLS, **options)


class TenantControl:
    """The shared control calls of one tenant; `prefix` is its control path (`/_sandbox/...`)."""

    def __init__(self, url: str, prefix: str, timeout: float = 30.0) -> None:
        self._prefix = prefix
        self._http = plain_client(url, timeout)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """One control call below the tenant's prefix; raises httpx.HTTPStatusError when refused."""
        answer = self._http.request(method, f"{self._prefix}{path}", **options)
        answer.raise_for_status()
        return answer.json()

    def journal(self, method: str | None = None, path: str | None = None) -> list[dict[str, Any]]:
        """The requests received, oldest first."""
        wanted = {"method": method, "path": path}
        found: list[dict[str, Any]] = self.call(
            "GET", "/journal", params={name: value for name, value in wanted.items() if value}
        )
        return found

    def count(self, method: str | None = None, path: str | None = None) -> int:
        """How many requests of this method and path pattern were received."""
        return len(self.journal(method, path))

    def calls(self) -> dict[str, int]:
        """Requests per `METHOD /path/{id}`."""
        found: dict[str, int] = self.call("GET", "/calls")
        return found

    def reset_journal(self) -> None:
        """Forget the requests received so far."""
        self.call("DELETE", "/journal")

    def fault(self, mode: str, **rule: Any) -> int:
        """Add a fault rule (fields of `faults.Fault`); returns its id."""
        return int(self.call("POST", "/faults", json={"mode": mode, **rule})["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The fault rules with how often each was seen and hit."""
        found: list[dict[str, Any]] = self.call("GET", "/faults")
        return found

    def clear_faults(self) -> None:
        """Remove every fault rule."""
        self.call("DELETE", "/faults")

    def set_time(self, moment: datetime | str) -> None:
        """Make a moment (ISO text or datetime) the tenant's present."""
        self.call("POST", "/time", json={"set": moment if isinstance(moment, str) else moment.isoformat()})

    def advance(self, seconds: float) -> None:
        """Move the tenant's present."""
        self.call("POST", "/time", json={"advance": seconds})

    def freeze(self, *, frozen: bool = True) -> None:
        """Stop the tenant's clock, or let it run again."""
        self.call("POST", "/time", json={"freeze": frozen})

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class ServerControl:
    """The control of a running sandbox server at `url`, in this process or another."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.server = TenantControl(url, "/_sandbox")
        """Journal, faults and time of requests that name no tenant (consent pages, tokens)."""
        self._numbers = itertools.count(1)
        self._open: list[TenantControl] = [self.server]

    def close(self) -> None:
        """Close all connections to the server."""
        for control in self._open:
            control.close()
