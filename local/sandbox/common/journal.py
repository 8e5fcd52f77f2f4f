"""What a sandbox was asked: every request, kept so a test can count and check it."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from local.sandbox.common.clock import utc_text
from local.sandbox.common.faults import compile_path

KEPT_ENTRIES = 200_000
_SECRET_HEADERS = frozenset({"authorization", "x-api-key", "cookie"})
_ASKING = (
    "/contacts/search", "/contacts/query", "/transactions/query", "/Contact/Query", "/Contact/Query/FullContact",
    "/Contact/Search", "/Gift/Query/FullGift", "/Project/Query", "/Segment/Search",
)  # fmt: skip
_WORD_WITH_DIGIT = re.compile(r"v\d+|oauth2")
_SECRET_FIELDS = frozenset({"code", "otp", "refresh_token", "client_secret", "code_verifier", "password"})
_SECRET_PARAMETERS = frozenset({"apiKey"})


@dataclass(slots=True)
class Entry:
    """One request and how it ended. `status` 0: the connection was dropped; `fault`: the rule that hit it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int = 0
    at: str = ""
    seconds: float = 0.0
    fault: str | None = None
    repeated_query: list[str] = field(default_factory=list)


class Journal:
    """The requests of one tenant, oldest first; the oldest fall out after `KEPT_ENTRIES`."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)

    def add(self, entry: Entry) -> None:
        """Keep one request."""
        self.entries.append(entry)

    def clear(self) -> None:
        """Forget everything."""
        self.entries.clear()

    def select(self, method: str | None = None, path: str | None = None) -> list[Entry]:
        """The requests of this method and path pattern (see `Fault.path`)."""
        pattern = compile_path(path) if path else None
        return [entry for entry in self.entries if _fits(entry, method, pattern)]

    def counts(self) -> dict[str, int]:
        """How many requests per `METHOD /path` with numbers in the path read as `{id}`."""
        found: dict[str, int] = {}
        for entry in self.entries:
            key = f"{entry.method} {general_path(entry.path)}"
            found[key] = found.get(key, 0) + 1
        return found

    def dump(self, method: str | None = None, path: str | None = None) -> list[dict[str, Any]]:
        """The requests as JSON values."""
        return [asdict(entry) for entry in self.select(method, path)]


def general_path(path: str) -> str:
    """The path with every segment that carries a digit read as `{id}` (`v2` and `oauth2` stay)."""
    first, *rest = path.strip("/").split("/")
    return "/" + "/".join([first, *("{id}" if _is_id(part) else part for part in rest)])


def _is_id(segment: str) -> bool:
    return any(map(str.isdigit, segment)) and _WORD_WITH_DIGIT.fullmatch(segment) is None


def is_read(call: str) -> bool:
    """Whether a `METHOD /path` changes nothing: any GET, and a POST that only asks (`_ASKING`)."""
    return call.startswith("GET ") or (call.startswith("POST ") and call.endswith(_ASKING))


def new_entry(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, now: float) -> Entry:
    """An entry for a request that came in just now; credentials are left out of it."""
    pairs = parse_qsl(query, keep_blank_values=True)
    names = [name for name, _ in pairs]
    return Entry(
        method=method,
        path=path,
        query={name: "***" if name in _SECRET_PARAMETERS else value for name, value in pairs},
        headers={name: value for name, value in headers.items() if name not in _SECRET_HEADERS},
        body=_readable(body, headers.get("content-type", "")),
        at=utc_text(now),
        repeated_query=sorted({name for name in names if names.count(name) > 1}),
    )


def _readable(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    if "json" in content_type:
        try:
            return _masked(json.loads(body))
        except ValueError:
            pass
    text = body.decode("utf-8", "replace")
    return _masked(dict(parse_qsl(text))) if "form" in content_type else text


def _masked(body: Any) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: "***" if name in _SECRET_FIELDS else value for name, value in body.items()}


def _fits(entry: Entry, method: str | None, pattern: Any) -> bool:
    if method is not None and entry.method != method.upper():
        return False
    return pattern is None or pattern.fullmatch(entry.path.rstrip("/") or "/") is not None
