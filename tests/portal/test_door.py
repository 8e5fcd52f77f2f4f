"""Who gets into the portal, and what every form must carry."""

from urllib.parse import urlencode, urlsplit

import pytest

from giftbridge.errors import Retry
from giftbridge.jobs import portal
from giftbridge.jobs.portal import Visitor
from giftbridge.portal.site import COOKIE
from giftbridge.portal.visit import FORM_ID
from tests.portal.conftest import ORIGIN, Staff, Visiting, forms


def test_a_link_lets_one_browser_in_once(staff: Staff) -> None:
    link = staff.link()
    first, second = Visiting(staff.handler), Visiting(staff.handler)
    assert "Connections" in first.get(link).text
    assert "used already" in second.get(link, 410).text
    assert "Open the portal from your platform" in second.get("/portal", 401).text


def test_the_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(staff: Staff) -> None:
    reply = Visiting(staff.handler).ask("GET", staff.link())
    (cookie,) = reply.cookies
    assert cookie.startswith("__Host-")
    for attribute in ("Path=/", "Secure", "HttpOnly", "SameSite=Lax"):
        assert f"; {attribute}" in cookie
    assert "Domain" not in cookie


@pytest.mark.parametrize(("link", "why"), [("", "not valid"), ("made-up", "not valid")])
def test_a_link_that_was_never_given_out_opens_nothing(staff: Staff, link: str, why: str) -> None:
    assert why in Visiting(staff.handler).get(f"/portal/enter?link={link}", 404).text


def test_a_link_ends_after_minutes_and_a_session_after_hours(staff: Staff) -> None:
    link = staff.link()
    staff.world.clock.advance(minutes=6)
    assert "expired" in Visiting(staff.handler).get(link, 410).text
    staff.browser.get("/portal")
    staff.world.clock.advance(hours=8)
    staff.browser.get("/portal", 401)


def test_a_session_ends_when_its_holder_leaves(staff: Staff) -> None:
    kept = dict(staff.browser.jar)
    assert "signed out" in staff.browser.send(staff.browser.get("/portal"), "/leave", 200).text
    staff.browser.jar = kept
    staff.browser.get("/portal", 401)


def test_a_session_says_nothing_of_an_organisation_that_its_cookie_only_claims(staff: Staff, strangers: Staff) -> None:
    theirs = strangers.connect()
    _, _, secret = staff.browser.jar[COOKIE].partition(".")
    claim, _, _ = strangers.browser.jar[COOKIE].partition(".")
    staff.browser.jar[COOKIE] = f"{claim}.{secret}"
    staff.browser.get(f"/portal/c/{theirs}", 401)


@pytest.mark.parametrize("cookie", ["", "x", ".", "é.é", "AAA.x", "=.x"])
def test_a_malformed_cookie_is_no_session(staff: Staff, cookie: str) -> None:
    staff.browser.jar[COOKIE] = cookie
    staff.browser.get("/portal", 401)


@pytest.mark.parametrize("headers", [{"origin": "https://evil.invalid"}, {"sec_fetch_site": "cross-site"}])
def test_a_form_from_elsewhere_does_nothing(staff: Staff, headers: dict[str, str]) -> None:
    connection = staff.connect()
    page = staff.browser.get(f"/portal/c/{connection}")
    (pause,) = [form for form in forms(page) if form.action.endswith("/pause")]
    reply = staff.browser.ask("POST", pause.action, urlencode(pause.fields), **headers)
    assert reply.status == 403
    assert staff.world.app.connections.get(staff.owner, connection).status == "active"


def test_what_another_site_made_up_is_not_kept_to_be_sent_again(staff: Staff) -> None:
    """A browser sends no cookie with it, so it comes without a session."""
    outsider = Visiting(staff.handler)
    body = urlencode({"api_key": "x", "username": "Mallory"})
    reply = outsider.ask("POST", "/portal/connect/virtuous/key", body, origin="https://evil.invalid")
    assert reply.status == 403
    assert "Mallory" not in reply.text
    assert "<form" not in reply.text


def test_a_form_without_its_token_is_shown_again_before_anything_is_done(staff: Staff) -> None:
    connection = staff.connect()
    reply = staff.browser.ask("POST", f"/portal/c/{connection}/pause", "x=1", origin=ORIGIN)
    assert reply.status == 409
    assert "Please confirm" in reply.text
    assert staff.world.app.connections.get(staff.owner, connection).status == "active"


def test_a_form_that_is_sent_again_later_does_nothing(staff: Staff) -> None:
    connection = staff.connect()
    page = staff.browser.get(f"/portal/c/{connection}")
    staff.browser.send(page, "/pause")
    resumed = staff.browser.send(staff.browser.get(f"/portal/c/{connection}"), "/resume")
    assert "Resumed" in resumed.text
    staff.world.clock.advance(seconds=4)
    assert "nothing was done a second time" in staff.browser.send(page, "/pause").text
    assert staff.world.app.connections.get(staff.owner, connection).status == "active"


def test_the_second_click_of_a_double_click_leads_where_the_first_one_led(staff: Staff) -> None:
    connection = staff.connect()
    page = staff.browser.get(f"/portal/c/{connection}")
    form = next(one for one in forms(page) if one.action.endswith("/preview"))
    led_to = []
    for _ in range(2):
        staff.browser.submit(form)
        led_to.append(urlsplit(staff.browser.address).path)
    (run,) = staff.world.app.runs.latest(connection)
    assert led_to == [f"/portal/c/{connection}/log/{run.id}"] * 2


def test_the_second_click_on_a_form_that_is_refused_says_why_too(staff: Staff) -> None:
    form = next(one for one in forms(staff.browser.get("/portal/connect/bloomerang")) if one.action.endswith("/key"))
    for _ in range(2):
        assert "Give the key of Bloomerang" in staff.browser.submit(form, 422, api_key="", token="t0ken").text
    staff.browser.submit(form, api_key=staff.crm.api_key, token=staff.platform.token)
    assert len(staff.world.app.connections.of_organisation(staff.owner)) == 1


def test_the_second_click_waits_for_the_first_one(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process works on the first one, and ends while the second one waits."""
    app, connection = staff.world.app, staff.connect()
    form = next(one for one in forms(staff.browser.get(f"/portal/c/{connection}")) if one.action.endswith("/pause"))
    visitor, form_id = Visitor("anna", secret=staff.browser.jar[COOKIE].partition(".")[2]), dict(form.fields)[FORM_ID]
    assert portal.sent_before(app, visitor, form_id) is None
    waited: list[float] = []

    def end(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) > 1:
            portal.done(app, visitor, form_id, "/portal?done=removed")

    monkeypatch.setattr(staff.world.clock, "sleep", end)
    assert "Removed" in staff.browser.submit(form).text
    assert waited == [portal.PAUSE_SECONDS] * 2
    assert app.connections.get(staff.owner, connection).status == "active"


def test_a_form_whose_first_sending_never_ended_is_not_waited_for_without_end(staff: Staff) -> None:
    """Its process was killed: what it did is not known, so the person is asked to look."""
    connection = staff.connect()
    page = staff.browser.get(f"/portal/c/{connection}")
    form = next(one for one in forms(page) if one.action.endswith("/pause"))
    visitor = Visitor("anna", secret=staff.browser.jar[COOKIE].partition(".")[2])
    assert portal.sent_before(staff.world.app, visitor, dict(form.fields)[FORM_ID]) is None
    assert "nothing was done a second time" in staff.browser.submit(form).text
    assert staff.world.app.connections.get(staff.owner, connection).status == "active"


def test_what_was_done_is_answered_though_it_can_not_be_remembered(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Retry("The database is busy.", code="database_busy")

    connection = staff.connect()
    page = staff.browser.get(f"/portal/c/{connection}")
    monkeypatch.setattr(type(staff.world.app.connections), "settle_once", busy)
    assert "Paused." in staff.browser.send(page, "/pause").text
    staff.browser.send(staff.browser.get(f"/portal/c/{connection}"), "/resume")
    assert "nothing was done a second time" in staff.browser.send(page, "/pause").text
    assert staff.world.app.connections.get(staff.owner, connection).status == "active"


def test_what_was_typed_outlives_a_session_but_for_secrets(staff: Staff) -> None:
    page = staff.browser.get("/portal/connect/virtuous")
    form = next(one for one in forms(page) if "username" in dict(one.fields))
    staff.world.clock.advance(hours=9)
    ended = staff.browser.submit(form, 401, username="anna@example.org", password="hunter2", token="t0ken")
    assert "Nothing you typed is lost" in ended.text
    assert "anna@example.org" in ended.text
    assert "hunter2" not in ended.text
    assert "t0ken" not in ended.text
    staff.browser.jar.clear()
    staff.browser.get(staff.link())
    (again,) = forms(ended)
    confirm = staff.browser.submit(again, 409, password="hunter2", token="t0ken")
    assert "Please confirm" in confirm.text
    assert "hunter2" not in confirm.text
    last = next(form for form in forms(confirm) if form.action.endswith("/connect/virtuous/key"))
    assert ("username", "anna@example.org") in last.fields


def test_pages_may_load_nothing_from_elsewhere_and_run_no_inline_script(staff: Staff) -> None:
    page = staff.browser.get("/portal")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert "https://" not in page.text
    assert page.headers["cache-control"] == "no-store"


def test_our_files_may_be_kept_for_ever(staff: Staff) -> None:
    page = staff.browser.get("/portal")
    href = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    reply = Visiting(staff.handler).ask("GET", href)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in reply.headers["cache-control"]
    assert Visiting(staff.handler).ask("GET", "/portal/static/x/../../app.py").status == 404


def test_an_unknown_page_says_so(staff: Staff) -> None:
    assert "no such page" in staff.browser.get("/portal/nowhere", 404).text
