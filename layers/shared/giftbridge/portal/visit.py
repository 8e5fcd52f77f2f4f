"""One request as the pages see it: who visits, what was typed, and where an answer leads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from giftbridge.errors import GiftbridgeError, NotFound
from giftbridge.jobs.context import App
from giftbridge.jobs.portal import Arrival, Visitor
from giftbridge.portal import render
from giftbridge.recipes import Recipe, recipe
from giftbridge.stores.connections import Connection
from giftbridge.stores.runs import Run

FORM_TOKEN: Final = "form_token"  # noqa: S105  (a field's name)
FORM_ID: Final = "form_id"
OURS: Final = (FORM_TOKEN, FORM_ID)
"""Hidden fields of every form."""
LONG: Final = 7
"""Digits of a number that nobody means."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What every page works with. The organisation comes from the session, so nobody can name another's."""

    app: App
    arrival: Arrival
    base: str
    """Our public address."""
    root: str
    """Where the portal's pages begin, without the host."""
    path: str
    """This page's address below `root`."""
    query: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """The fields of a form that was sent, each with all its values."""
    partial: bool = False
    """Whether only a part of the page was asked for, by a script."""

    def given(self, name: str) -> str:
        """One field of the form, without spaces around it; empty where it was left out."""
        return self.typed.get(name, ("",))[-1].strip()

    @property
    def visitor(self) -> Visitor:
        """Whose session this is."""
        return self.arrival.visitor

    @property
    def connection(self) -> Connection:
        """The one that the page's address names. Raises `NotFound`, also for another organisation's."""
        if self.arrival.connection is None:
            raise NotFound("There is no such connection.")
        return self.arrival.connection

    @property
    def run(self) -> Run:
        """The run that the page's address names. Raises `NotFound`, also for one of another connection."""
        found = self.arrival.run
        if found is None or found.connection != self.connection.id:
            raise NotFound("There is no such run.")
        return found

    @property
    def recipe(self) -> Recipe:
        """How that connection behaves."""
        one = self.connection
        return recipe(one.platform, one.crm, one.settings)

    @property
    def zone(self) -> str:
        """The organisation's time zone."""
        return render.zone_of(self.connection)

    def connections(self) -> list[Connection]:
        """All that this visitor's organisation has."""
        return self.app.connections.of_organisation(self.visitor.owner)

    def page_number(self) -> int:
        """Which page of a list the address names; 1 is the first."""
        return max(1, whole(self.query.get("page", "")))

    def why_not(self, check: Callable[[Connection], None]) -> str:
        """Why something can't be done for this connection now; empty where it can."""
        try:
            check(self.connection)
        except GiftbridgeError as refused:
            return str(refused)
        return ""

    def url(self, *parts: str, **query: str) -> str:
        """Address of a page; parameters without a value are left out."""
        path = "/".join([self.root, *(quote(part, safe="") for part in parts)])
        given = urlencode({name: value for name, value in query.items() if value})
        return f"{path}?{given}" if given else path

    def page(self, template: str, status: int = 200, **shown: Any) -> Response[str]:
        """A page of the portal."""
        return render.page(template, self, status, **shown)

    def go(self, *parts: str, **query: str) -> Response[str]:
        """Send the browser to a page, once something was done."""
        return redirect(self.url(*parts, **query))

    def go_to_run(self, run: Run, done: str = "started") -> Response[str]:
        """Send the browser to a run that was just made."""
        return self.go("c", run.connection, "log", run.id, done=done)


def visit(router: APIGatewayHttpRouter) -> Visit:
    """Of the request that is being answered."""
    found: Visit = router.context["visit"]
    return found


def operators_visit(router: APIGatewayHttpRouter) -> Visit:
    """The same, of an operator; to anybody else the page is not there."""
    found = visit(router)
    if not found.visitor.operator:
        raise NotFoundError
    return found


def whole(text: str) -> int:
    """A number that was typed, or stands in an address; 0 for what is none, or is too large to be meant."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < LONG else 0


def redirect(address: str, cookie: str = "") -> Response[str]:
    """The answer to a form: a page to look at, so that nothing is sent twice by a reload."""
    headers: dict[str, str | list[str]] = {"Location": address, "Cache-Control": "no-store"}
    if cookie:
        headers["Set-Cookie"] = cookie
    return Response(303, "text/plain; charset=utf-8", "", {**render.SAFETY, **headers})
