"""Gifts of the platform, and sending some of them to the CRM by hand."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs.gifts import watch
from giftbridge.stores.link import Intent, Link, Question
from tests.management.conftest import Reply
from tests.portal.conftest import ORIGIN, Staff, Visiting, forms
from tests.world import World

Fields = list[tuple[str, str]]


@dataclass
class Sale:
    """A connection, an event that is not reconciled with two gifts, and two funds."""

    staff: Staff
    connection: str
    event: str
    ids: list[str]
    fund: str
    roof: str

    @property
    def path(self) -> str:
        return f"/portal/c/{self.connection}/transactions"

    def page(self, **query: str) -> Reply:
        return self.staff.browser.get(f"{self.path}?{urlencode({'event': self.event, **query})}")

    def post(self, page: Reply, action: str, *more: tuple[str, str]) -> Reply:
        """Send the form that goes to `send`, with what was typed, to one of its buttons' addresses."""
        return post(self.staff.browser, page, self.path, action, *more)

    def send(self, *more: tuple[str, str]) -> Reply:
        return self.post(self.page(), "send", *more)

    def recorded(self) -> list[str]:
        """Funds of what the CRM has."""
        self.staff.world.pump()
        gifts = self.staff.crm.state()["transactions"]
        return [str(part["Fund"]["Id"]) for gift in gifts for part in gift["Designations"]]

    def link_of(self, gift: str) -> Any:
        return self.staff.world.app.links.get(self.connection, "gift", Side.PLATFORM, gift)


def post(browser: Visiting, page: Reply, path: str, action: str, *more: tuple[str, str]) -> Reply:
    form = next(one for one in forms(page) if one.action in (f"{path}/send", f"{path}/{action}"))
    named = {name for name, _ in more if name not in ("gift", "page_gift")}
    kept = [one for one in form.fields if one[0] not in named]
    return browser.ask("POST", f"{path}/{action}", urlencode([*kept, *more]), origin=ORIGIN)


def ticked(ids: list[str]) -> Fields:
    return [("gift", one) for one in ids]


def rows(page: Reply) -> dict[str, str]:
    """Id of a gift -> all that its row says."""
    found = re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", page.text, re.DOTALL)
    return {re.search(r'value="([^"]*)"', one).group(1): words(one) for one in found if "checkbox" in one}  # type: ignore[union-attr]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


def locked(page: Reply, gift: str) -> bool:
    return re.search(rf'value="{gift}"[^>]*disabled', page.text) is not None


@pytest.fixture
def sale(staff: Staff) -> Sale:
    buyers = [
        staff.platform.add_contact(firstName="Ada", lastName="Lane", email="ada.lane@example.org")["id"],
        staff.platform.add_contact(firstName="Ben", lastName="Moss", email="ben.moss@example.org")["id"],
    ]
    connection = staff.connect()
    receipts = [{"contactId": one, "items": [{"name": "Quilt", "price": 25}]} for one in buyers]
    auction = staff.platform.hold_auction(status="closed", name="Spring Gala", receipts=receipts)
    staff.crm.staff_call("POST", "/fund", {"Name": "New roof", "IsActive": True})
    ids = [gift["id"] for gift in auction["transactions"]]
    fund, roof = str(staff.crm.fund()), str(staff.crm.fund("New roof"))
    return Sale(staff, connection, auction["event"]["id"], ids, fund, roof)


def run_page(sale: Sale, reply: Reply) -> str:
    """The run that a successful order leads to."""
    assert reply.status == 303, words(reply.text)
    target = reply.headers["location"]
    found = re.fullmatch(rf"/portal/c/{sale.connection}/log/([\w-]+)\?done=sent", target)
    assert found, target
    return found.group(1)


def test_events_are_listed_newest_first(sale: Sale, calls_to_storage: Callable[..., list[str]]) -> None:
    older = {"name": "Old Ball", "start_time": "2020-05-01T18:00:00.000Z", "status": "reconciled"}
    sale.staff.platform.hold_auction(**older)
    sale.staff.platform.hold_auction(name="Ball of 2031", start_time="2031-05-01T18:00:00.000Z")
    page = sale.staff.browser.get(sale.path)
    names = re.findall(r'event=[^"]*">([^<]*) <span', page.text)
    assert names == ["Ball of 2031", "Old Ball", "Spring Gala"]
    assert "Old Ball" in page.text
    assert page.text.count(">Reconciled<") == 1
    assert page.text.count(">Not reconciled<") == 2
    asked = calls_to_storage(lambda: sale.staff.browser.get(sale.path))
    assert asked == ["BatchGetItem", "BatchGetItem", "UpdateItem"]


def test_fifty_events_are_a_page(sale: Sale) -> None:
    for number in range(51):
        sale.staff.platform.hold_auction(name=f"Evening {number}", start_time=f"2026-01-01T10:00:{number:02}.000Z")
    first = sale.staff.browser.get(sale.path)
    assert "Evening 50 <" in first.text
    assert "Evening 0 <" not in first.text
    second = sale.staff.browser.get(f"{sale.path}?page=2")
    assert "Evening 0 <" in second.text
    assert "Spring Gala" in second.text
    assert "no older events" in sale.staff.browser.get(f"{sale.path}?page=3").text


def test_an_organisation_without_events_is_told_what_comes_next(staff: Staff) -> None:
    page = staff.browser.get(f"/portal/c/{staff.connect()}/transactions")
    assert "has no events yet" in page.text


def test_gifts_of_an_event_show_who_gave_what(sale: Sale, calls_to_storage: Callable[..., list[str]]) -> None:
    page = sale.page()
    shown = rows(page)
    assert list(shown) == sale.ids
    assert "Ada Lane" in shown[sale.ids[0]]
    assert "25.00 USD" in shown[sale.ids[0]]
    assert "Card" in shown[sale.ids[0]]
    assert "Not sent" in shown[sale.ids[0]]
    assert "New roof" in page.text
    asked = calls_to_storage(sale.page)
    assert asked == ["BatchGetItem", "BatchGetItem", "UpdateItem", "Query", "BatchGetItem"]


def test_fifty_gifts_are_a_page_and_none_is_lost_between_pages(sale: Sale) -> None:
    buyers = [one["id"] for one in sale.staff.platform.state("contacts")["contacts"]]
    receipts = [{"contactId": buyers[0], "items": [{"name": "Pie", "price": 5}]}] * 120
    auction = sale.staff.platform.hold_auction(name="Fair", receipts=receipts)
    seen: list[str] = []
    page = sale.staff.browser.get(f"{sale.path}?event={auction['event']['id']}")
    for expected in (50, 50, 20):
        assert len(rows(page)) == expected
        assert len(page.text) < 100_000
        seen += rows(page)
        if more := re.search(r'href="([^"]*)">More gifts', page.text):
            page = sale.staff.browser.get(more.group(1).replace("&amp;", "&"))
    order = sale.staff.browser.send(sale.staff.browser.get(sale.path), "/choose", 200, ids=" ".join(seen[:100]))
    assert len(rows(order)) == 100
    assert len(order.text) < 110_000
    assert sorted(seen) == sorted(gift["id"] for gift in auction["transactions"])


def test_sending_warns_before_the_event_is_reconciled_and_goes_on_as_it_was_typed(sale: Sale) -> None:
    asked = sale.send(*ticked(sale.ids[:1]), ("fund", sale.roof))
    assert asked.status == 409
    assert "not reconciled yet" in asked.text
    assert "Send all the same" in asked.text
    assert list(rows(asked)) == sale.ids[:1]
    assert ("fund", sale.roof) in forms(asked)[-1].fields
    assert sale.recorded() == []
    run_page(sale, sale.post(asked, "send", ("confirm_unreconciled", "yes")))
    assert sale.recorded() == [sale.roof]
    shown = rows(sale.page())
    assert "Confirmed" in shown[sale.ids[0]]
    assert "Not sent" in shown[sale.ids[1]]


def test_all_of_a_page_are_sent_without_ticking(sale: Sale) -> None:
    asked = sale.send(("all", "yes"), ("fund", sale.roof))
    assert list(rows(asked)) == sale.ids
    sale.post(asked, "send", ("confirm_unreconciled", "yes"))
    assert sale.recorded() == [sale.roof, sale.roof]


def test_other_choices_are_a_second_question_and_both_answers_are_kept(sale: Sale) -> None:
    yes = ("confirm_unreconciled", "yes")
    sale.post(sale.send(*ticked(sale.ids[:1]), ("fund", sale.roof)), "send", yes)
    assert sale.recorded() == [sale.roof]
    first = sale.send(*ticked(sale.ids), ("fund", sale.fund))
    second = sale.post(first, "send", yes)
    assert second.status == 409
    assert "sent with other choices" in second.text
    assert f"1 of these gifts: {sale.ids[0]}" in second.text
    assert yes in forms(second)[-1].fields
    assert sale.recorded() == [sale.roof]
    run_page(sale, sale.post(second, "send", ("confirm_changes", "yes")))
    assert sale.recorded() == [sale.fund, sale.fund]


def test_what_the_crm_has_just_so_is_not_sent_again(sale: Sale) -> None:
    sale.staff.platform.set_event_status(sale.event, "reconciled")
    run_page(sale, sale.send(*ticked(sale.ids), ("fund", sale.roof)))
    assert sale.recorded() == [sale.roof, sale.roof]
    again = sale.send(*ticked(sale.ids), ("fund", sale.roof))
    assert again.status == 303
    page = sale.staff.browser.get(again.headers["location"])
    assert "Nothing was sent" in page.text
    assert "Spring Gala" in page.text


def test_a_double_click_sends_once(sale: Sale) -> None:
    sale.staff.platform.set_event_status(sale.event, "reconciled")
    page = sale.page()
    first = sale.post(page, "send", *ticked(sale.ids), ("fund", sale.roof))
    run_page(sale, first)
    again = sale.post(page, "send", *ticked(sale.ids), ("fund", sale.roof))
    assert again.headers["location"] == first.headers["location"]
    sale.staff.world.clock.advance(seconds=4)
    again = sale.post(page, "send", *ticked(sale.ids), ("fund", sale.fund))
    assert again.headers["location"].endswith("/transactions?done=again")
    assert sale.recorded() == [sale.roof, sale.roof]
    assert len(sale.staff.world.app.runs.latest(sale.connection)) == 1


def test_nothing_chosen_says_so_and_keeps_the_fund(sale: Sale) -> None:
    reply = sale.send(("fund", sale.roof))
    assert reply.status == 422
    assert "Choose at least one gift" in reply.text
    assert list(rows(reply)) == sale.ids
    assert ("fund", sale.roof) in [one for form in forms(reply) for one in form.fields]


def test_a_hundred_and_one_ids_are_too_many_and_stay(sale: Sale) -> None:
    ids = "\n".join(f"txn-{number}" for number in range(101))
    reply = sale.staff.browser.send(sale.staff.browser.get(sale.path), "/choose", 422, ids=ids)
    assert "At most 100 gifts are sent at once; these are 101." in reply.text
    assert ids in reply.text
    made_up = sale.send(*ticked(ids.split()), ("fund", sale.roof))
    assert made_up.status == 422
    assert "these are 101" in made_up.text
    assert sale.recorded() == []


@pytest.mark.parametrize("ids", ["..", "x" * 129])
def test_what_can_be_no_id_is_not_asked_for(sale: Sale, ids: str) -> None:
    reply = sale.staff.browser.send(sale.staff.browser.get(sale.path), "/choose", 422, ids=ids)
    assert "An id has at most 128 characters" in reply.text


def test_ids_are_looked_up_before_they_are_sent(sale: Sale) -> None:
    sale.staff.platform.set_event_status(sale.event, "reconciled")
    ids = f"{sale.ids[0]}\n no-such-gift, {sale.ids[0]}"
    order = sale.staff.browser.send(sale.staff.browser.get(sale.path), "/choose", 200, ids=ids)
    assert list(rows(order)) == [sale.ids[0], "no-such-gift"]
    assert "Ada Lane" in rows(order)[sale.ids[0]]
    assert "no such transaction" in rows(order)["no-such-gift"]
    assert locked(order, "no-such-gift")
    assert [value for name, value in forms(order)[-1].fields if name == "gift"] == sale.ids[:1]
    run_page(sale, sale.post(order, "send", ("fund", sale.roof)))
    assert sale.recorded() == [sale.roof]


def test_a_made_up_id_that_is_sent_all_the_same_is_told_beside_it(sale: Sale) -> None:
    reply = sale.send(*ticked([*sale.ids, "no-such-gift"]), ("fund", sale.roof))
    assert reply.status == 422
    assert "no such transaction" in rows(reply)["no-such-gift"]
    assert "The others can be sent" in reply.text
    assert [value for name, value in forms(reply)[-1].fields if name == "gift"] == sale.ids


def test_a_fund_that_does_not_exist_is_told_beside_it(sale: Sale) -> None:
    reply = sale.send(*ticked(sale.ids), ("fund", "999999"), ("campaign", "999998"))
    assert reply.status == 422
    assert 'id="fund-wrong">The CRM has no active fund with this id' in reply.text
    assert 'id="campaign-wrong"' in reply.text
    fields = forms(reply)[-1].fields
    assert {("fund", "999999"), ("campaign", "999998"), *ticked(sale.ids)} <= set(fields)
    assert sale.recorded() == []


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("no_donor", "has no donor"),
        ("zero_amount", "zero or negative"),
        ("impossible_date", "does not exist"),
        ("three_decimals", "not a whole number of cents"),
    ],
)
def test_a_bad_gift_says_why_and_the_others_go(sale: Sale, case: str, why: str) -> None:
    buyer = None if case == "no_donor" else sale.staff.platform.state("contacts")["contacts"][0]["id"]
    bad = sale.staff.platform.bad_data(case, sale.event, buyer)["id"]
    page = sale.page()
    assert why in rows(page)[bad]
    assert locked(page, bad)
    sale.staff.platform.set_event_status(sale.event, "reconciled")
    run_page(sale, sale.send(("all", "yes"), ("fund", sale.roof)))
    assert sale.recorded() == [sale.roof, sale.roof]


@pytest.mark.parametrize("event", ["made-up", "..", ".", "../contacts", "é"])
def test_a_made_up_event_is_not_there(sale: Sale, event: str) -> None:
    query = urlencode({"event": event})
    page = sale.staff.browser.get(f"{sale.path}?{query}", 404)
    assert "There is no such event" in page.text


def test_another_organisations_event_and_connection_are_not_there(sale: Sale, strangers: Staff) -> None:
    theirs = strangers.platform.hold_auction(id="their-gala", name="Their Gala")["event"]["id"]
    page = sale.staff.browser.get(f"{sale.path}?event={theirs}", 404)
    assert "Their Gala" not in page.text
    for path in (sale.path, f"{sale.path}?event={sale.event}", f"{sale.path}/choices?kind=fund"):
        assert "no such connection" in strangers.browser.get(path, 404).text
    foreign = post(strangers.browser, sale.page(), sale.path, "send", *ticked(sale.ids))
    assert foreign.status == 409, "another session's form is asked about again"
    again = strangers.browser.submit(forms(foreign)[-1], 404)
    assert "no such connection" in again.text
    assert sale.recorded() == []


def test_a_bad_place_in_the_list_is_no_bug(sale: Sale) -> None:
    query = urlencode({"event": sale.event, "cursor": "made-up", "skip": "-1"})
    assert "refused" in sale.staff.browser.get(f"{sale.path}?{query}", 422).text


def sound(page: Reply) -> None:
    """Ids are unique, what labels and descriptions name is there, and the headings begin at one h1."""
    ids = re.findall(r' id="([^"]*)"', page.text)
    assert len(ids) == len(set(ids)), sorted(one for one in set(ids) if ids.count(one) > 1)
    named = re.findall(r' (?:for|aria-labelledby|hx-include="#|aria-describedby)="([^"]*)"', page.text)
    assert {one for each in named for one in each.split()} <= set(ids)
    fields = re.findall(r'<(?:input|select|textarea) (?![^>]*type="hidden")[^>]*?id="([^"]*)"', page.text)
    assert set(fields) <= set(re.findall(r' for="([^"]*)"', page.text))
    assert page.text.count("<h1>") == 1


def test_pages_can_be_read_aloud(sale: Sale) -> None:
    browser = sale.staff.browser
    wrong = sale.send(*ticked([*sale.ids, "no-such-gift"]), ("fund", "999999"))
    for page in (browser.get(sale.path), sale.page(), wrong, sale.send(), sale.send(*ticked(sale.ids))):
        sound(page)
    down(sale)
    sale.staff.world.clock.advance(hours=2)
    sound(sale.page())


# -- states


def test_a_gift_that_failed_says_why_until_it_is_there(sale: Sale) -> None:
    sale.staff.platform.set_event_status(sale.event, "reconciled")
    run_page(sale, sale.send(*ticked(sale.ids)))
    sale.staff.world.pump()
    shown = rows(sale.page())
    assert "Failed" in shown[sale.ids[0]]
    assert "No fund is set" in shown[sale.ids[0]]
    run_page(sale, sale.send(*ticked(sale.ids), ("fund", sale.roof)))
    assert "Waiting" in rows(sale.page())[sale.ids[0]]
    sale.staff.world.pump()
    assert "Confirmed" in rows(sale.page())[sale.ids[0]]


def test_a_gift_that_failed_says_so_although_an_older_try_may_have_gone_through(sale: Sale) -> None:
    sale.staff.platform.set_event_status(sale.event, "reconciled")
    run_page(sale, sale.send(*ticked(sale.ids)))
    sale.staff.world.pump()
    app = sale.staff.world.app
    tried = Intent("create", "n", "r", app.now(), app.now())
    account = app.connections.get(sale.staff.owner, sale.connection).account
    app.links.save(Link(account, sale.connection, "gift", "creating", platform_id=sale.ids[0], intent=tried))
    assert "Failed" in rows(sale.page())[sale.ids[0]]


def test_a_refunded_gift_and_one_to_review_say_so(sale: Sale) -> None:
    sale.staff.platform.set_event_status(sale.event, "reconciled")
    run_page(sale, sale.send(*ticked(sale.ids), ("fund", sale.roof)))
    sale.staff.world.pump()
    sale.staff.platform.refund(sale.ids[0])
    app, link = sale.staff.world.app, sale.link_of(sale.ids[1])
    asked = Question("several_recorded", "The CRM holds several gifts with this reference.", ("1", "2"))
    app.links.db.transact(app.links.drop_ops(link))
    app.links.save(replace(link, state="parked", crm_id="", question=asked, rev=0, run="", outcomes={}))
    shown = rows(sale.page())
    assert "Refunded" in shown[sale.ids[0]]
    assert "Needs review" in shown[sale.ids[1]]
    assert "several gifts with this reference" in shown[sale.ids[1]]
    assert f"/portal/c/{sale.connection}/review" in sale.page().text


# -- the CRM's own lists


def test_a_page_draws_its_calls_from_the_platforms_budget_and_holds_none(sale: Sale) -> None:
    budget = sale.staff.world.app.accounts.budget
    sale.staff.platform.reset_journal()
    sale.page()
    drawn = sale.staff.platform.count()
    assert drawn == 5
    before = budget(sale.staff.owner)
    sale.page()
    after = budget(sale.staff.owner)
    flowed = (after["counted_at"] - before["counted_at"]) // 100 + 1
    assert before["tokens"] - drawn <= after["tokens"] <= before["tokens"] - drawn + flowed
    assert after.get("granted", 0) == before.get("granted", 0)


def test_a_search_offers_what_has_the_words(sale: Sale, calls_to_storage: Callable[..., list[str]]) -> None:
    sale.page()
    part = sale.staff.browser.ask("GET", f"{sale.path}/choices?kind=fund&q=ROOF&fund={sale.fund}", hx_request="true")
    assert part.status == 200
    assert "<html" not in part.text
    assert re.findall(r'<option value="(\d+)"( selected)?', part.text) == [(sale.roof, ""), (sale.fund, " selected")]
    path = f"{sale.path}/choices?kind=fund&q=zzz"
    asked = calls_to_storage(lambda: sale.staff.browser.ask("GET", path, hx_request="true"))
    assert asked == ["BatchGetItem", "GetItem"]


def test_at_most_fifty_are_offered_at_once(sale: Sale) -> None:
    for number in range(60):
        sale.staff.crm.staff_call("POST", "/fund", {"Name": f"Fund {number:02}", "IsActive": True})
    page = sale.page()
    assert "The first 50 of" in page.text
    assert page.text.count(">Fund ") == 50
    part = sale.staff.browser.ask("GET", f"{sale.path}/choices?kind=fund&q=fund+5", hx_request="true")
    assert part.text.count(">Fund 5") == 10


def test_a_search_without_a_script_keeps_what_was_ticked(sale: Sale) -> None:
    typed = [("search", "fund"), ("q", "roof"), ("q", ""), ("q", ""), ("fund", sale.fund)]
    page = sale.post(sale.page(), "choose", *ticked(sale.ids[:1]), *typed)
    assert page.status == 200
    assert f'<option value="{sale.roof}">' in page.text
    fields = [one for form in forms(page) for one in form.fields]
    assert {("gift", sale.ids[0]), ("fund", sale.fund), ("q", "roof")} <= set(fields)
    assert ("gift", sale.ids[1]) not in fields
    assert list(rows(page)) == sale.ids
    assert sale.recorded() == []


def test_the_lists_can_be_read_again(sale: Sale) -> None:
    sale.page()
    sale.staff.crm.staff_call("POST", "/fund", {"Name": "New wing", "IsActive": True})
    assert "New wing" not in sale.page().text
    again = sale.post(sale.page(), "choose", *ticked(sale.ids[:1]), ("fresh", "yes"))
    assert "New wing" in again.text
    assert ("gift", sale.ids[0]) in [one for form in forms(again) for one in form.fields]


def test_a_made_up_list_is_not_there_and_a_part_is_no_page(sale: Sale) -> None:
    assert sale.staff.browser.ask("GET", f"{sale.path}/choices?kind=codes", hx_request="true").status == 404
    assert sale.staff.browser.ask("GET", f"{sale.path}/choices?kind=fund").headers["location"] == sale.path


def down(sale: Sale) -> None:
    sale.staff.crm.fault("status", status=503, count=None)


def limited(sale: Sale) -> None:
    sale.staff.crm.fault("status", status=429, retry_after=120, count=None)


def disconnected(sale: Sale) -> None:
    sale.staff.crm.revoke_key()


@pytest.mark.parametrize(
    ("trouble", "says"),
    [(down, "Try again in a minute"), (limited, "Try again after"), (disconnected, "Reconnect</a>, then try again")],
)
def test_the_page_comes_though_the_crm_does_not_answer(sale: Sale, trouble: Callable[[Sale], None], says: str) -> None:
    trouble(sale)
    page = sale.page()
    assert "The lists of Bloomerang can't be read now" in page.text
    assert says in page.text
    assert list(rows(page)) == sale.ids
    assert '<input id="fund" name="fund"' in page.text
    sent = sale.post(page, "send", *ticked(sale.ids[:1]), ("fund", sale.roof), ("appeal", "77"))
    assert sent.status in (409, 502, 503)
    assert {("gift", sale.ids[0]), ("fund", sale.roof), ("appeal", "77")} <= set(forms(sent)[-1].fields)
    part = sale.staff.browser.ask("GET", f"{sale.path}/choices?kind=fund&fund=7", hx_request="true")
    assert part.status == 200
    assert '<input id="fund" name="fund" value="7"' in part.text
    assert sale.recorded() == []


def test_ids_that_were_typed_go_once_the_crm_answers_again(sale: Sale) -> None:
    sale.staff.platform.set_event_status(sale.event, "reconciled")
    down(sale)
    failed = sale.send(*ticked(sale.ids[:1]), ("fund", sale.roof))
    sale.staff.crm.clear_faults()
    run_page(sale, sale.post(failed, "send"))
    assert sale.recorded() == [sale.roof]


def test_the_page_comes_though_the_platform_does_not_answer(sale: Sale) -> None:
    sale.staff.platform.fault("status", status=503, count=None)
    for page in (sale.staff.browser.get(sale.path), sale.page()):
        assert "read now" in page.text
        assert "Send gifts by their ids" in page.text
    sale.staff.platform.clear_faults()
    sale.staff.platform.fault("status", status=429, retry_after=120)
    assert "Try again after" in sale.page().text
    assert "Try again after" in sale.page().text, "no page calls before that"
    sale.staff.world.clock.advance(seconds=121)
    assert list(rows(sale.page())) == sale.ids
    sale.staff.platform.revoke_token()
    assert "Reconnect" in sale.page().text


def test_a_paused_connection_says_so_and_keeps_the_order(sale: Sale) -> None:
    app = sale.staff.world.app
    app.connections.change(app.connections.get(sale.staff.owner, sale.connection), status="paused")
    reply = sale.send(*ticked(sale.ids), ("fund", sale.roof))
    assert reply.status == 409
    assert "The connection is paused" in reply.text
    assert "Send all the same" not in reply.text
    assert set(ticked(sale.ids)) <= set(forms(reply)[-1].fields)


# -- other pairs


def stored(
    staff: Staff, platform: str, crm: str, database: Any, key: dict[str, str], fund: str
) -> tuple[str, Visiting]:
    """A connection of another pair, and a browser of its organisation."""
    name = uuid.uuid4().hex[:20]
    chosen = {"default_purpose": {"fund": fund}} if fund else {}
    staff.world.stored(name, platform, crm, database, staff.platform, "declined", chosen, key)
    return name, staff.colleague(platform=platform)


def listing(staff: Staff, platform: str) -> tuple[str, Visiting]:
    key = {"kind": "api_key", "api_key": staff.crm.api_key}
    return stored(staff, platform, "bloomerang", staff.crm, key, str(staff.crm.fund()))


def test_gifts_without_events_are_those_of_the_latest_run_and_go_by_their_ids(
    staff: Staff, calls_to_storage: Callable[..., list[str]]
) -> None:
    connection, browser = listing(staff, "raisedonors")
    path = f"/portal/c/{connection}/transactions"
    assert "No gift was looked at yet" in browser.get(path).text
    staff.crm.staff_call("POST", "/fund", {"Name": "New roof", "IsActive": True})
    roof = str(staff.crm.fund("New roof"))
    donor = staff.platform.add_contact(firstName="Ada", lastName="Lane", email="ada.lane@example.org")["id"]
    first, second = (
        one["id"]
        for one in staff.platform.give({"contactId": donor, "amount": 2500}, {"contactId": donor, "amount": 700})
    )
    app = staff.world.app
    watch.look(app, app.connections.get(f"raisedonors:{staff.platform.id}", connection), "tester")
    staff.world.pump()
    page = browser.get(path)
    assert "Confirmed" in rows(page)[first]
    assert "25.00 USD" in rows(page)[first]
    assert calls_to_storage(lambda: browser.get(path)) == ["BatchGetItem", "Query", "Query"]
    order = browser.send(page, "/choose", 200, ids=second)
    assert "Ada Lane" in rows(order)[second]
    asked = post(browser, order, path, "send", ("fund", roof))
    assert "sent with other choices" in asked.text
    assert post(browser, asked, path, "send", ("confirm_changes", "yes")).status == 303
    staff.world.pump()
    kept = {gift["Amount"]: gift["Designations"][0]["Fund"]["Id"] for gift in staff.crm.state()["transactions"]}
    assert kept[7.0] == int(roof)
    assert kept[25.0] == staff.crm.fund()


def test_a_platform_that_reads_gifts_one_by_one_shows_a_form(staff: Staff) -> None:
    connection, browser = listing(staff, "wegive")
    page = browser.get(f"/portal/c/{connection}/transactions")
    assert "Transaction ids" in page.text
    many = "\n".join(str(number) for number in range(30))
    order = browser.send(page, "/choose", 200, ids=many)
    assert len(rows(order)) == 30
    assert "Not sent" in rows(order)["7"]


def test_a_platform_without_gifts_explains_itself(staff: Staff) -> None:
    connection, browser = listing(staff, "gratavid")
    page = browser.get(f"/portal/c/{connection}/transactions")
    assert "has no gifts to send" in page.text
    assert not [form for form in forms(page) if "/transactions/" in form.action]


def test_a_crm_of_jobs_shows_the_job_of_what_was_submitted(world: World, staff: Staff) -> None:
    account = world.kindful.account(uuid.uuid4().hex[:10])
    kept = account.state()
    fund, campaign = str(kept["fund"][0]["id"]), str(kept["campaign"][0]["id"])
    key = {"kind": "api_key", "api_key": account.token}
    connection, browser = stored(staff, "handbid", "kindful", account, key, "")
    path = f"/portal/c/{connection}/transactions"
    donor = staff.platform.add_contact(firstName="Ada", lastName="Lane", email="ada.lane@example.org")["id"]
    receipts = [{"contactId": donor, "items": [{"name": "Quilt", "price": 25}]}]
    auction = staff.platform.hold_auction(status="reconciled", receipts=receipts)
    gift, event = auction["transactions"][0]["id"], auction["event"]["id"]
    page = browser.get(f"{path}?event={event}")
    sent = post(browser, page, path, "send", ("gift", gift), ("fund", fund), ("campaign", campaign))
    assert sent.status == 303, words(sent.text)
    world.pump()
    link = world.app.links.get(connection, "gift", Side.PLATFORM, gift)
    assert link is not None
    assert link.handover is not None
    assert link.handover.told
    row = rows(browser.get(f"{path}?event={event}"))[gift]
    assert "Submitted" in row
    assert link.handover.told in row
