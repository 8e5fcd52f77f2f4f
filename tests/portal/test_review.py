"""Questions for people: their list, one of them with what both systems have now, and its answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import candidates
from giftbridge.jobs.review import OpenQuestion
from giftbridge.stores.link import Link, Question
from tests.management.conftest import Reply
from tests.portal.conftest import Staff, forms
from tests.world import World

Count = Callable[[Callable[[], Any]], list[str]]
SHARED = "ann@example.org"


@dataclass
class Asked:
    """Two constituents share the address of one contact, and they differ: nobody guesses."""

    staff: Staff
    connection: str
    contact: str
    people: tuple[str, str]

    def path(self, *parts: str, **query: str) -> str:
        rest = "/".join([f"/portal/c/{self.connection}/review", *parts])
        return f"{rest}?{urlencode(query)}" if query else rest

    def list(self, status: int = 200, **query: str) -> Reply:
        return self.staff.browser.get(self.path(**query), status)

    def one(self, status: int = 200, **query: str) -> Reply:
        named = {"kind": "contact", "side": "platform", "id": self.contact, **query}
        return self.staff.browser.get(self.path("one", **named), status)

    def answer(self, page: Reply, status: int = 200, **typed: str) -> Reply:
        return self.staff.browser.send(page, "/answer", status, **typed)

    def link(self, kind: Any = "contact") -> Link:
        found = self.staff.world.app.links.get(self.connection, kind, Side.PLATFORM, self.contact)
        assert found is not None
        return found

    def park(self, record: str, code: str, text: str, *candidates: str, kind: Any = "gift") -> None:
        """A question as a run leaves it."""
        app = self.staff.world.app
        account = app.connections.get(self.staff.owner, self.connection).account
        asks = Question(code, text, candidates)
        app.links.save(Link(account, self.connection, kind, "parked", platform_id=record, question=asks))


@pytest.fixture
def asked(staff: Staff) -> Asked:
    for name, phone in (("Ann", "512-555-0100"), ("Anne", "512-555-0199")):
        body = {
            "Type": "Individual", "FirstName": name, "LastName": "Twin",
            "PrimaryEmail": {"Type": "Home", "Value": SHARED},
            "PrimaryPhone": {"Type": "Home", "Number": phone},
        }  # fmt: skip
        staff.crm.staff_call("POST", "/constituent", body)
    contact = staff.platform.add_contact(firstName="Ann", lastName="Twin", email=SHARED, phone="+15125550100")
    connection = staff.connect()
    staff.browser.send(staff.browser.get(f"/portal/c/{connection}"), "/first-sync", answer="yes")
    staff.world.pump()
    first, second = (str(one["Id"]) for one in staff.crm.state()["constituents"])
    return Asked(staff, connection, contact["id"], (first, second))


@pytest.fixture
def gift(asked: Asked) -> str:
    """A gift of the platform of which nobody knows whether it was sent."""
    receipts = [{"contactId": asked.contact, "items": [{"name": "Quilt", "price": 25}]}]
    auction = asked.staff.platform.hold_auction(status="closed", receipts=receipts)
    (made,) = auction["transactions"]
    text = "It may have been sent already; nobody can be asked. Look, then decide."
    asked.park(made["id"], "maybe_sent", text)
    return str(made["id"])


def text(page: Reply) -> str:
    """What a person reads."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2])).split())


def choices(page: Reply) -> list[str]:
    """Values of the answers that are offered."""
    return [unescape(one) for one in re.findall(r'type="radio" name="decision"[^>]* value="([^"]+)"', page.text)]


# -- the list


def test_open_questions_are_listed_with_whom_they_are_about(asked: Asked) -> None:
    page = asked.list()
    said = text(page)
    assert "Contact: Ann Twin" in said
    assert "Several contacts share this e-mail address." in said
    assert "2 to choose from" in said
    assert f"id={asked.contact}" in page.text
    assert "Handbid" in said


def test_without_questions_the_list_says_that_there_is_nothing_to_do(staff: Staff) -> None:
    connection = staff.connect()
    page = staff.browser.get(f"/portal/c/{connection}/review")
    assert "No open question about contacts" in page.text
    assert "There is nothing to do" in page.text


def test_questions_about_gifts_are_found_where_there_is_none_about_contacts(staff: Staff) -> None:
    connection = staff.connect()
    asked = Asked(staff, connection, "", ("", ""))
    asked.park("g1", "maybe_sent", "It may have been sent already.")
    page = asked.list()
    on = re.search(r'href="([^"]+)">See questions about gifts', page.text)
    assert on is not None
    gifts = staff.browser.get(unescape(on[1]))
    assert "It may have been sent already." in gifts.text
    assert "name no longer kept" in gifts.text


def test_the_first_fifty_are_listed_and_the_answered_make_room(staff: Staff) -> None:
    connection = staff.connect()
    asked = Asked(staff, connection, "", ("", ""))
    for number in range(51):
        asked.park(f"c{number:03}", "review_gone", "The contact is gone.", kind="contact")
    page = asked.list()
    assert page.text.count("<tr><th") == 50 + 1
    assert "These are the first 50" in page.text
    assert len(page.text) < 100_000
    asked.contact = "c000"
    asked.answer(asked.one(), decision="ignore")
    rest = asked.list()
    assert "c050" in rest.text
    assert "These are the first 50" in rest.text


@pytest.mark.parametrize("kind", ["donor", "", "pledge"])
def test_a_made_up_filter_is_refused(asked: Asked, kind: str) -> None:
    assert "no such filter" in asked.staff.browser.ask("GET", asked.path() + f"?kind={kind}").text


def test_names_expire_in_the_list(asked: Asked) -> None:
    assert "Ann Twin" in text(asked.list())
    asked.staff.world.clock.advance(days=31)
    asked.staff.browser = asked.staff.colleague()
    assert "Ann Twin" not in text(asked.list())
    assert asked.contact in text(asked.list())


def test_the_list_costs_three_calls_at_most(asked: Asked, gift: str, calls_to_storage: Count) -> None:
    for path in (asked.path(), asked.path(kind="gift")):
        asked.staff.browser.get(path)
        assert len(calls_to_storage(lambda to=path: asked.staff.browser.get(to))) <= 3  # type: ignore[misc]


# -- one question


def test_the_record_and_its_candidates_stand_side_by_side_as_they_are_now(asked: Asked) -> None:
    first, second = asked.people
    asked.staff.crm.staff_edit(int(second), FirstName="Annabel")
    page = asked.one()
    said = text(page)
    assert f"Name Ann Twin the same E-mail {SHARED} the same Phone" in said
    assert f"Name Annabel Twin differs E-mail {SHARED} the same Phone" in said
    numbers = re.findall(r"Phone \S+(?: \S+)? (the same|differs)", said)
    assert numbers == ["the same", "differs"]
    for number in asked.people:
        assert re.search(rf'<a href="https://[^"]+/{number}/[^"]+" rel="noreferrer">', page.text)
    assert choices(page) == [f"match:{first}", f"match:{second}", "create", "ignore", "retry"]


@pytest.mark.emulated
def test_what_is_read_is_neither_stored_nor_logged(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    asked.staff.crm.staff_edit(int(asked.people[1]), FirstName="Zebulonia")
    sent: list[str] = []
    events = asked.staff.world.app.connections.db.client.meta.events
    events.register("before-call.dynamodb", note := lambda params, **_: sent.append(str(params["body"])))
    try:
        assert "Zebulonia" in asked.one().text
    finally:
        events.unregister("before-call.dynamodb", note)
    assert sent
    told = [*sent, capsys.readouterr().out]
    assert not [each for each in told if "Zebulonia" in each or SHARED in each]


def test_a_system_that_is_down_leaves_ids_and_answers(asked: Asked) -> None:
    asked.staff.crm.fault("status", status=500, count=50)
    page = asked.one()
    said = text(page)
    assert said.count("Its details can't be read now") == 2
    assert "Name Ann Twin" in said
    assert all(number in said for number in asked.people)
    assert len(choices(page)) == 5
    asked.answer(page, decision="ignore")
    assert asked.link().decision == "ignore"


def test_credentials_that_are_refused_leave_ids_and_answers(asked: Asked) -> None:
    asked.staff.crm.revoke_key()
    page = asked.one()
    assert text(page).count("Its details can't be read now") == 2
    assert len(choices(page)) == 5


def test_a_candidate_that_is_gone_says_so(asked: Asked) -> None:
    asked.staff.crm.staff_delete(int(asked.people[1]))
    assert "It is no longer there." in text(asked.one())


def test_a_system_that_can_not_be_asked_about_one_contact_says_so(world: World) -> None:
    pair = world.connect_kindful()
    contact = pair.platform.add_contact(firstName="Ada", lastName="Lane", email="ada@example.org")["id"]
    asks = OpenQuestion("contact", Side.PLATFORM, contact, "review_unlisted", "Which?", ("7",), ("match",), "", "")
    seen = candidates.look(world.app, pair.connection, asks)
    assert seen.record.facts["name"] == "Ada Lane"
    (other,) = seen.candidates
    assert (other.id, other.facts, other.agreement) == ("7", {}, {})
    assert other.why == "Kindful can't be asked about one contact."


def test_a_gift_is_shown_with_amount_date_and_note(asked: Asked, gift: str) -> None:
    page = asked.one(kind="gift", id=gift)
    said = text(page)
    assert "25.00 USD" in said
    assert "Quilt" in said
    assert re.search(r"Date [A-Z][a-z]{2} \d{1,2}, \d{4}", said)
    assert gift in said
    assert choices(page) == ["match", "create", "ignore"]


def test_a_gift_that_can_not_be_read_leaves_id_and_answers(asked: Asked, gift: str) -> None:
    asked.staff.platform.fault("status", status=500, count=50)
    page = asked.one(kind="gift", id=gift)
    assert "The details can't be read now" in text(page)
    assert gift in text(page)
    assert choices(page) == ["match", "create", "ignore"]


@pytest.mark.parametrize(
    "query",
    [{"id": "nobody"}, {"id": "x" * 3000}, {"id": ""}, {"kind": "gift"}, {"kind": "pledge"}, {"side": "middle"}],
)
def test_a_question_that_is_none_is_not_found(asked: Asked, query: dict[str, str]) -> None:
    assert "There is no" in asked.one(404, **query).text


def test_another_organisations_question_is_not_found(asked: Asked, strangers: Staff) -> None:
    theirs = strangers.connect()
    named = urlencode({"kind": "contact", "side": "platform", "id": asked.contact})
    for connection in (theirs, asked.connection):
        page = strangers.browser.get(f"/portal/c/{connection}/review/one?{named}", 404)
        assert "Twin" not in page.text


# -- answers


def test_match_to_this_one(asked: Asked) -> None:
    chosen = asked.people[1]
    page = asked.answer(asked.one(), decision=f"match:{chosen}")
    assert "Answered." in page.text
    asked.staff.world.pump()
    assert (asked.link().state, asked.link().crm_id) == ("linked", chosen)
    assert "side=platform" not in asked.list().text


def test_create_new(asked: Asked) -> None:
    asked.answer(asked.one(), decision="create")
    asked.staff.world.pump()
    assert len(asked.staff.crm.state()["constituents"]) == 3


def test_do_not_sync(asked: Asked) -> None:
    asked.answer(asked.one(), decision="ignore")
    assert asked.link().decision == "ignore"
    asked.staff.world.pump()
    assert len(asked.staff.crm.state()["constituents"]) == 2


def test_try_again_after_the_crm_was_put_right(asked: Asked) -> None:
    winner, loser = asked.people
    asked.staff.crm.staff_merge(int(winner), int(loser))
    asked.answer(asked.one(), decision="retry")
    asked.staff.world.pump()
    assert (asked.link().state, asked.link().crm_id) == ("linked", winner)


def test_a_gift_that_is_there_is_matched_by_its_id(asked: Asked, gift: str) -> None:
    page = asked.one(kind="gift", id=gift)
    said = asked.answer(page, decision="match", match_id="4711")
    assert "No open question about gifts" in said.text
    link = asked.staff.world.app.links.get(asked.connection, "gift", Side.PLATFORM, gift)
    assert link is not None
    assert link.decision == "match:4711"


def test_a_record_whose_counterpart_is_gone_is_not_matched_to_itself(asked: Asked) -> None:
    question = Question("review_gone", "Its counterpart is gone on the platform.", (asked.contact,))
    app = asked.staff.world.app
    app.links.save(replace(asked.link(), question=question))
    assert choices(asked.one()) == ["ignore", "retry"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({}, "Choose one of the answers."), ({"decision": "guess"}, "This question takes"),
        ({"decision": "match:999999"}, "not among those to choose from"),
        ({"decision": "match:"}, "This question takes"),
        ({"decision": "match"}, "Give the id"),
    ],
)  # fmt: skip
def test_answers_that_do_not_fit_are_told_in_the_form(asked: Asked, typed: dict[str, str], why: str) -> None:
    page = asked.answer(asked.one(), 422, **typed)
    assert "The answer was not taken." in page.text
    assert why in page.text
    assert "Ann Twin" in page.text
    assert asked.link().asks


def test_what_was_typed_comes_back(asked: Asked, gift: str) -> None:
    asked.staff.world.app.connections.change(
        asked.staff.world.app.connections.get(asked.staff.owner, asked.connection), status="paused"
    )
    page = asked.answer(asked.one(kind="gift", id=gift), 409, decision="match", match_id="4711")
    assert "paused" in page.text
    fields = dict(next(form for form in forms(page) if form.action.endswith("/answer")).fields)
    assert (fields["decision"], fields["match_id"]) == ("match", "4711")


def test_nobody_is_matched_to_one_who_is_linked_already(asked: Asked) -> None:
    first = asked.people[0]
    asked.answer(asked.one(), decision=f"match:{first}")
    asked.staff.world.pump()
    other = asked.staff.platform.add_contact(firstName="Second", lastName="Twin", email=SHARED)["id"]
    asked.park(other, "review_shared_email", "Several contacts share it.", *asked.people, kind="contact")
    page = asked.answer(asked.one(id=other), 409, decision=f"match:{first}")
    assert "linked to another one already" in page.text


def test_a_question_that_was_answered_meanwhile_says_so(asked: Asked) -> None:
    page = asked.one()
    colleague = Asked(replace(asked.staff, browser=asked.staff.colleague()), *_rest(asked))
    colleague.answer(colleague.one(), decision="ignore")
    late = asked.answer(page, 404, decision="create")
    assert "Somebody may have answered it already." in late.text
    asked.staff.world.pump()
    assert asked.link().decision == "ignore"
    assert len(asked.staff.crm.state()["constituents"]) == 2


def _rest(asked: Asked) -> tuple[str, str, tuple[str, str]]:
    return asked.connection, asked.contact, asked.people


def test_a_second_click_answers_nothing_twice(asked: Asked) -> None:
    page = asked.one()
    asked.answer(page, decision="ignore")
    asked.staff.world.clock.advance(seconds=4)
    again = asked.answer(page, decision="create")
    assert "nothing was done a second time" in again.text
    assert asked.link().decision == "ignore"
