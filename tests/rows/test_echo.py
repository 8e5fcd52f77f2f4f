"""A change is not echoed back, also where the CRM cuts and respells what it is given."""

from typing import Any

import pytest

from tests.rows.conftest import Site
from tests.rows.people import ADDRESS, in_crm, on_platform, spent

UNLIKE: dict[str, Any] = {
    "name_limit": 12, "street_limit": 20, "emoji": "strip", "phone_format": "us", "email_case": "lower",
    "state_reads": "full", "unset_text": "empty",
}  # fmt: skip


def assert_quiet(site: Site) -> None:
    """Twice, as the first run after another still reads what that one wrote."""
    for _ in range(2):
        with spent(site) as calls:
            run = site.sync()
        assert calls.writes == 0, dict(calls)
        assert run["counts"]["crm"]["updated"] == run["counts"]["platform"]["updated"] == 0
        assert run["counts"]["crm"]["created"] == run["counts"]["platform"]["created"] == 0


@pytest.mark.parametrize("bump", [True, False], ids=["stamp_moves_with_rows", "stamp_stays"])
@pytest.mark.parametrize("put", ["merge", "replace"])
def test_F19_a_second_run_writes_nothing_to_either_side(connected: Site, put: str, bump: bool) -> None:
    connected.crm.set_options(**UNLIKE, put=put, child_changes_bump=bump)
    ids = [
        on_platform(connected, "Maximiliana-Theodora Featherstonehaugh", email="Max@Example.org", phone="+13035550101",
                    address={**ADDRESS, "street1": "1234 Very Long Avenue of the Americas"}),
        on_platform(connected, "Ada🎈 Lane", email="Ada@example.org", phone="+1 (303) 555-0102", address=ADDRESS),
        on_platform(connected, "Bo Chen", email="bo@example.org", phone="+14165550103",
                    address={"street1": "5 Queen St", "city": "Toronto", "state": "ON", "postalCode": "M5H 2N2",
                             "country": "CA"}),
    ]  # fmt: skip
    made = in_crm(connected, "Carla Gómez", "CARLA@example.org", "303.555.0104 ext. 5")
    run = connected.first_sync()
    assert (run["counts"]["crm"]["created"], run["counts"]["platform"]["created"]) == (3, 1)
    assert_quiet(connected)
    connected.platform.edit_contacts(ids, lastName="Wolfeschlegelsteinhausen", phone="(303) 555-0177")
    connected.crm.staff_edit(int(made), LastName="Gómez-Wolfeschlegel")
    with spent(connected) as calls:
        run = connected.sync()
    assert (run["counts"]["crm"]["updated"], run["counts"]["platform"]["updated"]) == (3, 1)
    assert calls.writes == 4
    assert_quiet(connected)


@pytest.mark.parametrize("put", ["merge", "replace"])
def test_F19_what_staff_keeps_beside_our_fields_stays(synced: Site, put: str) -> None:
    synced.crm.set_options(put=put)
    one = on_platform(synced, "Ada Lane", email="ada@example.org", phone="+13035550101", address=ADDRESS)
    synced.sync()
    (number,) = map(int, synced.constituents())
    field = synced.crm.custom_field("T-shirt", "Constituent")
    synced.crm.staff_edit(
        number, MiddleName="Rose", JobTitle="Chair", Employer="Acme", Birthdate="1980-02-03",
        CustomValues=[{"FieldId": field, "Value": "XL"}],
    )  # fmt: skip
    synced.crm.staff_add_email(number, "second@example.org")
    before = synced.constituents()[str(number)]
    synced.platform.edit_contact(one, lastName="Lane-Fox")
    synced.sync()
    after = synced.constituents()[str(number)]
    assert after["LastName"] == "Lane-Fox"
    kept = ("MiddleName", "JobTitle", "Employer", "Birthdate", "EmailIds", "PhoneIds", "AddressIds")
    assert {name: after.get(name) for name in kept} == {name: before.get(name) for name in kept}
    assert [value["Value"]["Value"] for value in after["CustomValues"]] == ["XL"]
    assert_quiet(synced)
