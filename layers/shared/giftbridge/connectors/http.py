"""The one HTTP client of all connectors: a table from status to meaning, a gate for the rate budget, no retries.

Nothing here is repeated by itself: the work that failed is due again later, and asks before it writes again.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn, Protocol

import httpx

from giftbridge.errors import Conflict, Defer, Disconnected, GiftbridgeError, NotFound, Reject, Retry

READS: Final = frozenset({"GET", "HEAD"})
DEFAULT_MEANING: Final[Mapping[int, type[GiftbridgeError]]] = {
    400: Reject, 401: Disconnected, 403: Reject, 404: NotFound, 409: Conflict, 412: Conflict, 422: Reject, 429: Defer,
}  # fmt: skip
PASSING: Final = frozenset({408, 425})
"""Refusals that are none: the vendor had no time."""
HALF_CHARACTER: Final = re.compile(rb"\\u[dD][89a-fA-F]")
MINUTE: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(days=1)
LONGEST_NUMBER: Final = 10
"""Digits of a count or of Unix seconds."""

# They would log URLs and headers, and a vendor's search may have a donor in its URL.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


class Gate(Protocol):
    """The rate budget as a connector sees it."""

    def take(self) -> None:
        """Account for one call. Raises `Defer` where none may be made now."""

    def block(self, until: datetime) -> None:
        """The vendor said: no call before `until`."""

    def observe(self, limit: int, remaining: int, reset: datetime) -> None:
        """The vendor counts: of `limit` calls `remaining` are left until `reset`, for all who call it together."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A vendor's answer: parsed JSON and headers."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Api:
    """One vendor's API with one connection's credentials. Redirects are never followed."""

    system: str
    title: str
    base_url: str
    client: httpx.Client
    gate: Gate
    now: Callable[[], datetime]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    meaning: Mapping[int, type[GiftbridgeError]] = field(default_factory=dict)
    explain: Callable[[int, Any], tuple[str, str] | None] = lambda _status, _body: None
    """Vendor's error body -> (code, text) fit for a person, or None."""
    budget_headers: tuple[str, str, str] | None = None
    """Headers with the limit of calls, those that are left, and when that begins anew (Unix seconds)."""

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, needs: str = "") -> Any:
        """The parsed answer of a read."""
        return self.call("GET", path, params=params, needs=needs).body

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        needs: str = "",
        reads: bool = False,
    ) -> Answer:
        """Make one call. Raises as the table says; `Retry.doubt` where a write may have happened.

        An answer without the key `needs` counts as one that breaks off. `reads`: this call changes nothing, though its
        method says that it may, such as a search that is a POST.
        """
        self.gate.take()
        writes = method not in READS and not reads
        try:
            response = self.client.request(
                method, self.base_url + path, params=params, json=json, headers={**self.headers, **(headers or {})}
            )
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Retry(f"{self.title} can't be reached.", code="unreachable") from None
        except httpx.TransportError:
            raise Retry(f"{self.title} did not answer in time.", doubt=writes, code="no_answer") from None
        return self._understand(response, writes, needs)

    def _understand(self, response: httpx.Response, writes: bool, needs: str) -> Answer:
        self._observe(response.headers)
        status = response.status_code
        body = _json(response)
        if 200 <= status < 300:
            if body is _GARBLED or (needs and not (isinstance(body, Mapping) and needs in body)):
                raise Retry(f"{self.title} sent an answer that breaks off.", doubt=writes, code="garbled")
            return Answer(status, body, response.headers)
        if status >= 500 or status in (408, 425) or 300 <= status < 400 or status in PASSING:
            raise Retry(f"{self.title} has a problem of its own (HTTP {status}).", doubt=writes, code=f"http_{status}")
        self._refuse(response, status, None if body is _GARBLED else body)

    def _observe(self, headers: Mapping[str, str]) -> None:
        """Tell the gate what the vendor counts; what makes no sense is passed over."""
        told = [headers.get(name, "") for name in self.budget_headers or ()]
        if told and all(one.isascii() and one.isdecimal() and len(one) <= LONGEST_NUMBER for one in told):
            limit, remaining, reset = map(int, told)
            self.gate.observe(limit, remaining, datetime.fromtimestamp(reset, UTC))

    def _refuse(self, response: httpx.Response, status: int, body: Any) -> NoReturn:
        kind = self.meaning.get(status, DEFAULT_MEANING.get(status, Reject))
        code, text = self.explain(status, body) or (f"http_{status}", f"{self.title} refused this (HTTP {status}).")
        if kind is Defer:
            until = self._retry_at(response)
            self.gate.block(until)
            raise Defer(f"{self.title} asks to wait.", until=until, code="rate_limited")
        if kind is Disconnected:
            raise Disconnected(f"{self.title} no longer accepts the credentials.", system=self.system)
        raise kind(text, code=code)

    def _retry_at(self, response: httpx.Response) -> datetime:
        """When the vendor wants to be called again (`Retry-After`: seconds or a date), else in a minute."""
        now = self.now()
        named = response.headers.get("retry-after", "")
        try:
            wait = timedelta(seconds=int(named)) if named.isdecimal() else parsedate_to_datetime(named) - now
        except (ValueError, TypeError, OverflowError):
            wait = LONGEST_WAIT if named.isdecimal() else MINUTE
        return now + min(max(wait, timedelta()), LONGEST_WAIT)


_GARBLED: Final = object()


def _json(response: httpx.Response) -> Any:
    if not response.content:
        return None
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return _GARBLED
    return _whole(body) if HALF_CHARACTER.search(response.content) else body


def _whole(body: Any) -> Any:
    """Without halves of characters, which nobody could write again: some vendors cut texts in the middle of one."""
    return json.loads(json.dumps(body, ensure_ascii=False).encode(errors="replace"))


def new_client(timeout_seconds: float, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """The client that all connectors of a process share; TLS is set up once. Tests pass a transport of their own."""
    return httpx.Client(
        timeout=timeout_seconds, follow_redirects=False, headers={"user-agent": "Giftbridge"}, transport=transport
    )
