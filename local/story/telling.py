"""What a reader of the story sees: chapters, claims that were checked, progress. Bold on a terminal, else plain."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

QUARTERS = 4
WIDTH = 28


class Wrong(Exception):
    """A claim of the story does not hold."""


@dataclass
class Teller:
    """Writes to standard output, or elsewhere, and counts what was checked."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    began: float = field(default_factory=time.monotonic)
    checked: int = 0
    chapters: list[tuple[str, float]] = field(default_factory=list)

    @property
    def tty(self) -> bool:
        """Whether a person watches."""
        return self.out.isatty()

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """One part of the story, timed."""
        began = time.monotonic()
        self._print(f"\n{self._bold(f'{len(self.chapters) + 1}. {title}')}")
        self.chapters.append((title, 0.0))
        try:
            yield
        finally:
            self.chapters[-1] = (title, time.monotonic() - began)

    def retell(self, title: str, text: str, seconds: float, checked: int) -> None:
        """A chapter that was told elsewhere, as a whole."""
        self._print(f"\n{self._bold(f'{len(self.chapters) + 1}. {title}')}\n{text}", end="")
        self.chapters.append((f"{title} (meanwhile)", seconds))
        self.checked += checked

    def say(self, text: str) -> None:
        """A line of the story."""
        self._print(f"   {text}")

    def check(self, claim: str, seen: object, wanted: object = True) -> None:
        """State a claim that holds. Raises `Wrong` where it does not."""
        if seen != wanted:
            raise Wrong(f"{claim}: expected {wanted!r}, found {seen!r}")
        self.checked += 1
        self._print(f"   ok  {claim}")

    def progress(self, what: str, done: int, found: int) -> None:
        """How far something is: one moving line on a terminal, a line each quarter elsewhere."""
        if not found:
            return
        share = min(1.0, done / found)
        bar = ("#" * round(share * WIDTH)).ljust(WIDTH, ".")
        if self.tty:
            self._print(f"\r   {what} [{bar}] {done} of {found} ", end="")
        elif self._quarter != (what, int(share * QUARTERS)):
            self._quarter = (what, int(share * QUARTERS))
            self._print(f"   {what} [{bar}] {done} of {found}")

    def progress_over(self) -> None:
        """The moving line is left standing."""
        if self.tty:
            self._print("")

    def wait_until(self, moment: float, why: str) -> None:
        """Wait for a moment of the monotonic clock, saying how long it still is."""
        left = moment - time.monotonic()
        if left <= 0:
            return
        self.say(f"{why} ({left:.0f} s)")
        while (left := moment - time.monotonic()) > 0:
            if self.tty:
                self._print(f"\r   {left:4.0f} s ", end="")
            time.sleep(min(1.0, left))
        if self.tty:
            self._print("\r          \r", end="")

    def end(self) -> None:
        """What it all took."""
        self._print(f"\n{self._bold('Took')}")
        for title, seconds in self.chapters:
            self._print(f"   {seconds:6.1f} s  {title}")
        self._print(f"   {time.monotonic() - self.began:6.1f} s  altogether; {self.checked} claims checked, all true")

    def _print(self, text: str, end: str = "\n") -> None:
        print(text, end=end, file=self.out, flush=True)

    def _bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self.tty and "NO_COLOR" not in os.environ else text

    _quarter: tuple[str, int] = ("", -1)
