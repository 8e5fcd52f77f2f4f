"""Checking a request's body as the vendor does: all mistakes at once, undeclared fields silently ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from local.sandbox.wegive.errors import invalid, spoken

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class Checks:
    """The mistakes found so far in one body."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body
        self._errors: dict[str, list[str]] = {}

    def required(self, *names: str) -> Checks:
        """These have to be there; an empty text is not."""
        for name in names:
            if self._body.get(name) in (None, ""):
                self._mistake(name, f"The {spoken(name)} field is required.")
        return self

    def choice(self, name: str, words: Iterable[str]) -> Checks:
        """One of some words."""
        if self._has(name) and self._body[name] not in tuple(words):
            self._mistake(name, f"The selected {spoken(name)} is invalid.")
        return self

    def texts(self, *names: str) -> Checks:
        """Texts, or null."""
        return self._kinds(names, str, "a string")

    def arrays(self, *names: str) -> Checks:
        """Arrays (a list or an object), or null."""
        return self._kinds(names, (list, dict), "an array")

    def flags(self, *names: str) -> Checks:
        """True or false, or the numbers or texts for them."""
        for name in names:
            if self._has(name) and self._body[name] not in (True, False, "0", "1"):
                self._mistake(name, f"The {spoken(name)} field must be true or false.")
        return self

    def email(self, name: str) -> Checks:
        """An e-mail address."""
        value = self._body.get(name)
        if self._has(name) and not (isinstance(value, str) and _EMAIL.fullmatch(value)):
            self._mistake(name, f"The {spoken(name)} field must be a valid email address.")
        return self

    def done(self) -> None:
        """Refuse the body when there was a mistake."""
        if self._errors:
            raise invalid(self._errors)

    def _kinds(self, names: Iterable[str], kind: Any, spelled: str) -> Checks:
        for name in names:
            if self._has(name) and not isinstance(self._body[name], kind):
                self._mistake(name, f"The {spoken(name)} field must be {spelled}.")
        return self

    def _has(self, name: str) -> bool:
        return self._body.get(name) not in (None, "")

    def _mistake(self, name: str, text: str) -> None:
        self._errors.setdefault(name, []).append(text)
