"""Reading a call: what the connector declares of parameters and fields, and what else came along."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from local.sandbox.gratavid.account import Account
from local.sandbox.gratavid.errors import invalid, required
from local.sandbox.gratavid.options import Options

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Call:
    """One call of an account: `base` is the server's address, `raw` the body as it came."""

    account: Account
    query: dict[str, str]
    content_type: str
    raw: bytes
    base: str

    @property
    def options(self) -> Options:
        """The account's options."""
        return self.account.options

    def fields(self, declared: Collection[str], needed: Collection[str]) -> dict[str, str]:
        """The body's fields, all of them texts; ApiError where the body is not what is declared."""
        body = self._json()
        unknown = sorted(set(body) - set(declared))
        if unknown and self.options.unknown_fields == "refuse":
            raise invalid(f"{unknown[0]} is not allowed")
        texts = {name: self._text(name, body[name]) for name in declared if name in body}
        found = {name: text for name, text in texts.items() if text is not None}
        for name in needed:
            if not found.get(name, "").strip():
                raise required(name)
        return found

    def _json(self) -> dict[str, Any]:
        if "json" not in self.content_type and self.options.other_than_json == "refuse" and self.raw:
            raise invalid("The body must be JSON")
        try:
            body = json.loads(self.raw or b"{}")
        except ValueError as error:
            raise invalid("The body is not valid JSON") from error
        if not isinstance(body, dict):
            raise invalid("The body must be an object")
        return body

    def _text(self, name: str, value: Any) -> str | None:
        if isinstance(value, str):
            return value
        if self.options.other_than_text == "refuse":
            raise invalid(f"{name} must be a string")
        if value is None:
            return None
        return str(value).lower() if isinstance(value, bool) else str(value)


def check_query(call: Call, declared: Collection[str]) -> None:
    """Refuse what the options refuse of the query: an unknown `source`, a parameter nobody declared."""
    source, options = call.query.get("source"), call.options
    if not source:
        raise required("source")
    if options.unknown_source == "refuse" and source not in options.sources:
        raise invalid(f"Unknown source {source}")
    unknown = sorted(set(call.query) - {"apiKey", "source", "event", *declared})
    if unknown and options.unknown_query == "refuse":
        raise invalid(f"Unknown parameter {unknown[0]}")


def check_email(call: Call, email: str) -> None:
    """Refuse an address that is none, where the options do."""
    if call.options.invalid_email == "refuse" and not _EMAIL.fullmatch(email):
        raise invalid("email is not valid")
