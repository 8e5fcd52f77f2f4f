"""What an operator sees of everybody, and what he may do to stuck work."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from giftbridge.aws.queue import Depth
from giftbridge.jobs import lifecycle
from giftbridge.jobs.redrive import Wanted, stuck, waiting
from giftbridge.logs import logger
from giftbridge.portal.operations import MOST
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from tests.management.conftest import Reply
from tests.portal.conftest import ORIGIN, Form, Staff, Visiting, forms

pytestmark = pytest.mark.emulated

OPERATIONS = "/portal/operations"
ACTOR = "operator:otto"


@pytest.fixture
def operator(staff: Staff) -> Visiting:
    """An operator's browser."""
    return staff.colleague(actor=ACTOR, platform="", organisation="", operator=True)


@pytest.fixture
def connection(staff: Staff) -> Connection:
    """A connection of the staff's, whose gifts alone would go over: nothing of its own is due."""
    return staff.world.app.connections.get(staff.owner, staff.connect())


def put(staff: Staff, one: Connection, name: str, **changes: Any) -> Work:
    """A webhook's work that failed."""
    plain: dict[str, Any] = {
        "account": one.account, "queue": "contacts", "kind": "contact", "id": name, "organisation": one.owner,
        "connection": one.id, "lane": "webhooks", "next_due": staff.world.app.now(), "subject": f"subject-{name}",
        "event": name, "attempt": 3, "error": "KeyError", "data": {"side": "platform"},
    }  # fmt: skip
    work = Work(**{**plain, **changes})
    staff.world.app.inbox.put(work)
    return work


def answer(staff: Staff, one: Connection, *, yes: bool) -> None:
    """Whether the existing contacts are synced, and what follows from it."""
    app = staff.world.app
    lifecycle.answer_first_sync(app, app.connections.get(one.owner, one.id), yes, "anna")
    staff.world.pump()


def left(staff: Staff, one: Connection, error: str = "") -> list[str]:
    """What is stuck of a connection, by its ids."""
    return [work.id for work in stuck(staff.world.app, Wanted(connection=one.id, error=error))]


def address(what: str = "", **given: str) -> str:
    """Of a page with a filter."""
    return f"{OPERATIONS}{f'/{what}' if what else ''}?{urlencode(given)}"


def go_form(page: Reply) -> Form:
    """The form that confirms."""
    (found,) = [form for form in forms(page) if form.action.endswith("/go")]
    return found


def has_go(page: Reply) -> bool:
    """Whether anything can be confirmed."""
    return any(form.action.endswith("/go") for form in forms(page))


# -- who may see it


@pytest.mark.parametrize("what", ["", "/redrive", "/discard"])
def test_to_an_organisations_staff_these_pages_are_not_there(staff: Staff, what: str) -> None:
    pages = [staff.browser.get(path, 404).text for path in (f"{OPERATIONS}{what}", "/portal/nowhere")]
    assert len({re.sub(r'name="form_id" value="[^"]+"', "", page) for page in pages}) == 1, "told apart by nothing"


@pytest.mark.parametrize("what", ["redrive", "discard"])
def test_staff_can_post_nothing_there(staff: Staff, connection: Connection, operator: Visiting, what: str) -> None:
    put(staff, connection, "e1")
    shown = dict(go_form(operator.get(address(what, connection=connection.id))).fields)
    token = dict(forms(staff.browser.get("/portal"))[0].fields)["form_token"]
    body = urlencode({**shown, "form_token": token, "rate": "10"})
    reply = staff.browser.ask("POST", f"{OPERATIONS}/{what}/go", body, origin=ORIGIN)
    assert (reply.status, "no such page" in reply.text) == (404, True)
    assert left(staff, connection) == ["e1"]


# -- what is seen


def test_all_connections_are_listed_with_health_and_what_is_stuck(
    staff: Staff, connection: Connection, operator: Visiting
) -> None:
    staff.world.app.connections.turn_unhealthy(connection, "The key was taken back.")
    put(staff, connection, "e1")
    page = operator.get(address(connection=connection.id)).text
    for seen in (connection.owner, "Handbid and Bloomerang", "The key was taken back.", f"/portal/c/{connection.id}"):
        assert seen in page, seen
    assert "Reconnect" in page
    assert '<td class="num" data-label="Stuck">1</td>' in page
    assert connection.name in operator.get(f"/portal/c/{connection.id}").text


def test_what_is_stuck_is_grouped_and_found_by_the_filter(
    staff: Staff, connection: Connection, operator: Visiting
) -> None:
    for place in range(3):
        put(staff, connection, f"e{place}")
    put(staff, connection, "g1", queue="gifts", kind="gift", lane="gifts", error="http_500")
    everything = operator.get(address(account=connection.account)).text
    assert "4 pieces of work failed" in everything
    assert "A fault of this software (KeyError)" in everything
    assert "The other system answered with an error (HTTP 500)" in everything
    for given, number in (
        ({"kind": "gift"}, "1 piece "), ({"error": "KeyError"}, "3 pieces "), ({"error": "any"}, "4 pieces "),
        ({"kind": "contact", "error": "KeyError"}, "3 pieces "),
    ):  # fmt: skip
        assert number in operator.get(address(connection=connection.id, **given)).text, given
    page = operator.get(address(connection=connection.id, kind="gift"))
    assert 'value="gift" selected' in page.text
    assert f'value="{connection.id}"' in page.text


@pytest.mark.parametrize("given", [{"error": "no_such_error"}, {"account": "nobody:1"}, {"kind": "export"}])
def test_a_filter_that_matches_nothing_says_so_and_offers_nothing(
    staff: Staff, connection: Connection, operator: Visiting, given: dict[str, str]
) -> None:
    put(staff, connection, "e1")
    page = operator.get(address(connection=connection.id, **given)).text
    assert "Nothing is stuck that fits." in page
    assert "Redrive…" not in page
    for what in ("redrive", "discard"):
        preview = operator.get(address(what, connection=connection.id, **given))
        assert "Nothing is stuck that fits" in preview.text
        assert not has_go(preview)


def test_a_kind_that_does_not_exist_is_refused_beside_its_field(
    staff: Staff, connection: Connection, operator: Visiting
) -> None:
    put(staff, connection, "e1")
    page = operator.get(address(connection=connection.id, kind="<b>bogus"), 422).text
    assert "There is no such kind of work." in page
    assert 'aria-describedby=" kind-wrong"' in page
    assert "<b>bogus" not in page
    assert "&lt;b&gt;bogus" in page, "what was typed stays"
    for what in ("redrive", "discard"):
        assert not has_go(operator.get(address(what, connection=connection.id, kind="bogus"), 422))
        form = go_form(operator.get(address(what, connection=connection.id)))
        assert "no such kind" in operator.submit(form, 409, kind="bogus").text
    assert left(staff, connection) == ["e1"]


def test_the_queues_are_told_with_what_is_dead_behind_them(
    staff: Staff, operator: Visiting, connection: Connection
) -> None:
    app, sqs = staff.world.app, staff.world.queues
    staff.world.begin_again()
    before = app.doorbells.depth("gifts")
    app.doorbells.send("nobody:1", "gifts")
    url = app.settings.queue_url("gifts")
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    dlq = sqs.get_queue_url(QueueName=json.loads(told)["deadLetterTargetArn"].rpartition(":")[2])["QueueUrl"]
    sqs.send_message(QueueUrl=dlq, MessageBody="{}", MessageGroupId="x", MessageDeduplicationId="x")
    try:
        assert app.doorbells.depth("gifts") == Depth(before.waiting + 1, before.taken, before.dead + 1)
        page = operator.get(address(connection=connection.id)).text
        assert f'data-label="Dead letters">{before.dead + 1} <span class="pill bad">' in page
        assert 'href="/portal/operations/letters"' in page
    finally:
        sqs.purge_queue(QueueUrl=dlq)
        staff.world.begin_again()


def told_of_triggers(page: str) -> str:
    """What the row of lost triggers tells, and what stands below it."""
    return page.partition('<th scope="row">Triggers</th>')[2]


def test_lost_triggers_are_counted_with_the_way_to_them(
    staff: Staff, operator: Visiting, connection: Connection
) -> None:
    app, sqs = staff.world.app, staff.world.queues
    url = app.settings.trigger_dlq_url
    sqs.purge_queue(QueueUrl=url)
    here = address(connection=connection.id)
    quiet = told_of_triggers(operator.get(here).text)
    assert 'data-label="Dead letters">0</td>' in quiet
    assert "/operations/letters" not in quiet
    sqs.send_message(QueueUrl=url, MessageBody='{"detail-type": "event.reconciled", "detail": {"event_id": "777"}}')
    try:
        lost = told_of_triggers(operator.get(here).text)
        assert 'data-label="Dead letters">1 <span class="pill bad">' in lost
        assert 'href="/portal/operations/letters"' in lost
        assert "777" not in lost, "a letter is counted, and not read here"
        assert sqs.receive_message(QueueUrl=url)["Messages"], "and it stays"
    finally:
        sqs.purge_queue(QueueUrl=url)


def test_calls_to_storage_grow_with_the_accounts_that_are_looked_at(
    staff: Staff, connection: Connection, operator: Visiting, calls_to_storage: Callable[..., list[str]]
) -> None:
    calls = calls_to_storage(lambda: operator.get(address(connection=connection.id)))
    connections = len(staff.world.app.connections.everywhere())
    assert calls.count("BatchGetItem") == 1 + -(-connections // 100)
    assert calls.count("Query") == 1 + 3
    assert len(calls) == calls.count("BatchGetItem") + calls.count("Query")


# -- redrive


def test_a_redrive_shows_what_it_would_do_and_then_does_just_that(
    staff: Staff, connection: Connection, operator: Visiting
) -> None:
    for number in range(3):
        put(staff, connection, f"e{number}")
    page = operator.get(address("redrive", connection=connection.id, kind="contact"))
    assert "3 of 3 would be done again" in page.text
    assert all(f"subject-e{number}" in page.text for number in range(3))
    assert left(staff, connection) == ["e0", "e1", "e2"], "a preview changes nothing"
    put(staff, connection, "late")
    done = operator.submit(go_form(page), rate="0.5").text
    assert "3 are due again, 0.5 a second" in done
    assert left(staff, connection) == ["late"], "what was not shown is not touched"
    found = waiting(staff.world.app, Wanted(connection=connection.id, kind="contact"))
    dues = sorted(work.next_due for work in found if work.next_due and work.id != "late")
    assert [round((due - dues[0]).total_seconds()) for due in dues] == [0, 2, 4]
    assert {work.attempt for work in found if work.id != "late"} == {0}


def test_what_was_redriven_is_done(staff: Staff, connection: Connection, operator: Visiting) -> None:
    ada = staff.platform.add_contact(firstName="Ada", lastName="Again", email="ada@example.org")["id"]
    answer(staff, connection, yes=False)
    staff.world.pump()
    put(staff, connection, "e1", subject=str(ada), data={"side": "platform", "started_by": "webhook"})
    operator.submit(go_form(operator.get(address("redrive", connection=connection.id, error="KeyError"))))
    staff.world.pump()
    assert len(staff.crm.state()["constituents"]) == 1


def test_what_was_done_meanwhile_is_left_alone_and_told(
    staff: Staff, connection: Connection, operator: Visiting
) -> None:
    works = [put(staff, connection, f"e{number}") for number in range(2)]
    form = go_form(operator.get(address("redrive", connection=connection.id)))
    staff.world.app.inbox.drop(works[0])
    done = operator.submit(form).text
    assert "1 is due again" in done
    assert "1 was no longer stuck" in done


@pytest.mark.parametrize("rate", ["0", "-1", "x", "1e9", "nan", "inf", ""])
def test_a_rate_that_makes_no_sense_is_refused_with_all_that_was_shown(
    staff: Staff, connection: Connection, operator: Visiting, rate: str
) -> None:
    put(staff, connection, "e1")
    form = go_form(operator.get(address("redrive", connection=connection.id)))
    again = operator.submit(form, 422, rate=rate)
    assert "Give a number between 0.1 and 500." in again.text
    assert 'aria-invalid="true"' in again.text
    assert ("rate", rate or "10") in go_form(again).fields
    assert dict(go_form(again).fields)["work"] == dict(form.fields)["work"]
    assert left(staff, connection) == ["e1"]
    assert "1 is due again" in operator.submit(go_form(again), rate="5").text


def test_a_redrive_while_the_crm_is_down_is_refused(staff: Staff, connection: Connection, operator: Visiting) -> None:
    put(staff, connection, "e1")
    form = go_form(operator.get(address("redrive", connection=connection.id)))
    staff.crm.fault("status", status=503, count=None)
    preview = operator.get(address("redrive", connection=connection.id))
    assert "is left alone: Bloomerang has a problem of its own (HTTP 503)." in preview.text
    assert not has_go(preview)
    refused = operator.submit(form, 409).text
    assert "Nothing was done" in refused
    assert "HTTP 503" in refused
    assert left(staff, connection) == ["e1"]


def test_of_two_connections_the_one_that_answers_is_redriven(
    staff: Staff, strangers: Staff, connection: Connection, operator: Visiting
) -> None:
    other = staff.world.app.connections.get(strangers.owner, strangers.connect())
    for one in (connection, other):
        put(staff, one, "both", error="only_here")
    staff.crm.fault("status", status=503, count=None)
    page = operator.get(address("redrive", error="only_here"))
    assert "1 of 2 would be done again" in page.text
    done = operator.submit(go_form(page)).text
    assert "1 is due again" in done
    assert "1 of" in done
    assert (left(staff, connection), left(staff, other, "only_here")) == (["both"], [])


def test_crms_are_not_asked_for_longer_than_somebody_waits(
    staff: Staff, connection: Connection, operator: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(staff, connection, "e1")
    monkeypatch.setattr("giftbridge.jobs.redrive.ASKING_SECONDS", -1.0)
    page = operator.get(address("redrive", connection=connection.id))
    assert "Choose this connection alone." in page.text
    assert not has_go(page)


def test_a_paused_connection_is_left_alone(staff: Staff, connection: Connection, operator: Visiting) -> None:
    put(staff, connection, "e1")
    staff.world.app.connections.change(connection, status="paused")
    assert "The connection is paused." in operator.get(address("redrive", connection=connection.id)).text


@pytest.mark.parametrize("work", ["", "made-up", "x|contacts|1|contact|nobody|e1", "\x00\n|", "é"])
def test_made_up_work_is_never_touched(staff: Staff, connection: Connection, operator: Visiting, work: str) -> None:
    put(staff, connection, "e1")
    for what in ("redrive", "discard"):
        form = go_form(operator.get(address(what, connection=connection.id)))
        assert "None of this is stuck any more" in operator.submit(form, 409, work=work).text
    assert left(staff, connection) == ["e1"]


def test_work_that_does_not_fit_the_filter_is_not_touched(
    staff: Staff, connection: Connection, operator: Visiting
) -> None:
    put(staff, connection, "e1")
    form = go_form(operator.get(address("discard", connection=connection.id)))
    operator.submit(form, 409, connection="0" * 20)
    assert left(staff, connection) == ["e1"]


def test_a_second_click_redrives_nothing(staff: Staff, connection: Connection, operator: Visiting) -> None:
    work = put(staff, connection, "e1")
    form = go_form(operator.get(address("redrive", connection=connection.id)))
    operator.submit(form)
    staff.world.app.inbox.put(work)
    assert "nothing was done a second time" in operator.submit(form).text
    assert left(staff, connection) == ["e1"]


def test_a_preview_shows_no_more_than_a_page_holds(staff: Staff, connection: Connection, operator: Visiting) -> None:
    for number in range(MOST + 5):
        put(staff, connection, f"{number:032x}", subject=f"{number:024x}")
    page = operator.get(address("redrive", connection=connection.id))
    assert f"{MOST + 5} are stuck; these are the first {MOST}." in page.text
    assert len(page.text.encode()) < 100_000
    assert len(operator.get(address("discard", connection=connection.id)).text.encode()) < 100_000
    assert f"{MOST} are due again" in operator.submit(go_form(page), rate="500").text
    assert len(left(staff, connection)) == 5


# -- discard


def test_what_is_discarded_is_remembered_with_who_did_it(
    staff: Staff, connection: Connection, operator: Visiting
) -> None:
    put(staff, connection, "e1")
    put(staff, connection, "e2", error="http_500")
    page = operator.get(address("discard", connection=connection.id, error="KeyError"))
    assert "1 of 1 would be given up" in page.text
    assert "1 given up." in operator.submit(go_form(page)).text
    assert left(staff, connection) == ["e2"]
    (kept,) = staff.world.app.inbox.remembered(connection.id)
    assert (kept.event, kept.discarded_by) == ("e1", ACTOR)


def test_standing_work_stays_with_a_sentence_and_the_rest_goes(
    staff: Staff, connection: Connection, operator: Visiting
) -> None:
    put(staff, connection, "e1")
    app = staff.world.app
    (schedule,) = waiting(app, Wanted(connection=connection.id, kind="cadence"))
    app.inbox.postpone(schedule, None, error="KeyError", attempt=4)
    page = operator.get(address("discard", connection=connection.id))
    assert "1 of 2 would be given up" in page.text
    assert "Stays" in page.text
    done = operator.submit(go_form(page)).text
    assert "1 given up." in done
    assert "1 stayed" in done
    assert "The schedule" in done
    assert "belongs to its connection: pause or remove that instead." in done
    assert left(staff, connection) == [schedule.id]
    alone = operator.get(address("discard", connection=connection.id))
    assert not has_go(alone)


def test_a_discarded_run_lets_the_next_begin(staff: Staff, connection: Connection, operator: Visiting) -> None:
    staff.platform.add_contact(firstName="Ada", lastName="Stuck", email="ada@example.org")
    staff.crm.fault("status", status=500, count=1)
    answer(staff, connection, yes=True)
    operator.submit(go_form(operator.get(address("discard", connection=connection.id, error="http_500"))))
    (run,) = staff.world.app.runs.latest(connection.id)
    assert run.state == "cancelled"
    answer(staff, connection, yes=True)
    staff.world.pump()
    assert len(staff.crm.state()["constituents"]) == 1


def test_all_at_once_is_never_discarded(staff: Staff, connection: Connection, operator: Visiting) -> None:
    put(staff, connection, "e1")
    page = operator.get(address("discard"))
    assert "all at once is never meant" in page.text
    assert not has_go(page)
    form = go_form(operator.get(address("discard", connection=connection.id)))
    assert "all at once is never meant" in operator.submit(form, 422, connection="").text
    assert left(staff, connection) == ["e1"]


# -- the log


@pytest.mark.parametrize(("what", "said"), [("redrive", "redriven"), ("discard", "discarded")])
def test_what_an_operator_did_is_logged_with_who_it_was(
    staff: Staff, connection: Connection, operator: Visiting, monkeypatch: pytest.MonkeyPatch, what: str, said: str
) -> None:
    seen: list[tuple[str, Any]] = []
    monkeypatch.setattr(logger, "info", lambda text, extra=None: seen.append((text, extra)))
    for number in range(2):
        put(staff, connection, f"e{number}")
    operator.submit(go_form(operator.get(address(what, connection=connection.id))))
    assert (said, {"actor": ACTOR, "connection": connection.id, "works": 2}) in seen
