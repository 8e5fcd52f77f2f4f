"""What waits, doing past events again, and the addresses with their secrets."""

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from giftbridge.aws.vault import Vault
from giftbridge.jobs import lifecycle
from giftbridge.jobs.hooks import HookSecrets
from giftbridge.stores.connections import Connection
from giftbridge.stores.inbox import Work
from tests.management.conftest import Reply
from tests.portal.conftest import ORIGIN, Form, Staff, forms


@pytest.fixture
def connection(staff: Staff) -> Connection:
    """A connection without a first sync."""
    return staff.world.app.connections.get(staff.owner, staff.connect())


def page_of(one: Connection, **asked: str) -> str:
    """The page's address."""
    return f"/portal/c/{one.id}/webhooks" + (f"?{urlencode(asked)}" if asked else "")


def put(staff: Staff, one: Connection, name: str, **changes: Any) -> Work:
    """A webhook's work that waits."""
    plain: dict[str, Any] = {
        "account": one.account, "queue": "contacts", "kind": "contact", "id": name, "organisation": one.owner,
        "connection": one.id, "lane": "webhooks", "next_due": staff.world.app.now(), "subject": f"subject-{name}",
        "event": name, "data": {"side": "platform", "started_by": "webhook"},
    }  # fmt: skip
    work = Work(**{**plain, **changes})
    staff.world.app.inbox.put(work)
    return stored(staff, work)


def done(staff: Staff, one: Connection, name: str, **changes: Any) -> Work:
    """A webhook's work that is done."""
    work = put(staff, one, name, **changes)
    staff.world.app.inbox.finish(work, staff.world.app.now())
    return work


def stored(staff: Staff, work: Work) -> Work:
    """As it waits now: it must."""
    found = staff.world.app.inbox.get(work)
    assert found is not None
    return found


def waits(staff: Staff, work: Work) -> Work | None:
    """As it waits now."""
    return staff.world.app.inbox.get(work)


def form_to(page: Reply, word: str) -> Form:
    """The form that is sent to this address."""
    (found,) = [form for form in forms(page) if urlsplit(form.action).path.endswith(f"/{word}")]
    return found


def offers(page: Reply, word: str) -> bool:
    """Whether there is such a form."""
    return any(urlsplit(form.action).path.endswith(f"/{word}") for form in forms(page))


# -- what waits


def test_what_waits_is_told_in_words(staff: Staff, connection: Connection) -> None:
    put(staff, connection, "e1", attempt=2, error="http_503")
    put(staff, connection, "g1", queue="gifts", kind="gift", lane="gifts", next_due=None, error="disconnected")
    page = staff.browser.get(page_of(connection)).text
    for seen in (
        "A contact", "subject-e1", "The other system answered with an error (HTTP 503)", "A gift", "subject-g1",
        "The credentials no longer work", "Once the connection works again", "The schedule",
    ):  # fmt: skip
        assert seen in page, seen
    assert page.index("subject-e1") < page.index("The schedule"), "what failed comes first"


def test_where_nothing_waits_it_says_so(staff: Staff, connection: Connection) -> None:
    app = staff.world.app
    for queue in ("contacts", "gifts"):
        for work in app.inbox.waiting(connection.account, queue):
            app.inbox.drop(work)
    page = staff.browser.get(page_of(connection))
    assert "Nothing waits." in page.text
    assert not offers(page, "wake")


def test_what_failed_is_tried_again_at_once(staff: Staff, connection: Connection) -> None:
    later = staff.world.app.now().replace(year=2099)
    failed = put(staff, connection, "e1", attempt=4, error="http_503", next_due=later)
    sound = put(staff, connection, "e2", next_due=later)
    tried = staff.browser.submit(form_to(staff.browser.get(page_of(connection)), "wake"))
    assert "Trying again." in tried.text
    now = stored(staff, failed)
    assert now.next_due is not None
    assert (now.attempt, now.error, now.next_due < later) == (0, "", True)
    assert waits(staff, sound) == sound
    assert not offers(staff.browser.get(page_of(connection)), "wake"), "nothing has failed now"


def test_waking_nothing_is_told(staff: Staff, connection: Connection) -> None:
    work = put(staff, connection, "e1", error="http_503")
    form = form_to(staff.browser.get(page_of(connection)), "wake")
    staff.world.app.inbox.drop(work)
    assert "Nothing that waits has failed" in staff.browser.submit(form, 409).text


def test_what_waits_for_others_of_the_same_database_is_not_seen(staff: Staff, connection: Connection) -> None:
    put(staff, connection, "other", connection="f" * 20, organisation="handbid:other")
    assert "subject-other" not in staff.browser.get(page_of(connection)).text


def test_a_page_has_fifty(staff: Staff, connection: Connection) -> None:
    for number in range(60):
        put(staff, connection, f"e{number:02}", error="http_500")
    first = staff.browser.get(page_of(connection)).text
    assert len(first.encode()) < 100_000
    assert len(re.findall(r"subject-e\d\d", first)) == 50
    assert len(re.findall(r"subject-e\d\d", staff.browser.get(page_of(connection, page="2")).text)) == 10


@pytest.mark.parametrize("asked", [{"page": "0"}, {"page": "-1"}, {"page": "x"}, {"page": "9" * 5000}, {"page": "²"},
                                   {"show": "nonsense"}, {"show": "past", "after": "x" * 5000},
                                   {"show": "past", "after": "\x00", "page": "99"}])  # fmt: skip
def test_made_up_addresses_break_nothing(staff: Staff, connection: Connection, asked: dict[str, str]) -> None:
    staff.browser.get(page_of(connection, **asked))


def test_a_paused_connection_says_why_nothing_can_be_done(staff: Staff, connection: Connection) -> None:
    put(staff, connection, "e1", error="http_500")
    done(staff, connection, "e2")
    before = staff.browser.get(page_of(connection, show="past"))
    lifecycle.pause(staff.world.app, connection)
    for show, word in (("", "wake"), ("past", "replay")):
        page = staff.browser.get(page_of(connection, show=show))
        assert "The connection is paused. Resume it first." in page.text
        assert "Do again" not in page.text.replace('<span class="hidden">Do again</span>', "")
        assert word != "wake" or not offers(page, "wake")
    refused = staff.browser.submit(form_to(before, "replay"), 409, only="e2")
    assert "The connection is paused" in refused.text


# -- what came within a month


def test_what_is_done_or_given_up_is_listed_newest_first(staff: Staff, connection: Connection) -> None:
    app = staff.world.app
    done(staff, connection, "zz-old")
    staff.world.clock.advance(minutes=1)
    done(staff, connection, "aa-new")
    staff.world.clock.advance(minutes=1)
    app.inbox.discard(put(staff, connection, "mm-gone"), app.now(), "operator:otto")
    page = staff.browser.get(page_of(connection, show="past")).text
    assert page.index("mm-gone") < page.index("aa-new") < page.index("zz-old")
    assert "Given up by operator:otto" in page
    assert "subject-aa-new" in page


def test_none_yet_is_told(staff: Staff, connection: Connection) -> None:
    page = staff.browser.get(page_of(connection, show="past"))
    assert "None yet." in page.text
    assert not offers(page, "replay")


def test_one_event_is_done_again_from_what_is_so_now(staff: Staff, connection: Connection) -> None:
    lifecycle.answer_first_sync(staff.world.app, connection, False, "anna")
    staff.world.pump()
    ada = staff.platform.add_contact(firstName="Ada", lastName="Again", email="ada@example.org")["id"]
    work, other = done(staff, connection, "e1", subject=str(ada)), done(staff, connection, "e2")
    form = form_to(staff.browser.get(page_of(connection, show="past")), "replay")
    told = staff.browser.submit(form, only="e1")
    assert "Being done again." in told.text
    assert (waits(staff, work) is not None, waits(staff, other)) == (True, None)
    staff.world.pump()
    assert len(staff.crm.state()["constituents"]) == 1
    assert waits(staff, work) is None


def test_chosen_events_are_done_again_and_no_others(staff: Staff, connection: Connection) -> None:
    works = [done(staff, connection, f"e{number}") for number in range(3)]
    form = form_to(staff.browser.get(page_of(connection, show="past")), "replay")
    form.fields += [("event", "e0"), ("event", "e2"), ("event", "e2")]
    staff.browser.submit(form)
    assert [waits(staff, work) is not None for work in works] == [True, False, True]


def test_a_second_click_replays_nothing(staff: Staff, connection: Connection) -> None:
    work = done(staff, connection, "e1")
    form = form_to(staff.browser.get(page_of(connection, show="past")), "replay")
    staff.browser.submit(form, only="e1")
    staff.world.app.inbox.finish(stored(staff, work), staff.world.app.now())
    assert "Being done again." in staff.browser.submit(form, only="e1").text
    assert waits(staff, work) is None
    staff.world.clock.advance(seconds=4)
    assert "nothing was done a second time" in staff.browser.submit(form, only="e1").text
    assert waits(staff, work) is None


def test_what_was_gone_when_it_was_done_has_no_button_and_says_why(staff: Staff, connection: Connection) -> None:
    work = done(staff, connection, "s1", kind="engagement", queue="gifts", subject="reply", data={"sealed": "x"})
    page = staff.browser.get(page_of(connection, show="past"))
    assert "Can&#39;t be done again" in page.text or "Can't be done again" in page.text
    assert 'value="s1"' not in page.text
    done(staff, connection, "e1")
    form = form_to(staff.browser.get(page_of(connection, show="past")), "replay")
    form.fields.append(("event", "e1"))
    form.fields.append(("event", "s1"))
    refused = staff.browser.submit(form, 409)
    assert "all there was of it is gone" in refused.text
    assert waits(staff, work) is None
    assert len(list(staff.world.app.inbox.remembered(connection.id))) == 2, "nothing of it was done"


@pytest.mark.parametrize("event", ["made-up", "x" * 3000, "\x00", "é", "../e1"])
def test_an_event_that_is_not_there_is_not_found(staff: Staff, connection: Connection, event: str) -> None:
    done(staff, connection, "e1")
    form = form_to(staff.browser.get(page_of(connection, show="past")), "replay")
    assert "There is no such event" in staff.browser.submit(form, 404, only=event).text


def test_an_event_of_another_connection_is_not_found(staff: Staff, strangers: Staff, connection: Connection) -> None:
    other = staff.world.app.connections.get(strangers.owner, strangers.connect())
    theirs = done(staff, other, "theirs")
    done(staff, connection, "e1")
    form = form_to(staff.browser.get(page_of(connection, show="past")), "replay")
    staff.browser.submit(form, 404, only="theirs")
    assert waits(staff, theirs) is None
    assert len(list(staff.world.app.inbox.remembered(other.id))) == 1


@pytest.mark.parametrize(("chosen", "why"), [(0, "Choose one event at least."), (51, "Choose 50 at most.")])
def test_none_or_too_many_are_refused(staff: Staff, connection: Connection, chosen: int, why: str) -> None:
    done(staff, connection, "e1")
    form = form_to(staff.browser.get(page_of(connection, show="past")), "replay")
    form.fields += [("event", f"e{number}") for number in range(chosen)]
    assert why in staff.browser.submit(form, 422).text


def test_more_events_than_one_call_reads_are_told_in_portions(staff: Staff, connection: Connection) -> None:
    fat = {"notices": [["x" * 3000]]}
    for number in range(400):
        done(staff, connection, f"e{number:03}", kind="notices", data=fat)
    first = staff.browser.get(page_of(connection, show="past"))
    assert "shown in portions" in first.text
    links = [part.split('"')[0].replace("&amp;", "&") for part in first.text.split('href="')[1:]]
    (following,) = [link for link in links if "after=" in link and "page=" not in link]
    second = staff.browser.get(following)
    assert "e399" in second.text
    assert len(first.text.encode()) < 100_000


# -- addresses and secrets


def live(staff: Staff, connection: Connection) -> list[str]:
    """What intake, in a process of its own, takes for the secrets."""
    app = staff.world.app
    hook = app.connections.hook(app.connections.get(connection.owner, connection.id).hook)
    assert hook is not None
    opened = HookSecrets(Vault(app.vault.client, app.vault.key_arn), app.connections).open(hook)
    return [f"whsec_{base64.b64encode(secret).decode()}" for secret in opened]


def test_a_secret_is_rotated_in_two_steps_and_shown_once(staff: Staff, connection: Connection) -> None:
    (first,) = live(staff, connection)
    page = staff.browser.get(page_of(connection, show="addresses"))
    assert f"/webhooks/handbid/{connection.hook}" in page.text
    assert first not in page.text
    form = form_to(page, "rotate")
    shown = staff.browser.submit(form)
    second, former = live(staff, connection)
    assert former == first
    assert second in shown.text
    assert f"/webhooks/handbid/{connection.hook}" in shown.text
    assert first not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    again = staff.browser.submit(form)
    assert "nothing was done a second time" in again.text
    assert live(staff, connection) == [second, first]
    page = staff.browser.get(page_of(connection, show="addresses"))
    assert second not in page.text + again.text
    assert "both count" in page.text
    assert "Saved." in staff.browser.submit(form_to(page, "finish")).text
    assert live(staff, connection) == [second]
    assert not offers(staff.browser.get(page_of(connection, show="addresses")), "finish")


def test_a_connection_without_an_address_is_given_one(staff: Staff, connection: Connection) -> None:
    staff.world.app.connections.change(connection, hook="")
    page = staff.browser.get(page_of(connection, show="addresses"))
    assert "Make an address for Handbid" in page.text
    shown = staff.browser.submit(form_to(page, "rotate"))
    (secret,) = live(staff, connection)
    assert secret in shown.text


@pytest.mark.parametrize("word", ["rotate", "finish"])
@pytest.mark.parametrize(("side", "status"), [("", 422), ("both", 422), ("crm", 409)])
def test_a_side_that_has_no_address_is_refused(
    staff: Staff, connection: Connection, word: str, side: str, status: int
) -> None:
    before = live(staff, connection)
    form = form_to(staff.browser.get(page_of(connection, show="addresses")), "rotate")
    form.action = form.action.replace("/rotate", f"/{word}")
    staff.browser.submit(form, status, side=side)
    assert live(staff, connection) == before


def test_a_crm_that_is_told_by_api_is_told_its_new_secret(staff: Staff) -> None:
    crm: Any = staff.world.virtuous.organisation(staff.crm.id, rate_limit_per_hour=1_000_000)
    crm.seed(people=1)
    form_page = staff.browser.get("/portal/connect/virtuous")
    form = next(one for one in forms(form_page) if "api_key" in dict(one.fields))
    staff.browser.submit(form, api_key=crm.api_key, token=staff.platform.token)
    (one,) = staff.world.app.connections.of_organisation(staff.owner)
    assert "is told its addresses by us" in staff.browser.get(page_of(one, show="addresses")).text
    staff.world.tick()
    page = staff.browser.get(page_of(one, show="addresses"))
    assert "was told this address by us" in page.text
    (form,) = [each for each in forms(page) if ("side", "crm") in each.fields]
    told = staff.browser.submit(form)
    assert "Saved." in told.text
    assert "whsec_" not in told.text
    (finish,) = [each for each in forms(told) if each.action.endswith("/finish")]
    assert "Try again in a minute" in staff.browser.submit(finish, 409).text, "it signs with the former one still"
    staff.world.pump()
    page = staff.browser.get(page_of(one, show="addresses"))
    assert "Saved." in staff.browser.submit(form_to(page, "finish")).text
    assert not offers(staff.browser.get(page_of(one, show="addresses")), "finish")


# -- others, and the cost


@pytest.mark.parametrize("word", ["wake", "past/replay", "addresses/rotate", "addresses/finish"])
def test_nobody_sees_or_does_anything_for_another_organisation(
    staff: Staff, strangers: Staff, connection: Connection, word: str
) -> None:
    failed, past = put(staff, connection, "e1", error="x"), done(staff, connection, "e2")
    secrets = live(staff, connection)
    for show in ("", "past", "addresses"):
        assert "subject-e" not in strangers.browser.get(page_of(connection, show=show), 404).text
    fields = {**dict(forms(strangers.browser.get("/portal"))[0].fields), "only": "e2", "side": "platform"}
    reply = strangers.browser.ask("POST", f"{page_of(connection)}/{word}", urlencode(fields), origin=ORIGIN)
    assert reply.status == 404
    assert (waits(staff, failed), waits(staff, past), live(staff, connection)) == (failed, None, secrets)


@pytest.mark.parametrize("show", ["", "past", "addresses"])
def test_no_view_costs_more_than_three_calls_to_storage(
    staff: Staff, connection: Connection, calls_to_storage: Callable[..., list[str]], show: str
) -> None:
    for number in range(60):
        put(staff, connection, f"e{number}", error="x")
        done(staff, connection, f"d{number}")
    staff.browser.get(page_of(connection, show=show))
    calls = calls_to_storage(lambda: staff.browser.get(page_of(connection, show=show)))
    assert calls[0] == "BatchGetItem"
    assert len(calls) <= 3
