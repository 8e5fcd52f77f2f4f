"""The deployed stack with one organisation connected, for what is measured of functions."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from local.emulator_service import Emulator
from local.processes import free_port
from local.sandbox.bloomerang.sandbox import BloomerangControl
from local.sandbox.handbid import HandbidControl
from local.stack import Stack, deploy, write
from local.vendors import sandbox
from tests.rows.conftest import Deployment, Site

VENDORS = ("bloomerang", "handbid")


@contextmanager
def connected_site() -> Iterator[Site]:
    """A stack of its own, built and deployed; a connection whose platform sends signed webhooks."""
    with tempfile.TemporaryDirectory() as made, ExitStack() as leave:
        folder = Path(made)
        services = [sandbox(name, free_port(), folder) for name in VENDORS]
        emulator = Emulator(free_port(), folder / "emulator", ticking=False, keep=False)
        for service in services:
            leave.callback(service.stop)
            service.start()
        leave.callback(emulator.stop)
        emulator.start()
        stack = Stack(emulator, {service.name: service.url for service in services})
        deploy(stack)
        write(stack, folder / "stack.json")
        crms, platforms = BloomerangControl(stack.sandboxes["bloomerang"]), HandbidControl(stack.sandboxes["handbid"])
        leave.callback(crms.close)
        leave.callback(platforms.close)
        there = Deployment(stack, crms, platforms, folder / "stack.json")
        http = leave.enter_context(_backend(there))
        name = uuid.uuid4().hex[:12]
        site = Site(there, http, crms.database(name), platforms.organisation(name=name)).connect()
        site.first_sync("no")
        yield site


def _backend(there: Deployment) -> httpx.Client:
    """The platform's backend, with a key."""
    key = there.ops("api-key", "create", "handbid").strip()
    return httpx.Client(base_url=there.stack.api, headers={"authorization": f"Bearer {key}"})
