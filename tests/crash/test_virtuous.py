"""P06, F41: gifts that wait in Virtuous's import until a person runs it, killed before and after every outside call."""

import json
from typing import Any

import pytest

from giftbridge.jobs import clock
from local.sandbox.virtuous import VirtuousSandbox
from tests.crash.later import Later
from tests.crash.stories import Story, first_sync, hold_auction, reconcile
from tests.virtuous_world import connect
from tests.world import Pair, World

SOON = {"virtuous": {"confirm_seconds": 120}}


def people(pair: Pair) -> dict[str, str]:
    """By Virtuous's ids."""
    return {str(row["id"]): _person(row) for row in pair.crm.state()["contacts"]}


def gifts(pair: Pair) -> list[str]:
    """With who gave them, and what for."""
    state = pair.crm.state()
    names = {row["id"]: row["name"] for row in state["contacts"]}
    return [_gift(row, names) for row in state["gifts"]]


def _person(row: dict[str, Any]) -> str:
    persons = [
        [one["firstName"], one["lastName"], sorted((way["type"], way["value"]) for way in one["contactMethods"])]
        for one in row["contactIndividuals"]
    ]
    address = row["address"] or {}
    return json.dumps([row["name"], persons, address.get("address1"), address.get("city")])


def _gift(row: dict[str, Any], names: dict[int, str]) -> str:
    parts = [[part["project"], part["amountDesignated"]] for part in row["giftDesignations"]]
    return json.dumps([names[row["contactId"]], row["giftType"], row["amount"], row["giftDate"], parts])


VIRTUOUS = Later(lambda pair: pair.crm.run_everything(), people, gifts)


@pytest.fixture
def server(virtuous_sandbox: VirtuousSandbox) -> VirtuousSandbox:
    """The CRM of the world."""
    return virtuous_sandbox


def stories(server: VirtuousSandbox) -> dict[str, Story]:
    """By name."""

    def apart(world: World) -> Pair:
        """One in both, who differs; one only in Virtuous, two only on the platform."""
        pair = connect(world, server)
        pair.crm.seed(people=2, seed="people", without_email=0, without_phone=0, without_address=0)
        ids = pair.platform.seed_people(3, start=1)
        pair.platform.edit_contact(ids[0], phone="+12125550177")
        return pair

    def auction_over(world: World) -> Pair:
        """A reconciled auction of people that Virtuous does not know yet; a part of one gift was given back."""
        pair = connect(world, server, SOON, first_sync="declined")
        hold_auction(pair, guests=2)
        return pair

    def import_run(world: World) -> Pair:
        """Its gifts were handed over, the import was run, and nobody has asked yet."""
        pair = auction_over(world)
        reconcile(world, pair)
        world.pump()
        pair.crm.run_everything()
        world.advance(pair, minutes=3)
        return pair

    def refunded(world: World) -> Pair:
        """All gifts are there and confirmed; one is refunded afterwards, wholly."""
        pair = auction_over(world)
        reconcile(world, pair)
        world.pump()
        VIRTUOUS.rest(world, pair)
        pair.platform.refund(pair.platform.state("transactions")["transactions"][0]["id"])
        return pair

    def ask(world: World, _pair: Pair) -> None:
        """The minute tick: what was handed over is asked about."""
        clock.tick(world.app)

    told = [
        Story("first_sync", apart, first_sync),
        Story("reconcile", auction_over, reconcile),
        Story("confirm_gifts", import_run, ask),
        Story("refund", refunded, reconcile),
    ]
    return {story.name: story for story in told}


@pytest.mark.parametrize("name", ["reconcile", "confirm_gifts", "refund"])
def test_P06_killed_before_and_after_every_call(world: World, server: VirtuousSandbox, name: str) -> None:
    assert len(VIRTUOUS.killed_everywhere(world, stories(server)[name])) >= 20


@pytest.mark.parametrize("mode", ["reset_after", "status"])
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("first_sync", "/api/Contact"),
        ("reconcile", "/api/v2/Gift/Transactions"),
        ("reconcile", "/api/v2/Gift/Transaction"),
        ("refund", "/api/Gift/ReversingTransaction"),
    ],
)
def test_F41_answer_lost_after_the_effect(
    world: World, server: VirtuousSandbox, name: str, path: str, mode: str
) -> None:
    story = stories(server)[name]
    effect = {"status": 502, "effect": "now"} if mode == "status" else {}
    lost = VIRTUOUS.played(
        world, story, spoil=lambda pair: pair.crm.fault(mode, method="POST", path=path, count=1, **effect)
    )
    assert lost == VIRTUOUS.played(world, story)
