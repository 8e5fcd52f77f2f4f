"""Puts the parts together and serves them on 127.0.0.1."""

from importlib import import_module
from pathlib import Path
from typing import Any

from local.emulator import alarms, clock, consumers, inner, key_conditions, metrics, moves, permissions, vault
from local.emulator.asgi import App
from local.emulator.control import Control
from local.emulator.pool import Pool
from local.emulator.snapshots import Snapshots


async def serve(port: int, directory: Path, *, keep: bool, ticking: bool) -> int:
    """Serve until SIGTERM; 1 if this MiniStack is not the one the corrections were written for."""
    if absent := inner.missing():
        print("MiniStack lacks:", ", ".join(absent))
        return 1
    pool = Pool(directory)
    snapshots = Snapshots(directory / "state") if keep else None
    _install(pool, snapshots, ticking=ticking)
    await _listen(App(Control(pool, snapshots), snapshots), port)
    pool.close()
    return 0


def _install(pool: Pool, snapshots: Snapshots | None, *, ticking: bool) -> None:
    def execute(record: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        answer = pool.execute(record, event, request_id)
        if snapshots is not None:
            snapshots.note_change()
        return answer

    inner.functions._execute_function_warm = execute
    for part in (consumers, key_conditions, metrics, moves, permissions, vault):
        part.install()
    alarms.install(ticking)
    clock.install(ticking)
    if snapshots is not None:
        snapshots.start()


async def _listen(app: App, port: int) -> None:
    config: Any = import_module("hypercorn.config").Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 1
    config.errorlog = "-"
    await import_module("hypercorn.asyncio").serve(app, config)
