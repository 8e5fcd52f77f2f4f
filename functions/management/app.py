"""The management API: requests of platforms' backends."""

from typing import Any

from giftbridge import bootstrap
from giftbridge.api import management
from giftbridge.logs import entry_point


@entry_point
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with JSON or a problem document."""
    return management.handle(bootstrap.app(), event, context)
