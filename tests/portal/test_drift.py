"""Whether both sides still agree, as staff and operators see it."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import lifecycle
from giftbridge.jobs.contacts.verdict import CLASSES
from giftbridge.jobs.session import kept_keyring
from giftbridge.stores.connections import Connection
from giftbridge.stores.runs import Line, Run, run_id
from tests.management.conftest import Reply
from tests.portal.conftest import ORIGIN, Staff, Visiting, forms

VENDOR = "https://crm.example.org/contact/"


@pytest.fixture
def connection(staff: Staff) -> Connection:
    """A connection without a first sync."""
    return staff.world.app.connections.get(staff.owner, staff.connect())


@pytest.fixture
def synced(staff: Staff, connection: Connection) -> Connection:
    """The same after one: two people on both sides, one of them edited later."""
    for first in ("Adelheid", "Gretel"):
        staff.platform.add_contact(firstName=first, lastName="Lane", email=f"{first.lower()}@example.org")
    lifecycle.answer_first_sync(staff.world.app, connection, True, "anna")
    staff.world.pump()
    staff.crm.advance(10)
    staff.platform.edit_contact(of(staff, "Gretel")["id"], lastName="Quill")
    for _ in range(2):
        lifecycle.sync_now(staff.world.app, now(staff, connection), "changes", "anna")
        staff.world.pump()
    return now(staff, connection)


def now(staff: Staff, one: Connection) -> Connection:
    """As it is now."""
    return staff.world.app.connections.get(one.owner, one.id)


def of(staff: Staff, first: str) -> dict[str, Any]:
    """A contact of the platform."""
    (found,) = [row for row in staff.platform.state()["contacts"] if row["firstName"] == first]
    return dict(found)


def report(one: Connection, **asked: str) -> str:
    """The page's address."""
    return f"/portal/c/{one.id}/drift" + (f"?{urlencode(asked)}" if asked else "")


def can_compare(page: Reply) -> bool:
    """Whether there is a button."""
    return any(form.action.endswith("/drift/now") for form in forms(page))


def sweep(staff: Staff, one: Connection, lines: list[Line], **changes: Any) -> Run:
    """A comparison that has found just this."""
    app = staff.world.app
    counts: dict[str, int] = {code: sum(line.code == code for line in lines) for code in CLASSES}
    made = Run(
        id=run_id(app.now(), uuid.uuid4().hex), connection=one.id, organisation=one.owner, account=one.account,
        kind="contacts", mode="sweep", started_by="schedule", state="done", phase="clear", queued_at=app.now(),
        ended_at=app.now(), counts=counts,
    )  # fmt: skip
    made = replace(made, **changes)
    app.runs.add(made)
    app.runs.write_lines(made, lines)
    app.connections.change(one, sweep=made.id)
    return made


def line(staff: Staff, one: Connection, number: int, code: str = CLASSES[0], **changes: Any) -> Line:
    """A record that differs."""
    app = staff.world.app
    label = kept_keyring(app, one.account).seal(f"Person {number:03}", app.now() + timedelta(days=30))
    made = Line(
        kind="contact", side=Side.CRM, record_id=f"p{number:03}", outcome="failed", code=code, other_id=f"c{number}",
        label=label, url=f"{VENDOR}{number}", notes=("last_name", "phone"), retryable=True, at=app.now(),
    )  # fmt: skip
    return replace(made, **changes)


def test_before_anything_was_compared_the_page_says_what_it_is(staff: Staff, synced: Connection) -> None:
    page = staff.browser.get(report(synced))
    assert "Nothing was compared yet" in page.text
    assert "It writes nothing on either side" in page.text
    assert can_compare(page)


def test_a_comparison_finds_what_no_list_has_told_and_writes_nothing(staff: Staff, synced: Connection) -> None:
    staff.platform.put_raw("contacts", **{**of(staff, "Adelheid"), "lastName": "Lane-Fox"})  # its stamp stays
    before = staff.crm.state()["constituents"]
    started = staff.browser.send(staff.browser.get(report(synced)), "/drift/now")
    assert "Started." in started.text
    assert "Waiting to start" in started.text
    assert not can_compare(started), "one is under way"
    staff.world.pump()
    page = staff.browser.get(report(synced))
    for seen in ("Adelheid Lane-Fox", "Missed", "Last name", of(staff, "Adelheid")["id"], "Open in Bloomerang", "anna"):
        assert seen in page.text, seen
    assert "Gretel" not in page.text
    assert staff.crm.state()["constituents"] == before


def test_sides_that_agree_are_told_so(staff: Staff, synced: Connection) -> None:
    staff.browser.send(staff.browser.get(report(synced)), "/drift/now")
    staff.world.pump()
    assert "Both sides agree. There is nothing to do." in staff.browser.get(report(synced)).text


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_one_that_did_not_end_well_does_not_say_that_sides_agree(staff: Staff, synced: Connection, state: str) -> None:
    sweep(staff, synced, [], state=state, error="The list does not go on.")
    page = staff.browser.get(report(synced)).text
    assert "Both sides agree" not in page
    assert "The list does not go on." in page
    assert "Compare again." in page


def test_before_the_first_sync_it_says_why_there_is_no_button(staff: Staff, connection: Connection) -> None:
    page = staff.browser.get(report(connection))
    assert "There is nothing to compare before the first sync." in page.text
    assert not can_compare(page)


def test_a_form_of_before_is_refused_with_a_sentence(staff: Staff, synced: Connection) -> None:
    page = staff.browser.get(report(synced))
    lifecycle.pause(staff.world.app, synced)
    refused = staff.browser.send(page, "/drift/now", 409)
    assert "The connection is paused. Resume it first." in refused.text
    assert now(staff, synced).sweep == ""
    assert not can_compare(staff.browser.get(report(synced)))


def test_a_second_click_begins_no_second_one(staff: Staff, synced: Connection) -> None:
    page = staff.browser.get(report(synced))
    staff.browser.send(page, "/drift/now")
    first = now(staff, synced).sweep
    assert "Started." in staff.browser.send(page, "/drift/now").text
    staff.world.pump()
    staff.world.clock.advance(seconds=4)
    assert "nothing was done a second time" in staff.browser.send(page, "/drift/now").text
    assert now(staff, synced).sweep == first


def test_two_at_once_are_refused(staff: Staff, synced: Connection) -> None:
    colleague = staff.colleague()
    page = colleague.get(report(synced))
    staff.browser.send(staff.browser.get(report(synced)), "/drift/now")
    assert "under way" in colleague.send(page, "/drift/now", 409).text


def test_every_class_is_told_in_words_with_what_to_do(staff: Staff, connection: Connection) -> None:
    sweep(staff, connection, [line(staff, connection, n, code) for n, code in enumerate(CLASSES)])
    page = staff.browser.get(report(connection)).text
    for called in ("Different", "Never confirmed", "Missed", "Missing in Bloomerang", "Missing in Handbid"):
        assert called in page, called
    assert "drift_different</" not in page
    assert page.count('data-label="What to do">') == len(CLASSES)
    assert page.count(f'href="{VENDOR}') == len(CLASSES)


def test_the_ids_of_both_sides_stand_under_their_systems(staff: Staff, connection: Connection) -> None:
    lines = [line(staff, connection, 1), line(staff, connection, 2, side=Side.PLATFORM, record_id="c2", other_id="")]
    sweep(staff, connection, lines)
    page = staff.browser.get(report(connection)).text
    for system, found in (("Handbid", "p001"), ("Bloomerang", "c1"), ("Handbid", "none"), ("Bloomerang", "c2")):
        assert f'<td data-label="{system}"><span class="id">{found}</span>' in page, (system, found)


def test_a_class_is_chosen_and_a_page_has_fifty(staff: Staff, connection: Connection) -> None:
    lines = [line(staff, connection, n) for n in range(60)] + [line(staff, connection, 100, CLASSES[3])]
    sweep(staff, connection, lines)
    first = staff.browser.get(report(connection))
    assert len(first.text.encode()) < 100_000
    assert (first.text.count("Person 0"), "Person 100" in first.text) == (100, False), "each is named twice"
    address = next(part.split('"')[0] for part in first.text.split('href="')[1:] if "after=" in part.split('"')[0])
    second = staff.browser.get(address.replace("&amp;", "&")).text
    assert (second.count("Person 0"), "Person 100" in second) == (20, True)
    chosen = staff.browser.get(report(connection, code=CLASSES[3])).text
    assert ("Person 100" in chosen, "Person 0" in chosen) == (True, False)
    assert "There are no more records." in staff.browser.get(report(connection, after="~")).text


@pytest.mark.parametrize("code", ["nonsense", "created", "drift_"])
def test_a_class_that_does_not_exist_is_told(staff: Staff, connection: Connection, code: str) -> None:
    sweep(staff, connection, [line(staff, connection, 1)])
    page = staff.browser.get(report(connection, code=code), 404).text
    assert "There is no such class of differences." in page
    assert "Person" not in page


@pytest.mark.parametrize("after", ["x" * 5000, "\x00", "é%", "' OR 1"])
def test_a_made_up_place_in_the_list_breaks_nothing(staff: Staff, connection: Connection, after: str) -> None:
    sweep(staff, connection, [line(staff, connection, 1)])
    staff.browser.get(report(connection, after=after))


def test_a_name_that_has_expired_is_gone(staff: Staff, connection: Connection) -> None:
    sweep(staff, connection, [line(staff, connection, 1)])
    staff.browser.jar.clear()
    staff.world.clock.advance(days=31)
    staff.browser.get(staff.link())
    page = staff.browser.get(report(connection)).text
    assert "Person" not in page
    assert "(the name is no longer kept)" in page


def test_while_it_is_under_way_a_script_asks_for_the_report_alone(staff: Staff, connection: Connection) -> None:
    counts = {CLASSES[0]: 1, "platform_surveyed": 200, "crm_read": 50}
    sweep(staff, connection, [line(staff, connection, 1)], state="running", ended_at=None, counts=counts)
    page = staff.browser.get(report(connection))
    assert 'hx-trigger="every 4s"' in page.text
    assert '<progress max="200" value="50"' in page.text
    part = staff.browser.ask("GET", report(connection), hx_request="true").text
    assert part.lstrip().startswith('<div id="report"')
    assert "Person 001" in part
    assert "<html" not in part
    sweep(staff, now(staff, connection), [])
    assert "hx-trigger" not in staff.browser.ask("GET", report(connection), hx_request="true").text


def test_nobody_sees_or_starts_one_of_another_organisation(staff: Staff, strangers: Staff, synced: Connection) -> None:
    sweep(staff, synced, [line(staff, synced, 1)])
    assert "Person" not in strangers.browser.get(report(synced), 404).text
    own = now(staff, synced).sweep
    token = dict(forms(strangers.browser.get("/portal"))[0].fields)
    reply = strangers.browser.ask("POST", f"{report(synced)}/now", urlencode(token), origin=ORIGIN)
    assert (reply.status, now(staff, synced).sweep) == (404, own)


@pytest.mark.emulated
def test_an_operator_sees_it_too(staff: Staff, connection: Connection) -> None:
    sweep(staff, connection, [line(staff, connection, 1)])
    operator: Visiting = staff.colleague(actor="operator:otto", platform="", organisation="", operator=True)
    assert "Person 001" in operator.get(report(connection)).text


@pytest.mark.parametrize("asked", [{}, {"code": CLASSES[0]}])
def test_it_costs_three_calls_to_storage_at_most(
    staff: Staff, connection: Connection, calls_to_storage: Callable[..., list[str]], asked: dict[str, str]
) -> None:
    sweep(staff, connection, [line(staff, connection, n) for n in range(60)])
    staff.browser.get(report(connection))
    calls = calls_to_storage(lambda: staff.browser.get(report(connection, **asked)))
    assert sorted(calls) == ["BatchGetItem", "GetItem", "Query"]
