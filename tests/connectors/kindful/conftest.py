"""Kindful's tests reach its sandbox, and nothing else, over HTTP."""

from collections.abc import Iterator

import httpx
import pytest

from giftbridge.connectors.http import new_client
from giftbridge.settings import vendor_override
from local.sandbox.kindful import KindfulAccount
from tests.connectors.kindful.bridge import START, Bridge


@pytest.fixture
def _no_network() -> None:
    """The sandbox is reached over HTTP."""


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """The client that connectors share."""
    with new_client(20) as made:
        yield made


@pytest.fixture
def bridge(kindful: KindfulAccount, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Bridge:
    """A customer's own connection; jobs run when the test says so."""
    monkeypatch.setenv("GIFTBRIDGE_KINDFUL_URL", kindful.url)
    vendor_override.cache_clear()
    kindful.set_time(START)
    kindful.freeze()
    return Bridge(kindful, client, {"kind": "api_key", "api_key": kindful.token})
