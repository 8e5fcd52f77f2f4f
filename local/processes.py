"""Processes of ours: started with a log, known by a file with their id, stopped by that id."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT


class StartError(Exception):
    """A process ended or stayed silent instead of coming up; the message ends with its log."""


@dataclass(frozen=True)
class Service:
    """A server on 127.0.0.1 that runs on after the command that started it."""

    name: str
    port: int
    command: tuple[str, ...]
    directory: Path  # its log and the file with its process id

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.directory / f"{self.name}.log"

    @property
    def _pid_file(self) -> Path:
        return self.directory / f"{self.name}.pid"

    def start(self, env: dict[str, str] | None = None, seconds: float = 30) -> None:
        """Start unless it runs, and wait until its port answers. Raises StartError."""
        if self.pid() is not None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=os.environ | (env or {}),
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))
        self._wait(process, time.monotonic() + seconds)

    def pid(self) -> int | None:
        """Its process id while it runs."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pid_file.read_text())
            if " ".join(self.command[1:]) in _command_line(pid):  # ids are reused: it must still be ours
                return pid
        return None

    def stop(self, sending: signal.Signals = signal.SIGTERM, seconds: float = 15) -> bool:
        """End it and wait for that; False if it did not run."""
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, sending)
        deadline = time.monotonic() + seconds
        while _is_running(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        self._pid_file.unlink(missing_ok=True)
        return True

    def _wait(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        while not answers(self.port):
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise StartError(f"{self.name}:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)
        process.returncode = 0  # it outlives us on purpose: no warning that it was left running


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_running(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # reap it if it is our child
    state = _shown(pid, "stat=").strip()
    return bool(state) and (not state.startswith("Z") or "l" in state)  # Zl: other threads still hold its port


def _command_line(pid: int) -> str:
    return "" if _shown(pid, "stat=").startswith("Z") else _shown(pid, "command=")


def _shown(pid: int, column: str) -> str:
    ask = ["ps", "-ww", "-o", column, "-p", str(pid)]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout
