"""Contacts both ways, on the schedule, reading only what changed."""

from local.sandbox.people import PLACES
from tests.rows.conftest import Deployment, Site, sums
from tests.rows.people import (
    ADDRESS,
    crm_by_email,
    crm_phone,
    edit_row,
    in_crm,
    on_platform,
    platform_by_email,
    scheduled,
    spent,
)

HOME = sum(place.country == "US" for place in PLACES)


def test_F10_handbid_bloomerang_new_people_go_both_ways_on_the_schedule(deployment: Deployment, synced: Site) -> None:
    on_platform(synced, "Ada Lane", email="ada@example.org", phone="+13035550101", address=ADDRESS)
    in_crm(synced, "Beatriz Okafor", "bea@example.org", "(505) 555-0102",
           {"Street": "7 Oak Ave", "City": "Boise", "State": "ID", "PostalCode": "83702", "Country": "US"})  # fmt: skip
    run = scheduled(deployment, synced)
    sums(run)
    assert (run["counts"]["crm"]["created"], run["counts"]["platform"]["created"]) == (1, 1)
    ada = crm_by_email(synced)["ada@example.org"]
    assert (ada["FirstName"], ada["LastName"], crm_phone(ada)) == ("Ada", "Lane", "3035550101")
    street = ada["PrimaryAddress"]
    assert (street["Street"], street["City"], street["PostalCode"]) == ("12 Elm St", "Denver", "80202")
    bea = platform_by_email(synced)["bea@example.org"]
    assert (bea["firstName"], bea["lastName"], bea["phone"]) == ("Beatriz", "Okafor", "+15055550102")
    assert bea["address"] == {
        "street1": "7 Oak Ave", "city": "Boise", "state": "ID", "postalCode": "83702", "country": "US",
    }  # fmt: skip


def test_F10_handbid_bloomerang_every_field_follows_an_edit_on_the_platform(synced: Site) -> None:
    one = on_platform(synced, "Ada Lane", email="ada@example.org", phone="+13035550101", address=ADDRESS)
    synced.sync()
    moved = {**ADDRESS, "street1": "99 Pine Rd", "postalCode": "80203"}
    synced.platform.edit_contact(
        one, firstName="Adele", lastName="Lane-Fox", email="adele@example.org", phone="+13035550199", address=moved
    )
    run = synced.sync()
    assert run["counts"]["crm"]["updated"] == 1
    (row,) = synced.constituents().values()
    assert (row["FirstName"], row["LastName"]) == ("Adele", "Lane-Fox")
    assert (row["PrimaryEmail"]["Value"], crm_phone(row)) == ("adele@example.org", "3035550199")
    assert (row["PrimaryAddress"]["Street"], row["PrimaryAddress"]["PostalCode"]) == ("99 Pine Rd", "80203")
    assert [len(row[f"{kind}Ids"]) for kind in ("Email", "Phone", "Address")] == [1, 1, 1], "edited, not doubled"


def test_F10_handbid_bloomerang_every_field_follows_an_edit_in_the_crm(synced: Site) -> None:
    on_platform(synced, "Ada Lane", email="ada@example.org", phone="+13035550101", address=ADDRESS)
    synced.sync()
    (one,) = synced.constituents()
    synced.crm.staff_edit(int(one), FirstName="Adele", LastName="Lane-Fox")
    edit_row(synced, one, "PrimaryEmail", Value="adele@example.org")
    edit_row(synced, one, "PrimaryPhone", Number="303-555-0199")
    edit_row(synced, one, "PrimaryAddress", Street="99 Pine Rd", City="Denver", State="CO", PostalCode="80203",
             Country="US")  # fmt: skip
    run = synced.sync()
    assert run["counts"]["platform"]["updated"] == 1
    (row,) = synced.contacts().values()
    assert (row["firstName"], row["lastName"], row["email"]) == ("Adele", "Lane-Fox", "adele@example.org")
    assert (row["phone"], row["address"]["street1"]) == ("+13035550199", "99 Pine Rd")


def test_F10_handbid_bloomerang_only_what_changed_is_read(connected: Site) -> None:
    made = connected.crm.seed(3 * HOME, seed="readers", without_email=0, without_address=1, seconds_apart=5)["people"]
    connected.first_sync()
    connected.sync()
    connected.crm.advance(10)
    connected.crm.staff_edit(made[40], FirstName="Renamed")
    with spent(connected) as calls:
        run = connected.sync()
    assert run["counts"]["platform"]["updated"] == 1
    assert calls["PATCH /organisations/{id}/contacts/{id}"] == calls.writes == 1
    assert calls["GET /organisations/{id}/contacts"] == 2, "its changes, and the counterpart"
    assert calls["GET /v2/emails"] == calls["GET /v2/addresses"] == 1
    assert calls["GET /v2/constituents"] <= 2, "its changes, and whose e-mail was the last to change"


def test_F10_handbid_bloomerang_a_changed_address_of_the_crm_is_noticed_where_no_stamp_moves(connected: Site) -> None:
    connected.crm.set_options(child_changes_bump=False)
    on_platform(connected, "Ada Lane", email="ada@example.org", phone="+13035550101", address=ADDRESS)
    connected.first_sync()
    connected.crm.advance(10)
    (row,) = connected.constituents().values()
    address = {name: row["PrimaryAddress"][name] for name in ("Id", "Type", "City", "State", "Country")}
    body = {**address, "AccountId": row["Id"], "Street": "1 New Rd", "PostalCode": "80299", "IsPrimary": True}
    connected.crm.staff_call("PUT", f"/address/{address.pop('Id')}", {k: v for k, v in body.items() if k != "Id"})
    connected.sync()
    (contact,) = connected.contacts().values()
    assert (contact["address"]["street1"], contact["address"]["postalCode"]) == ("1 New Rd", "80299")
