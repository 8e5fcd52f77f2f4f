"""What may be chosen in a connection's settings: the CRM's funds, campaigns and appeals, a platform's users and notes.

Kept in the process for a minute, as people look at a page more than once; nothing of it is stored for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from giftbridge.connectors.base import Purposes
from giftbridge.connectors.thanks import SendsThanks, ThanksChoices
from giftbridge.errors import GiftbridgeError
from giftbridge.jobs.context import App, Session
from giftbridge.jobs.gifts.purposes import refresh_purposes
from giftbridge.jobs.session import session_for_person
from giftbridge.stores.connections import Connection

KEPT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lists:
    """What there is to choose from; `trouble` says why it could not be read."""

    purposes: Purposes = field(default_factory=Purposes)
    thanks: ThanksChoices = field(default_factory=ThanksChoices)
    read_at: datetime | None = None
    trouble: str = ""


def lists(app: App, connection: Connection, *, again: bool = False) -> Lists:
    """As they are now, or were a minute ago at most; `again`: now."""
    now = app.now()
    kept = app.lists.find([connection.id], now).get(connection.id)
    if kept is not None and not again:
        return kept
    found = _read(app, connection)
    if not found.trouble:
        app.lists.keep({connection.id: found}, now + KEPT)
    return found


def matching(entries: Mapping[str, str], words: str) -> dict[str, str]:
    """Those of a list (id -> name) whose name or id holds what somebody searches for."""
    wanted = words.casefold()
    return {one: name for one, name in entries.items() if wanted in name.casefold() or wanted in one.casefold()}


def _read(app: App, connection: Connection) -> Lists:
    if connection.health != "healthy":
        return Lists(trouble="The connection waits to be reconnected.")
    try:
        with session_for_person(app, connection) as session:
            return _lists_of(session)
    except GiftbridgeError as error:
        return Lists(trouble=str(error))


def _lists_of(session: Session) -> Lists:
    """Only what this pair has settings for is asked."""
    platform, now = session.platform, session.app.now()
    if isinstance(platform, SendsThanks):
        return Lists(thanks=platform.thanks_choices(), read_at=now)
    return Lists(purposes=refresh_purposes(session), read_at=now)
