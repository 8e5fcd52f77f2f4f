"""Chapters about contacts: connecting, preview, first sync, questions, edits on both sides."""

from typing import Any

from local.story.cast import IN_CRM, ON_PLATFORM, everybody, people
from local.story.office import adds_up, counts, spelled
from local.story.peek import linked
from local.story.play import Play

WRONG_KEY = "not-the-key-at-all"


def connect(play: Play) -> None:
    """A wrong key, then the right one."""
    teller, office, body = play.teller, play.office, play.charity.credentials()
    refused = office.ask("POST", "/connections", {**body, "credentials": {"api_key": WRONG_KEY}}, 422)
    teller.say(f"A wrong key: {refused['status']} {refused['errors'][0]['detail']}")
    teller.check("nothing was stored for the wrong key", office.ask("GET", "/connections")["items"], [])
    made = office.ask("POST", "/connections", body, 201)
    view, webhook = made["connection"], made["webhook"]
    office.connection = view["id"]
    play.charity.listen(webhook)
    play.unreadable.connected(play.charity.crm.api_key, play.charity.platform.token, webhook["secret"])
    play.unreadable.met(everybody())
    demo = ", a demo database" if view["demo"] else ""
    teller.say(f"The right key: connected with {view['name']!r}{demo}, by {view['connected_by']}")
    teller.check("its owner is asked whether to sync the existing contacts", made["ask_first_sync"])


def first_sync(play: Play) -> None:
    """A preview, then the real thing with progress."""
    teller, office, charity = play.teller, play.office, play.charity
    play.guests = people(charity)
    teller.say(f"CRM: {IN_CRM} people, and a couple that shares one e-mail address.")
    teller.say(
        f"Platform: {ON_PLATFORM} people, half of them the CRM's, one of the couple, and one that is only a name."
    )
    charity.forget_calls()
    told = office.run("/preview", teller)
    teller.say(f"Preview, in the CRM: {spelled(told, 'crm')}")
    teller.say(f"Preview, on the platform: {spelled(told, 'platform')}")
    teller.check("the preview wrote nothing on either side", charity.writes(), 0)
    run = office.run("/first-sync", teller, {"answer": "yes"})
    for side in ("crm", "platform"):
        teller.check(f"the {side} has it just as the preview said", counts(run, side), counts(told, side))
    teller.check("the counts add up", adds_up(run))
    phone = charity.constituent(_linked(play, play.guests[0]))["PrimaryPhone"]["Number"]
    teller.check(f"the platform's newer phone number is in the CRM: {phone}", phone[-8:], "555-0177")


def questions(play: Play) -> None:
    """What failed and what is parked, and how a person puts it right."""
    teller, office, charity = play.teller, play.office, play.charity
    first = next(run for run in office.latest() if run["mode"] == "first")
    for line in office.lines(first, "failed"):
        teller.say(f"failed: {line['label']} ({line['side']} {line['id']}): {line['reason']}")
    asked = office.here("GET", "/reviews")["items"]
    teller.check("three questions are open", len(asked), 3)
    shared = next(one for one in asked if one["side"] == "platform")
    chosen, other = shared["candidates"]
    teller.say(f"Answers: platform {shared['id']} is CRM {chosen}; CRM {other} is somebody else, create them")
    _answer(play, "platform", shared["id"], f"match:{chosen}")
    _answer(play, "crm", other, "create")
    name_only = next(one for one in office.lines(first, "failed") if one["code"] == "no_contact_point")
    charity.platform.edit_contact(name_only["id"], email="ada.lane@example.org")
    teller.say("The name without a contact point gets an e-mail address; then what failed is tried again")
    for run in office.here("POST", f"/runs/{first['id']}/retry", status=202)["items"]:
        teller.say(f"tried again: {spelled(office.see_through(run['id']), 'crm')} in the CRM")
    teller.check("no question is open any more", office.here("GET", "/reviews")["total"], 0)
    people_there = len(charity.crm.state()["constituents"])
    contacts_there = len(charity.platform.state("contacts")["contacts"])
    teller.check(f"everybody is on both sides: {people_there} and {contacts_there}", people_there, contacts_there)


def edits(play: Play) -> None:
    """Both sides edit; then a run with nothing to do."""
    teller, office, charity = play.teller, play.office, play.charity
    one, two, three, four = play.guests[1:5]
    charity.platform.edit_contact(one, phone="+12125550101")
    charity.crm.staff_edit(int(_linked(play, two)), FirstName="Augusta")
    charity.platform.edit_contact(three, phone="+12125550103")
    charity.crm.staff_edit(int(_linked(play, three)), FirstName="Bertrand")
    charity.platform.edit_contact(four, firstName="Cornelia", emailOptOut=True)
    charity.crm.staff_edit(int(_linked(play, four)), FirstName="Clementine")
    teller.say("Edited: one on the platform, one in the CRM, one on both (different fields), one on both (first name)")
    charity.forget_calls()
    run = office.run("/sync", teller)
    teller.check("the counts add up", adds_up(run))
    teller.check("an edit on the platform is in the CRM", _phone(play, one), "555-0101")
    teller.check("an edit in the CRM is on the platform", charity.contact(two)["firstName"], "Augusta")
    both = (_phone(play, three), charity.contact(three)["firstName"])
    teller.check("edits of different fields were merged", both, ("555-0103", "Bertrand"))
    _conflict(play, run, four)
    charity.forget_calls()
    quiet = office.run("/sync", teller)
    teller.check("a second run writes nothing", (charity.writes(), counts(quiet, "crm").get("updated", 0)), (0, 0))
    teller.say("All its calls:")
    for call, number in sorted(charity.calls().items()):
        teller.say(f"{number} x {call}")


def _conflict(play: Play, run: Any, contact: str) -> None:
    teller, charity = play.teller, play.charity
    conflicts = [(one, lost) for one in play.office.lines(run) for lost in one["conflicts"]]
    teller.check("one field was in conflict", len(conflicts), 1)
    line, lost = conflicts[0]
    teller.say(f"{line['label']}: {lost['field']} was changed on both sides. {lost['winner']} wins: {lost['why']}.")
    teller.say(f"The log keeps what lost, sealed, for a while: {lost['lost']!r}")
    names = (charity.contact(contact)["firstName"], charity.constituent(_linked(play, contact))["FirstName"])
    teller.check("both sides agree", names, ("Clementine", "Clementine"))
    interest = charity.constituent(_linked(play, contact))["EmailInterestType"]
    teller.check("consent only gets stricter: opted out on one side is opted out on both", interest, "OptedOut")


def _answer(play: Play, side: str, record: str, decision: str) -> None:
    answered = play.office.here("POST", f"/reviews/contact/{side}/{record}", {"decision": decision})
    run = play.office.see_through(answered["run"]["id"])
    play.teller.check(f"answered {decision}", counts(run, "platform" if side == "crm" else "crm").get("failed", 0), 0)


def _linked(play: Play, contact: str) -> str:
    return linked(play.stack, play.office.connection, contact)


def _phone(play: Play, contact: str) -> str:
    return str(play.charity.constituent(_linked(play, contact))["PrimaryPhone"]["Number"])[-8:]
