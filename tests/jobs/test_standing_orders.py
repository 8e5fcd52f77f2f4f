"""Standing orders of a platform that tells them by their payments alone: one schedule in the CRM, which goes on."""

from typing import Any

import pytest

from giftbridge.domain.contact import Side
from giftbridge.jobs.gifts import watch
from tests.jobs.driving import connected, link
from tests.world import Pair, World


@pytest.fixture
def pair(world: World) -> Pair:
    """RaiseDonors with Bloomerang; its donations were looked at once."""
    made = world.connect(first_sync="declined", system="raisedonors")
    look(world, made)
    return made


def look(world: World, pair: Pair) -> None:
    """A look at the platform's donations, and all it starts."""
    watch.look(world.app, connected(world, pair), "tester")
    world.pump()


def pay(world: World, pair: Pair, donor: str, day: str, frequency: str = "Monthly") -> dict[str, Any]:
    """A payment of the standing order, given on `day` and looked at; its designation as the CRM was asked for it."""
    paid = {"contact_id": donor, "amount": 2_500, "occurred_at": f"{day}T15:00:00Z", "recurring_id": "rec_7"}
    pair.crm.reset_journal()
    pair.platform.give({**paid, "frequency": frequency})
    look(world, pair)
    bodies = [call["body"] for call in pair.crm.journal("POST", "/v2/transaction")]
    parts = [part for body in bodies for part in body["Designations"]]
    (part,) = [one for one in parts if one["Type"] == "RecurringDonationPayment"]
    return dict(part)


def orders(pair: Pair) -> list[dict[str, Any]]:
    """The CRM's schedules: their designations, oldest first."""
    gifts = sorted(pair.crm.state()["transactions"], key=lambda gift: int(gift["Id"]))
    return [part for gift in gifts for part in gift["Designations"] if part["Type"] == "RecurringDonation"]


def test_F36_payments_of_a_standing_order_are_of_one_schedule_that_goes_on(world: World, pair: Pair) -> None:
    (donor,) = pair.platform.seed_people(1)
    payments = [pay(world, pair, donor, day) for day in ("2026-02-05", "2026-03-05", "2026-04-06")]
    late = pay(world, pair, donor, "2026-01-05")
    (order,) = orders(pair)
    assert order["RecurringDonationStartDate"] == "2026-02-05"
    assert "RecurringDonationEndDate" not in order
    assert {one["RecurringDonationId"] for one in [*payments, late]} == {order["Id"]}
    assert [one["IsExtraPayment"] for one in payments] == [False] * 3
    assert late["IsExtraPayment"], "from before the start that the CRM was told: no installment is owed for it"


def test_F36_another_frequency_of_a_standing_order_is_another_schedule(world: World, pair: Pair) -> None:
    (donor,) = pair.platform.seed_people(1)
    pay(world, pair, donor, "2026-02-05")
    pay(world, pair, donor, "2026-03-05", "Quarterly")
    old, new = orders(pair)
    assert "RecurringDonationEndDate" in old
    assert "RecurringDonationEndDate" not in new
    assert new["RecurringDonationStartDate"] == "2026-03-05"
    assert link(world, pair, Side.PLATFORM, "rec_7", "schedule").crm_id == str(new["Id"])
