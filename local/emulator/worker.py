"""One execution environment: a plain process that holds a warm function."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.paths import BASE_PYTHON

CALLER = "function-"
"""Before its name, the access key of a function: `permissions.py` knows whose role counts by it."""
_RUNTIME = Path(__file__).with_name("runtime.py")
_INIT_SECONDS = 10  # AWS allows this much for the init phase, beside the function's own timeout


@dataclass(frozen=True)
class Function:
    """What is needed to start one: all that distinguishes two versions of a function."""

    name: str
    arn: str
    handler: str
    timeout: int
    memory_mb: int
    path: tuple[Path, ...]
    env: tuple[tuple[str, str], ...]


class ProcessDiedError(Exception):
    """The process ended while an invocation was in it."""


class TimedOutError(Exception):
    """The invocation took longer than the function's timeout."""


class Worker:
    """A warm process of one function. Takes one invocation at a time."""

    def __init__(self, function: Function, log: Path) -> None:
        self.function = function
        self.busy = True
        self._log = log
        self._read = 0
        ours, theirs = socket.socketpair()
        with theirs, log.open("wb") as output:
            self._process = subprocess.Popen(
                [BASE_PYTHON, "-S", "-P", str(_RUNTIME), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                cwd=function.path[0],
                env=_environment(function),
                start_new_session=True,
            )
        self._socket = ours
        self._channel = ours.makefile("rw", encoding="utf-8")
        self._ready = False
        self.seconds = 0.0  # of the last invocation, without the start of the process

    @property
    def pid(self) -> int:
        """Process id, for tests that kill it."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def invoke(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer of the runtime: `{"result": ...}` or `{"failure": ...}`.

        Raises ProcessDiedError or TimedOutError; the worker is of no more use after either.
        """
        if not self._ready:
            started = self._receive(_INIT_SECONDS + self.function.timeout)
            if "failure" in started:
                return started
            self._ready = True
        began = time.monotonic()
        try:
            self._send(request | {"timeout": self.function.timeout})
            return self._receive(self.function.timeout)
        finally:
            self.seconds = time.monotonic() - began

    def new_log(self) -> str:
        """What the function printed since the last call."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            text = log.read()
        self._read += len(text)
        return text.decode("utf-8", "replace")

    def kill(self) -> None:
        """End the process at once and reap it."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):  # what was on its way to it is lost
            self._channel.close()
        self._socket.close()

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._channel.write(json.dumps(message) + "\n")
            self._channel.flush()
        except OSError as error:
            raise ProcessDiedError from error

    def _receive(self, seconds: float) -> dict[str, Any]:
        self._socket.settimeout(seconds)
        try:
            line = self._channel.readline()
        except TimeoutError as error:
            raise TimedOutError from error
        except OSError as error:
            raise ProcessDiedError from error
        if not line:
            raise ProcessDiedError
        message: dict[str, Any] = json.loads(line)
        return message


def _environment(function: Function) -> dict[str, str]:
    """The variables AWS sets, the function's own, and where its AWS is."""
    region = function.arn.split(":")[3]
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": os.pathsep.join(map(str, function.path)),
        "PYTHONDONTWRITEBYTECODE": "1",  # /var/task and /opt are read-only on AWS
        "LAMBDA_TASK_ROOT": str(function.path[0]),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": f"{CALLER}{function.name}",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
    } | dict(function.env)
