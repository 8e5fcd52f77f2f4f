"""Fixtures: the deployed stack, the template's tables and queues alone, a bare emulator. All on free ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.emulator_service import Emulator
from local.processes import Service, free_port
from local.stack import Stack, deploy
from local.stores import Stores, create
from local.vendors import names, sandbox


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The built template, deployed once for all tests, with its own sandboxes. Schedules fire by `stack.fire` only."""
    folder = tmp_path_factory.mktemp("stack")
    services = [sandbox(name, free_port(), folder) for name in names()]
    emulator = Emulator(free_port(), folder / "emulator", ticking=False)
    try:
        yield _deployed(emulator, services)
    finally:
        emulator.stop()
        for service in services:
            service.stop()


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """The template's tables, queues, bucket, key and bus in an emulator, without functions. For in-process tests."""
    with _created(tmp_path_factory.mktemp("stores")) as made:
        yield made


@pytest.fixture(scope="module")
def own_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """The same for one module alone: for work on all connections there are."""
    with _created(tmp_path_factory.mktemp("own")) as made:
        yield made


@contextmanager
def _created(folder: Path) -> Iterator[Stores]:
    emulator = Emulator(free_port(), folder, ticking=False, keep=False)
    emulator.start()
    try:
        yield create(emulator)
    finally:
        emulator.stop()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An empty emulator that ticks and keeps its state."""
    running = Emulator(free_port(), Path(tmp_path_factory.mktemp("emulator")))
    running.start()
    try:
        yield running
    finally:
        running.stop()


def _deployed(emulator: Emulator, services: list[Service]) -> Stack:
    for service in services:
        service.start()
    emulator.start()
    stack = Stack(emulator, {service.name: service.url for service in services})
    deploy(stack)
    return stack
