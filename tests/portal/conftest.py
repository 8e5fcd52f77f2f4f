"""The portal in process: the real handler, real sandboxes, the emulator's tables, and a browser without a script."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from giftbridge import bootstrap
from giftbridge.jobs import portal
from giftbridge.jobs.portal import Visitor
from local.sandbox.bloomerang.sandbox import BloomerangDatabase
from local.sandbox.handbid import OrganisationControl
from tests.large import world
from tests.management.conftest import CONTEXT, Reply, event_of, handler_of, place
from tests.world import World

__all__ = ["place", "world"]

ORIGIN = "https://giftbridge.invalid"


@dataclass
class Form:
    """A form of a page: where it goes and what it holds."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""
        self._in_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", "")))
        elif tag == "input" and self.found and given.get("name"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.found[-1].fields.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and "selected" in given:
            self.found[-1].fields.append((self._select, given.get("value", "")))
        elif tag == "button":
            self._in_button = True

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._in_button = False if tag == "button" else self._in_button

    def handle_data(self, data: str) -> None:
        if self._in_button and self.found and data.strip():
            self.found[-1].buttons.append(data.strip())


def forms(page: Reply) -> list[Form]:
    """The forms of a page."""
    parser = _Forms()
    parser.feed(page.text)
    return parser.found


@dataclass
class Visiting:
    """Somebody's browser: it keeps cookies, follows redirects within the portal, and fills in forms."""

    handler: Any
    jar: dict[str, str] = field(default_factory=dict)
    address: str = ""

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Reply:
        """One request; redirects are left to the caller."""
        sent = {"content-type": "application/x-www-form-urlencoded", **headers} if body is not None else headers
        event = event_of(method, path, body=body, headers={name.replace("_", "-"): text for name, text in sent.items()})
        if self.jar:
            event["cookies"] = ["other=1", *(f"{name}={value}" for name, value in self.jar.items())]
        answer = self.handler(event, CONTEXT)
        for cookie in answer.get("cookies", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.jar[name] = value
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        return Reply(answer["statusCode"], headers, answer.get("body") or "", tuple(answer.get("cookies", ())))

    def get(self, path: str, status: int = 200) -> Reply:
        """A page, wherever redirects lead."""
        reply = self.ask("GET", path)
        while reply.status == 303:
            self.address = reply.headers["location"]
            reply = self.ask("GET", self.address)
        assert reply.status == status, (reply.status, reply.text)
        return reply

    def send(self, page: Reply, action: str, status: int = 200, **typed: str) -> Reply:
        """Fill in the form whose address ends so, send it, and follow."""
        form = next(one for one in forms(page) if urlsplit(one.action).path.endswith(action))
        return self.submit(form, status, **typed)

    def submit(self, form: Form, status: int = 200, **typed: str) -> Reply:
        """Send a form as it is, with what was typed."""
        fields = [(name, value) for name, value in form.fields if name not in typed]
        body = urlencode([*fields, *typed.items()])
        reply = self.ask("POST", form.action, body, origin=ORIGIN)
        if reply.status == 303:
            self.address = reply.headers["location"]
            return self.get(self.address, status)
        assert reply.status == status, (reply.status, reply.text)
        return reply


@dataclass
class Staff:
    """An organisation's staff in the portal, with the two systems that it may connect."""

    world: World
    browser: Visiting
    crm: BloomerangDatabase
    platform: OrganisationControl
    handler: Any

    @property
    def owner(self) -> str:
        """The organisation among all platforms'."""
        return f"handbid:{self.platform.id}"

    def link(self, **visitor: Any) -> str:
        """A one-time link, as the platform's backend gets it."""
        known = {"actor": "anna", "platform": "handbid", "organisation": self.platform.id, **visitor}
        return f"/portal/enter?link={portal.invite(self.world.app, Visitor(**known)).secret}"

    def colleague(self, **visitor: Any) -> Visiting:
        """Another browser, let in."""
        browser = Visiting(self.handler)
        browser.get(self.link(**visitor))
        return browser

    def connect(self) -> str:
        """Connect by key in the browser; the connection's id."""
        page = self.browser.get("/portal/connect/bloomerang")
        self.browser.send(page, "/key", api_key=self.crm.api_key, token=self.platform.token)
        (one,) = self.world.app.connections.of_organisation(self.owner)
        return one.id


@pytest.fixture
def staff(world: World, monkeypatch: pytest.MonkeyPatch) -> Staff:
    """Staff of a fresh organisation, let in; nothing is connected yet."""
    monkeypatch.setattr(bootstrap, "app", lambda: world.app)
    name = uuid.uuid4().hex[:12]
    handler = handler_of("portal").handler
    made = Staff(
        world, Visiting(handler), world.bloomerang.database(name), world.handbid.organisation(name=name), handler
    )
    made.browser.get(made.link())
    return made


@pytest.fixture
def calls_to_storage(world: World) -> Callable[[Callable[[], Any]], list[str]]:
    """What a piece of work asks of DynamoDB, by the calls' names."""
    client: Any = world.app.connections.db.client
    heard: list[str] = getattr(client, "calls", [])
    if not hasattr(client, "calls"):  # the emulator's
        client.meta.events.register("before-call.dynamodb", lambda model, **_: heard.append(model.name))

    def count(work: Callable[[], Any]) -> list[str]:
        before = len(heard)
        work()
        return heard[before:]

    return count


@pytest.fixture
def strangers(staff: Staff) -> Staff:
    """Staff of another organisation, let in."""
    name = uuid.uuid4().hex[:12]
    world = staff.world
    other = Staff(
        world,
        Visiting(staff.handler),
        world.bloomerang.database(name),
        world.handbid.organisation(name=name),
        staff.handler,
    )
    other.browser.get(other.link())
    return other
