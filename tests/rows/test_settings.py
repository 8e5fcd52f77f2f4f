"""Settings on the deployed stack: checked when they are set, against each CRM's own lists."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.rows.conftest import Deployment
from tests.rows.pairing import PairSite, apart, backends

CRMS = ["bloomerang", "kindful", "virtuous"]
METHODS = {"bloomerang": "Cash", "kindful": "credit", "virtuous": "Credit"}
MANY = {"bloomerang": 55, "kindful": 55, "virtuous": 3}
"""Funds that staff adds: more than a page has, where a page is small."""


@pytest.fixture(scope="module")
def keys(deployment: Deployment) -> Iterator[dict[str, httpx.Client]]:
    """The management API with each platform's own key."""
    with backends(deployment) as found:
        yield found


@pytest.fixture(params=CRMS)
def site(request: pytest.FixtureRequest, deployment: Deployment, keys: dict[str, httpx.Client]) -> PairSite:
    """Connected, not synced."""
    return apart(deployment, keys["handbid"], "handbid", request.param).connect()


def add_fund(site: PairSite, name: str, *, active: bool = True) -> None:
    """Staff makes a fund in the CRM."""
    crm = site.end.sandbox
    if site.crm_name == "bloomerang":
        crm.staff_call("POST", "/fund", {"Name": name, "IsActive": active})
    elif site.crm_name == "kindful":
        crm.staff("add_named", kind="fund", name=name)
    else:
        more = {"inventoryStatus": "", "isActive": active, "isAvailableOnline": active}
        crm.staff_call(
            "POST", "Project", {"name": name, "projectCode": name.replace(" ", "-"), "type": "Program", **more}
        )


def refused(site: PairSite, patch: dict[str, Any]) -> dict[str, str]:
    """Path -> why, of a patch that must be refused and change nothing."""
    before = site.view()["settings"]
    reply = site.call("PATCH", "~", patch)
    assert reply.status_code == 422, reply.text
    assert site.view()["settings"] == before
    return {one["path"].removeprefix("settings."): one["detail"] for one in reply.json()["errors"]}


def taken(site: PairSite, patch: dict[str, Any]) -> Any:
    """The settings after a patch that must be taken."""
    reply = site.call("PATCH", "~", patch)
    assert reply.is_success, reply.text
    return reply.json()["settings"]


def test_F63_choices_are_the_crms_own_lists_to_their_end(site: PairSite) -> None:
    names = [f"Fund number {number}" for number in range(MANY[site.crm_name])]
    for name in names:
        add_fund(site, name)
    found = site.get("~/choices")
    assert set(names) <= set(found["funds"].values())
    assert site.end.purpose()["fund"] in found["funds"]
    assert bool(found["campaigns"]) == (site.crm_name != "virtuous"), "its campaigns follow from segments"
    assert bool(found["appeals"]) == (site.crm_name != "kindful"), "it has none"
    assert METHODS[site.crm_name] in found["methods"]


def test_F63_a_fund_that_was_just_made_may_be_chosen_and_an_inactive_one_may_not(site: PairSite) -> None:
    site.get("~/choices")
    add_fund(site, "New roof")
    fund = {name: one for one, name in site.get("~/choices")["funds"].items()}["New roof"]
    seen = taken(site, {"default_purpose": {"fund": fund}, "funds": {"ROOF": fund}})
    assert (seen["default_purpose"]["fund"], seen["funds"]) == (fund, {"ROOF": fund})
    if site.crm_name == "bloomerang":
        made = site.end.sandbox.staff_call("POST", "/fund", {"Name": "Closed", "IsActive": False})
        assert set(refused(site, {"default_purpose": {"fund": str(made["Id"])}})) == {"default_purpose.fund"}


def test_F63_ids_that_the_crm_lacks_are_refused_with_their_path_and_what_there_is(site: PairSite) -> None:
    known = site.end.purpose()["fund"]
    wrong = {
        "default_purpose": {"fund": "999991", "campaign": "999992", "appeal": "999993"},
        "event_purposes": {"501": {"fund": "999994"}},
        "funds": {"GEN": "999995", "OK": known},
    }
    found = refused(site, wrong)
    assert found.keys() == {
        "default_purpose.fund", "default_purpose.campaign", "default_purpose.appeal", "event_purposes.501.fund",
        "funds.GEN",
    }  # fmt: skip
    assert f"{known} (" in found["default_purpose.fund"], "the choices are named"
    if site.crm_name == "kindful":
        assert "none to choose from" in found["default_purpose.appeal"]


def test_F63_ways_of_payment_are_the_crms_own_words(site: PairSite) -> None:
    crm = site.crm_name
    seen = taken(site, {crm: {"methods": {"venmo": METHODS[crm]}}})
    assert seen[crm]["methods"] == {"venmo": METHODS[crm]}
    found = refused(site, {crm: {"methods": {"venmo": "Seashells", "barter": METHODS[crm], "cash": 7}}})
    assert found.keys() == {f"{crm}.methods.venmo", f"{crm}.methods.barter", f"{crm}.methods.cash"}
    assert METHODS[crm] in found[f"{crm}.methods.venmo"]


def test_F63_everything_else_is_checked_as_well(site: PairSite) -> None:
    wrong = {
        "time_zone": "Mars/Olympus",
        "cadence_minutes": 4,
        "sweep_days": 366,
        "conflict": {"email": "loudest", "shoe_size": "crm"},
        "directions": {"phone": "sideways"},
        "tie": "nobody",
        "contacts": "yes",
        "import_by_hand": 1,
        "handover_at": "25:00",
        "pull": True,
        "thanks": {"donation": "task"},
        "unheard": True,
        site.crm_name: {"import_dates": "dd.mm.yyyy", "nonsense": 1, "calls_per_hour": -1},
        "handbid": {"calls_per_hour": "many"},
    }
    found = refused(site, wrong)
    assert {path.split(".")[0] for path in found} == wrong.keys()
    assert f"{site.crm_name}.import_dates" in found
    assert {"conflict.email", "conflict.shoe_size", "directions.phone"} <= found.keys()
    assert "America/Denver" in found["time_zone"]


def test_F63_what_was_chosen_counts(site: PairSite) -> None:
    chosen = {
        "time_zone": "America/Denver", "cadence_minutes": 15, "conflict": {"phone": "platform"}, "tie": "platform",
        "contacts": False, "import_by_hand": True, "funds": {"GEN": site.end.purpose()["fund"]},
        "event_purposes": {"501": site.end.purpose()},
    }  # fmt: skip
    seen = taken(site, chosen)
    assert {name: seen[name] for name in chosen if name != "event_purposes"} == {
        name: value for name, value in chosen.items() if name != "event_purposes"
    }
    assert seen["event_purposes"]["501"].items() >= site.end.purpose().items()
    back = taken(site, dict.fromkeys(chosen))
    assert (back["cadence_minutes"], back["import_by_hand"], back["event_purposes"]) == (60, False, {})
