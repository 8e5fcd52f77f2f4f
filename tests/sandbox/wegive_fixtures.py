"""A WeGive sandbox per test module, and a fresh organisation of it per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.sandbox.wegive import WeGiveOrganisation, WeGiveSandbox
from tests.sandbox.vendor_schema import SPECS_VARIABLE
from tests.sandbox.wegive_schema import WeGiveDocument


@pytest.fixture(scope="module")
def wegive_server() -> Iterator[WeGiveSandbox]:
    """A running sandbox."""
    with WeGiveSandbox() as server:
        yield server


@pytest.fixture
def wegive(wegive_server: WeGiveSandbox) -> Iterator[WeGiveOrganisation]:
    """A fresh organisation with the default options."""
    organisation = wegive_server.organisation()
    yield organisation
    organisation.close()


@pytest.fixture(scope="session")
def wegive_document() -> WeGiveDocument:
    """WeGive's own document; tests on it are skipped where it is not at hand."""
    document = WeGiveDocument.from_environment()
    if document is None:
        pytest.skip(f"{SPECS_VARIABLE} names no folder with WeGive's document")
    return document
