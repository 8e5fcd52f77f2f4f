"""Make the virtual environments: `python3 -m local.setup`. Standard library only; a second run costs nothing."""

import fcntl
import hashlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT, RUN

_OLDEST = (3, 11)


@dataclass(frozen=True)
class Venv:
    """A virtual environment and the pinned requirements in it."""

    folder: str
    requirements: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Its folder."""
        return ROOT / self.folder

    @property
    def _stamp(self) -> Path:
        return self.path / "requirements.sha256"

    def _wanted(self) -> str:
        texts = [(ROOT / name).read_bytes() for name in self.requirements]
        return hashlib.sha256(b"\0".join([sys.version.encode(), *texts])).hexdigest()

    def is_ready(self) -> bool:
        """Whether it holds what its requirements say."""
        return self._stamp.is_file() and self._stamp.read_text() == self._wanted()

    def make(self) -> str:
        """Create or bring up to date; says what it took."""
        began = time.monotonic()
        if not (self.path / "bin" / "python").exists():
            _run([sys.executable, "-m", "venv", str(self.path)])
        files = [part for name in self.requirements for part in ("-r", str(ROOT / name))]
        # Most of what is installed is never imported here: compiling it all would double the time.
        options = ["--quiet", "--disable-pip-version-check", "--no-compile"]
        _run([str(self.path / "bin" / "python"), "-m", "pip", "install", *options, *files])
        self._stamp.write_text(self._wanted())
        return f"{self.folder} ready in {time.monotonic() - began:.0f} s"


VENVS = (
    Venv(".venv", ("layers/shared/requirements.txt", "requirements-dev.txt")),
    Venv(".venv-aws", ("local/requirements-aws.txt",)),  # SAM and MiniStack pin different botocores
    Venv(".venv-local", ("local/requirements-emulator.txt",)),
)


class SetupError(Exception):
    """A tool ended with an error; the message holds its output."""


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def main() -> None:
    """Make what is missing, all at once."""
    if sys.version_info < _OLDEST:
        raise SystemExit("Python 3.11 or newer is needed to run this project.")
    RUN.mkdir(exist_ok=True)
    with (RUN / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second waits and finds all ready
        missing = [venv for venv in VENVS if not venv.is_ready()]
        if missing:
            print(
                f"Setting up {', '.join(venv.folder for venv in missing)}: once, some minutes at most ...", flush=True
            )
        with ThreadPoolExecutor() as together:
            for line in together.map(Venv.make, missing):
                print(line, flush=True)


if __name__ == "__main__":
    main()
