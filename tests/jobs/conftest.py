"""The jobs over tables in this process."""

from collections.abc import Iterator

import pytest

from tests.large import large_world
from tests.world import Vendors, World


@pytest.fixture
def world(vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Everything in one process, the tables too."""
    with large_world(vendors, monkeypatch) as there:
        yield there
