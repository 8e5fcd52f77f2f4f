"""One request as the routes see it: who asks, of which platform, under which address we are known."""

from dataclasses import dataclass
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.jobs.context import App
from giftbridge.stores.connections import Connection, owner

Organisation = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="The platform's id of it")]
ConnectionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9]{1,64}$")]
RunId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Limit = Annotated[int, Query(ge=1, le=200)]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every route works with. `platform` comes from the API key, so nobody can name another's."""

    app: App
    platform: str
    actor: str
    base: str

    def who(self, organisation: str) -> str:
        """The organisation among all platforms'."""
        return owner(self.platform, organisation)

    def connection(self, organisation: str, connection: str) -> Connection:
        """Raises `NotFound`, also for another organisation's or platform's."""
        return self.app.connections.get(self.who(organisation), connection)


def desk(router: APIGatewayHttpRouter) -> Desk:
    """Of the request that is being answered."""
    found: Desk = router.context["desk"]
    return found


def public_base(app: App, event: dict[str, Any]) -> str:
    """Our address: as it is set, else as we were called."""
    if app.settings.public_url:
        return app.settings.public_url.rstrip("/")
    context = event["requestContext"]
    stage = context.get("stage", "$default")
    return f"https://{context['domainName']}" + ("" if stage == "$default" else f"/{stage}")
