"""The deployed stack as the rows have it."""

from tests.rows.conftest import client, connected, deployment, site, synced

__all__ = ["client", "connected", "deployment", "site", "synced"]
