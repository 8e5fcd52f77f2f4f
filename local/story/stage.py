"""The stage of the story: an emulator and sandboxes of its own on free ports, the real template deployed."""

import fcntl
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from local.emulator_service import Emulator
from local.paths import DEV_PYTHON, ROOT, RUN
from local.processes import Service, free_port
from local.stack import Stack, deploy, write
from local.story.telling import Teller, Wrong
from local.vendors import names, sandbox

FOLDER = RUN / "demo"
DESCRIPTION = FOLDER / "stack.json"
_PORTS = FOLDER / "ports.json"
_EMULATOR = "emulator"


class Busy(Exception):
    """Another demo is being played in this checkout."""


@contextmanager
def stage(teller: Teller) -> Iterator[Stack]:
    """Set it up from nothing, and stop all of it again whatever happens. Raises `Busy`."""
    RUN.mkdir(exist_ok=True)
    with (RUN / "demo.lock").open("w") as lock, ExitStack() as cleanup:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("Another demo is running in this checkout.") from None
        _stop(_left_over())
        shutil.rmtree(FOLDER, ignore_errors=True)
        emulator, services = _new()
        cleanup.callback(_stop, (emulator, services))
        yield _raise(teller, emulator, services)


def ops(*arguments: str) -> str:
    """Run the operator's command line against the story's stack; what it printed. Raises `Wrong`."""
    command = [str(DEV_PYTHON), "-m", "ops", "--stack", str(DESCRIPTION), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise Wrong(f"python -m ops {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


def _raise(teller: Teller, emulator: Emulator, services: list[Service]) -> Stack:
    began = time.monotonic()
    for service in services:
        service.start()
        teller.say(f"{service.name} sandbox on {service.url}")
    emulator.start()
    teller.say(f"AWS emulator on {emulator.url} ({time.monotonic() - began:.1f} s)")
    teller.say("sam build, then sam deploy of template.yaml ...")
    stack = Stack(emulator, {service.name: service.url for service in services})
    took = deploy(stack)
    write(stack, DESCRIPTION)
    teller.say(f"deployed: {len(stack.functions)} functions, {len(stack.resources)} resources ({took:.1f} s)")
    teller.say(f"HTTP API on {stack.api}")
    return stack


def _new() -> tuple[Emulator, list[Service]]:
    ports = {name: free_port() for name in (_EMULATOR, *names())}
    FOLDER.mkdir(parents=True)
    _PORTS.write_text(json.dumps(ports))
    return _of(ports)


def _left_over() -> tuple[Emulator, list[Service]]:
    """What an earlier demo may have left running, for it was killed."""
    ports = json.loads(_PORTS.read_text()) if _PORTS.is_file() else {}
    return _of(ports) if ports else _of(dict.fromkeys((_EMULATOR, *names()), 0))


def _of(ports: dict[str, int]) -> tuple[Emulator, list[Service]]:
    services = [sandbox(name, port, FOLDER) for name, port in ports.items() if name != _EMULATOR]
    return Emulator(ports[_EMULATOR], FOLDER / _EMULATOR, keep=False), services


def _stop(running: tuple[Emulator, list[Service]]) -> None:
    emulator, services = running
    emulator.stop()
    for service in services:
        service.stop()
