"""The stage of the story: an emulator and sandboxes of its own on free ports, the real template deployed."""

import fcntl
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local.emulator_service import Emulator
from local.paths import DEV_PYTHON, ROOT, RUN
from local.processes import Service, free_port
from local.stack import Stack, deploy, write
from local.story.telling import Teller, Wrong
from local.vendors import names, sandbox

FOLDER = RUN / "demo"
_DESCRIPTION = "stack.json"
_PORTS = "ports.json"
_EMULATOR = "emulator"


class Busy(Exception):
    """Another one is being played in this checkout."""


@contextmanager
def stage(teller: Teller, folder: Path = FOLDER) -> Iterator[Stack]:
    """Set it up in a folder from nothing, and stop all of it again whatever happens. Raises `Busy`."""
    RUN.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock, ExitStack() as cleanup:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"Another {folder.name} is running in this checkout.") from None
        _stop(_left_over(folder))
        shutil.rmtree(folder, ignore_errors=True)
        emulator, services = _new(folder)
        cleanup.callback(_stop, (emulator, services))
        yield _raise(teller, folder, emulator, services)


def ops(*arguments: str, folder: Path = FOLDER) -> str:
    """Run the operator's command line against the stack of a stage; what it printed. Raises `Wrong`."""
    command = [str(DEV_PYTHON), "-m", "ops", "--stack", str(folder / _DESCRIPTION), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise Wrong(f"python -m ops {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


def _raise(teller: Teller, folder: Path, emulator: Emulator, services: list[Service]) -> Stack:
    began = time.monotonic()
    for service in services:
        service.start()
        teller.say(f"{service.name} sandbox on {service.url}")
    emulator.start()
    teller.say(f"AWS emulator on {emulator.url} ({time.monotonic() - began:.1f} s)")
    teller.say("sam build, then sam deploy of template.yaml ...")
    stack = Stack(emulator, {service.name: service.url for service in services})
    took = deploy(stack)
    write(stack, folder / _DESCRIPTION)
    teller.say(f"deployed: {len(stack.functions)} functions, {len(stack.resources)} resources ({took:.1f} s)")
    teller.say(f"HTTP API on {stack.api}")
    return stack


def _new(folder: Path) -> tuple[Emulator, list[Service]]:
    ports = {name: free_port() for name in (_EMULATOR, *names())}
    folder.mkdir(parents=True)
    (folder / _PORTS).write_text(json.dumps(ports))
    return _of(folder, ports)


def _left_over(folder: Path) -> tuple[Emulator, list[Service]]:
    """What an earlier one may have left running, for it was killed."""
    file = folder / _PORTS
    ports = json.loads(file.read_text()) if file.is_file() else {}
    return _of(folder, ports or dict.fromkeys((_EMULATOR, *names()), 0))


def _of(folder: Path, ports: dict[str, int]) -> tuple[Emulator, list[Service]]:
    services = [sandbox(name, port, folder) for name, port in ports.items() if name != _EMULATOR]
    return Emulator(ports[_EMULATOR], folder / _EMULATOR, keep=False), services


def _stop(running: tuple[Emulator, list[Service]]) -> None:
    emulator, services = running
    emulator.stop()
    for service in services:
        service.stop()
