"""The deployed stack as the rows have it."""

from tests.rows.conftest import client, deployment, site

__all__ = ["client", "deployment", "site"]
