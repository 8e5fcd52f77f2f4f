"""Chapters about gifts: an auction that is reconciled, told by webhook, and a refund."""

from typing import Any

from local.story.cast import gala
from local.story.office import adds_up, counts, spelled
from local.story.peek import announce
from local.story.play import Play

BIDDERS = 5


def reconciled(play: Play) -> None:
    """An auction is closed, then reconciled: the platform says so by a webhook."""
    teller, office, side = play.teller, play.office, play.charity
    held = gala(side.platform, play.guests[:BIDDERS])
    event, payments = held["event"]["id"], len(held["transactions"])
    teller.say(f"{held['event']['name']}: {payments} transactions. None goes over before it is reconciled.")
    forged = side.platform.hand_made_event("event.reconciled", event, "forged")
    teller.check("a webhook with a forged signature is refused", forged["answer"], 401)
    before = office.latest()[0]["id"]
    side.platform.set_event_status(event, "reconciled")
    run = office.next_run(before, "gifts")
    teller.say(f"A run, started by a {run['started_by']}: {spelled(run, 'crm')}")
    for line in office.lines(run):
        teller.say(_told(line))
    wanted = {"created": 4, "skipped": 1, "failed": 1}
    teller.check("four went over, a failed payment and one without a donor did not", counts(run, "crm"), wanted)
    teller.check("the counts add up", adds_up(run))
    for gift in side.gifts():
        teller.say(f"in the CRM: {_shown(gift)}")
    _once_more(play, event)


def _once_more(play: Play, event: str) -> None:
    """The webhook comes again, and then the event by the bus."""
    side = play.charity
    sent = next(one for one in side.platform.deliveries() if one["type"] == "event.reconciled")
    side.platform.replay(sent["id"])
    before = play.office.latest()[0]["id"]
    announce(play.stack, side.platform.id, event)
    run = play.office.next_run(before, "gifts")
    play.teller.say(f"The same webhook again, then the same event by EventBridge: {spelled(run, 'crm')}")
    play.teller.check("there are still four gifts", len(side.gifts()), 4)


def refund(play: Play) -> None:
    """A gift is given back on the platform."""
    teller, office, side = play.teller, play.office, play.charity
    gift = next(one for one in side.platform.state("transactions")["transactions"] if one["method"] == "cash")
    before = office.latest()[0]["id"]
    side.platform.refund(gift["id"], reason="The host fell ill")
    run = office.next_run(before, "gifts")
    teller.say(f"A run, started by a {run['started_by']}: {spelled(run, 'crm')}")
    refunded = [one["Amount"] for one in side.gifts() if one["IsRefunded"] == "Yes"]
    teller.check("the CRM's gift is marked refunded", refunded, [gift["amount"] / 100])
    charged = side.crm.state()["refunds"]
    teller.check("no money was moved by that", [one.get("ShouldRefundPayment", False) for one in charged], [False])


def _told(line: dict[str, Any]) -> str:
    why = f": {line['reason']}" if line["reason"] else ""
    return f"{line['outcome']}: {line['label'] or line['id']}{why}"


def _shown(gift: dict[str, Any]) -> str:
    parts = [f"{part['Amount']:.2f} to {part['Fund']['Name']}" for part in gift["Designations"]]
    first = gift["Designations"][0]
    thanked = "acknowledged" if first["AcknowledgementStatus"] == "Yes" else "not acknowledged"
    return f"{gift['Amount']:.2f} by {gift['Method']}: {', '.join(parts)}; {thanked}; {first['Note']}"
