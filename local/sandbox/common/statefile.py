"""Keeping a sandbox's state in a file, so that it survives a restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

SAVE_SECONDS = 5.0


def load_state(path: Path) -> dict[str, Any] | None:
    """The state in the file, or None where there is none yet."""
    if not path.exists():
        return None
    state: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return state


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Replace the file as a whole, so that a crash leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(path.suffix + ".new")
    fresh.write_text(json.dumps(state, separators=(",", ":")), "utf-8")
    os.replace(fresh, path)


@contextlib.asynccontextmanager
async def kept_in(
    path: Path | None, dump: Callable[[], dict[str, Any]], version: Callable[[], int], every: float = SAVE_SECONDS
) -> AsyncIterator[None]:
    """Save every `every` seconds when `version` has moved, and once more at the end."""
    if path is None:
        yield
        return
    saver = asyncio.create_task(_save_often(path, dump, version, every))
    try:
        yield
    finally:
        saver.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await saver
        save_state(path, dump())


async def _save_often(path: Path, dump: Callable[[], dict[str, Any]], version: Callable[[], int], every: float) -> None:
    saved = version()
    while True:
        await asyncio.sleep(every)
        if version() != saved:
            saved = version()
            save_state(path, dump())
