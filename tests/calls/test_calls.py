"""What a run costs in calls to the vendors, and that it does not grow with what is at rest."""

from collections.abc import Callable
from math import ceil

from giftbridge.connectors.registry import manifest
from giftbridge.domain.contact import Side
from tests.calls.conftest import Cost, Matched

Noted = Callable[[str, Cost], Cost]

CRM, PLATFORM = manifest("bloomerang").limits, manifest("handbid").limits
QUIET = 4
"""One list of the platform; constituents, e-mails and addresses of the CRM."""
START = 1
"""One row of the CRM tells, by its own stamp, where the first delta will begin."""
SLACK = 1.05


def pages(count: int, size: int) -> int:
    """Pages of a list."""
    return ceil(count / size)


def test_a_first_match_costs_the_list_pages(matched: Matched, noted: Noted) -> None:
    found = noted("first match", matched.first)
    ideal = START + pages(matched.size, CRM.page_size) + pages(matched.size, PLATFORM.page_size)
    assert found.run.count(Side.CRM, "linked") == matched.size
    assert found.writes == 0
    assert found.reads <= ceil(SLACK * ideal)


def test_a_quiet_run_writes_nothing_and_costs_the_same_at_any_size(matched: Matched, noted: Noted) -> None:
    matched.settle()
    found = noted("quiet run", matched.changes())
    assert found.writes == 0
    assert found.reads <= QUIET


def test_changes_on_the_platform_cost_one_call_each(matched: Matched, noted: Noted) -> None:
    matched.settle()
    changed = matched.platform_ids[::20]
    matched.pair.platform.edit_contacts(list(changed), phone="+12125550123")
    found = noted(f"{len(changed)} changed on the platform", matched.changes())
    assert found.run.count(Side.CRM, "updated") == len(changed)
    assert_delta(found, len(changed) * CRM.calls_per_contact_update, len(changed), PLATFORM.page_size)


def test_changes_in_the_crm_cost_one_call_each(matched: Matched, noted: Noted) -> None:
    matched.settle()
    changed = matched.crm_ids[::20]
    for number in changed:
        matched.pair.crm.staff_edit(number, FirstName="Renamed")
    found = noted(f"{len(changed)} changed in the CRM", matched.changes())
    assert found.run.count(Side.PLATFORM, "updated") == len(changed)
    assert_delta(found, len(changed) * PLATFORM.calls_per_contact_update, len(changed), CRM.page_size)


def assert_delta(found: Cost, writes: int, changed: int, page_size: int) -> None:
    """The pages that list the changed and their counterparts, and the declared calls for each; at most 5 % more."""
    listed = pages(changed, page_size)
    counterparts = pages(changed, CRM.read_batch) + pages(changed, PLATFORM.read_batch)
    assert found.writes == writes
    assert found.calls.total() <= ceil(SLACK * (QUIET - 1 + listed + counterparts + writes))
