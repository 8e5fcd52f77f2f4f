"""Requests to the portal over plain HTTP, as a browser makes them."""

import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from giftbridge.jobs.portal import Visitor
from giftbridge.portal.site import COOKIE
from giftbridge.portal.visit import FORM_ID, FORM_TOKEN
from tests.rows.conftest import Site


@dataclass
class Browser:
    """Who sends the cookie of a session, or none."""

    api: str
    cookie: str = ""
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    @property
    def token(self) -> str:
        """What every form of this session carries."""
        return Visitor("", secret=self.cookie.partition(".")[2]).form_token

    def ask(
        self, method: str, path: str, typed: dict[str, str] | None = None, origin: str = "", **headers: str
    ) -> httpx.Response:
        """A request as this browser makes it; a form with all that a form carries."""
        sent = {"origin": origin or "{0.scheme}://{0.netloc}".format(urlsplit(self.api)), **headers}
        if self.cookie:
            sent["cookie"] = f"{COOKIE}={self.cookie}"
        if method == "GET":
            return self.http.get(f"{self.api}/portal{path}", params=typed, headers=sent)
        form = {FORM_TOKEN: self.token, FORM_ID: uuid.uuid4().hex, **(typed or {})}
        return self.http.post(f"{self.api}/portal{path}", data=form, headers=sent)


def let_in(site: Site) -> Browser:
    """A member of the site's staff."""
    link = site.post("/portal/links", {"actor": "anna", "platform_credentials": {"token": site.platform.token}})["url"]
    cookie = httpx.get(link, timeout=60).headers["set-cookie"].partition(";")[0].partition("=")[2]
    return Browser(site.deployment.stack.api, cookie)
