"""P06, F41: Kindful's imports, and the asking what became of them, killed before and after every outside call."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from giftbridge.jobs import clock, dispatch
from tests.crash.later import Later
from tests.crash.stories import Story, changes, first_sync, hold_auction, reconcile
from tests.world import Pair, World

COLUMNS = ("first_name", "last_name", "email", "primary_phone", "addr1", "city", "state", "postal", "email_opt_in")
GIFT = ("amount_in_cents", "transaction_type", "was_refunded", "note", "check_num")
WHOLE: dict[str, Any] = {"without_email": 0, "without_phone": 0, "without_address": 0}


def people(pair: Pair) -> dict[str, str]:
    """By our names for them, and by Kindful's ids."""
    state = pair.crm.state()
    rows = {row["id"]: json.dumps([row["data"].get(name) for name in COLUMNS]) for row in _standing(state, "contact")}
    (app,) = state["apps"].values()
    ids = {f"k{number}": number for number in rows} | app["links"]["contact"]["ids"]
    return {name: rows[number] for name, number in ids.items() if number in rows}


def gifts(pair: Pair) -> list[str]:
    """With who gave them."""
    state = pair.crm.state()
    givers = {row["id"]: row["data"]["email"] for row in _standing(state, "contact")}
    rows = [row["data"] for row in _standing(state, "transaction")]
    return [json.dumps([givers.get(row["contact_id"]), *(row.get(name) for name in GIFT)]) for row in rows]


def _standing(state: Any, kind: str) -> list[Any]:
    return [row for row in state[kind] if not row["deleted"]]


KINDFUL = Later(lambda pair: pair.crm.run_jobs(), people, gifts)


def apart(world: World) -> Pair:
    """One in both, who differs; one only in Kindful, one only on the platform."""
    pair = world.connect_kindful(queue="manual")
    pair.crm.seed(people=2, seed="people", **WHOLE)
    ids = pair.platform.seed_people(2, start=1)
    pair.platform.edit_contact(ids[0], phone="+12125550177")
    return pair


def edited(world: World) -> Pair:
    """In agreement, then edited: one here, one there, one on both sides."""
    pair = apart(world)
    first_sync(world, pair)
    world.pump()
    KINDFUL.rest(world, pair)
    emails = {row["id"]: row["email"] for row in pair.platform.state("contacts")["contacts"]}
    rows = {row["data"]["email"]: row["id"] for row in pair.crm.state()["contact"]}
    for number, (contact, email) in enumerate(sorted(emails.items())):
        if number != 1:
            pair.platform.edit_contact(contact, phone=f"+1212555013{number}")
        if number != 0:
            pair.crm.staff_edit(rows[email], first_name=f"Edited{'abc'[number]}")
    return pair


def handed_over(world: World) -> Pair:
    """All that a first sync hands over is taken in, and nobody has asked yet."""
    pair = apart(world)
    first_sync(world, pair)
    world.pump()
    pair.crm.run_jobs()
    world.advance(pair, minutes=2)
    return pair


def ask(world: World, _pair: Pair) -> None:
    """The minute tick: what was handed over is asked about."""
    clock.tick(world.app)


def auction_over(world: World) -> Pair:
    """A reconciled auction of people that Kindful does not know yet."""
    pair = world.connect_kindful(queue="manual", first_sync="declined")
    hold_auction(pair, guests=2)
    return pair


def gifts_taken_in(world: World) -> Pair:
    """Its gifts were handed over, one of them in part given back; Kindful has taken them in, nobody has asked yet."""
    pair = auction_over(world)
    reconcile(world, pair)
    world.pump()
    pair.crm.run_jobs()
    world.advance(pair, minutes=2)
    return pair


def refunded(world: World) -> Pair:
    """All gifts are over and confirmed; one is refunded afterwards, wholly."""
    pair = auction_over(world)
    reconcile(world, pair)
    world.pump()
    KINDFUL.rest(world, pair)
    pair.platform.refund(pair.platform.state("transactions")["transactions"][0]["id"])
    return pair


STORIES = [
    Story("first_sync", apart, first_sync),
    Story("changes", edited, changes),
    Story("confirm", handed_over, ask),
    Story("reconcile", auction_over, reconcile),
    Story("confirm_gifts", gifts_taken_in, ask),
    Story("refund", refunded, reconcile),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_P06_killed_before_and_after_every_call(world: World, story: Story) -> None:
    assert len(KINDFUL.killed_everywhere(world, story)) >= 30


@pytest.mark.parametrize("mode", ["reset_after", "status"])
@pytest.mark.parametrize("story", [STORIES[0], STORIES[3], STORIES[5]], ids=lambda story: story.name)
def test_F41_answer_of_an_import_lost_after_the_effect(world: World, story: Story, mode: str) -> None:
    effect = {"status": 502, "effect": "now"} if mode == "status" else {}
    lost = KINDFUL.played(
        world, story, spoil=lambda pair: pair.crm.fault(mode, method="POST", path="/api/v1/imports", count=2, **effect)
    )
    assert lost == KINDFUL.played(world, story)


def test_P06_two_workers_on_one_record(world: World) -> None:
    """The first sync and the gifts both need the same new people, at the same time."""

    def both(world: World, pair: Pair) -> None:
        first_sync(world, pair)
        reconcile(world, pair)

    def at_once(world: World, pair: Pair) -> None:
        both(world, pair)
        bell = json.dumps({"v": 1, "account": pair.connection.account})
        with ThreadPoolExecutor(4) as pool:
            turns = [pool.submit(dispatch.doorbell, world.app, queue, bell) for queue in ("contacts", "gifts") * 2]
        for turn in turns:
            turn.result()

    alone = KINDFUL.played(world, Story("both", auction_over, both))
    assert KINDFUL.played(world, Story("at_once", auction_over, at_once)) == alone
