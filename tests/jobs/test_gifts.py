"""Gifts of a reconciled event, in process: once, whole, to the right people."""

from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.errors import Park
from giftbridge.jobs import history, review
from giftbridge.jobs.bell import ring
from giftbridge.jobs.gifts import run as gifts
from giftbridge.stores.inbox import Work
from giftbridge.stores.runs import Run
from tests.jobs.driving import constituents, contacts, ended, in_crm, let_pass, linked, log, waiting, written
from tests.world import Pair, World

SENT = frozenset({"succeeded", "partially_refunded"})


def push(world: World, pair: Pair, event: str) -> Run:
    """A run of the event, ended."""
    run = gifts.start_event(world.app, pair.connection, event, "tester")
    world.pump()
    return ended(world, pair, run, later=("gift",))


def paid(contact: str, *amounts: int, **payment: Any) -> dict[str, Any]:
    """A receipt with one cash payment for each amount (cents)."""
    payments = [{"amount": amount, "method": "cash", **payment} for amount in amounts]
    return {"contactId": contact, "items": [{"name": "Quilt", "price": 50.0}], "payments": payments}


def cents(gift: dict[str, Any]) -> int:
    """Amount of a gift of the CRM."""
    dollars: float = gift["Amount"]
    return round(dollars * 100)


def crm_gifts(pair: Pair) -> list[dict[str, Any]]:
    """The CRM's gifts."""
    found: list[dict[str, Any]] = pair.crm.state()["transactions"]
    return found


def test_gifts_bring_their_donors_though_contacts_are_not_synced(world: World) -> None:
    pair = world.connect({"contacts": False})
    known, new = pair.platform.seed_people(2)
    pair.crm.seed(people=1, seed="people", without_email=0)
    event = pair.platform.hold_auction(receipts=[paid(known, 5000), paid(new, 700)])["event"]["id"]
    pair.platform.set_event_status(event, "reconciled")
    run = push(world, pair, event)
    assert world.counts(run, Side.CRM) == {"read": 2, "created": 2}
    assert sorted(map(cents, crm_gifts(pair))) == [700, 5000]
    assert len(constituents(pair)) == 2, "the one that is there was found"


def test_event_goes_over_once(world: World) -> None:
    pair = world.connect(first_sync="declined")
    ids = pair.platform.seed_people(6)
    auction = pair.platform.hold_auction(generate={"seed": "gala", "receipts": 14, "contactIds": ids})
    event, payments = auction["event"]["id"], auction["transactions"]
    pair.platform.set_event_status(event, "reconciled")
    first = push(world, pair, event)
    assert world.counts(first, Side.CRM) == {"read": 17, "created": 13, "skipped": 4}
    meant = {one["id"]: one for one in payments if one["status"] in SENT}
    codes = {"failed": "not_successful", "cancelled": "not_successful", "processing": "processing"}
    assert log(world, first) == {
        ("crm", one["id"]): ("created", "")
        if one["id"] in meant
        else ("skipped", codes.get(one["status"], "refunded_before"))
        for one in payments
    }
    assert sorted(map(cents, crm_gifts(pair))) == sorted(one["amount"] for one in meant.values())
    people = linked(world, pair)
    assert len(people) == len(constituents(pair)) == len({one["contactId"] for one in meant.values()})
    given = world.app.links.find(pair.connection.id, "gift", Side.PLATFORM, list(meant))
    accounts = {str(gift["Id"]): str(gift["AccountId"]) for gift in crm_gifts(pair)}
    assert {accounts[link.crm_id]: 1 for link in given.values()}.keys() == set(people.values())
    assert all(accounts[given[one].crm_id] == people[meant[one]["contactId"]] for one in meant)


NOBODY = "could never be recognised again"
UNNAMED = "wants a first and a last name"


def anonymous(pair: Pair, first: str = "Anonymous", last: str = "Donor", **reached: str) -> str:
    """A donor of the platform who gave no more than this."""
    return str(pair.platform.add_contact(firstName=first, lastName=last, email=None, **reached)["id"])


def test_gifts_of_anonymous_donors_are_merged_with_nobodys_and_none_is_lost(world: World) -> None:
    """One of that name is in the CRM already; a name alone says of nobody who that is."""
    pair = world.connect(first_sync="declined")
    known = in_crm(pair, "Anonymous", "Donor", email="")
    reached = [anonymous(pair, phone="+13035550101"), anonymous(pair, phone="+13035550102")]
    refused = {
        anonymous(pair): NOBODY, anonymous(pair, "", ""): NOBODY,
        anonymous(pair, "", "Anonymous", phone="+13035550103"): UNNAMED,
        anonymous(pair, "", "", phone="+13035550104"): UNNAMED,
    }  # fmt: skip
    auction = pair.platform.hold_auction(receipts=[paid(one, 1000) for one in (*reached, *refused)])
    gift_of = {one["contactId"]: one["id"] for one in auction["transactions"]}
    pair.platform.set_event_status(auction["event"]["id"], "reconciled")
    done = push(world, pair, auction["event"]["id"])
    assert world.counts(done, Side.CRM) == {"read": 6, "created": 2, "failed": 4}
    assert len({gift["AccountId"] for gift in crm_gifts(pair)} | {int(known)}) == 3, "each has a constituent alone"
    lines = {line["record_id"]: line for line in world.app.runs.lines(done.id, "failed")}
    told = {one: (lines[gift_of[one]]["code"], lines[gift_of[one]]["retryable"]) for one in refused}
    assert told == dict.fromkeys(refused, ("donor_not_synced", True))
    assert [one for one, why in refused.items() if why not in lines[gift_of[one]]["reason"]] == []
    for number, one in enumerate(refused):
        pair.platform.edit_contact(one, firstName="Cy", lastName=f"Young {number}", phone=f"+1303555011{number}")
    history.retry(world.app, pair.connection, done, "anna")
    world.pump()
    assert len(crm_gifts(pair)) == 6
    accounts = [str(gift["AccountId"]) for gift in crm_gifts(pair)]
    assert len(set(accounts)) == 6
    assert known not in accounts


def test_an_event_that_is_said_again_writes_nothing(world: World) -> None:
    pair = world.connect(first_sync="declined")
    ids = pair.platform.seed_people(6)
    auction = pair.platform.hold_auction(generate={"seed": "gala", "receipts": 14, "contactIds": ids})
    pair.platform.set_event_status(auction["event"]["id"], "reconciled")
    push(world, pair, auction["event"]["id"])
    before = pair.crm.state()
    pair.crm.reset_journal()
    again = gifts.start_event(world.app, pair.connection, auction["event"]["id"], "tester")
    world.pump()
    done = world.run(pair, again)
    assert world.counts(done, Side.CRM) == {"read": 17, "unchanged": 13, "skipped": 4}
    assert (written(pair.crm), pair.crm.state()) == ({}, before)


def test_a_donor_who_was_deleted_in_the_crm_fails_their_gifts_alone(world: World) -> None:
    pair = world.connect(first_sync="declined")
    ids = pair.platform.seed_people(3)
    known = pair.platform.hold_auction(receipts=[paid(one, 1000) for one in ids])["event"]["id"]
    pair.platform.set_event_status(known, "reconciled")
    push(world, pair, known)
    lost = linked(world, pair)[ids[0]]
    pair.crm.staff_delete(int(lost), with_gifts=True)
    auction = pair.platform.hold_auction(receipts=[paid(one, 2000, 3000) for one in ids])
    pair.platform.set_event_status(auction["event"]["id"], "reconciled")
    done = push(world, pair, auction["event"]["id"])
    assert world.counts(done, Side.CRM) == {"read": 6, "created": 4, "failed": 2}
    hers = {("crm", one["id"]) for one in auction["transactions"] if one["contactId"] == ids[0]}
    assert {key for key, (outcome, _) in log(world, done).items() if outcome == "failed"} == hers
    assert sorted(map(cents, crm_gifts(pair))) == [1000, 1000, 2000, 2000, 3000, 3000]
    assert lost not in constituents(pair)
    pair.crm.reset_journal()
    let_pass(world, pair, 3)
    assert written(pair.crm) == {}


def test_a_refund_webhook_of_an_event_that_is_not_reconciled_sends_nothing(world: World) -> None:
    pair = world.connect(first_sync="declined")
    (donor,) = pair.platform.seed_people(1)
    auction = pair.platform.hold_auction(receipts=[paid(donor, 5000)])
    gift = auction["transactions"][0]["id"]
    pair.platform.refund(gift, 100, "broken")
    heard(world, pair, gift)
    done = ended(world, pair, world.latest(pair))
    assert (done.started_by, log(world, done)) == ("webhook", {("crm", gift): ("skipped", "not_reconciled")})
    assert (crm_gifts(pair), constituents(pair)) == ([], {})
    pair.platform.set_event_status(auction["event"]["id"], "reconciled")
    done = push(world, pair, auction["event"]["id"])
    assert log(world, done) == {("crm", gift): ("created", "")}
    (sent,) = crm_gifts(pair)
    assert (cents(sent), "Partially refunded 1.00" in sent["Designations"][0]["Note"]) == (5000, True)


def heard(world: World, pair: Pair, gift: str) -> None:
    """What the refund's webhook leaves in the inbox, and all it starts."""
    connection = pair.connection
    work = Work(
        account=connection.account, queue="gifts", kind="gift", id=f"webhook-{gift}", organisation=connection.owner,
        connection=connection.id, lane="gifts", next_due=world.app.now(), subject=gift, event=f"webhook-{gift}",
        data={"started_by": "webhook"},
    )  # fmt: skip
    assert world.app.inbox.add(work)
    ring(world.app, connection.account, "gifts")
    world.pump()


def test_what_a_person_chose_for_a_processing_payment_holds_when_it_has_succeeded(world: World) -> None:
    pair = world.connect(first_sync="declined")
    (donor,) = pair.platform.seed_people(1)
    auction = pair.platform.hold_auction(receipts=[paid(donor, 5000, status="processing")])
    gift = auction["transactions"][0]["id"]
    fund = str(pair.crm.staff_call("POST", "/fund", {"Name": "Chosen"})["Id"])
    run = gifts.start_chosen(world.app, pair.connection, [gift], {"fund": fund}, "a person")
    world.pump()
    assert log(world, run) == {("crm", gift): ("skipped", "processing")}
    assert (crm_gifts(pair), [work.kind for work in waiting(world, pair)]) == ([], ["gift"])
    pair.platform.change_transaction(gift, status="succeeded")
    let_pass(world, pair, hours=7)
    done = ended(world, pair, world.latest(pair))
    assert log(world, done) == {("crm", gift): ("created", "")}
    (sent,) = crm_gifts(pair)
    assert [part["Fund"]["Name"] for part in sent["Designations"]] == ["Chosen"]


@pytest.mark.parametrize("decision", ["create", "match"])
def test_what_a_person_chose_for_a_gift_that_was_set_aside_holds_when_it_is_answered(
    world: World, decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = world.connect(first_sync="declined")
    (donor,) = pair.platform.seed_people(1)
    auction = pair.platform.hold_auction(receipts=[paid(donor, 5000)])
    gift = auction["transactions"][0]["id"]
    chosen = {"fund": str(pair.crm.staff_call("POST", "/fund", {"Name": "Chosen"})["Id"])}

    def asks(*_: Any) -> Any:
        raise Park("Look.", candidates=("77",), code="several_recorded")

    with monkeypatch.context() as patched:
        patched.setattr("giftbridge.jobs.gifts.push._recalled", asks)
        gifts.start_chosen(world.app, pair.connection, [gift], chosen, "a person")
        world.pump()
        gifts.start_chosen(world.app, pair.connection, [gift], {}, "schedule", "records")
        world.pump()
    answer = "match:77" if decision == "match" else decision
    review.answer(world.app, pair.connection, "gift", Side.PLATFORM, gift, answer, "a person")
    world.pump()
    names = [part["Fund"]["Name"] for sent in crm_gifts(pair) for part in sent["Designations"]]
    assert names == ([] if decision == "match" else ["Chosen"])
    done = world.app.links.get(pair.connection.id, "gift", Side.PLATFORM, gift)
    assert done is not None
    again = gifts.start_chosen(world.app, pair.connection, [gift], chosen, "a person")
    world.pump()
    assert world.counts(world.run(pair, again), Side.CRM) == {"read": 1, "unchanged": 1}


def lost(world: World, pair: Pair, donor: str, choices: dict[str, str]) -> str:
    """A gift that the CRM has recorded, whose answer was lost; its id on the platform. Nobody tries again by itself."""
    auction = pair.platform.hold_auction(receipts=[paid(donor, 5000)])
    gift = str(auction["transactions"][0]["id"])
    pair.crm.fault(mode="reset_after", method="POST", path="/v2/transaction", count=1)
    pair.crm.fault(mode="status", status=503, method="GET", path="/v2/transactions", count=None)
    gifts.start_chosen(world.app, pair.connection, [gift], choices, "a person")
    world.pump()
    let_pass(world, pair, 8, minutes=40)
    assert (len(crm_gifts(pair)), waiting(world, pair)) == (1, [])
    pair.crm.clear_faults()
    return gift


def test_a_gift_whose_payer_was_changed_after_a_lost_answer_is_not_recorded_for_both(world: World) -> None:
    pair = world.connect(first_sync="declined")
    before, after = pair.platform.seed_people(2)
    gift = lost(world, pair, before, {})
    pair.platform.change_transaction(gift, contactId=after)
    run = gifts.start_chosen(world.app, pair.connection, [gift], {}, "a person", "records")
    world.pump()
    assert log(world, run) == {("crm", gift): ("failed", "recorded_elsewhere")}
    (sent,) = crm_gifts(pair)
    (asked,) = review.open_questions(world.app, pair.connection, 5, ("gift",))
    assert asked.candidates == (str(sent["Id"]),)
    assert asked.answers == ("match", "create", "ignore")


def test_a_gift_that_is_found_after_a_lost_answer_gets_the_fund_that_was_chosen_since(world: World) -> None:
    pair = world.connect(first_sync="declined")
    (donor,) = pair.platform.seed_people(1)
    first, second = ({"fund": str(pair.crm.staff_call("POST", "/fund", {"Name": name})["Id"])} for name in "AB")
    gift = lost(world, pair, donor, first)
    run = gifts.start_chosen(world.app, pair.connection, [gift], second, "a person")
    world.pump()
    assert log(world, run) == {("crm", gift): ("created", "")}
    (sent,) = crm_gifts(pair)
    assert [part["Fund"]["Name"] for part in sent["Designations"]] == ["B"]


def test_two_organisations_with_one_crm_never_take_each_others_gifts(world: World) -> None:
    """Both number their payments alike; the second one's create is interrupted, so it is looked for."""
    one = world.connect(first_sync="declined")
    other = world.connect(first_sync="declined", crm=one.crm)
    given: list[str] = []
    for pair in (one, other):
        donor = pair.platform.add_contact(firstName="Ann", lastName="Lee", email="ann@example.org")["id"]
        auction = pair.platform.hold_auction(receipts=[paid(donor, 5000)])
        pair.platform.set_event_status(auction["event"]["id"], "reconciled")
        if pair is other:
            pair.crm.fault(mode="reset_before", method="POST", path="/v2/transaction", count=1)
        run = gifts.start_event(world.app, pair.connection, auction["event"]["id"], "tester")
        world.pump()
        let_pass(world, pair, 3)
        assert world.run(pair, run).state == "done"
        given.append(auction["transactions"][0]["id"])
    assert given[0] == given[1]
    assert len(constituents(one)) == 1
    notes = [gift["Designations"][0]["Note"] for gift in crm_gifts(one)]
    assert len(notes) == len(set(notes)) == 2
    sent = [
        world.app.links.get(pair.connection.id, "gift", Side.PLATFORM, gift)
        for pair, gift in zip((one, other), given, strict=True)
    ]
    assert {link.crm_id for link in sent if link} == {str(gift["Id"]) for gift in crm_gifts(one)}
    assert len(contacts(other)) == 1
