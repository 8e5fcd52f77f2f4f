"""Keeping idle connections alive whose tokens the vendor forgets after a while."""

from datetime import datetime, timedelta
from typing import Final

from giftbridge.connectors import registry
from giftbridge.jobs import tokens
from giftbridge.jobs.context import App, Step
from giftbridge.jobs.step import Progress
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work

REFRESHES_PER_IDLE_PERIOD: Final = 12


def refresh_idle(step: Step, batch: list[Work]) -> Progress:
    """Refresh, and come back a dozen times before the vendor would forget the connection."""
    app, work = step.app, batch[0]
    connection = app.connections.get(work.organisation, work.connection)
    tokens.keep_alive(app, connection)
    return Progress(next_refresh(app, connection))


def next_refresh(app: App, connection: Connection) -> datetime:
    """When to refresh again, long before the vendor forgets."""
    manifest = registry.manifest(connection.crm)
    days = [way.idle_days for way in (manifest.oauth, manifest.password) if way]
    return app.now() + timedelta(days=min(days, default=365)) / REFRESHES_PER_IDLE_PERIOD
