"""`make demo`: the whole story once, on a stack of its own, with every claim checked."""

import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack

import httpx

from local.build import BuildError
from local.paths import ROOT
from local.processes import StartError
from local.stack import DeployError, Stack
from local.story import (
    books,
    contacts,
    crash,
    gifts,
    gratavid_bloomerang,
    handbid_kindful,
    raisedonors_virtuous,
    wegive_bloomerang,
)
from local.story.aside import SideChapter, asides
from local.story.cast import charity
from local.story.office import Office
from local.story.play import Play
from local.story.stage import FOLDER, Busy, ops, stage
from local.story.telling import Teller, Wrong

TIMEOUT_SECONDS = 60
INTRODUCTION = """\
Giftbridge keeps fundraising platforms and donor CRMs in agreement. This is its story, from an empty machine: at length
with Handbid and Bloomerang, and in short with four other pairs, which play meanwhile and are told after it. Each line
that begins with "ok" is a claim that was checked just then, in the sandboxes of the vendors or in the sync log."""
EXPECTED = (Wrong, Busy, BuildError, DeployError, StartError)

Chapter = tuple[str, Callable[[Play], None]]
BEFORE: tuple[Chapter, ...] = (("Connecting, by API key", contacts.connect),)
MEANWHILE: tuple[Chapter, ...] = (
    ("A preview, and the first sync", contacts.first_sync),
    ("What failed, and what only a person can answer", contacts.questions),
    ("Edits on both sides, and a quiet run", contacts.edits),
    ("The auction is reconciled", gifts.reconciled),
    ("A refund", gifts.refund),
)
ASIDE: tuple[SideChapter, ...] = (
    ("Handbid with Kindful", handbid_kindful.play),
    ("WeGive with Bloomerang", wegive_bloomerang.play),
    ("RaiseDonors with Virtuous", raisedonors_virtuous.play),
    ("Gratavid with Bloomerang", gratavid_bloomerang.play),
)
"""Pairs that play beside all this, and are told after it."""
AFTER: tuple[Chapter, ...] = (
    ("The daily export", books.export),
    ("What can be read of what is stored", books.security),
)


def main() -> int:
    """Play it. 0: everything was as it must be."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    teller = Teller()
    try:
        with ExitStack() as closing:
            _play(teller, closing)
    except EXPECTED as error:
        print(f"   WRONG  {error}\n   Logs are in {FOLDER.relative_to(ROOT)}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nStopped, and so is all that was started.")
        return 130
    teller.end()
    print(f"   All that was started is stopped. Logs: {FOLDER.relative_to(ROOT)}")
    return 0


def _play(teller: Teller, closing: ExitStack) -> None:
    print(INTRODUCTION)
    with teller.chapter("The stage: an AWS emulator, six vendor sandboxes, the real template"):
        stack = closing.enter_context(stage(teller))
    play = _cast(teller, stack, closing)
    _tell(play, BEFORE)
    with teller.chapter("Elsewhere, a worker is killed"):
        victim = crash.killed(play)
    with asides(stack, play.unreadable, ASIDE) as tell_asides:
        _tell(play, MEANWHILE)
        with teller.chapter("Another worker goes on where the killed one stopped"):
            crash.recovered(play, victim)
        tell_asides(teller)
    _tell(play, AFTER)


def _tell(play: Play, chapters: tuple[Chapter, ...]) -> None:
    for title, chapter in chapters:
        with play.teller.chapter(title):
            chapter(play)


def _cast(teller: Teller, stack: Stack, closing: ExitStack) -> Play:
    key = ops("api-key", "create", "handbid")
    headers = {"Authorization": f"Bearer {key}", "Giftbridge-Actor": "demo"}
    api = closing.enter_context(httpx.Client(base_url=stack.api, headers=headers, timeout=TIMEOUT_SECONDS))
    side = charity(stack.sandboxes, "Paws Rescue")
    play = Play(teller, stack, api, side, Office(api, side.platform.id))
    play.unreadable.secrets["keys of the management API"].append(key)
    return play


if __name__ == "__main__":
    sys.exit(main())
