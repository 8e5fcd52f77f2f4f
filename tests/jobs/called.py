"""A connection whose CRM calls us: its manifest, its parser and its methods are another vendor's, the rest is real."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from giftbridge.connectors.manifest import Manifest, WebhookScheme, load_manifest
from giftbridge.jobs import registering
from giftbridge.jobs.hooks import HookSecrets
from giftbridge.jobs.intake import Intake, Refusal
from giftbridge.stores.connections import Connection
from giftbridge.stores.doors import Hook
from giftbridge.stores.inbox import Work
from local.sandbox.common.server import ServerThread
from tests.world import Pair, World

CRM = "bloomerang"
ASKERS = ("giftbridge.connectors.registry", "giftbridge.jobs.intake", "giftbridge.api.views")
"""Who asks for manifests."""


@dataclass
class Called:
    """What came in at our address, and what is made of it."""

    world: World
    pair: Pair
    intake: Intake
    base: str = ""
    answers: list[int] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        """As it is now."""
        return self.world.app.connections.get(self.pair.connection.owner, self.pair.connection.id)

    def hook(self, name: str = "crm") -> Hook:
        """One of its own addresses."""
        found = self.world.app.connections.hook(self.connection.hooks[name])
        assert found is not None
        return found

    def url(self, name: str = "crm") -> str:
        """Where that is called."""
        return f"{self.base}/webhooks/{CRM}/{self.hook(name).id}"

    def register(self) -> None:
        """Open the addresses and tell the vendor."""
        registering.start(self.world.app, self.connection)
        self.world.pump()

    def waiting(self, *kinds: str) -> list[Work]:
        """Work of these kinds, or of all."""
        account = self.pair.connection.account
        works = [work for queue in ("contacts", "gifts") for work in self.world.app.inbox.waiting(account, queue)]
        return [work for work in works if not kinds or work.kind in kinds]

    def take(self, request: Request) -> JSONResponse:
        """One webhook, as the function answers it."""
        path, headers = request.path_params, {name.lower(): value for name, value in request.headers.items()}
        try:
            made = self.intake.receive(path["provider"], path["hook"], headers, request.state.body)
        except Refusal as refusal:
            self.answers.append(refusal.status)
            return JSONResponse({"type": refusal.code}, refusal.status)
        self.answers.append(202)
        return JSONResponse({"accepted": made}, 202)

    async def receive(self, request: Request) -> JSONResponse:
        """The route."""
        request.state.body = await request.body()
        return self.take(request)


def state(patch: pytest.MonkeyPatch, name: str, **changes: Any) -> Manifest:
    """Let a system's manifest state something else, for all who ask."""
    stated = replace(load_manifest(name), **changes)

    def found(asked: str) -> Manifest:
        return stated if asked == name else load_manifest(asked)

    for module in ASKERS:
        patch.setattr(importlib.import_module(module), "load_manifest", found)
    return stated


def calls_us(
    patch: pytest.MonkeyPatch, scheme: WebhookScheme, parser: ModuleType, **methods: Callable[..., Any]
) -> None:
    """Let the CRM call us by a scheme, read by a vendor's parser; `methods` are added to its connector."""
    words = {"register": "registers_webhooks", "verified": "verifies_events"}
    more = {word for method, word in words.items() if method in methods} | {"webhooks"}
    plain = load_manifest(CRM)
    chosen = {"signature_header": scheme.signature_header, "signature_encoding": scheme.encoding}
    state(
        patch, CRM, webhook=scheme, capabilities=plain.capabilities | more, settings={**plain.settings, **chosen}
    )  # fmt: skip
    patch.setitem(sys.modules, f"giftbridge.connectors.{CRM}.webhook", parser)
    client = importlib.import_module(f"giftbridge.connectors.{CRM}.client")
    patch.setattr(client, "CONNECTOR", type("CallingUs", (client.CONNECTOR,), methods))


@contextmanager
def called(world: World, **settings: Any) -> Iterator[Called]:
    """A connection with an address that can be called."""
    app = world.app
    world.begin_again()
    intake = Intake(
        world.clock, app.connections, HookSecrets(app.vault, app.connections), app.inbox, app.accounts, app.doorbells
    )
    pair = world.connect(settings={CRM: {"calls_per_hour": 10_000_000, **settings}}, first_sync="done")
    site = Called(world, pair, intake)
    route = Route("/webhooks/{provider}/{hook}", site.receive, methods=["POST"])
    with ServerThread(Starlette(routes=[route])) as server:
        site.base = server.url
        world.app = replace(app, settings=replace(app.settings, public_url=server.url))
        yield site
    for work in site.waiting():  # some of it nobody does yet
        app.inbox.finish(work, app.now())
    world.begin_again()
