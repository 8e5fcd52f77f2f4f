"""The portal's door, over HTTP: no organisation reaches another's records by any route, and no form is forged."""

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import portal
from giftbridge.jobs.context import App
from giftbridge.jobs.portal import Visitor
from giftbridge.jobs.pull import files
from giftbridge.jobs.session import account_keyring
from giftbridge.portal.site import site as pages
from giftbridge.portal.visit import FORM_TOKEN
from giftbridge.stores.connections import owner
from giftbridge.stores.runs import Line
from tests.rows.conftest import Deployment, Site, eventually
from tests.rows.money import auction, paid
from tests.rows.people import in_crm, on_platform
from tests.rows.visiting import Browser, let_in
from tests.world import MovingClock

Route = tuple[str, str]
ROUTES: list[Route] = sorted(
    (str(route.method), str(route.path)) for route in (*pages._static_routes, *pages._dynamic_routes)
)
OWN = {"", "/connect", "/connect/<crm>", "/connect/<crm>/key", "/connect/<crm>/consent"}
"""Pages that name nothing of anybody's: whose they are, the session says."""
TABLES = ("CONNECTIONS", "LINKS", "RUNS", "INBOX")


@dataclass
class Place:
    """An organisation with something behind each route: what its addresses and forms name."""

    site: Site
    run: str
    line: dict[str, str]
    question: dict[str, str]
    past: str
    gift: str

    @property
    def names(self) -> tuple[str, ...]:
        """What an item is known by that is theirs."""
        return self.site.connection, self.site.platform.id, self.site.crm.id

    def path(self, rule: str, run: str = "") -> str:
        """The address of a route, about this organisation's things."""
        return rule.replace("<_connection>", self.site.connection).replace("<_run>", run or self.run).replace(
            "<view>", "past"
        )  # fmt: skip

    def typed(self, rule: str) -> dict[str, str]:
        """What a form of that route would hold."""
        shared = {
            "answer": "yes", "links": "erase", "side": "platform", "rate": "10", "connection": self.site.connection,
            "token": self.site.platform.token, "api_key": self.site.crm.api_key, "gift": self.gift,
            "listed": self.gift, "only": self.past, "kind": "fund", "match_threshold": "0.5", "work": "x",
        }  # fmt: skip
        by_route = {
            "/review/one": self.question, "/answer": {**self.question, "decision": "ignore"},
            "/retry-one": self.line, "/file": {"id": f"{self.run}-1"}, "/review": {}, "/operations": {"kind": "run"},
        }  # fmt: skip
        own = next((fields for end, fields in by_route.items() if rule.endswith(end)), {})
        return {**shared, **({"kind": "contact"} if rule.endswith("/review") else {}), **own}


def rules(part: str, method: str = "") -> list[Route]:
    """Routes whose address has that part, below the portal."""
    below = [(how, rule.removeprefix("/portal")) for how, rule in ROUTES]
    return [(how, rule) for how, rule in below if part in rule and method in ("", how)]


@pytest.fixture
def theirs(synced: Site, app: App) -> Place:
    """With a question, a failure, a file, a past event, and work that waits."""
    site = synced
    in_crm(site, "Ferdinanda Shared", "shared@example.org")
    donor = on_platform(site, "Zebulonia Lane", email="shared@example.org")
    on_platform(site, "Oddvarine Lane", email="shared@example.org")
    site.sync()
    known = on_platform(site, "Ida Lane", email="ida@example.org")
    site.sync()
    held = auction(site, paid(known, 5000), {**paid(known, 6000), "contactId": None})
    run = site.reconcile(held["event"]["id"])
    failed = site.records(run["id"], "failed")[0]
    (asked, *_) = [one for one in site.get("~/reviews")["items"] if one["id"] == donor]
    connection = app.connections.get(owner("handbid", site.platform.id), site.connection)
    name = f"{run['id']}-1"
    stored = app.runs.get(site.connection, run["id"])
    assert stored is not None
    app.runs.write_lines(stored, [Line("file", Side.PLATFORM, name, "created")])
    files.keep(app, connection, account_keyring(app, connection.account), name, "a,b\r\n")
    (past,) = eventually(lambda: list(app.inbox.remembered(site.connection)))
    settled(site)
    return Place(
        site,
        run["id"],
        {name: failed[name] for name in ("kind", "side", "id")},
        {name: asked[name] for name in ("kind", "side", "id")},
        past.key["sk"],
        held["transactions"][0]["id"],
    )


@pytest.fixture
def mine(theirs: Place, deployment: Deployment, client: httpx.Client) -> Site:
    """Another organisation with another database, synced."""
    name = uuid.uuid4().hex[:12]
    made = Site(deployment, client, deployment.crms.database(name), deployment.platforms.organisation(name=name))
    made.connect().first_sync("no")
    return made


def everything(site: Site) -> tuple[list[str], int]:
    """All that is stored of an organisation, and how often its systems were called."""
    names = (site.connection, site.platform.id, site.crm.id)
    items = [json.dumps(item, sort_keys=True, default=str) for table in TABLES for item in site.deployment.table(table)]
    calls = sum(site.crm.calls().values()) + sum(site.platform.calls().values())
    return sorted(item for item in items if any(name in item for name in names)), calls


def settled(site: Site) -> tuple[list[str], int]:
    """The same, once nothing moves any more."""
    seen = everything(site)

    def still() -> bool:
        nonlocal seen
        before, seen = seen, everything(site)
        return before == seen

    eventually(still, pause=0.5)
    return seen


def test_every_route_is_known_to_be_about_somebodys_things_or_about_nobodys() -> None:
    told = {rule for part in ("<_connection>", "/operations") for _, rule in rules(part)}
    assert {rule for _, rule in rules("")} - told == OWN
    assert len(ROUTES) > 40


def test_no_route_shows_or_does_anything_of_another_organisation(theirs: Place, mine: Site) -> None:
    stranger, colleague = let_in(mine), let_in(theirs.site)
    before = settled(theirs.site)
    my_run = mine.runs()[0]["id"]
    for method, rule in rules("<_connection>") + rules("/operations"):
        typed, path = theirs.typed(rule), theirs.path(rule)
        told = {path: stranger.ask(method, path, typed)}
        if "<_run>" in rule:
            own = path.replace(theirs.site.connection, mine.connection)
            told |= {own: stranger.ask(method, own, typed)}
            told |= {f"{path} mine": stranger.ask(method, theirs.path(rule, my_run), typed)}
        assert {reply.status_code for reply in told.values()} == {404}, (method, told)
        assert not any(name in reply.text for reply in told.values() for name in ("Zebulonia", theirs.site.crm.name))
    for _, rule in rules("", "GET"):
        if rule in OWN:
            page = stranger.ask("GET", rule.replace("<crm>", "bloomerang"))
            assert (page.status_code, any(name in page.text for name in theirs.names)) == (200, False), rule
    assert settled(theirs.site) == before, "nothing of theirs was changed, and none of their systems called"
    for _, rule in rules("<_connection>", "GET"):
        shown = colleague.ask("GET", theirs.path(rule), theirs.typed(rule))
        assert shown.status_code in (200, 303), f"{rule} is there for them: {shown.status_code}"


def test_records_of_another_organisation_are_not_found_below_ones_own(theirs: Place, mine: Site) -> None:
    stranger = let_in(mine)
    before = settled(theirs.site)
    my_run = mine.runs()[0]["id"]
    for method, end in (
        ("GET", "/review/one"), ("POST", "/review/one/answer"), ("POST", "/log/<_run>/retry-one"),
        ("GET", "/log/<_run>/file"), ("POST", "/webhooks/past/replay"),
    ):  # fmt: skip
        rule = f"/c/<_connection>{end}"
        assert (method, rule) in rules("")
        path = theirs.path(rule, my_run).replace(theirs.site.connection, mine.connection)
        assert stranger.ask(method, path, theirs.typed(rule)).status_code == 404, rule
    sent = stranger.ask("POST", f"/c/{mine.connection}/transactions/send", {"gift": theirs.gift})
    assert 400 <= sent.status_code < 500
    assert mine.gifts() == []
    assert settled(theirs.site) == before


def test_without_a_session_that_is_good_every_route_asks_to_come_in(
    theirs: Place, mine: Site, app: App, clock: MovingClock
) -> None:
    clock.advance(hours=-9)
    visitor = Visitor("anna", "handbid", theirs.site.platform.id)
    ended = portal.enter(app, portal.invite(app, visitor).secret)
    clock.advance(hours=9)
    me = let_in(mine)
    claim = base64.urlsafe_b64encode(owner("handbid", theirs.site.platform.id).encode()).decode()
    before = settled(theirs.site)
    for cookie in ("", ended, f"{claim}.{me.cookie.partition('.')[2]}"):
        browser = Browser(me.api, cookie)
        for method, rule in rules(""):
            path = theirs.path(rule).replace("<crm>", "bloomerang")
            reply = browser.ask(method, path, theirs.typed(rule))
            assert (reply.status_code, theirs.site.crm.name in reply.text) == (401, False), (method, rule, cookie)
            assert theirs.site.crm.api_key not in reply.text
    assert settled(theirs.site) == before


def test_a_forged_form_does_nothing_by_any_route(theirs: Place) -> None:
    browser = let_in(theirs.site)
    before = settled(theirs.site)
    for _, rule in rules("", "POST"):
        path, typed = theirs.path(rule).replace("<crm>", "bloomerang"), theirs.typed(rule)
        elsewhere = browser.ask("POST", path, typed, origin="https://evil.example")
        assert (elsewhere.status_code, "came from elsewhere" in elsewhere.text) == (403, True), rule
        assert browser.ask("POST", path, typed, origin="null").status_code == 403, rule
        crossed = browser.ask("POST", path, typed, **{"sec-fetch-site": "cross-site"})
        assert crossed.status_code == 403, rule
        asked = browser.ask("POST", path, {**typed, FORM_TOKEN: ""})
        assert (asked.status_code, "Please confirm" in asked.text) == (409, True), rule
        assert theirs.site.crm.api_key not in asked.text, "a secret is typed again"
    assert settled(theirs.site) == before


def test_a_link_that_was_used_has_expired_or_was_made_up_lets_nobody_in(
    synced: Site, app: App, clock: MovingClock
) -> None:
    api = synced.deployment.stack.api
    clock.advance(seconds=-(portal.LINK_VALID + timedelta(seconds=1)).total_seconds())
    late = portal.invite(app, Visitor("anna", "handbid", synced.platform.id)).secret
    clock.shift = timedelta()
    used = portal.invite(app, Visitor("anna", "handbid", synced.platform.id)).secret
    assert httpx.get(f"{api}/portal/enter?link={used}", timeout=60).status_code == 303
    for link, status, why in ((used, 410, "used already"), (late, 410, "has expired"), ("made-up", 404, "not valid")):
        reply = httpx.get(f"{api}/portal/enter?link={link}", timeout=60)
        assert (reply.status_code, why in reply.text, "set-cookie" in reply.headers) == (status, True, False), link
