"""Items of other versions: older ones are brought up to date as they are read, newer ones are left to who knows them.

Everything is written with `VERSION`, so what is read once and written again has been upgraded.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from giftbridge.errors import Defer
from giftbridge.stores.attributes import Item

VERSION: Final = 2
DEPLOYING: Final = timedelta(minutes=1)
"""About as long as two versions run side by side."""


def is_newer(item: Mapping[str, Any]) -> bool:
    """Whether only code that is newer than this can read it."""
    return bool(item.get("v", VERSION) > VERSION)


def current(item: Item) -> Item:
    """As this version has it. Raises `Defer` for a newer one: an old worker leaves it alone during a deployment."""
    if is_newer(item):
        why = "A newer version wrote this. It waits until that one is deployed."
        raise Defer(why, until=datetime.now(UTC) + DEPLOYING, code="version")
    for version in range(item.get("v", VERSION), VERSION):
        item = {**UPGRADES[version](item), "v": version + 1}
    return item


def _from_1(item: Item) -> Item:
    """Events that are done learned to be done again: by their kind, as nothing else was kept of them."""
    key = str(item.get("pk", ""))
    if not key.startswith("DONE|") or "subject" not in item or "queue" in item:
        return item
    contacts = item["kind"] == "contact"
    return {
        **item,
        "connection": key.partition("|")[2],
        "id": item["sk"],
        "event": item["sk"],
        "queue": "contacts" if contacts else "gifts",
        "lane": "webhooks" if contacts else "gifts",
        "discarded_by": "",
        "data": {},
    }


UPGRADES: Final[Mapping[int, Callable[[Item], Item]]] = {1: _from_1}
"""Version -> what makes the next one of its items."""
