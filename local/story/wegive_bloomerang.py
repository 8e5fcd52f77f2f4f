"""A chapter about WeGive with Bloomerang: gifts go by themselves, each with its donor."""

from dataclasses import dataclass
from typing import Any

from local.sandbox.bloomerang.sandbox import BloomerangControl, BloomerangDatabase
from local.sandbox.people import people
from local.sandbox.wegive.sandbox import WeGiveControl, WeGiveOrganisation
from local.story.cast import COMPLETE
from local.story.office import counts
from local.story.scene import Scene

NAME = "Open Kitchen"
PEOPLE = "kitchen"
DONORS = 2
LONG_AGO = "2026-01-05T12:00:00Z"
SPLIT_CENTS, BANK_CENTS = 10_001, 5_000


@dataclass
class Kitchen:
    """Both sides, and WeGive's ids of the donors."""

    crm: BloomerangDatabase
    platform: WeGiveOrganisation
    donors: list[int]

    def gifts(self) -> list[dict[str, Any]]:
        """Transactions in Bloomerang, the smallest first."""
        found: list[dict[str, Any]] = self.crm.state()["transactions"]
        return sorted(found, key=lambda one: float(one["Amount"]))


def play(scene: Scene) -> None:
    """Connect, a split gift, one that waits for the bank, and a refund."""
    side = _kitchen(scene)
    _connect(scene, side)
    _gifts(scene, side)
    _refund(scene, side)


def _kitchen(scene: Scene) -> Kitchen:
    urls = scene.stack.sandboxes
    platform = WeGiveControl(urls["wegive"]).organisation(NAME.lower().replace(" ", "-"), title=NAME)
    donors = platform.seed(people=DONORS, seed=PEOPLE, **COMPLETE)["people"]
    platform.give(donors[0], amount=9_900, created_at=LONG_AGO)
    scene.unreadable.met(people(PEOPLE, DONORS))
    return Kitchen(BloomerangControl(urls["bloomerang"]).database(NAME), platform, donors)


def _connect(scene: Scene, side: Kitchen) -> None:
    codes = {fund["name"]: fund["code"] for fund in side.platform.state()["funds"]}
    made = scene.connect(
        ("wegive", "bloomerang"),
        str(side.platform.summary["id"]),
        side.platform.api_key,
        side.crm.api_key,
        default_purpose={"fund": str(side.crm.fund())},
        funds={codes["Building"]: str(side.crm.fund("Scholarships"))},
    )
    scene.tick()
    scene.rest()
    scene.teller.say(f"Connected with {made['connection']['name']!r} by WeGive's key; the clock looks for new gifts.")
    scene.teller.check("a gift from before connecting is not sent: the CRM may have it", side.gifts(), [])


def _gifts(scene: Scene, side: Kitchen) -> None:
    teller, platform = scene.teller, side.platform
    split = [platform.fund_id(), platform.fund_id("Building")]
    platform.give(side.donors[0], amount=SPLIT_CENTS, split=split)
    bank = platform.give(side.donors[1], amount=BANK_CENTS, source_type="bank")
    teller.say(
        f"Two donors give: {SPLIT_CENTS / 100:.2f} by card for two funds, {BANK_CENTS / 100:.2f} from a bank account."
    )
    run = scene.sync()
    teller.check("the first goes, the bank's waits while it is processing", counts(run, "crm")["created"], 1)
    (gift,) = side.gifts()
    parts = {part["Fund"]["Name"]: round(part["Amount"] * 100) for part in gift["Designations"]}
    spelled = ", ".join(f"{cents / 100:.2f} to {fund}" for fund, cents in parts.items())
    teller.check(f"its parts are exact to the cent: {spelled}", (len(parts), sum(parts.values())), (2, SPLIT_CENTS))
    teller.check("its donor was created first", len(side.crm.state()["constituents"]), 1)
    platform.settle(bank)
    scene.sync()
    paid = [one["Amount"] for one in side.gifts()]
    teller.check(f"the bank has paid, and the gift follows: {paid}", paid, [BANK_CENTS / 100, SPLIT_CENTS / 100])


def _refund(scene: Scene, side: Kitchen) -> None:
    gift = next(one for one in side.platform.state()["transactions"] if one["amount"] == SPLIT_CENTS)
    side.platform.refund(gift["id"])
    run = scene.sync()
    scene.teller.say("The first one is given back.")
    told = counts(run, "crm")
    scene.teller.check("one gift is updated, none is new", (told.get("updated"), told.get("created")), (1, None))
    refunded = [one["Amount"] for one in side.gifts() if one["IsRefunded"] == "Yes"]
    scene.teller.check("Bloomerang's gift is marked refunded", refunded, [SPLIT_CENTS / 100])
