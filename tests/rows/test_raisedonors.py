"""RaiseDonors with Bloomerang: donations go by themselves, each as soon as it is there."""

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.rows.conftest import Deployment, Site, eventually, sums
from tests.rows.money import cents, notes, parts
from tests.rows.people import ADDRESS, crm_by_email, crm_phone, edit_row, platform_by_email, spent

WATER = "WATER"
PATIENCE = 90.0
"""Both runs may want the same new donor; who comes second waits until the first can't be writing any more."""


@pytest.fixture(scope="module")
def backend(deployment: Deployment) -> Iterator[httpx.Client]:
    """The management API with this platform's own key."""
    key = deployment.ops("api-key", "create", "raisedonors").strip()
    with httpx.Client(base_url=deployment.stack.api, headers={"authorization": f"Bearer {key}"}) as http:
        yield http


@pytest.fixture
def site(deployment: Deployment, backend: httpx.Client) -> Site:
    """An organisation whose donors' e-mail addresses are unique."""
    name = uuid.uuid4().hex[:12]
    platform = deployment.platforms.organisation(name=name, unique_emails=True)
    return Site(deployment, backend, deployment.crms.database(name), platform, platform_name="raisedonors")


@pytest.fixture
def ada(deployment: Deployment, site: Site) -> str:
    """A donor who gave before anything was connected; connected now, with a fund for a project."""
    who = site.person("Ada", phone="+13035550101", address=ADDRESS)
    older = {"contact_id": who, "amount": 9900, "occurred_at": "2026-01-05T12:00:00.000Z"}
    site.platform.give({**older, "projects": [{"code": WATER, "amount": 9900}]})
    site.connect(funds={WATER: str(site.crm.fund("Scholarships"))}).first_sync()
    deployment.tick()
    site.ended(1, kind="gifts")
    return who


def given(site: Site, who: str, *amounts: int, **donation: Any) -> Any:
    """A donation of today, the first part for a known project, the others for unknown ones."""
    projects = [{"code": WATER if not place else f"P{place}", "amount": one} for place, one in enumerate(amounts)]
    return site.platform.give({"contact_id": who, "amount": sum(amounts), "projects": projects, **donation})[0]


def looked(site: Site) -> Any:
    """Synchronize now; the gift run that this starts, ended."""
    before = len(site.runs(kind="gifts"))
    site.finished(site.post("~/sync")["id"], PATIENCE)
    return site.ended(before + 1, PATIENCE, kind="gifts")[0]


def test_P01_raisedonors_bloomerang_people_go_both_ways(site: Site, ada: str) -> None:
    (constituent,) = site.constituents().values()
    assert (constituent["FirstName"], crm_phone(constituent)) == ("Ada", "3035550101")
    assert site.contacts()[ada]["crmIds"]["bloomerang"] == str(constituent["Id"])
    site.platform.edit_contact(ada, lastName="Lane-Fox")
    edit_row(site, str(constituent["Id"]), "PrimaryPhone", Number="303-555-0177")
    site.sync()
    assert crm_by_email(site)["ada.lane@example.org"]["LastName"] == "Lane-Fox"
    assert platform_by_email(site)["ada.lane@example.org"]["phone"] == "+13035550177"


def test_P01_raisedonors_bloomerang_a_donation_goes_by_itself_once(site: Site, ada: str) -> None:
    given(site, ada, 2500, 1500, notes="For the well", frequency="Monthly", gift_type="ACH", card_brand=None)
    new = site.platform.add_contact(firstName="Bo", lastName="Chen", email="bo@example.org")["id"]
    given(site, new, 700)
    run = looked(site)
    sums(run)
    assert run["counts"]["crm"]["created"] == 2
    gifts = {cents(gift["Amount"]): gift for gift in site.gifts()}
    assert sorted(gifts) == [700, 4000], "what was given before connecting is not sent by itself"
    assert parts(gifts[4000]) == {"Scholarships": 2500, "Unrestricted": 1500}
    assert all(note.startswith("For the well; Monthly") for note in notes(gifts[4000]))
    with spent(site) as cost:
        again = looked(site)
    assert (again["counts"]["crm"]["created"], cost.writes) == (0, 0)


def test_P01_raisedonors_bloomerang_older_donations_go_by_hand_alone(site: Site, ada: str) -> None:
    (older,) = site.platform.state("donations")["donations"]
    site.platform.put_raw("donations", **{**older, "notes": "edited", "updatedAt": ""})
    run = looked(site)
    assert (site.gifts(), run["counts"]["crm"]["read"]) == ([], 0)
    site.finished(site.post("~/gifts/send", {"ids": [older["id"]]})["run"]["id"])
    assert [cents(gift["Amount"]) for gift in site.gifts()] == [9900]


def test_P01_raisedonors_bloomerang_a_donation_given_before_the_first_look_is_not_lost(site: Site) -> None:
    who = site.person("Ada")
    site.connect()
    given(site, who, 2500)
    site.first_sync()
    looked(site)
    assert [cents(gift["Amount"]) for gift in site.gifts()] == [2500]


def test_P01_raisedonors_bloomerang_a_refund_follows(site: Site, ada: str) -> None:
    donation = given(site, ada, 5000)
    looked(site)
    site.platform.refund_donation(donation["id"], reason="Typed twice")
    run = looked(site)
    assert run["counts"]["crm"]["updated"] == 1
    (gift,) = site.gifts()
    assert gift["IsRefunded"] == "Yes"


def test_P01_raisedonors_bloomerang_the_schedule_looks_too(deployment: Deployment, site: Site, ada: str) -> None:
    given(site, ada, 5000)
    account = f"bloomerang:{site.crm.id}"
    assert "1 woken" in deployment.ops("work", "wake", "--account", account, "--kind", "watch")
    deployment.tick()
    eventually(lambda: [cents(gift["Amount"]) for gift in site.gifts()] == [5000])
    assert {run["started_by"] for run in site.ended(2, kind="gifts")} == {"schedule"}
