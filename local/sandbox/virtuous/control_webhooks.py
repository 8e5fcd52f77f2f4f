"""Control routes for deliveries: what was sent, sending again, and requests that are wrong in some way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.sandbox.virtuous.announce import contact_model, gift_model
from local.sandbox.virtuous.courier import envelope, hand_made
from local.sandbox.virtuous.gift_views import show_project
from local.sandbox.virtuous.organisation import Event, Organisation
from local.sandbox.virtuous.wishes import HandMade
from local.sandbox.virtuous.world import World

_STALE_SECONDS = 30 * 24 * 3600


def webhook_routes(world: World, prefix: str, find: Callable[[Request], Organisation]) -> list[Route]:
    """The routes below an organisation's prefix."""
    found = _WebhookRoutes(world, find)
    return [
        Route(f"{prefix}/deliveries", found.deliveries, methods=["GET"]),
        Route(f"{prefix}/deliveries/{{id}}/replay", found.replay, methods=["POST"]),
        Route(f"{prefix}/webhooks", found.hand_made, methods=["POST"]),
    ]


class _WebhookRoutes:
    def __init__(self, world: World, find: Callable[[Request], Organisation]) -> None:
        self._world = world
        self._find = find

    async def deliveries(self, request: Request) -> Response:
        found = self._world.courier.deliveries(self._find(request))
        return JSONResponse([delivery.dump() for delivery in found])

    async def replay(self, request: Request) -> Response:
        """Send a delivery once more as it was."""
        organisation = self._find(request)
        for delivery in self._world.courier.deliveries(organisation):
            if delivery.id == request.path_params["id"]:
                timeout = organisation.options.webhook_timeout_seconds
                answer = await self._world.courier.send(delivery.url, delivery.headers, delivery.body, timeout)
                return JSONResponse({"answer": answer, "headers": delivery.headers, "body": delivery.body})
        raise KeyError(request.path_params["id"])

    async def hand_made(self, request: Request) -> Response:
        """Make a delivery that is wrong in some way, and send it unless asked not to."""
        organisation, wish = self._find(request), HandMade.model_validate(await request.json())
        webhook = organisation.webhooks.rows[wish.webhook].data
        body = wish.body or json.dumps(_envelope(organisation, wish), separators=(",", ":"))
        headers, body = hand_made(organisation.options, webhook["secret"], body, wish.variant, wish.size)
        answer: int | str | None = None
        if wish.send:
            timeout = organisation.options.webhook_timeout_seconds
            answer = await self._world.courier.send(webhook["payloadUrl"], headers, body, timeout)
        return JSONResponse({"answer": answer, "headers": headers, "body": body})


def _envelope(organisation: Organisation, wish: HandMade) -> dict[str, Any]:
    age = _STALE_SECONDS if wish.variant == "stale" else 0
    models = [_model(organisation, wish.event, record_id) for record_id in wish.ids]
    return envelope(organisation, Event(wish.event, models, Organisation.STAFF, organisation.now() - age), models)


def _model(organisation: Organisation, event: str, record_id: int) -> dict[str, Any]:
    """The record as it is now, or, where there is none, a bare id."""
    kind = "gift" if event.startswith("Gift") else "contact" if event.startswith("Contact") else "project"
    tables = {"gift": organisation.gifts, "contact": organisation.contacts, "project": organisation.projects}
    shows = {"gift": gift_model, "contact": contact_model, "project": show_project}
    record = tables[kind].get(record_id)
    return {kind: shows[kind](organisation, record) if record is not None else {"id": record_id}}
