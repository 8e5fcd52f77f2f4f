"""Chapters about a worker that is killed while it records gifts, and how another one goes on."""

import os
import signal
import time
from dataclasses import dataclass
from typing import Any

from local.sandbox.people import people
from local.story.cast import Charity, charity
from local.story.office import Office, counts
from local.story.peek import announce, held_until
from local.story.play import Play
from local.story.telling import Wrong

GUESTS = "harbor"
PRICES = (50, 75, 100)
SLOW_SECONDS = 15
PATIENCE_SECONDS = 60


@dataclass
class Victim:
    """Another organisation, and what became of its worker."""

    charity: Charity
    office: Office
    free_at: float = 0.0
    """When another worker may go on, by the monotonic clock."""


def killed(play: Play) -> Victim:
    """Three gifts; the worker dies while the CRM's answer to the second is on its way."""
    teller, side = play.teller, charity(play.stack.sandboxes, "Harbor Arts")
    victim = Victim(side, Office(play.api, side.platform.id))
    made = victim.office.ask("POST", "/connections", side.credentials(), 201)
    victim.office.connection = made["connection"]["id"]
    play.unreadable.connected(side.crm.api_key, side.platform.token, made["webhook"]["secret"])
    play.unreadable.met(people(GUESTS, len(PRICES)))
    event = _auction(side)
    side.crm.fault("slow", method="POST", path="/v2/transaction", after=1, seconds=SLOW_SECONDS)
    announce(play.stack, side.platform.id, event)
    worker = _busy_with_second(play, side)
    os.kill(worker["pid"], signal.SIGKILL)
    teller.say("Another organisation's event is reconciled, told by EventBridge: three gifts.")
    teller.say(f"Its worker, process {worker['pid']}, is killed while the CRM answers to the second.")
    (run,) = victim.office.latest()
    teller.check("the CRM has two of three gifts", len(side.gifts()), 2)
    known = (run["state"], counts(run, "crm"))
    teller.check("the log says that the run goes on, and counts none yet", known, ("running", {}))
    left = held_until(play.stack, side) - time.time()
    victim.free_at = time.monotonic() + left
    teller.say(f"What it was doing is written down; for {left:.0f} s nobody may touch it. Meanwhile ...")
    return victim


def recovered(play: Play, victim: Victim) -> None:
    """Another worker goes on: by what is written down, and by asking the CRM."""
    teller, side, office = play.teller, victim.charity, victim.office
    teller.wait_until(victim.free_at, "Until the dead worker's call to the CRM can't arrive any more")
    account = f"bloomerang:{side.crm.id}"
    teller.say(f"A doorbell by hand, as in events/transaction_push_doorbell.json, for {account}")
    side.forget_calls()
    run = _ring(play, office, account)
    teller.check("the run is done; it created three", (run["state"], counts(run, "crm")), ("done", {"created": 3}))
    paid = sorted(one["Amount"] for one in side.gifts())
    teller.check(f"the CRM has each gift once: {paid}", paid, [float(price) for price in PRICES])
    asked, written = side.crm.count("GET", "/v2/transactions"), side.crm.count("POST", "/v2/transaction")
    teller.check("the CRM was asked about the second, and only the third was written", (asked > 0, written), (True, 1))


def _ring(play: Play, office: Office, account: str) -> Any:
    (run,) = office.latest()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while run["state"] != "done" and time.monotonic() < deadline:
        play.stack.invoke("TransactionPushFunction", {"v": 1, "account": account})
        run = office.here("GET", f"/runs/{run['id']}")
        time.sleep(0.5)
    return run


def _auction(side: Charity) -> str:
    guests = side.platform.seed_people(len(PRICES), GUESTS)
    priced = zip(guests, PRICES, strict=True)
    receipts = [{"contactId": who, "items": [{"name": "Etching", "price": price}]} for who, price in priced]
    held = side.platform.hold_auction(name="Harbor Night", receipts=receipts)
    event: str = held["event"]["id"]
    side.platform.set_event_status(event, "reconciled")
    return event


def _busy_with_second(play: Play, side: Charity) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(side.gifts()) < 2:
        if time.monotonic() > deadline:
            raise Wrong("the second gift never reached the CRM")
        time.sleep(0.05)
    return next(one for one in play.stack.workers("TransactionPushFunction") if one["busy"])
