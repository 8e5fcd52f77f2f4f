"""Virtuous in the one-process world: an organisation with Handbid, driven step by step like the other pairs."""

import uuid
from typing import Any

from local.sandbox.virtuous import VirtuousSandbox
from tests.world import Pair, World


def connect(
    world: World, server: VirtuousSandbox, settings: dict[str, Any] | None = None, first_sync: str = "unasked"
) -> Pair:
    """A connection of a new Handbid organisation with a new Virtuous organisation, by key."""
    name = uuid.uuid4().hex[:10]
    crm: Any = server.organisation(name, rate_limit_per_hour=10_000_000)
    return world.stored(
        name, "handbid", "virtuous", crm, world.handbid.organisation(name=name), first_sync,
        {"default_purpose": {"fund": str(crm.project())}, **(settings or {})},
        {"kind": "api_key", "api_key": crm.api_key},
    )  # fmt: skip
