"""A world for many records: the tables, queues and keys are in this process, which is some ten times faster.

What stands in for DynamoDB answers like it, as tests/bench holds against the emulator.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from local.bench.ground import settings
from local.bench.services import Session
from local.bench.tables import Tables
from tests.world import Vendors, World, made


class OneAtATime:
    """A client that two workers may share: a call is over before the next begins, as at DynamoDB for one item."""

    def __init__(self, client: Any) -> None:
        self._client, self._lock = client, threading.Lock()
        self.calls: list[str] = []
        """What it was asked, by AWS's names."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A call of the client."""
        call = getattr(self._client, name)

        @wraps(call)
        def locked(*args: Any, **given: Any) -> Any:
            with self._lock:
                self.calls.append("".join(word.capitalize() for word in name.split("_")))
                return call(*args, **given)

        return locked


@contextmanager
def large_world(vendors: Vendors, patch: pytest.MonkeyPatch) -> Iterator[World]:
    """Everything in one process, the tables too."""
    with TemporaryDirectory() as folder:
        tables = Tables(Path(folder) / "tables")
        session = Session(OneAtATime(tables))
        with made(session, settings(), session.queues, *vendors, patch) as there:
            yield there
        tables.close()


@pytest.fixture
def world(request: pytest.FixtureRequest, vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Everything in one process, the tables too; what is marked `emulated` has the emulator's, its bucket and bus."""
    if request.node.get_closest_marker("emulated"):
        yield request.getfixturevalue("emulated_world")
        return
    with large_world(vendors, monkeypatch) as there:
        yield there
