"""Sending gifts by hand, and questions about gifts."""

from dataclasses import replace
from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs.gifts import trigger
from giftbridge.stores.link import Question
from tests.management.conftest import Place


@pytest.fixture
def sale(place: Place) -> tuple[Place, str, list[str], str]:
    """A connection, two gifts of an event that is not reconciled, and another fund."""
    ids = place.platform.seed_people(2, seed="buyers")
    connection = place.synced(default_purpose={"fund": str(place.crm.fund())})
    receipts = [{"contactId": one, "items": [{"name": "Quilt", "price": 25}]} for one in ids]
    auction = place.platform.hold_auction(status="closed", receipts=receipts)
    place.crm.staff_call("POST", "/fund", {"Name": "New roof", "IsActive": True})
    roof = place.crm.fund("New roof")
    return place, connection, [gift["id"] for gift in auction["transactions"]], str(roof)


def send(place: Place, connection: str, ids: list[str], status: int = 202, **more: Any) -> Any:
    sent = place.api.post(f"/connections/{connection}/gifts/send", {"ids": ids, **more}, status)
    place.world.pump()
    return sent


def funds(place: Place) -> list[str]:
    return [str(part["Fund"]["Id"]) for gift in place.crm.state()["transactions"] for part in gift["Designations"]]


def test_F31_before_reconciliation_only_after_a_warning(sale: tuple[Place, str, list[str], str]) -> None:
    place, connection, ids, roof = sale
    warned = send(place, connection, ids, 409, fund=roof)
    assert (warned["type"], warned["ids"]) == ("urn:giftbridge:problem:unreconciled", ids)
    assert place.crm.state()["transactions"] == []
    sent = send(place, connection, ids, fund=roof, confirm_unreconciled=True)
    assert (sent["run"]["mode"], sent["unchanged"]) == ("chosen", [])
    assert funds(place) == [roof, roof]


def test_F31_the_later_reconcile_skips_them(sale: tuple[Place, str, list[str], str]) -> None:
    place, connection, ids, roof = sale
    send(place, connection, ids[:1], fund=roof, confirm_unreconciled=True)
    event = place.platform.state("events")["events"][0]["id"]
    place.platform.set_event_status(event, "reconciled")
    trigger.event_reconciled(
        place.world.app, {"platform": "handbid", "organisation": place.platform.id, "event_id": event}
    )
    place.world.pump()
    assert sorted(funds(place)) == sorted([roof, str(place.crm.fund())])


def test_F31_again_with_the_same_choices_nothing_is_done(sale: tuple[Place, str, list[str], str]) -> None:
    place, connection, ids, roof = sale
    choices: dict[str, Any] = {"fund": roof, "confirm_unreconciled": True}
    send(place, connection, ids, **choices)
    before = place.crm.calls()
    again = send(place, connection, ids, **choices)
    assert (again["run"], again["unchanged"]) == (None, ids)
    assert {name: number for name, number in place.crm.calls().items() if not name.startswith("GET")} == {
        name: number for name, number in before.items() if not name.startswith("GET")
    }


def test_F31_other_choices_are_asked_about_and_then_changed(sale: tuple[Place, str, list[str], str]) -> None:
    place, connection, ids, roof = sale
    send(place, connection, ids[:1], fund=roof, confirm_unreconciled=True)
    other: dict[str, Any] = {"fund": str(place.crm.fund()), "confirm_unreconciled": True}
    asked = send(place, connection, ids, 409, **other)
    assert (asked["type"], asked["ids"]) == ("urn:giftbridge:problem:other_choices", ids[:1])
    assert funds(place) == [roof]
    send(place, connection, ids, **other, confirm_changes=True)
    assert funds(place) == [str(place.crm.fund())] * 2


def test_F31_what_the_crm_or_the_platform_does_not_know_is_refused(sale: tuple[Place, str, list[str], str]) -> None:
    place, connection, ids, _ = sale
    body = {"fund": "999999", "campaign": "999998", "appeal": "999997", "confirm_unreconciled": True}
    wrong = send(place, connection, [ids[0], "nothing"], 422, **body)
    assert {each["path"] for each in wrong["errors"]} == {"fund", "campaign", "appeal", "ids.1"}
    assert send(place, connection, [], 422)
    assert send(place, connection, [str(number) for number in range(101)], 422)
    assert place.crm.state()["transactions"] == []


def parked(place: Place, connection: str, gift: str, candidates: tuple[str, ...]) -> None:
    """The gift's link as a create leaves it that found several of its own."""
    links = place.world.app.links
    link = links.get(connection, "gift", Side.PLATFORM, gift)
    assert link is not None
    question = Question("several_recorded", "The CRM holds several gifts with this reference.", candidates)
    links.db.transact(links.drop_ops(link))
    links.save(replace(link, state="parked", crm_id="", question=question, rev=0, run="", outcomes={}))


@pytest.mark.parametrize(("decision", "gifts"), [("match", 1), ("create", 2), ("ignore", 1)])
def test_F16_a_gift_that_waits_for_an_answer_is_never_sent_by_itself(
    sale: tuple[Place, str, list[str], str], decision: str, gifts: int
) -> None:
    place, connection, ids, _ = sale
    send(place, connection, ids[:1], confirm_unreconciled=True)
    recorded = str(place.crm.state()["transactions"][0]["Id"])
    parked(place, connection, ids[0], (recorded, "77"))
    retry = {"kind": "gift", "side": "platform", "id": ids[0]}
    place.api.post(f"/connections/{connection}/records/retry", retry, 202)
    place.world.pump()
    assert len(place.crm.state()["transactions"]) == 1
    (question,) = place.api.get(f"/connections/{connection}/reviews")["items"]
    assert (question["kind"], question["answers"]) == ("gift", ["match", "create", "ignore"])
    chosen = f"match:{recorded}" if decision == "match" else decision
    path = f"/connections/{connection}/reviews/gift/platform/{ids[0]}"
    place.api.post(path, {"decision": chosen})
    place.world.pump()
    assert len(place.crm.state()["transactions"]) == gifts
    assert place.api.get(f"/connections/{connection}/reviews")["items"] == []
    link = place.world.app.links.get(connection, "gift", Side.PLATFORM, ids[0])
    assert link is not None
    assert link.state == ("parked" if decision == "ignore" else "linked")
    if decision == "match":
        assert link.crm_id == recorded
