"""Finds a connector by name and builds it; imports only the one that is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

import httpx

from giftbridge.connectors.base import Connector
from giftbridge.connectors.http import Gate
from giftbridge.connectors.manifest import Manifest, load_manifest
from giftbridge.errors import NotFound
from giftbridge.settings import vendor_override


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a connector is given: who it is, how it calls out, what this connection has set."""

    credentials: Mapping[str, Any] = field(repr=False)
    client: httpx.Client
    gate: Gate
    now: Callable[[], datetime]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def base_url(self, manifest: Manifest) -> str:
        """The vendor's address, or a test environment's. Nothing else is ever called."""
        return vendor_override(manifest.name) or manifest.base_url

    def option(self, manifest: Manifest, name: str) -> Any:
        """A setting of this connection, else the manifest's default; of a table, whatever is not set."""
        chosen, standard = self.settings.get(name, manifest.settings[name]), manifest.settings[name]
        return {**standard, **chosen} if isinstance(standard, Mapping) else chosen


def manifest(name: str) -> Manifest:
    """The manifest of a system. Raises `NotFound` for one that does not exist."""
    try:
        return load_manifest(name)
    except KeyError:
        raise NotFound(f"There is no connector for {name!r}.") from None


def connect(name: str, wiring: Wiring) -> Connector:
    """Build the connector of a system for one connection. Makes no call."""
    stated = manifest(name)
    module = import_module(f"giftbridge.connectors.{stated.name}.client")
    connector: Connector = module.CONNECTOR(stated, wiring)
    return connector
