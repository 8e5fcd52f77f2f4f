"""No test of a connector reaches the network, or a vendor's test address that the surroundings name."""

import os
import socket
from collections.abc import Iterator
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

from giftbridge.settings import vendor_override

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def refuse(*_arguments: object) -> NoReturn:
    """Instead of `socket.connect`."""
    raise AssertionError("a test of a connector reached for the network")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(autouse=True)
def _own_addresses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("GIFTBRIDGE_")]:
        monkeypatch.delenv(name)
    vendor_override.cache_clear()
    yield
    vendor_override.cache_clear()
