"""A Bloomerang sandbox per test module, and a fresh database of it per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.sandbox.bloomerang import BloomerangDatabase, BloomerangSandbox
from tests.sandbox.vendor_schema import SPECS_VARIABLE, VendorDocument


@pytest.fixture(scope="module")
def bloomerang_server() -> Iterator[BloomerangSandbox]:
    """A running sandbox."""
    with BloomerangSandbox() as server:
        yield server


@pytest.fixture
def bloomerang(bloomerang_server: BloomerangSandbox) -> Iterator[BloomerangDatabase]:
    """A fresh database with the default options."""
    database = bloomerang_server.database()
    yield database
    database.close()


@pytest.fixture(scope="session")
def vendor_document() -> VendorDocument:
    """Bloomerang's own document; tests on it are skipped where it is not at hand."""
    document = VendorDocument.from_environment()
    if document is None:
        pytest.skip(f"{SPECS_VARIABLE} names no folder with the vendor's document")
    return document
