"""The sync log as staff sees it, and trying again what failed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs.pull import files
from giftbridge.jobs.session import account_keyring
from giftbridge.portal import pace
from giftbridge.stores import lines
from giftbridge.stores.connections import Connection
from giftbridge.stores.runs import Line, Run, run_id
from tests.management.conftest import Reply
from tests.portal.conftest import ORIGIN, Form, Staff, forms

Count = Callable[[Callable[[], Any]], list[str]]
HTMX = {"hx_request": "true"}


@dataclass
class Logged:
    """Staff whose first sync failed for one contact of the platform: nobody could ever reach it."""

    staff: Staff
    connection: str
    lost: str

    @property
    def standing(self) -> Connection:
        return self.staff.world.app.connections.get(self.staff.owner, self.connection)

    @property
    def newest(self) -> Run:
        return self.staff.world.app.runs.latest(self.connection, 1)[0]

    def path(self, *parts: str, **query: str) -> str:
        rest = "/".join([f"/portal/c/{self.connection}/log", *parts])
        return f"{rest}?{urlencode(query)}" if query else rest

    def page(self, *parts: str, status: int = 200, **query: str) -> Reply:
        return self.staff.browser.get(self.path(*parts, **query), status)

    def made(self, said: list[Line], **changes: Any) -> Run:
        """A run of the log with such lines, made by hand."""
        app, one = self.staff.world.app, self.standing
        now = app.now()
        run = Run(
            id=run_id(now, "0123456789"), connection=one.id, organisation=one.owner, account=one.account,
            kind="contacts", mode="changes", started_by="schedule", state="done", phase="close", queued_at=now,
            started_at=now, ended_at=now,
        )  # fmt: skip
        run = replace(run, **changes)
        app.runs.add(run)
        app.runs.write_lines(run, said)
        return run


@pytest.fixture
def logged(staff: Staff) -> Logged:
    staff.platform.seed_people(3, seed="fine")
    lost = staff.platform.add_contact(firstName="Nora", lastName="Nowhere")["id"]
    connection = staff.connect()
    staff.browser.send(staff.browser.get(f"/portal/c/{connection}"), "/first-sync", answer="yes")
    staff.world.pump()
    return Logged(staff, connection, lost)


def text(page: Reply) -> str:
    """What a person reads."""
    body = page.text.partition("<main")[2] or page.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def rows(page: Reply) -> list[str]:
    """The rows of the page's last table."""
    body = page.text.rpartition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in body.split("</tr>") if "<t" in one]


def retry_forms(page: Reply) -> list[Form]:
    return [form for form in forms(page) if form.action.endswith("/retry-one")]


# -- the list


def test_the_log_tells_of_each_run_what_it_did_and_who_started_it(logged: Logged) -> None:
    (row,) = rows(logged.page())
    assert "Contacts: First sync" in row
    assert "anna" in row
    assert "Looked at 4, Created 3, Failed 1" in row
    assert "Done" in row
    assert "hx-get" not in logged.page().text


@pytest.mark.parametrize(
    ("who", "told"), [("schedule", "The schedule"), ("webhook", "A webhook"), ("event", "A reconciled event")]
)
def test_what_started_by_itself_says_so(logged: Logged, who: str, told: str) -> None:
    logged.made([], started_by=who)
    assert told in rows(logged.page())[0]


def test_a_log_without_runs_says_what_will_be_there(staff: Staff) -> None:
    connection = staff.connect()
    page = staff.browser.get(f"/portal/c/{connection}/log")
    assert "Nothing has run yet" in page.text
    assert "Say first whether the existing contacts shall be synced" in page.text
    assert not [form for form in forms(page) if form.action.endswith("/sync")]


def test_synchronize_now_leads_to_the_run(logged: Logged) -> None:
    page = logged.staff.browser.send(logged.page(), "/log/sync")
    assert "Started." in page.text
    assert "Contacts: What changed" in text(page)
    assert logged.newest.mode == "changes"
    assert f"/log/{logged.newest.id}?" in logged.staff.browser.address


def test_synchronize_now_beside_a_run_says_that_one_is_under_way(logged: Logged) -> None:
    page = logged.page()
    logged.staff.browser.send(page, "/log/sync")
    again = next(form for form in forms(logged.page()) if form.action.endswith("/log/sync"))
    assert "under way" in logged.staff.browser.submit(again, 409).text
    assert len(rows(logged.page())) == 2


def test_a_paused_connection_is_to_be_resumed_first(logged: Logged) -> None:
    logged.staff.browser.send(logged.staff.browser.get(f"/portal/c/{logged.connection}"), "/pause")
    page = logged.page()
    assert "Resume it" in page.text
    assert not [form for form in forms(page) if form.action.endswith("/sync")]


def test_runs_are_listed_page_by_page(logged: Logged) -> None:
    for _ in range(50):
        logged.made([])
        logged.staff.world.clock.advance(seconds=1)
    page = logged.page()
    assert len(rows(page)) == 50
    assert len(page.text) < 100_000
    earlier = re.search(r'href="([^"]+before=[^"]+)">Earlier runs', page.text)
    assert earlier is not None
    rest = logged.staff.browser.get(unescape(earlier[1]))
    assert [("First sync" in row) for row in rows(rest)] == [True]
    assert "Earlier runs" not in rest.text
    assert "To the newest runs" in rest.text


@pytest.mark.parametrize("before", ["x", "RUN#", "20251231T000000000000", "\N{SNOWMAN}"])
def test_a_made_up_page_of_the_log_is_refused(logged: Logged, before: str) -> None:
    assert "no such page of the log" in logged.page(before=before, status=422).text


def test_a_run_under_way_is_asked_for_again_until_it_has_ended(logged: Logged) -> None:
    run = logged.made([], state="running", ended_at=None, counts={"platform_surveyed": 40, "crm_read": 10})
    page = logged.page()
    assert "10 of 40" in text(page)
    asked = re.search(r'hx-get="([^"]+)" hx-trigger="every 2s"', page.text)
    assert asked is not None
    part = logged.staff.browser.ask("GET", unescape(asked[1]), **HTMX)
    assert part.text.strip().startswith("<tr")
    assert "every 2s" in part.text
    logged.staff.world.app.runs.set_state(run, "done", logged.staff.world.app.now())
    ended = logged.staff.browser.ask("GET", unescape(asked[1]), **HTMX)
    assert "Done" in ended.text
    assert "hx-" not in ended.text


# -- one run


def test_a_run_tells_its_counts_and_whom_it_is_about(logged: Logged) -> None:
    page = logged.page(logged.newest.id)
    said = text(page)
    assert "anna" in said
    assert "Bloomerang 4 3 0 0 0 1 0 0" in said
    assert "Nora Nowhere" in said
    assert "e-mail" in said
    created = [row for row in rows(page) if "Created" in row]
    assert len(created) == 3
    constituents = {str(one["Id"]) for one in logged.staff.crm.state()["constituents"]}
    assert {row.split("Bloomerang ")[1].split()[0] for row in created} == constituents
    for number in constituents:
        assert re.search(rf'<a href="https://[^"]+/{number}/[^"]+" rel="noreferrer">', page.text)


def test_records_are_filtered_by_what_became_of_them(logged: Logged) -> None:
    run = logged.newest.id
    (failed,) = rows(logged.page(run, outcome="failed"))
    assert "Nora Nowhere" in failed
    assert len(rows(logged.page(run, outcome="created"))) == 3
    assert "No record of this run is “Updated”" in text(logged.page(run, outcome="updated"))


@pytest.mark.parametrize("query", [{"outcome": "exploded"}, {"after": "***"}, {"after": "A" * 401}])
def test_a_made_up_filter_or_cursor_is_refused(logged: Logged, query: dict[str, str]) -> None:
    page = logged.page(logged.newest.id, status=422, **query)
    assert "no such filter" in page.text or "no cursor" in page.text


def test_a_cursor_of_anything_shows_only_lines_of_this_run(logged: Logged) -> None:
    page = logged.page(logged.newest.id, after="enp6")
    assert "There are no more." in page.text


def test_names_expire_and_the_id_remains(logged: Logged) -> None:
    run = logged.newest.id
    logged.staff.world.clock.advance(days=31)
    logged.staff.browser = logged.staff.colleague()
    (failed,) = rows(logged.page(run, outcome="failed"))
    assert "Nora" not in failed
    assert "name no longer kept" in failed
    assert logged.lost in failed


def test_records_are_listed_page_by_page_and_none_is_lost(logged: Logged) -> None:
    run = logged.made([failed(number) for number in range(120)])
    seen: list[str] = []
    page = logged.page(run.id)
    while True:
        assert len(page.text) < 100_000
        seen += [row.split()[1] for row in rows(page)]
        following = re.search(r'href="([^"]+)">Next records', page.text)
        if following is None:
            break
        page = logged.staff.browser.get(unescape(following[1]))
    assert seen == [f"c{number:04}" for number in range(120)]


def test_a_filter_reads_no_more_than_a_page_and_can_be_led_on(
    logged: Logged, monkeypatch: pytest.MonkeyPatch, calls_to_storage: Count
) -> None:
    monkeypatch.setattr(lines, "READ_AT_ONCE", 60)
    fine = [Line("contact", Side.CRM, f"c{number:04}", "created", at=None) for number in range(150)]
    run = logged.made([*fine[:130], failed(130), *fine[131:]])
    page = logged.page(run.id, outcome="failed")
    steps = 0
    while "c0130" not in page.text:
        assert "None among those looked through so far" in page.text
        on = re.search(r'href="([^"]+)">Look further', page.text)
        assert on is not None
        address = unescape(on[1])
        assert len(calls_to_storage(lambda to=address: logged.staff.browser.get(to))) <= 3  # type: ignore[misc]
        page, steps = logged.staff.browser.get(address), steps + 1
    assert steps == 2
    assert "Look further" not in page.text


def failed(number: int) -> Line:
    why = "It has neither an e-mail address nor a phone number nor a postal address, so nobody can be reached."
    return Line("contact", Side.CRM, f"c{number:04}", "failed", "no_contact_point", why, retryable=True)


def test_a_conflict_tells_who_won_and_why_and_the_value_that_lost(staff: Staff) -> None:
    staff.platform.add_contact(firstName="Ada", lastName="Both", email="ada@example.org")
    connection = staff.connect()
    staff.browser.send(staff.browser.get(f"/portal/c/{connection}"), "/first-sync", answer="yes")
    staff.world.pump()
    logged = Logged(staff, connection, "")
    (contact,) = staff.platform.state("contacts")["contacts"]
    (constituent,) = staff.crm.state()["constituents"]
    app = staff.world.app
    app.connections.change(logged.standing, settings={**logged.standing.settings, "conflict": {"first_name": "crm"}})
    staff.platform.edit_contact(contact["id"], firstName="Adele")
    staff.crm.staff_edit(constituent["Id"], FirstName="Adelheid")
    staff.browser.send(logged.page(), "/log/sync")
    staff.world.pump()
    said = text(logged.page(logged.newest.id))
    assert "Both sides had changed first name: Bloomerang won, because the settings name this side" in said
    assert "The other value was “Adele”." in said
    staff.world.clock.advance(days=31)
    logged.staff.browser = staff.colleague()
    said = text(logged.page(logged.newest.id))
    assert "Adele" not in said
    assert "The other value is no longer kept." in said


def test_stages_and_notes_are_told(logged: Logged) -> None:
    note = "in the import file 2025-12-31"
    gift = Line("gift", Side.CRM, "g1", "created", stage="in_file", notes=(note,), at=logged.staff.world.app.now())
    (row,) = rows(logged.page(logged.made([gift], kind="gifts").id))
    assert "In the import file" in row
    assert note in row


def test_a_preview_says_what_a_first_sync_would_do(staff: Staff) -> None:
    staff.platform.seed_people(2, seed="fine")
    connection = staff.connect()
    page = staff.browser.send(staff.browser.get(f"/portal/c/{connection}"), "/preview")
    staff.world.pump()
    page = staff.browser.get(staff.browser.address)
    assert "A preview says what a first sync would do" in page.text
    assert "What would be done" in page.text
    assert "Bloomerang 2 2" in text(page)
    assert staff.crm.state()["constituents"] == []


def test_progress_tells_rate_and_time_left_and_stops_asking_at_the_end(logged: Logged) -> None:
    app = logged.staff.world.app
    run = logged.made(
        [], state="running", ended_at=None, started_at=app.now() - timedelta(minutes=2),
        counts={"platform_surveyed": 4000, "crm_read": 1000},
    )  # fmt: skip
    page = logged.page(run.id)
    assert "about 6 minutes" in text(page)
    assert re.search(r"\b(500|49\d) records a minute", text(page))
    assert re.search(r'<noscript><p><a href="[^"]+">Reload to see more', page.text)
    asked = re.search(r'hx-get="([^"]+)" hx-trigger="every 2s"', page.text)
    assert asked is not None
    part = logged.staff.browser.ask("GET", asked[1], **HTMX)
    assert part.text.lstrip().startswith('<div id="live" hx-get')
    assert "<html" not in part.text
    app.runs.set_state(run, "done", app.now())
    ended = logged.staff.browser.ask("GET", asked[1], **HTMX)
    assert "every 2s" not in ended.text
    assert "It has ended." in ended.text
    last = re.search(r'hx-get="([^"]+)" hx-trigger="load" hx-target="#records"', ended.text)
    assert last is not None
    assert '<section class="card" id="records"' in logged.staff.browser.ask("GET", unescape(last[1]), **HTMX).text
    assert "hx-trigger" not in logged.page(run.id).text


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(10, "less than a minute"), (60, "about 1 minute"), (600, "about 10 minutes"), (7200, "about 2 hours")],
)
def test_a_time_is_told_as_people_say_it(seconds: int, told: str) -> None:
    assert pace.spoken(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize("run", ["x", "20251231T000000000000-00000000", "%2e%2e"])
def test_a_run_that_is_none_is_not_found(logged: Logged, run: str) -> None:
    assert "There is no such run" in logged.page(run, status=404).text


def test_another_organisations_run_is_not_found(logged: Logged, strangers: Staff) -> None:
    theirs = strangers.connect()
    run = logged.newest.id
    for path in (f"/portal/c/{theirs}/log/{run}", f"/portal/c/{logged.connection}/log/{run}"):
        page = strangers.browser.get(path, 404)
        assert "Nora" not in page.text
    form = retry_forms(logged.page(run))[0]
    body = urlencode([*form.fields])
    reply = strangers.browser.ask("POST", f"/portal/c/{theirs}/log/{run}/retry-one", body, origin=ORIGIN)
    assert reply.status in (404, 409)
    assert logged.newest.id == run


# -- trying again


def test_all_that_failed_is_tried_again(logged: Logged) -> None:
    first = logged.newest.id
    logged.staff.platform.edit_contact(logged.lost, email="nora@example.org")
    page = logged.staff.browser.send(logged.page(first), "/retry")
    assert "Trying again." in page.text
    logged.staff.world.pump()
    assert (logged.newest.mode, logged.newest.count(Side.CRM, "created")) == ("records", 1)
    assert f"/log/{logged.newest.id}?" in logged.staff.browser.address
    assert len(logged.staff.crm.state()["constituents"]) == 4
    assert not [form for form in forms(logged.page(logged.newest.id)) if "retry" in form.action]


def test_one_record_is_tried_again(logged: Logged) -> None:
    first = logged.newest.id
    logged.staff.platform.edit_contact(logged.lost, email="nora@example.org")
    (form,) = retry_forms(logged.page(first))
    assert any("Nora Nowhere" in one for one in form.buttons)
    page = logged.staff.browser.submit(form)
    assert "Trying again." in page.text
    logged.staff.world.pump()
    assert logged.newest.count(Side.CRM, "created") == 1


def test_one_record_is_tried_again_in_place(logged: Logged) -> None:
    first = logged.newest.id
    (form,) = retry_forms(logged.page(first))
    reply = logged.staff.browser.ask("POST", form.action, urlencode(form.fields), origin=ORIGIN, **HTMX)
    assert reply.status == 200
    assert "<html" not in reply.text
    assert "Trying again." in reply.text
    assert f"/log/{logged.newest.id}" in reply.text
    assert logged.newest.id != first


def test_what_can_not_be_tried_again_in_place_says_why(logged: Logged) -> None:
    (form,) = retry_forms(logged.page(logged.newest.id))
    logged.staff.world.app.connections.change(logged.standing, status="paused")
    reply = logged.staff.browser.ask("POST", form.action, urlencode(form.fields), origin=ORIGIN, **HTMX)
    assert reply.status == 200
    assert "paused" in reply.text
    assert 'role="alert"' in reply.text


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"id": "nobody"}, 404), ({"id": ""}, 404), ({"id": "x" * 3000}, 404), ({"kind": "person"}, 404),
        ({"kind": "file"}, 404), ({"side": "middle"}, 404), ({"side": "crm"}, 404),
    ],
)  # fmt: skip
def test_only_a_record_of_this_run_is_tried_again(logged: Logged, typed: dict[str, str], status: int) -> None:
    first = logged.newest.id
    (form,) = retry_forms(logged.page(first))
    assert "no such record in this run" in logged.staff.browser.submit(form, status, **typed).text
    assert logged.newest.id == first


def test_what_did_not_fail_is_not_tried_again(logged: Logged) -> None:
    first = logged.newest.id
    (form,) = retry_forms(logged.page(first))
    done = next(item for item in logged.staff.world.app.runs.lines(first, "created"))
    assert "be tried again" in logged.staff.browser.submit(form, 409, id=done["record_id"]).text
    assert logged.newest.id == first


def test_a_second_click_tries_nothing_twice(logged: Logged) -> None:
    page = logged.page(logged.newest.id)
    (form,) = retry_forms(page)
    logged.staff.browser.submit(form)
    once = logged.newest.id
    assert "Trying again." in logged.staff.browser.submit(form).text
    logged.staff.world.clock.advance(seconds=4)
    assert "nothing was done a second time" in logged.staff.browser.submit(form).text
    assert logged.newest.id == once


# -- files


@pytest.mark.emulated
def test_an_import_file_of_a_run_is_downloaded_until_it_expires(logged: Logged) -> None:
    app, one = logged.staff.world.app, logged.standing
    now = app.now()
    number = run_id(now, "0123456789")
    name = f"{number}-1"
    run = logged.made(
        [Line("file", Side.PLATFORM, name, "created", "import_file", at=now, notes=("7 days long",))],
        id=number, kind="gifts", mode="pull",
    )  # fmt: skip
    files.keep(app, one, account_keyring(app, one.account), name, "Name,Amount\r\nAda Lane,25.00\r\n")
    page = logged.page(run.id)
    link = re.search(r'href="([^"]+/file\?id=[^"]+)">Download', page.text)
    assert link is not None
    reply = logged.staff.browser.get(unescape(link[1]))
    assert reply.text == "Name,Amount\r\nAda Lane,25.00\r\n"
    assert reply.headers["content-type"].startswith("text/csv")
    assert reply.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert reply.headers["cache-control"] == "no-store"
    for other in ("", "../x", f"{number}-2", '"\r\nX: y'):
        assert "no such import file" in logged.page(run.id, "file", id=other, status=404).text
    logged.staff.world.clock.advance(days=8)
    logged.staff.browser = logged.staff.colleague()
    assert "expired" in logged.staff.browser.get(unescape(link[1]), 404).text


# -- calls


def test_pages_of_the_log_cost_three_calls_at_most(logged: Logged, calls_to_storage: Count) -> None:
    run = logged.newest.id
    for path in (logged.path(), logged.path(run), logged.path(run, outcome="failed")):
        logged.staff.browser.get(path)
        assert len(calls_to_storage(lambda to=path: logged.staff.browser.get(to))) <= 3  # type: ignore[misc]
    poll = calls_to_storage(lambda: logged.staff.browser.ask("GET", logged.path(run), **HTMX))
    assert len(poll) == 1
