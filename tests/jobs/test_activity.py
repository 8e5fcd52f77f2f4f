"""The platform shows on a contact what was changed from the CRM: once a change, whatever is interrupted."""

import pytest

from tests.jobs.driving import ann, contacts, ended, let_pass, linked, sync, written
from tests.world import Pair, World


@pytest.fixture
def pair(world: World) -> Pair:
    """Ann is linked."""
    made = world.connect({"activity": True}, "declined", system="raisedonors")
    ann(made, phone="+13035550101")
    sync(world, made)
    return made


def shown(pair: Pair) -> list[str]:
    """What the platform shows."""
    return [row["text"] for row in pair.platform.state("activity")["activity"]]


def test_every_change_is_shown_with_its_fields(world: World, pair: Pair) -> None:
    ((contact, constituent),) = linked(world, pair).items()
    pair.crm.staff_edit(int(constituent), FirstName="Anna", LastName="Lane")
    ended(world, pair, sync(world, pair))
    pair.crm.staff_edit(int(constituent), FirstName="Anne")
    ended(world, pair, sync(world, pair))
    assert shown(pair) == [
        "Changed from Bloomerang: first name, last name",
        "Changed from Bloomerang: first name",
    ]
    pair.platform.edit_contact(contact, lastName="Lee")
    ended(world, pair, sync(world, pair))
    assert len(shown(pair)) == 2, "what came from the platform is no news there"


@pytest.mark.parametrize("mode", ["reset_before", "reset_after"])
def test_one_whose_answer_is_lost_is_shown_once_and_the_change_is_not_made_twice(
    world: World, pair: Pair, mode: str
) -> None:
    ((contact, constituent),) = linked(world, pair).items()
    pair.crm.staff_edit(int(constituent), FirstName="Anna")
    path = f"/organisations/{pair.platform.id}/contacts/{contact}/activity"
    pair.platform.fault(mode, method="POST", path=path, count=1)
    pair.platform.reset_journal()
    run = sync(world, pair)
    let_pass(world, pair, times=3)
    ended(world, pair, run)
    assert shown(pair) == ["Changed from Bloomerang: first name"]
    assert [number for call, number in written(pair.platform).items() if call.startswith("PATCH")] == [1]


def test_a_platform_that_refuses_it_has_the_change_all_the_same(world: World, pair: Pair) -> None:
    ((contact, constituent),) = linked(world, pair).items()
    pair.crm.staff_edit(int(constituent), FirstName="Anna")
    path = f"/organisations/{pair.platform.id}/contacts/{contact}/activity"
    pair.platform.fault("status", method="POST", path=path, status=422, count=1)
    ended(world, pair, sync(world, pair))
    assert (contacts(pair)[contact]["firstName"], shown(pair)) == ("Anna", [])
