"""The management API and the OAuth flow in process: real handlers, real sandboxes, the emulator's tables."""

import importlib.util
import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from giftbridge import bootstrap
from giftbridge.settings import vendor_override
from local.sandbox.bloomerang.sandbox import BloomerangDatabase
from local.sandbox.handbid import OrganisationControl
from tests.world import World

ROOT = Path(__file__).parents[2]
HOST = "giftbridge.invalid"
CONTEXT = SimpleNamespace(
    function_name="management", memory_limit_in_mb=128, invoked_function_arn="arn:test", aws_request_id="request"
)


@dataclass(frozen=True)
class Reply:
    """An answer of a function to the HTTP API."""

    status: int
    headers: dict[str, str]
    text: str
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.text)


def event_of(method: str, path: str, *, body: Any = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """A request as the HTTP API hands it on (payload 2.0)."""
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    text = body if isinstance(body, str) else None if body is None else json.dumps(body)
    return {
        "version": "2.0",
        "routeKey": f"{method} {parts.path}",
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "http": {"method": method, "path": parts.path},
            "stage": "$default",
            "domainName": HOST,
            "requestId": "request",
        },
        "isBase64Encoded": False,
        **({"queryStringParameters": query} if query else {}),
        **({"body": text} if text is not None else {}),
    }


def handler_of(function: str) -> ModuleType:
    """A function's module, as Lambda loads it."""
    spec = importlib.util.spec_from_file_location(f"function_{function}", ROOT / "functions" / function / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _reply(answer: dict[str, Any]) -> Reply:
    headers = {name.lower(): value for name, value in answer.get("headers", {}).items()}
    return Reply(answer["statusCode"], headers, answer.get("body") or "", tuple(answer.get("cookies", ())))


@dataclass
class Api:
    """The management API for one platform's key."""

    handler: Any
    key: str
    organisation: str = ""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Any path below the organisation, or an absolute one."""
        full = (
            path
            if path.startswith("/v1") or path == "/openapi.json"
            else f"/v1/organisations/{self.organisation}{path}"
        )
        sent = {
            "authorization": f"Bearer {self.key}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return _reply(self.handler(event_of(method, full, body=body, headers=sent), CONTEXT))

    def get(self, path: str, status: int = 200) -> Any:
        """The body of a read that must succeed."""
        return self._expect("GET", path, None, status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """The body of a call that must succeed."""
        return self._expect("POST", path, body, status)

    def _expect(self, method: str, path: str, body: Any, status: int) -> Any:
        reply = self.call(method, path, body)
        assert reply.status == status, reply.text
        return reply.json


@dataclass
class Browser:
    """Follows redirects of the OAuth flow by hand and keeps cookies like a browser."""

    handler: Any
    jar: dict[str, str] = field(default_factory=dict)

    def open(self, url: str, *, cookies: bool = True) -> Reply:
        """Ask the function for one of its own addresses."""
        parts = urlsplit(url)
        event = event_of("GET", f"{parts.path}?{parts.query}")
        if cookies and self.jar:
            event["cookies"] = ["other=1", *(f"{name}={value}" for name, value in self.jar.items())]
        reply = _reply(self.handler(event, CONTEXT))
        for cookie in reply.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.jar[name] = value
        return reply

    def consent(self, link: str) -> str:
        """Open the one-time link and answer the vendor's page; the address it sends the browser back to."""
        return self.consent_at(self.open(link))

    def consent_at(self, redirect: Reply) -> str:
        """The same from the redirect on."""
        assert redirect.status == 302, redirect.text
        return str(httpx.get(redirect.headers["location"], follow_redirects=False).headers["location"])


@dataclass
class Place:
    """A world with an organisation and a database that are not connected yet."""

    world: World
    api: Api
    browser: Browser
    crm: BloomerangDatabase
    platform: OrganisationControl

    def body(self, **more: Any) -> dict[str, Any]:
        """What connects both by key."""
        return {
            "crm": "bloomerang",
            "credentials": {"api_key": self.crm.api_key},
            "platform_credentials": {"token": self.platform.token},
            **more,
        }

    def connect(self, **settings: Any) -> str:
        """Connect by key; the connection's id."""
        fast = {name: {"calls_per_hour": 10_000_000} for name in ("handbid", "bloomerang")}
        made = self.api.post("/connections", self.body(settings={**fast, **settings}), 201)
        return str(made["connection"]["id"])

    def synced(self, **settings: Any) -> str:
        """The same, with a first sync done."""
        connection = self.connect(**settings)
        self.api.post(f"/connections/{connection}/first-sync", {"answer": "yes"}, 202)
        self.world.pump()
        assert self.view(connection)["first_sync"] == "done"
        return connection

    def view(self, connection: str) -> Any:
        """The connection as the API shows it."""
        return self.api.get(f"/connections/{connection}")

    def path(self, connection: str, rest: str) -> str:
        """A path below a connection."""
        return f"/connections/{connection}{rest}"

    def link(self, **settings: Any) -> str:
        """A one-time link for a consent."""
        body = {"crm": "bloomerang", "platform_credentials": {"token": self.platform.token}, "settings": settings}
        return str(self.api.post("/oauth/links", body, 201)["url"])

    def connect_by_consent(self) -> str:
        """Connect by OAuth; the connection's id."""
        self.world.bloomerang.consent(self.crm.name)
        page = self.browser.open(self.browser.consent(self.link()))
        assert page.status == 200, page.text
        (connection,) = self.api.get("/connections")["items"]
        return str(connection["id"])


@pytest.fixture
def place(world: World, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A fresh organisation, a fresh database, and a platform's key."""
    monkeypatch.setattr(bootstrap, "app", lambda: world.app)
    monkeypatch.setenv("GIFTBRIDGE_BLOOMERANG_AUTHORIZE_URL", world.bloomerang.authorize_url)
    monkeypatch.setenv("GIFTBRIDGE_BLOOMERANG_TOKEN_URL", world.bloomerang.token_url)
    vendor_override.cache_clear()
    client = {"client_id": world.bloomerang.client_id, "client_secret": world.bloomerang.client_secret}
    world.app.connections.keep_oauth_client(
        "bloomerang", world.app.vault.seal("oauth", {"provider": "bloomerang"}, client)
    )
    name = uuid.uuid4().hex[:12]
    crm, platform = world.bloomerang.database(name), world.handbid.organisation(name=name)
    world.app.connections.keep_api_key(f"key-{name}", "handbid", world.app.now())
    api = Api(handler_of("management").handler, f"key-{name}", platform.id)
    return Place(world, api, Browser(handler_of("oauth_callback").handler), crm, platform)


def query_of(url: str) -> dict[str, str]:
    """The query of an address."""
    return dict(parse_qsl(urlsplit(url).query))


def with_query(url: str, **changes: str) -> str:
    """The same address with other parameters; an empty one is left out."""
    parts = urlsplit(url)
    query = {name: value for name, value in {**query_of(url), **changes}.items() if value}
    return parts._replace(query=urlencode(query)).geturl()
