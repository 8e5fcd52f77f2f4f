"""Lambda as plain processes: warm, one invocation each, as many in parallel as are asked for."""

import hashlib
import io
import os
import threading
import zipfile
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from local.emulator import http_event, inner, metrics
from local.emulator.worker import Function, ProcessDiedError, TimedOutError, Worker

_MAX_IDLE = 4  # warm processes kept for each function after a burst


class Pool:
    """All execution environments of this emulator."""

    def __init__(self, directory: Path) -> None:
        self._code = directory / "code"
        self._logs = directory / "function-logs"
        for folder in (self._code, self._logs):
            folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._unpacking = threading.Lock()
        self._workers: list[Worker] = []
        self._numbers = count(1)

    def execute(self, record: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        """Run one invocation; takes the place of MiniStack's own executor and answers in its shape."""
        function = self._describe(record["config"], record["code_zip"])
        worker = self._lease(function)
        try:
            answer = worker.invoke(_request(function, event, request_id))
        except ProcessDiedError:
            answer = _failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited without a response")
        except TimedOutError:
            answer = _failure("Sandbox.Timedout", f"{request_id} Task timed out after {function.timeout}.00 seconds")
            worker.kill()
        log = worker.new_log()
        self._release(worker)
        metrics.invoked(function.name, worker.seconds, "failure" in answer, log)
        if "failure" in answer:
            return {"body": answer["failure"], "error": True, "log": log}
        return {"body": answer["result"], "log": log}

    def listing(self) -> list[dict[str, Any]]:
        """The running processes, for people and for tests that kill one."""
        with self._lock:
            return [{"function": w.function.name, "pid": w.pid, "busy": w.busy} for w in self._workers if w.alive]

    def close(self) -> None:
        """End every process."""
        with self._lock:
            doomed, self._workers = self._workers, []
        for worker in doomed:
            worker.kill()

    def _lease(self, function: Function) -> Worker:
        with self._lock:
            for worker in self._workers:
                if not worker.busy and worker.function == function and worker.alive:
                    worker.busy = True
                    return worker
        worker = Worker(function, self._logs / f"{function.name}-{next(self._numbers)}.log")
        with self._lock:
            self._workers.append(worker)
        return worker

    def _release(self, worker: Worker) -> None:
        """Give it back, and end what is dead, outdated or more than a function keeps warm."""
        with self._lock:
            worker.busy = False
            same = [w for w in self._workers if w.function.name == worker.function.name and not w.busy]
            keep = [w for w in same if w.function == worker.function and w.alive][:_MAX_IDLE]
            doomed = [w for w in same if w not in keep]
            self._workers = [w for w in self._workers if w not in doomed]
        for each in doomed:
            each.kill()

    def _describe(self, config: dict[str, Any], code: bytes) -> Function:
        layers = [inner.functions._resolve_layer_zip(layer) for layer in config.get("Layers") or []]
        path = [self._unpacked(code), *(self._unpacked(layer) / "python" for layer in layers)]
        return Function(
            name=config["FunctionName"],
            arn=config["FunctionArn"],
            handler=config["Handler"],
            timeout=int(config.get("Timeout") or 3),
            memory_mb=int(config.get("MemorySize") or 128),
            path=tuple(path),
            env=tuple(sorted((inner.functions._runtime_env_vars(config) | _logging(config)).items())),
        )

    def _unpacked(self, archive: bytes) -> Path:
        """Folder with the archive's files, shared by all processes that run it."""
        folder = self._code / _digest(archive)
        with self._unpacking:
            if not folder.exists():
                partial = folder.with_suffix(".partial")
                with zipfile.ZipFile(io.BytesIO(archive)) as files:
                    files.extractall(partial)
                partial.rename(folder)
        return folder


@lru_cache(maxsize=32)
def _digest(archive: bytes) -> str:
    """Name of an archive's contents; remembered, for a layer is large and every invocation asks."""
    return hashlib.sha256(archive).hexdigest()[:24]


def _request(function: Function, event: Any, request_id: str) -> dict[str, Any]:
    return {
        "event": http_event.normalised(event),
        "request_id": request_id,
        "arn": function.arn,
        "trace_id": f"Root=1-00000000-{uuid4().hex[:24]};Parent={os.urandom(8).hex()};Sampled=0",
    }


def _logging(config: dict[str, Any]) -> dict[str, str]:
    """How the runtime is told of a function's LoggingConfig."""
    chosen = config.get("LoggingConfig") or {}
    if chosen.get("LogFormat") != "JSON":
        return {"AWS_LAMBDA_LOG_FORMAT": "Text"}
    return {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": chosen.get("ApplicationLogLevel", "INFO")}


def _failure(kind: str, message: str) -> dict[str, Any]:
    return {"failure": {"errorType": kind, "errorMessage": message}}
