"""A Kindful sandbox per test module, and a fresh account of it per test (a plugin of the tests that name it)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.sandbox.kindful import KindfulAccount, KindfulSandbox


@pytest.fixture(scope="module")
def kindful_server() -> Iterator[KindfulSandbox]:
    """A running sandbox."""
    with KindfulSandbox() as server:
        yield server


@pytest.fixture
def kindful(kindful_server: KindfulSandbox) -> Iterator[KindfulAccount]:
    """A fresh account with the default options, except that jobs run when the test says so."""
    account = kindful_server.account(queue="manual")
    account.set_time("2026-03-02T00:00:00Z")
    yield account
    account.close()
