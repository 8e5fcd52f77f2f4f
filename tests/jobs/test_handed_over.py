"""A CRM that takes in later what it is handed, and can't be asked about one contact: Kindful."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from giftbridge.connectors.base import Written
from giftbridge.connectors.kindful.confirm import Confirmation
from giftbridge.connectors.kindful.jobs import Ticket
from giftbridge.connectors.notice import Notice
from giftbridge.domain.contact import Side
from giftbridge.errors import GiftbridgeError, Park, Partial
from giftbridge.jobs import confirming, history, review
from giftbridge.jobs.bell import ring
from giftbridge.jobs.context import Session
from giftbridge.jobs.gifts import follow, push, trigger
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.history import retry, retry_record
from giftbridge.jobs.notices import work_of
from giftbridge.stores.inbox import Work
from giftbridge.stores.link import Link, LinkKind
from giftbridge.stores.runs import Run
from tests.jobs.driving import connected, ended, let_pass, link, log, sync, waiting
from tests.world import Pair, World

CONFIRM = ("confirm",)


@pytest.fixture
def pair(world: World) -> Pair:
    """Nothing on either side yet; imports run by hand."""
    return world.connect_kindful(queue="manual")


def people(pair: Pair) -> dict[str, Any]:
    """Kindful's contacts by e-mail address."""
    return {row["data"]["email"]: row["data"] for row in pair.crm.state()["contact"] if not row["deleted"]}


def donor(pair: Pair, first: str = "Ada", **fields: Any) -> str:
    """Somebody new on the platform."""
    email = f"{first.lower()}.lane@example.org"
    return str(pair.platform.add_contact(**{"firstName": first, "lastName": "Lane", "email": email, **fields})["id"])


def contact(pair: Pair, one: str) -> Any:
    """A contact of the platform."""
    return next(row for row in pair.platform.state("contacts")["contacts"] if row["id"] == one)


def taken_in(world: World, pair: Pair) -> None:
    """The imports run, and are asked about."""
    pair.crm.run_jobs()
    let_pass(world, pair)


def lines(world: World, run: Any) -> dict[str, tuple[str, str, str]]:
    """Record -> outcome, code and stage."""
    return {item["record_id"]: (item["outcome"], item["code"], item["stage"]) for item in world.app.runs.lines(run.id)}


def imports(pair: Pair) -> list[Any]:
    """Imports so far; links left out."""
    return [job for job in pair.crm.jobs() if job["kind"] == "import"]


def test_a_first_sync_hands_over_in_one_job_and_confirms(world: World, pair: Pair) -> None:
    pair.crm.seed(people=3, seed="office")
    ids = [donor(pair, name) for name in ("Ada", "Bo", "Cy")]
    run = sync(world, pair, "first")
    ended(world, pair, run, CONFIRM)
    assert world.counts(world.run(pair, run), Side.CRM)["created"] == 3
    assert world.counts(world.run(pair, run), Side.PLATFORM)["created"] == 3
    assert len(imports(pair)) == 1
    assert {lines(world, run)[one] for one in ids} == {("created", "", "submitted")}
    assert link(world, pair, Side.PLATFORM, ids[0]).state == "submitted"
    assert contact(pair, ids[0])["crmIds"] == {}, "told when the CRM has it"
    taken_in(world, pair)
    found = link(world, pair, Side.PLATFORM, ids[0])
    assert (found.state, found.crm_id) == ("linked", f"handbid-{pair.platform.id}-{ids[0]}")
    assert contact(pair, ids[0])["crmIds"] == {"kindful": found.crm_id}
    assert {lines(world, run)[one] for one in ids} == {("created", "", "confirmed")}
    assert {"ada.lane@example.org", "bo.lane@example.org", "cy.lane@example.org"} < people(pair).keys()


def test_a_quiet_run_writes_nothing_to_either_side(world: World, pair: Pair) -> None:
    pair.crm.seed(people=2, seed="office")
    donor(pair)
    sync(world, pair, "first")
    taken_in(world, pair)
    sync(world, pair)
    taken_in(world, pair)
    pair.crm.reset_journal()
    pair.platform.reset_journal()
    done, before = len(pair.crm.jobs()), people(pair)
    quiet = ended(world, pair, sync(world, pair))
    assert log(world, quiet) == {}
    assert (len(pair.crm.jobs()), people(pair)) == (done, before)
    assert pair.crm.calls() == {"POST /api/v1/contacts/query": 1}


def test_edits_go_both_ways_and_are_no_echo(world: World, pair: Pair) -> None:
    ada = donor(pair)
    sync(world, pair, "first")
    taken_in(world, pair)
    pair.platform.edit_contact(ada, lastName="Lane-Fox")
    run = sync(world, pair)
    assert lines(world, run) == {ada: ("updated", "", "submitted")}
    taken_in(world, pair)
    assert people(pair)["ada.lane@example.org"]["last_name"] == "Lane-Fox"
    (row,) = pair.crm.state()["contact"]
    pair.crm.staff_edit(row["id"], primary_phone="+13035550177")
    back = sync(world, pair)
    assert world.counts(world.run(pair, back), Side.PLATFORM)["updated"] == 1
    assert contact(pair, ada)["phone"] == "+13035550177"
    taken_in(world, pair)
    again = ended(world, pair, sync(world, pair))
    assert log(world, again) == {}


def test_both_sides_edit_while_a_change_is_on_its_way(world: World, pair: Pair) -> None:
    ada = donor(pair)
    sync(world, pair, "first")
    taken_in(world, pair)
    pair.platform.edit_contact(ada, lastName="Lane-Fox")
    sync(world, pair)
    (row,) = pair.crm.state()["contact"]
    pair.crm.staff_edit(row["id"], primary_phone="+13035550177")
    sync(world, pair)
    taken_in(world, pair)  # Kindful ignores the row, as the record is newer: it is merged and sent anew by itself
    taken_in(world, pair)
    found = people(pair)["ada.lane@example.org"]
    assert (found["last_name"], found["primary_phone"]) == ("Lane-Fox", "+13035550177")
    assert (contact(pair, ada)["lastName"], contact(pair, ada)["phone"]) == ("Lane-Fox", "+13035550177")


def test_nothing_is_handed_over_of_what_the_platform_refuses(world: World, pair: Pair) -> None:
    """An import can't be taken back, so the side that may say no is asked first."""
    pair.platform.set(unique_emails=True)
    ada, _ = donor(pair), donor(pair, "Bo")
    sync(world, pair, "first")
    taken_in(world, pair)
    row = next(one for one in pair.crm.state()["contact"] if one["data"]["first_name"] == "Ada")
    pair.crm.staff_edit(row["id"], email="bo.lane@example.org")
    pair.platform.edit_contact(ada, phone="+13035550177")
    done = len(imports(pair))
    run = sync(world, pair)
    assert "email-exists" in {code for _, code, _ in lines(world, run).values()}
    assert len(imports(pair)) == done
    assert link(world, pair, Side.PLATFORM, ada).handover is None
    pair.crm.advance(2)
    pair.crm.staff_edit(row["id"], email="ada@example.net")
    for _ in range(2):
        let_pass(world, pair)
        sync(world, pair)
        taken_in(world, pair)
    assert (people(pair)["ada@example.net"]["primary_phone"], contact(pair, ada)["email"]) == (
        "+13035550177", "ada@example.net",
    )  # fmt: skip


def test_what_is_handed_over_is_asked_about_before_the_schedule_would(world: World, pair: Pair) -> None:
    sync(world, pair, "first")
    confirming.keep_asking(world.app, connected(world, pair))
    ada = donor(pair)
    sync(world, pair)
    taken_in(world, pair)
    assert link(world, pair, Side.PLATFORM, ada).state == "linked"


def test_who_is_there_already_is_linked_and_not_made_anew(world: World, pair: Pair) -> None:
    pair.crm.staff_contact(first_name="Ada", last_name="Lane", email="ada.lane@example.org", city="Denver")
    ada = donor(pair, phone="+13035550101")
    sync(world, pair, "first")
    taken_in(world, pair)
    (row,) = pair.crm.state()["contact"]
    assert row["data"]["primary_phone"] == "+13035550101"
    assert link(world, pair, Side.PLATFORM, ada).crm_id == f"k{row['id']}"


def test_a_row_that_is_ignored_is_told_and_can_be_tried_again(world: World, pair: Pair) -> None:
    ada, bo = donor(pair), donor(pair, "Bo")
    pair.crm.plan_job(status="error", rows=1)
    run = sync(world, pair, "first")
    taken_in(world, pair)
    told = lines(world, run)
    assert sorted(told[one][0] for one in (ada, bo)) == ["created", "failed"]
    seen = world.run(pair, run)
    assert (seen.count(Side.CRM, "created"), seen.count(Side.CRM, "failed")) == (1, 1)
    assert seen.count(Side.CRM, "read") == 2
    lost = ada if told[ada][0] == "failed" else bo
    assert told[lost][1:] == ("import_failed", "refused")
    pair.platform.edit_contact(lost, phone="+13035550101")
    sync(world, pair)
    taken_in(world, pair)
    assert len(people(pair)) == 2


def reconciled(world: World, pair: Pair, *receipts: Any) -> None:
    """An auction with these receipts is reconciled."""
    auction = pair.platform.hold_auction(name="Gala", receipts=list(receipts))
    pair.platform.set_event_status(auction["event"]["id"], "reconciled")
    detail = {"platform": "handbid", "organisation": pair.platform.id, "event_id": auction["event"]["id"]}
    trigger.event_reconciled(world.app, detail)
    world.pump()


def receipt(who: str, *cents: int) -> dict[str, Any]:
    """A paid receipt."""
    payments = [{"amount": one, "method": "cash"} for one in cents]
    return {"contactId": who, "items": [{"name": "Quilt", "price": 50.0}], "payments": payments}


def test_gifts_go_with_their_donors_once(world: World) -> None:
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    ada, bo = donor(pair), donor(pair, "Bo")
    reconciled(world, pair, receipt(ada, 5000, 2500), receipt(bo, 700))
    let_pass(world, pair)
    taken_in(world, pair)
    found = pair.crm.state()
    assert sorted(gift["data"]["amount_in_cents"] for gift in found["transaction"]) == [700, 2500, 5000]
    assert len(found["contact"]) == 2
    run = world.app.runs.latest(connected(world, pair).id, 1)[0]
    assert {stage for _, _, stage in lines(world, run).values()} == {"confirmed"}
    assert world.counts(run, Side.CRM)["created"] == 3


def events_came(world: World, pair: Pair, number: int) -> list[Any]:
    """So many webhooks about gifts; the questions that stand afterwards, at the same moment."""
    source = replace(standing(world, pair, "gifts"), event="")
    for one in range(number):
        notice = Notice(f"{pair.platform.id}-{one}", "crm.gift.changed", f"k{one}")
        assert world.app.inbox.add(work_of(notice, source, "crm", world.app.now()))
    ring(world.app, source.account, "gifts")
    world.pump()
    return [work for work in waiting(world, pair) if work.kind == "confirm" and work.queue == "gifts"]


def standing(world: World, pair: Pair, queue: str) -> Work:
    """The question that is asked on schedule."""
    (found,) = [work for work in waiting(world, pair) if work.kind == "confirm" and work.queue == queue]
    return found


def test_a_burst_of_events_is_one_round_of_questions(world: World) -> None:
    pair = world.connect_kindful({"kindful": {"confirm_seconds": 3600}}, queue="manual", first_sync="declined")
    reconciled(world, pair, receipt(donor(pair), 5000))
    pair.crm.run_jobs()
    world.tick()
    assert (standing(world, pair, "gifts").next_due or world.app.now()) > world.app.now() + timedelta(minutes=30)
    pair.crm.reset_journal()
    assert events_came(world, pair, 5) == [], "nothing waits any more"
    assert pair.crm.calls() == {"GET /api/v1/imports/{id}": 1}
    run = world.app.runs.latest(connected(world, pair).id, 1)[0]
    (gift,) = pair.platform.state("transactions")["transactions"]
    assert lines(world, run)[gift["id"]] == ("created", "", "confirmed")


def test_an_event_leaves_a_question_that_waits_for_another_reason(world: World) -> None:
    pair = world.connect_kindful({"kindful": {"confirm_seconds": 3600}}, queue="manual", first_sync="declined")
    reconciled(world, pair, receipt(donor(pair), 5000))
    later = world.app.now() + timedelta(minutes=20)
    world.app.inbox.postpone(standing(world, pair, "gifts"), later, error="unreachable")
    pair.crm.reset_journal()
    (left,) = events_came(world, pair, 2)
    assert (left.id, left.error) == (pair.connection.id, "unreachable")
    assert pair.crm.calls() == {}


def test_a_refund_waits_until_the_gift_is_confirmed(world: World) -> None:
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    ada = donor(pair)
    reconciled(world, pair, receipt(ada, 5000))
    (gift,) = pair.platform.state("transactions")["transactions"]
    pair.platform.refund(gift["id"])
    event = pair.platform.state("events")["events"][0]["id"]
    trigger.event_reconciled(world.app, {"platform": "handbid", "organisation": pair.platform.id, "event_id": event})
    world.pump()
    assert len(imports(pair)) == 2, "the donor and the gift"
    taken_in(world, pair)
    taken_in(world, pair)
    (kept,) = pair.crm.state()["transaction"]
    assert kept["data"]["was_refunded"] is True


def test_a_refund_that_is_ignored_in_a_job_that_ends_well_is_told_and_can_be_tried_again(world: World) -> None:
    """Somebody in the office touched the gift after the row was made, so that the row is the older one."""
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    reconciled(world, pair, receipt(donor(pair), 5000, 2500))
    let_pass(world, pair)
    taken_in(world, pair)
    taken_in(world, pair)
    gifts = {one["amount"]: one["id"] for one in pair.platform.state("transactions")["transactions"]}
    event = pair.platform.state("events")["events"][0]["id"]
    for gift in gifts.values():
        pair.platform.refund(gift)
    trigger.event_reconciled(world.app, {"platform": "handbid", "organisation": pair.platform.id, "event_id": event})
    world.pump()
    (touched,) = [one["id"] for one in pair.crm.state()["transaction"] if one["data"]["amount_in_cents"] == 2500]
    pair.crm.advance(600)
    pair.crm.staff("edit_gift", touched, fields={"note": "Thank by phone"})
    taken_in(world, pair)
    assert {job["status"] for job in pair.crm.jobs()} == {"complete"}
    run = world.app.runs.latest(connected(world, pair).id, 1)[0]
    assert lines(world, run) == {
        gifts[5000]: ("updated", "", "confirmed"), gifts[2500]: ("failed", "ignored_by_crm", "refused"),
    }  # fmt: skip
    world.advance(pair, seconds=600)
    history.retry(world.app, connected(world, pair), run, "anna")
    world.pump()
    taken_in(world, pair)
    assert [one["data"]["was_refunded"] for one in pair.crm.state()["transaction"]] == [True, True]


def test_a_gift_whose_answer_was_lost_is_refunded_although_nobody_saw_it_there(world: World) -> None:
    """Its job waits in the queue, where it can't be found: that does not mean that it was never sent."""
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    pair.crm.fault(mode="reset_after", method="POST", path="*/imports", after=1)
    reconciled(world, pair, receipt(donor(pair), 5000))
    assert len(imports(pair)) == 2, "the donor, and the gift, of which nobody was told"
    (gift,) = pair.platform.state("transactions")["transactions"]
    pair.platform.refund(gift["id"])
    let_pass(world, pair, 2)
    for _ in range(3):
        taken_in(world, pair)
    (kept,) = pair.crm.state()["transaction"]
    assert kept["data"]["was_refunded"] is True


def answer_lost(world: World, pair: Pair) -> str:
    """The gift is in Kindful's queue, and its answer was lost; its id on the platform."""
    pair.crm.fault(mode="reset_after", method="POST", path="*/imports", after=1)
    reconciled(world, pair, receipt(donor(pair), 5000))
    (gift,) = pair.platform.state("transactions")["transactions"]
    return str(gift["id"])


def test_a_try_that_comes_to_nothing_does_not_end_the_doubt_of_an_earlier_one(world: World) -> None:
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    gift = answer_lost(world, pair)
    pair.crm.fault(mode="status", status=503, method="GET", path="*/imports/stats", count=None)
    let_pass(world, pair, 8, minutes=40)
    assert [work.kind for work in waiting(world, pair)] == ["confirm"], "it was given up, and is tried again by hand"
    assert link(world, pair, Side.PLATFORM, gift, "gift").intent is not None
    pair.crm.clear_faults()
    pair.platform.refund(gift)
    retry_record(world.app, connected(world, pair), "gift", Side.PLATFORM, gift, "tester")
    world.pump()
    for _ in range(3):
        taken_in(world, pair)
    (kept,) = pair.crm.state()["transaction"]
    assert kept["data"]["was_refunded"] is True


def answers(patch: pytest.MonkeyPatch, answer: GiftbridgeError) -> None:
    """Kindful says this of every gift; of refunds it says the truth."""
    said = Confirmation._answer

    def says(self: Confirmation, ticket: Ticket, *told: Any) -> Written:
        others = ticket.of_contact or ticket.kind == "refund"
        return said(self, ticket, *told) if others else answer

    patch.setattr(Confirmation, "_answer", says)


def handed_gift(world: World, pair: Pair) -> str:
    """A gift that waits to be taken in; its id on the platform."""
    reconciled(world, pair, receipt(donor(pair), 5000))
    (gift,) = pair.platform.state("transactions")["transactions"]
    return str(gift["id"])


def again(world: World, pair: Pair, gift: str, actor: str) -> Run:
    """A run of the gift, as far as it gets."""
    run = gifts.start_chosen(world.app, connected(world, pair), [gift], {}, actor, "records")
    world.pump()
    return run


@pytest.mark.parametrize("cents", [None, 1000], ids=["whole", "partial"])
def test_a_gift_without_its_parts_is_there_and_can_be_refunded(
    world: World, monkeypatch: pytest.MonkeyPatch, cents: int | None
) -> None:
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    gift = handed_gift(world, pair)
    with monkeypatch.context() as patch:
        answers(patch, Partial("The parts are refused.", record_id="unused", code="parts_refused"))
        taken_in(world, pair)
    run = world.latest(pair)
    assert lines(world, run)[gift] == ("failed", "parts_refused", "refused")
    assert link(world, pair, Side.PLATFORM, gift, "gift").state == "linked"
    pair.platform.refund(gift, cents, "broken")
    before = len(imports(pair))
    again(world, pair, gift, "webhook")
    assert len(imports(pair)) == before + 1, "the refund alone"
    taken_in(world, pair)
    (kept,) = pair.crm.state()["transaction"]
    assert (kept["data"]["was_refunded"], "broken" in kept["data"]["note"]) == (not cents, bool(cents))


def test_a_gift_without_its_parts_goes_again_only_when_a_person_wants_it_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    gift = handed_gift(world, pair)
    with monkeypatch.context() as patch:
        answers(patch, Partial("The parts are refused.", record_id="unused", code="parts_refused"))
        taken_in(world, pair)
    before = len(imports(pair))
    again(world, pair, gift, "webhook")
    assert len(imports(pair)) == before
    (run,) = retry(world.app, connected(world, pair), world.app.runs.latest(pair.connection.id, 2)[1], "a person")
    world.pump()
    taken_in(world, pair)
    assert lines(world, run)[gift] == ("created", "", "confirmed")
    assert len(pair.crm.state()["transaction"]) == 1
    assert lines(world, again(world, pair, gift, "a person")) == {}, "nothing is left to be sent"


@pytest.mark.parametrize("of", ["gift", "correction"])
def test_a_refund_that_waits_goes_also_when_what_it_waits_for_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, of: str
) -> None:
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    gift, answer = handed_gift(world, pair), GiftbridgeError("It is ignored.", code="ignored_by_crm")
    if of == "gift":
        answer = Partial("The parts are refused.", record_id="unused", code="parts_refused")
    else:
        taken_in(world, pair)
        other = {one: str(pair.crm.state()[one][-1]["id"]) for one in ("campaign", "fund")}
        gifts.start_chosen(world.app, connected(world, pair), [gift], other, "a person")
        world.pump()
    pair.platform.refund(gift)
    again(world, pair, gift, "webhook")
    with monkeypatch.context() as patch:
        answers(patch, answer)
        taken_in(world, pair)
    taken_in(world, pair)
    (kept,) = pair.crm.state()["transaction"]
    assert kept["data"]["was_refunded"] is True


@pytest.mark.parametrize("decision", ["match", "create"])
def test_a_gift_of_which_kindful_does_not_tell_waits_for_a_person_and_its_refund_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, decision: str
) -> None:
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    gift = handed_gift(world, pair)
    with monkeypatch.context() as patch:
        answers(patch, Park("Look, then decide.", code="review_unconfirmed"))
        taken_in(world, pair)
    assert lines(world, world.latest(pair))[gift] == ("failed", "review_unconfirmed", "refused")
    pair.platform.refund(gift, 1000, "broken")
    assert lines(world, again(world, pair, gift, "webhook"))[gift][:2] == ("failed", "review_unconfirmed")
    (asked,) = review.open_questions(world.app, connected(world, pair), 5, ("gift",))
    assert asked.candidates == (f"handbid-{pair.platform.id}-{gift}",)
    answer = f"match:{asked.candidates[0]}" if decision == "match" else decision
    review.answer(world.app, connected(world, pair), "gift", Side.PLATFORM, gift, answer, "a person")
    world.pump()
    for _ in range(3):
        taken_in(world, pair)
    (kept,) = pair.crm.state()["transaction"]
    assert "broken" in kept["data"]["note"]
    assert link(world, pair, Side.CRM, asked.candidates[0], "gift").platform_id == gift


class Died(BaseException):
    """The worker is gone."""


def dies_once(monkeypatch: pytest.MonkeyPatch, kind: LinkKind) -> None:
    """The worker dies right after it has written down that something was confirmed."""
    store = confirming._store

    def die(session: Session, before: Link, done: Link) -> None:
        store(session, before, done)
        if before.kind == kind:
            monkeypatch.setattr(confirming, "_store", store)
            raise Died

    monkeypatch.setattr(confirming, "_store", die)


def test_the_platform_is_told_the_id_although_the_worker_dies(
    world: World, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies_once(monkeypatch, "contact")
    ada = donor(pair)
    sync(world, pair, "first")
    pair.crm.run_jobs()
    with pytest.raises(Died):
        let_pass(world, pair)
    let_pass(world, pair, times=3)
    assert contact(pair, ada)["crmIds"] == {"kindful": link(world, pair, Side.PLATFORM, ada).crm_id}


def test_a_refund_that_waited_goes_although_the_worker_dies(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dies_once(monkeypatch, "gift")
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    reconciled(world, pair, receipt(donor(pair), 5000))
    (gift,) = pair.platform.state("transactions")["transactions"]
    pair.platform.refund(gift["id"])
    event = pair.platform.state("events")["events"][0]["id"]
    trigger.event_reconciled(world.app, {"platform": "handbid", "organisation": pair.platform.id, "event_id": event})
    world.pump()
    pair.crm.run_jobs()
    with pytest.raises(Died):
        let_pass(world, pair)
    let_pass(world, pair, times=3)
    taken_in(world, pair)
    (kept,) = pair.crm.state()["transaction"]
    assert kept["data"]["was_refunded"] is True


def test_an_import_whose_answer_was_lost_is_sent_again_and_known(world: World, pair: Pair) -> None:
    ada = donor(pair)
    pair.crm.fault("reset_after", method="POST", path="/api/v1/imports", count=1)
    run = sync(world, pair, "first")
    pair.crm.run_jobs()
    let_pass(world, pair, times=3)
    taken_in(world, pair)
    assert link(world, pair, Side.PLATFORM, ada).state == "linked"
    assert len(imports(pair)) == 2
    assert len(people(pair)) == 1
    assert lines(world, run) == {ada: ("created", "", "confirmed")}


def test_a_gift_counts_as_created_although_the_worker_dies_before_it_noted_a_refund(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    later = follow.follow_later

    def die(*_: Any) -> Link:
        monkeypatch.setattr(push, "follow_later", later)
        raise Died

    monkeypatch.setattr(push, "follow_later", die)
    given = {"amount": 5000, "method": "cash", "refunds": [{"amount": 1000, "reason": "broken"}]}
    with pytest.raises(Died):
        reconciled(world, pair, {**receipt(donor(pair)), "payments": [given]})
    let_pass(world, pair, times=2)
    (run,) = world.app.runs.latest(connected(world, pair).id, 1)
    assert world.counts(run, Side.CRM)["created"] == 1
    taken_in(world, pair)
    taken_in(world, pair)
    (kept,) = pair.crm.state()["transaction"]
    assert "broken" in kept["data"]["note"]


def test_a_name_that_kindful_cuts_short_is_no_edit(world: World, pair: Pair) -> None:
    where = {"street1": "1 Main St", "city": "Austin", "state": "TX", "postalCode": "78701-1234", "country": "US"}
    ada = donor(pair, "Ada", address=where)
    sync(world, pair, "first")
    taken_in(world, pair)
    (row,) = pair.crm.state()["contact"]
    pair.crm.staff_edit(row["id"], primary_phone="+13035550177")
    for _ in range(2):
        sync(world, pair)
        taken_in(world, pair)
    assert contact(pair, ada)["address"]["postalCode"] == "78701-1234"
    assert contact(pair, ada)["phone"] == "+13035550177"
