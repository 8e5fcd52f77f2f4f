"""A chapter about Gratavid with Bloomerang: what is given there is thanked for here."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from local.sandbox.bloomerang.sandbox import BloomerangControl, BloomerangDatabase
from local.sandbox.gratavid.sandbox import GratavidAccount, GratavidControl
from local.sandbox.people import Person, people
from local.story.office import counts
from local.story.scene import Scene, until

NAME = "little-theatre"
PEOPLE = "theatre"
SWITCHES = {"new_donation": True, "milestones": {"third-gift": {"measure": "gifts", "thresholds": [3]}}}


@dataclass
class Theatre:
    """Both sides, with the hands of the CRM's staff."""

    crm: BloomerangDatabase
    platform: GratavidAccount

    def add(self, who: Person, **fields: str) -> int:
        """Staff enters a donor."""
        mail = {"Type": "Home", "Value": who.email, "IsPrimary": True}
        body = {"Type": "Individual", "FirstName": who.first, "LastName": who.last, "PrimaryEmail": mail, **fields}
        return int(self.crm.staff_call("POST", "/constituent", body)["Id"])

    def give(self, who: int, amount: float) -> None:
        """Staff enters a donation of today."""
        part = {"Type": "Donation", "Amount": amount, "FundId": self.crm.fund()}
        day = datetime.now(UTC).date().isoformat()
        body = {"AccountId": who, "Date": day, "Amount": amount, "Method": "Cash", "Designations": [part]}
        self.crm.staff_call("POST", "/transaction", body)

    def tasks(self) -> list[str]:
        """What staff is asked to record a video for."""
        return [task["comments"] for task in self.platform.tasks()]


def play(scene: Scene) -> None:
    """Connect, switch on, a donation, a milestone."""
    urls = scene.stack.sandboxes
    side = Theatre(
        BloomerangControl(urls["bloomerang"]).database(NAME), GratavidControl(urls["gratavid"]).account(NAME)
    )
    faithful, new, silent = people(PEOPLE, 3)
    scene.unreadable.met((faithful, new, silent))
    old_friend = side.add(faithful)
    side.give(old_friend, 30)
    side.give(old_friend, 40)
    _connect(scene, side)
    _donation(scene, side, new, silent)
    _milestone(scene, side, old_friend)


def _connect(scene: Scene, side: Theatre) -> None:
    key, token = side.crm.api_key, side.platform.api_key
    made = scene.connect(("gratavid", "bloomerang"), NAME, token, key, currency="USD")
    scene.tick()
    until(lambda: _looked(scene), "the first look at Bloomerang")
    scene.teller.say(
        f"Connected by key with {made['connection']['name']!r}. Gratavid has no contacts or gifts to sync;"
    )
    scene.teller.say("it sends video messages, and every switch is off until somebody turns it on.")
    _next_second()
    scene.office.here("PATCH", body={"thanks": SWITCHES})
    _next_second()
    scene.teller.say("On: new donations become tasks for staff, and so does a donor's third gift.")


def _donation(scene: Scene, side: Theatre, new: Person, silent: Person) -> None:
    teller = scene.teller
    side.give(side.add(new), 75)
    side.give(side.add(silent, EmailInterestType="OptedOut"), 20)
    run = scene.sync()
    (task,) = side.tasks()
    teller.check(f"a new donation is a task: {task!r}", f"{new.first} {new.last}: 75.00 USD" in task)
    (skipped,) = scene.office.lines(run, "skipped")
    teller.check(f"a donor who opted out is not thanked: {skipped['reason']}", skipped["code"], "opted_out")
    teller.check("nobody is thanked for what was given before", counts(run, "platform"), {"created": 1, "skipped": 1})


def _milestone(scene: Scene, side: Theatre, old_friend: int) -> None:
    before = side.tasks()
    side.give(old_friend, 50)
    scene.sync()
    (milestone,) = [one for one in side.tasks() if one not in before and "Milestone" in one]
    scene.teller.check(f"a third gift is a milestone: {milestone!r}", "3 gifts" in milestone)
    thanks = len(side.tasks())
    run = scene.sync()
    scene.teller.check("looking again thanks nobody twice", (counts(run, "platform"), len(side.tasks())), ({}, thanks))


def _looked(scene: Scene) -> bool:
    """Whether what looks for donations was done, and is due again with its schedule."""
    waiting = scene.office.here("GET", "/waiting")["items"]
    due = [datetime.fromisoformat(one["next_due"]) for one in waiting if one["kind"] == "thanks" and one["next_due"]]
    return any(moment > datetime.now(UTC) for moment in due)


def _next_second() -> None:
    """What is entered in the second of a switch may be older than it: Bloomerang's stamps tell no more."""
    time.sleep(1.0 - time.time() % 1.0)
