"""The fuzzy search index: it follows changes only after the database's delay."""

from __future__ import annotations

import re
from collections.abc import Callable

_WORD = re.compile(r"[\s+,;]+")


class SearchIndex:
    """Folded text per account; `read` gives an account's text now, or None when it is gone."""

    def __init__(self, read: Callable[[int], str | None]) -> None:
        self._read = read
        self._texts: dict[int, str] = {}
        self._changed: dict[int, float] = {}

    def changed(self, account: int, at: float) -> None:
        """An account's text may have changed at a moment; the first unread change counts."""
        self._changed.setdefault(account, at)

    def find(self, words: str, now: float, delay: float) -> list[int]:
        """Accounts whose text holds any of the words, best match first."""
        self._follow(now - delay)
        scores: dict[int, int] = {}
        for word, weight in _tokens(words):
            for account in [account for account, text in self._texts.items() if word in text]:
                scores[account] = scores.get(account, 0) + weight
        return sorted(scores, key=lambda account: (-scores[account], account))

    def _follow(self, until: float) -> None:
        for account in [account for account, at in self._changed.items() if at <= until]:
            del self._changed[account]
            text = self._read(account)
            if text is None:
                self._texts.pop(account, None)
            else:
                self._texts[account] = text


def _tokens(words: str) -> list[tuple[str, int]]:
    """The words with their weight; an e-mail address is also looked for by its local part alone."""
    plain = [word for word in _WORD.split(words.casefold()) if word]
    parts = [word.split("@")[0] for word in plain if "@" in word[1:]]
    return [(word, 2) for word in plain] + [(part, 1) for part in parts]
