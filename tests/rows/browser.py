"""A browser that follows the OAuth flow by hand, and keeps the cookies of each host like a real one."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from tests.rows.conftest import Deployment, Site


@dataclass
class Browser:
    """One person's browser. Cookies are `Secure`, and 127.0.0.1 counts as secure in browsers, so they are sent."""

    jar: dict[str, str] = field(default_factory=dict)

    def open(self, url: str) -> httpx.Response:
        """Ask for an address; redirects are left to the caller."""
        cookies = "; ".join(f"{name}={value}" for name, value in {"other": "1", **self.jar}.items())
        reply = httpx.get(url, headers={"cookie": cookies}, follow_redirects=False, timeout=30)
        for kept in reply.headers.get_list("set-cookie"):
            name, _, value = kept.partition(";")[0].partition("=")
            self.jar[name] = value
        return reply

    def consent(self, link: str) -> str:
        """Open the one-time link and go through the vendor's page; where the browser is sent then."""
        asked = self.open(link).headers["location"]
        return str(httpx.get(asked, follow_redirects=False).headers["location"])


def link_for(site: Site, path: str = "/oauth/links") -> str:
    """A one-time link from the management API."""
    body = {"crm": "bloomerang", "platform_credentials": {"token": site.platform.token}} if path[0] == "/" else None
    made = site.post(path, body)
    site.connection = made["connection"]
    return str(made["url"])


def consented(deployment: Deployment, site: Site) -> Site:
    """Connect by consent."""
    deployment.crms.consent(site.crm.name)
    browser = Browser()
    page = browser.open(browser.consent(link_for(site)))
    assert page.status_code == 200, page.text
    return site


def query_of(url: str) -> dict[str, str]:
    """The query of an address."""
    return dict(parse_qsl(urlsplit(url).query))


def with_query(url: str, **changes: str) -> str:
    """The same address with other parameters; an empty one is left out."""
    query = {name: value for name, value in {**query_of(url), **changes}.items() if value}
    return urlsplit(url)._replace(query=urlencode(query)).geturl()
