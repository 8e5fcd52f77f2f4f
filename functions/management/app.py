"""The management API: requests of platforms' backends."""

from typing import Any

from aws_lambda_powertools import Logger

from giftbridge import bootstrap
from giftbridge.api import management

logger = Logger()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with JSON or a problem document."""
    return management.handle(bootstrap.app(), event, context)
