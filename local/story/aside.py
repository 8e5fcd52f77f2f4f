"""Chapters that are played beside the main story, each on a thread, and told when their turn comes."""

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from local.stack import Stack
from local.story.play import Unreadable
from local.story.scene import Scene
from local.story.telling import Teller

SideChapter = tuple[str, Callable[[Scene], None]]
AT_ONCE = 4
"""All of them: most of the time each waits for a worker or for a command."""


@dataclass
class Aside:
    """One such chapter, and all that it told."""

    title: str
    play: Callable[[Scene], None]
    scene: Scene
    text: io.StringIO
    seconds: float = 0.0

    def run(self) -> None:
        """Play it."""
        began = time.monotonic()
        try:
            with self.scene.closing:
                self.play(self.scene)
        finally:
            self.seconds = time.monotonic() - began


@contextmanager
def asides(
    stack: Stack, unreadable: Unreadable, chapters: tuple[SideChapter, ...]
) -> Iterator[Callable[[Teller], None]]:
    """Begin to play these; what is yielded tells them one after the other. Whoever leaves early waits for none."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        begun = [(one, pool.submit(one.run)) for one in (_aside(stack, unreadable, *chapter) for chapter in chapters)]
        yield lambda teller: _tell(teller, begun)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _aside(stack: Stack, unreadable: Unreadable, title: str, play: Callable[[Scene], None]) -> Aside:
    text = io.StringIO()
    return Aside(title, play, Scene(Teller(text), stack, unreadable, ExitStack()), text)


def _tell(teller: Teller, begun: list[tuple[Aside, "Future[None]"]]) -> None:
    for one, future in begun:
        error = future.exception()
        teller.retell(one.title, one.text.getvalue(), one.seconds, one.scene.teller.checked)
        if error:
            raise error
