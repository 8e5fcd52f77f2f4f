"""A connection that waits for new credentials longer than a month: what its run had listed is not lost."""

from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs import lifecycle
from giftbridge.jobs.bell import ring
from giftbridge.jobs.contacts.run import EXPIRED
from giftbridge.jobs.gifts import run as gifts
from giftbridge.jobs.gifts import watch
from giftbridge.stores.runs import Run
from tests.jobs.driving import connected, contacts, ended, in_crm, log, sync
from tests.world import Pair, World

pytestmark = pytest.mark.emulated
NEVER = 10**12


def wait(world: World, pair: Pair, days: int) -> None:
    """Days pass, and what has expired is gone."""
    world.advance(pair, days=days)
    runs, now = world.app.runs, world.app.now().timestamp()
    old = [item for item in runs.db.scan(runs.table) if item.get("expires_at", NEVER) <= now]
    runs.db.delete_many(runs.table, [{"pk": item["pk"], "sk": item["sk"]} for item in old])


def stopped(world: World, pair: Pair, run: Run) -> None:
    """The run has listed what there is, and stands still as its CRM refuses the credentials."""
    world.pump()
    found = world.run(pair, run)
    assert (found.state, found.phase) == ("running", "push")
    assert connected(world, pair).health == "reconnect"


def reconnect(world: World, pair: Pair) -> None:
    """The same credentials are good again; others' work that fell due meanwhile is none of this."""
    lifecycle.reconnect(world.app, connected(world, pair), {})
    for queue in ("contacts", "gifts"):
        ring(world.app, pair.connection.account, queue)
    world.pump()


def crm_gifts(pair: Pair) -> list[float]:
    """Amounts of the CRM's gifts."""
    return sorted(gift["Amount"] for gift in pair.crm.state()["transactions"])


@pytest.mark.parametrize("days", [35, 390])
def test_new_gifts_that_were_listed_go_whenever_the_connection_works_again(world: World, days: int) -> None:
    pair = world.connect(first_sync="declined", system="raisedonors")
    given = [{"contact_id": who, "amount": 5_000} for who in pair.platform.seed_people(3)]
    pair.platform.give(*given)
    pair.crm.revoke_key()
    run = watch.look(world.app, connected(world, pair), "tester")
    assert run is not None
    stopped(world, pair, run)
    wait(world, pair, days)
    pair.crm.restore_key()
    reconnect(world, pair)
    done = ended(world, pair, run)
    assert (world.counts(done, Side.CRM), crm_gifts(pair)) == ({"read": 3, "created": 3}, [50.0] * 3)


@pytest.mark.parametrize("started", ["reconciled", "chosen", "records"])
def test_gifts_of_an_event_and_chosen_ones_go_whenever_the_connection_works_again(world: World, started: str) -> None:
    pair = world.connect({"contacts": False}, first_sync="declined")
    (who,) = pair.platform.seed_people(1)
    payment = {"amount": 5_000, "method": "cash"}
    receipt = {"contactId": who, "items": [{"name": "Quilt", "price": 50.0}], "payments": [payment]}
    auction = pair.platform.hold_auction(receipts=[receipt])
    event, gift = auction["event"]["id"], auction["transactions"][0]["id"]
    pair.platform.set_event_status(event, "reconciled")
    pair.crm.revoke_key()
    run = _started(world, pair, started, event, gift)
    stopped(world, pair, run)
    wait(world, pair, 35)
    pair.crm.restore_key()
    reconnect(world, pair)
    done = world.run(pair, run)
    assert (done.state, log(world, done)) == ("done", {("crm", gift): ("created", "")})
    assert crm_gifts(pair) == [50.0]


def _started(world: World, pair: Pair, started: str, event: str, gift: str) -> Run:
    app, connection = world.app, pair.connection
    if started == "reconciled":
        return gifts.start_event(app, connection, event, "tester")
    mode: Any = started
    return gifts.start_chosen(app, connection, [gift], {}, "tester", mode)


def listed_and_left(world: World, pair: Pair) -> Run:
    """A run that has listed the CRM's contacts when the platform refuses its token; 35 days pass, and it goes on."""
    pair.platform.revoke_token()
    run = sync(world, pair)
    assert (run.state, run.phase) == ("running", "survey_platform")
    wait(world, pair, 35)
    pair.platform.revoke_token(revoked=False)
    reconnect(world, pair)
    return world.run(pair, run)


def test_contacts_that_were_listed_go_whenever_the_connection_works_again(world: World) -> None:
    pair = world.connect(first_sync="declined")
    in_crm(pair)
    run = listed_and_left(world, pair)
    assert (run.state, world.counts(run, Side.PLATFORM)) == ("done", {"read": 1, "created": 1})


def test_a_run_whose_sealed_contacts_have_expired_fails_and_the_next_one_reads_them_again(world: World) -> None:
    pair = world.connect_kindful(first_sync="declined")
    sync(world, pair)
    pair.crm.seed(people=1, seed="office")
    run = listed_and_left(world, pair)
    assert (run.state, run.error) == ("failed", EXPIRED)
    assert contacts(pair) == {}
    following = ended(world, pair, sync(world, pair), later=("confirm",))
    assert world.counts(following, Side.PLATFORM)["created"] == 1
    assert len(contacts(pair)) == 1


def test_a_first_sync_whose_sealed_contacts_have_expired_is_asked_about_anew(world: World) -> None:
    pair = world.connect_kindful()
    pair.crm.seed(people=1, seed="office")
    pair.platform.revoke_token()
    run = sync(world, pair, "first")
    wait(world, pair, 35)
    pair.platform.revoke_token(revoked=False)
    reconnect(world, pair)
    assert world.run(pair, run).state == "failed"
    assert (connected(world, pair).first_sync, connected(world, pair).active_run) == ("unasked", "")
