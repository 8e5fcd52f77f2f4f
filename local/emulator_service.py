"""The emulator as a process of ours."""

import json
import shutil
import signal
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from local.paths import EMULATOR_PYTHON
from local.processes import Service


@dataclass(frozen=True)
class Emulator:
    """One emulator with a port and a directory of its own."""

    port: int
    directory: Path
    ticking: bool = True  # whether schedules fire by themselves
    keep: bool = True  # whether state outlives a restart

    @property
    def url(self) -> str:
        """The AWS endpoint."""
        return self._service.url

    @property
    def log(self) -> Path:
        """What it prints."""
        return self._service.log

    @property
    def _service(self) -> Service:
        options = [*([] if self.ticking else ["--manual-clock"]), *([] if self.keep else ["--no-state"])]
        base = [
            str(EMULATOR_PYTHON),
            "-m",
            "local.emulator",
            *options,
            "--port",
            str(self.port),
            "--directory",
            str(self.directory),
        ]
        return Service("emulator", self.port, tuple(base), self.directory)

    def start(self) -> None:
        """Start unless it runs. Raises StartError."""
        self._service.start()

    def stop(self) -> bool:
        """End it in good order."""
        return self._service.stop()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._service.stop(signal.SIGKILL)

    def erase(self) -> None:
        """Forget everything it kept."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def ask(self, action: str, method: str = "GET") -> Any:
        """Use one of its own addresses, `/_local/<action>`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        with closing(connection):
            connection.request(method, f"/_local/{action}")
            return json.load(connection.getresponse())
