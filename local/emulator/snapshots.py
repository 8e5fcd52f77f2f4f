"""State on disk that survives `kill -9`: whole snapshots, each put in place in one step."""

import json
import logging
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

from local.emulator import inner

_PAUSE_SECONDS = 1.0
_log = logging.getLogger(__name__)
# Queues first: a snapshot may then hold a message whose work is already done, never work whose message is gone.
_FIRST = ("sqs",)
_LARGE = ("lambda", "cloudformation")  # code and templates: changed by a deploy alone


class Snapshots:
    """Saves when something happened since the last save, at most about once a second."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._current = directory / "current"
        self._changed = threading.Event()
        self._lock = threading.Lock()
        self._written: dict[str, Any] = {}
        directory.mkdir(parents=True, exist_ok=True)
        if not self._current.is_symlink():
            shutil.rmtree(self._current, ignore_errors=True)  # a service of MiniStack's made it when it was imported
            self._switch_to(self._new_folder())

    def start(self) -> None:
        """Save from now on, and let MiniStack's own save at shutdown go through here."""
        inner.gateway.save_all = lambda _services: self.save()
        # Code is kept beside the snapshots, and kept: an older snapshot may still need it.
        inner.functions.CODE_BLOB_DIR = str(self._directory / "code")
        inner.functions._prune_orphan_code_blobs = lambda _referenced: None
        threading.Thread(target=self._loop, daemon=True, name="snapshots").start()

    def note_change(self) -> None:
        """Something may have changed."""
        self._changed.set()

    def save(self) -> None:
        """Write a snapshot of every service and switch to it."""
        with self._lock:
            self._changed.clear()
            fresh = self._new_folder()
            services = inner.gateway._build_persistence_save_dict()
            for name in sorted(services, key=lambda each: (each not in _FIRST, each)):
                self._save(name, services[name](), fresh)
            self._switch_to(fresh)

    def _save(self, service: str, state: Any, fresh: Path) -> None:
        """Write a service's state; link the last file if it is large and the same still."""
        path, last = fresh / f"{service}.json", self._current / f"{service}.json"
        if service in _LARGE and self._written.get(service) == _comparable(state) and last.exists():
            os.link(last, path)
            return
        _write(path, service, state)
        if service in _LARGE:
            self._written[service] = _comparable(state)

    def _loop(self) -> None:
        while True:
            self._changed.wait()
            began = time.monotonic()
            try:
                self.save()
            except (RuntimeError, OSError):  # a store changed size while it was copied: next time
                _log.warning("snapshot not taken", exc_info=True)
                self._changed.set()
            time.sleep(_PAUSE_SECONDS + 9 * (time.monotonic() - began))  # never more than a tenth of the time

    def _new_folder(self) -> Path:
        folder = self._directory / f"{time.time_ns()}"
        folder.mkdir()
        return folder

    def _switch_to(self, fresh: Path) -> None:
        link = self._directory / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(fresh.name)
        os.replace(link, self._current)
        for old in self._directory.iterdir():
            if old.name.isdigit() and old != fresh:
                shutil.rmtree(old)


def _comparable(state: Any) -> Any:
    """MiniStack's scoped dictionaries do not compare; what is in them does."""
    return {name: getattr(value, "_data", value) for name, value in state.items()} if isinstance(state, dict) else state


def _write(path: Path, service: str, state: Any) -> None:
    if state is None:
        return
    wrapped = {"__ministack_format__": inner.persistence._state_format_version(service), "payload": state}
    path.write_text(json.dumps(wrapped, default=inner.persistence._json_default))
