"""Faults a test asks for: which request is hit, how often, and what goes wrong with it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

WIRE_MODES = frozenset({"status", "reset_before", "reset_after", "slow", "truncated", "html", "invalid_json"})
"""Modes the fault middleware plays on the wire; a vendor may add modes of its own (`page_drop`, ...)."""

_SEGMENT = re.compile(r"\\\{\w+\\\}|\\\*")


class Fault(BaseModel):
    """One rule. `path` is a pattern: `{id}` stands for one segment, `*` for anything; None is every path.

    `count` is how many requests are hit (None: all of them), after the first `after` matching ones.
    `effect`: does the request still do its work, and when: `now`, `late` (after `seconds`) or `none`;
    None takes the mode's own: none for `status`, `html` and `reset_before`, now for the others.
    """

    model_config = ConfigDict(extra="forbid")

    mode: str
    method: str | None = None
    path: str | None = None
    count: int | None = 1
    after: int = 0
    status: int = 500
    headers: dict[str, str] = Field(default_factory=dict)
    retry_after: str | int | None = None
    body: Any = None
    seconds: float = 0.0
    effect: Literal["now", "late", "none"] | None = None
    id: int = 0
    seen: int = 0
    hits: int = 0

    _pattern: re.Pattern[str] | None = PrivateAttr(default=None)

    def model_post_init(self, _context: object) -> None:
        """Compile the path pattern once."""
        if self.path is not None:
            self._pattern = compile_path(self.path)

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule speaks about this request."""
        if self.method is not None and self.method.upper() != method.upper():
            return False
        return self._pattern is None or self._pattern.fullmatch(path.rstrip("/") or "/") is not None

    @property
    def takes_effect(self) -> bool:
        """Whether the request still does its work."""
        if self.effect is None:
            return self.mode not in {"status", "html", "reset_before"}
        return self.effect != "none"

    def strike(self) -> bool:
        """Count a matching request and say whether this one is hit."""
        self.seen += 1
        if self.seen <= self.after or (self.count is not None and self.hits >= self.count):
            return False
        self.hits += 1
        return True


class FaultPlan:
    """The rules of one tenant, tried in the order they were added."""

    def __init__(self, rules: Iterable[Fault] = ()) -> None:
        self.rules = list(rules)
        self._ids = itertools.count(1 + max((rule.id for rule in self.rules), default=0))

    def add(self, rule: Fault) -> Fault:
        """Add a rule and give it its id."""
        rule.id = next(self._ids)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forget every rule."""
        self.rules.clear()

    def strike(self, method: str, path: str, modes: Collection[str] = WIRE_MODES) -> Fault | None:
        """The first rule of these modes that hits this request; rules are counted up to the one that hits."""
        for rule in self.rules:
            if rule.mode in modes and rule.matches(method, path) and rule.strike():
                return rule
        return None

    def dump(self) -> list[dict[str, Any]]:
        """The rules as JSON values."""
        return [rule.model_dump() for rule in self.rules]


def compile_path(pattern: str) -> re.Pattern[str]:
    """A matcher for a path pattern, blind to case and to a trailing slash."""
    escaped = re.escape(pattern.rstrip("/") or "/")
    return re.compile(_SEGMENT.sub(_wildcard, escaped), re.IGNORECASE)


def _wildcard(found: re.Match[str]) -> str:
    return ".*" if found.group() == r"\*" else "[^/]+"
