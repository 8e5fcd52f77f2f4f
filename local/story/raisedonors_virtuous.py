"""A chapter about RaiseDonors with Virtuous, where a person runs the imports by which gifts arrive."""

from dataclasses import dataclass
from typing import Any

from local.sandbox.handbid import HandbidControl, OrganisationControl
from local.sandbox.people import people
from local.sandbox.virtuous.sandbox import VirtuousControl, VirtuousOrganisation
from local.story.cast import COMPLETE
from local.story.office import counts
from local.story.scene import Scene

NAME = "Clean Wells"
PEOPLE, STAFF = "wells", "wells-staff"
DONORS = 2
CENTS = 4_200


@dataclass
class Wells:
    """Both sides."""

    crm: VirtuousOrganisation
    platform: OrganisationControl

    def addresses(self) -> set[str]:
        """E-mail addresses of the people in Virtuous."""
        contacts = self.crm.state()["contacts"]
        methods = (
            one for row in contacts for each in row["contactIndividuals"] for one in each["contactMethods"] or ()
        )
        return {one["value"] for one in methods if "Email" in one["type"]}

    def gifts(self) -> list[float]:
        """Dollars of each gift in Virtuous."""
        return [row["amount"] for row in self.crm.state()["gifts"]]


def play(scene: Scene) -> None:
    """Connect, donors, a donation that waits for a person, and its refund."""
    side = _wells(scene)
    _connect(scene, side)
    donation = _donation(scene, side, _donors(scene, side))
    _refund(scene, side, donation)


def _wells(scene: Scene) -> Wells:
    urls = scene.stack.sandboxes
    crm = VirtuousControl(urls["virtuous"]).organisation(NAME.lower().replace(" ", "-"), title=NAME)
    crm.seed(people=1, seed=STAFF, **COMPLETE)
    scene.unreadable.met([*people(PEOPLE, DONORS), *people(STAFF, 1)])
    return Wells(crm, HandbidControl(urls["handbid"]).organisation(name=NAME, unique_emails=True))


def _connect(scene: Scene, side: Wells) -> None:
    pair, platform = ("raisedonors", "virtuous"), side.platform
    purpose = {"fund": str(side.crm.project())}
    made = scene.connect(pair, platform.id, platform.token, side.crm.api_key, default_purpose=purpose)
    if made["ask_first_sync"]:
        scene.office.run("/first-sync", body={"answer": "yes"})
    scene.tick()
    scene.rest()
    scene.teller.say(f"Connected by key with {made['connection']['name']!r}.")


def _donors(scene: Scene, side: Wells) -> list[str]:
    """New donors, in Virtuous before they give, be it at once or by an import."""
    donors: list[str] = side.platform.seed_people(DONORS, PEOPLE)
    scene.sync()
    _taken_in(scene, side)
    if side.crm.imports():
        scene.teller.say("New donors go through Virtuous's import too: midnight bundles them, and a person runs it.")
    there = {one.email for one in people(PEOPLE, DONORS)} <= side.addresses()
    scene.teller.check(f"{DONORS} new donors of RaiseDonors are contacts in Virtuous", there)
    return donors


def _donation(scene: Scene, side: Wells, donors: list[str]) -> dict[str, Any]:
    teller = scene.teller
    (donation,) = side.platform.give({"contact_id": donors[0], "amount": CENTS})
    run = scene.sync("gifts")
    teller.say(f"One gives {CENTS / 100:.2f} online. Gifts go to Virtuous by its import, which nothing makes faster.")
    teller.check("the log calls the gift submitted", scene.stages(run), [("created", "submitted")])
    side.crm.midnight()
    waits = [one["id"] for one in side.crm.imports() if one["state"] == "review"]
    teller.check("midnight bundles it into an import; no gift is there yet", (len(waits), side.gifts()), (1, []))
    _taken_in(scene, side)
    teller.say("Somebody at the charity reviews the import and presses run; `ops work wake --kind confirm` asks now")
    teller.say("what is asked once an hour.")
    teller.check(
        "the gift is there once, and the log says confirmed",
        (side.gifts(), scene.stages(run)),
        ([CENTS / 100], [("created", "confirmed")]),
    )
    return donation


def _refund(scene: Scene, side: Wells, donation: dict[str, Any]) -> None:
    side.platform.refund_donation(donation["id"], reason="Typed twice")
    run = scene.sync("gifts")
    _taken_in(scene, side)
    scene.teller.say("It is given back.")
    told = counts(run, "crm")
    scene.teller.check("one gift is updated, none is new", (told.get("updated"), told.get("created")), (1, None))
    scene.teller.check(
        "Virtuous reverses it, so that nothing is left", (len(side.gifts()), sum(side.gifts())), (2, 0.0)
    )


def _taken_in(scene: Scene, side: Wells) -> None:
    """Midnight; a person runs every import; then Virtuous is asked what became of all that it was handed."""
    side.crm.run_everything()
    scene.answered(*scene.office.latest())
