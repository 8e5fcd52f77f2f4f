"""Both sides edit one contact between two runs."""

from typing import Any

import pytest

from giftbridge.jobs.context import App
from giftbridge.jobs.history import log_lines, run_of
from giftbridge.stores.connections import owner
from tests.rows.conftest import Deployment, Site
from tests.rows.people import ADDRESS, crm_email, crm_phone, edit_row, on_platform, spent
from tests.world import MovingClock

HOUR = 3600


@pytest.fixture
def pair(synced: Site) -> Site:
    """One person on both sides, in agreement, some time ago."""
    on_platform(synced, "Ada Lane", email="ada@example.org", phone="+13035550101", address=ADDRESS)
    return agreed(synced)


def agreed(site: Site) -> Site:
    """Sync, and let a while pass: stamps of the CRM are of whole seconds."""
    site.sync()
    for side in (site.crm, site.platform):
        side.advance(60)
    return site


def both(site: Site) -> tuple[dict[str, Any], dict[str, Any]]:
    """The contact and the constituent."""
    (contact,) = site.contacts().values()
    (constituent,) = site.constituents().values()
    return contact, constituent


def conflicts_of(site: Site, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The conflicts that a run tells of."""
    return [one for line in site.records(run["id"]) for one in line["conflicts"]]


def conflict_of(site: Site, run: dict[str, Any]) -> dict[str, Any]:
    """The one conflict that a run tells of."""
    (conflict,) = conflicts_of(site, run)
    return conflict


def test_F20_different_fields_merge(pair: Site) -> None:
    contact, constituent = both(pair)
    pair.platform.edit_contact(contact["id"], phone="+13035550199", lastName="Lane-Fox")
    pair.crm.staff_edit(constituent["Id"], FirstName="Adele")
    edit_row(pair, str(constituent["Id"]), "PrimaryAddress", Street="99 Pine Rd", City="Denver", State="CO",
             PostalCode="80202", Country="US")  # fmt: skip
    run = pair.sync()
    contact, constituent = both(pair)
    assert (contact["firstName"], contact["lastName"]) == ("Adele", "Lane-Fox")
    assert (constituent["FirstName"], constituent["LastName"]) == ("Adele", "Lane-Fox")
    assert (contact["phone"], crm_phone(constituent)) == ("+13035550199", "3035550199")
    assert contact["address"]["street1"] == constituent["PrimaryAddress"]["Street"] == "99 Pine Rd"
    assert conflicts_of(pair, run) == []


@pytest.mark.parametrize("newer", ["platform", "crm"])
def test_F20_the_same_field_goes_to_the_newer_edit(pair: Site, newer: str) -> None:
    contact, constituent = both(pair)
    (pair.platform if newer == "platform" else pair.crm).advance(HOUR)
    pair.platform.edit_contact(contact["id"], lastName="Platform")
    pair.crm.staff_edit(constituent["Id"], LastName="Crm")
    run = pair.sync()
    contact, constituent = both(pair)
    assert contact["lastName"] == constituent["LastName"] == newer.title()
    conflict = conflict_of(pair, run)
    assert (conflict["field"], conflict["winner"]) == ("last_name", newer)
    assert "newer" in conflict["why"]
    assert conflict["lost"] == ("Crm" if newer == "platform" else "Platform")


@pytest.mark.parametrize("named", ["platform", "crm"])
def test_F20_edits_nearer_than_the_clocks_agree_go_to_the_side_named(site: Site, named: str) -> None:
    site.connect(tie=named, skew_seconds=600).first_sync("no")
    on_platform(site, "Ada Lane", email="ada@example.org")
    agreed(site)
    contact, constituent = both(site)
    (site.crm if named == "platform" else site.platform).advance(500)  # the other side's is newer, but not by enough
    site.platform.edit_contact(contact["id"], lastName="Platform")
    site.crm.staff_edit(constituent["Id"], LastName="Crm")
    run = site.sync()
    contact, constituent = both(site)
    assert contact["lastName"] == constituent["LastName"] == named.title()
    assert "too close" in conflict_of(site, run)["why"]


def test_F20_a_stamp_that_our_own_write_left_tells_nothing(site: Site) -> None:
    site.crm.set_options(child_changes_bump=False)
    site.connect(tie="platform").first_sync("no")
    one = on_platform(site, "Ada Lane", email="ada@example.org", phone="+13035550101")
    site.sync()
    site.crm.advance(HOUR)
    site.platform.edit_contact(one, lastName="Lane-Fox")
    site.sync()  # our write stamps the constituent an hour ahead of the platform
    _, constituent = both(site)
    row = {**constituent["PrimaryEmail"], "AccountId": constituent["Id"], "Value": "crm@example.org"}
    number = row.pop("Id")
    row.pop("AuditTrail", None)
    site.crm.staff_call("PUT", f"/email/{number}", row)
    site.platform.edit_contact(one, email="platform@example.org")
    run = site.sync()
    contact, constituent = both(site)
    assert contact["email"] == constituent["PrimaryEmail"]["Value"] == "platform@example.org"
    conflict = conflict_of(site, run)
    assert (conflict["winner"], conflict["lost"]) == ("platform", "crm@example.org")
    assert "unknown" in conflict["why"]


def test_F20_a_rule_of_the_settings_decides_for_its_field(site: Site) -> None:
    site.connect(conflict={"phone": "platform"}).first_sync("no")
    one = on_platform(site, "Ada Lane", email="ada@example.org", phone="+13035550101")
    agreed(site).crm.advance(HOUR)
    (number,) = site.constituents()
    edit_row(site, number, "PrimaryPhone", Number="303-555-0177")
    site.platform.edit_contact(one, phone="+13035550188")
    run = site.sync()
    contact, constituent = both(site)
    assert (contact["phone"], crm_phone(constituent)) == ("+13035550188", "3035550188")
    assert "settings" in conflict_of(site, run)["why"]


def test_F20_the_losing_value_is_shown_until_it_expires(
    deployment: Deployment, pair: Site, app: App, clock: MovingClock
) -> None:
    contact, constituent = both(pair)
    pair.platform.edit_contact(contact["id"], lastName="Losing-Value")
    pair.crm.staff_edit(constituent["Id"], LastName="Kept")
    run = pair.sync()
    assert conflict_of(pair, run)["lost"] == "Losing-Value"
    stored = b"".join(item.content for item in deployment.stack.stored())
    assert b"Losing-Value" not in stored, "it is sealed"
    connection = app.connections.get(owner("handbid", pair.platform.id), pair.connection)
    clock.advance(days=31)
    lines = log_lines(app, run_of(app, connection, run["id"]), "", "", 10)
    assert [one.lost for line in lines for one in line.conflicts] == [""]
    assert {line.label for line in lines} == {""}


def test_F20_consent_only_gets_stricter(pair: Site) -> None:
    contact, constituent = both(pair)
    pair.platform.edit_contact(contact["id"], emailOptOut=True)
    pair.crm.staff_call("PUT", f"/constituent/{constituent['Id']}/updateCommunicationSettings", {
        "Id": constituent["Id"],
        "CommunicationRestrictions": {"UpdateReason": "asked", "CommunicationRestrictions": ["DoNotCall"]},
    })  # fmt: skip
    pair.sync()
    contact, constituent = both(pair)
    assert (contact["emailOptOut"], contact["doNotCall"]) == (True, True)
    assert constituent["EmailInterestType"] == "OptedOut"
    assert constituent["CommunicationRestrictions"] == ["DoNotCall"]
    pair.platform.advance(HOUR)
    pair.platform.edit_contact(contact["id"], emailOptOut=False, doNotCall=False)
    pair.sync()
    contact, constituent = both(pair)
    assert (contact["emailOptOut"], contact["doNotCall"]) == (True, True), "the newer edit is not the stricter one"
    assert constituent["EmailInterestType"] == "OptedOut"


@pytest.mark.parametrize("newer", ["platform", "crm"])
def test_P02_an_older_edit_of_one_field_outlives_a_newer_edit_of_another(pair: Site, newer: str) -> None:
    contact, constituent = both(pair)
    (pair.platform if newer == "platform" else pair.crm).advance(HOUR)
    pair.platform.edit_contact(contact["id"], firstName="Adele", phone="+13035550199")
    edit_row(pair, str(constituent["Id"]), "PrimaryEmail", Value="adele@example.org")
    pair.crm.staff_edit(constituent["Id"], LastName="Lane-Fox")
    run = pair.sync()
    contact, constituent = both(pair)
    expected = ("Adele", "Lane-Fox", "adele@example.org", "3035550199")
    assert (contact["firstName"], contact["lastName"], contact["email"], contact["phone"][2:]) == expected
    names = (constituent["FirstName"], constituent["LastName"])
    assert (*names, crm_email(constituent), crm_phone(constituent)) == expected
    assert conflicts_of(pair, run) == []


def test_P02_the_same_edit_on_both_sides_is_agreement(pair: Site) -> None:
    contact, constituent = both(pair)
    pair.platform.edit_contact(contact["id"], lastName="Lane-Fox")
    pair.crm.staff_edit(constituent["Id"], LastName="Lane-Fox")
    with spent(pair) as cost:
        run = pair.sync()
    assert cost.writes == 0
    assert conflicts_of(pair, run) == []


def test_P02_what_won_is_the_base_of_the_next_merge(pair: Site) -> None:
    contact, constituent = both(pair)
    pair.crm.advance(HOUR)
    pair.platform.edit_contact(contact["id"], lastName="Lost")
    pair.crm.staff_edit(constituent["Id"], LastName="Won")
    pair.sync()
    pair.platform.edit_contact(contact["id"], lastName="Later")  # by a clock that is an hour behind the CRM's stamp
    run = pair.sync()
    contact, constituent = both(pair)
    assert contact["lastName"] == constituent["LastName"] == "Later"
    assert conflicts_of(pair, run) == [], "only one side changed since both agreed"
