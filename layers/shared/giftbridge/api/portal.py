"""Routes: letting an organisation's staff into the portal."""

from datetime import datetime

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel

from giftbridge.api import requests
from giftbridge.api.desk import Organisation, desk
from giftbridge.jobs import credentials, portal

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class PortalLink(BaseModel):
    """A link for one browser and one use."""

    url: str
    expires_at: datetime


@router.post("/portal/links", summary="Let staff into the portal: a one-time link", status_code=201, tags=["portal"])
def invite(organisation: Organisation, body: requests.PortalVisit) -> PortalLink:
    """Send the browser there at once: it is good for five minutes, and its session for eight hours, for this
    organisation alone. With the platform's credentials, staff is not asked for them when it connects a CRM."""
    here = desk(router)
    given = body.platform_credentials
    sealed = None
    if given:
        secret = credentials.of_platform(here.platform, given.token)
        sealed = portal.seal_platform_secret(here.app, here.platform, organisation, secret)
    visitor = portal.Visitor(body.actor, here.platform, organisation, platform_secret=sealed)
    link = portal.invite(here.app, visitor)
    return PortalLink(url=link.url(here.base), expires_at=link.expires_at)
