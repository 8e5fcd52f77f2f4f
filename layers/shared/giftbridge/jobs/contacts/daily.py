"""Once a day: where a recipe says so, what happened on the platform goes over at one time of the day, all together.

Until then a run of the schedule reads the CRM alone, and the platform's webhooks start nothing. A contact that changed
in the CRM meanwhile is brought to agree as a whole, whatever happened to it on the platform.
"""

from datetime import datetime
from typing import Final

from giftbridge.domain.contact import Side
from giftbridge.recipes import Recipe, recipe
from giftbridge.stores.connections import Connection

HANDED: Final = "handed"
"""Place among the cursors: when a run began that read both sides."""


def is_due(connection: Connection, chosen: Recipe, now: datetime) -> bool:
    """Whether a run of the schedule reads the platform too."""
    handed = connection.cursors.get(HANDED)
    return not chosen.handover_daily or not handed or chosen.next_handover(datetime.fromisoformat(handed)) <= now


def waits(connection: Connection) -> bool:
    """Whether what happens on the platform waits for its time of the day."""
    return recipe(connection.platform, connection.crm, connection.settings).handover_daily


def side_to_catch_up(connection: Connection) -> Side | None:
    """What is read at once after a pause: the CRM alone where the platform waits, else both."""
    return Side.CRM if waits(connection) else None
