"""What a connector states about its vendor, as data: read without importing any connector's code."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

Role = Literal["platform", "crm"]
Recall = Literal["key", "ask", "none"]
TABLE: Final = re.compile(r"\[([\w.]+)\](?:\s*# (.+))?")
SETTING: Final = re.compile(r'(\w+) = (?:"[^"]*"|[^"#]*?)\s*# (.+)')


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls, sizes and delays; a cautious default where a vendor publishes none, to be overridden by settings."""

    calls_per_hour: int
    burst: int
    page_size: int
    read_batch: int
    write_batch: int
    calls_per_contact_update: int
    timeout_seconds: int
    clock_skew_seconds: int = 3600
    max_designations: int = 1
    confirm_seconds: int = 60
    """How long to wait between two questions what became of what was submitted."""


@dataclass(frozen=True, slots=True)
class OAuth:
    """Endpoints of the authorization code flow."""

    authorize_url: str
    token_url: str
    revoke_url: str = ""
    scope: str = ""
    pkce: bool = False
    client_auth: Literal["basic", "body"] = "basic"
    """Where the vendor wants the client's id and secret (RFC 6749, 2.3.1)."""
    idle_days: int = 365


@dataclass(frozen=True, slots=True)
class Password:
    """Where a user's name and password are exchanged for tokens, and how long those live unused."""

    token_url: str
    idle_days: int = 365


@dataclass(frozen=True, slots=True)
class WebhookScheme:
    """How a webhook is known to be the vendor's: it is signed, the vendor is asked, or nobody else knows the URL.

    `content` is a format string over id and timestamp, put in front of the body to be signed. Without a header for the
    time, `tolerance_seconds` holds for the time in the body, and must outlast the vendor's own retries. `events` have
    an address each; the same of one `event` within `repeat_seconds` is a repeat.
    """

    kind: Literal["signature", "asked", "url"] = "signature"
    signature_header: str = ""
    content: str = ""
    encoding: Literal["base64", "hex"] = "base64"
    prefix: str = ""
    id_header: str = ""
    timestamp_header: str = ""
    tolerance_seconds: int = 300
    max_bytes: int = 262_144
    events: tuple[str, ...] = ()
    repeat_seconds: int = 600


@dataclass(frozen=True, slots=True)
class Manifest:
    """A connector's own statement; see its `manifest.toml`."""

    name: str
    title: str
    role: Role
    base_url: str
    docs_url: str
    capabilities: frozenset[str]
    credentials: tuple[str, ...]
    limits: Limits
    recall: dict[str, Recall]
    settings: dict[str, Any] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    """Setting -> a pattern that its value, or every value of a table, must match."""
    words: Sequence[str] = ()
    """Settings that are tables with names of the customer's choice."""
    oauth: OAuth | None = None
    webhook: WebhookScheme | None = None
    password: Password | None = None


@cache
def load_manifest(name: str) -> Manifest:
    """The manifest of connector `name`. Raises `KeyError` for a folder without one."""
    source = files("giftbridge.connectors").joinpath(name, "manifest.toml")
    if not source.is_file():
        raise KeyError(name)
    raw = tomllib.loads(source.read_text(encoding="utf-8"))
    return Manifest(
        **{**raw, "capabilities": frozenset(raw["capabilities"]), "credentials": tuple(raw["credentials"])}
        | {
            "limits": Limits(**raw["limits"]),
            "oauth": OAuth(**raw["oauth"]) if "oauth" in raw else None,
            "webhook": _webhook(raw["webhook"]) if "webhook" in raw else None,
            "password": Password(**raw["password"]) if "password" in raw else None,
        }
    )


@cache
def comments(name: str) -> Mapping[str, str]:
    """What a manifest says beside its settings, for people: `settings.<setting>`, `settings.<table>` -> comment."""
    found: dict[str, str] = {}
    table, above = "", ""
    for line in files("giftbridge.connectors").joinpath(name, "manifest.toml").read_text(encoding="utf-8").splitlines():
        if heading := TABLE.fullmatch(line):
            table = heading[1]
            found[table] = heading[2] or above
        elif setting := SETTING.fullmatch(line):
            found[f"{table}.{setting[1]}"] = setting[2]
        above = f"{above} {line[2:]}".strip() if line.startswith("# ") else ""
    return {path: text.replace("`", "") for path, text in found.items() if text}


def _webhook(raw: dict[str, Any]) -> WebhookScheme:
    return WebhookScheme(**{**raw, "events": tuple(raw.get("events", ()))})


@cache
def names() -> tuple[str, ...]:
    """Every connector there is, found by its manifest."""
    folders = files("giftbridge.connectors").iterdir()
    return tuple(sorted(entry.name for entry in folders if entry.joinpath("manifest.toml").is_file()))
