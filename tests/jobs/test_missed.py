"""Webhooks that never come: reconciled events and refunds are found in the platform's lists."""

from typing import Any

import pytest

from giftbridge.jobs import configure, lifecycle
from giftbridge.jobs.gifts import missed
from giftbridge.jobs.gifts import run as gifts
from tests.jobs.driving import ann, connected, let_pass
from tests.world import Pair, World


@pytest.fixture
def pair(world: World) -> Pair:
    """Connected a day ago, its contacts not brought over; the platform's lists are looked at every hour."""
    made = world.connect(first_sync="declined")
    stored = world.app.connections.change(made.connection, created_at=int(world.app.now().timestamp() * 1000))
    for work in missed.standing_work(world.app, stored):
        world.app.inbox.put(work)
    return made


def auction(pair: Pair, *, reconciled: bool = True) -> tuple[str, str]:
    """An auction with one gift; their ids."""
    receipt = {"contactId": ann(pair), "items": [{"name": "Quilt", "price": 50.0}], "payments": [{"method": "cash"}]}
    held = pair.platform.hold_auction(receipts=[receipt])
    if reconciled:
        pair.platform.set_event_status(held["event"]["id"], "reconciled")
    return str(held["event"]["id"]), str(held["transactions"][0]["id"])


def hour(world: World, pair: Pair) -> None:
    let_pass(world, pair, hours=1, minutes=1)


def in_crm(pair: Pair) -> list[tuple[float, str]]:
    """The CRM's gifts: amount, and whether it was given back."""
    return sorted((row["Amount"], str(row["IsRefunded"])) for row in pair.crm.state()["transactions"])


def runs(world: World, pair: Pair) -> list[Any]:
    return [run for run in world.app.runs.latest(pair.connection.id) if run.kind == "gifts"]


def test_F30_the_gifts_of_an_event_whose_webhook_was_lost_go_within_the_hour(world: World, pair: Pair) -> None:
    event, _ = auction(pair)
    auction(pair, reconciled=False)
    hour(world, pair)
    assert in_crm(pair) == [(50.0, "No")]
    (run,) = runs(world, pair)
    assert (run.subject, run.started_by, run.state) == (event, "schedule", "done")
    for _ in range(2):
        hour(world, pair)
    assert (len(runs(world, pair)), len(in_crm(pair))) == (1, 1)


def test_F30_an_event_that_was_told_is_not_run_again(world: World, pair: Pair) -> None:
    event, _ = auction(pair)
    gifts.start_event(world.app, connected(world, pair), event, "webhook")
    world.pump()
    hour(world, pair)
    assert len(runs(world, pair)) == 1
    pair.platform.set_event_status(event, "open")
    pair.platform.add_receipt(
        event, contactId=ann(pair, email="bo@example.org", firstName="Bo"),
        items=[{"name": "Rug", "price": 20.0}], payments=[{"method": "cash"}],
    )  # fmt: skip
    pair.platform.set_event_status(event, "reconciled")
    hour(world, pair)
    assert (len(runs(world, pair)), [amount for amount, _ in in_crm(pair)]) == (2, [20.0, 50.0])


def test_F30_an_event_whose_run_was_given_up_is_run_again(world: World, pair: Pair) -> None:
    event, _ = auction(pair)
    pair.crm.fault("status", status=500, count=1)
    given_up = gifts.start_event(world.app, connected(world, pair), event, "webhook")
    lifecycle.cancel(world.app, connected(world, pair), given_up.id)
    pair.crm.clear_faults()
    hour(world, pair)
    assert in_crm(pair) == [(50.0, "No")]
    assert sorted(run.state for run in runs(world, pair)) == ["cancelled", "done"]


def test_F30_what_was_reconciled_before_connecting_stays(world: World) -> None:
    pair = world.connect(first_sync="declined")
    auction(pair)
    world.advance(pair, hours=2)
    stored = world.app.connections.change(pair.connection, created_at=int(world.app.now().timestamp() * 1000))
    for work in missed.standing_work(world.app, stored):
        world.app.inbox.put(work)
    hour(world, pair)
    assert (runs(world, pair), in_crm(pair)) == ([], [])


def test_F35_a_refund_whose_webhook_was_lost_is_told_within_the_hour_and_once(world: World, pair: Pair) -> None:
    _, gift = auction(pair)
    hour(world, pair)
    pair.platform.refund(gift)
    for _ in range(3):
        hour(world, pair)
    assert in_crm(pair) == [(50.0, "Yes")]
    assert len(runs(world, pair)) == 2


def test_F07_what_came_while_paused_is_found_on_resuming_in_the_lists(world: World, pair: Pair) -> None:
    hour(world, pair)
    lifecycle.pause(world.app, connected(world, pair))
    auction(pair)
    hour(world, pair)
    assert in_crm(pair) == []
    lifecycle.resume(world.app, connected(world, pair), "tester")
    world.pump()
    hour(world, pair)
    assert in_crm(pair) == [(50.0, "No")]


def test_nothing_is_started_while_gifts_are_switched_off_and_nothing_is_passed_over(world: World, pair: Pair) -> None:
    configure.change(world.app, connected(world, pair), {"gifts": False})
    auction(pair)
    hour(world, pair)
    assert runs(world, pair) == []
    configure.change(world.app, connected(world, pair), {"gifts": True})
    hour(world, pair)
    assert len(in_crm(pair)) == 1


def test_a_quiet_look_costs_two_calls(world: World, pair: Pair) -> None:
    hour(world, pair)
    pair.platform.reset_journal()
    hour(world, pair)
    assert {call: number for call, number in pair.platform.calls().items() if "contacts" not in call} == {
        "GET /organisations/{id}/events": 1, "GET /organisations/{id}/refunds": 1,
    }  # fmt: skip
