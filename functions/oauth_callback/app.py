"""Consent at a CRM by OAuth: a one-time link in, the vendor's answer back, each with a page for a person."""

from typing import Any

from giftbridge import bootstrap
from giftbridge.api import consent, pages
from giftbridge.logs import entry_point, logger, told


@entry_point
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer with a redirect or a page; what must not happen is logged without its query."""
    try:
        answer = consent.handle(bootstrap.app(), event)
    except Exception as error:
        logger.error("consent failed", extra=told(error))
        bootstrap.count("Bugs", 1)
        return pages.broken()
    logger.info("consent", extra={"route": event.get("routeKey", ""), "status": answer["statusCode"]})
    return answer
