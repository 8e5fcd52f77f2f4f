"""The connector against a sandbox of Virtuous on this machine; nothing else can be reached."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from giftbridge.connectors.http import new_client
from giftbridge.connectors.registry import Wiring, connect
from giftbridge.connectors.virtuous.client import Virtuous
from giftbridge.settings import vendor_override
from local.sandbox.virtuous import VirtuousOrganisation
from tests.sandbox.virtuous_collection import VirtuousCollection
from tests.sandbox.virtuous_help import SOURCE

HERE = ("127.0.0.1", "localhost")
ZONE = "America/Phoenix"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of the one for all connectors: the sandbox is on this machine."""
    real_connect, real_look_up = socket.socket.connect, socket.getaddrinfo

    def reach(self: socket.socket, address: Any) -> None:
        assert address[0] in HERE, "a test of a connector reached for the network"
        real_connect(self, address)

    def look_up(host: Any, *arguments: Any, **named: Any) -> Any:
        assert host in HERE, "a test of a connector reached for the network"
        return real_look_up(host, *arguments, **named)

    monkeypatch.setattr(socket.socket, "connect", reach)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@dataclass
class OpenGate:
    """A gate that remembers what it was told."""

    taken: int = 0
    observed: list[tuple[int, int, datetime]] = field(default_factory=list)

    def take(self) -> None:
        """A call."""
        self.taken += 1

    def block(self, until: datetime) -> None:
        """Nobody waits."""

    def observe(self, limit: int, remaining: int, reset: datetime) -> None:
        """What the vendor counts."""
        self.observed.append((limit, remaining, reset))


@pytest.fixture
def gate() -> OpenGate:
    """The gate of the connectors of a test."""
    return OpenGate()


Connect = Callable[..., Virtuous]


@pytest.fixture
def joined(virtuous: VirtuousOrganisation, gate: OpenGate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Builds a connector to the organisation of the test, with settings; its references stand as `RaiseDonors`."""
    monkeypatch.setenv("GIFTBRIDGE_VIRTUOUS_URL", virtuous.url)
    vendor_override.cache_clear()
    with new_client(10) as client:

        def built(other: VirtuousOrganisation | None = None, **settings: Any) -> Virtuous:
            own = {"organisation": "org_1", "time_zone": ZONE, "reference_source": SOURCE, **settings}
            wiring = Wiring({"api_key": (other or virtuous).api_key}, client, gate, lambda: datetime.now(UTC), own)
            found = connect("virtuous", wiring)
            assert isinstance(found, Virtuous)
            return found

        yield built


@pytest.fixture(scope="session")
def vendor() -> VirtuousCollection | None:
    """The vendor's own collection, where it is at hand; read before a test's surroundings are cleared."""
    return VirtuousCollection.from_environment()


@pytest.fixture
def proper(virtuous: VirtuousOrganisation, vendor: VirtuousCollection | None) -> Iterator[None]:
    """After the test: every request that the sandbox had was one that the vendor documents."""
    yield
    if vendor is not None:
        found = {(entry["path"], problem) for entry in virtuous.journal() for problem in vendor.problems(entry)}
        assert found == set()
