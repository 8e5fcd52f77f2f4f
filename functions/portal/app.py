"""The portal: pages for staff and operators."""

from typing import Any

from giftbridge import bootstrap
from giftbridge.logs import entry_point
from giftbridge.portal import site


@entry_point
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with a page, a file of ours, or where to look."""
    return site.handle(bootstrap.app(), event, context)
