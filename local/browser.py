"""Chromium for the tests of pages: found, or installed where this machine lets us."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from local.paths import RUN

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VARIABLE = "GIFTBRIDGE_CHROMIUM"


class NoBrowserError(Exception):
    """There is none, and none could be installed; the message says what to do."""


def chromium() -> Path:
    """Where it is. Installs Debian's as root; raises `NoBrowserError` where that can't be done."""
    found = _found()
    if found:
        return found
    RUN.mkdir(exist_ok=True)
    with (RUN / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers at once: the second waits and finds it
        if not _found():
            _install()
    found = _found()
    if found is None:
        raise NoBrowserError(f"Install Chromium (Debian: apt-get install chromium), or set {VARIABLE} to its path.")
    return found


def _found() -> Path | None:
    given = os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, NAMES)), None)
    return Path(given) if given else None


def _install() -> None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (
        ["update", "-q"],
        ["install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ):
        subprocess.run([apt, *words], env=environment, capture_output=True, check=False)
