"""`make up` and `make down`: the stack and the sandboxes, left running."""

import os
import sys
import time

from local.emulator_service import Emulator
from local.paths import RUN
from local.play import prepare
from local.processes import Service
from local.stack import Stack, deploy, write
from local.vendors import names, sandbox

_SANDBOX_PORTS = {
    "bloomerang": 4701, "handbid": 4702, "kindful": 4703, "wegive": 4704, "gratavid": 4705, "virtuous": 4706,
}  # fmt: skip


def emulator() -> Emulator:
    """The emulator people work with; its data stays until `make clean`."""
    port = int(os.environ.get("GIFTBRIDGE_LOCAL_PORT", "4599"))
    return Emulator(port, RUN / "emulator" / str(port))  # queue URLs hold the port, so state belongs to one


def sandboxes() -> list[Service]:
    """One server for each vendor."""
    ports = {name: int(os.environ.get(f"GIFTBRIDGE_{name.upper()}_PORT", _SANDBOX_PORTS[name])) for name in names()}
    return [sandbox(name, port, RUN / "sandboxes") for name, port in ports.items()]


def up() -> Stack:
    """Start and deploy what is not yet there."""
    services = sandboxes()
    for service in services:
        service.start()
    stack = Stack(emulator(), {service.name: service.url for service in services})
    stack.emulator.start()
    deploy(stack)
    write(stack, RUN / "stack.json")
    return stack


def down() -> None:
    """Stop what runs. State stays."""
    emulator().stop()
    for service in sandboxes():
        service.stop()


def main(word: str) -> None:
    """Command line: `up` or `down`."""
    if word == "down":
        down()
        return
    began = time.monotonic()
    stack = up()
    print(f"Running after {time.monotonic() - began:.1f} s. Names of everything: .local/stack.json")
    for name, url in {"HTTP API": stack.api, "AWS endpoint": stack.endpoint, **stack.sandboxes}.items():
        print(f"  {name:<13} {url}")
    print(prepare(stack, RUN))


if __name__ == "__main__":
    main(sys.argv[1])
