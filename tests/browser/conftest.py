"""The portal of the deployed stack in a real browser, over real HTTP, with the sandboxes behind it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, sync_playwright

from local.browser import NoBrowserError, chromium
from tests.rows.conftest import Deployment, Site, app, client, clock, connected, deployment, site, synced

__all__ = ["app", "client", "clock", "connected", "deployment", "site", "synced"]

PHONE = {"width": 375, "height": 720}
DESK = {"width": 1200, "height": 800}
MOST_BYTES = 100_000


@dataclass
class Screen:
    """One person's browser window in the portal. Every page that it shows is checked."""

    page: Page
    home: str
    scripted: bool = True
    complaints: list[str] = field(default_factory=list)
    refusals: tuple[str, ...] = ("4",)
    """How the status of a page begins that says no on purpose."""

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self._hear(said.text) if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self._hear(str(error)))
        self.page.on("request", self._mind)

    def open(self, path: str = "") -> "Screen":
        """A page by its address below the portal."""
        self.page.goto(f"{self.home}{path}")
        return self.checked()

    def press(self, name: str, within: Locator | None = None) -> "Screen":
        """The button or link of this name, and whatever page comes of it."""
        place: Any = within or self.page
        self._wanted(place, name).click()
        self.page.wait_for_load_state("load")
        return self.checked()

    def twice(self, what: str | Locator, within: Locator | None = None) -> "Screen":
        """The same by a double click, as some do with every button, and what comes of it in the end."""
        wanted = self._wanted(within or self.page, what) if isinstance(what, str) else what
        with self.page.expect_event("load"):  # of the second: without a script it aborts the first one's way
            wanted.dblclick()
        self.page.wait_for_load_state("networkidle")
        return self.checked()

    def fill(self, **typed: str) -> "Screen":
        """Type into fields, by their names."""
        for name, value in typed.items():
            self.page.locator(f"[name='{name}']").first.fill(value)
        return self

    def says(self, text: str, timeout: float = 30_000) -> "Screen":
        """Wait until the page shows this, reloading where nothing moves by itself."""
        self.page.get_by_text(text).first.wait_for(timeout=timeout)
        return self

    def section(self, heading: str) -> Locator:
        """The part of the page under this heading."""
        return self.page.get_by_role("region", name=heading)

    @property
    def text(self) -> str:
        """What a person reads."""
        return self.page.locator("body").inner_text()

    def checked(self) -> "Screen":
        """Accessible, within its size, without a word of complaint from the browser."""
        if self.scripted:
            found = Axe().run(self.page)
            assert found.violations_count == 0, found.generate_report()
        assert len(self.page.content().encode()) < MOST_BYTES
        assert self.complaints == []
        overflow = self.scripted and self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{overflow} pixels too wide for {self.page.viewport_size}"
        return self

    def _wanted(self, place: Any, name: str) -> Locator:
        button: Locator = place.get_by_role("button", name=name, exact=True)
        link: Locator = place.get_by_role("link", name=name, exact=True)
        return button.first if button.count() else link.first

    def _hear(self, text: str) -> None:
        expected = "Failed to load resource: the server responded with a status of "
        if not text.startswith(tuple(f"{expected}{status}" for status in self.refusals)):
            self.complaints.append(text)

    def _mind(self, request: Request) -> None:
        asked_by_us = self.page.url.startswith(self.home) and not request.is_navigation_request()
        if asked_by_us and urlsplit(request.url).netloc != urlsplit(self.home).netloc:
            self.complaints.append(f"asks {request.url}")


@dataclass
class Visitors:
    """Lets people into the portal, each in a browser of their own."""

    browser: Browser
    deployment: Deployment
    opened: list[BrowserContext] = field(default_factory=list)

    def staff(self, site: Site, **options: Any) -> Screen:
        """Somebody of the site's organisation, as the platform's backend lets them in."""
        return self._let_in(self.link(site), **options)

    def link(self, site: Site) -> str:
        """What the platform's backend sends a person's browser to; it opens the portal once."""
        body = {"actor": "anna", "platform_credentials": {"token": site.platform.token}}
        return str(site.post("/portal/links", body)["url"])

    def operator(self, **options: Any) -> Screen:
        """Who operates the deployment, let in by the command line."""
        return self._let_in(self.deployment.ops("portal").strip(), **options)

    def _let_in(self, link: str, **options: Any) -> Screen:
        context = self.browser.new_context(**{"viewport": DESK, "locale": "en-US", **options})
        context.set_default_timeout(20_000)
        self.opened.append(context)
        scripted = options.get("java_script_enabled", True)
        screen = Screen(context.new_page(), f"{self.deployment.stack.api}/portal", scripted)
        screen.page.goto(link)
        return screen.checked()

    def close(self) -> None:
        """Close all windows."""
        for context in self.opened:
            context.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    try:
        path: Path = chromium()
    except NoBrowserError as why:
        pytest.skip(str(why))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visitors(browser: Browser, deployment: Deployment) -> Iterator[Visitors]:
    """Whoever the test lets in."""
    made = Visitors(browser, deployment)
    yield made
    made.close()
