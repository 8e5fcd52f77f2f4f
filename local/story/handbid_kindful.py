"""A chapter about Handbid with Kindful, which takes everything in later, by jobs of its own."""

from dataclasses import dataclass
from typing import Any

from local.sandbox.handbid import HandbidControl, OrganisationControl
from local.sandbox.kindful.sandbox import KindfulAccount, KindfulControl
from local.sandbox.people import people, person
from local.story.cast import COMPLETE
from local.story.scene import Scene, until

NAME = "Riverside Shelter"
PEOPLE = "riverside"
IN_CRM = 4  # people 0 to 3
FIRST_ON_PLATFORM, ON_PLATFORM = 2, 4  # people 2 to 5: two are in both
EVERYBODY = FIRST_ON_PLATFORM + ON_PLATFORM
PRICES = (80, 125, 240)


@dataclass
class Shelter:
    """Both sides. Kindful's jobs run when they are told to."""

    crm: KindfulAccount
    platform: OrganisationControl
    guests: list[str]

    def contacts(self) -> dict[int, dict[str, Any]]:
        """Kindful's contacts that stand, by Kindful's id."""
        return {row["id"]: row["data"] for row in self.crm.state()["contact"] if not row["deleted"]}

    def named(self, index: int) -> int:
        """Kindful's id of one of the people."""
        (found,) = [key for key, row in self.contacts().items() if row["email"] == person(PEOPLE, index).email]
        return found

    def gifts(self) -> list[float]:
        """Dollars of each gift in Kindful."""
        return sorted(row["data"]["amount_in_cents"] / 100 for row in self.crm.state()["transaction"])


def play(scene: Scene) -> None:
    """Connect, contacts both ways, and an auction of which one gift is ignored."""
    side = _shelter(scene)
    _connect(scene, side)
    _first_sync(scene, side)
    _edits(scene, side)
    _auction(scene, side)


def _shelter(scene: Scene) -> Shelter:
    urls = scene.stack.sandboxes
    crm = KindfulControl(urls["kindful"]).account(NAME, queue="manual", deleted_contact="ignored")
    crm.seed(people=IN_CRM, seed=PEOPLE, **COMPLETE)
    platform = HandbidControl(urls["handbid"]).organisation(name=NAME, unique_emails=True)
    scene.unreadable.met(people(PEOPLE, EVERYBODY))
    return Shelter(crm, platform, platform.seed_people(ON_PLATFORM, PEOPLE, start=FIRST_ON_PLATFORM))


def _connect(scene: Scene, side: Shelter) -> None:
    kept = side.crm.state()
    purpose = {one: str(kept[one][0]["id"]) for one in ("fund", "campaign")}
    pair, platform = ("handbid", "kindful"), side.platform
    made = scene.connect(pair, platform.id, platform.token, side.crm.token, default_purpose=purpose)
    hook = made["webhook"]
    platform.set(webhook={"url": hook["url"], "secrets": [hook["secret"]]})
    scene.teller.say(f"Connected by the customer's token with {made['connection']['name']!r}. Kindful writes nothing")
    scene.teller.say("at once: it takes rows as jobs, works on them later, and must be asked what became of them.")


def _first_sync(scene: Scene, side: Shelter) -> None:
    teller = scene.teller
    run = scene.office.run("/first-sync", body={"answer": "yes"})
    taken = {
        line["stage"] for line in scene.office.lines(run) if line["outcome"] == "created" and line["side"] == "platform"
    }
    teller.check(
        f"of a first sync Kindful has taken jobs and made nobody: {IN_CRM} contacts", len(side.contacts()), IN_CRM
    )
    teller.check("the log calls them submitted", taken, {"submitted"})
    _answered(scene, side, run)
    teller.say("Kindful works on its jobs; then `ops work wake --kind confirm` asks now what would be asked later.")
    there = (len(side.contacts()), len(side.platform.state("contacts")["contacts"]))
    teller.check(f"everybody is on both sides: {EVERYBODY}", there, (EVERYBODY, EVERYBODY))


def _edits(scene: Scene, side: Shelter) -> None:
    teller, (one, two) = scene.teller, side.guests[:2]
    side.platform.edit_contact(one, phone="+12125550142")
    side.crm.staff_edit(side.named(FIRST_ON_PLATFORM + 1), first_name="Augusta")
    _answered(scene, side, scene.sync())
    phone = side.contacts()[side.named(FIRST_ON_PLATFORM)]["primary_phone"]
    teller.check("an edit on the platform is in Kindful", "".join(filter(str.isdigit, phone))[-7:], "5550142")
    names = {row["id"]: row["firstName"] for row in side.platform.state("contacts")["contacts"]}
    teller.check("an edit in Kindful is on the platform", names[two], "Augusta")


def _auction(scene: Scene, side: Shelter) -> None:
    """The third bidder's contact is deleted in Kindful, which then ignores all rows about them, and says "complete"."""
    teller, office = scene.teller, scene.office
    receipts = [
        {"contactId": guest, "items": [{"name": "Quilt", "price": price}], "payments": [{}]}
        for guest, price in zip(side.guests, PRICES, strict=False)
    ]
    held = side.platform.hold_auction(name="Quilt Night", receipts=receipts)
    side.crm.staff("delete_contact", side.named(FIRST_ON_PLATFORM + len(PRICES) - 1))
    before = office.latest()[0]["id"]
    side.platform.set_event_status(held["event"]["id"], "reconciled")
    run = office.next_run(before, "gifts")
    teller.say(f"An auction is reconciled: {len(PRICES)} gifts. In Kindful somebody has deleted one of the donors.")
    teller.check("all are handed over and none is there", (scene.stages(run), side.gifts()), (_handed(len(PRICES)), []))
    _answered(scene, side, run)
    teller.check(f"two are confirmed: {side.gifts()}", side.gifts(), [float(price) for price in PRICES[:2]])
    wanted = [("created", "confirmed"), ("created", "confirmed"), ("failed", "refused")]
    teller.check(
        "Kindful calls the whole job complete; the row that it ignored is found and told", scene.stages(run), wanted
    )
    (ignored,) = office.lines(run, "failed")
    teller.say(f"failed: {ignored['label']}: {ignored['reason']}")


def _answered(scene: Scene, side: Shelter, run: Any) -> None:
    """Kindful works on what it was handed, and is asked what became of it."""
    until(lambda: not side.crm.run_jobs(), "the end of Kindful's jobs")
    scene.answered(run)


def _handed(number: int) -> list[tuple[str, str]]:
    return [("created", "submitted")] * number
